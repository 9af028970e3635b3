"""Webhooks where more happens at once than usual: subscriptions, decisions, workers."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from events.record import Recorded
from events.store import EventStore
from events.subscription import DeleteSubscription
from tests.conftest import Database
from tests.workers.receivers import receiving
from tests.workers.site import Site, postgres_site
from tests.workers.subscribed import (
    NOON,
    decide,
    delivering,
    eventually,
    settled,
    subscribe,
    walking,
)

SUBSCRIPTIONS, CONNECTIONS = 12, 2


class Overtaking:
    """A store in which somebody does something once, just after a stream has been read."""

    def __init__(self, store: EventStore, stream_id: UUID) -> None:
        self._store = store
        self._stream_id = stream_id
        self.overtake: Callable[[], Awaitable[Any]] | None = None

    async def read_stream(self, practice_id: UUID, stream_id: UUID) -> list[Recorded]:
        found = await self._store.read_stream(practice_id, stream_id)
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
