"""A subscription: what of a practice's log is told to whom, and what people decided about it.

How far its deliveries have come is no part of this: that is remembered beside the log.
"""

from datetime import datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events.selection import FORMERLY_ONLY_WHERE_NAMED, ONLY_WHERE_NAMED, Selection
from events.text import Name

Payload = Literal["thin", "full"]
DisablingCause = Literal["gone", "no_success"]
SubscriptionStage = Literal["active", "paused", "disabled", "deleted"]
APP_SUBJECT = r"^[A-Za-z0-9._-]+$(?!\n)"
AppSubject = Annotated[str, Meta(min_length=1, max_length=64, pattern=APP_SUBJECT)]
WebhookUrl = Annotated[str, Meta(min_length=1, max_length=2000)]
# A dead letter is named by its number; so many at once, or all of them.
LARGEST_NUMBER = 2**62
Number = Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
Numbers = Annotated[tuple[Number, ...], Meta(max_length=1000)]

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class SubscriptionFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one subscription."""

    subscription_id: UUID


class SubscriptionCreated(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.created.v1"
):
    """Events after a position are told: to the webhook at `url`, to the app of a subject, or both.

    With the payload `full` the practice has chosen to disclose what is in them to that webhook.
    Events of the categories in `only_where_named` are told where the selection names them.
    """

    name: str
    url: str | None
    app: str | None
    payload: Payload
    selection: Selection
    after: int
    only_where_named: tuple[str, ...] = FORMERLY_ONLY_WHERE_NAMED


class SubscriptionPaused(SubscriptionFact, frozen=True, kw_only=True, tag="subscription.paused.v1"):
    """Nothing is sent until it is resumed; what happens meanwhile waits."""

    reason: str = ""


class SubscriptionResumed(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.resumed.v1"
):
    """What has waited is sent, and what comes."""


class SubscriptionDisabled(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.disabled.v1"
):
    """Nothing is sent until somebody resumes it.

    Its receiver is gone (it answered 410), or took nothing in 120 hours (no success).
    """

    cause: DisablingCause


class SubscriptionDeleted(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.deleted.v1"
):
    """It tells nobody anything any more. What was sent stays on record."""

    reason: str = ""


class SubscriptionSecretRotated(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.secret_rotated.v1"
):
    """There is a new secret; until `previous_until` everything is signed with both."""

    generation: int
    previous_until: datetime


class SubscriptionReplayed(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.replayed.v1"
):
    """What it has told after a position is told again, under the same ids and numbers."""

    after: int
    at: datetime


class SubscriptionTested(SubscriptionFact, frozen=True, kw_only=True, tag="subscription.tested.v1"):
    """Somebody wants to see whether anything arrives: this very event is sent."""

    at: datetime


class SubscriptionDeadLettersReplayed(
    SubscriptionFact, frozen=True, kw_only=True, tag="subscription.dead_letters_replayed.v1"
):
    """What had been given up is tried again: these numbers, or all of them where none is named."""

    numbers: tuple[int, ...]
    at: datetime


SubscriptionEvent = (
    SubscriptionCreated
    | SubscriptionPaused
    | SubscriptionResumed
    | SubscriptionDisabled
    | SubscriptionDeleted
    | SubscriptionSecretRotated
    | SubscriptionReplayed
    | SubscriptionTested
    | SubscriptionDeadLettersReplayed
)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one subscription. `latest` is the last thing asked of it that may be asked
    again, by which the same asking is told from another."""

    stage: Literal["unset"] | SubscriptionStage = "unset"
    name: str = ""
    url: str | None = None
    app: str | None = None
    payload: Payload = "thin"
    selection: Selection = Selection()
    only_where_named: tuple[str, ...] = ONLY_WHERE_NAMED
    after: int = 0
    reason: str = ""
    disabled_by: DisablingCause | None = None
    generation: int = 1
    previous_until: datetime | None = None
    latest: SubscriptionEvent | None = None

    @property
    def is_live(self) -> bool:
        return self.stage not in ("unset", "deleted")

    def takes_type(self, type_: str) -> bool:
        """Whether it tells events of a type, if they are of somebody who is chosen."""
        return self.selection.takes_type(type_, only_where_named=self.only_where_named)


change = msgspec.structs.replace


def evolve(subscription: Subscription, event: SubscriptionEvent) -> Subscription:
    match event:
        case SubscriptionCreated():
            return Subscription(
                stage="active",
                name=event.name,
                url=event.url,
                app=event.app,
                payload=event.payload,
                selection=event.selection,
                only_where_named=event.only_where_named,
                after=event.after,
            )
        case SubscriptionPaused():
            return change(subscription, stage="paused", reason=event.reason)
        case SubscriptionResumed():
            return change(subscription, stage="active", reason="", disabled_by=None)
        case SubscriptionDisabled():
            return change(subscription, stage="disabled", disabled_by=event.cause)
        case SubscriptionDeleted():
            return change(subscription, stage="deleted", reason=event.reason)
        case SubscriptionSecretRotated():
            return change(
                subscription, generation=event.generation, previous_until=event.previous_until
            )
        case SubscriptionReplayed() | SubscriptionTested() | SubscriptionDeadLettersReplayed():
            return change(subscription, latest=event)
        case _:
            assert_never(event)


class CreateSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """`after` is a position that the log has; `any_network` where the operator lets webhooks go
    to http and to private addresses, for development."""

    subscription_id: UUID
    name: Name
    url: WebhookUrl | None
    app: AppSubject | None
    payload: Payload
    selection: Selection
    after: Annotated[int, Meta(ge=0)]
    any_network: bool = False


class PauseSubscription(msgspec.Struct, frozen=True, kw_only=True):
    subscription_id: UUID
    reason: Annotated[str, Meta(max_length=500)] = ""


class ResumeSubscription(msgspec.Struct, frozen=True, kw_only=True):
    subscription_id: UUID


class DisableSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's: nobody else disables one."""

    subscription_id: UUID
    cause: DisablingCause


class DeleteSubscription(msgspec.Struct, frozen=True, kw_only=True):
    subscription_id: UUID
    reason: Annotated[str, Meta(max_length=500)] = ""


class RotateSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The secret until now stays valid for so many hours; 0 where it has leaked."""

    subscription_id: UUID
    now: datetime
    previous_for_hours: Annotated[int, Meta(ge=0, le=168)] = 24


class ReplaySubscription(msgspec.Struct, frozen=True, kw_only=True):
    subscription_id: UUID
    after: Annotated[int, Meta(ge=0)]
    now: datetime


class SendTestEvent(msgspec.Struct, frozen=True, kw_only=True):
    subscription_id: UUID
    now: datetime


class ReplayDeadLetters(msgspec.Struct, frozen=True, kw_only=True):
    """Of no number: all of them."""

    subscription_id: UUID
    now: datetime
    numbers: Numbers = ()


SubscriptionCommand = (
    CreateSubscription
    | PauseSubscription
    | ResumeSubscription
    | DisableSubscription
    | DeleteSubscription
    | RotateSecret
    | ReplaySubscription
    | SendTestEvent
    | ReplayDeadLetters
)
