"""`cairn subscriptions test`: one event that means nothing is sent, and watched on its way."""

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import click
import msgspec

from events.subscription import SendTestEvent
from service.console.connection import practice_option
from service.console.output import (
    Show,
    as_json_option,
    moment,
    print_json,
    print_text,
    progress,
)
from service.console.subscription_place import Place, by_option, placed, subscription_argument
from service.console.subscription_words import TO_DO, command, went
from workers.outbox import (
    Delivery,
    is_served,
    read_attempts,
    read_delivery_of,
    read_standing,
)
from workers.planning import read_subscription

LIMIT_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.1
# A worker looks for what nobody serves every second or two.
UNSERVED_SECONDS: Final = 4.0


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How a test went. `outcome` and `status` are those of the attempt, if there was one."""

    arrived: bool
    position: int
    number: int | None = None
    outcome: str | None = None
    status: int | None = None
    milliseconds: int | None = None
    sentence: str


@click.command()
@subscription_argument
@by_option
@practice_option
@as_json_option
def test(said: str, by: str, practice_id: UUID | None, as_json: bool) -> int:
    """Send one event that means nothing, and see whether it arrives: at most half a minute.

    Where it does not, the exit code is 1, and a sentence says what to do.

    \b
    Example:
      cairn subscriptions test diary --by anna
    """
    trial = asyncio.run(tried(practice_id, said, by))
    if as_json:
        print_json(trial)
    else:
        print_text(trial.sentence)
    return 0 if trial.arrived else 1


async def tried(practice_id: UUID | None, said: str, by: str) -> Trial:
    """Raises what refuses a test, such as SubscriptionNotActive and NoWebhook."""
    async with placed(practice_id) as place:
        subscription_id = await place.called_to_change(said)
        now = place.cairn.clock()
        issued = SendTestEvent(subscription_id=subscription_id, now=now)
        outcome = await place.say(subscription_id, issued, by)
        assert outcome.position is not None  # noqa: S101 - for the type checker: it was appended
        # Not before: the bar would stand in the line of what was said about the subscription.
        with progress("A test is on its way", total=LIMIT_SECONDS) as show:
            return await watched(
                place,
                subscription_id,
                outcome.position,
                give_up_at=now + timedelta(seconds=LIMIT_SECONDS),
                show=show,
            )


async def watched(
    place: Place, subscription_id: UUID, position: int, *, give_up_at: datetime, show: Show
) -> Trial:
    """Look until an attempt was made, or it is plain that none will be made in time."""
    pool, subject = place.cairn.pool, place.subject(subscription_id)
    served_at = place.cairn.clock()
    while True:
        now = place.cairn.clock()
        show(LIMIT_SECONDS - (give_up_at - now).total_seconds())
        delivery = await read_delivery_of(pool, subject, position)
        if delivery is not None and delivery.last_outcome is not None:
            return await after_attempt(place, subscription_id, delivery)
        if await is_served(pool, subject):
            served_at = now
        is_unserved = (now - served_at).total_seconds() > UNSERVED_SECONDS
        hindrance = await hindered(place, subscription_id, delivery, until=give_up_at)
        if is_unserved or hindrance or now >= give_up_at:
            return Trial(
                arrived=False,
                position=position,
                number=None if delivery is None else delivery.number,
                sentence=unserved()
                if is_unserved
                else hindrance or late(subscription_id, delivery),
            )
        await asyncio.sleep(LOOK_SECONDS)


async def after_attempt(place: Place, subscription_id: UUID, delivery: Delivery) -> Trial:
    pool, subject = place.cairn.pool, place.subject(subscription_id)
    [*_, last] = await read_attempts(pool, subject, delivery.number)
    arrived = last.outcome == "delivered"
    said = went(last.outcome, last.status)
    if arrived:
        sentence = f"It arrived: the receiver {said} in {last.milliseconds} ms."
    else:
        # One that is gone is not tried again: that disables the subscription.
        waits = delivery.due_at is not None and last.outcome != "gone"
        again = f"; it is tried again at {moment(delivery.due_at)}" if waits else ""
        to_do = TO_DO.get(last.outcome, "look at what it answers")
        sentence = f"It did not arrive: the receiver {said}; {to_do}{again}."
    return Trial(
        arrived=arrived,
        position=delivery.position,
        number=delivery.number,
        outcome=last.outcome,
        status=last.status,
        milliseconds=last.milliseconds,
        sentence=sentence,
    )


async def hindered(
    place: Place, subscription_id: UUID, delivery: Delivery | None, *, until: datetime
) -> str | None:
    """Why it can not be sent before an instant; None where nothing is in its way."""
    pool, subject = place.cairn.pool, place.subject(subscription_id)
    stage = (await read_subscription(place.cairn.store, subject)).state.stage
    if stage != "active":
        return (
            f"It was not sent: meanwhile the subscription is {stage}; see "
            f"`cairn subscriptions {subscription_id}`."
        )
    if delivery is None:
        return None  # Until the worker has come so far, what is known of the receiver is old.
    at_once = (
        f"to try at once, {command('pause', subscription_id)} and "
        f"{command('resume', subscription_id)}."
    )
    circuit = (await read_standing(pool, subject)).circuit
    if circuit.open_until is not None and circuit.open_until > until:
        return (
            f"It waits: the receiver failed {circuit.failures} times in a row, and is "
            f"left alone until {moment(circuit.open_until)}; {at_once}"
        )
    return None


def unserved() -> str:
    return (
        "It was not sent: no worker serves this subscription; start one with `cairn work`, or look "
        "into the worker's log. It is sent as soon as one does."
    )


def late(subscription_id: UUID, delivery: Delivery | None) -> str:
    """Nothing came of it in time: whose part that is, as far as it can be told."""
    look = f"look again with `cairn subscriptions {subscription_id}`"
    if delivery is None:
        return (
            f"It was not sent: in {LIMIT_SECONDS:g} seconds the worker that serves this "
            "subscription has not come to the test. The worker has much to do before it, or "
            f"stands still: look into the worker's log, or {look}. The receiver was not asked."
        )
    return (
        f"Nothing was heard of it within {LIMIT_SECONDS:g} seconds: the worker has other things to "
        f"send first or stands still, or the receiver is slow; {look}."
    )
