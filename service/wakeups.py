"""Waiting for a practice's log to grow: one connection of a process listens for all who wait."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from events.ending import ended
from events.group_commit import Connect
from projections.listening import listen

# A notification is a hint that may be lost: who waits looks at the log itself as often.
LOOK_SECONDS = 1.0


class Wakeups:
    """Begins to listen when somebody waits for the first time. `stop` ends it."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._bells: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def ringing(self, practice_id: UUID, bell: asyncio.Event) -> Iterator[None]:
        """Set `bell` whenever the practice's log may have grown. Clear it, then look."""
        if self._task is None or self._task.done():
            listening = listen(self._connect, self._heard, event="feed_can_not_listen")
            self._task = asyncio.create_task(listening, name="wakeups")
        self._bells[practice_id].add(bell)
        try:
            yield
        finally:
            self._bells[practice_id].discard(bell)
            if not self._bells[practice_id]:
                del self._bells[practice_id]

    def _heard(self, practice_id: UUID | None) -> None:
        told = self._bells if practice_id is None else [practice_id]
        for one in told:
            for bell in self._bells.get(one, ()):
                bell.set()

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)
            self._task = None


async def rung(bell: asyncio.Event, seconds: float) -> None:
    """Wait until it rings, for at most so long."""
    # wait_for would make a task of it, for each of hundreds who wait.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
