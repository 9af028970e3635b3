"""What the record said at an earlier instant: the same fold over what the log had by then."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from events.record import Recorded
from events.store import PAGE_LIMIT, EventStore
from projections.folding import PageFold
from projections.goal_status import GoalStatus
from projections.goal_status_fold import projection


async def goal_as_of(
    store: EventStore, practice_id: UUID, client_id: UUID, goal_id: UUID, instant: datetime
) -> GoalStatus | None:
    """A goal as the system would have shown it at an instant; None where there was none yet."""
    fold = PageFold(projection)
    async for page in client_until(store, practice_id, client_id, instant):
        for recorded in page:
            fold.apply(recorded)
    row = fold.row(goal_id)
    return row if isinstance(row, GoalStatus) else None


async def client_until(
    store: EventStore, practice_id: UUID, client_id: UUID, instant: datetime
) -> AsyncIterator[list[Recorded]]:
    """What the log had of a client at an instant, page by page."""
    after, is_full = 0, True
    # It ends with the log at the latest: every page begins after the one before it.
    while is_full:
        page = await store.read_client(
            practice_id, client_id, after=after, limit=PAGE_LIMIT, recorded_until=instant
        )
        yield page
        is_full = len(page) == PAGE_LIMIT
        after = page[-1].position if page else after
