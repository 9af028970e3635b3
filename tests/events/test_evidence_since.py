"""Whether the entries behind a suggestion are what they were, as the client's log tells."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events import suggestion
from events.assessment import AssessmentLeftIncomplete
from events.check_in import CheckInWithdrawn
from events.evidence_since import (
    EvidenceChanged,
    EvidenceChangedSinceAccepted,
    require_evidence,
)
from events.measure import Measure, RelativeFrequency, Score, TargetValue
from events.store import read_state
from events.suggestion import SuggestionAccepted
from tests.controls import (
    ANNA,
    DAILY,
    DRAFT,
    ENTRY,
    EVIDENCE,
    MONDAY,
    PRACTICE,
    THIS_MORNING,
    WALK,
    assessment_scored,
    change,
    check_in_logged,
    goal_active,
    mood_logged,
    reframing_offered,
)
from tests.events.log import Log, goal_in

PHQ9 = Score(instrument="phq9", baseline=20, target=TargetValue(value=10))
BY_MOODS = change(DAILY, source="mood_entries")
BEFORE = THIS_MORNING - timedelta(days=7)
MEASURED = RelativeFrequency(
    percent=50, unit="times", per="day", baseline_from_on=MONDAY - timedelta(days=10)
)
OTHER = UUID(int=77)


async def offered(log: Log, measure: Measure, *, positions: tuple[int, ...] = ()) -> None:
    looked_at = (await log.has_goal(*goal_active(measure=measure))).position
    evidence = change(EVIDENCE, position=looked_at, positions=positions)
    await log.has_suggestion(reframing_offered(evidence=evidence))


async def require(log: Log) -> None:
    of = suggestion.SUGGESTION.stream(PRACTICE, DRAFT)
    read = await read_state(log, suggestion.SUGGESTION, of)
    await require_evidence(log, read, await goal_in(log, WALK))


@pytest.mark.parametrize(
    ("measure", "entry"),
    [
        (DAILY, check_in_logged()),
        (PHQ9, assessment_scored()),
        (BY_MOODS, mood_logged()),
        (MEASURED, check_in_logged(occurred_at=BEFORE)),
    ],
    ids=["check-in", "score", "mood", "of a measured baseline"],
)
async def test_one_that_comes_late_changes_it(log: Log, measure: Measure, entry: Any) -> None:
    await offered(log, measure)
    await require(log)
    await log.has(category_of(entry), ENTRY, entry)
    with pytest.raises(EvidenceChanged):
        await require(log)


@pytest.mark.parametrize(
    ("measure", "entry"),
    [
        (DAILY, check_in_logged(goal_id=OTHER)),
        (DAILY, check_in_logged(occurred_at=BEFORE)),
        (DAILY, check_in_logged(occurred_at=THIS_MORNING + timedelta(days=7))),
        (DAILY, mood_logged()),
        (DAILY, assessment_scored()),
        (PHQ9, assessment_scored(instrument="gad7")),
        (
            PHQ9,
            AssessmentLeftIncomplete(
                assessment_id=ENTRY,
                client_id=ANNA,
                instrument="phq9",
                answers=(None,) * 9,
                occurred_at=THIS_MORNING,
            ),
        ),
    ],
)
async def test_one_that_does_not_count_changes_nothing(
    log: Log, measure: Measure, entry: Any
) -> None:
    await offered(log, measure)
    await log.has(category_of(entry), ENTRY, entry)
    await require(log)


@pytest.mark.parametrize("counted", [True, False])
async def test_one_that_counted_and_is_withdrawn_changes_it(log: Log, *, counted: bool) -> None:
    position = (await log.has("check_in", ENTRY, check_in_logged())).position
    await offered(log, DAILY, positions=(position,) if counted else ())
    await require(log)
    taken_back = CheckInWithdrawn(check_in_id=ENTRY, goal_id=WALK, reason="Twice")
    await log.has("check_in", ENTRY, taken_back)
    if counted:
        with pytest.raises(EvidenceChanged):
            await require(log)
    else:
        await require(log)


async def test_one_that_came_and_went_meanwhile_changes_nothing(log: Log) -> None:
    await offered(log, DAILY)
    taken_back = CheckInWithdrawn(check_in_id=ENTRY, goal_id=WALK, reason="Twice")
    await log.has("check_in", ENTRY, check_in_logged(), taken_back)
    await require(log)


async def test_what_was_accepted_is_refused_in_other_words(log: Log) -> None:
    await offered(log, DAILY)
    await log.has_suggestion(SuggestionAccepted(suggestion_id=DRAFT, goal_id=WALK))
    await require(log)
    await log.has("check_in", ENTRY, check_in_logged())
    with pytest.raises(EvidenceChangedSinceAccepted):
        await require(log)


async def test_many_later_events_are_read_to_the_last(log: Log) -> None:
    await offered(log, DAILY)
    for nth in range(1001):
        await log.has("mood", UUID(int=1000 + nth), mood_logged(mood_id=UUID(int=1000 + nth)))
    await require(log)
    await log.has("check_in", ENTRY, check_in_logged())
    with pytest.raises(EvidenceChanged):
        await require(log)


def category_of(entry: Any) -> str:
    return str(type(entry).__struct_config__.tag).partition(".")[0]
