"""Applies the numbered SQL files of this folder, in order, once each.

Our own ninety lines, because no kept tool fits: yoyo wants psycopg as a second driver; dbmate is a
program of its own that knows neither checksums nor files inside a wheel; pogo-migrate and
asyncpg-trek speak asyncpg, but neither locks nor notices that an applied file has changed (and the
first splits SQL with a parser of its own). What is left to do is small:

- a file is `NNNN_name.sql`, numbers run from 1 without a gap, and each is one transaction;
- every transaction takes the same advisory lock first, so two machines that start at once wait for
  each other, and a runner that dies leaves nothing half done;
- what was applied is kept with its SHA-256, and a database that was made by other files is refused.

A statement that cannot run inside a transaction (CREATE INDEX CONCURRENTLY) has no place here.
"""

import re
import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg
import msgspec

from migrations.rights import Connection, admit, give_rights, make_role

FOLDER: Traversable = files("migrations")
FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
LOCK = 0x63_61_69_72_6E  # "cairn": any number will do that nobody else uses.
LOCK_SECONDS = 60

MAKE_TABLE = """
CREATE TABLE IF NOT EXISTS public.migration (
  number integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT migration_pkey PRIMARY KEY (number)
)
"""
# Anyone who may connect may know how far the schema is: the readiness check runs without rights.
SHOW_TABLE = "GRANT SELECT ON public.migration TO PUBLIC"
READ = "SELECT number, name, checksum, applied_at FROM public.migration ORDER BY number"
KEEP = "INSERT INTO public.migration (number, name, checksum) VALUES ($1, $2, $3)"


class MigrationRefused(Exception):
    """The files and the database do not belong together; the message says how."""


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered file; `checksum` is the SHA-256 of its bytes, in hexadecimal."""

    number: int
    name: str
    sql: str
    checksum: str


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What the database remembers of a file."""

    number: int
    name: str
    checksum: str
    applied_at: datetime


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and when it was applied (None: not yet)."""

    number: int
    name: str
    applied_at: datetime | None


# Quoted where its name needs that. The first file makes the log: before it nobody owns it.
LOG_OWNER = """
SELECT c.relowner::regrole::text FROM pg_class c WHERE c.oid = to_regclass('public.event_log')
"""

Report = Callable[[str, float], None]
"""Called after each file with its name and the seconds it took."""
Say = Callable[[str], None]
"""Called with a sentence about what else was done."""


def load(folder: Traversable = FOLDER) -> list[Migration]:
    """Read the files in order. Raises MigrationRefused when their numbers leave a gap."""
    found = []
    for file in folder.iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = FILE_NAME.fullmatch(file.name)
        if match is None:
            raise MigrationRefused(f"{file.name} is not named like 0001_what_it_does.sql")
        body = file.read_bytes()
        found.append(
            Migration(
                number=int(match[1]),
                name=file.name.removesuffix(".sql"),
                sql=body.decode(),
                checksum=sha256(body).hexdigest(),
            )
        )
    found.sort(key=lambda migration: migration.number)
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            raise MigrationRefused(f"expected migration {expected:04}, found {migration.name}")
    return found


def waiting(migrations: list[Migration], applied: list[Applied]) -> list[Migration]:
    """What is still to do. Raises MigrationRefused unless what was applied is how the files begin.

    >>> waiting([], [])
    []
    """
    for known, migration in zip(applied, migrations, strict=False):
        if known.name != migration.name:
            raise MigrationRefused(
                f"the database has applied {known.name}, but the file here is {migration.name}"
            )
        if known.checksum != migration.checksum:
            raise MigrationRefused(
                f"{migration.name} was changed after it was applied; "
                "bring the file back, and put the change into a new one"
            )
    if len(applied) > len(migrations):
        raise MigrationRefused(
            f"the database has applied {applied[len(migrations)].name}, which this version of "
            "Cairn does not know: it was made by a newer one"
        )
    return migrations[len(applied) :]


async def migrate(
    url: str,
    *,
    folder: Traversable = FOLDER,
    report: Report = lambda _name, _seconds: None,
    say: Say = lambda _sentence: None,
    login: str | None = None,
) -> int:
    """Bring the database at `url` up to date, as its owner, and say how many files that took.

    The run-time role is made where it is missing, gets back the rights that it lacks, and is given
    to `login`, with which the product connects.

    Raises MigrationRefused when files and database disagree, or when another runner holds the
    lock for longer than a minute, and RightsMissing where the owner may not make or give what is
    missing. A file that fails is undone whole, and its error is raised.
    """
    migrations = load(folder)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        if await make_role(connection):
            say("made the role cairn_runtime, which was missing")
        done = await apply_all(connection, migrations, report)
        await settle_rights(connection, say, login=login)
        return done
    finally:
        await connection.close()


async def apply_all(
    connection: asyncpg.Connection, migrations: list[Migration], report: Report
) -> int:
    """Apply every file that is waiting; how many there were."""
    for done in range(len(migrations) + 1):
        began = time.perf_counter()
        name = await apply_next(connection, migrations)
        if name is None:
            return done
        report(name, time.perf_counter() - began)
    raise AssertionError("unreachable: each round applies a file or is the last")


async def settle_rights(connection: asyncpg.Connection, say: Say, *, login: str | None) -> None:
    """Give the run-time role what it lacks, and the role to the product's login."""
    async with connection.transaction():
        await take_turn(connection)
        if (owner := await connection.fetchval(LOG_OWNER)) is not None:
            await connection.execute(f"SET LOCAL ROLE {owner}")
        given = await give_rights(connection)
        await connection.execute("RESET ROLE")
        if login is not None and await admit(connection, login):
            say(f"gave the role cairn_runtime to the login {login}")
    if given:
        say(f"gave back {given} rights that cairn_runtime had lost")


async def apply_next(connection: asyncpg.Connection, migrations: list[Migration]) -> str | None:
    """Apply the first file that is waiting and name it; None when there is none.

    Whatever a file makes belongs to the owner of the log, also where a superuser migrates.
    """
    async with connection.transaction():
        await take_turn(connection)
        # Read after the lock: whoever held it before may have done the work.
        known = await applied(connection)
        if not known and not await has_table(connection):
            await connection.execute(MAKE_TABLE)
            await connection.execute(SHOW_TABLE)
        todo = waiting(migrations, known)
        if not todo:
            return None
        if (owner := await connection.fetchval(LOG_OWNER)) is not None:
            await connection.execute(f"SET LOCAL ROLE {owner}")
        await connection.execute(todo[0].sql)
        await connection.execute("RESET ROLE")
        await connection.execute(KEEP, todo[0].number, todo[0].name, todo[0].checksum)
        return todo[0].name


async def take_turn(connection: asyncpg.Connection) -> None:
    """Hold the lock until the transaction ends. Raises MigrationRefused where another run does."""
    try:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    except asyncpg.LockNotAvailableError:
        raise MigrationRefused(
            f"another run has been migrating this database for {LOCK_SECONDS} seconds"
        ) from None


async def has_table(connection: Connection) -> bool:
    """Whether this database was ever migrated."""
    return bool(await connection.fetchval("SELECT to_regclass('public.migration') IS NOT NULL"))


async def applied(connection: Connection) -> list[Applied]:
    """What the database remembers, in order; nothing for a database that was never migrated."""
    if not await has_table(connection):
        return []
    return [Applied(**row) for row in await connection.fetch(READ)]


async def status(connection: Connection, *, folder: Traversable = FOLDER) -> list[Status]:
    """Every file and when it was applied. Raises MigrationRefused when they disagree."""
    migrations, known = load(folder), await applied(connection)
    waiting(migrations, known)
    times = {one.number: one.applied_at for one in known}
    return [
        Status(number=one.number, name=one.name, applied_at=times.get(one.number))
        for one in migrations
    ]


async def pending(connection: Connection, *, folder: Traversable = FOLDER) -> list[str]:
    """The names of the files still to be applied, in order. Raises as `status` does."""
    return [one.name for one in waiting(load(folder), await applied(connection))]
