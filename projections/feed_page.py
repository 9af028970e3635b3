"""The log as those who follow it read it: pages without a hole, and only what lies in clear.

Positions become visible in the order in which they are given, so whoever has read up to one has
missed nothing before it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from events.codec import types as event_types
from events.postgres import HEAD, LAST_POSITION, Connection
from projections.sql import statement

READ_FEED = statement("read_feed")
EVERY_TYPE = list(event_types())
# How far a page looks for events of the types asked for, at most.
SPAN_POSITIONS = 20_000


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """That something happened, to whom and when: what is in it is sealed, and left where it is."""

    position: int
    type: str
    category: str
    stream_id: UUID
    version: int
    client_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime


class FeedPage(msgspec.Struct, frozen=True, kw_only=True):
    """All events of the types asked for after one position and up to `next`.

    `head` is the last position there was: with `next` there, nothing more has happened yet.
    """

    items: list[FeedEvent]
    next: int
    head: int


async def read_feed(
    pool: asyncpg.Pool, practice_id: UUID, *, after: int, limit: int, types: Collection[str]
) -> FeedPage:
    """At most `limit` events after a position; the next page begins after this one's `next`."""
    head: int = await pool.fetchval(HEAD, practice_id) or 0
    until = min(head, after + SPAN_POSITIONS)
    rows = await pool.fetch(READ_FEED, practice_id, after, until, list(types), limit, EVERY_TYPE)
    items, unknown = known_among(rows)
    if unknown is not None:  # Whoever follows is not to step over it: to them the log ends here.
        head = until = unknown - 1
        return FeedPage(items=items, next=until, head=head)
    return FeedPage(
        items=items, next=items[-1].position if len(items) == limit else until, head=head
    )


async def read_newer(
    connection: Connection, practice_id: UUID, *, after: int, limit: int
) -> list[FeedEvent]:
    """At most `limit` events of every type after a position, in one round trip.

    One statement sees whole appends in their order, so the last of them is how far the log has
    been read: nobody has to be asked for its head.
    """
    rows = await connection.fetch(
        READ_FEED, practice_id, after, LAST_POSITION, EVERY_TYPE, limit, EVERY_TYPE
    )
    return known_among(rows)[0]


def known_among(rows: Sequence[asyncpg.Record]) -> tuple[list[FeedEvent], int | None]:
    """The events up to the first of a type that is not known here, and that one's position."""
    items: list[FeedEvent] = []
    for row in rows:
        if row["type"] not in EVERY_TYPE:
            return items, row["position"]
        items.append(FeedEvent(**row))
    return items, None
