"""A practice's whole log, each event opened once: what can not be read, and what has no row."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from events.assessment import AssessmentLeftIncomplete, AssessmentWithdrawn
from events.catalogue import CODEC
from events.goal import GoalSet
from events.keyring import Keyring
from events.mood import MoodWithdrawn
from events.postgres import READ_PRACTICE, opened
from events.record import Recorded
from events.safety_flag_decisions import WATCHED_FLAGS
from projections import (
    assessment_trend,
    caseload,
    goal_attainment,
    goal_status_fold,
    mood_trend,
    session_calendar,
    suggestion_queue,
    tracking_fold,
)
from projections.catalogue import VIEW_NAMES
from projections.faults import ADVICE, NAMED, Fault
from projections.feed import UNKNOWN_TYPE, read_event, why_unreadable
from projections.row_check import own_category
from projections.rows import Projection, RowTable, types_of
from projections.set_aside import MOST_SET_ASIDE
from projections.sql import statement

READ_ASIDES = statement("read_asides")
READ_REACHED_VIEWS = statement("read_reached_views")
FIND_ENDED = statement("find_ended")

CHECKED_EVENTS: Final = 2_000
# Why an event does not open whose practice has no key.
NO_KEY: Final = "NoKey"

# Told how many events of a log were looked at since it was told last.
Looked = Callable[[int], None]


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A view that has a row from an event of `begins` on, for good or until one of `ends`.

    Its key is that of the event's stream, or of its client where that is what the view is by.
    """

    projection: Projection
    begins: frozenset[str]
    ends: frozenset[str] = frozenset()

    def key(self, row: asyncpg.Record) -> UUID:
        """The key of the row that must be there after an event."""
        found: UUID = row["client_id" if self.projection.key == "client_id" else "stream_id"]
        return found


# Of every view but the queue of flags, which is compared with the log row by row.
BEGUN: Final = (
    *(
        Begun(projection=one, begins=one.founding)
        for one in (
            caseload.projection,
            goal_status_fold.projection,
            suggestion_queue.projection,
            session_calendar.projection,
            tracking_fold.projection,
        )
    ),
    Begun(projection=goal_attainment.projection, begins=types_of(GoalSet)),
    Begun(
        projection=mood_trend.projection,
        begins=mood_trend.projection.founding,
        ends=types_of(MoodWithdrawn),
    ),
    Begun(
        projection=assessment_trend.projection,
        begins=assessment_trend.projection.founding | types_of(AssessmentLeftIncomplete),
        ends=types_of(AssessmentWithdrawn),
    ),
)


class LogCheck(msgspec.Struct, kw_only=True):
    """What was found in one practice's log.

    `findings` are events that do not open and that no view has set aside, the first event of
    a newer release, before which the feed waits, and what has no row in a view; `more` is how many
    are not named. `unreadable` are the positions of all such events, and `flags_unreadable` the
    clients whose flags have one. `without_key` are clients whose events nobody can read, because
    they have no key (any more).
    """

    findings: list[Fault] = []
    more: int = 0
    unreadable: set[int] = set()
    flags_unreadable: set[UUID] = set()
    without_key: set[UUID] = set()

    def note(self, fault: Fault) -> None:
        """Name one more, unless so many are named already."""
        if len(self.findings) < NAMED:
            self.findings.append(fault)
        else:
            self.more += 1


class Asides(msgspec.Struct, frozen=True, kw_only=True):
    """What is set aside in a practice: where it lies, and of whom for which view."""

    positions: frozenset[int]
    clients: frozenset[tuple[str, UUID]]


async def check_log(
    pool: asyncpg.Pool, keyring: Keyring, practice_id: UUID, looked: Looked
) -> LogCheck:
    """Read it page by page, from the first event to the last."""
    # The checkpoints first: what lies before one was in the view, whatever is appended meanwhile.
    rows = await pool.fetch(READ_REACHED_VIEWS, practice_id, VIEW_NAMES)
    reached = {row["view"]: row["position"] for row in rows}
    aside = await asides(pool, practice_id)
    check = LogCheck()
    after, is_full, waits = 0, True, False
    # It ends with the log: every page begins after the one before it.
    while is_full:
        rows = await pool.fetch(READ_PRACTICE, practice_id, after, CHECKED_EVENTS)
        keys = await keyring.load(practice_id, {row["client_id"] or practice_id for row in rows})
        note_holes(check, practice_id, rows, after=after)
        check.without_key.update(
            row["client_id"] for row in rows if row["client_id"] and row["client_id"] not in keys
        )
        for row in rows:
            # A client's key may have been destroyed on purpose; that of a practice never is.
            if row["client_id"] is None and practice_id not in keys:
                note_unreadable(check, opened(practice_id, row, None, codec=CODEC), NO_KEY, aside)
        readers = [row for row in rows if (row["client_id"] or practice_id) in keys]
        for row in readers:
            recorded = read_event(practice_id, row, keys[row["client_id"] or practice_id])
            if (why := why_unreadable(recorded)) is not None:
                note_unreadable(check, recorded, why, aside)
            if why == UNKNOWN_TYPE and not waits:
                check.note(fault_of_event("feed_waits", practice_id, row))
                waits = True
        for view in BEGUN:
            until = reached.get(view.projection.name, 0)
            for fault in await without_row(pool, practice_id, view, readers, aside, until=until):
                check.note(fault)
        is_full = len(rows) == CHECKED_EVENTS
        after = rows[-1]["position"] if rows else after
        looked(len(rows))
    return check


def note_holes(
    check: LogCheck, practice_id: UUID, rows: Sequence[asyncpg.Record], *, after: int
) -> None:
    """Positions that no event has, among those after one: the first and the last of each hole."""
    for row in rows:
        if row["position"] != after + 1:
            advice = ADVICE["events_missing"]
            check.note(
                Fault(
                    kind="events_missing",
                    practice_id=practice_id,
                    advice=advice,
                    position=after + 1,
                    until=row["position"] - 1,
                )
            )
        after = row["position"]


async def asides(pool: asyncpg.Pool, practice_id: UUID) -> Asides:
    limit = MOST_SET_ASIDE * len(VIEW_NAMES)
    rows = await pool.fetch(READ_ASIDES, practice_id, VIEW_NAMES, limit)
    return Asides(
        positions=frozenset(row["position"] for row in rows),
        clients=frozenset((row["view"], row["client_id"]) for row in rows),
    )


def note_unreadable(check: LogCheck, recorded: Recorded, why: str, aside: Asides) -> None:
    """An event that does not open. What a view has set aside is named as that."""
    if why == UNKNOWN_TYPE or recorded.position in aside.positions:
        return
    check.unreadable.add(recorded.position)
    if recorded.category == WATCHED_FLAGS.category and recorded.client_id is not None:
        check.flags_unreadable.add(recorded.client_id)
    check.note(
        Fault(
            kind="event_unreadable",
            practice_id=recorded.practice_id,
            advice=ADVICE["no_key" if why == NO_KEY else "event_unreadable"],
            position=recorded.position,
            type=recorded.type,
            client_id=recorded.client_id,
            stream_id=recorded.stream_id,
            why=why,
        )
    )


async def without_row(
    pool: asyncpg.Pool,
    practice_id: UUID,
    view: Begun,
    rows: Sequence[asyncpg.Record],
    aside: Asides,
    *,
    until: int,
) -> list[Fault]:
    """Those that these events have begun, up to a position, and of which the view has no row.

    Of a client for whom the view has set something aside, that is named already.
    """
    begun = {view.key(row): row for row in begun_by(view.begins, rows, until=until)}
    if not begun:
        return []
    there = await pool.fetch(RowTable(view.projection).find_keys, practice_id, list(begun))
    missing = begun.keys() - {row["key"] for row in there}
    if missing and view.ends:
        # Asked last: the log says so before the row goes.
        category = own_category(view.projection)
        ended = await pool.fetch(FIND_ENDED, practice_id, category, missing, view.ends)
        missing -= {row["stream_id"] for row in ended}
    name = view.projection.name
    advice = ADVICE["row"].format(view=name)
    return [
        fault_of_event("row_missing", practice_id, row, view=name, advice=advice)
        for key, row in begun.items()
        if key in missing and (name, row["client_id"]) not in aside.clients
    ]


def begun_by(
    types: Collection[str], rows: Iterable[asyncpg.Record], *, until: int
) -> Iterator[asyncpg.Record]:
    """Events of clients that begin something, up to a position."""
    return (
        row
        for row in rows
        if row["type"] in types and row["position"] <= until and row["client_id"] is not None
    )


def fault_of_event(
    kind: Literal["feed_waits", "row_missing"],
    practice_id: UUID,
    row: asyncpg.Record,
    *,
    view: str | None = None,
    advice: str | None = None,
) -> Fault:
    """What is wrong with an event as the log has it, which was not opened."""
    return Fault(
        kind=kind,
        practice_id=practice_id,
        advice=advice or ADVICE[kind],
        view=view,
        position=row["position"],
        type=row["type"],
        client_id=row["client_id"],
        stream_id=row["stream_id"],
    )
