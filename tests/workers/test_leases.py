"""Leases: who is silent loses every one, and whoever has lost one changes nothing any more."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from events.record import Recorded
from events.store import EventStore
from events.subscription import PauseSubscription, ReplaySubscription
from tests.workers.diary import Diary
from tests.workers.leasing import holding, leased, lost_and_taken, taken
from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import Reply, receiving
from tests.workers.site import Site
from tests.workers.subscribed import (
    NOON,
    decide,
    delivering,
    eventually,
    numbers,
    settled,
    stage_of,
    subscribe,
)
from workers.attempts import Came, Sending, note_attempts
from workers.delivering import Server
from workers.goal_of_event import GoalsOfEvents
from workers.leases import Lease, LeaseLost, hold
from workers.outbox import Subject, is_served
from workers.planning import plan, read_subscription
from workers.posting import Answered, Poster

SHORT_SECONDS = 1.0
NOBODY_LISTENS = "http://127.0.0.1:9/nobody-listens"
OUTBOX = (
    "SELECT to_jsonb(s) - 'lease_holder' - 'lease_number' FROM outbox.subscription s",
    "SELECT to_jsonb(d) FROM outbox.delivery d ORDER BY number",
    "SELECT to_jsonb(a) FROM outbox.attempt a ORDER BY number, attempt",
    "SELECT to_jsonb(h) FROM practice_log h",
)


@in_its_loop
async def diary(site: Site) -> Diary:
    site.now = NOON
    return await site.diary()


async def kept(site: Site) -> list[list[Any]]:
    """All that is remembered of subscriptions but who serves them, and how long the logs are."""
    return [[row[0] for row in await site.pool.fetch(one)] for one in OUTBOX]


async def served(site: Site, subject: Subject) -> bool:
    return await is_served(site.pool, subject)


class TestAHolder:
    async def test_that_is_silent_loses_its_leases(self, site: Site, diary: Diary):
        subject = await subscribe(site, diary, None)
        async with holding(site) as other, holding(site, seconds=SHORT_SECONDS) as silent:
            lease = await taken(silent, subject)
            assert (lease.number, lease.is_sure) == (1, True)
            assert await other.take(aside=(), most=1) == []
            await eventually(lambda: not_served(site, subject))
            assert not lease.is_sure
            assert (await taken(other, subject)).number == 2

    async def test_that_says_something_keeps_them(self, site: Site, diary: Diary):
        subject = await subscribe(site, diary, None)
        async with holding(site) as other, holding(site, seconds=SHORT_SECONDS) as looking:
            lease = await taken(looking, subject)
            for _ in range(12):
                await asyncio.sleep(looking.look_seconds / 2)
                assert await looking.take(aside=(), most=0) == []
            assert lease.is_sure
            assert await other.take(aside=(), most=1) == []

    async def test_that_is_silent_in_a_transaction_holds_nobody_up(self, site: Site, diary: Diary):
        subject = await subscribe(site, diary, None)
        async with holding(site) as other, holding(site, seconds=SHORT_SECONDS) as silent:
            lease = await taken(silent, subject)
            connection = await site.connect()
            await connection.execute("BEGIN")
            await hold(connection, lease)
            await eventually(lambda: not_served(site, subject))

            async def is_taken() -> bool:
                return bool(await other.take(aside=(), most=1))

            await eventually(is_taken)
            await eventually(lambda: so(connection.is_closed()))

    async def test_leaves_alone_what_is_aside_and_what_was_deleted(self, site: Site, diary: Diary):
        subjects = [await subscribe(site, diary, None) for _ in range(3)]
        async with holding(site) as holder:
            for lease in await holder.take(aside=(), most=3):
                await holder.release(lease)
            await site.pool.execute(
                "UPDATE outbox.subscription SET stage = 'deleted' WHERE subscription_id = $1",
                subjects[0][1],
            )
            found = await holder.take(aside=subjects[1:2], most=3)
            assert [one.subject for one in found] == subjects[2:]

    async def test_takes_no_more_than_it_has_room_for(self, site: Site, diary: Diary):
        subjects = {await subscribe(site, diary, None) for _ in range(3)}
        async with holding(site) as one, holding(site) as other:
            found = await one.take(aside=(), most=2)
            assert (len(found), await one.take(aside=(), most=0)) == (2, [])
            assert await other.take(aside=(), most=0) == []
            found += await other.take(aside=(), most=3)
        assert {one.subject for one in found} == subjects


async def not_served(site: Site, subject: Subject) -> bool:
    return not await is_served(site.pool, subject)


Doing = Callable[[Site, Lease], Awaitable[Any]]


async def plans(site: Site, lease: Lease) -> None:
    goals = GoalsOfEvents(site.store, site.keyring)
    await plan(site, lease, goals=goals, now=site.now)


async def notes_an_attempt(site: Site, lease: Lease, outcome: Any = "delivered") -> None:
    sending = Sending(
        message_id="m", body=b"{}", decided=1, number=1, order_key=lease.subject[1], attempt=1,
        tries=1, full=False,
    )  # fmt: skip
    came = Came(
        sending=sending, at=site.now, answered=Answered(outcome=outcome, status=200, seconds=0.1)
    )
    async with site.pool.acquire() as connection, connection.transaction():
        await note_attempts(connection, lease, [came], now=site.now)


async def fails(site: Site, lease: Lease) -> None:
    await notes_an_attempt(site, lease, "failed")


class TestWhoeverHasLostALease:
    @pytest.mark.parametrize(
        ("meanwhile", "doing"),
        [
            ("felt", plans),
            ("pause", plans),
            ("replay", plans),
            ("felt", notes_an_attempt),
            ("felt", fails),
        ],
    )
    async def test_changes_nothing(self, site: Site, diary: Diary, meanwhile: str, doing: Doing):
        subject = await subscribe(site, diary, NOBODY_LISTENS)
        async with leased(site, subject) as stale, holding(site) as other:
            await diary.felt(1, at=NOON)
            await plans(site, stale)
            if meanwhile == "felt":
                await diary.felt(2, at=NOON)
            elif meanwhile == "pause":
                await decide(site, subject, PauseSubscription(subscription_id=subject[1]))
            else:
                await notes_an_attempt(site, stale)
                after = (await read_subscription(site.store, subject)).state.after
                again = ReplaySubscription(subscription_id=subject[1], after=after, now=site.now)
                await decide(site, subject, again)
            lease = await lost_and_taken(site, stale, other)
            before = await kept(site)
            with pytest.raises(LeaseLost):
                await doing(site, stale)
            assert await kept(site) == before
            await doing(site, lease)  # Whoever has it does change something.
            assert await kept(site) != before

    async def test_disables_nothing(self, site: Site, diary: Diary):
        gone = Reply(status=410, delay_seconds=0.3)
        async with receiving(gone) as receiver, Poster(any_network=True) as poster:
            subject = await subscribe(site, diary, receiver.url())
            store = Overtaken(site.store)
            goals = GoalsOfEvents(site.store, site.keyring)
            async with leased(site, subject) as stale, holding(site) as other:
                await diary.felt(1, at=NOON)
                server = Server(site.with_store(store), stale, poster, goals)
                running = asyncio.create_task(server.run())
                await eventually(lambda: so(receiver.got))
                # The attempt is noted; the lease is lost before the subscription is disabled.
                store.overtake = lambda: lost_and_taken(site, stale, other)
                with pytest.raises(LeaseLost):
                    await running
                assert store.was_overtaken
            assert await stage_of(site, subject) == "active"
            async with delivering(site) as deliveries:
                site.now += timedelta(minutes=1)
                deliveries.wake()
                await eventually(lambda: is_disabled(site, subject))

    async def test_sends_nothing_though_nobody_else_has_taken_it(self, site: Site, diary: Diary):
        async with receiving() as receiver, Poster(any_network=True) as poster:
            subject = await subscribe(site, diary, receiver.url())
            async with holding(site, seconds=SHORT_SECONDS) as silent:
                lease = await taken(silent, subject)
                await asyncio.sleep(SHORT_SECONDS)
                await diary.felt(1, at=NOON)
                goals = GoalsOfEvents(site.store, site.keyring)
                with pytest.raises(LeaseLost):
                    await asyncio.wait_for(Server(site, lease, poster, goals).run(), 10)
            assert receiver.got == []
            async with delivering(site):
                await settled(site, subject)
            assert numbers(receiver) == [1]

    async def test_sends_nothing_that_is_due_to_somebody_else(self, site: Site, diary: Diary):
        async with receiving() as receiver, Poster(any_network=True) as poster:
            subject = await subscribe(site, diary, receiver.url())
            goals = GoalsOfEvents(site.store, site.keyring)
            async with leased(site, subject) as stale, holding(site) as other:
                await diary.felt(1, at=NOON)
                await plans(site, stale)
                lease = await taken_from(site, stale, other)
                assert (stale.is_sure, lease.number) == (True, 2)  # It has not heard of it yet.
                with pytest.raises(LeaseLost):
                    await asyncio.wait_for(Server(site, stale, poster, goals).run(), 10)
            assert receiver.got == []


async def taken_from(site: Site, lease: Lease, by: Any) -> Lease:
    """As it is where the database has ended the session, and the process has yet to hear of it."""
    await site.pool.execute(
        "UPDATE outbox.subscription SET lease_holder = NULL WHERE subscription_id = $1",
        lease.subject[1],
    )
    return await taken(by, lease.subject)


class Overtaken:
    """A store in which somebody does something once, just before a stream is read."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.overtake: Callable[[], Awaitable[Any]] | None = None
        self.was_overtaken = False

    async def read_stream(self, *which: Any) -> list[Recorded]:
        if self.overtake is not None:
            overtake, self.overtake = self.overtake, None
            await overtake()
            self.was_overtaken = True
        return await self._store.read_stream(*which)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def so(holds: object) -> bool:
    return bool(holds)


async def is_disabled(site: Site, subject: Subject) -> bool:
    return await stage_of(site, subject) == "disabled"
