"""What people, and the worker that delivers, may do to a subscription."""

from datetime import timedelta
from typing import assert_never

from events.aggregate import Aggregate
from events.refusals import NotFound, StateRefused, ValueRefused
from events.selection import ONLY_WHERE_NAMED
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
    SubscriptionCommand,
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
    evolve,
)
from events.webhook_url import require_believable_url


class SubscriptionNotFound(NotFound):
    """There is no subscription of this id, or it was deleted: ask for the list of subscriptions."""


class NobodyToTell(ValueRefused):
    """A subscription needs a webhook's url, or the subject of the app that reads it."""

    field = "url"


class FullNeedsWebhook(ValueRefused):
    """What is in an event is sent to a webhook alone, signed: name its url, or choose thin."""

    field = "payload"


class SubscriptionNotActive(StateRefused):
    """This subscription is paused or disabled: resume it first."""


class SubscriptionPausedNow(StateRefused):
    """This subscription is paused, so nothing is told: ask again once the practice resumes it."""


class SubscriptionIsDisabled(StateRefused):
    """This subscription is disabled, so nothing is sent: resume it, or delete it."""


class NoWebhook(StateRefused):
    """This subscription has no webhook: its app reads on from whichever number it likes."""


class RotationUnderWay(StateRefused):
    """The secret before this one is still valid: wait until then, or keep it for 0 hours."""


class ReplayBeforeBeginning(ValueRefused):
    """This subscription begins after a later position: make one that begins where you need it."""

    field = "after"


def decide(subscription: Subscription, command: SubscriptionCommand) -> list[SubscriptionEvent]:
    if isinstance(command, CreateSubscription):
        return create_subscription(subscription, command)
    if subscription.stage == "deleted" and isinstance(command, DeleteSubscription):
        return []
    if not subscription.is_live:
        raise SubscriptionNotFound
    match command:
        case PauseSubscription():
            return pause_subscription(subscription, command)
        case ResumeSubscription():
            return resume_subscription(subscription, command)
        case DisableSubscription():
            return disable_subscription(subscription, command)
        case DeleteSubscription():
            return [
                SubscriptionDeleted(subscription_id=command.subscription_id, reason=command.reason)
            ]
        case RotateSecret():
            return rotate_secret(subscription, command)
        case ReplaySubscription():
            return replay_subscription(subscription, command)
        case SendTestEvent():
            return send_test_event(subscription, command)
        case ReplayDeadLetters():
            return replay_dead_letters(subscription, command)
        case _:
            assert_never(command)


def create_subscription(
    subscription: Subscription, command: CreateSubscription
) -> list[SubscriptionEvent]:
    if subscription.stage != "unset":
        return []
    if command.url is not None:
        require_believable_url(command.url, any_network=command.any_network)
    elif command.app is None:
        raise NobodyToTell
    elif command.payload == "full":
        raise FullNeedsWebhook
    return [
        SubscriptionCreated(
            subscription_id=command.subscription_id,
            name=command.name,
            url=command.url,
            app=command.app,
            payload=command.payload,
            selection=command.selection,
            after=command.after,
            only_where_named=ONLY_WHERE_NAMED,
        )
    ]


def pause_subscription(
    subscription: Subscription, command: PauseSubscription
) -> list[SubscriptionEvent]:
    if subscription.stage == "disabled":
        raise SubscriptionIsDisabled
    if subscription.stage == "paused":
        return []
    return [SubscriptionPaused(subscription_id=command.subscription_id, reason=command.reason)]


def resume_subscription(
    subscription: Subscription, command: ResumeSubscription
) -> list[SubscriptionEvent]:
    if subscription.stage == "active":
        return []
    return [SubscriptionResumed(subscription_id=command.subscription_id)]


def disable_subscription(
    subscription: Subscription, command: DisableSubscription
) -> list[SubscriptionEvent]:
    # What somebody has paused meanwhile is theirs to resume.
    if subscription.stage != "active":
        return []
    return [SubscriptionDisabled(subscription_id=command.subscription_id, cause=command.cause)]


def rotate_secret(subscription: Subscription, command: RotateSecret) -> list[SubscriptionEvent]:
    require_webhook(subscription)
    until = subscription.previous_until
    # One that has leaked is not kept for anything that may be under way, except for this very one.
    has_leaked = command.previous_for_hours == 0 and until != command.now
    if until is not None and until >= command.now and not has_leaked:
        raise RotationUnderWay
    return [
        SubscriptionSecretRotated(
            subscription_id=command.subscription_id,
            generation=subscription.generation + 1,
            previous_until=command.now + timedelta(hours=command.previous_for_hours),
        )
    ]


def replay_subscription(
    subscription: Subscription, command: ReplaySubscription
) -> list[SubscriptionEvent]:
    require_webhook(subscription)
    if command.after < subscription.after:
        raise ReplayBeforeBeginning
    return unless_said(
        subscription,
        SubscriptionReplayed(
            subscription_id=command.subscription_id, after=command.after, at=command.now
        ),
    )


def send_test_event(subscription: Subscription, command: SendTestEvent) -> list[SubscriptionEvent]:
    require_webhook(subscription)
    if subscription.stage != "active":
        raise SubscriptionNotActive
    return unless_said(
        subscription,
        SubscriptionTested(subscription_id=command.subscription_id, at=command.now),
    )


def replay_dead_letters(
    subscription: Subscription, command: ReplayDeadLetters
) -> list[SubscriptionEvent]:
    require_webhook(subscription)
    return unless_said(
        subscription,
        SubscriptionDeadLettersReplayed(
            subscription_id=command.subscription_id, numbers=command.numbers, at=command.now
        ),
    )


def unless_said(subscription: Subscription, event: SubscriptionEvent) -> list[SubscriptionEvent]:
    """What may be asked for again and again is told from a repeat by its instant."""
    return [] if subscription.latest == event else [event]


def require_webhook(subscription: Subscription) -> None:
    if subscription.url is None:
        raise NoWebhook


SUBSCRIPTION: Aggregate[Subscription, SubscriptionCommand, SubscriptionEvent] = Aggregate(
    category="subscription", initial=Subscription(), evolve=evolve, decide=decide
)
