"""What people decide while something is being sent, and while nobody sends."""

import asyncio
from datetime import timedelta

from events.subscription import (
    PauseSubscription,
    ReplaySubscription,
    ResumeSubscription,
    SendTestEvent,
    SubscriptionCreated,
)
from tests.workers.diary import Diary
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
    wait,
)
from workers.outbox import Subject, read_attempts, read_standing

FAILING = Reply(status=500)
DUE_OF_EACH_KEY = """
SELECT order_key, count(*) AS due
FROM outbox.delivery
WHERE subscription_id = $1 AND stage = 'waiting' AND due_at IS NOT NULL
GROUP BY order_key
"""


@in_its_loop
async def diary(site: Site) -> Diary:
    site.now = NOON
    return await site.diary()


async def got(count: int, receiver) -> None:
    async def has_got() -> bool:
        return len(receiver.got) >= count

    await eventually(has_got)


async def tried(site: Site, subject: Subject, number: int, times: int) -> None:
    async def was_tried() -> bool:
        return len(await read_attempts(site.pool, subject, number)) >= times

    await eventually(was_tried)


async def test_a_replay_while_one_fails_keeps_the_order(site: Site, diary: Diary) -> None:
    async with receiving() as receiver, delivering(site) as deliveries:
        subject = await subscribe(site, diary, receiver.url())
        for rating in range(1, 4):
            await diary.felt(rating, at=NOON)
        await settled(site, subject)
        receiver.replies = [Reply(status=500, delay_seconds=0.5)]
        await diary.felt(4, at=NOON)
        await got(4, receiver)
        begun = (await site.store.read_stream(subject[0], "subscription", subject[1]))[0].event
        assert isinstance(begun, SubscriptionCreated)
        replay = ReplaySubscription(subscription_id=subject[1], after=begun.after, now=site.now)
        await decide(site, subject, replay)
        await tried(site, subject, 4, 1)
        due = await site.pool.fetch(DUE_OF_EACH_KEY, subject[1])
        assert all(row["due"] == 1 for row in due)
        await wait(site, deliveries, seconds=10)
        await settled(site, subject)
        assert numbers(receiver) == [1, 2, 3, 4, 1, 2, 3, 4]


async def test_what_was_never_sent_was_not_disclosed(site: Site, diary: Diary) -> None:
    async with delivering(site):
        subject = await subscribe(site, diary, "http://127.0.0.1:9/nobody", payload="full")
        await diary.felt(3, at=NOON)
        await tried(site, subject, 1, 1)
        [attempt] = await read_attempts(site.pool, subject, 1)
        assert (attempt.outcome, attempt.disclosed) == ("unreachable", False)


async def test_an_absent_worker_is_no_failing_receiver(site: Site, diary: Diary) -> None:
    async with receiving(FAILING) as receiver:
        async with delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            await tried(site, subject, 1, 1)
        site.now += timedelta(hours=121)
        async with delivering(site):
            await tried(site, subject, 1, 2)
            await asyncio.sleep(0.1)
            assert await stage_of(site, subject) == "active"


async def test_one_who_was_gone_before_somebody_resumed_is_asked_again(
    site: Site, diary: Diary
) -> None:
    async with receiving() as receiver, delivering(site):
        receiver.replies = [Reply(status=410, delay_seconds=0.5)]
        subject = await subscribe(site, diary, receiver.url())
        await diary.felt(3, at=NOON)
        await got(1, receiver)
        await decide(site, subject, PauseSubscription(subscription_id=subject[1]))
        await decide(site, subject, ResumeSubscription(subscription_id=subject[1]))
        await tried(site, subject, 1, 1)
        await asyncio.sleep(0.1)
        assert await stage_of(site, subject) == "active"


async def test_a_test_does_not_wait_for_the_one_before(site: Site, diary: Diary) -> None:
    async with receiving() as receiver, delivering(site):
        receiver.replies = [FAILING]
        subject = await subscribe(site, diary, receiver.url())
        for nth in range(2):
            site.now += timedelta(seconds=1)
            await decide(site, subject, SendTestEvent(subscription_id=subject[1], now=site.now))
            await got(nth + 1, receiver)
        assert numbers(receiver) == [1, 2]
        assert (await read_standing(site.pool, subject)).last_number == 2
