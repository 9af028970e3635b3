"""Folding events into the table of a view: load what they touch, fold, write what has changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from events import practice
from events.catalogue import CODEC
from events.keyring import Keyring
from events.postgres import READ_STREAM, Connection, unsealed
from events.practice import PRACTICE, Practice
from events.record import Recorded, Unreadable
from projections.feed import KNOWN_TYPES, categories_of, read_event
from projections.folding import USUAL, PageFold
from projections.refold import ROW_FAULTS, Refold
from projections.rows import ChangedRow, Projection, RowSeal, RowTable
from projections.set_aside import MOST_SET_ASIDE, Aside, aside, fault_of, unopened
from projections.sql import statement

READ_ASIDE_OF_PRACTICE = statement("read_aside_of_practice")

# Rows that are settled anew at once, when their practice has chosen other settings.
SETTLED_ROWS = 500
# Clients that are folded anew within one batch, where a row of theirs can not be made or read.
MOST_REFOLDED: Final = 200


class RowsDoubtful(Exception):
    """Rows of a view can not be written together: its events are to be taken carefully."""

    def __init__(self, view: str) -> None:
        super().__init__(view)
        self.view = view


class Needed:
    """The rows that must be there before events can be folded, and those that can not be yet.

    `events` are those of which this is known; `passed_over` are the others.
    """

    def __init__(self, projection: Projection, events: Iterable[Recorded]) -> None:
        self.keys: set[UUID] = set()
        self.clients: set[UUID] = set()
        self.founded: set[UUID] = set()
        self.events: list[Recorded] = []
        self.passed_over: list[Aside] = []
        touches, founding = projection.touches, projection.founding
        for recorded in events:
            try:
                touched = touches(recorded)
            except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
                self.passed_over.append(aside(recorded, error))
                continue
            self.events.append(recorded)
            if recorded.type in founding:
                self.founded.add(recorded.stream_id)
            if isinstance(touched, tuple):
                self.keys.update(touched)
            elif recorded.client_id is not None:
                self.clients.add(recorded.client_id)
        self.keys -= self.founded


def dealt(projections: Sequence[Projection], events: Iterable[Recorded]) -> list[list[Recorded]]:
    """For each of these views its own events, in their order: one pass, however many views.

    One of a type that is not known here goes to every view that takes events of its category.
    """
    piles: list[list[Recorded]] = [[] for _ in projections]
    wanting: defaultdict[str, list[list[Recorded]]] = defaultdict(list)
    by_category: defaultdict[str, list[list[Recorded]]] = defaultdict(list)
    for projection, pile in zip(projections, piles, strict=True):
        types = projection.types | projection.settings
        for type_ in types:
            wanting[type_].append(pile)
        for category in categories_of(types):
            by_category[category].append(pile)
    for recorded in events:
        known = recorded.type in KNOWN_TYPES
        for pile in wanting[recorded.type] if known else by_category[recorded.category]:
            pile.append(recorded)
    return piles


class ViewFold:
    """One practice's rows of one view: `add` as many batches as memory allows, then `flush`.

    With `empty` the table has none of them yet, and is not asked for any until the first flush.
    With `careful` rows that can not be written together are found out client by client; else
    RowsDoubtful is raised, and whoever calls begins again carefully.

    `asides` are the events that were passed over since `flush` was called last, and `refolded` the
    clients that were folded from their first event meanwhile.
    """

    def __init__(
        self,
        table: RowTable,
        practice_id: UUID,
        keyring: Keyring,
        *,
        empty: bool = False,
        careful: bool = False,
    ) -> None:
        self._table = table
        self._practice_id = practice_id
        self._keyring = keyring
        self._empty = empty
        self._careful = careful
        self.asides: list[Aside] = []
        self.refolded: set[UUID] = set()
        self._forget()

    def _forget(self) -> None:
        self._fold = PageFold(self._table.projection)
        self._keys: set[UUID] = set()
        self._clients: set[UUID] = set()
        self._doubtful: set[UUID] = set()
        self._passed_over: list[Aside] = []
        self._settings: list[Recorded] = []
        self.events = 0

    @property
    def rows(self) -> int:
        """How many rows are held in memory, or are known not to be there."""
        return len(self._keys)

    async def add(
        self, connection: Connection, events: Sequence[Recorded], broken: Sequence[Recorded] = ()
    ) -> None:
        """Fold events of this view, as `dealt` tells them, that follow those added before.

        `broken` are those among them that do not open.
        """
        self._passed_over += [found for one in broken if (found := unopened(one)) is not None]
        settings = self._table.projection.settings
        if settings and any(one.type in settings for one in events):
            self._settings += [one for one in events if one.type in settings]
            events = [one for one in events if one.type not in settings]
        if not events:
            return
        needed = Needed(self._table.projection, events)
        self._passed_over += needed.passed_over
        if keys := needed.keys - self._keys:
            await self._load(connection, self._table.load_keys, keys)
        if clients := needed.clients - self._clients:
            await self._load(connection, self._table.load_clients, clients)
        self._keys |= needed.keys | needed.founded
        self._clients |= needed.clients
        self._fold.apply_all(needed.events)
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
            if key is None:
                continue
            try:
                opened = row_seal.open(key, row["key"], row["body"])
                followed.update(self._table.projection.follows(opened))
            except Exception as error:  # noqa: BLE001 - the log has what the row should be
                self._doubt(row["client_id"], error)
            else:
                self._fold.load(row["client_id"], row["key"], opened)
        return followed

    def _doubt(self, client_id: UUID, error: Exception) -> None:
        """A row of this client can not be read or made: the client is to be folded anew."""
        fault_of(error)
        self._doubtful.add(client_id)

    async def flush(self, connection: Connection, *, until: int, copying: bool = False) -> None:
        """Write what has changed, and forget it; the view has then reached the position `until`.

        With `copying` rows that are not there yet go in by COPY: for a table that nobody else
        writes. Raises RowsDoubtful, unless it works carefully.
        """
        anew = self._settings
        settings = await self._chosen(connection, until) if anew or self.events else USUAL
        changed = self._fold.changed(settings, failed=self._doubt)
        keys = await self._keyring.load(self._practice_id, {one.client_id for one in changed})
        await self._write(connection, changed, keys, copying=copying)
        if anew:
            await self._settle_anew(connection, settings, anew)
        if len(self._doubtful) > MOST_REFOLDED and not self._careful:
            raise RowsDoubtful(self._table.projection.name)
        passed_over = [*self._passed_over, *self._fold.passed_over]
        doubtful = self._doubtful
        self._forget()
        self._empty = False
        self.asides += [one for one in passed_over if one.client_id not in doubtful]
        await self.refold(connection, doubtful, until=until, settings=settings)

    async def refold(
        self, connection: Connection, clients: Iterable[UUID], *, until: int, settings: Practice
    ) -> None:
        """Fold these clients from their first event up to a position."""
        refold = Refold(
            self._table, self._practice_id, self._keyring, until=until, settings=settings
        )
        for client_id in sorted(clients):
            self.asides += await refold.client(connection, client_id)
            self.refolded.add(client_id)

    async def try_again(self, connection: Connection, subject_id: UUID, *, until: int) -> None:
        """Everything of one client from the first event on; of the practice, all it has chosen."""
        if subject_id != self._practice_id:
            settings = await self._chosen(connection, until)
            await self.refold(connection, [subject_id], until=until, settings=settings)
            return
        rows = await connection.fetch(
            READ_STREAM, self._practice_id, PRACTICE.category, self._practice_id
        )
        chosen = [
            one
            for one in await unsealed(self._keyring, self._practice_id, rows, codec=CODEC)
            if one.type in self._table.projection.settings and one.position <= until
        ]
        broken = [one for one in chosen if isinstance(one.event, Unreadable)]
        await self.add(connection, [one for one in chosen if one not in broken], broken)
        await self.flush(connection, until=until)
        self.asides += await self._still_unopened(connection, {one.position for one in chosen})
        self.refolded.add(self._practice_id)

    async def _still_unopened(
        self, connection: Connection, looked_at: Collection[int]
    ) -> list[Aside]:
        """What is set aside of the practice, beside these positions, and can not be read yet.

        It concerns no client, and may be no choice of the practice: an event of a client, for
        example, that somebody has put into the log without the client.
        """
        view, practice_id = self._table.projection.name, self._practice_id
        rows = await connection.fetch(READ_ASIDE_OF_PRACTICE, practice_id, view, MOST_SET_ASIDE)
        keys = await self._keyring.load(practice_id, [practice_id])
        key = keys.get(practice_id)
        found = [
            None if key is None else unopened(read_event(practice_id, row, key))
            for row in rows
            if row["position"] not in looked_at
        ]
        return [one for one in found if one is not None]

    async def _write(
        self,
        connection: Connection,
        changed: Sequence[ChangedRow],
        keys: dict[UUID, Any],
        *,
        copying: bool,
    ) -> None:
        try:
            if not self._careful:
                return await self._write_rows(connection, changed, keys, copying=copying)
            async with connection.transaction():
                await self._write_rows(connection, changed, keys, copying=copying)
        except ROW_FAULTS as error:
            if not self._careful:
                raise RowsDoubtful(self._table.projection.name) from error
            self._doubtful.update(one.client_id for one in changed)

    async def _write_rows(
        self,
        connection: Connection,
        changed: Sequence[ChangedRow],
        keys: dict[UUID, Any],
        *,
        copying: bool,
    ) -> None:
        table, practice_id = self._table, self._practice_id
        if gone := [one.key for one in changed if one.row is None]:
            await connection.execute(table.delete_keys, practice_id, gone)
        kept = [one for one in changed if one.row is not None]
        fresh = [one for one in kept if one.fresh] if copying else []
        known = [one for one in kept if not one.fresh] if copying else kept
        if fresh:
            values = table.values(practice_id, fresh, keys, failed=self._doubt)
            await table.copy(connection, practice_id, values)
        if written := list(table.values(practice_id, known, keys, failed=self._doubt)):
            await table.write(connection, practice_id, written)

    async def _chosen(self, connection: Connection, until: int) -> Practice:
        """What the practice has chosen, as its own stream says now.

        That may be more than these events have come to: then the event that says so is still
        to come, and settles every row again. A choice that can not be taken is passed over.
        """
        chosen = USUAL
        if self._table.projection.settle_by is None:
            return chosen
        rows = await connection.fetch(
            READ_STREAM, self._practice_id, PRACTICE.category, self._practice_id
        )
        for one in await unsealed(self._keyring, self._practice_id, rows, codec=CODEC):
            if isinstance(one.event, Unreadable):
                continue
            try:
                chosen = practice.evolve(chosen, one.event)  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
                if one.type in self._table.projection.settings and one.position <= until:
                    self._passed_over.append(aside(one, error))
        return chosen

    async def _settle_anew(
        self, connection: Connection, settings: Practice, chosen: Sequence[Recorded]
    ) -> None:
        """Every row of the practice by its new settings; a row stays where it is in the log.

        A row that the settings can not be put to stays as it is, and the last choice is set aside.
        """
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
                try:
                    old = row_seal.open(key, row["key"], row["body"])
                except Exception as error:  # noqa: BLE001 - the log has what the row should be
                    self._doubt(row["client_id"], error)
                    continue
                try:
                    new = table.projection.settled(old, settings)
                except Exception as error:  # noqa: BLE001 - whatever it raises, the others go on
                    self._passed_over.append(aside(chosen[-1], error))
                    continue
                if new != old:
                    changed.append(
                        ChangedRow(row["key"], row["client_id"], row["position"], new, fresh=False)
                    )
            await self._write(connection, changed, keys, copying=False)
            is_full = len(rows) == SETTLED_ROWS
            after = rows[-1]["key"] if rows else after
