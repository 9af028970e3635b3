"""Making a backup of the database: a dump of one moment, looked through before it gets its name."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Final, Literal, Self
from uuid import UUID

import asyncpg
import msgspec

from events.sealing import KeyMissing, MasterKey, SealBroken, load_master_key
from projections.sql import statement
from service.backup_files import (
    Contents,
    Manifest,
    PracticeHead,
    Progress,
    ScriptReader,
    WrappedKey,
    add_manifest,
    digest_of,
    lines_of,
)
from service.embedded import EmbeddedPostgres
from service.postgres_tools import Tools, address_of, find_tools, running
from service.running import NothingRuns, running_postgres
from service.settings import Settings
from service.supervisor import alone

READ_HEADS: Final = """
SELECT practice_id, position, recorded_at FROM practice_log WHERE position > 0 ORDER BY practice_id
"""
COUNT_LOG: Final = "SELECT practice_id, count(*) AS events FROM event_log GROUP BY practice_id"
READ_COPIED: Final = statement("read_copied")
WITHOUT_LIMITS: Final = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"
LOOK_SECONDS: Final = 0.2
# Between two looks whether somebody has pressed Ctrl-C.
LINES_AT_ONCE: Final = 5_000


class BackupFailed(Exception):
    """A backup was not made, or is not whole; the message says why and what to do."""


KeyState = Literal["right", "missing", "another", "unproven"]


class KeyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where the master key is, and whether it opens the record.

    `state` is `missing` where there is no key, `another` where it is not the record's, and
    `unproven` where nothing is recorded that would tell.
    """

    place: str
    state: KeyState


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was made: `bytes` is the length of the file.

    `is_dense` is whether the log in the database has every event up to its heads: the dump has what
    the database has, in either case.
    """

    file: str
    bytes: int
    manifest: Manifest
    key: KeyStanding
    is_dense: bool


class Databases(msgspec.Struct, frozen=True, kw_only=True):
    """Where one database is reached: by the owner of its tables, and as the product does."""

    owner: str
    runtime: str

    def __repr__(self) -> str:
        """Without the URLs, which hold passwords: this ends up in tracebacks."""
        return "Databases()"


@asynccontextmanager
async def database_of(settings: Settings, *, may_make: bool) -> AsyncIterator[Databases]:
    """The database that is named, else the one of `cairn up`, started for the time where it rests.

    Raises NothingRuns where there is none and none may be made, ServerUnavailable, CannotStart.
    """
    if settings.database_url is not None or settings.owner_database_url is not None:
        owner = settings.owner_database_url or settings.database_url or ""
        yield Databases(owner=owner, runtime=settings.database_url or owner)
        return
    postgres = running_postgres(settings.var)
    if postgres is not None:
        yield Databases(owner=postgres.owner_url(), runtime=postgres.runtime_url())
        return
    if not may_make and not (settings.var / "postgres").exists():
        raise NothingRuns(
            f"No database was named, and there is none in {settings.var}: set CAIRN_VAR to the "
            "folder of `cairn up`, or DATABASE_URL."
        )
    with alone(settings.var):
        postgres = EmbeddedPostgres(settings.var)
        try:
            urls = await postgres.start()
            yield Databases(owner=urls.owner, runtime=urls.runtime)
        finally:
            postgres.stop()


def key_standing(settings: Settings, kept: WrappedKey | None) -> KeyStanding:
    """Where the master key is, and whether it opens what was kept. Raises KeyFileRefused."""
    place = "CAIRN_KEY" if settings.key is not None else str(settings.key_file.absolute())
    try:
        master = known_key(settings)
        if kept is None:
            return KeyStanding(place=place, state="unproven")
        master.unwrap(kept.practice_id, kept.subject_id, kept.wrapped)
    except KeyMissing:
        return KeyStanding(place=place, state="missing")
    except SealBroken:
        return KeyStanding(place=place, state="another")
    return KeyStanding(place=place, state="right")


def known_key(settings: Settings) -> MasterKey:
    """The master key, which is never made here. Raises KeyMissing, KeyFileRefused."""
    if settings.key is not None:
        return MasterKey(settings.key)
    try:
        return MasterKey(load_master_key(settings.key_file))
    except FileNotFoundError:
        raise KeyMissing from None


async def back_up(
    settings: Settings,
    databases: Databases,
    file: Path,
    *,
    replace: bool,
    on_dumped: Progress,
    on_checked: Progress,
) -> Backup:
    """Write a backup of the database to a file, which is there whole or not at all.

    Raises BackupFailed, ToolMissing, ToolFailed, what asyncpg raises, and OSError where the file
    can not be written.
    """
    require_free(file, replace=replace)
    making = file.with_name(f"{file.name}.making")
    with Unfinished(making) as unfinished:
        draft = unfinished.file
        manifest, tools = await dump(databases, making, on_dumped)
        contents = await look_through(tools, making, manifest.events, on_checked)
        is_dense = contents.is_whole
        length = draft.seek(0, os.SEEK_END)
        digest = await digest_of(draft, length)
        manifest = msgspec.structs.replace(manifest, dump_bytes=length, dump_sha256=digest)
        require_same(manifest, contents)
        add_manifest(draft, manifest)
        size = draft.tell()
        unfinished.put_in_place(file, replace=replace)
    return Backup(
        file=str(file),
        bytes=size,
        manifest=manifest,
        key=key_standing(settings, contents.key),
        is_dense=is_dense,
    )


def require_free(file: Path, *, replace: bool) -> None:
    """Raises BackupFailed where a file is there that is not to be replaced, or no folder is."""
    if not file.parent.is_dir():
        raise BackupFailed(f"There is no folder {file.parent}: make it first.")
    if file.is_dir():
        raise BackupFailed(f"{file} is a folder: name a file in it.")
    if file.exists() and not file.is_file():
        raise BackupFailed(f"{file} is a device or the like, and no file: choose another name.")
    if file.exists() and not replace:
        raise BackupFailed(f"{file} is there already: choose another name, or say --force.")


class Unfinished:
    """Holds an unfinished file, of mode 0600, and takes it away unless it was put in its place.

    What a killed backup has left is written over.
    """

    def __init__(self, making: Path) -> None:
        self._making = making
        self._is_placed = False

    def __enter__(self) -> Self:
        """Raises BackupFailed while another backup writes the file, or where it is not ours."""
        number = os.open(self._making, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self.file: BinaryIO = os.fdopen(number, "r+b")
        try:
            self._claim(number)
        except BaseException:
            self.file.close()
            raise
        return self

    def _claim(self, number: int) -> None:
        seen = os.fstat(number)
        if seen.st_uid != os.geteuid() or seen.st_nlink != 1:
            raise BackupFailed(f"{self._making} belongs to somebody else: choose another name.")
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(
                f"Another backup is writing {self._making}: wait for it to end."
            ) from None
        os.fchmod(number, 0o600)
        os.ftruncate(number, 0)

    def put_in_place(self, file: Path, *, replace: bool) -> None:
        """Give the finished file its name, durably. Raises BackupFailed for a name taken now."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if replace:
            self._making.replace(file)
        else:
            try:
                os.link(self._making, file)  # Unlike a rename, this replaces nothing.
            except FileExistsError:
                raise BackupFailed(f"{file} is there now: choose another name.") from None
            self._making.unlink()
        self._is_placed = True
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def __exit__(self, *_: object) -> None:
        if not self._is_placed:
            with suppress(FileNotFoundError):
                self._making.unlink()
        self.file.close()


async def dump(databases: Databases, making: Path, on_dumped: Progress) -> tuple[Manifest, Tools]:
    """Dump the database as of one moment; what there was at that moment, and the programs."""
    connection = await asyncpg.connect(databases.owner)
    try:
        tools = find_tools(connection.get_server_version().major)
        # The dump may take hours, for which this session only holds the moment that is dumped.
        await connection.execute(WITHOUT_LIMITS)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            manifest = await manifest_of(connection)
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            address = address_of(databases.owner)
            command = [
                tools.program("pg_dump"), "--format=custom", "--no-password",
                f"--snapshot={snapshot}", f"--file={making}", f"--dbname={address.url}",
            ]  # fmt: skip
            with running(command, environment=address.environment) as program:
                watching = await asyncpg.connect(databases.owner)
                try:
                    while program.process.poll() is None:
                        on_dumped(await copied(watching), manifest.events)
                        await asyncio.sleep(LOOK_SECONDS)
                finally:
                    await watching.close()
                program.require_done()
        on_dumped(manifest.events, manifest.events)
        return manifest, tools
    finally:
        await connection.close()


async def copied(connection: asyncpg.Connection) -> int:
    """How many events of the log were copied so far by the copy that is under way, or 0."""
    return int(await connection.fetchval(READ_COPIED) or 0)


async def manifest_of(connection: asyncpg.Connection) -> Manifest:
    """What there is, as of the caller's transaction. Raises BackupFailed where nothing is."""
    if await connection.fetchval("SELECT to_regclass('public.event_log')") is None:
        raise BackupFailed(
            "This database has no log: nothing was ever recorded in it. Is it the right one?"
        )
    counted = await connection.fetch(COUNT_LOG)
    return Manifest(
        made_at=await connection.fetchval("SELECT clock_timestamp()"),
        release=version("cairn"),
        server=".".join(map(str, connection.get_server_version()[:2])),
        epoch=await epoch_of(connection),
        dump_bytes=0,
        dump_sha256="",
        events=sum(row["events"] for row in counted),
        practices=await heads_of(connection),
    )


async def heads_of(connection: asyncpg.Connection) -> list[PracticeHead]:
    """How far the log of each practice goes that has one."""
    return [PracticeHead(**row) for row in await connection.fetch(READ_HEADS)]


async def epoch_of(connection: asyncpg.Connection) -> UUID | None:
    """The current epoch; None of a release that had none."""
    if await connection.fetchval("SELECT to_regclass('public.epoch')") is None:
        return None
    found: UUID | None = await connection.fetchval(
        "SELECT epoch FROM epoch ORDER BY number DESC LIMIT 1"
    )
    return found


async def look_through(
    tools: Tools,
    file: Path,
    events: int,
    on_checked: Progress,
    *,
    each: Callable[[bytes], object] = lambda _line: None,
) -> Contents:
    """Read the whole of a dump, as a restore does; what it holds. `each` is given every line.

    Raises ToolFailed where the dump can not be read to its end.
    """
    reader, seen = ScriptReader(), 0
    command = [
        tools.program("pg_restore"), "--no-owner", "--no-publications", "--no-subscriptions",
        "--file=-", str(file),
    ]  # fmt: skip
    with running(command, writes=True) as program:
        for nth, line in enumerate(lines_of(program)):
            seen += reader.read(line)
            each(line)
            if nth % LINES_AT_ONCE == 0:
                on_checked(seen, max(seen, events))
                await asyncio.sleep(0)
        program.require_done()
    on_checked(seen, max(seen, events))
    return reader.contents


def require_same(manifest: Manifest, contents: Contents) -> None:
    """Raises BackupFailed unless the dump has every event that the database had."""
    heads = {str(one.practice_id).encode(): one.position for one in manifest.practices}
    in_dump = {practice_id: head for practice_id, head in contents.heads.items() if head > 0}
    if contents.events != manifest.events or in_dump != heads:
        raise BackupFailed(
            f"The dump has {contents.events} events of {manifest.events}: it is not whole, and was "
            "taken away. Try again."
        )
