"""The newest end of each practice's log that somebody follows: read once, for all who follow it.

Whoever follows from near the end is served from memory; whoever is further behind reads pages from
the database until they are there.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from uuid import UUID

import asyncpg
import msgspec

from events.database_faults import is_outage
from events.ending import ended
from events.keyring import Keyring
from events.postgres import HEAD
from projections.feed_page import FeedEvent, FeedPage, NewEvents, read_feed, read_newer
from projections.listening import FIRST_PAUSE_SECONDS, rest
from projections.told_event import told
from service.wakeups import LOOK_SECONDS, Wakeups, rung

READ_EVENTS = 500
# So many of the newest events stay in memory, and up to twice as many until they are cut back.
KEPT_EVENTS = 1_000


class KeptEvent:
    """An event, and what is told of it as JSON, which is written once for all who follow."""

    def __init__(self, event: FeedEvent) -> None:
        self.event = event

    @cached_property
    def told_json(self) -> bytes:
        return msgspec.json.encode(told(self.event))


class KeptPage(msgspec.Struct, frozen=True, kw_only=True):
    """A FeedPage whose events may have been told to others before."""

    items: list[KeptEvent]
    next: int
    head: int


class Tail:
    """The end of one practice's log. Its task reads while somebody follows, and outlives outages.

    `kept` has every event that is told after `floor` and up to `position`; both are None before
    the first look.
    """

    def __init__(
        self, practice_id: UUID, *, pool: asyncpg.Pool, keyring: Keyring, wakeups: Wakeups
    ) -> None:
        self.practice_id = practice_id
        self.followers = 0
        self.kept: list[KeptEvent] = []
        self.floor: int | None = None
        self.position: int | None = None
        self._pool = pool
        self._keyring = keyring
        self._wakeups = wakeups
        self._bell = asyncio.Event()
        self._grown = asyncio.Event()
        self.task = asyncio.create_task(self._read(), name="tail")
        self.task.add_done_callback(lambda _: self._tell())

    async def page(
        self, *, after: int, limit: int, types: Collection[str], wait_seconds: float
    ) -> KeptPage:
        """The first page with an event in it, or the last there was when the time was over.

        Raises what reading the database raises, if this follower is too far behind for the memory.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + wait_seconds
        while True:
            grown = self._grown
            page = self._remembered(after, limit, types)
            if page is None:
                page = kept(
                    await read_feed(
                        self._pool,
                        self._keyring,
                        self.practice_id,
                        after=after,
                        limit=limit,
                        types=types,
                    )
                )
            left = give_up_at - loop.time()
            if page.items or left <= 0 or after > page.head:
                return page
            after = page.next
            if page.next == page.head:
                self._require_reading()
                await rung(grown, left)

    def _remembered(self, after: int, limit: int, types: Collection[str]) -> KeptPage | None:
        """The page after a position, if all that comes after it is in memory."""
        if self.floor is None or self.position is None or not self.floor <= after <= self.position:
            return None
        start = bisect_right(self.kept, after, key=lambda one: one.event.position)
        newer = (self.kept[nth] for nth in range(start, len(self.kept)))
        items = list(islice((one for one in newer if one.event.type in types), limit))
        until = items[-1].event.position if len(items) == limit else self.position
        return KeptPage(items=items, next=until, head=self.position)

    def left(self) -> None:
        """The last follower has left: the task ends as soon as it notices."""
        if not self.followers:
            self._bell.set()

    def _require_reading(self) -> None:
        """Raises what has ended the task: nobody would be woken any more."""
        if self.task.done():
            self.task.result()

    async def _read(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        with self._wakeups.ringing(self.practice_id, self._bell):
            while self.followers:
                self._bell.clear()
                try:
                    is_all = await self._look()
                except Exception as error:
                    if not is_outage(error):
                        raise
                    pause = await rest(pause, "tail_can_not_read", error)
                    continue
                pause = FIRST_PAUSE_SECONDS
                if is_all:
                    await rung(self._bell, LOOK_SECONDS)

    async def _look(self) -> bool:
        """Read what is new; whether that was all there was."""
        async with self._pool.acquire() as connection:
            if self.position is None:
                head = await connection.fetchval(HEAD, self.practice_id)
                self.floor = self.position = head or 0
                self._tell()
            newer = await read_newer(
                connection,
                self._keyring,
                self.practice_id,
                after=self.position,
                limit=READ_EVENTS,
            )
            # They are told before the connection is given back, which takes a round trip.
            self._take(newer)
        return newer.is_all

    def _take(self, newer: NewEvents) -> None:
        if newer.reached == self.position:
            return
        self.kept += map(KeptEvent, newer.items)
        if len(self.kept) > 2 * KEPT_EVENTS:
            self.floor = self.kept[-KEPT_EVENTS - 1].event.position
            del self.kept[:-KEPT_EVENTS]
        self.position = newer.reached
        self._tell()

    def _tell(self) -> None:
        """Wake whoever waits. Who comes after that waits for the next time."""
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Tails:
    """The tails of one process. `stop` ends them, before the pool is closed."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring, wakeups: Wakeups) -> None:
        self._pool = pool
        self._keyring = keyring
        self._wakeups = wakeups
        self._tails: dict[UUID, Tail] = {}

    @contextmanager
    def following(self, practice_id: UUID) -> Iterator[Tail]:
        """The practice's tail, which is read for as long as somebody is in such a block."""
        tail = self._tails.get(practice_id)
        if tail is None or tail.task.done():
            tail = Tail(practice_id, pool=self._pool, keyring=self._keyring, wakeups=self._wakeups)
            self._tails[practice_id] = tail
            tail.task.add_done_callback(lambda _: self._forget(tail))
        tail.followers += 1
        try:
            yield tail
        finally:
            tail.followers -= 1
            tail.left()

    def _forget(self, tail: Tail) -> None:
        if self._tails.get(tail.practice_id) is tail:
            del self._tails[tail.practice_id]

    async def stop(self) -> None:
        tasks = [tail.task for tail in self._tails.values()]
        await ended(*tasks)


def kept(page: FeedPage) -> KeptPage:
    return KeptPage(items=[KeptEvent(one) for one in page.items], next=page.next, head=page.head)
