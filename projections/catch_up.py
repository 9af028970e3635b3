"""Bringing the views of one practice forward by one batch, each step of it in one transaction."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from events.keyring import Keyring
from events.postgres import Connection
from projections.feed import BrokenEvent, read_batch
from projections.folding import uncollected
from projections.rows import Projection, RowTable
from projections.sql import statement
from projections.view_fold import ViewFold, dealt

ENSURE_CHECKPOINTS = statement("ensure_checkpoints")
HOLD_CHECKPOINTS = statement("hold_checkpoints")
ADVANCE_CHECKPOINTS = statement("advance_checkpoints")
ATTEMPTS = 3
READ_EVENTS = 5_000
# How far behind the first of its practice a view may be and still go with it; and how much those
# that are farther behind are given at once, while new events wait.
PIECE_EVENTS = 10_000


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch did. `held` is False where another runner has the practice.

    `more` says that the log may go on; `broken` that the next event does not open; `trailing` that
    other views are too far behind to go with these.
    """

    events: int = 0
    held: bool = True
    more: bool = False
    broken: bool = False
    trailing: bool = False


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

    async def batch(self, practice_id: UUID, *, limit: int) -> Applied:
        """Apply at most `limit` events, then a piece of what a view lacks that is far behind.

        What the leading views have applied is there for readers before the others get their piece,
        so a view that is new does not hold up those that are not. Raises BrokenEvent where the very
        next event is broken.
        """
        if practice_id not in self._ensured:
            await self._pool.execute(ENSURE_CHECKPOINTS, practice_id, self._names)
        try:
            leading = await self._step(practice_id, limit, trailing=False)
        except BrokenEvent:
            # What lies behind goes on, until it stands before the same event.
            leading = Applied(trailing=True)
        if leading.more or not leading.trailing:
            return leading
        trailing = await self._step(practice_id, min(limit, PIECE_EVENTS), trailing=True)
        return msgspec.structs.replace(
            trailing,
            events=leading.events + trailing.events,
            more=trailing.events > 0,
        )

    async def _step(self, practice_id: UUID, limit: int, *, trailing: bool) -> Applied:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    with uncollected():
                        return await self._apply(connection, practice_id, limit, trailing=trailing)
            except asyncpg.InvalidCachedStatementError:
                # A rebuild has swapped a table: the next attempt plans anew.
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: ATTEMPTS is at least 1")

    async def _apply(
        self, connection: Connection, practice_id: UUID, limit: int, *, trailing: bool
    ) -> Applied:
        rows = await connection.fetch(HOLD_CHECKPOINTS, practice_id, self._names)
        if not rows:
            self._ensured.discard(practice_id)
            return Applied(held=False)
        every = {row["view"]: row["position"] for row in rows}
        if len(every) == len(self._names):
            self._ensured.add(practice_id)
        checkpoints, others = parted(every, apart=min(limit, PIECE_EVENTS))
        if trailing:
            checkpoints = others or checkpoints
        applied = await self._advance(connection, practice_id, checkpoints, limit)
        return msgspec.structs.replace(applied, trailing=bool(others))

    async def _advance(
        self, connection: Connection, practice_id: UUID, checkpoints: dict[str, int], limit: int
    ) -> Applied:
        """Bring these views forward, from where the last of them is."""
        folds = {
            view: ViewFold(self._tables[view], practice_id, self._keyring) for view in checkpoints
        }
        first = reached = min(checkpoints.values())
        erased: set[UUID] = set()
        asked = got = min(limit, READ_EVENTS)
        broken = False
        while got == asked and not broken and reached < first + limit:
            asked = min(first + limit - reached, READ_EVENTS)
            try:
                batch = await read_batch(
                    connection,
                    self._keyring,
                    practice_id,
                    after=reached,
                    limit=asked,
                    types=self._types,
                )
            except BrokenEvent:
                if reached == first:
                    raise
                broken = True
                break
            own = dealt([self._tables[view].projection for view in checkpoints], batch.events)
            for (view, position), events in zip(checkpoints.items(), own, strict=True):
                # A view that was rebuilt may be ahead of the others.
                ahead = position > reached
                unseen = [one for one in events if one.position > position] if ahead else events
                await folds[view].add(connection, unseen)
            erased |= batch.erased
            broken = batch.broken
            got, reached = batch.reached - reached, batch.reached
        if reached == first:
            return Applied()
        for view, fold in folds.items():
            await fold.flush(connection)
            if erased:
                await connection.execute(self._tables[view].delete_clients, practice_id, erased)
        await connection.execute(ADVANCE_CHECKPOINTS, practice_id, list(checkpoints), reached)
        done = reached - first
        return Applied(events=done, more=done >= limit or broken, broken=broken)


def parted(checkpoints: Mapping[str, int], *, apart: int) -> tuple[dict[str, int], dict[str, int]]:
    """The views that are in the lead, at most so many events apart, and those farther behind."""
    lead = max(checkpoints.values()) - apart
    leading = {view: position for view, position in checkpoints.items() if position >= lead}
    return leading, {
        view: position for view, position in checkpoints.items() if view not in leading
    }
