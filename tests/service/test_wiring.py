"""What the processes' connections have in common."""

from pathlib import Path

from service.settings import Settings
from service.wiring import SESSION, Cairn
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
                    " WHERE name LIKE 'tcp_keepalives%' AND source = 'client'"
                )
                assert {row["name"] for row in asked} <= set(SESSION)
                assert len(asked) == 3
        finally:
            await connection.close()
