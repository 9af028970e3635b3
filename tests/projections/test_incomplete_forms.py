"""Incomplete forms in every view: shown as what they are, and never counted as a score."""

from typing import Any
from uuid import UUID

import pytest

from events.assessment import (
    AssessmentCompleted,
    AssessmentLeftIncomplete,
    AssessmentWithdrawn,
)
from events.measure import Score, TargetValue
from projections import assessment_trend, caseload, goal_status_fold
from projections.timeline import entries
from tests.projections.past import (
    ANNA,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    day,
    goal_set,
    rows,
    scored,
)

FORM = UUID(int=0x5C1)
ANSWERS = (2, 2, 2, 2, None, 2, 1, 1, 0)
GOAL = goal_set(measure=Score(instrument="phq9", baseline=18, target=TargetValue(value=9)))
SCORED = scored(1, 12, day(7), instrument="phq9")
LEFT_INCOMPLETE = AssessmentLeftIncomplete(
    assessment_id=FORM,
    client_id=ANNA,
    instrument="phq9",
    answers=ANSWERS,
    prorated=13.5,
    occurred_at=day(7),
)
FOUND_INCOMPLETE = AssessmentLeftIncomplete(
    assessment_id=FORM,
    client_id=ANNA,
    instrument="phq9",
    answers=ANSWERS,
    prorated=13.5,
    from_total=12,
    from_occurred_at=day(7),
    occurred_at=day(7),
)
COMPLETED = AssessmentCompleted(
    assessment_id=FORM,
    instrument="phq9",
    total=9,
    from_occurred_at=day(7),
    occurred_at=day(8),
    answers=(2, 2, 2, 2, 0, 1, 0, 0, 0),
)
WITHDRAWN = AssessmentWithdrawn(assessment_id=FORM, instrument="phq9", reason="not mine")


def of_the_goal(*facts: Any, before: Any = ()) -> Any:
    return rows(goal_status_fold.projection, Log().add(*before, GOAL, *agreed(), *facts).kept)[WALK]


def of_the_form(*facts: Any) -> Any:
    return rows(assessment_trend.projection, Log().add(*facts).kept).get(FORM)


def last_entry(*facts: Any) -> Any:
    return rows(caseload.projection, Log().add(anna_enrolled(), *facts).kept)[ANNA].last_entry


class TestTheFormsOwnRow:
    def test_has_an_estimate_and_no_total(self) -> None:
        row = of_the_form(LEFT_INCOMPLETE)
        assert (row.total, row.prorated, row.answers) == (None, 13.5, ANSWERS)

    def test_has_a_total_and_no_estimate_once_completed(self) -> None:
        row = of_the_form(LEFT_INCOMPLETE, COMPLETED)
        assert (row.total, row.prorated, row.version) == (9, None, 2)
        assert row.occurred_at == day(8)

    def test_loses_its_total_where_an_answer_turns_out_missing(self) -> None:
        row = of_the_form(SCORED, FOUND_INCOMPLETE)
        assert (row.total, row.prorated, row.version) == (None, 13.5, 2)

    @pytest.mark.parametrize("facts", [(LEFT_INCOMPLETE,), (LEFT_INCOMPLETE, COMPLETED)])
    def test_goes_when_it_is_withdrawn(self, facts: Any) -> None:
        assert of_the_form(*facts, WITHDRAWN) is None


class TestAGoal:
    def test_counts_no_incomplete_form(self) -> None:
        assert of_the_goal(LEFT_INCOMPLETE).progress.entries == 0
        assert of_the_goal(before=[LEFT_INCOMPLETE]).progress.entries == 0

    def test_counts_it_once_it_is_completed(self) -> None:
        row = of_the_goal(LEFT_INCOMPLETE, COMPLETED)
        assert (row.progress.latest, row.progress.fraction) == (9, 1.0)
        assert of_the_goal(before=[LEFT_INCOMPLETE, COMPLETED]).progress.latest == 9

    def test_counts_it_no_more_once_an_answer_turns_out_missing(self) -> None:
        assert of_the_goal(SCORED).progress.entries == 1
        assert of_the_goal(SCORED, FOUND_INCOMPLETE).progress.entries == 0
        assert of_the_goal(before=[SCORED, FOUND_INCOMPLETE]).progress.entries == 0


class TestTheCaseload:
    @pytest.mark.parametrize("facts", [(LEFT_INCOMPLETE,), (SCORED, FOUND_INCOMPLETE)])
    def test_knows_that_something_was_filled_in(self, facts: Any) -> None:
        entry = last_entry(*facts)
        assert (entry.kind, entry.entry_id, entry.occurred_at) == ("assessment", FORM, day(7))

    def test_follows_what_becomes_of_it(self) -> None:
        assert last_entry(LEFT_INCOMPLETE, COMPLETED).occurred_at == day(8)
        assert last_entry(LEFT_INCOMPLETE, WITHDRAWN) is None


@pytest.mark.parametrize(
    ("later", "corrected"),
    [
        ("assessment.completed.v1", True),
        ("assessment.left_incomplete.v1", True),
        ("assessment.withdrawn.v1", False),
    ],
)
def test_the_timeline_says_that_a_form_was_corrected(later: str, corrected: bool) -> None:
    (one,) = entries(Log().add(LEFT_INCOMPLETE).kept, later={("assessment", FORM): [later]})
    assert one.kind == "assessment_left_incomplete"
    assert (one.corrected, one.withdrawn) == (corrected, not corrected)
