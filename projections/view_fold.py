"""Folding events into the table of a view: load what they touch, fold, write what has changed."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from events.keyring import Keyring
from events.postgres import Connection
from events.record import Recorded
from projections.folding import PageFold
from projections.rows import Projection, RowSeal, RowTable, WholeClient


class Needed:
    """The rows that must be there before events can be folded, and those that can not be yet."""

    def __init__(self, projection: Projection, events: Iterable[Recorded]) -> None:
        self.keys: set[UUID] = set()
        self.clients: set[UUID] = set()
        self.founded: set[UUID] = set()
        for recorded in events:
            touched = projection.touches(recorded)
            if recorded.type in projection.founding:
                self.founded.add(recorded.stream_id)
            if not isinstance(touched, WholeClient):
                self.keys.update(touched)
            elif recorded.client_id is not None:
                self.clients.add(recorded.client_id)
        self.keys -= self.founded


class ViewFold:
    """One practice's rows of one view: `add` as many batches as memory allows, then `flush`."""

    def __init__(self, table: RowTable, practice_id: UUID, keyring: Keyring) -> None:
        self._table = table
        self._practice_id = practice_id
        self._keyring = keyring
        self._forget()

    def _forget(self) -> None:
        self._fold = PageFold(self._table.projection)
        self._keys: set[UUID] = set()
        self._clients: set[UUID] = set()
        self.events = 0

    @property
    def rows(self) -> int:
        """How many rows are held in memory, or are known not to be there."""
        return len(self._keys)

    async def add(self, connection: Connection, events: Iterable[Recorded]) -> None:
        """Fold events that follow those added before; those of no interest here are passed over."""
        types = self._table.projection.types
        wanted = [one for one in events if one.type in types]
        if not wanted:
            return
        needed = Needed(self._table.projection, wanted)
        if keys := needed.keys - self._keys:
            await self._load(connection, self._table.load_keys, keys)
        if clients := needed.clients - self._clients:
            await self._load(connection, self._table.load_clients, clients)
        self._keys |= needed.keys | needed.founded
        self._clients |= needed.clients
        self._fold.apply_all(wanted)
        self.events += len(wanted)

    async def _load(self, connection: Connection, query: str, asked: set[UUID]) -> None:
        rows = await connection.fetch(query, self._practice_id, asked)
        # What is in memory already may have changed since it was written.
        rows = [row for row in rows if row["key"] not in self._keys]
        self._keys.update(row["key"] for row in rows)
        await self._open(rows)

    async def _open(self, rows: Sequence[asyncpg.Record]) -> None:
        keys = await self._keyring.load(self._practice_id, {row["client_id"] for row in rows})
        row_seal = RowSeal(self._table.projection, self._practice_id)
        for row in rows:
            key = keys.get(row["client_id"])
            if key is not None:
                opened = row_seal.open(key, row["key"], row["body"])
                self._fold.load(row["client_id"], row["key"], opened)

    async def flush(self, connection: Connection, *, copying: bool = False) -> None:
        """Write what has changed, and forget it.

        With `copying` rows that are not there yet go in by COPY: for a table that nobody else
        writes.
        """
        table, practice_id = self._table, self._practice_id
        changed = self._fold.changed()
        self._forget()
        keys = await self._keyring.load(practice_id, {one.client_id for one in changed})
        if gone := [one.key for one in changed if one.row is None]:
            await connection.execute(table.delete_keys, practice_id, gone)
        kept = [one for one in changed if one.row is not None]
        fresh = [one for one in kept if one.fresh] if copying else []
        known = [one for one in kept if not one.fresh] if copying else kept
        if values := table.values(practice_id, fresh, keys):
            await table.copy(connection, practice_id, values)
        if values := table.values(practice_id, known, keys):
            await table.write(connection, practice_id, values)
