"""/v1/goals/{id}/rest-days: days on which nothing is asked for, taken and withdrawn."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events import goal
from events.goal_commands import TakeRest, WithdrawRest
from events.text import Reason
from service.asked import Asked, StrictRequest
from service.forms import EntryReceipt, changed_receipt
from service.operations import CLINICIAN_AND_CLIENT, command
from service.routes.goal_life import changed_goal
from service.routes.goals import TAG


class RestDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day that rests, in the goal's own time zone, planned or gone by, and why."""

    on: date
    reason: Reason


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
    return await changed_receipt(asked, outcome, goal.CATEGORY, goal_id)


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
    return await changed_receipt(asked, outcome, goal.CATEGORY, goal_id)


handlers = (take_rest, withdraw_rest)
