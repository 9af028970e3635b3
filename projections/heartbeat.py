"""The heartbeat of a process: rows in the database that say when it last did what it is there for.

Nothing is decided by a heartbeat. It makes seen what nobody else can tell: that a process is
missing, that it hangs, or that one of its sweeps no longer ends.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

import asyncpg
import structlog

from events.database_faults import is_outage
from events.ending import ended
from projections.sql import statement

BEAT: Final = statement("beat")
FORGET_PROCESSES: Final = statement("forget_processes")
BEAT_SECONDS: Final = 10.0
# Rows of a process that has ended stay for a day: they say when one of its kind last ran.
KEPT_FOR: Final = timedelta(days=1)
FORGET_EVERY_BEATS: Final = 360
ALIVE: Final = "alive"

ProcessKind = Literal["api", "projector", "worker"]

log = structlog.get_logger("cairn.heartbeat")


class Heartbeat:
    """Says every ten seconds that a process is alive, and how long ago each activity ended.

    An activity that has not ended yet counts from the start of the process. `process_id` has to be
    another one for every start.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        kind: ProcessKind,
        process_id: UUID,
        activities: Sequence[str] = (),
    ) -> None:
        self._pool = pool
        self._kind = kind
        self._process_id = process_id
        started = asyncio.get_running_loop().time()
        self._last_at = dict.fromkeys(activities, started)

    def note(self, activity: str) -> None:
        """An activity of this process has just ended."""
        self._last_at[activity] = asyncio.get_running_loop().time()

    def seconds_since(self) -> dict[str, float]:
        """How many seconds ago each activity ended."""
        now = asyncio.get_running_loop().time()
        return {activity: now - last_at for activity, last_at in self._last_at.items()}

    async def beat(self) -> None:
        """Write the rows. Raises what asyncpg raises."""
        told = {ALIVE: 0.0} | self.seconds_since()
        await self._pool.execute(
            BEAT, self._process_id, self._kind, list(told), list(told.values())
        )

    async def run(self, *, every_seconds: float = BEAT_SECONDS) -> None:
        """Beat until cancelled. While the database is away, say so once and go on trying."""
        is_missed, beats = False, 0
        while True:
            try:
                await self.beat()
                if beats % FORGET_EVERY_BEATS == 0:
                    await self._pool.execute(FORGET_PROCESSES, KEPT_FOR)
                is_missed, beats = False, beats + 1
            except Exception as error:
                if not is_missed:
                    known = is_outage(error)
                    log.warning("heartbeat_missed", exc_info=None if known else error)
                is_missed = True
            await asyncio.sleep(every_seconds)


@asynccontextmanager
async def beating(heartbeat: Heartbeat) -> AsyncIterator[None]:
    """Beat while the block runs."""
    task = asyncio.create_task(heartbeat.run(), name="heartbeat")
    try:
        yield
    finally:
        await ended(task)
