"""/v1/subscriptions: who is told what happens, made, paused, tried and ended."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from events.store import Outcome, Read, first_answer
from events.subscription import (
    DeleteSubscription,
    PauseSubscription,
    ReplayDeadLetters,
    ResumeSubscription,
    RotateSecret,
    SendTestEvent,
    SubscriptionCommand,
    SubscriptionSecretRotated,
)
from events.subscription_decisions import SUBSCRIPTION, SubscriptionNotFound
from events.transact import Prepare, require_new_ids
from projections.told_position import ToldPosition
from service.app_reading import reading_of
from service.asked import Asked, StrictRequest
from service.commands import change, receipt, start
from service.goal_answers import etag
from service.operations import CLINICIAN, PRACTICE_READERS, TOLD_ALL, Receipt, command, read
from service.routes.subscription_bodies import (
    DeadLetters,
    NewSubscription,
    Replay,
    Rotation,
    Stopping,
)
from service.subscribing import creation, replay, stream_of
from service.subscription_answers import (
    FIRST_GENERATION,
    SecretReceipt,
    SubscriptionAnswer,
    SubscriptionList,
    all_subscriptions,
    secret_receipt,
    subscription_as_read,
)

TAG = "subscriptions"
# What an app may know of a subscription; `after` and `planned` as tokens.
TOLD_TO_APPS = frozenset(
    {
        *("id", "name", "stage", "disabled_by", "reason", "url", "app", "payload", "types"),
        *("categories", "goals", "clients", "only_where_named", "after", "planned"),
        *("last_number", "cursor", "waiting", "dead", "failures", "failing_since", "open_until"),
        *("last_success_at", "public_key", "previous_until", "version"),
    }
)


class SubscriptionShown(SubscriptionAnswer, frozen=True, kw_only=True):
    __doc__ = SubscriptionAnswer.__doc__

    # An app is told them as tokens.
    after: ToldPosition  # type: ignore[assignment]
    planned: ToldPosition  # type: ignore[assignment]


@post(
    "/v1/subscriptions",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        creates=True,
        answers=SecretReceipt,
        example={
            "name": "The diary app's server",
            "url": "https://diary.example/cairn",
            "app": "diary",
            "categories": ["goal", "mood"],
        },
    ),
)
async def create_subscription(
    data: JSONBody[NewSubscription], asked: NamedDependency[Asked]
) -> Response[SecretReceipt]:
    """Let somebody know what happens: a webhook, an app that asks, or both.

    An app and a webhook count by the subscription's own numbers. They are told no positions, so
    they do not see that something happened which they are not told.
    """
    subscription_id = asked.new_id(data.id)
    stream, cause = stream_of(asked, subscription_id), asked.cause("create_subscription", data)
    outcome = await first_answer(asked.cairn.store, stream, cause)
    if outcome is None:
        is_id_choosable = partial(require_new_ids, cause, subscription_id)
        wanted = await creation(asked, subscription_id, data, beside=is_id_choosable)
        outcome = await start(
            asked,
            SUBSCRIPTION,
            stream,
            wanted.command,
            cause=cause,
            require=wanted.require,
        )
    return with_secret(
        asked,
        receipt(
            asked,
            outcome,
            subscription_id,
            status=201,
            location=f"/v1/subscriptions/{subscription_id}",
        ),
        generation=None if data.url is None else FIRST_GENERATION,
    )


def with_secret(
    asked: Asked, made: Response[Receipt], *, generation: int | None
) -> Response[SecretReceipt]:
    """The same receipt with the keys of a generation; without any where there is no webhook."""
    content = secret_receipt(asked, made.content, generation=generation)
    return Response(content, status_code=made.status_code, headers=made.headers)


# The address of a webhook may have a secret in it.
@get("/v1/subscriptions", **read(roles=TOLD_ALL, tag=TAG, answers=SubscriptionList, secret=True))
async def list_subscriptions(asked: NamedDependency[Asked]) -> Response[SubscriptionList]:
    """Who is told what happens, and how far they have come."""
    found = await all_subscriptions(asked)
    head = await asked.cairn.store.head(asked.practice_id)
    return Response(found, headers=asked.headers_at(head))


@get(
    "/v1/subscriptions/{subscription_id:uuid}",
    **read(
        roles=PRACTICE_READERS, tag=TAG, answers=SubscriptionShown, conditional=True, secret=True
    ),
)
async def show_subscription(
    subscription_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[SubscriptionShown]:
    """One subscription, and how far it has come.

    An app sees its own, and those of whose events a subscription of its own tells it: its url is
    null then, and positions are tokens.
    """
    reading = await reading_of(asked)
    found = await subscription_as_read(asked, subscription_id)
    if found is None:
        raise SubscriptionNotFound
    answer = SubscriptionShown(**msgspec.structs.asdict(found))
    if asked.principal.role == "app":
        if answer.app != asked.principal.subject and not reading.is_told_of(SUBSCRIPTION.category):
            raise SubscriptionNotFound
        answer = told_to_app(asked, answer)
    head = await asked.cairn.store.head(asked.practice_id)
    return Response(answer, headers=asked.headers_at(head, ETag=etag(answer.version)))


def told_to_app(asked: Asked, answer: SubscriptionShown) -> SubscriptionShown:
    """Without another receiver's url, and without a number of the log's.

    A field that is not known here may be such a number: it is left out.
    """
    unknown = set(answer.__struct_fields__) - TOLD_TO_APPS
    return msgspec.structs.replace(
        answer,
        url=None,
        after=asked.told_position(answer.after),
        planned=asked.told_position(answer.planned),
        **dict.fromkeys(unknown, UNSET),
    )


async def change_subscription(
    asked: Asked,
    subscription_id: UUID,
    issued: SubscriptionCommand | Prepare[SubscriptionCommand],
    name: str,
    said: Any = None,
) -> Outcome:
    return await change(
        asked,
        SUBSCRIPTION,
        subscription_id,
        issued,
        cause=asked.cause(name, subscription_id, *(() if said is None else (said,))),
    )


@post(
    "/v1/subscriptions/{subscription_id:uuid}/pause",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"reason": "Their server moves this week."},
    ),
)
async def pause_subscription(
    subscription_id: FromPath[UUID], data: JSONBody[Stopping], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Send nothing until it is resumed. What happens meanwhile waits, and nothing is missed."""
    issued = PauseSubscription(subscription_id=subscription_id, reason=data.reason)
    outcome = await change_subscription(asked, subscription_id, issued, "pause_subscription", data)
    return receipt(asked, outcome, subscription_id, etag=True)


@post(
    "/v1/subscriptions/{subscription_id:uuid}/resume",
    **command(roles=CLINICIAN, tag=TAG, conditional=True),
)
async def resume_subscription(
    subscription_id: FromPath[UUID], asked: NamedDependency[Asked], request: StrictRequest
) -> Response[Receipt]:
    """Go on after a pause, or after it was disabled: what has waited is sent, then what comes."""
    await request.require_nothing_said()
    issued = ResumeSubscription(subscription_id=subscription_id)
    outcome = await change_subscription(asked, subscription_id, issued, "resume_subscription")
    return receipt(asked, outcome, subscription_id, etag=True)


@delete(
    "/v1/subscriptions/{subscription_id:uuid}",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        body_optional=True,
        example={"reason": "The app is no longer used."},
    ),
)
async def delete_subscription(
    subscription_id: FromPath[UUID], data: JSONBody[Stopping], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Tell nobody anything more by it, for good. What was sent stays on record."""
    issued = DeleteSubscription(subscription_id=subscription_id, reason=data.reason)
    outcome = await change_subscription(asked, subscription_id, issued, "delete_subscription", data)
    return receipt(asked, outcome, subscription_id, etag=True)


@post(
    "/v1/subscriptions/{subscription_id:uuid}/rotate-secret",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        answers=SecretReceipt,
        example={"previous_for_hours": 24},
    ),
)
async def rotate_secret(
    subscription_id: FromPath[UUID], data: JSONBody[Rotation], asked: NamedDependency[Asked]
) -> Response[SecretReceipt]:
    """Make a new secret. For some hours everything is signed with the one before as well."""
    issued = RotateSecret(
        subscription_id=subscription_id,
        now=asked.now,
        previous_for_hours=data.previous_for_hours,
    )
    outcome = await change_subscription(asked, subscription_id, issued, "rotate_secret", data)
    [rotated] = outcome.events
    assert isinstance(rotated, SubscriptionSecretRotated)  # noqa: S101 - for the type checker
    made = receipt(asked, outcome, subscription_id, etag=True)
    return with_secret(asked, made, generation=rotated.generation)


@post(
    "/v1/subscriptions/{subscription_id:uuid}/replay",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"after": 0}),
)
async def replay_subscription(
    subscription_id: FromPath[UUID], data: JSONBody[Replay], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Send again what was sent after a position or since a time: the same ids and numbers.

    Without either it is everything since the subscription began.
    """

    async def replaying(_: Read) -> SubscriptionCommand:
        return await replay(asked, subscription_id, data, now=asked.now)

    outcome = await change_subscription(
        asked, subscription_id, replaying, "replay_subscription", data
    )
    return receipt(asked, outcome, subscription_id, etag=True)


@post(
    "/v1/subscriptions/{subscription_id:uuid}/test",
    **command(roles=CLINICIAN, tag=TAG, conditional=True),
)
async def send_test_event(
    subscription_id: FromPath[UUID], asked: NamedDependency[Asked], request: StrictRequest
) -> Response[Receipt]:
    """Send one event that means nothing, to see whether it arrives: look at the deliveries."""
    await request.require_nothing_said()
    issued = SendTestEvent(subscription_id=subscription_id, now=asked.now)
    outcome = await change_subscription(asked, subscription_id, issued, "send_test_event")
    return receipt(asked, outcome, subscription_id, etag=True)


@post(
    "/v1/subscriptions/{subscription_id:uuid}/dead-letters/replay",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"numbers": [7]}),
)
async def replay_dead_letters(
    subscription_id: FromPath[UUID], data: JSONBody[DeadLetters], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Try again what had been given up: the same ids, and a new timestamp."""
    issued = ReplayDeadLetters(subscription_id=subscription_id, now=asked.now, numbers=data.numbers)
    outcome = await change_subscription(asked, subscription_id, issued, "replay_dead_letters", data)
    return receipt(asked, outcome, subscription_id, etag=True)


handlers = (
    create_subscription,
    list_subscriptions,
    show_subscription,
    pause_subscription,
    resume_subscription,
    delete_subscription,
    rotate_secret,
    replay_subscription,
    send_test_event,
    replay_dead_letters,
)
