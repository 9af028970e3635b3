"""Goal Attainment Scaling: what each level means, where a goal stands, and a client's T-score."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from events.goal_commands import Level, Levels, RateLevel, SetScale, Weight
from events.text import Note
from projections import session_queries
from projections.goal_attainment import INTERCORRELATION, Attainment, GoalAttainment
from service.asked import Asked
from service.operations import CLINICIAN, READERS, Receipt, command, read
from service.pages import PAGE_SIZE, Cursor, Limit, next_after, place_in
from service.routes.goal_life import change_goal

TAG = "goals"
VIEW = "goal_attainment"
LIST = "goal-attainment"
LEVELS = (-2, -1, 0, 1, 2)


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


class LevelMeaning(msgspec.Struct, frozen=True, kw_only=True):
    level: int
    meaning: str


class GoalAttained(msgspec.Struct, frozen=True, kw_only=True):
    """One goal with a scale. `counts` says whether the T-score is made of it.

    A goal counts once a level of its present scale was rated, unless another goal has replaced it.
    """

    goal_id: UUID
    statement: str
    levels: list[LevelMeaning]
    weight: float
    baseline_level: int
    level: int | None
    rated_on: date | None
    counts: bool


class AttainmentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A client's goals with a scale, and the T-score of those that count; absent without any.

    50 says that what was expected was reached on the whole, 10 points are one standard deviation
    (Kiresuk & Sherman 1968, with `intercorrelation` for rho). `t_score_at_baseline` is that of the
    same goals at the levels they began with. Both are for clinicians and auditors: a client and
    their app see the scales and the levels, and no number that sums a person up. The goals come in
    pages, by id; the T-score is of all of them.
    """

    client_id: UUID
    t_score: float | UnsetType | None = UNSET
    t_score_at_baseline: float | UnsetType | None = UNSET
    intercorrelation: float | UnsetType = UNSET
    goals: list[GoalAttained]
    next: str | None


def attainment_answer(
    row: GoalAttainment, *, told_all: bool, after: UUID | None, limit: int
) -> AttainmentAnswer:
    goals = [
        goal_attained(goal_id, goal)
        for goal_id, goal in sorted(row.goals.items())
        if goal.levels and (after is None or goal_id > after)
    ][:limit]
    return AttainmentAnswer(
        client_id=row.client_id,
        t_score=row.t_score if told_all else UNSET,
        t_score_at_baseline=row.t_score_at_baseline if told_all else UNSET,
        intercorrelation=INTERCORRELATION if told_all else UNSET,
        goals=goals,
        next=next_after(goals, "goal_id", of=LIST, limit=limit),
    )


def goal_attained(goal_id: UUID, goal: Attainment) -> GoalAttained:
    rated = goal.rated
    return GoalAttained(
        goal_id=goal_id,
        statement=goal.statement,
        levels=[
            LevelMeaning(level=level, meaning=meaning)
            for level, meaning in zip(LEVELS, goal.levels, strict=True)
        ],
        weight=goal.weight,
        baseline_level=goal.baseline_level,
        level=None if rated is None else rated.level,
        rated_on=None if rated is None else rated.on,
        counts=goal.counts,
    )


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
