"""What is done about a goal: the facts that refuse a command, and the decisions."""

from datetime import date
from functools import partial, reduce
from typing import assert_never

import msgspec

from events.aggregate import Aggregate
from events.deadline import require_deadline
from events.goal import (
    OPEN_STAGES,
    Goal,
    GoalAgreed,
    GoalClosed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalLevelRated,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalResumed,
    GoalScaleSet,
    GoalSet,
    GoalStatementRevised,
    GoalTargetRevised,
    Stage,
    evolve,
    pauses_gone_by,
    with_day,
)
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    FollowSession,
    GoalCommand,
    NoticeDeadline,
    NoticeRisk,
    NoticeTargetMet,
    PauseGoal,
    RateLevel,
    ReachGoal,
    ReopenGoal,
    ReplaceGoal,
    ResumeGoal,
    ReviseDeadline,
    ReviseStatement,
    ReviseTarget,
    SetGoal,
    SetScale,
    TakeRest,
    WithdrawRest,
)
from events.goal_days import days_at_rest, days_reserved
from events.goal_noticing import follow_session, notice_deadline, notice_risk, notice_target_met
from events.goal_reopening import reopened
from events.goal_soundness import require_sound_goal, require_sound_measure
from events.measure import Frequency, Measure
from events.measure_soundness import require_same_source, require_sound, resolved
from events.moment import believable_day, day_of, earliest_day_of
from events.refusals import StateRefused, ValueRefused


class GoalNotOpen(StateRefused):
    """The goal has ended, or there is none of this id: set a new goal, or replace this one."""


class GoalNotActive(StateRefused):
    """The goal is not under way (it waits for agreement, is paused or has ended): see its stage."""


class GoalNotPaused(StateRefused):
    """The goal is not paused, so there is nothing to resume: see its stage."""


class DeadlinePassedMeanwhile(StateRefused):
    """The deadline passed before the goal was agreed, or while it rested: revise it first."""


class RestOutsideTheGoal(ValueRefused):
    """This day does not lie between the goal's first day and its deadline: choose one that does."""

    field = "on"


class RestOnlyWherePractised(StateRefused):
    """This goal asks for nothing each day or week, so no day can rest: pause it instead."""


class TooManyRests(StateRefused):
    """Less than half of the goal's days would be asked for: make the reserve smaller, take a rest back, or move the deadline on."""  # noqa: E501 - one sentence, read by people

    detail = (
        "Rest days, pauses and the reserve would leave {free} of the goal's {days} days free, and "
        "{most} is the most: make the reserve smaller, take a rest back, or move the deadline on."
    )


class ScaleNotSet(StateRefused):
    """This goal has no scale yet: say first what each level from -2 to +2 means."""


class LevelInTheFuture(ValueRefused):
    """This day lies ahead: rate the level for today, or for a day gone by."""

    field = "on"


class ReplacedByItself(ValueRefused):
    """A goal can not replace itself: give the new goal an id of its own."""

    field = "id"


def decide(goal: Goal, command: GoalCommand) -> list[GoalEvent]:  # noqa: C901, PLR0912 - one case a command
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
        case FollowSession():
            return follow_session(goal, command)
        case PauseGoal():
            return pause_goal(goal, command)
        case ResumeGoal():
            return resume_goal(goal, command)
        case TakeRest():
            return take_rest(goal, command)
        case WithdrawRest():
            return withdraw_rest(goal, command)
        case SetScale():
            return set_scale(goal, command)
        case RateLevel():
            return rate_level(goal, command)
        case ReachGoal():
            return reach_goal(goal, command)
        case CloseGoal():
            return close_goal(goal, command)
        case ReopenGoal():
            return reopen_goal(goal, command)
        case ReplaceGoal():
            return replace_goal(goal, command)
        case NoticeDeadline():
            return notice_deadline(goal, command)
        case NoticeRisk():
            return notice_risk(goal, command)
        case NoticeTargetMet():
            return notice_target_met(goal, command)
        case _:
            assert_never(command)


def set_goal(goal: Goal, command: SetGoal) -> list[GoalEvent]:
    if goal.stage is not Stage.UNSET:
        return []
    today = earliest_day_of(command.now, command.zone)
    require_sound_goal(
        now=command.now,
        zone=command.zone,
        starts_on=command.starts_on,
        due_on=command.due_on,
        begins_today=command.starts_on is None,
        judge=partial(require_sound_measure, command.measure, today=today),
    )
    return [
        GoalSet(
            goal_id=command.goal_id,
            client_id=command.client_id,
            statement=command.statement,
            measure=resolved(command.measure),
            achievability=command.achievability,
            why=command.why,
            starts_on=command.starts_on or today,
            due_on=command.due_on,
            zone=command.zone,
            review_every_days=command.review_every_days,
            replaces=command.replaces,
            due_session_id=command.due_session_id,
            template=command.template,
            baseline_given=command.baseline_given,
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
    measure = resolved(command.measure)
    if measure == goal.measure:
        return []
    require_same_source(goal.measure, measure)
    require_sound(measure, goal.starts_on, goal.due_on)
    if goal.rests and days_reserved(measure) > days_reserved(goal.measure):
        require_half_asked(goal, measure, goal.due_on, today=day_of(command.now, goal.zone))
    return [
        GoalTargetRevised(
            goal_id=command.goal_id,
            from_measure=goal.measure,
            measure=measure,
            reason=command.reason,
            client_agreed=command.client_agreed,
        )
    ]


def revise_deadline(goal: Goal, command: ReviseDeadline) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES or goal.measure is None:
        raise GoalNotOpen
    if command.due_on == goal.due_on and goal.due_session_id is None:
        return []  # Already so: saying it twice is not an error.
    today = day_of(command.now, goal.zone)
    require_deadline(command.due_on, today=today, starts_on=goal.starts_on)
    require_sound(goal.measure, goal.starts_on, command.due_on)
    if goal.rests and command.due_on < goal.due_on:
        require_half_asked(goal, goal.measure, command.due_on, today=today)
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
    on = day_of(command.now, goal.zone)
    return [GoalPaused(goal_id=command.goal_id, reason=command.reason, on=on)]


def resume_goal(goal: Goal, command: ResumeGoal) -> list[GoalEvent]:
    if goal.stage is Stage.ACTIVE:
        return []
    if goal.stage is not Stage.PAUSED:
        raise GoalNotPaused
    today = day_of(command.now, goal.zone)
    if goal.due_on < today:
        raise DeadlinePassedMeanwhile
    return [GoalResumed(goal_id=command.goal_id, reason=command.reason, on=today)]


def take_rest(goal: Goal, command: TakeRest) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    if not isinstance(goal.measure, Frequency):
        raise RestOnlyWherePractised
    if command.on in goal.rests:
        return []
    if not goal.starts_on <= command.on <= goal.due_on:
        raise RestOutsideTheGoal
    resting = msgspec.structs.replace(goal, rests={**goal.rests, command.on: command.reason})
    require_half_asked(resting, goal.measure, goal.due_on, today=day_of(command.now, goal.zone))
    return [GoalRestTaken(goal_id=command.goal_id, on=command.on, reason=command.reason)]


def require_half_asked(goal: Goal, measure: Measure, due_on: date, *, today: date) -> None:
    """Raises TooManyRests where what is excused and the reserve leave less than half of the days.

    A pause is never refused. Of one that goes on the days gone by count: whenever it ends, nobody
    will have been asked on them. Were less than half asked for, one entry could be all of it.
    """
    count = (due_on - goal.starts_on).days + 1
    pauses = pauses_gone_by(goal, today)
    resting = days_at_rest(goal.rests, pauses, first=goal.starts_on, last=due_on)
    free = len(resting) + days_reserved(measure)
    if 2 * free > count:
        raise TooManyRests(free=free, days=count, most=count // 2)


def withdraw_rest(goal: Goal, command: WithdrawRest) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    if command.on not in goal.rests:
        return []
    return [GoalRestWithdrawn(goal_id=command.goal_id, on=command.on)]


def set_scale(goal: Goal, command: SetScale) -> list[GoalEvent]:
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    scale = GoalScaleSet(
        goal_id=command.goal_id,
        levels=command.levels,
        weight=command.weight,
        baseline_level=command.baseline_level,
    )
    return [] if scale == goal.scale else [scale]


def rate_level(goal: Goal, command: RateLevel) -> list[GoalEvent]:
    # Attainment is often looked at when the goal has ended.
    if goal.scale is None:
        raise ScaleNotSet
    today = day_of(command.now, goal.zone)
    on = believable_day(command.on or today, "on")
    if on > today:
        raise LevelInTheFuture
    rated = GoalLevelRated(goal_id=command.goal_id, level=command.level, on=on, note=command.note)
    return [] if rated == goal.level else [rated]


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


def reopen_goal(goal: Goal, command: ReopenGoal) -> list[GoalEvent]:
    events = reopened(goal, command)
    if not events or command.due_on is None:
        return events
    revising = ReviseDeadline(
        goal_id=command.goal_id,
        now=command.now,
        due_on=command.due_on,
        reason=command.reason,
        client_agreed=command.client_agreed,
    )
    return [*events, *revise_deadline(reduce(evolve, events, goal), revising)]


def replace_goal(goal: Goal, command: ReplaceGoal) -> list[GoalEvent]:
    require_another(command)
    if goal.stage is Stage.REPLACED:
        return []
    if goal.stage not in OPEN_STAGES:
        raise GoalNotOpen
    return [
        GoalReplaced(goal_id=command.goal_id, by_goal_id=command.by_goal_id, reason=command.reason)
    ]


def require_another(command: ReplaceGoal) -> None:
    """Raises ReplacedByItself."""
    if command.by_goal_id == command.goal_id:
        raise ReplacedByItself


GOAL: Aggregate[Goal, GoalCommand, GoalEvent] = Aggregate(
    category="goal", initial=Goal(), evolve=evolve, decide=decide, complete=with_day
)
