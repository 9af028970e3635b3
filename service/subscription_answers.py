"""What is shown of a subscription: what people have decided, and how far it has come."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from events.store import RecordBroken
from events.subscription import DisablingCause, Payload, Subscription, SubscriptionStage
from service.operations import Receipt
from service.subscribing import OfPractice
from workers.outbox import (
    Behind,
    Standing,
    Tally,
    is_served,
    read_behind,
    read_progress,
    subscriptions_of,
)
from workers.planning import read_subscription
from workers.signing import signing_keys

FIRST_GENERATION: Final = 1


class SubscriptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription. What its filters leave empty leaves nothing out, but for some categories.

    Events of the categories in `only_where_named` are told where `types` or `categories` name them.
    `stage` is active, paused, or disabled (by `gone`: the receiver answered 410; or `no_success`:
    none in 120 hours). It tells what came after the position `after`. Up to the position `planned`
    the log has been looked through, and `last_number` events of it are told; everything up to the
    number `cursor` has been delivered, or given up (null without a webhook: an app keeps its own).
    `waiting` and `dead` count the rest, and those that were given up. `behind` counts the events of
    the log after `planned`: no worker has looked at them yet for this subscription, and the first
    of them was recorded at `behind_since`. `served` says whether a worker serves it now. While the
    receiver fails (`failures` in a row, since `failing_since`) it is left alone until `open_until`.
    What is signed can be verified with `public_key`; until `previous_until` the keys before a
    rotation are valid as well.
    """

    id: UUID
    name: str
    stage: SubscriptionStage
    disabled_by: DisablingCause | None
    reason: str
    url: str | None
    app: str | None
    payload: Payload
    types: tuple[str, ...]
    categories: tuple[str, ...]
    goals: tuple[UUID, ...]
    clients: tuple[UUID, ...]
    only_where_named: tuple[str, ...]
    after: int
    planned: int
    last_number: int
    cursor: int | None
    waiting: int
    dead: int
    behind: int
    behind_since: datetime | None
    served: bool
    failures: int
    failing_since: datetime | None
    open_until: datetime | None
    last_success_at: datetime | None
    public_key: str | None
    previous_until: datetime | None
    version: int


class SubscriptionList(msgspec.Struct, frozen=True, kw_only=True):
    """All that have not been deleted, the oldest first.

    `broken` are the ids of those of which an event does not open: nobody can read what they are.
    """

    items: list[SubscriptionAnswer]
    broken: list[UUID] = []


class SecretReceipt(Receipt, frozen=True, kw_only=True):
    """With the secret to verify what is signed: keep it, and give it to the receiver alone.

    It is shown here and nowhere else; null where there is no webhook. `public_key` verifies the
    same messages without being a secret.
    """

    secret: str | None
    public_key: str | None


def subscription_answer(
    asked: OfPractice,
    subscription_id: UUID,
    subscription: Subscription,
    *,
    version: int,
    standing: Standing,
    tally: Tally,
    behind: Behind,
    served: bool,
) -> SubscriptionAnswer:
    selection = subscription.selection
    circuit = standing.circuit
    stage = subscription.stage
    assert stage != "unset"  # noqa: S101 - for the type checker: it was read
    return SubscriptionAnswer(
        id=subscription_id,
        name=subscription.name,
        stage=stage,
        disabled_by=subscription.disabled_by,
        reason=subscription.reason,
        url=subscription.url,
        app=subscription.app,
        payload=subscription.payload,
        types=selection.types,
        categories=selection.categories,
        goals=selection.goals,
        clients=selection.clients,
        only_where_named=subscription.only_where_named,
        after=subscription.after,
        planned=planned_of(subscription, standing),
        last_number=standing.last_number,
        cursor=cursor_of(subscription, standing, tally),
        waiting=tally.waiting,
        dead=tally.dead,
        behind=behind.events,
        behind_since=behind.since,
        served=served,
        failures=circuit.failures,
        failing_since=circuit.failing_since,
        open_until=circuit.open_until,
        last_success_at=standing.last_success_at,
        public_key=public_key(asked, subscription_id, subscription),
        previous_until=subscription.previous_until,
        version=version,
    )


def planned_of(subscription: Subscription, standing: Standing) -> int:
    """Up to where the log has been looked through: what came before it began is no part of it."""
    return max(standing.planned, subscription.after)


def cursor_of(subscription: Subscription, standing: Standing, tally: Tally) -> int | None:
    if subscription.url is None:
        return None
    return standing.last_number if tally.first_waiting is None else tally.first_waiting - 1


def public_key(asked: OfPractice, subscription_id: UUID, subscription: Subscription) -> str | None:
    if subscription.url is None:
        return None
    return signing_keys(
        asked.cairn.master, asked.practice_id, subscription_id, subscription.generation
    ).public_key


def secret_receipt(asked: OfPractice, receipt: Receipt, *, generation: int | None) -> SecretReceipt:
    """The receipt with the keys of a generation; without any where there is no webhook."""
    content = msgspec.structs.asdict(receipt)
    if generation is None:
        return SecretReceipt(**content, secret=None, public_key=None)
    keys = signing_keys(asked.cairn.master, asked.practice_id, receipt.id, generation)
    return SecretReceipt(**content, secret=keys.secret, public_key=keys.public_key)


async def subscription_as_read(
    asked: OfPractice, subscription_id: UUID
) -> SubscriptionAnswer | None:
    """None where there is no such subscription; one that was deleted is still shown."""
    subject = (asked.practice_id, subscription_id)
    read = await read_subscription(asked.cairn.store, subject)
    subscription: Subscription = read.state
    if subscription.stage == "unset":
        return None
    pool = asked.cairn.pool
    standing, tally = await read_progress(pool, subject)
    planned = planned_of(subscription, standing)
    if subscription.is_live:
        behind = await read_behind(pool, asked.practice_id, planned)
    else:
        behind = Behind(events=0, since=None)
    return subscription_answer(
        asked,
        subscription_id,
        subscription,
        version=read.version,
        standing=standing,
        tally=tally,
        behind=behind,
        served=await is_served(pool, subject),
    )


async def all_subscriptions(asked: OfPractice) -> SubscriptionList:
    """The practice's, without those that were deleted. One that is broken hides no other."""
    items: list[SubscriptionAnswer] = []
    broken: list[UUID] = []
    for subscription_id in await subscriptions_of(asked.cairn.pool, asked.practice_id):
        try:
            answer = await subscription_as_read(asked, subscription_id)
        except RecordBroken:
            broken.append(subscription_id)
            continue
        if answer is not None and answer.stage != "deleted":
            items.append(answer)
    return SubscriptionList(items=items, broken=broken)
