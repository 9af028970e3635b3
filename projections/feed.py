"""Reading a practice's log batch by batch, opening only what the views want to know."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from events.catalogue import CODEC
from events.catalogue import types as event_types
from events.keyring import Keyring
from events.postgres import READ_PRACTICE, Connection, opened
from events.record import Recorded, Unreadable
from events.sealing import Key, SealBroken

KNOWN_TYPES: Final = frozenset(event_types())
# Why an event can not be taken that a newer release has written.
UNKNOWN_TYPE: Final = "UnknownType"


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one practice up to `reached`, those of the types asked for.

    `broken` are those that do not open or do not decode, and those of types that this release does
    not know, in the categories of the types asked for. `erased` are clients whose events can no
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
    categories = categories_of(types)
    wanted = [row for row in rows if is_wanted(row, types, categories)]
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
        recorded = read_event(practice_id, row, key)
        (broken if isinstance(recorded.event, Unreadable) else events).append(recorded)
    reached = rows[-1]["position"] if rows else after
    return Batch(events=events, broken=broken, reached=reached, erased=erased)


def categories_of(types: Collection[str]) -> frozenset[str]:
    """The categories of streams that have events of these types.

    >>> sorted(categories_of(["mood.logged.v1", "mood.corrected.v1", "check_in.logged.v1"]))
    ['check_in', 'mood']
    """
    return frozenset(one.partition(".")[0] for one in types)


def is_wanted(row: asyncpg.Record, types: Collection[str], categories: Collection[str]) -> bool:
    """Whether a row of event_log is of these types, or may be once a release knows its type."""
    type_ = row["type"]
    return type_ in types or (type_ not in KNOWN_TYPES and row["category"] in categories)


def read_event(practice_id: UUID, row: asyncpg.Record, key: Key) -> Recorded:
    """A row of event_log, opened. Of a type that is not known here it is Unreadable, and says so.

    It says so only where a newer release wrote it; see `is_sealed`.
    """
    recorded = opened(practice_id, row, key, codec=CODEC)
    if recorded.type in KNOWN_TYPES or not is_sealed(recorded):
        return recorded
    unknown = Unreadable(type=recorded.type, why=UNKNOWN_TYPE)
    return msgspec.structs.replace(recorded, event=unknown)


def is_sealed(recorded: Recorded) -> bool:
    """Whether the body of an event opened: somebody with the key wrote it, in this very place.

    So an event of a type that is not known here was written by a newer release.
    """
    is_open = not isinstance(recorded.event, Unreadable)
    return is_open or why_unreadable(recorded) not in (None, SealBroken.__name__)


def why_unreadable(recorded: Recorded) -> str | None:
    return recorded.event.why if isinstance(recorded.event, Unreadable) else None
