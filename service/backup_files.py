"""The file of a backup: a dump as pg_dump makes it, and behind it a manifest of what is in it.

pg_restore reads such a file as any other dump. The manifest is JSON, and the last bytes of the file
say how long the manifest is.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import msgspec

from migrations.runner import Applied
from service.postgres_tools import Running

FOOTER: Final = re.compile(rb"cairn-backup 1 (\d{16})\n")
FOOTER_BYTES: Final = 32
READ_BYTES: Final = 1 << 20
DUMP_BEGINS: Final = b"PGDMP"
COPY: Final = re.compile(rb"COPY ([a-z_]+\.[a-z_]+) \(([^)]*)\) FROM stdin;\n")
GRANTED_TO: Final = re.compile(rb"GRANT .* TO (.+?)(?: WITH GRANT OPTION)?;\n")
END_OF_DATA: Final = b"\\.\n"
NULL: Final = b"\\N"

# Told how much of how much was done.
Progress = Callable[[float, float], None]


class FileNotOurs(Exception):
    """A file is no backup, or is damaged; the message says which and what to do."""


class PracticeHead(msgspec.Struct, frozen=True, kw_only=True):
    """How far a practice's log goes, and when its last event was recorded."""

    practice_id: UUID
    position: int
    recorded_at: datetime


class WrappedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A data key of the record, wrapped: it tells whether a master key is the right one."""

    practice_id: UUID
    subject_id: UUID
    wrapped: bytes


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a dump; `dump_bytes` is its length without the manifest, in bytes.

    `events` is the number of events in the log, of all practices. `epoch` is the one of the log
    when the backup was made.
    """

    made_at: datetime
    release: str
    server: str
    epoch: UUID | None
    dump_bytes: int
    dump_sha256: str
    events: int
    practices: list[PracticeHead]


class LogProof(msgspec.Struct, kw_only=True):
    """How many events a log has, the last position, and the sum of all positions."""

    events: int = 0
    last: int = 0
    total: int = 0

    @property
    def is_dense(self) -> bool:
        """Whether the positions are 1, 2, 3 and so on up to the last one, each once."""
        return self.events == self.last and self.total == self.last * (self.last + 1) // 2


class Contents(msgspec.Struct, kw_only=True):
    """What a dump holds, read line by line from the script that pg_restore makes of it.

    `rows` has how many rows each table gets. `logs` and `heads` are by practice. `roles` are those
    that are granted something, as they are written in SQL.
    """

    rows: dict[str, int] = {}
    logs: dict[bytes, LogProof] = {}
    heads: dict[bytes, int] = {}
    migrations: list[Applied] = []
    epochs: int = 0
    key: WrappedKey | None = None
    roles: set[str] = set()

    @property
    def events(self) -> int:
        return sum(log.events for log in self.logs.values())

    @property
    def is_whole(self) -> bool:
        """Whether each log has every event up to its head."""
        return self.logs.keys() <= self.heads.keys() and all(
            (log := self.logs.get(practice_id, LogProof())).is_dense and log.last == head
            for practice_id, head in self.heads.items()
        )


class ScriptReader:
    """Reads the script that pg_restore makes of a dump, a line at a time."""

    def __init__(self) -> None:
        self.contents = Contents()
        self._table: str | None = None
        self._columns: list[str] = []

    def read(self, line: bytes) -> bool:
        """Take note of one line; whether the line is an event of the log."""
        if self._table is None:
            if line.startswith(b"COPY ") and (copy := COPY.fullmatch(line)) is not None:
                self._table = copy[1].decode()
                self._columns = copy[2].decode().replace('"', "").split(", ")
                self.contents.rows[self._table] = 0
            elif line.startswith(b"GRANT ") and (grant := GRANTED_TO.fullmatch(line)) is not None:
                self.contents.roles.add(grant[1].decode())
            return False
        if line == END_OF_DATA:
            self._table = None
            return False
        self.contents.rows[self._table] += 1
        if self._table == "public.event_log":
            self._note_event(line)
            return True
        self._note_row(line)
        return False

    def _note_event(self, line: bytes) -> None:
        practice_id, position, _ = line.split(b"\t", 2)
        log = self.contents.logs.get(practice_id)
        if log is None:
            log = self.contents.logs[practice_id] = LogProof()
        place = int(position)
        log.events += 1
        log.total += place
        log.last = max(log.last, place)

    def _note_row(self, line: bytes) -> None:
        match self._table:
            case "public.practice_log":
                row = self._row(line)
                self.contents.heads[row["practice_id"]] = int(row["position"])
            case "public.migration":
                self.contents.migrations.append(applied(self._row(line)))
            case "public.epoch":
                self.contents.epochs += 1
            case "public.data_key" if self.contents.key is None:
                self.contents.key = wrapped_key(self._row(line))

    def _row(self, line: bytes) -> dict[str, bytes]:
        return dict(zip(self._columns, line.rstrip(b"\n").split(b"\t"), strict=True))


def applied(row: dict[str, bytes]) -> Applied:
    """A migration as the dump's database has applied it."""
    return Applied(
        number=int(row["number"]),
        name=row["name"].decode(),
        checksum=row["checksum"].decode(),
        applied_at=datetime.fromisoformat(row["applied_at"].decode()),
    )


def wrapped_key(row: dict[str, bytes]) -> WrappedKey:
    """A row of data_key; a bytea is written as two backslashes, an x, and hexadecimal digits."""
    return WrappedKey(
        practice_id=UUID(row["practice_id"].decode()),
        subject_id=UUID(row["subject_id"].decode()),
        wrapped=bytes.fromhex(row["wrapped"].removeprefix(b"\\\\x").decode()),
    )


def lines_of(program: Running) -> Iterator[bytes]:
    """What a program writes, line by line."""
    assert program.process.stdout is not None  # noqa: S101 - for the type checker
    yield from iter(program.process.stdout.readline, b"")


def add_manifest(file: BinaryIO, manifest: Manifest) -> None:
    """Write the manifest behind the dump."""
    told = msgspec.json.encode(manifest)
    file.seek(0, os.SEEK_END)
    file.write(told)
    file.write(b"cairn-backup 1 %016d\n" % len(told))


def manifest_in(path: Path) -> Manifest | None:
    """The manifest of a backup; None for a dump that pg_dump made without us.

    Raises FileNotOurs for a file that is no dump, or whose end is missing.
    """
    with path.open("rb") as file:
        if file.read(len(DUMP_BEGINS)) != DUMP_BEGINS:
            raise FileNotOurs(
                f"{path} is no backup of Cairn: expected a file that `cairn backup` has made, or "
                "one of pg_dump --format=custom."
            )
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - FOOTER_BYTES))
        footer = FOOTER.fullmatch(file.read())
        if footer is None:
            return None
        begins = length - FOOTER_BYTES - int(footer[1])
        try:
            file.seek(begins)
            told = file.read(int(footer[1]))
            manifest = msgspec.json.decode(told, type=Manifest)
        except (ValueError, msgspec.MsgspecError, OSError):
            manifest = None
    if manifest is None or manifest.dump_bytes != begins:
        raise FileNotOurs(f"{path} is damaged: its manifest can not be read. Use another backup.")
    return manifest


async def digest_of(file: BinaryIO, length: int) -> str:
    """The SHA-256 of the first bytes of a file, in hexadecimal. Between pieces it can be ended."""
    found, left = sha256(), length
    file.seek(0)
    while left > 0 and (piece := file.read(min(READ_BYTES, left))):
        found.update(piece)
        left -= len(piece)
        await asyncio.sleep(0)
    return found.hexdigest()
