"""What is wrong with the views, and what to do about it: set aside, ahead of the log, or altered.

Nothing is changed here. Whatever it finds, safety flags are read from the log and not from a view.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from events.keyring import Keyring
from events.postgres import PRACTICES_LIMIT, Connection, unsealed
from events.practice import Practice
from events.record import Recorded
from events.sealing import SealBroken
from projections import safety_queue
from projections.ahead import find_ahead
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.folding import PageFold
from projections.open_flags import READ_FLAG_EVENTS, READ_LOG_HEADS, settings_after
from projections.queries import COUNT_SET_ASIDE
from projections.rows import Projection, RowSeal, RowTable
from projections.safety_queue import SafetyQueue
from projections.set_aside import MOST_SET_ASIDE
from projections.sql import statement

READ_SET_ASIDE = statement("read_set_aside")
FIND_STANDING_STILL = statement("find_standing_still")
READ_FLAG_PRACTICES = statement("read_flag_practices")
READ_FLAG_ROWS = statement("read_flag_rows")
READ_POSITION = statement("read_position")

VIEW: Final = safety_queue.projection.name
COMPARED_EVENTS: Final = 1_000
READ_ROWS: Final = 2_000
# Of each kind, so many are named; how many more there are is said.
NAMED: Final = 1_000

Kind = Literal[
    "event_set_aside", "view_stands_still", "checkpoint_ahead", "row_missing", "row_altered",
    "row_unknown",
]  # fmt: skip

# Why an event was set aside whose body does not open, or opens and is no event.
BODY_FAULTS: Final = frozenset({
    "SealBroken", "DecodeError", "ValidationError", "UnicodeDecodeError", "RecursionError",
})  # fmt: skip

ADVICE: Final[Mapping[str, str]] = {
    "body": "The body of this event does not open: bring its row of event_log back from a backup, "
    "then say `cairn doctor --retry`.",
    "fold": "This release can not show the event: upgrade, and the projector tries it again by "
    "itself. `cairn doctor --retry` tries it now.",
    "view_stands_still": "Too much of this practice can not be shown, and the view goes no further "
    "there: upgrade, or bring the log back from a backup, then say `cairn doctor --retry`.",
    "checkpoint_ahead": "The view says that it has come to where the log has not: `cairn rebuild "
    "{view}` sets it back. Was the log restored without the views, or did somebody write the "
    "checkpoint by hand?",
    "row": "The row is not what the log says: `cairn rebuild {view}` makes it again. Who writes to "
    "the database? The list of flags and escalation go by the log and have not changed.",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong: where, since when, why, and what to do.

    `position` is that of the event, of the checkpoint, or where the flag was raised; `head` is the
    end of the log. `why` is the name of an exception.
    """

    kind: Kind
    practice_id: UUID
    view: str
    advice: str
    position: int | None = None
    head: int | None = None
    type: str | None = None
    client_id: UUID | None = None
    stream_id: UUID | None = None
    flag_id: UUID | None = None
    why: str | None = None
    release: str | None = None
    since: datetime | None = None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found; `more` is how many events are set aside that are not named.

    `clock_ahead_seconds` is there where the clocks of this machine and of the database do not
    agree: so far is that of this machine ahead, or behind where it is below 0.
    """

    findings: list[Fault]
    more: int = 0
    clock_ahead_seconds: int | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_well(self) -> bool:
        return not self.findings and self.clock_ahead_seconds is msgspec.UNSET


class Doctor:
    """Looks at the views of every practice."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring

    async def look(self) -> Diagnosis:
        rows = await self._pool.fetch(READ_SET_ASIDE, VIEW_NAMES, NAMED)
        findings = [event_set_aside(row) for row in rows]
        findings += [
            Fault(kind="view_stands_still", advice=ADVICE["view_stands_still"], **row)
            for row in await self._pool.fetch(FIND_STANDING_STILL, VIEW_NAMES, MOST_SET_ASIDE)
        ]
        findings += [
            Fault(
                kind="checkpoint_ahead",
                advice=ADVICE["checkpoint_ahead"].format(view=one.view),
                **msgspec.structs.asdict(one),
            )
            for one in await find_ahead(self._pool, VIEW_NAMES)
        ]
        for row in await self._pool.fetch(READ_FLAG_PRACTICES):
            findings += await self._compare(row["practice_id"])
        for row in await self._pool.fetch(READ_LOG_HEADS, PRACTICES_LIMIT):
            for projection in PROJECTIONS:
                findings += await self._unopened(row["practice_id"], projection)
        return Diagnosis(findings=findings, more=await self._not_named(len(rows)))

    async def _not_named(self, named: int) -> int:
        if named < NAMED:
            return 0
        counted = await self._pool.fetch(COUNT_SET_ASIDE, VIEW_NAMES)
        return sum(int(row["events"]) for row in counted) - named

    async def _unopened(self, practice_id: UUID, projection: Projection) -> list[Fault]:
        """Rows of a view that do not open; those of the queue of flags are compared besides."""
        seal, load_page = RowSeal(projection, practice_id), RowTable(projection).load_page
        findings: list[Fault] = []
        after, is_full = None, projection.name != VIEW
        # It ends with the table: every page begins after the keys of the one before it.
        while is_full and len(findings) < NAMED:
            rows = await self._pool.fetch(load_page, practice_id, after, READ_ROWS)
            keys = await self._keyring.load(practice_id, {row["client_id"] for row in rows})
            for row in rows:
                key = keys.get(row["client_id"])
                if key is not None and not row_opens(seal, key, row):
                    findings.append(
                        Fault(
                            kind="row_altered",
                            practice_id=practice_id,
                            view=projection.name,
                            advice=ADVICE["row"].format(view=projection.name),
                            position=row["position"],
                            client_id=row["client_id"],
                        )
                    )
            is_full = len(rows) == READ_ROWS
            after = rows[-1]["key"] if rows else after
        return findings

    async def _compare(self, practice_id: UUID) -> list[Fault]:
        """The queue of flags against the log, up to where the view says it has come."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            until = await connection.fetchval(READ_POSITION, practice_id, [VIEW])
            if until is None:
                return []  # The projector has yet to begin.
            wanted = await self._from_the_log(connection, practice_id, until)
            rows = await connection.fetch(READ_FLAG_ROWS, practice_id)
        keys = await self._keyring.load(
            practice_id,
            {row["client_id"] for row in rows} | {one.client_id for one in wanted.values()},
        )
        there = {row["flag_id"]: row for row in rows if row["client_id"] in keys}
        seal = RowSeal(safety_queue.projection, practice_id)
        findings = []
        for flag_id, row in wanted.items():
            if row.client_id not in keys:
                continue
            if flag_id not in there:
                findings.append(fault_of_row("row_missing", practice_id, row))
            elif not is_what_it_was(there[flag_id], row, seal, keys[row.client_id]):
                findings.append(fault_of_row("row_altered", practice_id, row))
        findings += [
            Fault(
                kind="row_unknown",
                practice_id=practice_id,
                view=VIEW,
                advice=ADVICE["row"].format(view=VIEW),
                position=row["raised_position"],
                client_id=row["client_id"],
                flag_id=flag_id,
            )
            for flag_id, row in there.items()
            if flag_id not in wanted
        ]
        return findings

    async def _from_the_log(
        self, connection: Connection, practice_id: UUID, until: int
    ) -> dict[UUID, SafetyQueue]:
        """The rows that the view must hold, from the log's first event to a position."""
        fold, settings = PageFold(safety_queue.projection), Practice()
        after, is_full = 0, True
        # It ends with the log: every page begins after the one before it.
        while is_full and after < until:
            rows = await connection.fetch(READ_FLAG_EVENTS, practice_id, after + 1, COMPARED_EVENTS)
            for recorded in await unsealed(self._keyring, practice_id, rows):
                if recorded.position <= until:
                    settings = fold_one(fold, settings, recorded)
            is_full = len(rows) == COMPARED_EVENTS
            after = rows[-1]["position"] if rows else after
        return fold.rows(settings)


def fold_one(fold: PageFold, settings: Practice, recorded: Recorded) -> Practice:
    """Fold one event of flags or settings; answers the settings after it."""
    if recorded.client_id is None:
        return settings_after(settings, recorded)
    fold.apply(recorded)
    return settings


def row_opens(seal: RowSeal, key: Any, row: asyncpg.Record) -> bool:
    try:
        seal.open(key, row["key"], row["body"])
    except SealBroken:
        return False
    return True


def event_set_aside(row: asyncpg.Record) -> Fault:
    advice = ADVICE["body" if row["why"] in BODY_FAULTS else "fold"]
    return Fault(kind="event_set_aside", advice=advice, **row)


def fault_of_row(
    kind: Literal["row_missing", "row_altered"], practice_id: UUID, row: SafetyQueue
) -> Fault:
    return Fault(
        kind=kind,
        practice_id=practice_id,
        view=VIEW,
        advice=ADVICE["row"].format(view=VIEW),
        position=row.raised_position,
        client_id=row.client_id,
        flag_id=row.flag_id,
    )


def is_what_it_was(kept: asyncpg.Record, wanted: SafetyQueue, seal: RowSeal, key: Any) -> bool:
    """Whether a row says what the log says, in clear and in its seal.

    When a worker looks next follows from a duty list that may have changed a moment ago: that the
    row says it twice alike is enough.
    """
    try:
        opened: SafetyQueue = seal.open(key, kept["flag_id"], kept["body"])
    except SealBroken:
        return False
    columns = safety_queue.projection.columns
    clear = tuple(kept[column.name] for column in columns)
    return (
        clear == safety_queue.projection.clear(opened)
        and kept["client_id"] == wanted.client_id
        and without_next(opened) == without_next(wanted)
    )


def without_next(row: SafetyQueue) -> SafetyQueue:
    return msgspec.structs.replace(row, next_at=None)
