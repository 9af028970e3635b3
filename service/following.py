"""Following a practice's log: waiting until there is something to tell."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import msgspec

from events.database_faults import is_outage
from projections.epochs import Epochs, LogRestored
from projections.feed_page import FeedPage, read_feed
from projections.told_event import ToldEvent
from service.streams import Batch, Block, StreamEnded
from service.tails import Tail
from service.wiring import Cairn

# Some 40 KB: what is written for a reader that does not read.
BATCH_EVENTS: Final = 100
OUTAGE_PAUSE_SECONDS: Final = 1.0


class FeedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All events of the types asked for after one position, and up to `next`.

    Ask for what comes after `next`, and nothing is missed and nothing comes twice, whatever
    happens in between. `head` is the last position there is: with `next` there, nothing more has
    happened yet. `epoch` names the log as it is now, and changes when the log is restored from a
    backup. Send `epoch` along with `next`: then a log that has other events there is refused.
    """

    items: list[ToldEvent]
    next: int
    head: int
    epoch: UUID


async def followed(
    cairn: Cairn,
    practice_id: UUID,
    *,
    after: int,
    limit: int,
    types: Collection[str],
    wait_seconds: float,
) -> FeedPage:
    """The first page with an event in it, or the last there was when the time was over.

    Raises LogRestored where the end of the log is gone, also if that is noticed meanwhile.
    """
    cairn.epochs.require_telling()
    page = await read_feed(
        cairn.pool, cairn.keyring, practice_id, after=after, limit=limit, types=types
    )
    if wait_seconds <= 0 or page.items or after > page.head:  # Nobody has to wait for that.
        return page
    with cairn.tails.following(practice_id) as tail:
        found = await tail.page(
            after=page.next, limit=limit, types=types, wait_seconds=wait_seconds
        )
    cairn.epochs.require_telling()
    return FeedPage(items=[one.event for one in found.items], next=found.next, head=found.head)


class FeedSource:
    """The feed as a stream tells it: an event's id is its position."""

    def __init__(self, tail: Tail, types: Collection[str], epochs: Epochs) -> None:
        self._tail = tail
        self._epochs = epochs
        self._types = frozenset(types)

    async def batch(self, after: int, *, wait_seconds: float) -> Batch:
        try:
            page = await self._tail.page(
                after=after, limit=BATCH_EVENTS, types=self._types, wait_seconds=wait_seconds
            )
            self._epochs.require_telling()
        except LogRestored:
            raise StreamEnded("restored") from None
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(min(wait_seconds, OUTAGE_PAUSE_SECONDS))
            return Batch((), after)
        if after > page.head:
            raise StreamEnded("ahead")
        return Batch(
            [Block(one.event.position, one.event.type, one.told_json) for one in page.items],
            page.next,
        )


@contextmanager
def feed_source(cairn: Cairn, practice_id: UUID, types: Collection[str]) -> Iterator[FeedSource]:
    with cairn.tails.following(practice_id) as tail:
        yield FeedSource(tail, types, cairn.epochs)
