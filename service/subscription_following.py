"""Following what a subscription tells: waiting until the worker has numbered something more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec

from events.database_faults import is_outage
from events.refusals import Rejected
from projections.epochs import LogRestored
from projections.told_event import NumberedEvent
from service.streams import Batch, Block, StreamEnded
from service.wakeups import LOOK_SECONDS, rung
from service.wiring import Cairn
from workers.outbox import Standing, Subject, read_numbered, read_standing

BATCH_EVENTS: Final = 100
# The log has grown and the worker is about to number what it tells: that is looked at as often.
PLANNING_SECONDS: Final = 0.02
OUTAGE_PAUSE_SECONDS: Final = 1.0

Tell = Callable[[NumberedEvent], NumberedEvent]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what a subscription tells, and how far it had come at least by then."""

    items: list[NumberedEvent]
    standing: Standing


async def told_after(
    cairn: Cairn, subject: Subject, *, after: int, limit: int, wait_seconds: float
) -> Told:
    """The first page with an event in it, or an empty one when the time was over.

    Raises LogRestored where the end of the log is gone, also if that is noticed meanwhile.
    """
    bell = asyncio.Event()
    cairn.epochs.require_telling()
    with cairn.wakeups.ringing(subject[0], bell):
        told = await first_told(
            cairn, subject, bell, after=after, limit=limit, wait_seconds=wait_seconds
        )
    cairn.epochs.require_telling()
    return told


async def first_told(
    cairn: Cairn,
    subject: Subject,
    bell: asyncio.Event,
    *,
    after: int,
    limit: int,
    wait_seconds: float,
) -> Told:
    """The same with a bell that rings when the practice's log has grown."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + wait_seconds
    planning_seconds = PLANNING_SECONDS
    while True:
        bell.clear()
        standing = await read_standing(cairn.pool, subject)
        found: list[NumberedEvent] = []
        if after < standing.last_number:
            found = await read_numbered(cairn.pool, subject, after=after, limit=limit)
        left = give_up_at - loop.time()
        if found or left <= 0 or after > standing.last_number:
            return Told(items=found, standing=standing)
        head = await cairn.store.head(subject[0])
        if standing.planned >= head:
            pause = LOOK_SECONDS
        else:  # A worker that does not come soon is looked for less often.
            pause = planning_seconds = min(2 * planning_seconds, LOOK_SECONDS)
        await rung(bell, min(left, pause))


class SubscriptionSource:
    """What a subscription tells, as a stream: an event's id is its number.

    `require` raises where who reads may not read it any more: it is asked before each batch. `tell`
    says how the reader is told of an event.
    """

    def __init__(
        self,
        cairn: Cairn,
        subject: Subject,
        bell: asyncio.Event,
        require: Callable[[], Awaitable[object]],
        tell: Tell,
    ) -> None:
        self._cairn = cairn
        self._subject = subject
        self._bell = bell
        self._require = require
        self._tell = tell

    async def batch(self, after: int, *, wait_seconds: float) -> Batch:
        try:
            told = await first_told(
                self._cairn,
                self._subject,
                self._bell,
                after=after,
                limit=BATCH_EVENTS,
                wait_seconds=min(wait_seconds, LOOK_SECONDS),
            )
            await self._require()
            self._cairn.epochs.require_telling()
        except LogRestored:
            raise StreamEnded("restored") from None
        except Rejected:
            raise StreamEnded("not_active") from None
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(min(wait_seconds, OUTAGE_PAUSE_SECONDS))
            return Batch((), after)
        if after > told.standing.last_number:
            raise StreamEnded("ahead")
        return Batch(
            [
                Block(one.number, one.type, msgspec.json.encode(self._tell(one)))
                for one in told.items
            ],
            told.items[-1].number if told.items else after,
        )


@contextmanager
def subscription_source(
    cairn: Cairn,
    subject: Subject,
    require: Callable[[], Awaitable[object]],
    *,
    tell: Tell | None = None,
) -> Iterator[SubscriptionSource]:
    """Without `tell` the reader is told of events as an app is, without positions."""
    bell = asyncio.Event()
    practice_id, _ = subject
    with cairn.wakeups.ringing(practice_id, bell):
        yield SubscriptionSource(
            cairn, subject, bell, require, tell or partial(cairn.positions.sealed, practice_id)
        )
