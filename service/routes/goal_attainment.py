"""Goal Attainment Scaling: what each level means, where a goal stands, and a client's T-score."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events.goal_commands import Level, Levels, RateLevel, SetScale, Weight
from events.text import Note
from projections import session_queries
from service.asked import Asked
from service.attainment_answers import LIST, AttainmentAnswer, attainment_answer
from service.cursors import place_in
from service.operations import CLINICIAN, READERS, Receipt, command, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.routes.goal_life import change_goal

TAG = "goals"
VIEW = "goal_attainment"


class Scale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What -2, -1, 0, +1 and +2 mean for this goal, in this order; 0 is what is expected.

    `weight` from 1 to 10 says how much the goal counts beside the client's others.
    `baseline_level` is where it began.
    """

    levels: Levels
    weight: Weight = 1.0
    baseline_level: Level = -1


class RatedLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the goal stood on its scale, on a day of the client's calendar; today if left out."""

    level: Level
    on: date | None = None
    note: Note = ""


@put(
    "/v1/goals/{goal_id:uuid}/scale",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "levels": [
                "Does not leave the house",
                "Walks once or twice a week",
                "Walks on five days a week",
                "Walks on six days a week",
                "Walks every day, and with others",
            ],
            "weight": 2,
            "baseline_level": -1,
        },
    ),
)
async def set_scale(
    goal_id: FromPath[UUID], data: JSONBody[Scale], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Say what each level of attainment means for a goal.

    Another scale takes the place of the first; a level that was rated on the first no longer
    counts, and stays in the goal's history.
    """
    issued = SetScale(
        goal_id=goal_id,
        now=asked.now,
        levels=data.levels,
        weight=data.weight,
        baseline_level=data.baseline_level,
    )
    return await change_goal(asked, goal_id, issued, "set_scale", data)


@post(
    "/v1/goals/{goal_id:uuid}/level",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"level": 1, "note": "Rated together."},
    ),
)
async def rate_level(
    goal_id: FromPath[UUID], data: JSONBody[RatedLevel], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Rate where a goal stands on its scale, also after it has ended."""
    issued = RateLevel(goal_id=goal_id, now=asked.now, level=data.level, on=data.on, note=data.note)
    return await change_goal(asked, goal_id, issued, "rate_level", data)


@get(
    "/v1/clients/{client_id:uuid}/goal-attainment",
    **read(roles=READERS, tag=TAG, answers=AttainmentAnswer),
)
async def show_goal_attainment(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[AttainmentAnswer]:
    """How far a client's goals were attained; for clinicians and auditors with the T-score."""
    await asked.require_client(client_id)
    place = place_in(cursor, of=LIST)
    position = await asked.position_of(VIEW)
    row = await session_queries.attainment(asked.cairn.views, asked.practice_id, client_id)
    answer = attainment_answer(row, told_all=asked.told_all, after=place.after, limit=limit)
    return Response(answer, headers=asked.headers_at(position))


handlers = (set_scale, rate_level, show_goal_attainment)
