"""One client's rows of one view, again from the log: event by event, so that a bad one is found."""

from typing import Any
from uuid import UUID

import asyncpg

from events.keyring import Keyring
from events.postgres import READ_CLIENT, Connection
from events.practice import Practice
from events.record import Unreadable
from events.store import PAGE_LIMIT
from projections.feed import categories_of, is_wanted, read_event
from projections.folding import PageFold
from projections.rows import ChangedRow, RowOfAnotherClient, RowSeal, RowTable
from projections.set_aside import Aside, fault_of, unopened

# What is said of a row that can not be held: by the database, or on the way into a COPY.
ROW_FAULTS = (
    OverflowError,
    TypeError,
    ValueError,
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    RowOfAnotherClient,
)


class Refold:
    """Folds clients of one practice anew for one view, up to a position that the view has reached.

    Slower than a batch: after every event the rows that it made are settled and sealed, so an event
    that makes a row nobody could write down is passed over before it has changed anything.
    """

    def __init__(
        self,
        table: RowTable,
        practice_id: UUID,
        keyring: Keyring,
        *,
        until: int,
        settings: Practice,
    ) -> None:
        self._table = table
        self._practice_id = practice_id
        self._keyring = keyring
        self._until = until
        self._settings = settings

    async def client(self, connection: Connection, client_id: UUID) -> list[Aside]:
        """Put one client's rows in the place of those there are; answers what was passed over."""
        fold, asides = PageFold(self._table.projection), list[Aside]()
        keys = await self._keyring.load(self._practice_id, [client_id])
        key = keys.get(client_id)
        if key is not None:
            asides = await self._fold(connection, client_id, key, fold)
        await connection.execute(self._table.delete_clients, self._practice_id, [client_id])
        made = [one for one in fold.changed(self._settings) if one.row is not None]
        return [*asides, *await self._write(connection, made, keys)]

    async def _fold(
        self, connection: Connection, client_id: UUID, key: Any, fold: PageFold
    ) -> list[Aside]:
        projection, asides = self._table.projection, list[Aside]()
        row_seal = RowSeal(projection, self._practice_id)
        categories = categories_of(projection.types)

        def try_row(row_key: UUID, row: Any) -> None:
            settled = projection.settled(row, self._settings)
            projection.clear(settled)
            row_seal.seal(key, row_key, settled)

        after, is_full = 0, True
        # It ends with the view's position at the latest: every page begins after the one before.
        while is_full and after < self._until:
            rows = await connection.fetch(
                READ_CLIENT, self._practice_id, client_id, after, PAGE_LIMIT, None
            )
            for row in rows:
                wanted = is_wanted(row, projection.types, categories)
                if not wanted or row["position"] > self._until:
                    continue
                recorded = read_event(self._practice_id, row, key)
                if (found := unopened(recorded)) is not None:
                    asides.append(found)
                elif not isinstance(recorded.event, Unreadable):
                    fold.apply_trying(recorded, try_row)
            is_full = len(rows) == PAGE_LIMIT
            after = rows[-1]["position"] if rows else after
        return [*asides, *fold.passed_over]

    async def _write(
        self, connection: Connection, made: list[ChangedRow], keys: dict[UUID, Any]
    ) -> list[Aside]:
        """Write the rows; a row that the database can not hold goes with its last event."""
        if not made:
            return []
        try:
            await self._write_all(connection, made, keys)
        except ROW_FAULTS as error:
            if len(made) == 1:
                (one,) = made
                why = fault_of(error)
                return [Aside(position=one.position, client_id=one.client_id, why=why)]
            half = len(made) // 2
            first = await self._write(connection, made[:half], keys)
            return [*first, *await self._write(connection, made[half:], keys)]
        return []

    async def _write_all(
        self, connection: Connection, made: list[ChangedRow], keys: dict[UUID, Any]
    ) -> None:
        def failed(_: UUID, error: Exception) -> None:
            raise error

        values = list(self._table.values(self._practice_id, made, keys, failed=failed))
        async with connection.transaction():
            await self._table.write(connection, self._practice_id, values)
