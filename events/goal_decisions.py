"""What may be done with a goal: its commands, the facts that refuse them, and the decisions."""

from datetime import date, datetime
from typing import Annotated, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events.deadline import require_deadline
from events.decider import Decider, StateRefused, ValueRefused
from events.goal import (
    CATEGORY,
    OPEN_STAGES,
    CloseReason,
    Goal,
    GoalAgreed,
    GoalClosed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalResumed,
    GoalSet,
    GoalStatementRevised,
    GoalTargetMet,
    GoalTargetRevised,
    Party,
    Stage,
    evolve,
)
from events.measure import Frequency, Measure, Progress, require_sound
from events.moment import believable_day, day_of, zone_named
from events.text import Note, OptionalReason, Reason, Statement, ZoneName

__all__ = ["CATEGORY", "GoalCommand", "decide", "decider"]

Rating0To10 = Annotated[int, Meta(ge=0, le=10)]
ReviewRhythm = Annotated[int, Meta(ge=1, le=366)]


class AboutGoal(msgspec.Struct, frozen=True, kw_only=True):
    goal_id: UUID
    now: datetime


class SetGoal(AboutGoal, frozen=True, kw_only=True):
    """`starts_on` left out (None) is the client's today."""

    client_id: UUID
    statement: Statement
    measure: Measure
    achievability: Rating0To10
    why: Statement
    due_on: date
    zone: ZoneName
    starts_on: date | None = None
    review_every_days: ReviewRhythm = 14
    replaces: UUID | None = None


class AgreeGoal(AboutGoal, frozen=True, kw_only=True):
    parties: frozenset[Party]


class ReviseStatement(AboutGoal, frozen=True, kw_only=True):
    statement: Statement
    reason: Reason
    client_agreed: bool


class ReviseTarget(AboutGoal, frozen=True, kw_only=True):
    measure: Measure
    reason: Reason
    client_agreed: bool


class ReviseDeadline(AboutGoal, frozen=True, kw_only=True):
    due_on: date
    reason: Reason
    client_agreed: bool


class PauseGoal(AboutGoal, frozen=True, kw_only=True):
    reason: OptionalReason = ""


class ResumeGoal(AboutGoal, frozen=True, kw_only=True):
    reason: OptionalReason = ""


class ReachGoal(AboutGoal, frozen=True, kw_only=True):
    """A person says that the goal is reached, or a worker that a behaviour goal is."""

    progress: Progress | None = None
    evidence_position: int | None = None
    note: Note = ""


class CloseGoal(AboutGoal, frozen=True, kw_only=True):
    reason: CloseReason
    note: Note = ""


class ReplaceGoal(AboutGoal, frozen=True, kw_only=True):
    by_goal_id: UUID
    reason: Reason


class NoticeDeadline(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that this deadline has passed, with the progress on record at that time."""

    due_on: date
    progress: Progress
    evidence_position: int


class NoticeRisk(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that the goal trails the line to this deadline."""

    due_on: date
    progress: Progress
    evidence_position: int


GoalCommand = (
    SetGoal
    | AgreeGoal
    | ReviseStatement
    | ReviseTarget
    | ReviseDeadline
    | PauseGoal
    | ResumeGoal
    | ReachGoal
    | CloseGoal
    | ReplaceGoal
    | NoticeDeadline
    | NoticeRisk
)


class GoalNotOpen(StateRefused):
    """The goal has ended, or there is none of this id: set a new goal, or replace this one."""


class GoalNotActive(StateRefused):
    """The goal is not under way: it waits for agreement, is paused, or has ended."""


class GoalNotPaused(StateRefused):
    """The goal is not paused, so it can not be resumed."""


class DeadlinePassedMeanwhile(StateRefused):
    """The deadline passed before the goal was agreed, or while it rested: revise it first."""


class ReplacedByItself(ValueRefused):
    """A goal can not replace itself: give the new goal an id of its own."""

    field = "id"


def decide(goal: Goal, command: GoalCommand) -> list[GoalEvent]:  # noqa: C901 - one case a command
    match command:
        case SetGoal():
            return set_goal(goal, command)
        case AgreeGoal():
            return agree_goal(goal, command)
        case ReviseStatement():
            return revise_statement(goal, command)
        case ReviseTarget():
            return revise_target(goal, command)
        case ReviseDeadline():
            return revise_deadline(goal, command)
        case PauseGoal():
            return pause_goal(goal, command)
        case ResumeGoal():
            return resume_goal(goal, command)
        case ReachGoal():
            return reach_goal(goal, command)
        case CloseGoal():
            return close_goal(goal, command)
        case ReplaceGoal():
            return replace_goal(goal, command)
        case NoticeDeadline():
            return notice_deadline(goal, command)
        case NoticeRisk():
            return notice_risk(goal, command)
        case _:
            assert_never(command)


def set_goal(goal: Goal, command: SetGoal) -> list[GoalEvent]:
    if goal.stage is not Stage.UNSET:
        return []
    zone_named(command.zone)
    today = day_of(command.now, command.zone)
    starts_on = believable_day(command.starts_on or today)
    require_deadline(command.due_on, today=today, starts_on=starts_on)
    require_sound(command.measure, starts_on, command.due_on)
    return [
        GoalSet(
            goal_id=command.goal_id,
            client_id=command.client_id,
            statement=command.statement,
            measure=command.measure,
            achievability=command.achievability,
            why=command.why,
            starts_on=starts_on,
            due_on=command.due_on,
            zone=command.zone,
            review_every_days=command.review_every_days,
            replaces=command.replaces,
        )
    ]


def agree_goal(goal: Goal, command: AgreeGoal) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    new = sorted(command.parties - goal.agreed, reverse=True)
    completes = goal.stage is Stage.PROPOSED and len(goal.agreed | command.parties) == 2
    if completes and goal.due_on < day_of(command.now, goal.zone):
        raise DeadlinePassedMeanwhile
    return [GoalAgreed(goal_id=command.goal_id, party=party) for party in new]


def revise_statement(goal: Goal, command: ReviseStatement) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    if command.statement == goal.statement:
        return []
    return [
        GoalStatementRevised(
            goal_id=command.goal_id,
            from_statement=goal.statement,
            statement=command.statement,
            reason=command.reason,
            client_agreed=command.client_agreed,
        )
    ]


def revise_target(goal: Goal, command: ReviseTarget) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES or goal.measure is None:
        raise GoalNotOpen
    if command.measure == goal.measure:
        return []
    require_sound(command.measure, goal.starts_on, goal.due_on)
    return [
        GoalTargetRevised(
            goal_id=command.goal_id,
            from_measure=goal.measure,
            measure=command.measure,
            reason=command.reason,
            client_agreed=command.client_agreed,
        )
    ]


def revise_deadline(goal: Goal, command: ReviseDeadline) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES or goal.measure is None:
        raise GoalNotOpen
    if command.due_on == goal.due_on:
        return []  # Already so: saying it twice is not an error.
    today = day_of(command.now, goal.zone)
    require_deadline(command.due_on, today=today, starts_on=goal.starts_on)
    require_sound(goal.measure, goal.starts_on, command.due_on)
    return [
        GoalDeadlineRevised(
            goal_id=command.goal_id,
            from_on=goal.due_on,
            due_on=command.due_on,
            reason=command.reason,
            client_agreed=command.client_agreed,
        )
    ]


def pause_goal(goal: Goal, command: PauseGoal) -> list[GoalEvent]:
    if goal.stage is Stage.PAUSED:
        return []
    if goal.stage is not Stage.ACTIVE:
        raise GoalNotActive
    return [GoalPaused(goal_id=command.goal_id, reason=command.reason)]


def resume_goal(goal: Goal, command: ResumeGoal) -> list[GoalEvent]:
    if goal.stage is Stage.ACTIVE:
        return []
    if goal.stage is not Stage.PAUSED:
        raise GoalNotPaused
    if goal.due_on < day_of(command.now, goal.zone):
        raise DeadlinePassedMeanwhile
    return [GoalResumed(goal_id=command.goal_id, reason=command.reason)]


def reach_goal(goal: Goal, command: ReachGoal) -> list[GoalEvent]:
    if goal.stage is Stage.REACHED:
        return []
    if goal.stage not in (Stage.ACTIVE, Stage.PAUSED):
        raise GoalNotActive
    return [
        GoalReached(
            goal_id=command.goal_id,
            progress=command.progress,
            evidence_position=command.evidence_position,
            note=command.note,
        )
    ]


def close_goal(goal: Goal, command: CloseGoal) -> list[GoalEvent]:
    if goal.stage is Stage.CLOSED:
        return []
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    return [GoalClosed(goal_id=command.goal_id, reason=command.reason, note=command.note)]


def replace_goal(goal: Goal, command: ReplaceGoal) -> list[GoalEvent]:
    if command.by_goal_id == command.goal_id:
        raise ReplacedByItself
    if goal.stage is Stage.REPLACED:
        return []
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    return [
        GoalReplaced(goal_id=command.goal_id, by_goal_id=command.by_goal_id, reason=command.reason)
    ]


def notice_deadline(goal: Goal, command: NoticeDeadline) -> list[GoalEvent]:
    # The worker saw a view that may lag; the goal itself has the last word.
    passed = (
        goal.stage is Stage.ACTIVE
        and goal.due_on == command.due_on
        and goal.due_on < day_of(command.now, goal.zone)
    )
    if not passed or goal.due_on in (goal.missed_on, goal.target_met_on):
        return []
    progress, position = command.progress, command.evidence_position
    if not progress.target_met:
        return [
            GoalDeadlineMissed(
                goal_id=command.goal_id,
                due_on=command.due_on,
                progress=progress,
                evidence_position=position,
            )
        ]
    if isinstance(goal.measure, Frequency):
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


decider: Decider[Goal, GoalCommand, GoalEvent] = Decider(
    initial=Goal(), evolve=evolve, decide=decide
)
