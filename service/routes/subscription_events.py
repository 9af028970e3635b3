"""What a subscription tells, for the app that asks; and its deliveries, for the practice."""

import asyncio
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp

from events.refusals import NotFound
from events.subscription import Subscription
from events.subscription_decisions import SubscriptionNotFound, SubscriptionPausedNow
from projections.told_event import NumberedEvent
from service.asked import WAIT_SECONDS, Asked
from service.auth import Principal
from service.cursors import POSITION_LIMIT, Place, cursor_of, place_in
from service.operations import PRACTICE_READERS, TOLD_ALL, read, stream
from service.pages import PAGE_SIZE, Cursor, Limit
from service.places import EpochNamed, begun, mark_of
from service.positions import EpochChanged
from service.problems import ParameterRefused, ViewBehind
from service.routes.feed import FeedLimit, Wait
from service.streams import Stream
from service.subscription_following import PLANNING_SECONDS, subscription_source, told_after
from workers.outbox import (
    Attempt,
    Delivery,
    DeliveryStage,
    Standing,
    Subject,
    number_up_to,
    read_attempts,
    read_deliveries,
    read_standing,
)
from workers.planning import read_subscription

TAG = "subscriptions"
LIST = "deliveries"
AfterNumber = Annotated[
    int,
    QueryParameter(ge=0, le=POSITION_LIMIT, description="The last number read: 0 at first."),
]


class NumberedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscription tells after a number, the oldest first.

    Ask for what comes after `next`. `last` is the last number there is. `epoch` changes when
    the log is restored from a backup. Send `epoch` along with `next`: then a number that has come
    to mean another event is refused.
    """

    items: list[NumberedEvent]
    next: int
    last: int
    epoch: UUID


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first."""

    items: list[Delivery]
    next: str | None


class DeliveryAttempts(msgspec.Struct, frozen=True, kw_only=True):
    """Every attempt to deliver one event, the first first."""

    number: int
    items: list[Attempt]


async def readable(asked: Asked, subscription_id: UUID) -> Subject:
    """A subscription that the asker may read, deleted ones too: what they told is on record.

    An app reads its own, unless somebody has paused it: that a webhook fails is no matter of its.

    Raises SubscriptionNotFound, SubscriptionPausedNow.
    """
    subject = (asked.practice_id, subscription_id)
    subscription: Subscription = (await read_subscription(asked.cairn.store, subject)).state
    if subscription.stage == "unset":
        raise SubscriptionNotFound
    if asked.principal.role == "app":
        if subscription.app != asked.principal.subject or not subscription.is_live:
            raise SubscriptionNotFound
        if subscription.stage == "paused":
            raise SubscriptionPausedNow
    return subject


@get(
    "/v1/subscriptions/{subscription_id:uuid}/events",
    **read(roles=PRACTICE_READERS, tag=TAG, answers=NumberedAnswer, rests=True),
)
async def read_subscription_events(
    subscription_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    after: AfterNumber = 0,
    epoch: EpochNamed = None,
    limit: FeedLimit = PAGE_SIZE,
    wait: Wait = 0,
) -> Response[NumberedAnswer]:
    """What a subscription tells, for the app it names: in order, numbered, nothing missed.

    Numbers have no holes. With `wait` an answer without an event is put off until there is one, or
    the time is over.

    Send `next` as `after` and the answer's `epoch` along. Where the log was restored from a backup
    since, and numbers have other events, the answer is 409 (`epoch-changed`), and `facts.agreed` is
    the last number that still has the event it had.
    """
    subject = await readable(asked, subscription_id)
    await require_agreed(asked, subject, after, epoch)
    if asked.at_least is not None:
        await planned_up_to(asked, subject, asked.at_least)
    told = await told_after(asked.cairn, subject, after=after, limit=limit, wait_seconds=wait)
    if wait:  # Meanwhile somebody may have paused it, and the token may have expired.
        asked.require_still_valid()
        await readable(asked, subscription_id)
    standing = told.standing
    require_told("after", after, standing)
    items = [asked.told_event(one) for one in told.items]
    answer = NumberedAnswer(
        items=items,
        next=items[-1].number if items else after,
        last=standing.last_number,
        epoch=asked.cairn.epochs.current.epoch,
    )
    shown = told.items[-1].position if items and answer.next < answer.last else standing.planned
    return Response(answer, headers=asked.headers_at(shown))


async def planned_up_to(asked: Asked, subject: Subject, position: int) -> None:
    """Raises ViewBehind where the worker has not come so far in two seconds."""
    await asked.require_reached(position)
    give_up_at = asyncio.get_running_loop().time() + WAIT_SECONDS
    while (await read_standing(asked.cairn.pool, subject)).planned < position:
        if asyncio.get_running_loop().time() > give_up_at:
            raise ViewBehind
        await asyncio.sleep(PLANNING_SECONDS)


@get(
    "/v1/subscriptions/{subscription_id:uuid}/stream",
    **stream(roles=PRACTICE_READERS, tag=TAG, answers=NumberedEvent, rests=True),
)
async def follow_subscription(
    subscription_id: FromPath[UUID],
    request: Request[Principal, Principal, State],
    asked: NamedDependency[Asked],
    after: AfterNumber = 0,
    epoch: EpochNamed = None,
) -> ASGIApp:
    """What a subscription tells as it happens, as server-sent events.

    An event's `id` is its number; who comes back with it as `Last-Event-ID` misses nothing. The
    last event is `end`, as in the feed's stream; `not_active` where the subscription is paused or
    deleted.
    """
    subject = await readable(asked, subscription_id)
    first = begun(request, after, epoch)
    asked.cairn.epochs.require_telling()
    await require_agreed(asked, subject, first.at, first.epoch)
    require_told(first.parameter, first.at, await read_standing(asked.cairn.pool, subject))
    return Stream(
        asked.cairn.streams,
        subscription_source(
            asked.cairn,
            subject,
            lambda: readable(asked, subscription_id),
            tell=asked.told_event,
        ),
        principal=asked.principal,
        after=first.at,
        mark=mark_of(asked.cairn.epochs.current),
    )


async def require_agreed(asked: Asked, subject: Subject, number: int, epoch: UUID | None) -> None:
    """Raises EpochChanged where a number has another event than it had in that epoch."""
    epochs = asked.cairn.epochs
    position = await epochs.agreed(asked.practice_id, epoch)
    if position is None:
        return
    agreed = await number_up_to(asked.cairn.pool, subject, position)
    if number > agreed:
        raise EpochChanged(epoch=str(epochs.current.epoch), agreed=agreed)


def require_told(parameter: str, number: int, standing: Standing) -> None:
    """Raises ParameterRefused for a number that has not been told."""
    if number > standing.last_number:
        raise ParameterRefused(parameter, "This subscription has not told so much: begin anew.")


@get(
    "/v1/subscriptions/{subscription_id:uuid}/deliveries",
    **read(roles=TOLD_ALL, tag=TAG, answers=DeliveryPage),
)
async def list_deliveries(
    subscription_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    stage: Annotated[
        DeliveryStage | None,
        QueryParameter(
            description="waiting, delivered, dead (given up), or kept for the app that asks."
        ),
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[DeliveryPage]:
    """What a subscription has told and what waits, the newest first, with the last attempt."""
    subject = await readable(asked, subscription_id)
    of = f"{LIST} {subscription_id} {stage}"
    before = place_in(cursor, of=of).before_number
    standing = await read_standing(asked.cairn.pool, subject)
    items = await read_deliveries(
        asked.cairn.pool, subject, stage=stage, before=before, limit=limit
    )
    more = len(items) == limit and items[-1].number > 1
    page = DeliveryPage(
        items=items, next=cursor_of(Place(of=of, before=items[-1].number)) if more else None
    )
    return Response(page, headers=asked.headers_at(standing.planned))


@get(
    "/v1/subscriptions/{subscription_id:uuid}/deliveries/{number:int}",
    **read(roles=TOLD_ALL, tag=TAG, answers=DeliveryAttempts),
)
async def list_attempts(
    subscription_id: FromPath[UUID], number: FromPath[int], asked: NamedDependency[Asked]
) -> Response[DeliveryAttempts]:
    """Every attempt to deliver one event: when, what came of it, and whether it disclosed it."""
    subject = await readable(asked, subscription_id)
    if not 0 < number <= POSITION_LIMIT:
        raise NotFound
    standing = await read_standing(asked.cairn.pool, subject)
    if number > standing.last_number:
        raise NotFound
    items = await read_attempts(asked.cairn.pool, subject, number)
    return Response(
        DeliveryAttempts(number=number, items=items),
        headers=asked.headers_at(standing.planned),
    )


handlers = (read_subscription_events, follow_subscription, list_deliveries, list_attempts)
