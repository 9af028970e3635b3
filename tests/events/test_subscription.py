"""What people, and the worker that delivers, may do to a subscription."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from events.selection import ONLY_WHERE_NAMED, Selection
from events.subscription import (
    CreateSubscription,
    DeleteSubscription,
    DisableSubscription,
    PauseSubscription,
    ReplayDeadLetters,
    ReplaySubscription,
    ResumeSubscription,
    RotateSecret,
    SendTestEvent,
    Subscription,
    SubscriptionCreated,
    SubscriptionDeadLettersReplayed,
    SubscriptionDeleted,
    SubscriptionDisabled,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionReplayed,
    SubscriptionResumed,
    SubscriptionSecretRotated,
    SubscriptionTested,
)
from events.subscription_decisions import (
    SUBSCRIPTION,
    FullNeedsWebhook,
    NobodyToTell,
    NoWebhook,
    ReplayBeforeBeginning,
    RotationUnderWay,
    SubscriptionIsDisabled,
    SubscriptionNotActive,
    SubscriptionNotFound,
)
from events.webhook_url import UrlNotEncrypted
from tests.given import given

DIARY = UUID("0f5b1c9e-7c1d-4a51-9f3e-1d6a52f0b001")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://diary.example/cairn"


def create(**changes: Any) -> CreateSubscription:
    said = {
        "subscription_id": DIARY, "name": "Diary", "url": URL, "app": None, "payload": "thin",
        "selection": Selection(categories=("mood",)), "after": 7, **changes,
    }  # fmt: skip
    return CreateSubscription(**said)


def created(**changes: Any) -> SubscriptionCreated:
    said = {
        "subscription_id": DIARY, "name": "Diary", "url": URL, "app": None, "payload": "thin",
        "selection": Selection(categories=("mood",)), "after": 7,
        "only_where_named": ONLY_WHERE_NAMED, **changes,
    }  # fmt: skip
    return SubscriptionCreated(**said)


PAUSED = SubscriptionPaused(subscription_id=DIARY)
DISABLED = SubscriptionDisabled(subscription_id=DIARY, cause="gone")
DELETED = SubscriptionDeleted(subscription_id=DIARY)
PULLED = created(url=None, app="diary")


class TestCreate:
    def test_begins_after_a_position(self):
        given(SUBSCRIPTION).when(create()).then(created())

    def test_may_name_an_app_that_reads_on_its_own(self):
        given(SUBSCRIPTION).when(create(url=None, app="diary")).then(PULLED)

    def test_needs_somebody_to_tell(self):
        given(SUBSCRIPTION).when(create(url=None)).then_refused(NobodyToTell)

    def test_sends_what_is_in_an_event_to_a_webhook_alone(self):
        pulled = create(url=None, app="diary", payload="full")
        given(SUBSCRIPTION).when(pulled).then_refused(FullNeedsWebhook)
        given(SUBSCRIPTION).when(create(payload="full")).then(created(payload="full"))

    def test_takes_http_and_private_addresses_where_the_operator_does(self):
        url = "http://127.0.0.1:9000/cairn"
        given(SUBSCRIPTION).when(create(url=url)).then_refused(UrlNotEncrypted)
        given(SUBSCRIPTION).when(create(url=url, any_network=True)).then(created(url=url))

    def test_is_ignored_when_it_is_there(self):
        given(SUBSCRIPTION, created()).when(create()).then_nothing()


class TestPause:
    def test_says_why(self):
        pause = PauseSubscription(subscription_id=DIARY, reason="They move.")
        given(SUBSCRIPTION, created()).when(pause).then(
            SubscriptionPaused(subscription_id=DIARY, reason="They move.")
        )

    def test_is_refused_of_a_disabled_one(self):
        pause = PauseSubscription(subscription_id=DIARY)
        given(SUBSCRIPTION, created(), DISABLED).when(pause).then_refused(SubscriptionIsDisabled)
        given(SUBSCRIPTION, created(), PAUSED).when(pause).then_nothing()


class TestResume:
    @pytest.mark.parametrize("stopped", [PAUSED, DISABLED])
    def test_goes_on(self, stopped: SubscriptionEvent):
        resume = ResumeSubscription(subscription_id=DIARY)
        given(SUBSCRIPTION, created(), stopped).when(resume).then(
            SubscriptionResumed(subscription_id=DIARY)
        )
        given(SUBSCRIPTION, created()).when(resume).then_nothing()


class TestDisable:
    def test_leaves_alone_what_people_have_stopped(self):
        disable = DisableSubscription(subscription_id=DIARY, cause="gone")
        given(SUBSCRIPTION, created()).when(disable).then(DISABLED)
        given(SUBSCRIPTION, created(), PAUSED).when(disable).then_nothing()
        given(SUBSCRIPTION, created(), DISABLED).when(disable).then_nothing()


class TestDelete:
    def test_is_for_good(self):
        delete = DeleteSubscription(subscription_id=DIARY)
        given(SUBSCRIPTION, created()).when(delete).then(DELETED)
        given(SUBSCRIPTION, created(), DELETED).when(delete).then_nothing()

    @pytest.mark.parametrize("past", [(), (created(), DELETED)])
    def test_leaves_nothing_to_change(self, past: tuple[SubscriptionEvent, ...]):
        for command in (
            PauseSubscription(subscription_id=DIARY),
            ResumeSubscription(subscription_id=DIARY),
            DisableSubscription(subscription_id=DIARY, cause="gone"),
            RotateSecret(subscription_id=DIARY, now=NOW),
            ReplaySubscription(subscription_id=DIARY, after=9, now=NOW),
            SendTestEvent(subscription_id=DIARY, now=NOW),
            ReplayDeadLetters(subscription_id=DIARY, now=NOW),
        ):
            given(SUBSCRIPTION, *past).when(command).then_refused(SubscriptionNotFound)


class TestRotateSecret:
    def test_keeps_the_one_before_for_a_while(self):
        given(SUBSCRIPTION, created()).when(RotateSecret(subscription_id=DIARY, now=NOW)).then(
            rotated(2, NOW + timedelta(hours=24))
        )

    def test_keeps_none_that_has_leaked(self):
        leaked = RotateSecret(subscription_id=DIARY, now=NOW, previous_for_hours=0)
        given(SUBSCRIPTION, created()).when(leaked).then(rotated(2, NOW))
        given(SUBSCRIPTION, created(), rotated(2, NOW)).when(leaked).then_refused(RotationUnderWay)

    def test_does_not_wait_with_one_that_has_leaked(self):
        past = created(), rotated(2, NOW + timedelta(hours=168))
        leaked = RotateSecret(subscription_id=DIARY, now=NOW, previous_for_hours=0)
        given(SUBSCRIPTION, *past).when(leaked).then(rotated(3, NOW))

    def test_waits_for_the_last_one(self):
        past = created(), rotated(2, NOW)
        given(SUBSCRIPTION, *past).when(RotateSecret(subscription_id=DIARY, now=NOW)).then_refused(
            RotationUnderWay
        )
        later = RotateSecret(subscription_id=DIARY, now=NOW + timedelta(seconds=1))
        given(SUBSCRIPTION, *past).when(later).then(
            rotated(3, NOW + timedelta(hours=24, seconds=1))
        )


class TestReplay:
    def test_tells_again_what_came_after_a_position(self):
        replay = ReplaySubscription(subscription_id=DIARY, after=9, now=NOW)
        again = SubscriptionReplayed(subscription_id=DIARY, after=9, at=NOW)
        given(SUBSCRIPTION, created()).when(replay).then(again)

    def test_may_be_asked_for_once_more(self):
        again = SubscriptionReplayed(subscription_id=DIARY, after=9, at=NOW)
        later = NOW + timedelta(minutes=1)
        replay = ReplaySubscription(subscription_id=DIARY, after=9, now=later)
        given(SUBSCRIPTION, created(), again).when(replay).then(
            SubscriptionReplayed(subscription_id=DIARY, after=9, at=later)
        )

    def test_has_nothing_from_before_the_beginning(self):
        replay = ReplaySubscription(subscription_id=DIARY, after=6, now=NOW)
        given(SUBSCRIPTION, created()).when(replay).then_refused(ReplayBeforeBeginning)

    def test_names_dead_letters_or_none_for_all(self):
        replay = ReplayDeadLetters(subscription_id=DIARY, now=NOW, numbers=(3, 5))
        given(SUBSCRIPTION, created(), PAUSED).when(replay).then(
            SubscriptionDeadLettersReplayed(subscription_id=DIARY, numbers=(3, 5), at=NOW)
        )


class TestSendTestEvent:
    def test_is_an_event_of_its_own(self):
        given(SUBSCRIPTION, created()).when(SendTestEvent(subscription_id=DIARY, now=NOW)).then(
            SubscriptionTested(subscription_id=DIARY, at=NOW)
        )

    def test_is_refused_while_nothing_is_sent(self):
        test = SendTestEvent(subscription_id=DIARY, now=NOW)
        for stopped in (PAUSED, DISABLED):
            given(SUBSCRIPTION, created(), stopped).when(test).then_refused(SubscriptionNotActive)


def test_what_is_sent_needs_a_webhook() -> None:
    for command in (
        RotateSecret(subscription_id=DIARY, now=NOW),
        ReplaySubscription(subscription_id=DIARY, after=9, now=NOW),
        SendTestEvent(subscription_id=DIARY, now=NOW),
        ReplayDeadLetters(subscription_id=DIARY, now=NOW),
    ):
        given(SUBSCRIPTION, PULLED).when(command).then_refused(NoWebhook)


def rotated(generation: int, previous_until: datetime) -> SubscriptionSecretRotated:
    return SubscriptionSecretRotated(
        subscription_id=DIARY, generation=generation, previous_until=previous_until
    )


class TestASelection:
    @pytest.mark.parametrize(
        ("selection", "type_", "told"),
        [
            (Selection(), "goal.reached.v1", True),
            (Selection(), "safety_flag.raised.v1", False),
            (Selection(), "subscription.paused.v1", False),
            (Selection(), "suggestion.offered.v1", False),
            (Selection(categories=("suggestion",)), "suggestion.offered.v1", True),
            (Selection(categories=("safety_flag",)), "safety_flag.raised.v1", True),
            (Selection(types=("safety_flag.raised.v1",)), "safety_flag.raised.v1", True),
            (Selection(types=("goal.reached.v1",)), "goal.set.v1", False),
            (Selection(types=("goal.reached.v1",), categories=("mood",)), "mood.logged.v1", True),
            (Selection(categories=("mood",)), "goal.reached.v1", False),
            (Selection(types=("mood.*",)), "mood.logged.v1", True),
            (Selection(types=("mood.*",)), "mood.celebrated.v3", True),
            (Selection(types=("mood.*",)), "goal.reached.v1", False),
            (Selection(types=("goal.reached.*",)), "goal.reached.v2", True),
            (Selection(types=("goal.reached.*",)), "goal.set.v1", False),
            (Selection(types=("safety_flag.*",)), "safety_flag.raised.v1", True),
            (Selection(types=("mood.*",)), "safety_flag.raised.v1", False),
            # No pattern names a flag together with something else.
            (Selection(types=("*", ".*", "s*", "safety.*")), "safety_flag.raised.v1", False),
            (Selection(types=("*", ".*", "m*", "mo.*", "mood")), "mood.logged.v1", False),
        ],
    )
    def test_of_types_and_categories_adds_up(self, selection: Selection, type_: str, told: bool):
        assert Subscription(selection=selection).takes_type(type_) is told

    def test_that_was_made_before_suggestions_had_to_be_named_goes_on_telling_them(self):
        made = created(selection=Selection())
        assert not SUBSCRIPTION.fold([made]).takes_type("suggestion.offered.v1")
        stored = msgspec.to_builtins(made)
        del stored["only_where_named"]
        before = SUBSCRIPTION.fold([msgspec.convert(stored, SubscriptionCreated)])
        assert before.takes_type("suggestion.offered.v1")
        assert not before.takes_type("safety_flag.raised.v1")

    def test_of_goals_and_clients_adds_up(self):
        anna, ben, walk = UUID(int=1), UUID(int=2), UUID(int=3)
        both = Selection(clients=(anna,), goals=(walk,))
        assert both.takes_subject(client_id=anna, goal_id=None)
        assert both.takes_subject(client_id=ben, goal_id=walk)
        assert not both.takes_subject(client_id=ben, goal_id=None)
        assert not both.takes_subject(client_id=None, goal_id=None)
        assert Selection().takes_subject(client_id=None, goal_id=None)
        assert not Selection(goals=(walk,)).takes_subject(client_id=None, goal_id=None)
