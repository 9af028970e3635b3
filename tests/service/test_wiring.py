"""What the processes' connections have in common."""

from pathlib import Path

import asyncpg
import pytest

from service.database import SESSION
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database


async def test_a_session_of_somebody_who_is_gone_ends_soon(database: Database, tmp_path: Path):
    settings = Settings(
        database_url=database.runtime, var=tmp_path, key_file=tmp_path / "cairn.key"
    )
    async with Cairn.open(settings) as cairn:
        connection = await cairn.connect()
        try:
            for holder in (cairn.pool, connection):
                asked = await holder.fetch(
                    "SELECT name FROM pg_settings"
                    " WHERE name LIKE 'tcp_keepalives%' AND source = 'session'"
                )
                assert {row["name"] for row in asked} <= set(SESSION)
                assert len(asked) == 3
        finally:
            await connection.close()


LIMITS = "statement_timeout", "lock_timeout", "idle_session_timeout"


@pytest.mark.parametrize("changed", [f"{one} = '100ms'" for one in LIMITS])
async def test_a_session_is_what_the_product_says_whatever_its_login_has_set(
    database: Database, tmp_path: Path, changed: str
):
    login = await asyncpg.connect(database.runtime)
    try:
        who = await login.fetchval("SELECT session_user")
        await login.execute(f"ALTER ROLE {who} IN DATABASE {database.name} SET {changed}")
    finally:
        await login.close()
    settings = Settings(
        database_url=database.runtime, var=tmp_path, key_file=tmp_path / "cairn.key"
    )
    async with Cairn.open(settings) as cairn:
        asked = await cairn.pool.fetch(
            "SELECT name FROM pg_settings WHERE name = ANY ($1) AND source <> 'session'",
            list(LIMITS),
        )
        assert asked == []
        assert await cairn.store.practices() == []
