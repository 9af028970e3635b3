"""Whether a goal takes a check-in: one that is late is kept, one that can not count is refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from events.goal import OPEN_STAGES, Goal, GoalClosed, GoalReached, GoalReplaced, Stage
from events.goal_decisions import GoalNotOpen
from events.measure import (
    Count,
    Frequency,
    Milestone,
    RelativeFrequency,
    Score,
    fed_by_moods,
)
from events.record import Recorded
from events.refusals import StateRefused


class GoalMeasuredByScores(StateRefused):
    """This goal is measured by an instrument's scores: record an assessment, not a check-in."""


class GoalFedByMoods(StateRefused):
    """Mood entries count for this goal by themselves: log a mood, and it is there."""


def require_admitted(goal: Goal, past: Sequence[Recorded], *, occurred_at: datetime) -> None:
    """Raises GoalMeasuredByScores, GoalFedByMoods or GoalNotOpen.

    `past` is the goal's stream. A phone may have been offline while the goal ended: what was done
    before the end still counts, so it is taken.
    """
    match goal.measure:
        case Score():
            raise GoalMeasuredByScores
        case None:
            raise GoalNotOpen
        case Frequency() if fed_by_moods(goal.measure):
            raise GoalFedByMoods
        case Frequency() | RelativeFrequency() | Count() | Milestone():
            pass
        case _:
            assert_never(goal.measure)
    if goal.stage in OPEN_STAGES:
        return
    if goal.stage is Stage.UNSET or occurred_at > ended_at(past):
        raise GoalNotOpen


def ended_at(past: Sequence[Recorded]) -> datetime:
    """When an ended goal ended. Raises GoalNotOpen where nothing says that it did."""
    for one in reversed(past):
        if isinstance(one.event, GoalReached | GoalClosed | GoalReplaced):
            return one.occurred_at
    raise GoalNotOpen
