"""How far a client's goals were attained: a row per client, with scales, levels and the T-score."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import fsum, sqrt
from typing import Any, Final
from uuid import UUID

import msgspec

from events.goal import (
    GoalEvent,
    GoalLevelRated,
    GoalReplaced,
    GoalScaleSet,
    GoalSet,
    GoalStatementRevised,
)
from events.record import Recorded
from projections.rows import Changes, Page, Projection, types_of

change = msgspec.structs.replace

# How closely the goals of one person are taken to go together (Kiresuk & Sherman 1968).
INTERCORRELATION: Final = 0.30


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """Where a goal stood on its scale, -2 to +2, on a day in its own zone."""

    level: int
    on: date
    position: int


class Attainment(msgspec.Struct, frozen=True, kw_only=True):
    """One goal. `levels` say what -2 to +2 mean, in this order; without them there is no scale.

    `rated` is the rating of the latest day, of two on one day the later in the log. `replaced` is
    so where another goal has taken its place.
    """

    statement: str
    levels: tuple[str, ...] = ()
    weight: float = 1.0
    baseline_level: int = -1
    rated: Rating | None = None
    replaced: bool = False

    @property
    def counts(self) -> bool:
        """Whether the T-score is made of it: a goal that was replaced counts as its successor."""
        return self.rated is not None and not self.replaced


class ClientAttainment(msgspec.Struct, frozen=True, kw_only=True):
    """One client's goals, and the T-score of those that count; None where none does.

    `t_score_at_baseline` is that of the same goals at the levels they began with.
    """

    client_id: UUID
    goals: dict[UUID, Attainment] = {}
    t_score: float | None = None
    t_score_at_baseline: float | None = None


def t_score(rated: Sequence[tuple[float, int]]) -> float | None:
    """The Goal Attainment Scaling T-score of weights and levels; None without any.

    T = 50 + 10 * sum(w x) / sqrt((1 - rho) * sum(w^2) + rho * (sum w)^2), rho = .30: mean 50 where
    what was expected is reached, standard deviation 10 (Kiresuk TJ, Sherman RE: Goal attainment
    scaling. Community Ment Health J 1968; 4:443-453).
    """
    if not rated:
        return None
    # fsum, because the order of the goals must not make a difference.
    attained = fsum(weight * level for weight, level in rated)
    squares = fsum(weight * weight for weight, _ in rated)
    whole = fsum(weight for weight, _ in rated)
    rho = INTERCORRELATION
    return 50 + 10 * attained / sqrt((1 - rho) * squares + rho * whole * whole)


def evolve(page: Page, recorded: Recorded) -> Changes:
    event, client_id = recorded.event, recorded.client_id
    if client_id is None or not isinstance(event, GoalEvent):
        return {}
    row = page.get(client_id) or ClientAttainment(client_id=client_id)
    if isinstance(event, GoalSet):
        goal = Attainment(statement=event.statement)
    elif event.goal_id in row.goals:
        goal = attainment_after(row.goals[event.goal_id], recorded, event)
    else:
        return {}
    return {client_id: change(row, goals={**row.goals, event.goal_id: goal})}


def attainment_after(goal: Attainment, recorded: Recorded, event: GoalEvent) -> Attainment:
    match event:
        case GoalStatementRevised():
            return change(goal, statement=event.statement)
        case GoalScaleSet():
            # A level says something about the scale it was rated on, not about the next one.
            return change(
                goal,
                levels=event.levels,
                weight=event.weight,
                baseline_level=event.baseline_level,
                rated=None,
            )
        case GoalLevelRated():
            if goal.rated is not None and event.on < goal.rated.on:
                return goal
            rated = Rating(level=event.level, on=event.on, position=recorded.position)
            return change(goal, rated=rated)
        case GoalReplaced():
            return change(goal, replaced=True)
        case _:
            return goal


def settle(row: Any) -> Any:
    """Compute the T-scores from the goals that count."""
    counted: Iterable[Attainment] = [goal for goal in row.goals.values() if goal.counts]
    return change(
        row,
        t_score=t_score([(goal.weight, goal.rated.level) for goal in counted if goal.rated]),
        t_score_at_baseline=t_score([(goal.weight, goal.baseline_level) for goal in counted]),
    )


projection = Projection(
    name="goal_attainment",
    key="client_id",
    row=ClientAttainment,
    columns=(),
    clear=lambda row: (),  # noqa: ARG005 - nothing lies in clear
    types=types_of(GoalSet, GoalStatementRevised, GoalScaleSet, GoalLevelRated, GoalReplaced),
    founding=frozenset(),
    touches=lambda recorded: (recorded.client_id,) if recorded.client_id else (),
    evolve=evolve,
    settle=settle,
)
