"""A plugin for pytest: every test is run at each --hour, one hour after the other.

It belongs to processes whose clock is shifted (tests/house/test_every_hour.py starts one). What
time it was, by the clock of the test's process and by that of its Postgres, stands in the report.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Servers, run
from tests.hours import DIFFERENCE, HOURS, SEEN_SECONDS, set_clock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hour", action="append", choices=list(HOURS), help="the name of an hour")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    hours = metafunc.config.getoption("--hour")
    metafunc.parametrize("hour", hours, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def hour(request: pytest.FixtureRequest, servers: Servers) -> str:
    """The name of the hour, to which the clock has been set."""
    name = str(request.param)
    set_clock(Path(os.environ[DIFFERENCE]), HOURS[name])
    time.sleep(SEEN_SECONDS)
    return name


@pytest.fixture(autouse=True)
def seen(hour: str, servers: Servers, record_property: Callable[[str, object], None]) -> None:
    """The hour's name and the two clocks, for the report."""

    async def by_postgres() -> datetime:
        connection = await asyncpg.connect(servers.urls.admin)
        try:
            told: datetime = await connection.fetchval("SELECT clock_timestamp()")
        finally:
            await connection.close()
        return told

    record_property("hour", hour)
    record_property("here", datetime.now(UTC).isoformat())
    record_property("in Postgres", run(by_postgres).isoformat())
