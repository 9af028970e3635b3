"""What the driver asks a server about types: once in a process, and right on every connection."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.database import Database
from service.kept_types import ARRAYS, KeepsTypes
from tests.conftest import Database as Made
from tests.house.tree import ROOT

STATEMENTS = sorted(
    path
    for package in ("events", "projections", "workers")
    for path in (ROOT / package).rglob("*.sql")
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[int]]:
    """Which types the driver asks a server about, in a process that knows none."""
    asked: list[set[int]] = []
    ask: Any = asyncpg.Connection.__dict__["_introspect_types"]

    async def note(self: asyncpg.Connection, oids: Any, timeout: Any) -> Any:
        asked.append(set(oids))
        return await ask(self, oids, timeout)

    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", note)
    monkeypatch.setattr(KeepsTypes, "_told", None)
    return asked


async def test_arrays_are_asked_about_once_for_all_statements(
    database: Made, asked: list[set[int]]
):
    async with Database.open(database.runtime, connections=1) as opened:
        for _ in range(2):
            connection = await opened.connect()
            for path in STATEMENTS:
                await connection.prepare(path.read_text())
            assert asked == [ARRAYS]
            await connection.close()


async def test_arrays_are_right_on_a_connection_that_did_not_ask(
    database: Made, asked: list[set[int]]
):
    sent = {
        "bool": True, "bytea": b"x", "name": "n", "int2": 1, "int4": 2, "int8": 2**40,
        "float8": 0.5, "timestamptz": datetime(2026, 3, 2, tzinfo=UTC), "uuid": UUID(int=5),
    }  # fmt: skip
    assert len(sent) == len(ARRAYS)
    query = ", ".join(f"${nth}::{kind}[]" for nth, kind in enumerate(sent, start=1))
    async with Database.open(database.runtime, connections=1) as opened:
        for _ in range(2):
            connection = await opened.connect()
            (row,) = await connection.fetch(f"SELECT {query}", *([one] for one in sent.values()))
            assert [one for (one,) in row] == list(sent.values())
            await connection.close()
    assert asked == [ARRAYS]


async def test_other_types_are_asked_about_on_each_connection(
    database: Made, asked: list[set[int]]
):
    async with Database.open(database.runtime, connections=1) as opened:
        for _ in range(2):
            connection = await opened.connect()
            await connection.fetchval("SELECT $1::date[]", [])
            await connection.close()
    assert len(asked) == 2
    assert not ARRAYS.intersection(*asked)
