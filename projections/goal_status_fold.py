"""How events change goal_status: goals, and the evidence that reaches them from entries."""

from collections.abc import Callable, Iterator
from typing import Any, assert_never
from uuid import UUID

import msgspec

from events.assessment import AssessmentEvent
from events.check_in import CheckInEvent
from events.goal import (
    GoalAgreed,
    GoalClosed,
    GoalDeadlineFollowed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalLevelRated,
    GoalPaused,
    GoalReached,
    GoalReopened,
    GoalReplaced,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalResumed,
    GoalScaleSet,
    GoalSet,
    GoalStatementRevised,
    GoalTargetMet,
    GoalTargetRevised,
)
from events.goal_decisions import GOAL
from events.measure import Score, fed_by_moods
from events.moment import end_of
from events.mood import MoodEvent
from events.record import Recorded
from events.session import SessionEvent
from events.suggestion import (
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionEvent,
    SuggestionOffered,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from projections.goal_evidence import (
    ClientMoods,
    ClientScores,
    fed_from_now,
    moods_for,
    moods_key,
    scores_for,
    scores_key,
    with_assessment,
    with_check_in,
    with_mood,
)
from projections.goal_progress import settle
from projections.goal_sessions import ClientSessions, bound_in, sessions_key, with_session
from projections.goal_status import GoalStatus, Offer
from projections.rows import WHOLE_CLIENT, Changes, Column, Page, Projection, Touched, types_of

change = msgspec.structs.replace

Row = GoalStatus | ClientScores | ClientMoods | ClientSessions


def evolve(page: Page, recorded: Recorded) -> Changes:
    # By category: this is run for every entry that anybody makes.
    return FOLDS[recorded.category](page, recorded, recorded.event)


def with_goal(page: Page, recorded: Recorded, event: GoalEvent) -> Changes:
    if isinstance(event, GoalSet):
        return fed_from_now(page, goal_set(page, recorded, event))
    row = page.get(recorded.stream_id)
    if not isinstance(row, GoalStatus):
        return {}
    row = evolve_goal(row, recorded, event, page)
    return {row.goal_id: change(row, version=recorded.version, position=recorded.position)}


class RowKeyTaken(Exception):
    """A goal has the id under which something else of its client lies: it can not be shown."""


def goal_set(page: Page, recorded: Recorded, event: GoalSet) -> GoalStatus:
    client_id = event.client_id
    if event.goal_id in (scores_key(client_id), moods_key(client_id), sessions_key(client_id)):
        raise RowKeyTaken
    row = GoalStatus(
        goal_id=event.goal_id,
        client_id=client_id,
        goal=GOAL.evolve(GOAL.initial, event),
        set_at=recorded.occurred_at,
        version=recorded.version,
        position=recorded.position,
        revised_position=recorded.position,
        passes_at=end_of(event.due_on, event.zone),
        scores=scores_for(event.measure, event.zone, page.get(scores_key(client_id))),
    )
    return row if event.due_session_id is None else bound_in(page, row)


def evolve_goal(row: GoalStatus, recorded: Recorded, fact: GoalEvent, page: Page) -> GoalStatus:
    """What a fact makes of the goal's own state, and what the log and the entries add to that."""
    before, at, position = row.goal, recorded.occurred_at, recorded.position
    row = change(row, goal=GOAL.evolve_stored(before, fact, at))
    match fact:
        case GoalAgreed() | GoalResumed():
            return change(row, in_force_at=at)
        case GoalStatementRevised():
            return change(row, revisions=row.revisions + 1)
        case GoalTargetRevised():
            return change(
                row,
                scores=scores_for(row.measure, row.goal.zone, page.get(scores_key(row.client_id))),
                reopened_position=None,
                revisions=row.revisions + 1,
                revised_position=position,
                in_force_at=at,
            )
        case GoalDeadlineRevised() | GoalDeadlineFollowed():
            # A deadline that went with its session was not revised by anybody.
            by_people = isinstance(fact, GoalDeadlineRevised)
            return change(
                bound_in(page, row),
                revisions=row.revisions + by_people,
                revised_position=position,
                in_force_at=at,
            )
        case GoalRestTaken() | GoalRestWithdrawn():
            return change(row, rested_position=position)
        case GoalReached():
            in_time = at <= end_of(before.due_on, before.zone)
            answered = row.answered + (in_time and before.missed_on == before.due_on)
            return change(row, answered=answered, ended_at=at)
        case GoalClosed() | GoalReplaced():
            return change(row, ended_at=at)
        case GoalReopened():
            return reopened(row, recorded, page)
        case GoalDeadlineMissed():
            return change(row, missed=row.missed + 1, noticed_position=position)
        case GoalTargetMet():
            answered = row.answered + (before.missed_on == fact.due_on)
            return change(row, answered=answered, noticed_position=position)
        case GoalSet() | GoalPaused() | GoalScaleSet() | GoalLevelRated() | GoalFoundAtRisk():
            return row
        case _:
            assert_never(fact)


def reopened(row: GoalStatus, recorded: Recorded, page: Page) -> GoalStatus:
    """The goal as if it had never ended, with the entries that were made since."""
    row = change(
        row,
        ended_at=None,
        revised_position=recorded.position,
        reopened_position=recorded.position,
        in_force_at=recorded.occurred_at,
        scores=scores_for(row.measure, row.goal.zone, page.get(scores_key(row.client_id))),
        check_ins={**moods_for(row, page), **row.check_ins},
    )
    return row if row.goal.due_session_id is None else bound_in(page, row)


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
            positions=event.evidence.positions,
        )
    elif event.suggestion_id in row.offers:
        offer = change(row.offers[event.suggestion_id], status=STATUS_AFTER[type(event)])
        if not offer.is_open:
            offer = change(offer, positions=())
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


FOLDS: dict[str, Callable[[Page, Recorded, Any], Changes]] = {
    "goal": with_goal,
    "mood": with_mood,
    "check_in": with_check_in,
    "assessment": with_assessment,
    "suggestion": with_suggestion,
    "session": with_session,
}


def touches(recorded: Recorded) -> Touched:
    event: Any = recorded.event
    match recorded.category:
        case "mood":
            return () if recorded.client_id is None else (moods_key(recorded.client_id),)
        case "check_in" | "suggestion":
            return (event.goal_id,)
        case "assessment" | "session":
            return WHOLE_CLIENT
    if recorded.client_id is None:
        return (recorded.stream_id,)
    return (recorded.stream_id, *looked_at(event, recorded.client_id))


def looked_at(event: Any, client_id: UUID) -> Iterator[UUID]:
    """The rows beside the goals that a goal's event needs."""
    if isinstance(event, GoalSet | GoalTargetRevised):
        if isinstance(event.measure, Score):
            yield scores_key(client_id)
        if fed_by_moods(event.measure):
            yield moods_key(client_id)
    if isinstance(event, GoalReopened):
        # What it measures and when it is due only its row knows.
        yield from (scores_key(client_id), moods_key(client_id), sessions_key(client_id))
    by_session = isinstance(event, GoalSet) and event.due_session_id is not None
    if by_session or isinstance(event, GoalDeadlineFollowed):
        yield sessions_key(client_id)


def follows(row: Row) -> tuple[UUID, ...]:
    """A mood entry reaches the goals that its client's newest entries name."""
    return row.fed if isinstance(row, ClientMoods) else ()


def clear(row: Row) -> tuple[Any, ...]:
    if not isinstance(row, GoalStatus):
        return (None, None, None, None, *(False,) * 7)
    return (
        row.goal.stage.value,
        row.goal.due_on,
        row.passes_at,
        row.risk_at,
        row.deadline_noticed,
        row.risk_noticed,
        bool(row.kinds_owed),
        bool(row.outdated),
        row.target_met,
        row.deadline_moved,
        row.no_longer_met,
    )


projection = Projection(
    name="goal_status",
    key="goal_id",
    row=Row,
    columns=(
        Column("stage", "text"),
        Column("due_on", "date"),
        Column("passes_at", "timestamptz"),
        Column("risk_at", "timestamptz"),
        Column("deadline_noticed", "boolean"),
        Column("risk_noticed", "boolean"),
        Column("suggestions_owed", "boolean"),
        Column("suggestions_outdated", "boolean"),
        Column("target_met", "boolean"),
        Column("deadline_moved", "boolean"),
        Column("no_longer_met", "boolean"),
    ),
    clear=clear,
    types=types_of(
        *GoalEvent.__args__,
        *CheckInEvent.__args__,
        *AssessmentEvent.__args__,
        *SuggestionEvent.__args__,
        *MoodEvent.__args__,
        *SessionEvent.__args__,
    ),
    founding=types_of(GoalSet),
    touches=touches,
    follows=follows,
    evolve=evolve,
    settle=settle,
)
