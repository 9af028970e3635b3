"""Reading a practice's log batch by batch, opening only what the views want to know."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from events.keyring import Keyring
from events.postgres import READ_PRACTICE, Connection, opened
from events.record import Recorded, Unreadable


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one practice up to `reached`, those of the types asked for.

    `broken` are those that do not open or do not decode. `erased` are clients whose events can no
    longer be read.
    """

    events: list[Recorded]
    broken: list[Recorded]
    reached: int
    erased: set[UUID]


async def read_batch(
    connection: Connection,
    keyring: Keyring,
    practice_id: UUID,
    *,
    after: int,
    limit: int,
    types: Collection[str],
) -> Batch:
    """At most `limit` events after a position."""
    rows = await connection.fetch(READ_PRACTICE, practice_id, after, limit)
    wanted = [row for row in rows if row["type"] in types]
    keys = await keyring.load(practice_id, {row["client_id"] or practice_id for row in wanted})
    events: list[Recorded] = []
    broken: list[Recorded] = []
    erased: set[UUID] = set()
    for row in wanted:
        subject_id = row["client_id"] or practice_id
        key = keys.get(subject_id)
        if key is None:
            erased.add(subject_id)
            continue
        recorded = opened(practice_id, row, key)
        (broken if isinstance(recorded.event, Unreadable) else events).append(recorded)
    reached = rows[-1]["position"] if rows else after
    return Batch(events=events, broken=broken, reached=reached, erased=erased)
