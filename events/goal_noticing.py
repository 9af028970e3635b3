"""What a worker saw of a goal, decided: the goal itself has the last word."""

from datetime import date

from events.deadline import require_deadline
from events.goal import (
    OPEN_STAGES,
    Goal,
    GoalDeadlineFollowed,
    GoalDeadlineMissed,
    GoalEvent,
    GoalFoundAtRisk,
    GoalReached,
    GoalTargetMet,
    Stage,
)
from events.goal_commands import FollowSession, NoticeDeadline, NoticeRisk, NoticeTargetMet
from events.measure import Measure, Score, ends_when_met
from events.measure_soundness import require_sound
from events.moment import day_of
from events.refusals import ValueRefused


def follow_session(goal: Goal, command: FollowSession) -> list[GoalEvent]:
    bound = goal.stage in OPEN_STAGES and goal.due_session_id is not None
    if not bound or goal.measure is None:
        return []  # People have set another date meanwhile, or the goal has ended.
    if (goal.due_on, goal.due_session_id) == (command.due_on, command.session_id):
        return []
    if not can_be_due(goal.measure, starts_on=goal.starts_on, due_on=command.due_on):
        return []
    return [
        GoalDeadlineFollowed(
            goal_id=command.goal_id,
            from_on=goal.due_on,
            due_on=command.due_on,
            session_id=command.session_id,
        )
    ]


def can_be_due(measure: Measure, *, starts_on: date, due_on: date) -> bool:
    """Whether a goal may be due on a session's day, gone by or not: elsewhere its date stays."""
    try:
        require_deadline(due_on, today=starts_on, starts_on=starts_on)
        require_sound(measure, starts_on, due_on)
    except ValueRefused:
        return False
    return True


def notice_deadline(goal: Goal, command: NoticeDeadline) -> list[GoalEvent]:
    """What came of a deadline, and came of it after all where its evidence was late or mistaken."""
    # The worker saw a view that may lag; the goal itself has the last word.
    passed = (
        goal.stage is Stage.ACTIVE
        and goal.due_on == command.due_on
        and goal.due_on < day_of(command.now, goal.zone)
    )
    progress, position = command.progress, command.evidence_position
    noticed_on = goal.target_met_on if progress.target_met else goal.missed_on
    if not passed or goal.due_on == noticed_on:
        return []
    if not progress.target_met:
        return [
            GoalDeadlineMissed(
                goal_id=command.goal_id,
                due_on=command.due_on,
                progress=progress,
                evidence_position=position,
            )
        ]
    if not isinstance(goal.measure, Score):
        return [GoalReached(goal_id=command.goal_id, progress=progress, evidence_position=position)]
    # A symptom goal is called reached by people, never by a worker.
    return [
        GoalTargetMet(
            goal_id=command.goal_id,
            due_on=command.due_on,
            progress=progress,
            evidence_position=position,
        )
    ]


def notice_risk(goal: Goal, command: NoticeRisk) -> list[GoalEvent]:
    at_risk = (
        goal.stage is Stage.ACTIVE
        and goal.due_on == command.due_on
        and day_of(command.now, goal.zone) <= goal.due_on
        and goal.at_risk_on != command.due_on
        and not command.progress.target_met
    )
    if not at_risk:
        return []
    return [
        GoalFoundAtRisk(
            goal_id=command.goal_id,
            due_on=command.due_on,
            progress=command.progress,
            evidence_position=command.evidence_position,
        )
    ]


def notice_target_met(goal: Goal, command: NoticeTargetMet) -> list[GoalEvent]:
    done_once = goal.measure is not None and ends_when_met(goal.measure)
    if not (goal.stage is Stage.ACTIVE and done_once and command.progress.target_met):
        return []
    return [
        GoalReached(
            goal_id=command.goal_id,
            progress=command.progress,
            evidence_position=command.evidence_position,
        )
    ]
