"""Real servers for every test that asks: a Postgres and a Redis per test process.

Each pytest process (xdist starts several) has servers of its own, so that nothing has to be shared,
counted or handed over: they end with the process, even when it is killed. A test gets a database of
its own, copied from a migrated template in some twenty milliseconds.
"""

import asyncio
import gc
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec
import pytest
import redis
import structlog
from hypothesis import settings

from migrations.runner import migrate
from service.embedded import EmbeddedPostgres, EmbeddedRedis, PostgresUrls
from service.installed import postgres_programs, unprivileged_account
from service.postgres_files import make_files
from tests import days

T = TypeVar("T")

# HYPOTHESIS_PROFILE=thorough looks longer. Time is no verdict: the machine is shared.
settings.register_profile("quick", max_examples=40, stateful_step_count=40, deadline=None)
settings.register_profile("thorough", max_examples=1000, stateful_step_count=60, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# A test's server may be killed, but the machine's power is not cut: nothing waits for the disk.
HURRIED = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
PREFIX = "cairn-tests-"
# A database is some hundred files, and each test has its own: in memory they are made and
# removed in a third of the time, where there is room for what a server writes.
IN_MEMORY, NEEDED_BYTES = Path("/dev/shm"), 4 * 2**30
TEMPLATE = "cairn_template"
# A fixture of one of these names has, as `template`, a database with something in it.
FILLED = ("filled", "demonstrated", "two_practices")


class Template(msgspec.Struct, frozen=True):
    """A database with something in it, to copy."""

    template: str


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """One test's database: `runtime` is what the product connects as, `owner` migrates."""

    name: str
    runtime: str
    owner: str
    admin: str


def run(doing: Callable[[], Awaitable[T]]) -> T:
    """Run something asynchronous where no loop runs: in a fixture that is not."""

    async def main() -> T:
        return await doing()

    with asyncio.Runner() as runner:
        return runner.run(main())


class Administrator:
    """The superuser, with a connection that lasts: connecting takes as long as copying."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def execute(self, statement: str) -> None:
        """Run one statement where no loop runs; on a new connection where a test has ended ours."""
        self._runner.run(self._execute(statement))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._runner.close()

    async def _execute(self, statement: str) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
        try:
            await self._connection.execute(statement)
        except (ConnectionError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            self._connection = await asyncpg.connect(self._url)
            await self._connection.execute(statement)


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """The servers of this test process, and where they are reached."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    urls: PostgresUrls
    redis_url: str
    administrator: Administrator

    def admin(self, database: str) -> str:
        """The superuser's way into one database."""
        return self.urls.admin.replace("/postgres?", f"/{database}?")


def pytest_configure() -> None:
    """A shell starts what runs in the background deaf to SIGINT; what the tests start hears it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    log_plainly()


def log_plainly() -> None:
    """Log as structlog does by itself, but for the pictures of tracebacks: 0.3 s for each."""
    structlog.reset_defaults()
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*before, plain])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is loaded and made meanwhile is looked through for garbage once, at the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """What was collected lasts to the end: the collector of garbage does not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


@pytest.fixture(autouse=True)
def one_day() -> None:
    """In the last seconds of a day no test begins: one that is no longer ends on its own day.

    A longer one may see midnight pass, and reckons its days when it needs them: see tests/days.py.
    """
    if (seconds := days.wait_for(datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(seconds)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A Postgres and a Redis, started when the first test asks and stopped at the end."""
    remove_leftovers()
    folder = new_folder()
    database, memory = EmbeddedPostgres(folder, settings=HURRIED), EmbeddedRedis(folder)
    try:
        urls = run(database.start)
        administrator = Administrator(urls.admin)
        yield Servers(
            postgres=database,
            redis=memory,
            urls=urls,
            redis_url=memory.start(),
            administrator=administrator,
        )
        administrator.close()
    finally:
        memory.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def files_of_initdb() -> Iterator[Path]:
    """The files of a Postgres that never ran, made once: see `give_files`."""
    folder = new_folder()
    account = unprivileged_account()
    make_files(folder / "postgres", postgres_programs(folder, account), account)
    yield folder / "postgres"
    shutil.rmtree(folder)


def give_files(files: Path, folder: Path) -> None:
    """What initdb makes at a first start in a folder, copied: for a tenth of the time."""
    subprocess.run(["cp", "-a", files, folder / "postgres"], check=True)


@pytest.fixture(scope="session")
def template(servers: Servers) -> str:
    """The name of a migrated database to copy. Nobody may stay connected to it."""

    servers.administrator.execute(f"CREATE DATABASE {TEMPLATE} OWNER cairn_owner")
    run(lambda: migrate(servers.urls.owner.replace("/cairn?", f"/{TEMPLATE}?")))
    return TEMPLATE


@pytest.fixture
def database(request: pytest.FixtureRequest, servers: Servers, template: str) -> Iterator[Database]:
    """A migrated database for one test: empty, but where a fixture brings a filled one to copy."""
    for name in FILLED:
        if name in request.fixturenames:
            template = request.getfixturevalue(name).template
    with copied_database(servers, template) as made:
        yield made


@asynccontextmanager
async def taking_no_writes(database: Database) -> AsyncIterator[None]:
    """The server can be read and not written meanwhile, as one whose disk is nearly full."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await reloaded(connection, "on")
        yield
    finally:
        await connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await reloaded(connection, "off")
        await connection.close()


async def reloaded(connection: asyncpg.Connection, read_only: str) -> None:
    """The server reads its settings again: each connection has them within moments."""
    await connection.execute("SELECT pg_reload_conf()")
    for _ in range(500):
        if await connection.fetchval("SHOW transaction_read_only") == read_only:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the server has not read its settings again")


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[Database]:
    """A database without a table in it, owned by cairn_owner."""
    made = name_database(servers)
    servers.administrator.execute(f"CREATE DATABASE {made.name} OWNER cairn_owner")
    yield made
    servers.administrator.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """Connections as the product makes them: in the role that may only add to the log."""
    async with asyncpg.create_pool(
        database.runtime, min_size=0, max_size=8, server_settings={"role": "cairn_runtime"}
    ) as pool:
        yield pool


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An empty Redis, this test process's own."""
    with redis.Redis.from_url(servers.redis_url) as client:
        client.flushall()
    return servers.redis_url


numbers = itertools.count(1)


def name_database(servers: Servers, name: str | None = None) -> Database:
    """The ways into the database of a name, else of the next one."""
    name = name or f"test_{next(numbers)}"
    return Database(
        name=name,
        runtime=servers.urls.runtime.replace("/cairn?", f"/{name}?"),
        owner=servers.urls.owner.replace("/cairn?", f"/{name}?"),
        admin=servers.admin(name),
    )


@contextmanager
def copied_database(servers: Servers, template: str) -> Iterator[Database]:
    """A copy of the template, for as long as the block lasts."""
    made = name_database(servers)
    copy_database(servers, made.name, template)
    try:
        yield made
    finally:
        servers.administrator.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


@contextmanager
def filled_database(servers: Servers, template: str, *statements: str) -> Iterator[Database]:
    """A copy of the template, filled by the superuser: for the tests of a module."""
    with copied_database(servers, template) as made:
        run(lambda: execute(made.admin, "; ".join(statements)))
        yield made


def copy_database(servers: Servers, name: str, template: str) -> None:
    """Copy the template; a session that has just left it may still be seen for a moment."""
    # FILE_COPY: 8 ms without waiting for the disk, against 110 through the write-ahead log.
    copy = f"CREATE DATABASE {name} OWNER cairn_owner TEMPLATE {template} STRATEGY FILE_COPY"
    for attempt in range(20):
        try:
            servers.administrator.execute(copy)
        except asyncpg.ObjectInUseError:
            time.sleep(0.01 * attempt)
        else:
            return
    raise AssertionError(f"somebody stays connected to {template}")


async def execute(url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def new_folder() -> Path:
    """A folder for servers, in memory where there is room; `remove_leftovers` knows its name."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=roomy_memory()))
    folder.chmod(0o755)  # As root the server runs as nobody, who has to get in.
    return folder


def roomy_memory() -> Path | None:
    """Where files lie in memory, if there is room for a server's; None for the usual folder."""
    try:
        is_roomy = shutil.disk_usage(IN_MEMORY).free >= NEEDED_BYTES
    except OSError:
        return None
    return IN_MEMORY if is_roomy and os.access(IN_MEMORY, os.W_OK) else None


def remove_leftovers() -> None:
    """Remove the folders of test processes that were killed; their servers ended with them."""
    places = (Path(tempfile.gettempdir()), IN_MEMORY)
    for folder in (found for place in places for found in place.glob(f"{PREFIX}*")):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue
