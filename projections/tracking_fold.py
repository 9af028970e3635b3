"""How events change tracking: a row per client, from assessments, sessions held and goals."""

from typing import Any

import msgspec

from events.assessment import AssessmentEvent, AssessmentLeftIncomplete, AssessmentWithdrawn
from events.client import ClientDischarged, ClientEnrolled
from events.goal import (
    GoalAgreed,
    GoalClosed,
    GoalPaused,
    GoalReached,
    GoalReopened,
    GoalReplaced,
    GoalResumed,
    GoalSet,
    GoalTargetRevised,
    Stage,
    stage_of,
    turned_on,
)
from events.measure import Measure, Score
from events.moment import day_of
from events.practice import PracticeNormsSet, PracticeTrackingSet
from events.record import Recorded
from events.session import SessionCancelled, SessionHeld
from projections.caseload import STAGE_AFTER
from projections.rows import Changes, Column, Page, Projection, types_of
from projections.tracking import Plan, TrackedScore, Tracking, settle

change = msgspec.structs.replace


def evolve(page: Page, recorded: Recorded) -> Changes:
    client_id = recorded.client_id
    if client_id is None:
        return {}
    if isinstance(recorded.event, ClientEnrolled):
        return {client_id: Tracking(client_id=client_id)}
    row = page.get(client_id)
    return {} if row is None else {client_id: FOLDS[recorded.category](row, recorded)}


def with_client(row: Tracking, _: Recorded) -> Tracking:
    return change(row, discharged=True)


def with_assessment(row: Tracking, recorded: Recorded) -> Tracking:
    event: Any = recorded.event
    scores = dict(row.scores)
    if isinstance(event, AssessmentWithdrawn):
        scores.pop(event.assessment_id, None)
    else:
        known = scores.get(event.assessment_id)
        scores[event.assessment_id] = TrackedScore(
            event.instrument,
            None if isinstance(event, AssessmentLeftIncomplete) else event.total,
            event.occurred_at,
            recorded.position if known is None else known.founded,
        )
    return change(row, scores=scores)


def with_session(row: Tracking, recorded: Recorded) -> Tracking:
    event: Any = recorded.event
    sessions = dict(row.sessions)
    if isinstance(event, SessionHeld):
        sessions[event.session_id] = event.starts_at
    else:
        sessions.pop(event.session_id, None)
    return change(row, sessions=sessions)


def with_goal(row: Tracking, recorded: Recorded) -> Tracking:
    event: Any = recorded.event
    if isinstance(event, GoalSet):
        plan = Plan(
            instrument=instrument_of(event.measure),
            zone=event.zone,
            from_on=event.starts_on,
            every_days=event.review_every_days,
            stage=Stage.PROPOSED,
        )
    elif event.goal_id in row.plans:
        plan = plan_after(row.plans[event.goal_id], recorded)
    else:
        return row
    return change(row, plans={**row.plans, event.goal_id: plan})


def plan_after(plan: Plan, recorded: Recorded) -> Plan:
    event: Any = recorded.event
    match event:
        case GoalAgreed():
            agreed = tuple(sorted({*plan.agreed, event.party}))
            if len(agreed) < 2:
                return change(plan, agreed=agreed)
            from_on = max(plan.from_on, day_of(recorded.occurred_at, plan.zone))
            return change(plan, agreed=agreed, stage=Stage.ACTIVE, from_on=from_on)
        case GoalResumed():
            resumed_on = turned_on(event, recorded.occurred_at, plan.zone)
            return change(plan, stage=Stage.ACTIVE, from_on=max(plan.from_on, resumed_on))
        case GoalReopened():
            reopened_on = turned_on(event, recorded.occurred_at, plan.zone)
            from_on = max(plan.from_on, reopened_on)
            return change(plan, stage=stage_of(len(plan.agreed)), from_on=from_on)
        case GoalTargetRevised():
            return change(plan, instrument=instrument_of(event.measure))
        case _:
            return change(plan, stage=STAGE_AFTER[type(event)])


def instrument_of(measure: Measure) -> str | None:
    return measure.instrument if isinstance(measure, Score) else None


FOLDS: dict[str, Any] = {
    "client": with_client,
    "assessment": with_assessment,
    "session": with_session,
    "goal": with_goal,
}

projection = Projection(
    name="tracking",
    key="client_id",
    row=Tracking,
    columns=(Column("attention_at", "timestamptz"),),
    clear=lambda row: (row.attention_at,),
    types=types_of(
        ClientEnrolled,
        ClientDischarged,
        *AssessmentEvent.__args__,
        SessionHeld,
        SessionCancelled,
        GoalSet,
        GoalAgreed,
        GoalTargetRevised,
        GoalPaused,
        GoalResumed,
        GoalReached,
        GoalClosed,
        GoalReopened,
        GoalReplaced,
    ),
    founding=types_of(ClientEnrolled),
    touches=lambda recorded: (recorded.client_id,) if recorded.client_id else (),
    evolve=evolve,
    settings=types_of(PracticeNormsSet, PracticeTrackingSet),
    settle_by=settle,
)
