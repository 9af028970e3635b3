"""Bad events, as a bad disk, a bad release or somebody with the owner's rights make them."""

from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
from msgspec.structs import replace

from events.keyring import Keyring
from events.postgres import place
from events.record import DIGEST_BYTES
from events.sealing import seal
from events.store import EventStore
from projections.catalogue import PROJECTIONS
from projections.rows import Projection
from tests.conftest import Database
from tests.projections.conftest import Record
from tests.projections.past import ANNA, PRACTICE

PUT = """
INSERT INTO event_log (
  practice_id, position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at
)
VALUES (
  $1, $2, $3, 1, $4, $5, $6, $7, 'app:new', gen_random_uuid(), gen_random_uuid(), now(), now()
)
"""

APPEND_ONLY = "ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only"

MOOD_VIEWS = {one.name for one in PROJECTIONS if "mood.logged.v1" in one.types}


class Kept(Protocol):
    """A record: its log, and the keys to it."""

    @property
    def keyring(self) -> Keyring: ...

    @property
    def store(self) -> EventStore: ...


class BadFold(Exception):
    """A fold can not take an event."""


async def as_owner(database: Database, statement: str, *asked: Any) -> None:
    """Change what nobody may change, as somebody who can do anything could."""
    connection = await asyncpg.connect(database.admin)
    try:
        async with connection.transaction():
            await connection.execute("ALTER TABLE event_log DISABLE TRIGGER ALL")
            await connection.execute(statement, *asked)
            await connection.execute(APPEND_ONLY)
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


async def put(
    record: Kept,
    database: Database,
    type_: str,
    *,
    client_id: UUID | None = ANNA,
    said: str | None = "{}",
    practice_id: UUID = PRACTICE,
    stream_id: UUID | None = None,
) -> int:
    """An event that this release would not append, at the end of the log; answers its position.

    It is rightly sealed, as by another release, unless nothing is `said` in it.
    """
    stream_id = stream_id or uuid4()
    keys = await record.keyring.load(practice_id, [client_id or practice_id])
    place_ = place(practice_id, stream_id, 1, type_)
    body = b"\x02x"
    if said is not None:
        plain = bytes(DIGEST_BYTES) + said.encode()
        body = seal(keys[client_id or practice_id], plain, context=place_)
    head = await record.store.head(practice_id)
    await as_owner(
        database, PUT, practice_id, head + 1, stream_id, type_.partition(".")[0], client_id, type_,
        body,
    )  # fmt: skip
    await as_owner(
        database,
        "UPDATE practice_log SET position = $2 WHERE practice_id = $1",
        practice_id,
        head + 1,
    )
    return head + 1
