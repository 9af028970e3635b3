"""The projector: wakes up when the log grows and brings every practice's views forward."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import structlog

from events.database_faults import drops_connection, is_outage
from events.ending import ended
from events.group_commit import Connect
from events.keyring import Keyring
from projections.ahead import find_ahead
from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp
from projections.listening import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    listen,
    rest,
)
from projections.rows import Projection
from projections.sql import statement

FIND_BEHIND = statement("find_behind")
# While behind: rows that many events touch are then written once.
BATCH_EVENTS = 50_000
LANES = 2
POLL_SECONDS = 1.0
BEHIND_LIMIT = 10_000
# A practice that can not be worked on is tried again, but not at every poll. One that is locked, or
# that the server fails at, is left for a moment first, and then for longer.
LEFT_SECONDS = 10.0
FIRST_LEFT_SECONDS = 0.1
# How often it is told that a view has come to where its log has not, and of how many views.
AHEAD_SECONDS = 60.0
AHEAD_LOGGED = 100
# How often what another release has set aside is tried again: the release before may still be
# running beside this one.
AGAIN_SECONDS = 3_600.0

log = structlog.get_logger()


class Projector:
    """Several may run at once, in one process or many: a practice is worked on by one at a time.

    `connect` makes the connection that listens; the work is done on the pool's, of which it uses
    at most LANES + 3 at once. `applied` counts the events that this projector has applied.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        keyring: Keyring,
        connect: Connect,
        *,
        projections: Sequence[Projection] = PROJECTIONS,
        batch_events: int = BATCH_EVENTS,
    ) -> None:
        self._pool = pool
        self._connect = connect
        self._catch_up = CatchUp(pool, keyring, projections)
        self._names = sorted(one.name for one in projections)
        self._batch_events = batch_events
        self._due: dict[UUID, None] = {}
        self._busy: set[UUID] = set()
        self._left_until: dict[UUID, float] = {}
        self._left_for: dict[UUID, float] = {}
        self._woken = asyncio.Event()
        self._poll_now = asyncio.Event()
        self.applied = 0

    async def catch_up(self, practice_id: UUID) -> int:
        """Bring one practice's views to the end of its log; answers how many events that took.

        Leaves alone what another runner is at.
        """
        events = 0
        while True:
            applied = await self._catch_up.batch(practice_id, limit=self._batch_events)
            events += applied.events
            if not applied.more:
                return events

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Lost connections are made again, however long that takes."""
        lanes = (self._lane() for _ in range(LANES))
        loops = (self._listen(), self._poll(), self._look_again(), *lanes)
        tasks = [asyncio.create_task(loop) for loop in loops]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            faults = await ended(stopping, *tasks)
        for fault in faults:
            if fault is not None:
                raise fault

    async def _lane(self) -> None:
        """One batch at a time; a practice with more to do goes to the end of the row."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            practice_id = self._next()
            if practice_id is None:
                self._woken.clear()
                await self._woken.wait()
                continue
            self._busy.add(practice_id)
            try:
                applied = await self._catch_up.batch(practice_id, limit=self._batch_events)
                self.applied += applied.events
                self._left_for.pop(practice_id, None)
                if applied.more:
                    self._wake([practice_id])
                pause = FIRST_PAUSE_SECONDS
            except Exception as error:  # noqa: BLE001 - one practice must not stop the others
                if not is_outage(error):
                    self._leave(practice_id, error)
                elif drops_connection(error):
                    self._pass_over(practice_id)
                    # Where the trouble is this practice's alone, the next one ends the pauses.
                    pause = await rest(pause, "projector_waits_for_the_database", error)
                else:
                    self._pass_over(practice_id)
                    log.warning("practice_locked", practice_id=str(practice_id))
            finally:
                self._busy.discard(practice_id)

    def _next(self) -> UUID | None:
        """The practice that has waited longest and that no other lane is at."""
        found = next((one for one in self._due if one not in self._busy), None)
        if found is not None:
            del self._due[found]
        return found

    def _wake(self, practice_ids: Iterable[UUID]) -> None:
        now = asyncio.get_running_loop().time()
        for practice_id in practice_ids:
            if self._left_until.get(practice_id, 0.0) <= now:
                self._due[practice_id] = None
        self._woken.set()

    def _pass_over(self, practice_id: UUID) -> None:
        """Come back to a practice in a moment, and each time it fails again a little later.

        The poll brings it back: it is behind.
        """
        now = asyncio.get_running_loop().time()
        seconds = self._left_for.get(practice_id, FIRST_LEFT_SECONDS)
        self._left_until[practice_id] = now + seconds
        self._left_for[practice_id] = min(2 * seconds, LONGEST_PAUSE_SECONDS)

    def _leave(self, practice_id: UUID, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        self._left_until[practice_id] = now + LEFT_SECONDS
        log.error("practice_stands_still", practice_id=str(practice_id), exc_info=error)

    async def _poll(self) -> None:
        """Notifications are hints: once a second, the log itself is asked who is behind."""
        pause, look_ahead_at = FIRST_PAUSE_SECONDS, 0.0
        while True:
            self._poll_now.clear()
            try:
                rows = await self._pool.fetch(FIND_BEHIND, self._names, BEHIND_LIMIT)
                now = asyncio.get_running_loop().time()
                if now >= look_ahead_at:
                    await self._tell_who_is_ahead()
                    look_ahead_at = now + AHEAD_SECONDS
            except Exception as error:
                if not is_outage(error):
                    raise
                pause = await rest(pause, "projector_waits_for_the_database", error)
                continue
            pause = FIRST_PAUSE_SECONDS
            self._wake(row["practice_id"] for row in rows)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poll_now.wait(), POLL_SECONDS)

    async def _tell_who_is_ahead(self) -> None:
        """Such a view takes nothing that is appended before the place it says it has come to."""
        for one in await find_ahead(self._pool, self._names, limit=AHEAD_LOGGED):
            log.error(
                "checkpoint_ahead_of_log",
                practice_id=str(one.practice_id),
                view=one.view,
                position=one.position,
                expected=one.head,
            )

    async def _look_again(self) -> None:
        """Try once more what another release has set aside; first, whatever is.

        Two builds may bear the same number, so a projector that begins does not go by it.
        """
        pause, every = FIRST_PAUSE_SECONDS, True
        while True:
            try:
                await self._catch_up.try_all_again(every=every)
            except Exception as error:
                if not is_outage(error):
                    raise
                pause = await rest(pause, "projector_waits_for_the_database", error)
                continue
            pause, every = FIRST_PAUSE_SECONDS, False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        await listen(self._connect, self._heard, event="projector_can_not_listen")

    def _heard(self, practice_id: UUID | None) -> None:
        if practice_id is None:
            self._poll_now.set()
        else:
            self._wake([practice_id])
