"""How far goals with a scale were attained, as the API and the console show it."""

from datetime import date
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from projections.goal_attainment import INTERCORRELATION, Attainment, ClientAttainment
from service.cursors import next_after

LEVELS = (-2, -1, 0, 1, 2)
LIST = "goal-attainment"


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
    row: ClientAttainment, *, told_all: bool, after: UUID | None, limit: int
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
