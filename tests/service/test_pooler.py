"""A pooler that shares out sessions is refused at the start; one that does not is taken.

With our own small pooler wherever the tests run, and with pgbouncer where that is installed.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from service.pooler import PoolerRefused
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database, Servers
from tests.service.conftest import KEY, opened_house
from tests.service.pooling import pooling

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """
[databases]
{name} = host={folder} port=5432 user=postgres password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 20
logfile = {log}
"""


@asynccontextmanager
async def company(url: str) -> AsyncIterator[None]:
    """Somebody else who asks all the time, over the same pooler."""

    async def ask(connection: asyncpg.Connection) -> None:
        while True:
            await connection.execute("SELECT 1")

    connections = [await asyncpg.connect(url, statement_cache_size=0) for _ in range(2)]
    asking = [asyncio.create_task(ask(one)) for one in connections]
    try:
        yield
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        for one in connections:
            one.terminate()


async def is_refused(url: str) -> None:
    with pytest.raises(PoolerRefused, match="session mode"):
        async with Cairn.open(Settings(database_url=url, key=KEY)):
            pass


async def works(url: str) -> None:
    """A clinician writes, and reads it in a view: locks, roles and notifications are all there."""
    async with opened_house(Settings(database_url=url, key=KEY)) as house:
        clinician = house.asker()
        client_id = await clinician.enrol()
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 7})
        await clinician.get(f"/v1/clients/{client_id}/trends/mood")
        async with house.cairn.pool.acquire() as connection:
            assert await connection.fetchval("SELECT current_user") == "cairn_runtime"


class TestAPoolerOfOurOwn:
    @pytest.mark.parametrize("is_busy", [False, True])
    async def test_is_refused_where_it_shares_out_sessions(
        self, servers: Servers, database: Database, is_busy: bool
    ) -> None:
        """Alone, every statement may meet the same session; with others it meets theirs."""
        server = f"{servers.postgres.sockets}/.s.PGSQL.5432"
        async with pooling(server, "cairn", database.name, "transaction") as port:
            url = f"postgresql://cairn@127.0.0.1:{port}/{database.name}"
            if is_busy:
                async with company(url):
                    await is_refused(url)
            else:
                await is_refused(url)

    async def test_is_taken_where_it_gives_each_connection_a_session(
        self, servers: Servers, database: Database
    ) -> None:
        server = f"{servers.postgres.sockets}/.s.PGSQL.5432"
        async with pooling(server, "cairn", database.name, "session") as port:
            await works(f"postgresql://cairn@127.0.0.1:{port}/{database.name}")


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
class TestPgbouncer:
    @pytest.mark.parametrize("mode", ["transaction", "statement"])
    async def test_is_refused_where_it_shares_out_sessions(
        self, servers: Servers, database: Database, mode: str
    ) -> None:
        async with pgbouncer(servers, database, mode) as url:
            await is_refused(url)

    async def test_is_taken_in_session_mode_as_it_comes(
        self, servers: Servers, database: Database
    ) -> None:
        async with pgbouncer(servers, database, "session") as url:
            await works(url)


@asynccontextmanager
async def pgbouncer(servers: Servers, database: Database, mode: str) -> AsyncIterator[str]:
    """The address of a database behind pgbouncer, with the settings that it has by itself."""
    assert PGBOUNCER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = servers.postgres.account
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "pgbouncer.ini")
        file.write_text(
            CONFIGURATION.format(
                name=database.name,
                folder=servers.postgres.sockets,
                password=servers.postgres.passwords.require("postgres"),
                port=port,
                mode=mode,
                log=Path(folder, "log"),
            )
        )
        if account is not None:  # It refuses root, as Postgres does.
            for place in (Path(folder), file):
                os.chown(place, *account)
        process = subprocess.Popen(
            [PGBOUNCER, "--quiet", file],
            user=account and account[0],
            group=account and account[1],
            extra_groups=account and [],
        )
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/{database.name}"
            await answers(port, process)
            yield url
        finally:
            process.kill()
            process.wait()


async def answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    async with asyncio.timeout(10):
        while process.poll() is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
    raise AssertionError("pgbouncer has ended")
