"""Building views anew from the log, beside the old ones, and swapping them in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from events.keyring import Keyring
from events.postgres import Connection
from projections.ahead import AheadOfLog, find_ahead
from projections.catalogue import BY_NAME, PROJECTIONS
from projections.feed import Batch, read_batch
from projections.folding import uncollected
from projections.rows import Projection, RowTable
from projections.set_aside import TooManySetAside, put_on_record
from projections.sql import statement
from projections.view_fold import ViewFold, dealt

MAKE_BESIDE = statement("make_beside")
ANALYZE_BESIDE = statement("analyze_beside")
SWAP_BESIDE = statement("swap_beside")
READ_HEADS = statement("read_heads")
READ_CHECKPOINTS = statement("read_checkpoints")
SET_CHECKPOINTS = statement("set_checkpoints")
KEEP_SINCE = statement("keep_since")
FORGET_VIEW = statement("forget_view")
RENAME_VIEW = statement("rename_view")
COUNT_SET_ASIDE = statement("count_set_aside")
STILL_HERE: Final = "SELECT"

BATCH_EVENTS = 10_000
# What is held in memory before it is written: rows that many events touch are written seldom.
HELD_ROWS = 20_000
HELD_EVENTS = 200_000
# Rounds of catching up before the swap; each is shorter than the one before.
ROUNDS = 10
NEAR_EVENTS = 2_000
# A reader that takes long, a dump for example, makes the swap wait; the others must not wait too.
SWAP_LOCK_SECONDS = 0.5
RUNNERS_LOCK_SECONDS = 10.0
SWAP_ATTEMPTS = 60
SWAP_PAUSE_SECONDS = 1.0
STATEMENT_SECONDS = 3600.0
# Postgres ends a rebuild from which nothing is heard for as long, one that was stopped for example:
# another one may begin then. A batch takes seconds.
SILENT_SECONDS = 60.0
# "rebuild": any number will do that nobody else uses.
ONE_AT_A_TIME: Final = 0x72656275696C64

Progress = Callable[[int, int], None]


class UnknownView(Exception):
    """There is no view of this name."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rebuild did: events read, how many each view has set aside, and what was set back."""

    events: int
    set_aside: dict[str, int] = {}
    set_back: list[AheadOfLog] = []


class RebuildUnderWay(Exception):
    """Another rebuild is under way: wait for it to end."""


async def rebuild(
    pool: asyncpg.Pool, keyring: Keyring, view: str | None, on_progress: Progress
) -> Rebuilt:
    """Rebuild one view, or all of them, while readers and writers go on.

    `on_progress` is told how many events are done, of how many; the pool must have three
    connections to spare. An event that a view can not take is set aside, and the rebuild goes on. A
    checkpoint that lies behind the end of the log is set back. A rebuild that is interrupted leaves
    the old views as they are. One that is stopped for a minute (SIGSTOP, Ctrl-Z) loses its session,
    and so its lock: another one may begin, and the first ends with an error when it goes on. Raises
    UnknownView, RebuildUnderWay, TooManySetAside, and what asyncpg raises then.
    """
    if view is not None and view not in BY_NAME:
        raise UnknownView(view)
    projections = PROJECTIONS if view is None else (BY_NAME[view],)
    async with pool.acquire() as connection, pool.acquire() as reader:
        await connection.execute(f"SET idle_session_timeout = '{SILENT_SECONDS}s'")
        # A rebuild that a crash undoes is made again: its commits need not wait for the disk.
        await connection.execute("SET synchronous_commit = off")
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ONE_AT_A_TIME):
            raise RebuildUnderWay
        try:
            return await Rebuild(connection, reader, keyring, projections, on_progress).run()
        finally:
            if not connection.is_closed():
                await connection.execute("SELECT pg_advisory_unlock($1)", ONE_AT_A_TIME)


class Rebuild:
    """One rebuild: what is written goes over one connection, the log is read over another."""

    def __init__(
        self,
        connection: Connection,
        reader: Connection,
        keyring: Keyring,
        projections: Sequence[Projection],
        on_progress: Progress,
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._keyring = keyring
        self._tables = [RowTable(one, beside(one.name)) for one in projections]
        self._projections = projections
        self._names = [one.name for one in projections]
        self._types = frozenset[str]().union(*(one.types | one.settings for one in projections))
        self._on_progress = on_progress
        self._reached: dict[UUID, int] = {}
        self._set_back: list[AheadOfLog] = []
        self._done = 0
        self._total = 0

    async def run(self) -> Rebuilt:
        try:
            return await self._run()
        finally:
            # What was set aside for a table that is not swapped in is of no view.
            if not self._connection.is_closed():
                await self._forget_beside()

    async def _forget_beside(self) -> None:
        for name in self._names:
            await self._connection.execute(FORGET_VIEW, beside(name))

    async def _run(self) -> Rebuilt:
        for name in self._names:
            await make_beside(self._connection, name)
        await self._forget_beside()
        for _ in range(ROUNDS):
            if await self._round() < NEAR_EVENTS:
                break
        for name in self._names:
            await self._execute(ANALYZE_BESIDE, name)
        for attempt in range(1, SWAP_ATTEMPTS + 1):
            try:
                await self._swap()
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                if attempt == SWAP_ATTEMPTS:
                    raise
                await asyncio.sleep(SWAP_PAUSE_SECONDS)
                await self._round()
            else:
                break
        counted = await self._connection.fetch(COUNT_SET_ASIDE, self._names)
        return Rebuilt(
            events=self._done,
            set_aside={row["view"]: row["events"] for row in counted},
            set_back=self._set_back,
        )

    async def _round(self) -> int:
        """Read every practice's log to where it ends now; answers how many events that were."""
        heads = await self._connection.fetch(READ_HEADS)
        before = self._done
        self._total = sum(row["position"] for row in heads)
        for row in heads:
            await self._read(row["practice_id"], row["position"])
        return self._done - before

    async def _read(self, practice_id: UUID, until: int) -> None:
        """Bring the new tables to a position of one practice's log, or to its end.

        While one batch is folded and written, the next one is read on a connection of its own.
        """
        empty = practice_id not in self._reached
        folds = [
            ViewFold(table, practice_id, self._keyring, empty=empty, careful=True)
            for table in self._tables
        ]
        reading: asyncio.Task[Batch] | None = None
        try:
            with uncollected():
                while (after := self._reached.get(practice_id, 0)) < until:
                    batch = await (reading or self._next_batch(practice_id, after, until))
                    await self._execute(STILL_HERE)
                    self._reached[practice_id] = batch.reached
                    self._done += batch.reached - after
                    # Without another event there is no more, whatever the log's head says.
                    is_last = batch.reached >= until or batch.reached == after
                    if not is_last:
                        following = self._next_batch(practice_id, batch.reached, until)
                        reading = asyncio.create_task(following)
                    await self._write(practice_id, folds, batch, is_last=is_last)
                    self._on_progress(self._done, max(self._done, self._total))
                    if is_last:
                        break
        finally:
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _next_batch(self, practice_id: UUID, after: int, until: int) -> Batch:
        return await read_batch(
            self._reader,
            self._keyring,
            practice_id,
            after=after,
            limit=min(BATCH_EVENTS, until - after),
            types=self._types,
        )

    async def _write(
        self, practice_id: UUID, folds: Sequence[ViewFold], batch: Batch, *, is_last: bool
    ) -> None:
        own = dealt(self._projections, batch.events)
        broken = dealt(self._projections, batch.broken)
        for name, fold, *piles in zip(self._names, folds, own, broken, strict=True):
            await fold.add(self._connection, *piles)
            if is_last or fold.rows >= HELD_ROWS or fold.events >= HELD_EVENTS:
                await fold.flush(self._connection, until=batch.reached, copying=True)
                try:
                    await put_on_record(
                        self._connection, practice_id, beside(name), fold.asides,
                        refolded=fold.refolded,
                    )  # fmt: skip
                except TooManySetAside as full:
                    # Whoever reads this knows the view, and not the table beside it.
                    raise TooManySetAside(
                        practice_id, name, full.asides, first=full.first
                    ) from None
                fold.asides, fold.refolded = [], set()

    async def _swap(self) -> None:
        """Put the new tables in the place of the old ones, with the checkpoints that are theirs.

        The lock on the checkpoints waits until no runner is at work and keeps them from starting;
        then the new tables come to where the old ones are, and readers see one or the other.
        """
        reached, done = dict(self._reached), self._done
        try:
            async with self._connection.transaction():
                await self._execute(f"SET LOCAL lock_timeout = '{RUNNERS_LOCK_SECONDS}s'")
                await self._execute("LOCK TABLE views.checkpoint IN EXCLUSIVE MODE")
                ahead = await find_ahead(self._connection, self._names)
                for row in await self._connection.fetch(READ_CHECKPOINTS, self._names):
                    await self._read(row["practice_id"], row["position"])
                    # Of a practice that the log does not know the views have nothing.
                    self._reached.setdefault(row["practice_id"], 0)
                await self._execute(f"SET LOCAL lock_timeout = '{SWAP_LOCK_SECONDS}s'")
                for name in self._names:
                    await swap_table(self._connection, name)
                    await self._connection.execute(KEEP_SINCE, name, beside(name))
                    await self._connection.execute(FORGET_VIEW, name)
                    await self._connection.execute(RENAME_VIEW, name, beside(name))
                await self._connection.execute(
                    SET_CHECKPOINTS,
                    list(self._reached),
                    list(self._reached.values()),
                    self._names,
                )
            self._set_back = ahead
        except BaseException:
            self._reached, self._done = reached, done
            raise

    async def _execute(self, sql: str, *arguments: str) -> None:
        await self._connection.execute(sql, *arguments, timeout=STATEMENT_SECONDS)


def beside(name: str) -> str:
    """What a view's table is called until the swap."""
    return f"{name}_beside"


async def make_beside(connection: Connection, view: str) -> None:
    """An empty table like a view's, with the same keys and indexes; drops what is left over.

    The run-time role owns no table: a function of the owner of the tables makes this one (see
    migrations/0014_run_time_rights.sql).
    """
    await connection.execute(MAKE_BESIDE, view)


async def swap_table(connection: Connection, view: str) -> None:
    """Inside a transaction: the table beside takes the view's place and names."""
    await connection.execute(SWAP_BESIDE, view)
