"""Whether the entries that a suggestion was computed from are still what they were."""

from datetime import date
from typing import Final
from uuid import UUID

from events import suggestion
from events.assessment import (
    ASSESSMENT,
    AssessmentEvent,
    AssessmentLeftIncomplete,
    AssessmentWithdrawn,
)
from events.check_in import CHECK_IN, CheckInEvent, CheckInWithdrawn
from events.goal import Goal
from events.measure import Score, fed_by_moods
from events.moment import day_of
from events.mood import MOOD, MoodEvent, MoodWithdrawn
from events.progress import counted_from
from events.record import Recorded
from events.refusals import StateRefused
from events.store import PAGE_LIMIT, EventStore, Read
from events.suggestion import SuggestionOffered

ENTRIES: Final = frozenset({ASSESSMENT.category, CHECK_IN.category, MOOD.category})
ENTRY_EVENT: Final = AssessmentEvent | CheckInEvent | MoodEvent
# What an entry that no longer counts has come to; a form with answers missing has no total.
TAKEN_BACK: Final = (
    AssessmentWithdrawn,
    AssessmentLeftIncomplete,
    CheckInWithdrawn,
    MoodWithdrawn,
)
MOST_PAGES: Final = 1000


class EvidenceChanged(StateRefused):
    """Entries behind this draft have changed since: another draft takes its place in the queue."""


class EvidenceChangedSinceAccepted(StateRefused):
    """Entries behind what was accepted have changed since, and its numbers are out of date: tell the client yourself what was decided."""  # noqa: E501 - one sentence, read by people


async def require_evidence(store: EventStore, offered: Read, goal: Goal) -> None:
    """Raises EvidenceChanged, or where it was accepted EvidenceChangedSinceAccepted.

    An entry that counted was corrected or withdrawn, or another was recorded since about the days
    up to the date. Read from the client's log, because a view may be late.
    """
    if await is_evidence_changed(store, offered, goal):
        is_open = suggestion.is_open(offered.state)
        raise EvidenceChanged if is_open else EvidenceChangedSinceAccepted


async def is_evidence_changed(store: EventStore, offered: Read, goal: Goal) -> bool:
    first = offered.past[0].event
    client_id = offered.stream.client_id
    if not isinstance(first, SuggestionOffered) or client_id is None:
        return False
    counted = frozenset(first.evidence.positions)
    practice_id = offered.stream.practice_id
    changed = await entries_since(store, practice_id, client_id, after=first.evidence.position)
    for entry in changed.values():
        if counts_for(entry, goal, goal_id=first.goal_id, due_on=first.due_on):
            return True
        past: list[Recorded] = []
        if entry.version > 1:
            past = await store.read_stream(practice_id, entry.category, entry.stream_id)
        if any(one.position in counted for one in past):
            return True
    return False


async def entries_since(
    store: EventStore, practice_id: UUID, client_id: UUID, *, after: int
) -> dict[tuple[str, UUID], Recorded]:
    """The entries a client's log tells of after a position: what became of each last.

    By category and id: a mood and a check-in may have the same id.
    """
    found: dict[tuple[str, UUID], Recorded] = {}
    for _ in range(MOST_PAGES):
        page = await store.read_client(practice_id, client_id, after=after, limit=PAGE_LIMIT)
        found.update(
            ((one.category, one.stream_id), one) for one in page if one.category in ENTRIES
        )
        if len(page) < PAGE_LIMIT:
            break
        after = page[-1].position
    return found


def counts_for(entry: Recorded, goal: Goal, *, goal_id: UUID, due_on: date) -> bool:
    """Whether an entry, as it is now, counts for a goal up to a date."""
    measure = goal.measure
    if measure is None:
        return False
    event = entry.event
    if not isinstance(event, ENTRY_EVENT) or isinstance(event, TAKEN_BACK):
        return False
    if isinstance(event, AssessmentEvent):
        concerns = isinstance(measure, Score) and measure.instrument == event.instrument
    elif isinstance(event, CheckInEvent):
        concerns = event.goal_id == goal_id
    else:
        concerns = fed_by_moods(measure)
    on = day_of(event.occurred_at, goal.zone)
    return concerns and counted_from(measure, goal.starts_on) <= on <= due_on
