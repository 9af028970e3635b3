"""The questions that the queue of safety flags answers: what waits, for whom, and since when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events.record import Unreadable
from events.safety_interlock import read_flags
from events.store import EventStore
from projections import safety_queue
from projections.folding import PageFold
from projections.queries import PAGE_LIMIT, SWEEP_LIMIT, Views
from projections.safety_queue import SafetyQueue
from projections.sql import statement

READ_SAFETY_QUEUE = statement("read_safety_queue")
READ_SAFETY_FLAG = statement("read_safety_flag")
OWED_ESCALATIONS = statement("owed_escalations")
COUNT_SAFETY_FLAGS = statement("count_safety_flags")


class FlagOwed(msgspec.Struct, frozen=True, kw_only=True):
    """A flag whose time may be up, or about which nobody was asked. `since_at` orders the sweep."""

    practice_id: UUID
    client_id: UUID
    flag_id: UUID
    since_at: datetime

    @property
    def subject_id(self) -> UUID:
        return self.flag_id


class FlagCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many flags are open over all practices, and how long the oldest has been."""

    open: int
    unacknowledged: int
    oldest_open_seconds: float
    oldest_unacknowledged_seconds: float


async def flags_to_escalate(
    views: Views, now: datetime, limit: int = SWEEP_LIMIT, *, after: FlagOwed | None = None
) -> list[FlagOwed]:
    """Flags that nobody has acknowledged in time; over all practices, longest ago first."""
    last = (after.since_at, after.practice_id, after.flag_id) if after else (None, None, None)
    return [FlagOwed(**row) for row in await views.found(OWED_ESCALATIONS, *last, limit, now)]


async def flags(
    views: Views,
    practice_id: UUID,
    *,
    is_open: bool,
    acknowledged: bool | None = None,
    before: int | None = None,
    limit: int = PAGE_LIMIT,
) -> Sequence[SafetyQueue]:
    """A practice's flags, newest first, before a position; at most `limit` (and PAGE_LIMIT)."""
    return await views.rows(
        safety_queue.projection, READ_SAFETY_QUEUE, practice_id, is_open, acknowledged, before,
        min(limit, PAGE_LIMIT),
    )  # fmt: skip


async def flag_of(views: Views, practice_id: UUID, flag_id: UUID) -> SafetyQueue | None:
    """One flag of a practice, as far as the view has come."""
    rows: Sequence[SafetyQueue] = await views.rows(
        safety_queue.projection, READ_SAFETY_FLAG, practice_id, flag_id
    )
    return rows[0] if rows else None


async def flags_of_client(
    store: EventStore, practice_id: UUID, client_id: UUID
) -> list[SafetyQueue]:
    """Every flag of a client, the open ones first, each newest first. From the log: never late."""
    fold = PageFold(safety_queue.projection)
    for one in (await read_flags(store, practice_id, client_id)).past:
        if not isinstance(one.event, Unreadable):
            fold.apply(one)
    rows: list[SafetyQueue] = list(fold.rows().values())
    return sorted(rows, key=lambda row: (not row.is_open, -row.raised_position))


async def count_flags(views: Views) -> FlagCounts:
    """As far as the view has come."""
    (row,) = await views.found(COUNT_SAFETY_FLAGS)
    return FlagCounts(**row)
