"""The one writer of a process: gathers the appends that wait and commits them together.

There is no timer. While one batch commits, the next one forms; a lone append goes at once.

A practice whose head is locked by somebody else would hold up every practice in its batch. So the
writer waits for a lock for a moment only, sends each practice of the batch apart, and leaves the
practice that is stuck to a lane of its own: another connection with more patience.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from events.append_queue import (
    AppendQueue,
    SealedAppend,
    answer,
    by_practice,
    columns,
    refuse,
)
from events.database_faults import DatabaseFault, whose_fault
from events.ending import ended
from events.record import Receipt
from events.sql import statement
from events.store import StoreUnavailable, UnknownSubject

WAITING_LIMIT = 20_000
PATIENCE_SECONDS = 15.0
# No batch takes as long, unless nobody is at the other end.
STATEMENT_SECONDS = 10.0
# How long the writer of all practices waits for a lock. Other writers hold a head for milliseconds.
LOCK_SECONDS = 0.25
# So many practices have a lane of their own at once.
LANES_APART = 4
# A practice that found no lane is refused for so long without being tried.
SHUT_SECONDS = 1.0
# An append that the server fails at is tried so often alone, over a new connection each time.
TRIES_ALONE = 2
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.5
UNKNOWN_PRACTICE = "CA404"
FLOOR_AHEAD = "CA425"

APPEND = statement("append_events")
APPEND_ONE = statement("append_event")
APPEND_SEVERAL = statement("append_events_of_practices")


class FloorAhead(Exception):
    """The practice's last event is dated ahead of the database's clock and of ours."""


Clock = Callable[[], datetime]
Connect = Callable[[], Awaitable[asyncpg.Connection]]
OnClocks = Callable[[datetime, datetime], None]


class Sender:
    """A connection that sends batches, made when it is needed. `lock_seconds`: how long a batch
    waits for a lock."""

    def __init__(
        self, connect: Connect, clock: Clock, on_clocks: OnClocks, *, lock_seconds: float
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._on_clocks = on_clocks
        self._lock_seconds = lock_seconds
        self._connection: asyncpg.Connection | None = None

    async def send(self, batch: Sequence[SealedAppend]) -> None:
        """Commit a batch and answer whoever waits for it. Raises whatever prevents that."""
        connection = self._connection
        if connection is None or connection.is_closed():
            self._connection = connection = await self._connect()
            milliseconds = round(1000 * self._lock_seconds)
            await connection.execute(f"SET lock_timeout = {milliseconds}")
        own = self._clock()
        if len(batch) == 1 and len(batch[0].rows) == 1:
            (append,) = batch
            _, *row = append.rows[0]
            done = await connection.fetchrow(
                APPEND_ONE, append.practice_id, own, *row, timeout=STATEMENT_SECONDS
            )
            if done is not None and done["recorded_position"] is not None:
                self._on_clocks(done["database_now"], own)
                answer(batch, {append.practice_id: (done["recorded_position"] - 1, ())})
                return
        arrays = columns(batch)
        practices = {append.practice_id for append in batch}
        if len(practices) == 1:
            (practice_id,) = practices
            rows = await connection.fetch(
                APPEND, practice_id, own, *arrays, timeout=STATEMENT_SECONDS
            )
            self._on_clocks(rows[0]["database_now"], own)
            answer(batch, {practice_id: (rows[0]["head_before"], rows[0]["refused"])})
        else:
            every = [append.practice_id for append in batch for _ in append.rows]
            rows = await connection.fetch(
                APPEND_SEVERAL, every, own, *arrays, timeout=STATEMENT_SECONDS
            )
            self._on_clocks(rows[0]["database_now"], own)
            answer(
                batch, {row["practice_id"]: (row["head_before"], row["refused"]) for row in rows}
            )

    def hang_up(self) -> None:
        """Drop the connection: the next batch makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


SetApart = Callable[[UUID, list[SealedAppend]], None]


class Lane:
    """A queue and the connection that commits what waits in it, batch after batch.

    `patience` says for how many seconds a batch is tried. `set_apart` takes the appends of a
    practice that is stuck off this lane's hands. A lane without it keeps trying them.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        patience: Callable[[], float],
        set_apart: SetApart | None = None,
    ) -> None:
        self.queue = AppendQueue()
        self._batch_at: float | None = None
        self._patience = patience
        self.sender = sender
        self._set_apart = set_apart

    async def drain(self) -> None:
        """Commit until nothing waits. Stopped in the middle, it leaves nobody waiting."""
        while self.queue:
            batch = self.queue.next_batch()
            self._batch_at = self._now()
            try:
                await self._commit(batch, self._batch_at + self._patience())
            except BaseException:
                refuse(batch)
                raise
            finally:
                self._batch_at = None
            # Whoever was answered may append again at once: let them join the next batch.
            # (Two half batches that take turns were measured, too: the flushes cost more.)
            await asyncio.sleep(0)

    @property
    def busy_seconds(self) -> float:
        """For how long the batch under way has been; 0 where nothing is being committed."""
        return 0.0 if self._batch_at is None else self._now() - self._batch_at

    async def _commit(self, batch: list[SealedAppend], give_up_at: float) -> None:
        """Send a batch until it is answered; it is idempotent, so a lost answer is no harm."""
        pause, failures = FIRST_PAUSE_SECONDS, 0
        while True:
            try:
                await self.sender.send(batch)
            except Exception as error:  # noqa: BLE001 - no driver's surprise may end the writer
                # What is not known to be anybody else's is the connection's. Whether the batch was
                # committed before it was lost, the next one will tell.
                fault = whose_fault(error) or DatabaseFault.CONNECTION
                if fault is not DatabaseFault.CONTENTION:
                    self.sender.hang_up()
                failures += fault in (DatabaseFault.CONTENTION, DatabaseFault.SERVER)
                if await self._taken_apart(batch, error, fault, failures, give_up_at):
                    return
            else:
                return
            if self._now() >= give_up_at:
                # Who waits behind has waited as long: nobody is kept hoping in turn.
                refuse(batch)
                refuse(self.queue.take_all())
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _taken_apart(
        self,
        batch: list[SealedAppend],
        error: Exception,
        fault: DatabaseFault,
        failures: int,
        give_up_at: float,
    ) -> bool:
        """Whether all of a batch has been answered or handed on, and need not be sent again.

        Whoever is at fault fails alone: the others are sent without it.
        """
        practices = by_practice(batch)
        parts = list(practices.values()) if len(practices) > 1 else [[one] for one in batch]
        match fault:
            case DatabaseFault.STATEMENT if len(batch) == 1:
                refuse(batch, refusal_of(error))
                return True
            case DatabaseFault.STATEMENT:
                pass
            case DatabaseFault.SERVER if failures < TRIES_ALONE:
                return False
            case DatabaseFault.CONTENTION | DatabaseFault.SERVER if (
                self._set_apart and len(practices) == 1
            ):
                self._set_apart(batch[0].practice_id, batch)
                return True
            case DatabaseFault.CONTENTION if len(practices) > 1:
                pass
            case DatabaseFault.SERVER if len(batch) == 1:
                refuse(batch)
                return True
            case DatabaseFault.SERVER:
                pass
            case _:
                return False
        for part in parts:
            await self._commit(part, give_up_at)
        return True

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class GroupCommit:
    """Call `start` before and `stop` after; `commit` in between, from any number of tasks.

    `clock` is this process's own, beside which the database's is held; `on_clocks` is told both
    with every batch.
    """

    def __init__(
        self,
        connect: Connect,
        clock: Clock,
        *,
        on_clocks: OnClocks = lambda _database, _own: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._on_clocks = on_clocks
        self._patience_seconds = patience_seconds
        self._woken = asyncio.Event()
        self._main = self._lane(LOCK_SECONDS, set_apart=self._set_apart)
        self._apart: dict[UUID, Lane] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._shut_until: dict[UUID, float] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def stop(self) -> None:
        """Commits nothing more. Whoever still waits gets StoreUnavailable."""
        tasks = [task for task in (self._task, *self._tasks.values()) if task is not None]
        self._task = None
        await ended(*tasks)
        refuse(self._main.queue.take_all())
        self._main.sender.hang_up()

    @property
    def running(self) -> bool:
        """Whether the writer is there; it ends by `stop`, or by a bug that it does not hide."""
        return self._task is not None and not self._task.done()

    @property
    def busy_seconds(self) -> float:
        """For how long the batch under way has been; 0 where nothing is being committed.

        What is tried apart does not count: it keeps nobody else waiting.
        """
        return self._main.busy_seconds

    @property
    def apart(self) -> int:
        """How many practices are stuck and have a lane of their own."""
        return len(self._apart)

    async def commit(self, append: SealedAppend) -> Receipt:
        """Raises Refused, UnknownSubject, FloorAhead, StoreUnavailable."""
        lane = self._apart.get(append.practice_id, self._main)
        if not self.running or len(lane.queue) >= WAITING_LIMIT or self._is_shut(append):
            raise StoreUnavailable
        lane.queue.add([append])
        self._woken.set()
        return await append.answer

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            await self._main.drain()
            self._woken.clear()

    def _lane(self, lock_seconds: float, *, set_apart: SetApart | None = None) -> Lane:
        sender = Sender(self._connect, self._clock, self._on_clocks, lock_seconds=lock_seconds)
        return Lane(sender, patience=lambda: self._patience_seconds, set_apart=set_apart)

    def _set_apart(self, practice_id: UUID, appends: list[SealedAppend]) -> None:
        """Give a practice a lane of its own, with all that waits for it, in its order."""
        waiting = [*appends, *self._main.queue.take_practice(practice_id)]
        if practice_id in self._apart:
            self._apart[practice_id].queue.add(waiting)
            return
        if len(self._apart) >= LANES_APART:
            self._shut(practice_id)
            refuse(waiting)
            return
        # The server gives up before we do: then nobody waits for a lock on our behalf.
        lane = self._lane(min(self._patience_seconds, STATEMENT_SECONDS) / 2)
        lane.queue.add(waiting)
        self._apart[practice_id] = lane
        self._tasks[practice_id] = asyncio.create_task(
            self._work_apart(practice_id, lane), name="group commit of a stuck practice"
        )

    async def _work_apart(self, practice_id: UUID, lane: Lane) -> None:
        """Until nothing waits for the practice: then it goes with the others again."""
        try:
            await lane.drain()
        finally:
            del self._apart[practice_id], self._tasks[practice_id]
            lane.sender.hang_up()
            refuse(lane.queue.take_all())

    def _shut(self, practice_id: UUID) -> None:
        now = asyncio.get_running_loop().time()
        self._shut_until = {one: until for one, until in self._shut_until.items() if until > now}
        self._shut_until[practice_id] = now + SHUT_SECONDS

    def _is_shut(self, append: SealedAppend) -> bool:
        until = self._shut_until.get(append.practice_id, 0.0)
        return until > asyncio.get_running_loop().time()


def refusal_of(error: Exception) -> Exception:
    """What one of append_events' own errors stands for; another stays what it is."""
    state = getattr(error, "sqlstate", None)
    if state == UNKNOWN_PRACTICE:
        return UnknownSubject()
    return FloorAhead() if state == FLOOR_AHEAD else error
