"""How events change tracking: a row per client, from assessments, sessions held and goals."""

from typing import Any

import msgspec

from events.assessment import AssessmentEvent, AssessmentLeftIncomplete, AssessmentWithdrawn
from events.client import ClientDischarged, ClientEnrolled
from events.goal import GoalEvent, GoalSet, Stage, Turn, turned_on
from events.goal_decisions import GOAL
from events.moment import day_of
from events.practice import PracticeNormsSet, PracticeTrackingSet
from events.record import Recorded
from events.session import SessionCancelled, SessionHeld
from projections.rows import Changes, Column, Page, Projection, types_of
from projections.tracking import PlannedAssessments, TrackedScore, Tracking, settle

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
        plan = PlannedAssessments(goal=GOAL.initial, from_on=event.starts_on)
    elif event.goal_id in row.plans:
        plan = row.plans[event.goal_id]
    else:
        return row
    after = plan_after(plan, recorded, event)
    return change(row, plans={**row.plans, event.goal_id: after})


def plan_after(
    plan: PlannedAssessments, recorded: Recorded, event: GoalEvent
) -> PlannedAssessments:
    """The goal after a fact; each time that it comes to be under way its days are counted anew."""
    at = recorded.occurred_at
    goal = GOAL.evolve_stored(plan.goal, event, at)
    begins = goal.stage is Stage.ACTIVE and plan.goal.stage is not Stage.ACTIVE
    if not begins:
        return change(plan, goal=goal)
    began_on = turned_on(event, at, goal.zone) if isinstance(event, Turn) else day_of(at, goal.zone)
    return change(plan, goal=goal, from_on=max(plan.from_on, began_on))


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
        *GoalEvent.__args__,
    ),
    founding=types_of(ClientEnrolled),
    touches=lambda recorded: (recorded.client_id,) if recorded.client_id else (),
    evolve=evolve,
    settings=types_of(PracticeNormsSet, PracticeTrackingSet),
    settle_by=settle,
)
