"""What a worker works with, and one look at a goal: all of it from the log, nothing from a view."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from events import client
from events.client import CLIENT, Client
from events.record import Recorded, Unreadable
from events.store import PAGE_LIMIT, EventStore
from projections.folding import PageFold
from projections.goal_status import GoalStatus
from projections.goal_status_fold import projection
from projections.queries import Owed, Views

MOST_PAGES = 1000


class Worksite(Protocol):
    """The log to decide on, and the views that say where to look. The service's wiring is one."""

    @property
    def store(self) -> EventStore: ...

    @property
    def views(self) -> Views: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A goal as the whole log has it, its client, and the last position that was looked at."""

    status: GoalStatus
    client: Client
    position: int


class Looking:
    """Looks at the goals of one client, each time from where it was: what it has read it keeps."""

    def __init__(self, store: EventStore, practice_id: UUID, client_id: UUID) -> None:
        self._store = store
        self._practice_id = practice_id
        self._client_id = client_id
        self._fold = PageFold(projection)
        self._whom = CLIENT.initial
        self._position = 0

    async def at(self, goal_id: UUID) -> Look | None:
        """The goal as it is now; None where it can no longer be read."""
        await self._read_on()
        status = self._fold.row(goal_id)
        if not isinstance(status, GoalStatus):
            return None
        return Look(status=status, client=self._whom, position=self._position)

    async def _read_on(self) -> None:
        for _ in range(MOST_PAGES):
            page = await self._store.read_client(
                self._practice_id, self._client_id, after=self._position, limit=PAGE_LIMIT
            )
            for recorded in page:
                if not isinstance(recorded.event, Unreadable):
                    self._fold.apply(recorded)
                self._whom = with_details(self._whom, recorded, self._client_id)
            self._position = page[-1].position if page else self._position
            if len(page) < PAGE_LIMIT:
                break


async def look(store: EventStore, owed: Owed) -> Look | None:
    """Fold the client's log; None where the goal can no longer be read."""
    return await Looking(store, owed.practice_id, owed.client_id).at(owed.goal_id)


def with_details(whom: Client, recorded: Recorded, client_id: UUID) -> Client:
    if recorded.stream_id != client_id:
        return whom
    event = recorded.event
    if isinstance(event, Unreadable):
        return client.pass_over(whom, recorded)
    if isinstance(event, client.ClientEvent):
        return client.evolve(whom, event)
    return whom
