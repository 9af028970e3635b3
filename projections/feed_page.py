"""The log as those who follow it read it: pages without a hole, and only what lies in clear.

Positions become visible in the order in which they are given, so whoever has read up to one has
missed nothing before it.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from events.catalogue import types as event_types
from events.keyring import Keyring
from events.postgres import HEAD, LAST_POSITION, Connection
from projections.newer_release import until_newer
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


class NewEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Events of every known type after one position and up to `reached`; whether that is all."""

    items: list[FeedEvent]
    reached: int
    is_all: bool


async def read_feed(
    pool: asyncpg.Pool,
    keyring: Keyring,
    practice_id: UUID,
    *,
    after: int,
    limit: int,
    types: Collection[str],
) -> FeedPage:
    """At most `limit` events after a position; the next page begins after this one's `next`."""
    head: int = await pool.fetchval(HEAD, practice_id) or 0
    until = min(head, after + SPAN_POSITIONS)
    rows = await pool.fetch(READ_FEED, practice_id, after, until, list(types), limit, EVERY_TYPE)
    told, newer = await until_newer(pool, keyring, practice_id, rows, EVERY_TYPE)
    if newer is not None:  # Whoever follows is not to step over it: to them the log ends here.
        head = until = newer - 1
    elif len(rows) == limit:  # Some of them may be passed over: the page is shorter then.
        until = rows[-1]["position"]
    return FeedPage(items=[FeedEvent(**row) for row in told], next=until, head=head)


async def read_newer(
    connection: Connection, keyring: Keyring, practice_id: UUID, *, after: int, limit: int
) -> NewEvents:
    """At most `limit` events of every type after a position, mostly in one round trip.

    One statement sees whole appends in their order, so the last of them is how far the log has
    been read: nobody has to be asked for its head.
    """
    rows = await connection.fetch(
        READ_FEED, practice_id, after, LAST_POSITION, EVERY_TYPE, limit, EVERY_TYPE
    )
    told, newer = await until_newer(connection, keyring, practice_id, rows, EVERY_TYPE)
    last = rows[-1]["position"] if rows else after
    return NewEvents(
        items=[FeedEvent(**row) for row in told],
        reached=last if newer is None else newer - 1,
        is_all=newer is not None or len(rows) < limit,
    )
