"""Following a practice's log: what is told of an event, and waiting until there is one."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from projections.feed_page import FeedEvent, FeedPage, read_feed
from service.wakeups import LOOK_SECONDS, rung
from service.wiring import Cairn

# Where somebody looks for what an event of a category is about.
LINKS = {
    "practice": "/v1/practice",
    "template": "/v1/templates/{stream_id}",
    "client": "/v1/clients/{stream_id}",
    "goal": "/v1/goals/{stream_id}",
    "session": "/v1/sessions/{stream_id}",
    "mood": "/v1/clients/{client_id}/trends/mood",
    "check_in": "/v1/clients/{client_id}/goals",
    "assessment": "/v1/clients/{client_id}",
    "suggestion": "/v1/suggestions?client={client_id}",
    "safety_flag": "/v1/clients/{client_id}/safety-flags",
}


class FollowedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """That something happened, and where to look. What is in it is not sent.

    `position` is its place in the practice's log: read it once, whatever happens. `stream_id` is
    what it happened to, `version` its place there, and `link` where that is shown.
    """

    position: int
    type: str
    category: str
    stream_id: UUID
    version: int
    client_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    link: str


class FeedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All events of the types asked for after one position, and up to `next`.

    Ask for what comes after `next`, and nothing is missed and nothing comes twice, whatever
    happens in between. `head` is the last position there is: with `next` there, nothing more has
    happened yet.
    """

    items: list[FollowedEvent]
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


def told(event: FeedEvent) -> FollowedEvent:
    link = LINKS[event.category].format(stream_id=event.stream_id, client_id=event.client_id)
    return FollowedEvent(**msgspec.structs.asdict(event), link=link)
