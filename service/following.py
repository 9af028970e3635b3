"""Following a practice's log: waiting until there is something to tell."""

import asyncio
from collections.abc import Collection
from uuid import UUID

import msgspec

from projections.feed_page import FeedPage, read_feed
from projections.told_event import ToldEvent
from service.wakeups import LOOK_SECONDS, rung
from service.wiring import Cairn


class FeedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All events of the types asked for after one position, and up to `next`.

    Ask for what comes after `next`, and nothing is missed and nothing comes twice, whatever
    happens in between. `head` is the last position there is: with `next` there, nothing more has
    happened yet.
    """

    items: list[ToldEvent]
    next: int
    head: int


async def followed(
    cairn: Cairn,
    practice_id: UUID,
    *,
    after: int,
    limit: int,
    types: Collection[str],
    wait_seconds: float,
) -> FeedPage:
    """The first page with an event in it, or the last there was when the time was over."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + wait_seconds
    if wait_seconds <= 0:  # Nobody has to listen for that.
        return await read_feed(cairn.pool, practice_id, after=after, limit=limit, types=types)
    with cairn.wakeups.bell(practice_id) as bell:
        while True:
            bell.clear()
            page = await read_feed(cairn.pool, practice_id, after=after, limit=limit, types=types)
            left = give_up_at - loop.time()
            if page.items or left <= 0 or after > page.head:
                return page
            after = page.next
            if page.next == page.head:
                await rung(bell, min(left, LOOK_SECONDS))
