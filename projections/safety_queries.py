"""The questions that safety flags answer: what waits, for whom, and since when. From the log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events.record import Recorded, Unreadable
from events.safety_flag import RAISING, SafetyFlagEvent
from events.safety_interlock import read_flags
from events.store import EventStore, RecordUnreadable
from projections.flag_pages import page_of
from projections.queries import PAGE_LIMIT, SWEEP_LIMIT, Views
from projections.safety_queue import SafetyFlagRow, settle


class FlagOwed(msgspec.Struct, frozen=True, kw_only=True):
    """A flag whose time may be up, or about which nobody was asked. `since_at` orders the sweep."""

    practice_id: UUID
    client_id: UUID
    flag_id: UUID
    since_at: datetime

    @property
    def subject_id(self) -> UUID:
        return self.flag_id

    @property
    def place(self) -> tuple[datetime, UUID, UUID]:
        return self.since_at, self.practice_id, self.flag_id


class FlagCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many flags are open over all practices, and how long the oldest has been.

    Of the unacknowledged ones, `nobody_on_duty` are in practices whose duty list is empty.
    """

    open: int
    unacknowledged: int
    nobody_on_duty: int
    oldest_open_seconds: float
    oldest_unacknowledged_seconds: float


class ClientFlags(msgspec.Struct, frozen=True, kw_only=True):
    """A client's flags, the open ones first, each newest first; `version` is their stream's.

    `events` are those that the flags were folded from.
    """

    version: int = 0
    rows: Sequence[SafetyFlagRow] = ()
    events: Sequence[Recorded] = ()

    def about(self, version: int) -> Sequence[SafetyFlagRow]:
        """The flags that the event of a version is about: one, in a stream that nobody altered.

        All of them, where the event does not open and nobody knows which of them it is about.
        """
        events = [one for one in self.events if one.version == version]
        named = {one.event.flag_id for one in events if isinstance(one.event, SafetyFlagEvent)}
        raised = {one.position for one in events if one.type in RAISING}
        if any(isinstance(one.event, Unreadable) and one.type not in RAISING for one in events):
            return self.rows
        return [row for row in self.rows if row.flag_id in named or row.raised_position in raised]


async def flags_to_escalate(
    views: Views, now: datetime, limit: int = SWEEP_LIMIT, *, after: FlagOwed | None = None
) -> list[FlagOwed]:
    """Flags that nobody has acknowledged in time; over all practices, longest ago first."""
    practices, _ = await views.open_flags.everywhere()
    owed = [
        FlagOwed(
            practice_id=practice_id, client_id=row.client_id, flag_id=row.flag_id, since_at=next_at
        )
        for practice_id, flags in practices.items()
        for row in flags.rows
        if row.next_at is not None
        if (next_at := settle(row, flags.settings).next_at) is not None
        if next_at <= now
    ]
    found = owed if after is None else [one for one in owed if one.place > after.place]
    return sorted(found, key=lambda one: one.place)[:limit]


async def flags(
    views: Views,
    practice_id: UUID,
    *,
    is_open: bool,
    acknowledged: bool | None = None,
    before: int | None = None,
    limit: int = PAGE_LIMIT,
) -> Sequence[SafetyFlagRow]:
    """A practice's flags, newest first, before a position; at most `limit` (and PAGE_LIMIT)."""
    limit = min(limit, PAGE_LIMIT)
    found: list[SafetyFlagRow] = []

    def is_asked_for(row: SafetyFlagRow) -> bool:
        return acknowledged in (None, row.acknowledged_at is not None)

    if is_open:
        known = await views.open_flags.of(practice_id)
        rows = sorted(known.rows, key=lambda row: -row.raised_position)
        earlier = (row for row in rows if before is None or row.raised_position < before)
        asked = [row for row in earlier if is_asked_for(row)]
        for first in range(0, len(asked), limit):
            shown = await views.open_flags.shown(practice_id, asked[first : first + limit])
            found += [row for row in shown if is_asked_for(row)]
            if len(found) >= limit:
                break
        return found[:limit]
    async for row in views.open_flags.closed(practice_id, before=before, limit=limit):
        if is_asked_for(row):
            found.append(row)
        if len(found) == limit:
            break
    return found


async def flag_of(views: Views, practice_id: UUID, flag_id: UUID) -> SafetyFlagRow | None:
    """One flag of a practice, open or closed. One that was closed long ago takes a while."""
    for row in (await views.open_flags.of(practice_id)).rows:
        if row.flag_id == flag_id:
            return row
    async for row in views.open_flags.closed(practice_id, before=None, limit=PAGE_LIMIT):
        if row.flag_id == flag_id:
            return row
    return None


async def flags_of_client(store: EventStore, practice_id: UUID, client_id: UUID) -> ClientFlags:
    """Every flag of a client; none without a key."""
    try:
        read = await read_flags(store, practice_id, client_id)
    except RecordUnreadable:
        return ClientFlags()
    rows = page_of(read.gathered).values()
    return ClientFlags(
        version=read.version,
        rows=sorted(rows, key=lambda row: (not row.is_open, -row.raised_position)),
        events=read.gathered,
    )


async def count_flags(views: Views) -> FlagCounts:
    """By the clocks of the log and of the database."""
    practices, now = await views.open_flags.everywhere()
    rows = [row for flags in practices.values() for row in flags.rows]
    waiting = [row for row in rows if row.acknowledged_at is None]
    alone = [
        row
        for flags in practices.values()
        if not flags.settings.duty.people
        for row in flags.rows
        if row.acknowledged_at is None
    ]
    return FlagCounts(
        open=len(rows),
        unacknowledged=len(waiting),
        nobody_on_duty=len(alone),
        oldest_open_seconds=longest(rows, now),
        oldest_unacknowledged_seconds=longest(waiting, now),
    )


def longest(rows: Sequence[SafetyFlagRow], now: datetime | None) -> float:
    """How many seconds ago the first of these flags was recorded; 0 without any."""
    recorded = [row.recorded_at for row in rows if row.recorded_at is not None]
    return 0.0 if now is None or not recorded else (now - min(recorded)).total_seconds()
