"""/v1/goals/{id}/rest-days: days on which nothing is asked for, taken and withdrawn."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events.goal import GoalRestTaken, GoalRestWithdrawn
from events.goal_commands import TakeRest, WithdrawRest
from events.goal_decisions import GOAL
from events.refusals import NotFound
from events.text import Reason
from service.asked import Asked, StrictRequest
from service.commands import read_stream
from service.forms import EntryReceipt, changed_receipt
from service.goal_answers import etag
from service.operations import CLINICIAN_AND_CLIENT, READERS, command, read
from service.routes.goal_life import changed_goal
from service.routes.goals import TAG


class RestDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day that rests, in the goal's own time zone, planned or gone by, and why."""

    on: date
    reason: Reason


class RestDayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A day that rests in the goal's own time zone, as it was taken last, or that was withdrawn.

    `taken_by` is who took the day, as a role and a pseudonym.
    """

    goal_id: UUID
    on: date
    reason: str
    taken_at: datetime
    taken_by: str
    withdrawn: bool


@post(
    "/v1/goals/{goal_id:uuid}/rest-days",
    **command(
        roles=CLINICIAN_AND_CLIENT,
        tag=TAG,
        conditional=True,
        answers=EntryReceipt,
        example={"on": timedelta(days=3), "reason": "At my sister's wedding."},
    ),
)
async def take_rest(
    goal_id: FromPath[UUID], data: JSONBody[RestDay], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Take a day of rest: nothing is asked for on it, and nothing is lost.

    At most half of a goal's days can rest. What is done on such a day counts all the same.
    """
    issued = TakeRest(goal_id=goal_id, now=asked.now, on=data.on, reason=data.reason)
    outcome = await changed_goal(asked, goal_id, issued, "take_rest", data)
    return await changed_receipt(asked, outcome, goal_id)


@get(
    "/v1/goals/{goal_id:uuid}/rest-days/{on:date}",
    **read(roles=READERS, tag=TAG, answers=RestDayAnswer, conditional=True, of_record=True),
)
async def show_rest_day(
    goal_id: FromPath[UUID], on: FromPath[date], asked: NamedDependency[Asked]
) -> Response[RestDayAnswer]:
    """A day of rest that was taken, withdrawn or not. The ETag is the goal's.

    It comes from the log itself, so it is never late. All days that rest are in the goal (`rests`).
    """
    position = await asked.position_of_log()
    aimed = await read_stream(asked, GOAL, goal_id)
    about = [
        (one, one.event)
        for one in aimed.past
        if isinstance(one.event, GoalRestTaken | GoalRestWithdrawn) and one.event.on == on
    ]
    taken = [(one, said) for one, said in about if isinstance(said, GoalRestTaken)]
    if not taken:
        raise NotFound
    recorded, said = taken[-1]
    answer = RestDayAnswer(
        goal_id=goal_id,
        on=on,
        reason=said.reason,
        taken_at=recorded.occurred_at,
        taken_by=recorded.actor,
        withdrawn=isinstance(about[-1][1], GoalRestWithdrawn),
    )
    return Response(answer, headers=asked.headers_at(position, ETag=etag(aimed.version)))


@delete(
    "/v1/goals/{goal_id:uuid}/rest-days/{on:date}",
    **command(roles=CLINICIAN_AND_CLIENT, tag=TAG, conditional=True, answers=EntryReceipt),
)
async def withdraw_rest(
    goal_id: FromPath[UUID],
    on: FromPath[date],
    asked: NamedDependency[Asked],
    request: StrictRequest,
) -> Response[EntryReceipt]:
    """Withdraw a day of rest: it is a day like any other again."""
    await request.require_nothing_said()
    issued = WithdrawRest(goal_id=goal_id, now=asked.now, on=on)
    outcome = await changed_goal(asked, goal_id, issued, "withdraw_rest", on)
    return await changed_receipt(asked, outcome, goal_id)


handlers = (take_rest, show_rest_day, withdraw_rest)
