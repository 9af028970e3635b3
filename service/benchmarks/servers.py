"""The servers and processes that a benchmark measures: started for it, and ended with it."""

import asyncio
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from migrations.runner import migrate
from service.children import Child
from service.embedded import EmbeddedPostgres, EmbeddedRedis
from service.installed import ServerUnavailable
from service.settings import SettingRefused, Settings
from service.supervisor import CHILDREN, ask

READY_SECONDS: Final = 30
# A disk in memory takes no time to flush: a log on it measures nothing.
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
BARE_ROUTE: Final = (sys.executable, "-P", "-m", "service.benchmarks.bare_route")
RECEIVER: Final = (sys.executable, "-P", "-m", "service.benchmarks.receiver")


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Where one benchmark works.

    `settings` lead to a migrated database, `beside` to a second one on the same server (the same
    one, where the server is not ours). `folder` is for files, and goes at the end. `postgres` and
    `redis` are the process ids of servers of our own.
    """

    settings: Settings
    folder: Path
    beside: Settings | None = None
    postgres: int | None = None
    redis: int | None = None


@asynccontextmanager
async def own_servers(*, redis: bool) -> AsyncIterator[Servers]:
    """A Postgres, and a Redis if asked for, in a new folder, as `cairn up` would start them."""
    folder = scratch_folder()
    database, memory = EmbeddedPostgres(folder), EmbeddedRedis(folder)
    try:
        urls = await database.start()
        settings = Settings(
            database_url=urls.runtime,
            owner_database_url=urls.owner,
            redis_url=memory.start() if redis else None,
            var=folder,
            key_file=folder / "cairn.key",
        )
        await make_database(urls.admin, "beside")
        beside = msgspec.structs.replace(
            settings,
            database_url=urls.runtime.replace("/cairn?", "/beside?"),
            owner_database_url=urls.owner.replace("/cairn?", "/beside?"),
        )
        for one in (settings, beside):
            await migrate(one.owner_database_url or "")
        yield Servers(
            settings=settings,
            folder=folder,
            beside=beside,
            postgres=database.process.pid if database.process else None,
            redis=memory.process.pid if memory.process else None,
        )
    finally:
        memory.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def given_servers(given: Settings, *, redis: bool) -> AsyncIterator[Servers]:
    """The database that was named, migrated; and a Redis of our own where none was named.

    A benchmark leaves what it appends: nothing is ever taken out of a log. Raises SettingRefused
    where the log is not empty, or holds something that no benchmark has written.
    """
    folder = scratch_folder()
    memory = EmbeddedRedis(folder)
    try:
        await migrate(given.owner_database_url or "")
        await require_no_record(given.database_url or "")
        redis_url = given.redis_url or (memory.start() if redis else None)
        settings = msgspec.structs.replace(
            given,
            redis_url=redis_url,
            var=folder,
            key=given.key or bytes(32),
            key_file=folder / "cairn.key",
        )
        yield Servers(
            settings=settings,
            folder=folder,
            redis=memory.process.pid if memory.process else None,
        )
    finally:
        memory.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def require_no_record(database_url: str) -> None:
    """Raises SettingRefused where the log holds what is not ours to drown."""
    connection = await asyncpg.connect(database_url, server_settings={"role": "cairn_runtime"})
    try:
        foreign = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM event_log WHERE category = 'practice' AND actor <> $1)",
            ACTOR,
        )
    finally:
        await connection.close()
    if foreign:
        raise SettingRefused(
            "DATABASE_URL names a database with a record in it; a benchmark leaves a million "
            "events behind, which nobody can take away again: name an empty database"
        )


ACTOR: Final = "cli:bench"


async def make_database(admin_url: str, name: str) -> None:
    """One more database; and the owner of both may tidy up: see `tidy`."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} OWNER cairn_owner")
        await connection.execute("GRANT pg_checkpoint, pg_maintain TO cairn_owner")
    finally:
        await connection.close()


async def tidy(settings: Settings) -> None:
    """What the server does by itself, sooner or later: better now than while something is timed."""
    owner = await asyncpg.connect(settings.owner_database_url)
    try:
        await owner.execute("VACUUM (ANALYZE)")
        with suppress(asyncpg.InsufficientPrivilegeError):  # A server that is not ours.
            await owner.execute("CHECKPOINT")
    finally:
        await owner.close()


def scratch_folder() -> Path:
    """A new folder on a disk that has to be flushed, which anyone may enter."""
    parent = Path(tempfile.gettempdir())
    if filesystem_of(parent) in IN_MEMORY:
        parent = Path("/var/tmp")  # noqa: S108 - mkdtemp makes a private folder in it
    folder = Path(tempfile.mkdtemp(prefix="cairn-bench-", dir=parent))
    folder.chmod(0o755)  # As root the server runs as nobody, who has to get in.
    return folder


def filesystem_of(folder: Path) -> str:
    """The kind of file system a folder lies on; empty where the system does not say (no Linux)."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    kinds = {Path(place): kind for _, place, kind, *_ in (line.split(" ") for line in mounts)}
    path = folder.resolve()
    return next((kinds[one] for one in (path, *path.parents) if one in kinds), "")


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


@asynccontextmanager
async def running(
    settings: Settings, commands: Mapping[str, Sequence[str]], *, ready_at: Mapping[str, str]
) -> AsyncIterator[dict[str, Child]]:
    """Processes of ours, by name, each once `ready_at` (a path, by name) answers 200.

    Those without a path are taken to be ready. Raises ServerUnavailable with the end of its log.
    """
    async with AsyncExitStack() as ends:
        children: dict[str, Child] = {}
        for name, command in commands.items():
            child = Child(name, command, settings)
            ends.callback(child.stop)
            child.start()
            children[name] = child
        for name, child in children.items():
            await wait_until_ready(child, ready_at.get(name))
        yield children
        for child in children.values():
            if not child.is_alive():
                raise ServerUnavailable(f"{child.name} has ended:\n{tail(child)}")
            child.ask_to_stop()


async def wait_until_ready(child: Child, path: str | None) -> None:
    give_up_at = asyncio.get_running_loop().time() + READY_SECONDS
    while path is not None:
        answer = await ask(child.settings.host, child.settings.port, path)
        if answer == "200":
            return
        if not child.is_alive() or asyncio.get_running_loop().time() > give_up_at:
            raise ServerUnavailable(f"{child.name} is not ready ({answer}):\n{tail(child)}")
        await asyncio.sleep(0.05)


def tail(child: Child) -> str:
    """The end of its log."""
    if not child.log.exists():
        return ""
    return "\n".join(child.log.read_text(errors="replace").splitlines()[-8:])


PRODUCT: Final = CHILDREN
