"""Folding events into the table of a view: load what they touch, fold, write what has changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from events import practice
from events.keyring import Keyring
from events.postgres import READ_STREAM, Connection, unsealed
from events.practice import Practice
from events.record import Recorded, Unreadable
from projections.folding import USUAL, PageFold
from projections.rows import ChangedRow, Projection, RowSeal, RowTable

# Rows that are settled anew at once, when their practice has chosen other settings.
SETTLED_ROWS = 500


class Needed:
    """The rows that must be there before events can be folded, and those that can not be yet."""

    def __init__(self, projection: Projection, events: Iterable[Recorded]) -> None:
        self.keys: set[UUID] = set()
        self.clients: set[UUID] = set()
        self.founded: set[UUID] = set()
        touches, founding = projection.touches, projection.founding
        for recorded in events:
            if recorded.type in founding:
                self.founded.add(recorded.stream_id)
            touched = touches(recorded)
            if isinstance(touched, tuple):
                self.keys.update(touched)
            elif recorded.client_id is not None:
                self.clients.add(recorded.client_id)
        self.keys -= self.founded


def dealt(projections: Sequence[Projection], events: Iterable[Recorded]) -> list[list[Recorded]]:
    """For each of these views its own events, in their order: one pass, however many views."""
    piles: list[list[Recorded]] = [[] for _ in projections]
    wanting: defaultdict[str, list[list[Recorded]]] = defaultdict(list)
    for projection, pile in zip(projections, piles, strict=True):
        for type_ in projection.types | projection.settings:
            wanting[type_].append(pile)
    for recorded in events:
        for pile in wanting[recorded.type]:
            pile.append(recorded)
    return piles


class ViewFold:
    """One practice's rows of one view: `add` as many batches as memory allows, then `flush`.

    With `empty` the table has none of them yet, and is not asked for any until the first flush.
    """

    def __init__(
        self, table: RowTable, practice_id: UUID, keyring: Keyring, *, empty: bool = False
    ) -> None:
        self._table = table
        self._practice_id = practice_id
        self._keyring = keyring
        self._empty = empty
        self._forget()

    def _forget(self) -> None:
        self._fold = PageFold(self._table.projection)
        self._keys: set[UUID] = set()
        self._clients: set[UUID] = set()
        self._settings_changed = False
        self.events = 0

    @property
    def rows(self) -> int:
        """How many rows are held in memory, or are known not to be there."""
        return len(self._keys)

    async def add(self, connection: Connection, events: Sequence[Recorded]) -> None:
        """Fold events of this view, as `dealt` tells them, that follow those added before."""
        settings = self._table.projection.settings
        if settings and any(one.type in settings for one in events):
            self._settings_changed = True
            events = [one for one in events if one.type not in settings]
        if not events:
            return
        needed = Needed(self._table.projection, events)
        if keys := needed.keys - self._keys:
            await self._load(connection, self._table.load_keys, keys)
        if clients := needed.clients - self._clients:
            await self._load(connection, self._table.load_clients, clients)
        self._keys |= needed.keys | needed.founded
        self._clients |= needed.clients
        self._fold.apply_all(events)
        self.events += len(events)

    async def _load(self, connection: Connection, query: str, asked: set[UUID]) -> None:
        if self._empty:
            return
        rows = await connection.fetch(query, self._practice_id, asked)
        # What is in memory already may have changed since it was written.
        rows = [row for row in rows if row["key"] not in self._keys]
        self._keys.update(row["key"] for row in rows)
        if followed := await self._open(rows) - self._keys:
            self._keys |= followed
            await self._open(
                await connection.fetch(self._table.load_keys, self._practice_id, followed)
            )

    async def _open(self, rows: Sequence[asyncpg.Record]) -> set[UUID]:
        """Take rows into memory; answers which others must be there with them."""
        followed: set[UUID] = set()
        keys = await self._keyring.load(self._practice_id, {row["client_id"] for row in rows})
        row_seal = RowSeal(self._table.projection, self._practice_id)
        for row in rows:
            key = keys.get(row["client_id"])
            if key is not None:
                opened = row_seal.open(key, row["key"], row["body"])
                self._fold.load(row["client_id"], row["key"], opened)
                followed.update(self._table.projection.follows(opened))
        return followed

    async def flush(self, connection: Connection, *, copying: bool = False) -> None:
        """Write what has changed, and forget it.

        With `copying` rows that are not there yet go in by COPY: for a table that nobody else
        writes.
        """
        table, practice_id = self._table, self._practice_id
        anew = self._settings_changed
        settings = await self._settings(connection) if anew or self.events else USUAL
        changed = self._fold.changed(settings)
        self._forget()
        self._empty = False
        keys = await self._keyring.load(practice_id, {one.client_id for one in changed})
        if gone := [one.key for one in changed if one.row is None]:
            await connection.execute(table.delete_keys, practice_id, gone)
        kept = [one for one in changed if one.row is not None]
        fresh = [one for one in kept if one.fresh] if copying else []
        known = [one for one in kept if not one.fresh] if copying else kept
        if fresh:
            await table.copy(connection, practice_id, table.values(practice_id, fresh, keys))
        if values := list(table.values(practice_id, known, keys)):
            await table.write(connection, practice_id, values)
        if anew:
            await self._settle_anew(connection, settings)

    async def _settings(self, connection: Connection) -> Practice:
        """What the practice has chosen, as its own stream says now.

        That may be more than these events have come to: then the event that says so is still
        to come, and settles every row again.
        """
        if self._table.projection.settle_by is None:
            return USUAL
        rows = await connection.fetch(
            READ_STREAM, self._practice_id, practice.CATEGORY, self._practice_id
        )
        past = await unsealed(self._keyring, self._practice_id, rows)
        chosen: list[Any] = [one.event for one in past if not isinstance(one.event, Unreadable)]
        return practice.decider.fold(chosen)

    async def _settle_anew(self, connection: Connection, settings: Practice) -> None:
        """Every row of the practice by its new settings; a row stays where it is in the log."""
        table, practice_id = self._table, self._practice_id
        row_seal = RowSeal(table.projection, practice_id)
        after: UUID | None = None
        is_full = True
        # It ends with the table: every page begins after the keys of the one before it.
        while is_full:
            rows = await connection.fetch(table.load_page, practice_id, after, SETTLED_ROWS)
            keys = await self._keyring.load(practice_id, {row["client_id"] for row in rows})
            changed = []
            for row in rows:
                key = keys.get(row["client_id"])
                if key is None:
                    continue
                old = row_seal.open(key, row["key"], row["body"])
                new = table.projection.settled(old, settings)
                if new != old:
                    changed.append(
                        ChangedRow(row["key"], row["client_id"], row["position"], new, fresh=False)
                    )
            if values := list(table.values(practice_id, changed, keys)):
                await table.write(connection, practice_id, values)
            is_full = len(rows) == SETTLED_ROWS
            after = rows[-1]["key"] if rows else after
