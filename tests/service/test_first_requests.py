"""What a request needs is there before the API says that it is ready: the first is as the second.

Nothing here is timed. What the first one would have to make is looked for instead.
"""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import _lru_cache_wrapper
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute
from litestar.types import Empty
from structlog.testing import capture_logs

from service.app import create_app, create_routes
from service.benchmarks.servers import free_port
from service.openapi import operations
from service.prepared import read_tables, rehearse_trends
from service.processes import stop
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database as Made
from tests.controls import MONDAY
from tests.house.tree import ROOT, modules
from tests.service.conftest import KEY, Asker, House
from tests.service.in_one_house.test_who_may import belongings
from tests.service.streaming import until

GETS = sorted(
    (path, operation.streamed)
    for path, method, _, operation in operations(create_routes(MONDAY))
    if method == "get"
)
# Python says on standard error what it imports, line by line.
SERVE = (sys.executable, "-P", "-v", "-m", "service", "serve")
IMPORTED = "import '"


@asynccontextmanager
async def served(database: Made, log: Path) -> AsyncIterator[str]:
    """The address of `cairn serve`, which has just said that it is ready."""
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(KEY).decode(),
        "PORT": str(port),
    }
    with log.open("wb") as told:
        process = subprocess.Popen(SERVE, env=environment, stderr=told)
    try:
        await until(lambda: "api_ready" in log.read_text(), seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process, by=signal.SIGTERM)


async def test_nothing_is_imported_for_a_request(
    house: House, clinician: Asker, database: Made, tmp_path: Path
):
    ids = await belongings(house, clinician, await clinician.enrol())
    ids |= {"country": "CH"}
    log = tmp_path / "api.log"
    async with served(database, log) as url, httpx.AsyncClient(base_url=url) as http:
        for path in ("/v1/clients/{client_id}/trends/phq9", *(path for path, _ in GETS)):
            headers = {**clinician.headers, "Accept-Encoding": "gzip"}
            async with http.stream("GET", path.format(**ids), headers=headers) as answer:
                assert answer.status_code < 500, path
                if (path, True) not in GETS:
                    await answer.aread()
    before, _, after = log.read_text().partition("api_ready")
    assert IMPORTED in before
    assert "/trends/{instrument}" in after
    assert [line for line in after.splitlines() if IMPORTED in line] == []


def tables() -> Iterator[tuple[str, "_lru_cache_wrapper[Any]"]]:
    """What the domain reads once: functions without a parameter that keep their answer."""
    for path in modules("events"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for each in vars(import_module(name)).values():
            is_kept = isinstance(each, _lru_cache_wrapper) and each.__module__ == name
            if is_kept and each.cache_parameters()["maxsize"] == 1:
                yield f"{name}.{each.__name__}", each


def test_every_table_is_read_at_the_start():
    found = dict(tables())
    assert len(found) >= 5
    for table in found.values():
        table.cache_clear()
    read_tables()
    assert [name for name, table in found.items() if table.cache_info().currsize == 0] == []


def test_every_route_knows_how_it_answers():
    for route in create_routes(MONDAY).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                assert handler._response_handler_mapping["default_handler"] is not Empty


@pytest.mark.parametrize("trend", ["mood", "phq9"])
async def test_the_database_has_planned_what_a_trend_asks_for(
    house: House, clinician: Asker, settings: Settings, trend: str
):
    path = f"/v1/clients/{await clinician.enrol()}/trends/{trend}"
    await clinician.get(path)  # The view has the client.
    async with Cairn.open(settings, connections=1) as cairn:
        transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http:
            unrehearsed = await planned(cairn)
            await rehearse_trends(cairn)
            before = await planned(cairn)
            assert len(before) >= len(unrehearsed) + 4
            answer = await http.get(path, headers=clinician.headers)
            assert answer.status_code == 200
            assert await planned(cairn) == before


async def planned(cairn: Cairn) -> set[str]:
    """The statements that the one connection has prepared."""
    rows = await cairn.pool.fetch("SELECT statement FROM pg_prepared_statements")
    return {row["statement"] for row in rows}


async def test_a_database_that_is_away_is_no_reason_not_to_start(
    settings: Settings,
):
    async with Cairn.open(settings, connections=1) as cairn:
        await cairn.pool.close()
        with capture_logs() as told:
            await rehearse_trends(cairn)
    assert [one["event"] for one in told] == ["trends_not_rehearsed"]
