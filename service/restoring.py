"""Restoring a backup: all of it in one transaction, or nothing.

The script that pg_restore makes of the dump goes to psql, between statements of ours: what is
there is dropped before; behind it come the migrations that the dump lacks, a new epoch, and a count
of the log. Killed at any moment, the database is as it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import asyncpg
import msgspec

from events.sealing import KeyIsAnother
from migrations.rights import HAS_ROLE, ROLE, RightsMissing, make_role
from migrations.runner import LOCK, Migration, load, migrate, waiting
from projections.doctor import Doctor
from projections.faults import Diagnosis
from service.backing_up import (
    Databases,
    KeyStanding,
    epoch_of,
    heads_of,
    key_standing,
    look_through,
)
from service.backup_files import (
    Contents,
    FileNotOurs,
    Manifest,
    PracticeHead,
    Progress,
    digest_of,
    manifest_in,
)
from service.postgres_tools import ToolFailed, Tools, address_of, find_tools, running
from service.running import runtime_login
from service.settings import Settings
from service.wiring import Cairn

# What the migrations make in the schema public (a test compares): nothing else there is dropped.
TABLES: Final = frozenset({
    "data_key", "epoch", "epoch_head", "event_log", "head_at_upgrade", "heartbeat", "id_key",
    "migration", "practice_log",
})  # fmt: skip
FUNCTIONS: Final = frozenset({
    "append_event", "append_events", "append_events_of_practices", "doubt_epoch", "draw_epoch",
    "event_fits", "recording_time", "refuse_change", "refused_appends",
})  # fmt: skip
SCHEMAS: Final = ("views", "outbox")
CONNECTIONS: Final = 4
FIND_TABLES: Final = """
SELECT c.relname::text FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""
FIND_FUNCTIONS: Final = """
SELECT p.proname::text AS name, p.oid::regprocedure::text AS signature FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
FIND_SESSIONS: Final = """
SELECT coalesce(nullif(application_name, ''), usename::text) AS name, count(*) AS sessions
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
GROUP BY 1
ORDER BY 1
"""
# The first statements: whoever holds a lock for longer is still at work, and nothing is changed.
BEFORE: Final = """\
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '10s';
"""
AFTER: Final = """
RESET ALL;
SET LOCAL client_min_messages = warning;
"""
# The last ones. They raise where the log did not arrive whole, and then all is undone.
PROVE: Final = """
SELECT public.draw_epoch(true);
DO $prove$
BEGIN
  IF (SELECT count(*) FROM public.event_log) <> {events} THEN
    RAISE EXCEPTION 'the restored log is not whole';
  END IF;
END
$prove$;
COMMIT;
"""


class RestoreRefused(Exception):
    """Nothing was restored, and nothing changed; the message says why and what to do."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was restored. `epoch` is the new one, which was drawn with it.

    `replaced` is what the database had before and has no more. `migrated` are the migrations that
    the backup lacked. `diagnosis` is what `cairn doctor` found afterwards, and null where the key
    that opens the record is missing.
    """

    file: str
    made_by: Manifest | None
    events: int
    practices: list[PracticeHead]
    replaced: list[PracticeHead]
    epoch: UUID | None
    migrated: list[str]
    key: KeyStanding
    diagnosis: Diagnosis | None


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told how far each part of the work is."""

    checking: Progress
    restoring: Progress
    verifying: Progress


Say = Callable[[str], None]


async def restore(
    settings: Settings,
    databases: Databases,
    file: Path,
    *,
    replace: bool,
    watched: Watched,
    say: Say,
) -> Restored:
    """Restore a backup into the database, which has no log, or one that is to be replaced.

    Raises RestoreRefused, FileNotOurs, KeyIsAnother, MigrationRefused for a backup of a newer
    release, RightsMissing, ToolMissing, ToolFailed, and what asyncpg raises. Then the database is
    as it was.
    """
    manifest = manifest_in(file)
    connection = await asyncpg.connect(databases.owner)
    try:
        await require_alone(connection)
        tools = find_tools(major_needed(connection, manifest))
        contents = await check(tools, file, manifest, watched.checking)
        standing = key_standing(settings, contents.key)
        if standing.state == "another":
            raise KeyIsAnother
        todo = waiting(load(), contents.migrations)
        there = await require_room(connection, replace=replace)
        if there:
            say(f"What the database has is taken away: {told(there)}.")
        await require_roles(connection, contents)
        first = [BEFORE, *await dropping(connection)]
        last = [AFTER, *map(applying, todo), PROVE.format(events=contents.events)]
        await run_script(
            tools, databases, file, first=first, last=last, events=contents.events,
            on_restored=watched.restoring,
        )  # fmt: skip
        await connection.execute("ANALYZE")
        practices = await heads_of(connection)
        epoch = await epoch_of(connection)
    finally:
        await connection.close()
    # Its rights, where the dump was made without any; there are no migrations left.
    await migrate(databases.owner, say=say, login=runtime_login(settings))
    diagnosis = None
    if standing.state != "missing":
        diagnosis = await look_at(settings, databases, watched.verifying)
    return Restored(
        file=str(file),
        made_by=manifest,
        events=contents.events,
        practices=practices,
        replaced=there,
        epoch=epoch,
        migrated=[one.name for one in todo],
        key=standing,
        diagnosis=diagnosis,
    )


def major_needed(connection: asyncpg.Connection, manifest: Manifest | None) -> int:
    """The version of Postgres that the programs must know: the server's, and the dump's."""
    server: int = connection.get_server_version().major
    return server if manifest is None else max(server, int(manifest.server.partition(".")[0]))


async def check(
    tools: Tools, file: Path, manifest: Manifest | None, on_checked: Progress
) -> Contents:
    """Read the whole file before anything is changed. Raises FileNotOurs where it is not whole."""
    if manifest is not None:
        with file.open("rb") as opened:
            digest = await digest_of(opened, manifest.dump_bytes)
        if digest != manifest.dump_sha256:
            raise FileNotOurs(
                f"{file} is damaged: it is not what `cairn backup` wrote. Use another backup."
            )
    events = 0 if manifest is None else manifest.events
    try:
        contents = await look_through(tools, file, events, on_checked)
    except ToolFailed as failed:
        raise FileNotOurs(f"{file} can not be read to its end: {failed}") from None
    if "public.event_log" not in contents.rows or not contents.migrations:
        raise FileNotOurs(f"{file} is a dump of something else: it has no log of Cairn.")
    if manifest is None and not contents.is_whole:
        raise FileNotOurs(
            f"{file} does not have every event up to the heads of its logs: it is not whole. Use "
            "another backup."
        )
    return contents


async def require_alone(connection: asyncpg.Connection) -> None:
    """Raises RestoreRefused while somebody else uses the database, or restores or migrates it."""
    rows = await connection.fetch(FIND_SESSIONS)
    if rows:
        named = ", ".join(f"{row['name']} {row['sessions']}" for row in rows)
        raise RestoreRefused(
            f"Somebody uses this database (connections: {named}). Stop all that does first: `cairn "
            "up` with Ctrl-C; with containers, `docker compose stop api projector worker`. Nothing "
            "was changed."
        )
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
        raise RestoreRefused("Somebody restores or migrates this database: wait for them to end.")


async def require_room(connection: asyncpg.Connection, *, replace: bool) -> list[PracticeHead]:
    """What the database has, which is to be replaced. Raises RestoreRefused where it is not."""
    names = {row["relname"] for row in await connection.fetch(FIND_TABLES)}
    others = sorted(names - TABLES)
    if others:
        raise RestoreRefused(
            f"This database has tables that are not Cairn's ({', '.join(others[:5])}): restore "
            "into a database of its own."
        )
    if "practice_log" not in names:
        return []
    there = await heads_of(connection)
    if there and not replace:
        raise RestoreRefused(
            f"This database has a log: {told(there)}. A restore takes all of it away. Say "
            "--replace if that is meant, and make a backup of it first."
        )
    return there


def told(there: Sequence[PracticeHead]) -> str:
    """What a log has: how many practices and events, and the time of the last event."""
    events = sum(one.position for one in there)
    last = max(one.recorded_at for one in there).isoformat(sep=" ", timespec="seconds")
    heads = "; ".join(f"{one.practice_id} up to position {one.position}" for one in there[:10])
    practices = "1 practice" if len(there) == 1 else f"{len(there)} practices"
    more = f"; and {len(there) - 10} more" if len(there) > 10 else ""
    return f"{practices} with {events} events, the last of {last} ({heads}{more})"


async def require_roles(connection: asyncpg.Connection, contents: Contents) -> None:
    """Make the run-time role where it is missing. Raises RightsMissing for any other one."""
    await make_role(connection)
    missing = [
        role
        for role in sorted(contents.roles - {"PUBLIC", ROLE})
        if not await connection.fetchval(HAS_ROLE, role.strip('"').replace('""', '"'))
    ]
    if missing:
        said = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in missing)
        raise RightsMissing(
            f"The backup gives rights to roles that this server has not. Say to it first: {said}"
        )


async def dropping(connection: asyncpg.Connection) -> list[str]:
    """The statements that drop what the migrations have made here."""
    tables = {row["relname"] for row in await connection.fetch(FIND_TABLES)}
    functions = await connection.fetch(FIND_FUNCTIONS)
    return [
        *(f"DROP SCHEMA IF EXISTS {name} CASCADE;\n" for name in SCHEMAS),
        *(f"DROP TABLE public.{name} CASCADE;\n" for name in sorted(tables & TABLES)),
        *(
            f"DROP FUNCTION {row['signature']} CASCADE;\n"
            for row in functions
            if row["name"] in FUNCTIONS
        ),
    ]


def applying(one: Migration) -> str:
    """A migration that the dump lacks, as it stands in its file, and the note that it was made."""
    return (
        f"{one.sql}\nINSERT INTO public.migration (number, name, checksum) "
        f"VALUES ({one.number}, '{one.name}', '{one.checksum}');\n"
    )


async def run_script(
    tools: Tools,
    databases: Databases,
    file: Path,
    *,
    first: Sequence[str],
    last: Sequence[str],
    events: int,
    on_restored: Progress,
) -> None:
    """Send everything to psql, in one transaction. Raises ToolFailed; then nothing has changed.

    The transaction is committed by the last statement of all: whatever ends before, undoes it.
    """
    address = address_of(databases.owner)
    command = [
        tools.program("psql"), "--no-psqlrc", "--quiet", "--no-password",
        "--set=ON_ERROR_STOP=1", f"--dbname={address.url}", "--file=-",
    ]  # fmt: skip
    with running(command, environment=address.environment, reads=True) as psql:
        pipe = written_to(psql.process.stdin)
        try:
            pipe.write("".join(first).encode())
            await look_through(tools, file, events, on_restored, each=pipe.write)
            pipe.write("".join(last).encode())
            pipe.close()
        except BrokenPipeError:
            psql.process.wait()
        psql.require_done()


def written_to(pipe: IO[bytes] | None) -> IO[bytes]:
    """The standard input of a program that reads."""
    assert pipe is not None  # noqa: S101 - for the type checker
    return pipe


async def look_at(settings: Settings, databases: Databases, on_verified: Progress) -> Diagnosis:
    """What `cairn doctor` says of the restored record: every event is opened with the key."""
    named = msgspec.structs.replace(settings, database_url=databases.runtime)
    async with Cairn.open(named, connections=CONNECTIONS) as cairn:
        return await Doctor(cairn.pool, cairn.keyring).look(on_verified)
