"""The one writer of a process: gathers the appends that wait and commits them together.

There is no timer. While one batch commits, the next one forms; a lone append goes at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from events.record import Receipt
from events.sql import statement
from events.store import StoreUnavailable, UnknownSubject

BATCH_EVENTS = 256
WAITING_LIMIT = 20_000
PATIENCE_SECONDS = 15.0
STATEMENT_SECONDS = 30.0
UNKNOWN_PRACTICE = "CA404"
FLOOR_AHEAD = "CA425"
READ_ONLY = "25006"

APPEND = statement("append_events")
APPEND_ONE = statement("append_event")
APPEND_SEVERAL = statement("append_events_of_practices")


class Refused(Exception):
    """The store refused an append: a stream was not at the version that was seen."""


class FloorAhead(Exception):
    """The practice's last event is dated ahead of the database's clock and of ours."""


Row = tuple[bool, UUID, str, int, UUID | None, str | None, bytes, str, UUID, UUID, datetime]
Clock = Callable[[], datetime]


class SealedAppend(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One append, sealed once and sent as often as it takes.

    `streams` are those that it writes, by category and id, `watched` those that it reads alone.
    `rows` has an entry per event, in the order of append_events: whether it is the first of its
    stream here, stream, category, version, client, type, body, actor, command, correlation,
    occurred_at.
    After them come those of streams that are only watched, without a type. `version` is that of the
    command's own stream after it, `events` how many there are.
    """

    practice_id: UUID
    streams: Sequence[tuple[str, UUID]]
    watched: Sequence[tuple[str, UUID]]
    rows: Sequence[Row]
    events: int
    version: int
    answer: "asyncio.Future[Receipt]"


Connect = Callable[[], Awaitable[asyncpg.Connection]]


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
        on_clocks: Callable[[datetime, datetime], None] = lambda _database, _own: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._on_clocks = on_clocks
        self._patience_seconds = patience_seconds
        self._waiting: deque[SealedAppend] = deque()
        self._woken = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._batch_at: float | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def stop(self) -> None:
        """Commits nothing more. Whoever still waits gets StoreUnavailable."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        self._refuse(self._waiting)
        self._waiting.clear()
        await self._hang_up()

    @property
    def running(self) -> bool:
        """Whether the writer is there; it ends by `stop`, or by a bug that it does not hide."""
        return self._task is not None and not self._task.done()

    @property
    def busy_seconds(self) -> float:
        """For how long the batch under way has been; 0 where nothing is being committed."""
        at = self._batch_at
        return 0.0 if at is None else asyncio.get_running_loop().time() - at

    async def commit(self, append: SealedAppend) -> Receipt:
        """Raises Refused, UnknownSubject, FloorAhead, StoreUnavailable."""
        if not self.running or len(self._waiting) >= WAITING_LIMIT:
            raise StoreUnavailable
        self._waiting.append(append)
        self._woken.set()
        return await append.answer

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            batch = self._next_batch()
            self._batch_at = asyncio.get_running_loop().time()
            give_up_at = self._batch_at + self._patience_seconds
            try:
                await self._commit_patiently(batch, give_up_at)
            finally:
                self._batch_at = None
                # Also when stopped in the middle: nobody is left waiting.
                self._refuse(batch)
            # Whoever was answered may append again at once: let them join the next batch.
            # (Two half batches that take turns were measured, too: the flushes cost more.)
            await asyncio.sleep(0)
            if not self._waiting:
                self._woken.clear()

    def _next_batch(self) -> list[SealedAppend]:
        """As many as fit; two appends to one stream never share a batch.

        Nor does one that only watches it share a batch with one that writes it; any number watch.
        """
        batch: list[SealedAppend] = []
        written: set[tuple[UUID, str, UUID]] = set()
        watched: set[tuple[UUID, str, UUID]] = set()
        later: list[SealedAppend] = []
        size = 0
        while self._waiting and size < BATCH_EVENTS and len(later) < BATCH_EVENTS:
            append = self._waiting.popleft()
            writes = {(append.practice_id, *stream) for stream in append.streams}
            watches = {(append.practice_id, *stream) for stream in append.watched}
            # A stream that waits must not be overtaken by a later append to it either.
            if written.isdisjoint(writes | watches) and watched.isdisjoint(writes):
                batch.append(append)
                size += len(append.rows)
            else:
                later.append(append)
            written |= writes
            watched |= watches
        self._waiting.extendleft(reversed(later))
        return batch

    async def _commit_patiently(self, batch: list[SealedAppend], give_up_at: float) -> None:
        """Send a batch until it is answered; it is idempotent, so a lost answer is no harm."""
        loop = asyncio.get_running_loop()
        pause = 0.01
        while True:
            try:
                await self._commit_once(batch)
            except asyncpg.PostgresError as error:
                if not is_about_the_connection(error):
                    await self._refused_by_postgres(batch, error, give_up_at)
                    return
            except Exception:  # noqa: BLE001, S110 - no driver's surprise may end the one writer
                pass  # The connection is dropped; whether the batch was committed, it will tell.
            else:
                return
            await self._hang_up()
            if loop.time() >= give_up_at:
                # Who waits behind has waited as long: nobody is kept hoping in turn.
                self._refuse(self._waiting)
                self._waiting.clear()
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.5)

    async def _commit_once(self, batch: list[SealedAppend]) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        own = self._clock()
        if len(batch) == 1 and len(batch[0].rows) == 1:
            (append,) = batch
            _, *row = append.rows[0]
            done = await self._connection.fetchrow(
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
            rows = await self._connection.fetch(
                APPEND, practice_id, own, *arrays, timeout=STATEMENT_SECONDS
            )
            self._on_clocks(rows[0]["database_now"], own)
            answer(batch, {practice_id: (rows[0]["head_before"], rows[0]["refused"])})
        else:
            every = [append.practice_id for append in batch for _ in append.rows]
            rows = await self._connection.fetch(
                APPEND_SEVERAL, every, own, *arrays, timeout=STATEMENT_SECONDS
            )
            self._on_clocks(rows[0]["database_now"], own)
            answer(
                batch, {row["practice_id"]: (row["head_before"], row["refused"]) for row in rows}
            )

    async def _refused_by_postgres(
        self, batch: list[SealedAppend], error: asyncpg.PostgresError, give_up_at: float
    ) -> None:
        """One that Postgres can not take fails alone: its neighbours are sent one by one."""
        if len(batch) == 1:
            if not batch[0].answer.done():
                batch[0].answer.set_exception(refusal_of(error))
            return
        for append in batch:
            await self._commit_patiently([append], give_up_at)

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    @staticmethod
    def _refuse(batch: "deque[SealedAppend] | list[SealedAppend]") -> None:
        for append in batch:
            if not append.answer.done():
                append.answer.set_exception(StoreUnavailable())


def refusal_of(error: asyncpg.PostgresError) -> Exception:
    """What one of append_events' own errors stands for; another stays what it is."""
    if error.sqlstate == UNKNOWN_PRACTICE:
        return UnknownSubject()
    return FloorAhead() if error.sqlstate == FLOOR_AHEAD else error


def is_about_the_connection(error: asyncpg.PostgresError) -> bool:
    """Whether sending the same again may help: a lost backend, a shutdown, a full server.

    Or one that takes no writes for now: then another one does, or will (25006).
    """
    state = error.sqlstate or ""
    return state[:2] in ("08", "57", "53", "40", "55") or state == READ_ONLY


def columns(batch: Sequence[SealedAppend]) -> list[Sequence[Any]]:
    """The arrays of append_events after the practice, an entry per event."""
    nths = [nth for nth, append in enumerate(batch) for _ in append.rows]
    return [nths, *zip(*(row for append in batch for row in append.rows), strict=True)]


def answer(
    batch: Sequence[SealedAppend], of_practice: dict[UUID, tuple[int, Sequence[int]]]
) -> None:
    """Tell each append where it stands: the order of the batch is the order of the log."""
    heads = {practice_id: head for practice_id, (head, _) in of_practice.items()}
    refused = {practice_id: set(nths) for practice_id, (_, nths) in of_practice.items()}
    for nth, append in enumerate(batch):
        head = heads[append.practice_id]
        if nth in refused[append.practice_id]:
            if not append.answer.done():
                append.answer.set_exception(Refused())
            continue
        heads[append.practice_id] = head = head + append.events
        if not append.answer.done():
            append.answer.set_result(Receipt(position=head, version=append.version))
