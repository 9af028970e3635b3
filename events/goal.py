"""A goal: the facts of its life, and the state that decisions about it need.

What may be done with a goal is decided in goal_decisions.py.

Over 400 lines because the facts of a goal and the one fold over the facts are read together.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events.measure import Frequency, Measure, Progress
from events.moment import day_of

Party = Literal["clinician", "client"]
CloseReason = Literal[
    "no_longer_relevant", "circumstances_changed", "clients_choice", "treatment_ended", "other"
]

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class GoalFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one goal."""

    goal_id: UUID


class GoalSet(GoalFact, frozen=True, kw_only=True, tag="goal.set.v1"):
    """A goal was proposed: every SMART part is a field.

    `achievability` is the client's own rating from 0 (not at all) to 10 (surely), `why` the
    client's own words, `due_on` the last day on which the goal can be reached, in `zone`, and
    `review_every_days` the rhythm in which client and clinician look at it together. With
    `due_session_id` the deadline is the day of that session, also where it moves. `template` is
    the one the goal was made from, `baseline_given` says that its baseline was told and is not what
    the template has.
    """

    client_id: UUID
    statement: str
    measure: Measure
    achievability: int
    why: str
    starts_on: date
    due_on: date
    zone: str
    review_every_days: int
    replaces: UUID | None = None
    due_session_id: UUID | None = None
    template: str | None = None
    baseline_given: bool | None = None


class GoalAgreed(GoalFact, frozen=True, kw_only=True, tag="goal.agreed.v1"):
    """One of the two whose agreement makes a proposal a goal has agreed."""

    party: Party


class GoalStatementRevised(GoalFact, frozen=True, kw_only=True, tag="goal.statement_revised.v1"):
    from_statement: str
    statement: str
    reason: str
    client_agreed: bool


class GoalTargetRevised(GoalFact, frozen=True, kw_only=True, tag="goal.target_revised.v1"):
    """The measure, with its baseline and target, was replaced by another."""

    from_measure: Measure
    measure: Measure
    reason: str
    client_agreed: bool


class GoalDeadlineRevised(GoalFact, frozen=True, kw_only=True, tag="goal.deadline_revised.v1"):
    from_on: date
    due_on: date
    reason: str
    client_agreed: bool


class GoalDeadlineFollowed(GoalFact, frozen=True, kw_only=True, tag="goal.deadline_followed.v1"):
    """The session by which the goal is due has another day now, and the deadline went with it."""

    from_on: date
    due_on: date
    session_id: UUID


class GoalPaused(GoalFact, frozen=True, kw_only=True, tag="goal.paused.v1"):
    """`on` is the first day of the pause in the goal's zone; pauses before it was kept lack it."""

    reason: str = ""
    on: date | None = None


class GoalResumed(GoalFact, frozen=True, kw_only=True, tag="goal.resumed.v1"):
    """`on` is the first day after the pause in the goal's zone, where it was kept."""

    reason: str = ""
    on: date | None = None


class GoalRestTaken(GoalFact, frozen=True, kw_only=True, tag="goal.rest_taken.v1"):
    """Nothing is asked for on this day, planned or said afterwards."""

    on: date
    reason: str


class GoalRestWithdrawn(GoalFact, frozen=True, kw_only=True, tag="goal.rest_withdrawn.v1"):
    on: date


class GoalScaleSet(GoalFact, frozen=True, kw_only=True, tag="goal.scale_set.v1"):
    """What each level of attainment means for this goal (Kiresuk & Sherman 1968).

    `levels` describe -2 (much less than expected) to +2 (much more), in this order; `weight` says
    how much the goal counts beside the client's others, `baseline_level` where it began.
    """

    levels: tuple[str, ...]
    weight: float
    baseline_level: int = -1


class GoalLevelRated(GoalFact, frozen=True, kw_only=True, tag="goal.level_rated.v1"):
    """Where the goal stood on its scale on a day: -2 to +2."""

    level: int
    on: date
    note: str = ""


class GoalReached(GoalFact, frozen=True, kw_only=True, tag="goal.reached.v1"):
    """The goal was reached; `progress` is what the record showed then, where it was looked up."""

    progress: Progress | None = None
    evidence_position: int | None = None
    note: str = ""


class GoalClosed(GoalFact, frozen=True, kw_only=True, tag="goal.closed.v1"):
    """The goal ended without being reached, for a reason that blames nobody."""

    reason: CloseReason
    note: str = ""


class GoalReopened(GoalFact, frozen=True, kw_only=True, tag="goal.reopened.v1"):
    """The goal had been reached or closed, and goes on: what ended it was not so.

    A pause that went on when the goal ended is over with it: `on` is the first day after that
    pause in the goal's zone, where it was kept.
    """

    reason: str
    on: date | None = None


class GoalReplaced(GoalFact, frozen=True, kw_only=True, tag="goal.replaced.v1"):
    by_goal_id: UUID
    reason: str


class GoalDeadlineMissed(GoalFact, frozen=True, kw_only=True, tag="goal.deadline_missed.v1"):
    """The deadline passed in the client's zone; `progress` says what was reached by then.

    `evidence_position` is the last position of the practice's log that was looked at.
    """

    due_on: date
    progress: Progress
    evidence_position: int


class GoalFoundAtRisk(GoalFact, frozen=True, kw_only=True, tag="goal.found_at_risk.v1"):
    """Before its deadline, the goal trails the straight line to it (once per deadline)."""

    due_on: date
    progress: Progress
    evidence_position: int


class GoalTargetMet(GoalFact, frozen=True, kw_only=True, tag="goal.target_met.v1"):
    """The scores have arrived at the target; whether the goal is reached, people say."""

    due_on: date
    progress: Progress
    evidence_position: int


GoalEvent = (
    GoalSet
    | GoalAgreed
    | GoalStatementRevised
    | GoalTargetRevised
    | GoalDeadlineRevised
    | GoalDeadlineFollowed
    | GoalPaused
    | GoalResumed
    | GoalRestTaken
    | GoalRestWithdrawn
    | GoalScaleSet
    | GoalLevelRated
    | GoalReached
    | GoalClosed
    | GoalReopened
    | GoalReplaced
    | GoalDeadlineMissed
    | GoalFoundAtRisk
    | GoalTargetMet
)


class Stage(StrEnum):
    UNSET = "unset"
    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    REACHED = "reached"
    CLOSED = "closed"
    REPLACED = "replaced"


OPEN_STAGES = frozenset({Stage.PROPOSED, Stage.ACTIVE, Stage.PAUSED})


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one goal, as its own facts make it. Every SMART part is a field.

    `missed_on`, `at_risk_on` and `target_met_on` are the deadlines for which a worker has recorded
    that fact; of the first and the last only what was recorded later holds. `revision` counts the
    changes of measure and deadline. `rests` are the days on which nothing is asked for, each with
    its reason, `paused_on` the first day of a pause that goes on, also while the goal has ended,
    `pauses` those gone by, each from its first day to before another. `scale` is what was last set,
    `level` what was last rated. `baseline_given` says that the baseline is not the template's.
    `reached_met` says that the target was met when the goal was called reached.
    """

    stage: Stage = Stage.UNSET
    client_id: UUID | None = None
    statement: str = ""
    measure: Measure | None = None
    achievability: int = 0
    why: str = ""
    agreed: frozenset[Party] = frozenset()
    starts_on: date = date.min
    due_on: date = date.min
    zone: str = "UTC"
    review_every_days: int = 7
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    template: str | None = None
    baseline_given: bool = False
    close_reason: CloseReason | None = None
    reached_met: bool = False
    missed_on: date | None = None
    at_risk_on: date | None = None
    target_met_on: date | None = None
    revision: int = 0
    due_session_id: UUID | None = None
    rests: dict[date, str] = {}
    paused_on: date | None = None
    pauses: frozenset[tuple[date, date]] = frozenset()
    scale: GoalScaleSet | None = None
    level: GoalLevelRated | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES


change = msgspec.structs.replace


def stage_of(agreed: int, *, before: Stage = Stage.PROPOSED) -> Stage:
    """The stage of a goal to which so many have agreed; with both it is under way."""
    return Stage.ACTIVE if agreed == 2 else before


Turn = GoalPaused | GoalResumed | GoalReopened


def turned_on(turn: Turn, occurred_at: datetime, zone: str) -> date:
    """The day of a pause's beginning or end: the one that was kept, else when it happened."""
    return turn.on or day_of(occurred_at, zone)


def with_day(goal: Goal, event: GoalEvent, occurred_at: datetime) -> GoalEvent:
    """A fact as it would be stored today: earlier releases kept no day for some (see Turn)."""
    if not isinstance(event, Turn):
        return event
    return change(event, on=turned_on(event, occurred_at, goal.zone))


def pauses_gone_by(goal: Goal, on: date | None) -> frozenset[tuple[date, date]]:
    """The pauses gone by, with the one that went on until before a day, if there is one."""
    if goal.paused_on is None or on is None or on <= goal.paused_on:
        return goal.pauses
    return goal.pauses | {(goal.paused_on, on)}


def baseline_of(measure: Measure | None) -> float | None:
    return measure.baseline if isinstance(measure, Frequency) else None


def evolve(goal: Goal, event: GoalEvent) -> Goal:  # noqa: C901, PLR0912 - one case a fact
    match event:
        case GoalSet():
            return Goal(
                stage=Stage.PROPOSED,
                client_id=event.client_id,
                statement=event.statement,
                measure=event.measure,
                achievability=event.achievability,
                why=event.why,
                starts_on=event.starts_on,
                due_on=event.due_on,
                zone=event.zone,
                review_every_days=event.review_every_days,
                replaces=event.replaces,
                template=event.template,
                baseline_given=bool(event.baseline_given),
                due_session_id=event.due_session_id,
            )
        case GoalAgreed():
            agreed = goal.agreed | {event.party}
            return change(goal, agreed=agreed, stage=stage_of(len(agreed), before=goal.stage))
        case GoalStatementRevised():
            return change(goal, statement=event.statement)
        case GoalTargetRevised():
            # What was noticed about the old target says nothing about the new one, but a
            # deadline is missed once: asking less after it has passed does not make it pass anew.
            return change(
                goal,
                measure=event.measure,
                baseline_given=goal.baseline_given
                and baseline_of(event.measure) == baseline_of(goal.measure),
                at_risk_on=None,
                target_met_on=None,
                revision=goal.revision + 1,
            )
        case GoalDeadlineRevised() | GoalDeadlineFollowed():
            # A day that people have chosen is no longer that of a session.
            session_id = event.session_id if isinstance(event, GoalDeadlineFollowed) else None
            return change(
                goal,
                due_on=event.due_on,
                due_session_id=session_id,
                missed_on=None,
                at_risk_on=None,
                target_met_on=None,
                revision=goal.revision + 1,
            )
        case GoalPaused():
            return change(goal, stage=Stage.PAUSED, paused_on=event.on)
        case GoalResumed():
            over = pauses_gone_by(goal, event.on)
            return change(goal, stage=Stage.ACTIVE, paused_on=None, pauses=over)
        case GoalRestTaken():
            return change(goal, rests={**goal.rests, event.on: event.reason})
        case GoalRestWithdrawn():
            return change(goal, rests={on: why for on, why in goal.rests.items() if on != event.on})
        case GoalScaleSet():
            # A level says something about the scale it was rated on, not about the next one.
            return change(goal, scale=event, level=None)
        case GoalLevelRated():
            return change(goal, level=event)
        case GoalReached():
            met = event.progress is not None and event.progress.target_met
            return change(goal, stage=Stage.REACHED, reached_met=met)
        case GoalClosed():
            return change(goal, stage=Stage.CLOSED, close_reason=event.reason)
        case GoalReopened():
            # What was noticed before it ended belongs to that time. It goes on as if it had never
            # ended: who was not asked when it ended was not asked until now.
            return change(
                goal,
                stage=stage_of(len(goal.agreed)),
                close_reason=None,
                reached_met=False,
                missed_on=None,
                at_risk_on=None,
                target_met_on=None,
                paused_on=None,
                pauses=pauses_gone_by(goal, event.on),
            )
        case GoalReplaced():
            return change(goal, stage=Stage.REPLACED, replaced_by=event.by_goal_id)
        case GoalDeadlineMissed():
            return change(goal, missed_on=event.due_on, target_met_on=None)
        case GoalFoundAtRisk():
            return change(goal, at_risk_on=event.due_on)
        case GoalTargetMet():
            return change(goal, target_met_on=event.due_on, missed_on=None)
        case _:
            assert_never(event)
