"""Webhooks where more happens at once than usual: subscriptions, decisions, workers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from events.record import Recorded
from events.store import EventStore
from events.subscription import DeleteSubscription, ReplaySubscription
from tests.conftest import Database
from tests.workers.receivers import Receiver, Reply, receiving
from tests.workers.site import Site, postgres_site
from tests.workers.subscribed import (
    NOON,
    all_of,
    decide,
    delivering,
    eventually,
    numbers,
    settled,
    subscribe,
    wait,
    walking,
)
from workers.deliveries import Deliveries
from workers.outbox import Subject
from workers.planning import BATCH_EVENTS
from workers.posting import Poster

SUBSCRIPTIONS, CONNECTIONS = 12, 2


class Overtaking:
    """A store in which somebody does something once, just after a stream has been read."""

    def __init__(self, store: EventStore, stream_id: UUID) -> None:
        self._store = store
        self._stream_id = stream_id
        self.overtake: Callable[[], Awaitable[Any]] | None = None

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        found = await self._store.read_stream(practice_id, category, stream_id)
        if stream_id == self._stream_id and self.overtake is not None:
            overtake, self.overtake = self.overtake, None
            await overtake()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_more_subscriptions_than_connections_do_not_wait_for_each_other(
    site: Site, database: Database
):
    diary = await site.diary()
    walk = await walking(diary)
    async with receiving() as receiver:
        subjects = [await subscribe(site, diary, receiver.url()) for _ in range(SUBSCRIPTIONS)]
        await diary.did(walk, at=NOON)
        # A process that has just begun has to look up every key: no cache helps it.
        async with (
            postgres_site(database.runtime, connections=CONNECTIONS) as begun,
            delivering(begun),
        ):
            for subject in subjects:
                await settled(site, subject)
        assert len(receiver.got) == SUBSCRIPTIONS


async def test_a_decision_that_falls_into_the_planning_is_not_taken_for_planned(site: Site):
    diary = await site.diary()
    subject = await subscribe(site, diary, "http://127.0.0.1:9/nobody-listens")
    store = Overtaking(site.store, subject[1])
    delete = DeleteSubscription(subscription_id=subject[1])
    store.overtake = lambda: decide(site, subject, delete)

    async with delivering(site.with_store(store)) as deliveries:

        async def is_let_go() -> bool:
            return store.overtake is None and deliveries.wake() == {}

        await eventually(is_let_go, seconds=10)


async def test_what_is_replayed_is_in_order_though_one_of_its_key_fails_just_then(site: Site):
    site.now = NOON
    diary = await site.diary()
    async with receiving() as receiver, delivering(site) as deliveries:
        subject = await subscribe(site, diary, receiver.url())
        await diary.felt(1, at=NOON)
        [first] = await settled(site, subject)
        receiver.replies = [Reply(status=500, delay_seconds=0.5), Reply(status=500)]
        receiver.replies.append(Reply(delay_seconds=0.5))
        await diary.felt(2, at=NOON)
        await eventually(lambda: has_got(receiver, 2))
        replay = ReplaySubscription(
            subscription_id=subject[1], after=first.position - 1, now=site.now
        )
        await decide(site, subject, replay)
        await eventually(lambda: has_tried(site, subject, 2, 1))
        await wait(site, deliveries, seconds=7)
        await eventually(lambda: has_got(receiver, 4))
        await asyncio.sleep(0.2)
        assert numbers(receiver) == [1, 2, 1, 1]
        await settled(site, subject)
        assert numbers(receiver) == [1, 2, 1, 1, 2]


async def has_got(receiver: Receiver, count: int) -> bool:
    return len(receiver.got) >= count


async def has_tried(site: Site, subject: Subject, *attempts: int) -> bool:
    return [one.attempts for one in await all_of(site, subject)] == list(attempts)


async def test_what_one_process_has_no_room_for_is_served_by_another(site: Site):
    diary = await site.diary()
    async with receiving() as receiver, Poster(any_network=True) as poster:
        subjects = [await subscribe(site, diary, receiver.url()) for _ in range(2)]
        await diary.felt(3, at=NOON)
        working = [
            asyncio.create_task(Deliveries(site, poster, most_served=1).run()) for _ in range(2)
        ]
        for subject in subjects:
            await settled(site, subject)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    assert numbers(receiver) == [1, 1]


async def test_the_planner_knows_of_a_backlog_at_once(site: Site):
    diary = await site.diary()
    for rating in [3] * BATCH_EVENTS:
        await diary.felt(rating, at=NOON)
    subject = await subscribe(site, diary, None, after=0)
    async with delivering(site):
        told = await settled(site, subject)
    # None is left out where one batch ends and the next begins: the practice and the client, too.
    assert [one.number for one in told] == list(range(1, BATCH_EVENTS + 3))
    known = "SELECT reltuples FROM pg_class WHERE oid = 'outbox.delivery'::regclass"
    assert await site.pool.fetchval(known) >= BATCH_EVENTS
