"""Webhooks, sent to real receivers from a real outbox: what arrives, in which order, how often."""

import asyncio
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from events.selection import Selection
from events.subscription import (
    DeleteSubscription,
    PauseSubscription,
    ReplayDeadLetters,
    ReplaySubscription,
    ResumeSubscription,
    RotateSecret,
    SendTestEvent,
)
from tests.workers.diary import Diary
from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import Reply, receiving
from tests.workers.site import Site
from tests.workers.subscribed import (
    NOON,
    all_of,
    decide,
    delivering,
    envelopes,
    eventually,
    numbers,
    settled,
    stage_of,
    subscribe,
    wait,
    walking,
)
from workers.outbox import read_attempts, read_standing
from workers.retrying import SCHEDULE_SECONDS
from workers.signing import signing_keys

FAILING, SLOW_DOWN = Reply(status=500), Reply(status=429, headers=(("retry-after", "8"),))


@in_its_loop
async def diary(site: Site) -> Diary:
    site.now = NOON
    return await site.diary()


class TestWhatIsSent:
    async def test_is_signed_numbered_and_in_order(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            for rating in range(1, 8):
                await diary.felt(rating, at=NOON)
            await eventually(lambda: is_true(len(receiver.got) == 7))
            assert numbers(receiver) == list(range(1, 8))
            first = envelopes(receiver)[0]
            assert (first["type"], first["specversion"]) == ("mood.logged.v1", "1.0")
            assert first["data"]["client_id"] == str(diary.client_id)
            assert "body" not in first["data"]
            assert first["dataschema"] == "https://cairn.example/schema/events/mood.logged.v1"
            found = await settled(site, subject)
            assert [one.stage for one in found] == ["delivered"] * 7
            assert receiver.got[0].headers["webhook-id"] == first["id"]

    async def test_is_verified_with_the_public_package(self, site: Site, diary: Diary):
        site.now = now_of_the_verifier()
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            secrets = [signing_keys(site.master, *subject, nth).secret for nth in (1, 2)]
            await diary.felt(3, at=NOON)
            await settled(site, subject)
            await decide(site, subject, RotateSecret(subscription_id=subject[1], now=site.now))
            await diary.felt(4, at=NOON)
            await settled(site, subject)
            site.now += timedelta(hours=25)
            await diary.felt(5, at=NOON)
            await settled(site, subject)
        before, during, _ = receiver.got
        assert Webhook(secrets[0]).verify(before.body, before.headers)
        for secret in secrets:
            assert Webhook(secret).verify(during.body, during.headers)
        with pytest.raises(Exception, match="signature"):
            Webhook(secrets[1]).verify(before.body, before.headers)
        signatures = [len(got.headers["webhook-signature"].split()) for got in receiver.got]
        assert signatures == [2, 4, 2]

    async def test_has_what_is_in_it_where_the_practice_chose_so(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url(), payload="full")
            await diary.felt(3, at=NOON)
            await settled(site, subject)
            [sent] = envelopes(receiver)
            assert sent["data"]["body"]["rating"] == 3
            [attempt] = await read_attempts(site.pool, subject, 1)
            assert (attempt.outcome, attempt.status, attempt.disclosed) == ("delivered", 200, True)

    async def test_is_what_was_chosen(self, site: Site, diary: Diary):
        walk, swim = await walking(diary), await walking(diary)
        other = await Diary(site.store, practice_id=diary.practice_id).enrol()
        async with receiving() as receiver, delivering(site):
            chosen = Selection(
                goals=(walk,), clients=(other.client_id,), categories=("check_in", "mood")
            )
            subject = await subscribe(site, diary, receiver.url(), selection=chosen)
            await diary.did(walk, at=NOON)
            await diary.did(swim, at=NOON)
            await diary.felt(3, at=NOON)
            await other.felt(4, at=NOON)
            await diary.pause(walk, now=NOON)
            await settled(site, subject)
        # What is about a goal and what is about a client may arrive in either order.
        told = sorted((one["data"] for one in envelopes(receiver)), key=itemgetter("number"))
        assert [(one["type"], one["goal_id"]) for one in told] == [
            ("check_in.logged.v1", str(walk)),
            ("mood.logged.v1", None),
        ]
        assert [one["number"] for one in told] == [1, 2]

    async def test_begins_where_it_was_to_begin(self, site: Site, diary: Diary):
        for rating in (1, 2, 3):
            await diary.felt(rating, at=NOON)
        async with receiving() as receiver, delivering(site):
            await settled(site, await subscribe(site, diary, receiver.url(), after=0))
            past = await site.store.read_practice(diary.practice_id)
            told = {one["data"]["number"]: one["type"] for one in envelopes(receiver)}
            assert [told[number] for number in sorted(told)] == [
                one.type for one in past if one.category != "subscription"
            ]

    async def test_of_nobody_is_kept_for_the_app_that_asks(self, site: Site, diary: Diary):
        async with delivering(site):
            subject = await subscribe(site, diary, None)
            await diary.felt(3, at=NOON)
            [kept] = await settled(site, subject)
            assert (kept.stage, kept.attempts) == ("kept", 0)


class TestAFailure:
    async def test_is_tried_again_by_the_schedule(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site) as deliveries:
            receiver.replies = [FAILING, Reply(status=302), SLOW_DOWN]
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            for tries, seconds in enumerate(SCHEDULE_SECONDS[1:4], start=1):
                [waiting] = await tried(site, subject, tries)
                later = (waiting.due_at - site.now).total_seconds()
                assert 0.8 * seconds <= later <= 1.2 * seconds
                await wait(site, deliveries, seconds=later)
            [delivered] = await settled(site, subject)
            assert delivered.attempts == 4
            attempts = await read_attempts(site.pool, subject, 1)
            assert [one.outcome for one in attempts] == [
                "failed", "redirected", "refused", "delivered",
            ]  # fmt: skip
        ids = {got.headers["webhook-id"] for got in receiver.got}
        times = [int(got.headers["webhook-timestamp"]) for got in receiver.got]
        assert len(ids) == 1
        assert times == sorted(set(times))

    async def test_is_tried_again_when_the_receiver_asks_for_it(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            receiver.replies = [SLOW_DOWN]
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            [waiting] = await tried(site, subject, 1)
            assert waiting.due_at == site.now + timedelta(seconds=8)

    async def test_holds_back_its_own_goal_alone(self, site: Site, diary: Diary):
        walk, swim = await walking(diary), await walking(diary)
        async with receiving() as receiver, delivering(site) as deliveries:
            receiver.replies = [FAILING]
            subject = await subscribe(site, diary, receiver.url())
            await diary.did(walk, at=NOON)
            await tried(site, subject, 1)
            for goal_id in (swim, walk, swim):
                await diary.did(goal_id, at=NOON)
            await diary.felt(3, at=NOON)
            await eventually(lambda: is_true(len(receiver.got) == 4))
            assert sorted(numbers(receiver)[1:]) == [2, 4, 5]
            await wait(site, deliveries, seconds=6)
            await settled(site, subject)
            assert numbers(receiver)[4:] == [1, 3]

    async def test_ends_after_ten_tries_and_can_be_replayed(self, site: Site, diary: Diary):
        async with receiving(FAILING) as receiver, delivering(site) as deliveries:
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            await diary.felt(4, at=NOON)
            for tries, seconds in enumerate(SCHEDULE_SECONDS[1:], start=1):
                await tried(site, subject, tries)
                await wait(site, deliveries, seconds=1.2 * seconds)
            [dead, next_one] = await tried(site, subject, 10)
            assert (dead.stage, next_one.stage) == ("dead", "waiting")
            receiver.reply = Reply()
            await wait(site, deliveries, hours=2)
            await decide(site, subject, ReplayDeadLetters(subscription_id=subject[1], now=site.now))
            [again, _] = await settled(site, subject)
            assert (again.stage, again.attempts) == ("delivered", 11)
            receiver.reply = FAILING
            replay = ReplaySubscription(
                subscription_id=subject[1], after=again.position - 1, now=site.now
            )
            await decide(site, subject, replay)
            [waiting, *_] = await tried(site, subject, 12)
            assert waiting.stage == "waiting"  # Ten tries anew.

    async def test_opens_the_circuit_after_five(self, site: Site, diary: Diary):
        goals = [await walking(diary) for _ in range(8)]
        async with receiving(FAILING) as receiver, delivering(site) as deliveries:
            subject = await subscribe(site, diary, receiver.url())
            await decide(site, subject, PauseSubscription(subscription_id=subject[1]))
            for goal_id in goals:
                await diary.did(goal_id, at=NOON)
            await decide(site, subject, ResumeSubscription(subscription_id=subject[1]))
            circuit = (await failing(site, subject, 5)).circuit
            assert circuit.open_until == site.now + timedelta(seconds=60)
            await wait(site, deliveries, seconds=59)
            await asyncio.sleep(0.1)
            assert len(receiver.got) == 5
            await wait(site, deliveries, seconds=2)
            circuit = (await failing(site, subject, 6)).circuit
            assert circuit.open_until == site.now + timedelta(seconds=120)
            assert len(receiver.got) == 6
            for stop_or_go in (PauseSubscription, ResumeSubscription):  # Somebody says: now.
                await decide(site, subject, stop_or_go(subscription_id=subject[1]))
            await eventually(lambda: is_true(len(receiver.got) == 11))
            await noted(site, subject, 11)  # Each by the hour at which it failed.
            receiver.reply = Reply()
            await wait(site, deliveries, hours=1)
            found = await settled(site, subject)
            assert {one.stage for one in found} == {"delivered"}
            assert (await read_standing(site.pool, subject)).circuit.failures == 0

    async def test_of_one_who_is_gone_disables(self, site: Site, diary: Diary):
        async with receiving(Reply(status=410)) as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            await eventually(lambda: is_stage(site, subject, "disabled"))
            await diary.felt(4, at=NOON)
            await eventually(lambda: is_planned(site, subject))
            assert [one.stage for one in await all_of(site, subject)] == ["waiting"] * 2
            assert len(receiver.got) == 1
            receiver.reply = Reply()
            await decide(site, subject, ResumeSubscription(subscription_id=subject[1]))
            await settled(site, subject)
            assert numbers(receiver) == [1, 1, 2]

    async def test_for_five_days_disables(self, site: Site, diary: Diary):
        goals = [await walking(diary) for _ in range(12)]
        async with receiving(FAILING) as receiver, delivering(site) as deliveries:
            subject = await subscribe(site, diary, receiver.url())
            for goal_id in goals:
                await diary.did(goal_id, at=NOON)
            for failures, hours in ((5, 2), (6, 2), (7, 2), (8, 2), (9, 111)):
                await failing(site, subject, failures)
                await wait(site, deliveries, hours=hours)
            await failing(site, subject, 10)  # After 119 hours.
            assert await stage_of(site, subject) == "active"
            await wait(site, deliveries, hours=2)
            await eventually(lambda: is_stage(site, subject, "disabled"))
            last = (await site.store.read_stream(subject[0], "subscription", subject[1]))[-1]
            assert (last.type, last.actor) == ("subscription.disabled.v1", "worker:deliveries")

    async def test_of_one_receiver_is_not_felt_by_another(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            dead = await subscribe(site, diary, "http://127.0.0.1:9/nobody-listens")
            healthy = await subscribe(site, diary, receiver.url())
            for rating in range(1, 11):
                await diary.felt(rating, at=NOON)
            await settled(site, healthy)
            assert numbers(receiver) == list(range(1, 11))
            [first, *_] = await tried(site, dead, 1)
            assert (first.stage, first.last_outcome) == ("waiting", "unreachable")


class TestPeople:
    async def test_pause_and_resume_and_miss_nothing(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            await decide(site, subject, PauseSubscription(subscription_id=subject[1]))
            await diary.felt(3, at=NOON)
            await eventually(lambda: is_planned(site, subject))
            await asyncio.sleep(0.05)
            assert receiver.got == []
            await decide(site, subject, ResumeSubscription(subscription_id=subject[1]))
            await settled(site, subject)
            assert numbers(receiver) == [1]

    async def test_replay_what_was_sent(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            for rating in range(1, 5):
                await diary.felt(rating, at=NOON)
            found = await settled(site, subject)
            site.now += timedelta(minutes=10)
            after = found[1].position
            replay = ReplaySubscription(subscription_id=subject[1], after=after, now=site.now)
            await decide(site, subject, replay)
            await eventually(lambda: is_true(len(receiver.got) == 6))
            assert numbers(receiver) == [1, 2, 3, 4, 3, 4]
            before, again = receiver.got[2], receiver.got[4]
            assert before.body == again.body
            assert before.headers["webhook-id"] == again.headers["webhook-id"]
            assert before.headers["webhook-timestamp"] != again.headers["webhook-timestamp"]

    async def test_send_a_test_whatever_was_chosen(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            nothing = Selection(clients=(uuid4(),))
            subject = await subscribe(site, diary, receiver.url(), selection=nothing)
            await decide(site, subject, SendTestEvent(subscription_id=subject[1], now=site.now))
            await diary.felt(3, at=NOON)
            await settled(site, subject)
            [sent] = envelopes(receiver)
            assert (sent["type"], sent["data"]["number"]) == ("subscription.tested.v1", 1)
            assert sent["data"]["link"] == f"/v1/subscriptions/{subject[1]}"

    async def test_delete_for_good(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site) as deliveries:
            subject = await subscribe(site, diary, receiver.url())
            await diary.felt(3, at=NOON)
            await settled(site, subject)
            await decide(site, subject, DeleteSubscription(subscription_id=subject[1]))
            await diary.felt(4, at=NOON)
            await eventually(lambda: is_true(deliveries.wake() == {}))
            assert (await read_standing(site.pool, subject)).stage == "deleted"
            assert numbers(receiver) == [1]


async def is_true(holds: bool) -> bool:
    return holds


async def is_stage(site: Site, subject, stage: str) -> bool:
    return await stage_of(site, subject) == stage


async def is_planned(site: Site, subject) -> bool:
    return (await read_standing(site.pool, subject)).planned == await site.store.head(subject[0])


async def tried(site: Site, subject, attempts: int):
    """The deliveries, once the first has been tried so often."""

    async def first_was():
        found = await all_of(site, subject)
        return found if found and found[0].attempts >= attempts else None

    return await eventually(first_was)


async def noted(site: Site, subject, attempts: int):
    """Wait until so many attempts, of all deliveries together, are on record."""

    async def are_noted():
        return sum(one.attempts for one in await all_of(site, subject)) >= attempts

    await eventually(are_noted)


async def failing(site: Site, subject, failures: int):
    """How the subscription stands once so many attempts in a row have failed."""

    async def is_failing():
        standing = await read_standing(site.pool, subject)
        return standing if standing.circuit.failures >= failures else None

    return await eventually(is_failing)


def now_of_the_verifier():
    """The public package takes what is at most five minutes old by the real clock."""
    return datetime.now(UTC)
