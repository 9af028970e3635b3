"""Bringing the views of one practice forward by one batch, in one transaction."""

from collections.abc import Sequence
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


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one batch did. `held` is False where another runner has the practice.

    `more` says that the log may go on; `broken` that the next event does not open.
    """

    events: int = 0
    held: bool = True
    more: bool = False
    broken: bool = False


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
        """Apply at most `limit` events. Raises BrokenEvent where the very next one is broken."""
        if practice_id not in self._ensured:
            await self._pool.execute(ENSURE_CHECKPOINTS, practice_id, self._names)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    with uncollected():
                        return await self._batch(connection, practice_id, limit)
            except asyncpg.InvalidCachedStatementError:
                # A rebuild has swapped a table: the next attempt plans anew.
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable: ATTEMPTS is at least 1")

    async def _batch(self, connection: Connection, practice_id: UUID, limit: int) -> Applied:
        rows = await connection.fetch(HOLD_CHECKPOINTS, practice_id, self._names)
        if not rows:
            self._ensured.discard(practice_id)
            return Applied(held=False)
        checkpoints = {row["view"]: row["position"] for row in rows}
        if len(checkpoints) == len(self._names):
            self._ensured.add(practice_id)
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
        events = reached - first
        return Applied(events=events, more=events >= limit or broken, broken=broken)
