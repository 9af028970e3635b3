"""A goal that has ended, decided to go on: what ended it was a mistake, or is no longer so."""

from events.goal import OPEN_STAGES, Goal, GoalEvent, GoalReopened, Stage
from events.goal_commands import ReopenGoal
from events.moment import day_of
from events.refusals import StateRefused, ValueRefused


class GoalNotEnded(StateRefused):
    """The goal has not ended, so there is nothing to reopen: revise it instead."""


class GoalWasReplaced(StateRefused):
    """Another goal has taken this one's place: revise that one, or reopen it."""


class DeadlinePassedSince(ValueRefused):
    """The goal's deadline has passed: send a due_on of today or later with the reopening."""

    field = "due_on"


def reopened(goal: Goal, command: ReopenGoal) -> list[GoalEvent]:
    """The goal goes on from where it ended; a new deadline is a revision of its own after that."""
    if goal.stage is Stage.REPLACED:
        raise GoalWasReplaced
    if goal.stage in OPEN_STAGES and command.due_on in (None, goal.due_on):
        return []
    if goal.stage not in (Stage.REACHED, Stage.CLOSED):
        raise GoalNotEnded
    today = day_of(command.now, goal.zone)
    if command.due_on is None and goal.due_on < today:
        raise DeadlinePassedSince
    return [GoalReopened(goal_id=command.goal_id, reason=command.reason, on=today)]
