"""How events change goal_status: goals, and the evidence that reaches them from entries."""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec

from events.assessment import (
    AssessmentEvent,
    AssessmentWithdrawn,
)
from events.check_in import CheckInEvent, CheckInWithdrawn
from events.goal import (
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
    Stage,
)
from events.measure import Measure, Score
from events.moment import day_of, end_of
from events.record import Recorded
from events.suggestion import (
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionEvent,
    SuggestionOffered,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from projections.goal_status import GoalStatus, Mark, Offer, settle
from projections.rows import WHOLE_CLIENT, Changes, Column, Page, Projection, Touched, types_of

change = msgspec.structs.replace


class ClientScore(msgspec.Struct, frozen=True, array_like=True):
    instrument: str
    total: float
    occurred_at: datetime
    position: int

    def mark(self, zone: str) -> Mark:
        """The same, as evidence for a goal in this zone."""
        return Mark(self.total, self.occurred_at, day_of(self.occurred_at, zone), self.position)


class ClientScores(msgspec.Struct, frozen=True, kw_only=True, tag="scores"):
    """All assessments of a client: a goal may be set, or its target revised, after them.

    Lies among the goals under the client's own id, which can not be a goal's: both are streams.
    """

    client_id: UUID
    scores: dict[UUID, ClientScore]


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if isinstance(event, CheckInEvent):
        return with_check_in(page, recorded, event)
    if isinstance(event, AssessmentEvent):
        return with_assessment(page, recorded, event)
    if isinstance(event, SuggestionEvent):
        return with_suggestion(page, recorded, event)
    if isinstance(event, GoalSet):
        return {event.goal_id: goal_set(page, recorded, event)}
    row = page.get(recorded.stream_id)
    if not (isinstance(event, GoalEvent) and isinstance(row, GoalStatus)):
        return {}
    row = evolve_goal(row, recorded, event, page)
    return {row.goal_id: change(row, version=recorded.version, position=recorded.position)}


def goal_set(page: Page, recorded: Recorded, event: GoalSet) -> GoalStatus:
    return GoalStatus(
        goal_id=event.goal_id,
        client_id=event.client_id,
        statement=event.statement,
        stage=Stage.PROPOSED,
        measure=event.measure,
        achievability=event.achievability,
        why=event.why,
        starts_on=event.starts_on,
        due_on=event.due_on,
        zone=event.zone,
        review_every_days=event.review_every_days,
        set_at=recorded.occurred_at,
        replaces=event.replaces,
        version=recorded.version,
        position=recorded.position,
        revised_position=recorded.position,
        passes_at=end_of(event.due_on, event.zone),
        scores=scores_for(event.measure, event.zone, page.get(event.client_id)),
    )


def scores_for(measure: Measure, zone: str, known: Any) -> dict[UUID, Mark]:
    """The client's totals on the instrument of a measure, from before the goal was set, too."""
    if not (isinstance(measure, Score) and isinstance(known, ClientScores)):
        return {}
    return {
        entry_id: score.mark(zone)
        for entry_id, score in known.scores.items()
        if score.instrument == measure.instrument
    }


def evolve_goal(  # noqa: C901 - one case an event
    row: GoalStatus, recorded: Recorded, fact: GoalEvent, page: Page
) -> GoalStatus:
    match fact:
        case GoalSet():
            return row
        case GoalAgreed():
            agreed = tuple(sorted({*row.agreed, fact.party}))
            stage = Stage.ACTIVE if len(agreed) == 2 else row.stage
            return change(row, agreed=agreed, stage=stage)
        case GoalStatementRevised():
            return change(row, statement=fact.statement, revisions=row.revisions + 1)
        case GoalTargetRevised():
            return change(
                row,
                measure=fact.measure,
                scores=scores_for(fact.measure, row.zone, page.get(row.client_id)),
                at_risk_on=None,
                target_met_on=None,
                revisions=row.revisions + 1,
                revised_position=recorded.position,
            )
        case GoalDeadlineRevised():
            return change(
                row,
                due_on=fact.due_on,
                missed_on=None,
                at_risk_on=None,
                target_met_on=None,
                revisions=row.revisions + 1,
                revised_position=recorded.position,
            )
        case GoalPaused():
            return change(row, stage=Stage.PAUSED)
        case GoalResumed():
            return change(row, stage=Stage.ACTIVE)
        case GoalReached():
            return change(row, stage=Stage.REACHED, ended_at=recorded.occurred_at)
        case GoalClosed():
            ended = change(row, stage=Stage.CLOSED, ended_at=recorded.occurred_at)
            return change(ended, close_reason=fact.reason)
        case GoalReplaced():
            ended = change(row, stage=Stage.REPLACED, ended_at=recorded.occurred_at)
            return change(ended, replaced_by=fact.by_goal_id)
        case GoalDeadlineMissed():
            return change(row, missed_on=fact.due_on, missed=row.missed + 1)
        case GoalFoundAtRisk():
            return change(row, at_risk_on=fact.due_on)
        case GoalTargetMet():
            return change(row, target_met_on=fact.due_on)
        case _:
            assert_never(fact)


def with_check_in(page: Page, recorded: Recorded, event: CheckInEvent) -> Changes:
    row = page.get(event.goal_id)
    if not isinstance(row, GoalStatus):
        return {}
    check_ins = dict(row.check_ins)
    if isinstance(event, CheckInWithdrawn):
        check_ins.pop(event.check_in_id, None)
    else:
        check_ins[event.check_in_id] = Mark(
            event.amount,
            event.occurred_at,
            day_of(event.occurred_at, row.zone),
            recorded.position,
        )
    return {row.goal_id: change(row, check_ins=check_ins, position=recorded.position)}


def with_assessment(page: Page, recorded: Recorded, event: AssessmentEvent) -> Changes:
    client_id = recorded.client_id
    if client_id is None:
        return {}
    known = page.get(client_id)
    scores = dict(known.scores) if isinstance(known, ClientScores) else {}
    score = None
    if isinstance(event, AssessmentWithdrawn):
        scores.pop(event.assessment_id, None)
    else:
        score = ClientScore(event.instrument, event.total, event.occurred_at, recorded.position)
        scores[event.assessment_id] = score
    changes: dict[UUID, Any] = {client_id: ClientScores(client_id=client_id, scores=scores)}
    for goal_id, row in page.items():
        if not (isinstance(row, GoalStatus) and isinstance(row.measure, Score)):
            continue
        if row.measure.instrument == event.instrument:
            of_goal = dict(row.scores)
            if score is None:
                of_goal.pop(event.assessment_id, None)
            else:
                of_goal[event.assessment_id] = score.mark(row.zone)
            changes[goal_id] = change(row, scores=of_goal, position=recorded.position)
    return changes


def with_suggestion(page: Page, recorded: Recorded, event: SuggestionEvent) -> Changes:
    row = page.get(event.goal_id)
    if not isinstance(row, GoalStatus):
        return {}
    if isinstance(event, SuggestionOffered):
        offer = Offer(
            kind=event.kind,
            due_on=event.due_on,
            status="offered",
            looked_at=event.evidence.position,
        )
    elif event.suggestion_id in row.offers:
        offer = change(row.offers[event.suggestion_id], status=STATUS_AFTER[type(event)])
    else:
        return {}
    offers = {**row.offers, event.suggestion_id: offer}
    return {row.goal_id: change(row, offers=offers, position=recorded.position)}


STATUS_AFTER: dict[type[msgspec.Struct], Any] = {
    SuggestionEdited: "edited",
    SuggestionAccepted: "accepted",
    SuggestionDismissed: "dismissed",
    SuggestionReleased: "released",
    SuggestionWithdrawn: "withdrawn",
}


def touches(recorded: Recorded) -> Touched:
    event = recorded.event
    if isinstance(event, AssessmentEvent):
        return WHOLE_CLIENT
    if isinstance(event, CheckInEvent | SuggestionEvent):
        return (event.goal_id,)
    if isinstance(event, GoalSet | GoalTargetRevised) and recorded.client_id is not None:
        return (recorded.stream_id, recorded.client_id)
    return (recorded.stream_id,)


def clear(row: GoalStatus | ClientScores) -> tuple[Any, ...]:
    if isinstance(row, ClientScores):
        return (None, None, None, None, False, False, False, False)
    return (
        row.stage.value,
        row.due_on,
        row.passes_at,
        row.risk_at,
        row.deadline_noticed,
        row.risk_noticed,
        bool(row.kinds_owed),
        bool(row.outdated),
    )


projection = Projection(
    name="goal_status",
    key="goal_id",
    row=GoalStatus | ClientScores,
    columns=(
        Column("stage", "text"),
        Column("due_on", "date"),
        Column("passes_at", "timestamptz"),
        Column("risk_at", "timestamptz"),
        Column("deadline_noticed", "boolean"),
        Column("risk_noticed", "boolean"),
        Column("suggestions_owed", "boolean"),
        Column("suggestions_outdated", "boolean"),
    ),
    clear=clear,
    types=types_of(
        *GoalEvent.__args__,
        *CheckInEvent.__args__,
        *AssessmentEvent.__args__,
        *SuggestionEvent.__args__,
    ),
    founding=types_of(GoalSet),
    touches=touches,
    evolve=evolve,
    settle=settle,
)
