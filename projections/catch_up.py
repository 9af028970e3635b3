"""Bringing the views of one practice forward by one batch, each step of it in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events.database_faults import is_gone
from events.keyring import Keyring
from events.postgres import Connection
from projections.feed import read_batch
from projections.folding import uncollected
from projections.rows import Projection, RowTable
from projections.set_aside import Aside, TooManySetAside, add_asides, put_on_record, release
from projections.sql import statement
from projections.view_fold import RowsDoubtful, ViewFold, dealt

ENSURE_CHECKPOINTS = statement("ensure_checkpoints")
HOLD_CHECKPOINTS = statement("hold_checkpoints")
HOLD_CHECKPOINT = statement("hold_checkpoint")
ADVANCE_CHECKPOINTS = statement("advance_checkpoints")
FIND_SET_ASIDE = statement("find_set_aside")
FORGET_CLIENTS = statement("forget_clients")
ATTEMPTS = 3
# How long a batch waits for a lock: other practices wait for the lane that does. And how long
# somebody who asked for one practice alone waits for a runner that is at work on it.
LOCK_SECONDS: Final = 0.5
PATIENT_LOCK_SECONDS: Final = 10.0
EVENTS_READ_AT_ONCE = 5_000
# How far behind the first of its practice a view may be and still go with it; and how much those
# that are farther behind are given at once, while new events wait.
PIECE_EVENTS = 10_000
# A batch in which rows could not be written together is taken in smaller ones.
CAREFUL_EVENTS: Final = 200
# A view that has set aside as much as it may is tried again, but not at every batch.
STILL_SECONDS: Final = 600.0
AGAIN_LIMIT: Final = 500

Answer = TypeVar("Answer")

log = structlog.get_logger()


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch did. `held` is False where another runner has the practice.

    `more` says that the log may go on; `trailing` that other views are too far behind to go with
    these. `asides` are the events that views have passed over, by view.
    """

    events: int = 0
    held: bool = True
    more: bool = False
    trailing: bool = False
    asides: Mapping[str, Sequence[Aside]] = {}


class TriedAgain(msgspec.Struct, frozen=True, kw_only=True):
    """How many pages were tried again (what one view has of one client), and how many are whole."""

    tried: int
    taken: int


class CatchUp:
    """Applies the log to views, each event once to each view, whatever crashes."""

    def __init__(
        self, pool: asyncpg.Pool, keyring: Keyring, projections: Sequence[Projection]
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._tables = {one.name: RowTable(one) for one in projections}
        self._names = sorted(self._tables)
        self._types = frozenset[str]().union(*(one.types | one.settings for one in projections))
        self._ensured: set[UUID] = set()
        self._still_until: defaultdict[UUID, dict[str, float]] = defaultdict(dict)

    async def batch(self, practice_id: UUID, *, limit: int) -> Applied:
        """Apply at most `limit` events, then a piece of what a view lacks that is far behind.

        What the leading views have applied is there for readers before the others get their piece,
        so a view that is new does not hold up those that are not. An event that a view can not
        take is set aside for that view.
        """
        if practice_id not in self._ensured:
            await self._pool.execute(ENSURE_CHECKPOINTS, practice_id, self._names)
        leading = await self._step(practice_id, limit, trailing=False)
        if leading.more or not leading.trailing:
            return leading
        trailing = await self._step(practice_id, min(limit, PIECE_EVENTS), trailing=True)
        return msgspec.structs.replace(
            trailing,
            events=leading.events + trailing.events,
            more=trailing.events > 0,
        )

    async def try_again(self, practice_id: UUID, view: str, subject_id: UUID) -> int:
        """Fold a client's rows of a view anew; answers how many events are set aside even so.

        The subject may be the practice itself: then its rows are settled anew by what it has
        chosen. A runner that is at work on the view is waited for.
        """

        async def fold(connection: Connection) -> int:
            limit = milliseconds(PATIENT_LOCK_SECONDS)
            await connection.execute(f"SET LOCAL lock_timeout = '{limit}'")
            until = await connection.fetchval(HOLD_CHECKPOINT, practice_id, view)
            folded = ViewFold(self._tables[view], practice_id, self._keyring, careful=True)
            await folded.try_again(connection, subject_id, until=until or 0)
            await put_on_record(
                connection, practice_id, view, folded.asides, refolded=folded.refolded
            )
            return len(folded.asides)

        return await self._in_transaction(fold)

    async def try_all_again(self, *, every: bool = False) -> TriedAgain:
        """Try again what another release has set aside, or `every` event that is."""
        tried = taken = 0
        after, is_full = (None, None, None), True
        # It ends with the table: every page begins after the one before it.
        while is_full:
            rows = await self._pool.fetch(
                FIND_SET_ASIDE, self._names, release(), every, *after, AGAIN_LIMIT
            )
            for row in rows:
                try:
                    left = await self.try_again(row["practice_id"], row["view"], row["subject_id"])
                    taken += not left
                except Exception as error:
                    # Whatever it raises, the others are tried; without a database nobody is.
                    if is_gone(error):
                        raise
                    log.exception(
                        "not_tried_again",
                        practice_id=str(row["practice_id"]),
                        view=row["view"],
                    )
            tried += len(rows)
            is_full = len(rows) == AGAIN_LIMIT
            after = tuple(rows[-1].values()) if rows else after
        return TriedAgain(tried=tried, taken=taken)

    async def _step(self, practice_id: UUID, limit: int, *, trailing: bool) -> Applied:
        """One transaction; where rows are doubtful, a smaller one that finds out which they are."""
        careful: set[str] = set()
        # Each time around one more view is taken carefully, or left where it is.
        for _ in range(2 * len(self._names) + 1):
            largest = min(limit, CAREFUL_EVENTS) if careful else limit

            async def apply(connection: Connection, *, largest: int = largest) -> Applied:
                return await self._apply(
                    connection, practice_id, largest, trailing=trailing, careful=careful
                )

            try:
                applied = await self._in_transaction(apply)
            except RowsDoubtful as doubtful:
                careful.add(doubtful.view)
            except TooManySetAside as full:
                await self._stand_still(full)
            else:
                tell_asides(practice_id, applied.asides)
                return applied
        raise AssertionError("unreachable: every view was tried carefully, and left alone")

    async def _in_transaction(self, doing: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    with uncollected():
                        return await doing(connection)
            except asyncpg.InvalidCachedStatementError:
                # A rebuild has swapped a table: the next attempt plans anew.
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: ATTEMPTS is at least 1")

    async def _stand_still(self, full: TooManySetAside) -> None:
        """Leave a view where it is for a while, and as many of its bad events on record as fit."""
        await add_asides(self._pool, full.practice_id, full.view, full.asides)
        now = asyncio.get_running_loop().time()
        self._still_until[full.practice_id][full.view] = now + STILL_SECONDS
        log.error("view_stands_still", practice_id=str(full.practice_id), view=full.view)

    def _stands_still(self, practice_id: UUID, view: str) -> bool:
        until = self._still_until.get(practice_id, {}).get(view, 0.0)
        return until > asyncio.get_running_loop().time()

    async def _apply(
        self,
        connection: Connection,
        practice_id: UUID,
        limit: int,
        *,
        trailing: bool,
        careful: set[str],
    ) -> Applied:
        lock_limit = milliseconds(LOCK_SECONDS)
        rows = await connection.fetch(HOLD_CHECKPOINTS, practice_id, self._names, lock_limit)
        if len(rows) == len(self._names):
            self._ensured.add(practice_id)
        else:  # Another runner holds some, or somebody has deleted them: the next batch sees to it.
            self._ensured.discard(practice_id)
        if not rows:
            return Applied(held=False)
        every = {
            row["view"]: row["position"]
            for row in rows
            if not self._stands_still(practice_id, row["view"])
        }
        if not every:
            return Applied()
        checkpoints, others = parted(every, apart=min(limit, PIECE_EVENTS))
        if trailing:
            checkpoints = others or checkpoints
        applied = await self._advance(connection, practice_id, checkpoints, limit, careful=careful)
        return msgspec.structs.replace(applied, trailing=bool(others))

    async def _advance(
        self,
        connection: Connection,
        practice_id: UUID,
        checkpoints: dict[str, int],
        limit: int,
        *,
        careful: set[str],
    ) -> Applied:
        """Bring these views forward, from where the last of them is."""
        folds = {
            view: ViewFold(self._tables[view], practice_id, self._keyring, careful=view in careful)
            for view in checkpoints
        }
        projections = [self._tables[view].projection for view in checkpoints]
        for view, position in checkpoints.items():
            # Rows that are there although nothing was taken yet would be counted twice: somebody
            # has deleted the checkpoint.
            if position == 0:
                await connection.execute(self._tables[view].delete_practice, practice_id)
        first = reached = min(checkpoints.values())
        erased: set[UUID] = set()
        asked = got = min(limit, EVENTS_READ_AT_ONCE)
        while got == asked and reached < first + limit:
            asked = min(first + limit - reached, EVENTS_READ_AT_ONCE)
            batch = await read_batch(
                connection,
                self._keyring,
                practice_id,
                after=reached,
                limit=asked,
                types=self._types,
            )
            own, broken = dealt(projections, batch.events), dealt(projections, batch.broken)
            for (view, position), *piles in zip(checkpoints.items(), own, broken, strict=True):
                # A view that was rebuilt may be ahead of the others.
                ahead = position > reached
                unseen = [
                    [one for one in pile if one.position > position] if ahead else pile
                    for pile in piles
                ]
                await folds[view].add(connection, *unseen)
            erased |= batch.erased
            got, reached = batch.reached - reached, batch.reached
        if reached == first:
            return Applied()
        for view, fold in folds.items():
            await fold.flush(connection, until=max(reached, checkpoints[view]))
            await put_on_record(connection, practice_id, view, fold.asides, refolded=fold.refolded)
            if erased:
                await connection.execute(self._tables[view].delete_clients, practice_id, erased)
        if erased:
            await connection.execute(FORGET_CLIENTS, practice_id, list(erased))
        await connection.execute(ADVANCE_CHECKPOINTS, practice_id, list(checkpoints), reached)
        done = reached - first
        asides = {view: fold.asides for view, fold in folds.items() if fold.asides}
        return Applied(events=done, more=done >= limit, asides=asides)


def milliseconds(seconds: float) -> str:
    """A length of time as Postgres reads it.

    >>> milliseconds(0.5)
    '500ms'
    """
    return f"{1000 * seconds:.0f}ms"


def tell_asides(practice_id: UUID, asides: Mapping[str, Sequence[Aside]]) -> None:
    """A line for each view that has passed over events: how many, and where the first lies."""
    for view, found in asides.items():
        first = min(found, key=lambda one: one.position)
        log.error(
            "event_set_aside",
            practice_id=str(practice_id),
            view=view,
            position=first.position,
            type=first.type,
            why=first.why,
            count=len(found),
            exc_info=first.error,
        )


def parted(checkpoints: Mapping[str, int], *, apart: int) -> tuple[dict[str, int], dict[str, int]]:
    """The views that are in the lead, at most so many events apart, and those farther behind."""
    lead = max(checkpoints.values()) - apart
    leading = {view: position for view, position in checkpoints.items() if position >= lead}
    return leading, {
        view: position for view, position in checkpoints.items() if view not in leading
    }
