"""A goal: the facts of its life, and the state that decisions about it need.

What may be done with a goal is decided in goal_decisions.py.
"""

from datetime import date
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from events.measure import Measure, Progress

CATEGORY = "goal"

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
    `review_every_days` the rhythm in which client and clinician look at it together.
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


class GoalPaused(GoalFact, frozen=True, kw_only=True, tag="goal.paused.v1"):
    reason: str = ""


class GoalResumed(GoalFact, frozen=True, kw_only=True, tag="goal.resumed.v1"):
    reason: str = ""


class GoalReached(GoalFact, frozen=True, kw_only=True, tag="goal.reached.v1"):
    """The goal was reached; `progress` is what the record showed then, where it was looked up."""

    progress: Progress | None = None
    evidence_position: int | None = None
    note: str = ""


class GoalClosed(GoalFact, frozen=True, kw_only=True, tag="goal.closed.v1"):
    """The goal ended without being reached, for a reason that blames nobody."""

    reason: CloseReason
    note: str = ""


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
    | GoalPaused
    | GoalResumed
    | GoalReached
    | GoalClosed
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
    """What a decision needs to know of one goal.

    `missed_on`, `at_risk_on` and `target_met_on` are the deadlines for which a worker has already
    recorded that fact; `revision` counts the changes of measure and deadline.
    """

    stage: Stage = Stage.UNSET
    client_id: UUID | None = None
    statement: str = ""
    measure: Measure | None = None
    agreed: frozenset[str] = frozenset()
    starts_on: date = date.min
    due_on: date = date.min
    zone: str = "UTC"
    missed_on: date | None = None
    at_risk_on: date | None = None
    target_met_on: date | None = None
    revision: int = 0


change = msgspec.structs.replace


def evolve(goal: Goal, event: GoalEvent) -> Goal:  # noqa: C901 - one case a fact
    match event:
        case GoalSet():
            return Goal(
                stage=Stage.PROPOSED,
                client_id=event.client_id,
                statement=event.statement,
                measure=event.measure,
                starts_on=event.starts_on,
                due_on=event.due_on,
                zone=event.zone,
            )
        case GoalAgreed():
            agreed = goal.agreed | {event.party}
            return change(
                goal, agreed=agreed, stage=Stage.ACTIVE if len(agreed) == 2 else goal.stage
            )
        case GoalStatementRevised():
            return change(goal, statement=event.statement)
        case GoalTargetRevised():
            # What was noticed about the old target says nothing about the new one, but a
            # deadline is missed once: asking less after it has passed does not make it pass anew.
            return change(
                goal,
                measure=event.measure,
                at_risk_on=None,
                target_met_on=None,
                revision=goal.revision + 1,
            )
        case GoalDeadlineRevised():
            return change(
                goal,
                due_on=event.due_on,
                missed_on=None,
                at_risk_on=None,
                target_met_on=None,
                revision=goal.revision + 1,
            )
        case GoalPaused():
            return change(goal, stage=Stage.PAUSED)
        case GoalResumed():
            return change(goal, stage=Stage.ACTIVE)
        case GoalReached():
            return change(goal, stage=Stage.REACHED)
        case GoalClosed():
            return change(goal, stage=Stage.CLOSED)
        case GoalReplaced():
            return change(goal, stage=Stage.REPLACED)
        case GoalDeadlineMissed():
            return change(goal, missed_on=event.due_on)
        case GoalFoundAtRisk():
            return change(goal, at_risk_on=event.due_on)
        case GoalTargetMet():
            return change(goal, target_met_on=event.due_on)
        case _:
            assert_never(event)
