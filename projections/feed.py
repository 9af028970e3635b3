"""Reading a practice's log batch by batch, opening only what the views want to know."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from events.keyring import Keyring
from events.postgres import READ_PRACTICE, Connection, opened
from events.record import Recorded, Unreadable


class BrokenEvent(Exception):
    """An event does not open or does not decode: its views stand still until it is looked at."""

    def __init__(self, practice_id: UUID, position: int) -> None:
        super().__init__(f"practice {practice_id}, position {position}")
        self.practice_id = practice_id
        self.position = position


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one practice up to `reached`, those of the types asked for.

    `erased` are clients whose events can no longer be read. `broken` says that the event after
    `reached` does not open.
    """

    events: list[Recorded]
    reached: int
    erased: set[UUID]
    broken: bool = False


async def read_batch(
    connection: Connection,
    keyring: Keyring,
    practice_id: UUID,
    *,
    after: int,
    limit: int,
    types: Collection[str],
) -> Batch:
    """At most `limit` events after a position. Raises BrokenEvent where the first is broken."""
    rows = await connection.fetch(READ_PRACTICE, practice_id, after, limit)
    wanted = [row for row in rows if row["type"] in types]
    keys = await keyring.load(practice_id, {row["client_id"] or practice_id for row in wanted})
    events: list[Recorded] = []
    erased: set[UUID] = set()
    for row in wanted:
        subject_id = row["client_id"] or practice_id
        key = keys.get(subject_id)
        if key is None:
            erased.add(subject_id)
            continue
        recorded = opened(practice_id, row, key)
        if isinstance(recorded.event, Unreadable):
            reached = row["position"] - 1
            if reached == after:
                raise BrokenEvent(practice_id, row["position"])
            return Batch(events=events, reached=reached, erased=erased, broken=True)
        events.append(recorded)
    reached = rows[-1]["position"] if rows else after
    return Batch(events=events, reached=reached, erased=erased)
