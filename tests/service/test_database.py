"""How a process reaches its database: which connections it keeps, and which host it takes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import unquote

import asyncpg
import pytest
from structlog.testing import capture_logs

from service import database as database_module
from service.database import SESSION, Database, NoServerTakesWrites, NoSuchServer, SessionRefused
from service.pooler import PoolerRefused
from tests.conftest import Database as Made
from tests.conftest import execute
from tests.contracts.stores import cause, found, mood, postgres_store
from tests.house.tree import ROOT

WHICH = "SELECT pg_backend_pid()"
WRITE = "DROP TABLE IF EXISTS pg_temp.t; CREATE TEMPORARY TABLE t ()"


@asynccontextmanager
async def opened(url: str, **session: str) -> AsyncIterator[Database]:
    async with Database.open(url, connections=1, session={**SESSION, **session}) as database:
        yield database


def several(database: Made, first: str) -> str:
    """The test's database as the second of two hosts that an address names."""
    return database.runtime.replace("?host=", f"?host={first},")


async def alter(database: Made, change: str) -> None:
    """Change what sessions of the test's database begin with, from another database."""
    elsewhere = database.admin.replace(f"/{database.name}?", "/postgres?")
    await execute(elsewhere, f"ALTER DATABASE {database.name} {change}")


def raising(state: str) -> str:
    """A statement at which the server fails with an SQLSTATE."""
    return f"DO $$ BEGIN RAISE 'as the server says' USING ERRCODE = '{state}'; END $$"


class TestAConnection:
    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT 1 / 0",
            "SELECT 'a'::integer",
            "SELECT * FROM nowhere",
            raising("CA404"),
            raising("55P03"),
        ],
    )
    async def test_is_kept_where_the_statement_was_at_fault(self, database: Made, statement: str):
        async with opened(database.runtime) as reached:
            before = await reached.pool.fetchval(WHICH)
            with pytest.raises(asyncpg.PostgresError):
                await reached.pool.execute(statement)
            assert await reached.pool.fetchval(WHICH) == before

    @pytest.mark.parametrize(
        "state",
        ["25006", "42501", "58030", "XX000", "F0000", "54001", "53100"],
    )
    async def test_is_not_used_again_where_something_else_was(self, database: Made, state: str):
        async with opened(database.runtime) as reached:
            before = await reached.pool.fetchval(WHICH)
            with capture_logs() as lines, pytest.raises(asyncpg.PostgresError):
                await reached.pool.execute(raising(state))
            assert await reached.pool.fetchval(WHICH) != before
            assert [one["event"] for one in lines] == ["database_connections_renewed"]

    async def test_that_became_read_only_is_let_go(self, database: Made):
        """A session keeps what its database was set to when the session began."""
        async with opened(database.runtime) as reached:
            await alter(database, "SET default_transaction_read_only = on")
            await reached.pool.expire_connections()
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await reached.pool.execute(WRITE)
            await alter(database, "RESET default_transaction_read_only")
            # The pool had made another one at once, and that is of the same kind.
            with suppress(asyncpg.ReadOnlySQLTransactionError):
                await reached.pool.execute(WRITE)
            await reached.pool.execute(WRITE)

    async def test_leaves_nothing_behind_for_whoever_has_it_next(self, database: Made):
        async with opened(database.runtime) as reached:
            async with reached.pool.acquire() as connection:
                await connection.execute("SELECT pg_advisory_lock(7)")
                await connection.execute("SET synchronous_commit = off")
                await connection.execute("SET lock_timeout = 77")
                before = await connection.fetchval(WHICH)
            assert await reached.pool.fetchval(WHICH) == before
            held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            assert await reached.pool.fetch(held) == []
            kept = await reached.pool.fetch(
                "SELECT name FROM pg_settings WHERE source = 'session' AND lower(name) = ANY ($1)",
                list(SESSION),
            )
            assert len(kept) == len(SESSION) - 1  # `role` stands in no such list.
            assert await reached.pool.fetchval("SELECT current_user") == "cairn_runtime"
            assert await reached.pool.fetchval("SHOW synchronous_commit") == "on"
            assert await reached.pool.fetchval("SHOW lock_timeout") == "0"

    async def test_says_what_the_server_refuses(self, database: Made):
        with pytest.raises(SessionRefused, match="nobody_at_all"):
            async with opened(database.runtime, role="nobody_at_all"):
                pass


class TestTwoHosts:
    async def test_the_second_is_taken_where_the_first_is_not_there(self, database: Made):
        async with opened(several(database, "/nowhere-at-all")) as reached:
            assert await reached.pool.fetchval("SELECT current_database()") == database.name

    async def test_the_second_is_taken_where_the_first_never_answers(
        self, database: Made, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(database_module, "HOST_SECONDS", 0.3)
        monkeypatch.setattr(database_module, "CONNECT_SECONDS", 0.6)
        with silent_server() as folder:
            async with opened(several(database, folder)) as reached:
                assert await reached.pool.fetchval("SELECT current_database()") == database.name
                assert folder not in unquote(
                    reached._hosts[0]
                )  # The next one asks the other first.

    async def test_none_is_taken_that_only_reads(self, database: Made):
        await alter(database, "SET default_transaction_read_only = on")
        with pytest.raises(NoServerTakesWrites):
            async with opened(several(database, "/nowhere-at-all")):
                pass
        asked = f"{several(database, '/nowhere-at-all')}&target_session_attrs=any"
        async with opened(asked) as reached:
            assert await reached.pool.fetchval("SELECT current_database()") == database.name

    async def test_what_was_asked_for_is_named_where_it_was_not_writes(self, database: Made):
        asked = f"{several(database, '/nowhere-at-all')}&target_session_attrs=standby"
        with pytest.raises(NoSuchServer, match="target_session_attrs=standby"):
            async with opened(asked):
                pass


@contextmanager
def silent_server() -> Iterator[str]:
    """The folder of a socket that takes connections, and then says nothing."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
        listener.listen(8)
        yield folder


HOLDER = """
import asyncio, sys
from service.database import SESSION, Database

async def main(url, practice_id):
    session = {**SESSION, "role": "none", "idle_in_transaction_session_timeout": "1s"}
    async with Database.open(url, connections=1, session=session) as database:
        connection = await database.connect()
        async with connection.transaction():
            head = "SELECT 1 FROM practice_log WHERE practice_id = $1::text::uuid FOR UPDATE"
            await connection.execute(head, practice_id)
            print("held", flush=True)
            await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_that_is_stopped_in_a_transaction_holds_no_lock_for_long(database: Made):
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, database.admin, str(practice_id)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            try:
                assert process.stdout is not None
                assert await asyncio.to_thread(process.stdout.readline) == b"held\n"
                process.send_signal(signal.SIGSTOP)
                receipt = await store.append(practice_id, [mood(client_id)], cause=cause())
                assert receipt.position == 3
            finally:
                process.kill()


def test_the_product_waits_half_a_minute_for_such_a_process():
    assert SESSION["idle_in_transaction_session_timeout"] == "30s"


def test_a_pooler_is_told_what_is_wrong_with_it():
    assert "session mode" in str(PoolerRefused())
