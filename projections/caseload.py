"""The caseload: a row per client, with what a clinician would look at first."""

from collections import Counter
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events.assessment import AssessmentEvent, AssessmentWithdrawn
from events.check_in import CheckInCorrected, CheckInEvent, CheckInLogged
from events.client import ClientDetailsChanged, ClientDischarged, ClientEnrolled, ClientEvent
from events.goal import OPEN_STAGES, Goal, GoalEvent, GoalSet, Stage
from events.goal_decisions import GOAL
from events.mood import MoodCorrected, MoodEvent, MoodLogged
from events.record import Recorded
from events.suggestion import SuggestionEdited, SuggestionEvent, SuggestionOffered
from projections.rows import Changes, Column, Page, Projection, types_of

EntryKind = Literal["mood", "check_in", "assessment"]
AttentionKind = Literal[
    "safety_flag",
    "not_shown",
    "suggestion_open",
    "deadline_passed",
    "target_met",
    "at_risk",
    "no_longer_met",
    "agreement_needed",
    "worse_than_baseline",
    "worse_than_best",
    "no_reliable_improvement",
    "assessments_not_recorded",
]
# The last entry stays known until this many newest ones have been withdrawn, all of them.
RECENT_KEPT = 16
RECENT_LIMIT = 32

change = msgspec.structs.replace


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits for the clinician, and the goal it is about, or the safety flag.

    `not_shown` is something recorded that a view can not show yet: `view` says which one,
    `since_at` since when, and `numbers` how many events. What the scores of an instrument say holds
    since an instant (`worse_than_baseline`, `worse_than_best`, `no_reliable_improvement`,
    `assessments_not_recorded`), and comes with the numbers it was found by, in the instrument's
    points.
    """

    kind: AttentionKind
    goal_id: UUID | None = None
    suggestion_id: UUID | None = None
    flag_id: UUID | None = None
    instrument: str | None = None
    since_at: datetime | None = None
    numbers: dict[str, float] = {}
    view: str | UnsetType = UNSET


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something the client recorded, and when it was true."""

    kind: EntryKind
    entry_id: UUID
    occurred_at: datetime


class ClientSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One client. `last_entry` is the newest in the client's own time that was not withdrawn.

    `attention` lists what waits, as of the last event; what is at risk or not on track depends on
    the hour, which safety flags are open is read from the log, and what can not be shown is on
    record beside the views, so the queries add those when they are asked. `goals` has the own
    state of each goal, `suggestions` the open ones, with their goals.
    """

    client_id: UUID
    display_name: str
    zone: str
    language: str
    stage: Literal["enrolled", "discharged"]
    enrolled_at: datetime
    version: int
    open_goals: int = 0
    goals_by_stage: dict[Stage, int] = {}
    last_entry: Entry | None = None
    attention: tuple[Attention, ...] = ()
    goals: dict[UUID, Goal] = {}
    suggestions: dict[UUID, UUID] = {}
    recent: tuple[Entry, ...] = ()
    country: str | None = None


def evolve(page: Page, recorded: Recorded) -> Changes:
    client_id, event = recorded.client_id, recorded.event
    if client_id is None:
        return {}
    if isinstance(event, ClientEnrolled):
        return {client_id: enrolled(recorded, event)}
    row = page.get(client_id)
    return {} if row is None else {client_id: FOLDS[recorded.category](row, recorded, event)}


def enrolled(recorded: Recorded, event: ClientEnrolled) -> ClientSummary:
    return ClientSummary(
        client_id=event.client_id,
        display_name=event.display_name,
        zone=event.zone,
        language=event.language,
        country=event.country,
        stage="enrolled",
        enrolled_at=recorded.occurred_at,
        version=recorded.version,
    )


def with_client(row: ClientSummary, recorded: Recorded, event: ClientEvent) -> ClientSummary:
    match event:
        case ClientDetailsChanged():
            return change(
                row,
                display_name=event.display_name,
                zone=event.zone,
                language=event.language,
                country=event.country,
                version=recorded.version,
            )
        case ClientDischarged():
            return change(row, stage="discharged", version=recorded.version)
        case _:
            return row


def with_goal(row: ClientSummary, recorded: Recorded, event: GoalEvent) -> ClientSummary:
    before = GOAL.initial if isinstance(event, GoalSet) else row.goals.get(event.goal_id)
    if before is None:
        return row
    goal = GOAL.evolve_stored(before, event, recorded.occurred_at)
    return change(row, goals={**row.goals, event.goal_id: goal})


def with_suggestion(row: ClientSummary, _: Recorded, event: SuggestionEvent) -> ClientSummary:
    is_open = isinstance(event, SuggestionOffered | SuggestionEdited)
    if is_open == (event.suggestion_id in row.suggestions):
        return row
    suggestions = dict(row.suggestions)
    if is_open:
        suggestions[event.suggestion_id] = event.goal_id
    else:
        del suggestions[event.suggestion_id]
    return change(row, suggestions=suggestions)


def with_entry(
    row: ClientSummary, recorded: Recorded, event: MoodEvent | CheckInEvent | AssessmentEvent
) -> ClientSummary:
    # The entry's stream is the entry: its id is the stream's.
    entry_id = recorded.stream_id
    recent = row.recent
    if recorded.version > 1:
        kept = recorded.category, entry_id
        recent = tuple(entry for entry in recent if (entry.kind, entry.entry_id) != kept)
    if isinstance(event, _KEEPING):
        kind: Any = recorded.category
        entry = Entry(kind=kind, entry_id=entry_id, occurred_at=event.occurred_at)
        recent = (*recent, entry)
        if len(recent) > RECENT_LIMIT:
            recent = tuple(sorted(recent, key=by_time)[-RECENT_KEPT:])
    return change(row, recent=recent)


_KEEPING = (
    MoodLogged,
    MoodCorrected,
    CheckInLogged,
    CheckInCorrected,
    *(kind for kind in AssessmentEvent.__args__ if kind is not AssessmentWithdrawn),
)


def by_time(entry: Entry) -> tuple[datetime, UUID]:
    return entry.occurred_at, entry.entry_id


FOLDS: dict[str, Any] = {
    "client": with_client,
    "goal": with_goal,
    "mood": with_entry,
    "check_in": with_entry,
    "assessment": with_entry,
    "suggestion": with_suggestion,
}


def settle(row: ClientSummary) -> ClientSummary:
    """Count the goals, find the last entry, and list what waits for the clinician."""
    counted = Counter(goal.stage for goal in row.goals.values())
    return change(
        row,
        open_goals=sum(counted[stage] for stage in OPEN_STAGES),
        goals_by_stage=dict(counted),
        last_entry=max(row.recent, key=by_time, default=None),
        attention=tuple(attention(row)),
    )


def attention(row: ClientSummary) -> list[Attention]:
    if row.stage == "discharged":
        return []
    waiting = [
        Attention(kind="suggestion_open", goal_id=goal_id, suggestion_id=suggestion_id)
        for suggestion_id, goal_id in row.suggestions.items()
    ]
    for goal_id, goal in row.goals.items():
        if goal.stage is Stage.PROPOSED:
            waiting.append(Attention(kind="agreement_needed", goal_id=goal_id))
        elif goal.stage is Stage.ACTIVE and goal.missed_on == goal.due_on:
            waiting.append(Attention(kind="deadline_passed", goal_id=goal_id))
        elif goal.stage is Stage.ACTIVE and goal.target_met_on == goal.due_on:
            waiting.append(Attention(kind="target_met", goal_id=goal_id))
    return waiting


projection = Projection(
    name="caseload",
    key="client_id",
    row=ClientSummary,
    columns=(Column("attention", "boolean"),),
    clear=lambda row: (bool(row.attention),),
    types=types_of(
        *ClientEvent.__args__,
        *GoalEvent.__args__,
        *MoodEvent.__args__,
        *CheckInEvent.__args__,
        *AssessmentEvent.__args__,
        *SuggestionEvent.__args__,
    ),
    founding=types_of(ClientEnrolled),
    touches=lambda recorded: (recorded.client_id,) if recorded.client_id else (),
    evolve=evolve,
    settle=settle,
)
