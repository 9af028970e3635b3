"""Bad events, as a bad disk, a bad release or somebody with the owner's rights make them."""

from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from projections.catalogue import PROJECTIONS
from projections.rows import Projection
from tests.conftest import Database
from tests.projections.conftest import Record
from tests.projections.past import PRACTICE


class BadFold(Exception):
    """A fold can not take an event."""


async def as_owner(database: Database, statement: str, *asked: Any) -> None:
    """Change what nobody may change, as somebody who can do anything could."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("ALTER TABLE event_log DISABLE TRIGGER ALL")
        await connection.execute(statement, *asked)
    finally:
        await connection.close()


async def break_body(database: Database, position: int, practice_id: UUID = PRACTICE) -> None:
    """A body that does not open any more."""
    await as_owner(
        database,
        "UPDATE event_log SET body = body || 'x' WHERE practice_id = $1 AND position = $2",
        practice_id,
        position,
    )


async def mend_body(database: Database, position: int, practice_id: UUID = PRACTICE) -> None:
    """The body as it was before `break_body`."""
    await as_owner(
        database,
        "UPDATE event_log SET body = substring(body FROM 1 FOR length(body) - 1)"
        " WHERE practice_id = $1 AND position = $2",
        practice_id,
        position,
    )


def failing(view: str, *positions: int) -> list[Projection]:
    """The views, of which one can not take what lies at these positions."""

    def bad(one: Projection) -> Projection:
        def evolve(page: Any, recorded: Any) -> Any:
            if recorded.position in positions:
                raise BadFold
            return one.evolve(page, recorded)

        return replace(one, evolve=evolve)

    return [bad(one) if one.name == view else one for one in PROJECTIONS]


def with_view(view: str, **changes: Any) -> list[Projection]:
    """The views, one of them changed."""
    return [replace(one, **changes) if one.name == view else one for one in PROJECTIONS]


async def aside(record: Record, practice_id: UUID = PRACTICE) -> set[tuple[str, int, str]]:
    """What is set aside: view, position, and the name of what was raised."""
    rows = await record.pool.fetch(
        "SELECT view, position, why FROM views.set_aside WHERE practice_id = $1", practice_id
    )
    return {tuple(row.values()) for row in rows}
