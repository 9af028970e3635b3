"""How difficult the problems have made daily life: asked with some forms, counted in nothing."""

from typing import Any

import pytest

from events import assessment, instruments
from events.assessment import (
    ASSESSMENT,
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentEvent,
    AssessmentLeftIncomplete,
    CorrectAssessment,
    ScoreAssessment,
)
from events.instruments import DifficultyNotAsked
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, assessment_scored, change
from tests.given import given

TWELVE = (2, 2, 1, 2, 1, 2, 1, 1, 0)
ONE_OUT = (2, 2, 1, 2, None, 2, 1, 1, 0)
SCORE = ScoreAssessment(
    assessment_id=ENTRY,
    client_id=ANNA,
    instrument="phq9",
    occurred_at=THIS_MORNING,
    now=NOON,
    answers=TWELVE,
    difficulty=2,
    note="on paper",
)
SCORED = assessment_scored(difficulty=2)
LEFT_INCOMPLETE = AssessmentLeftIncomplete(
    assessment_id=ENTRY,
    client_id=ANNA,
    instrument="phq9",
    answers=ONE_OUT,
    prorated=12.375,
    occurred_at=THIS_MORNING,
    note="on paper",
    difficulty=3,
)
CORRECT = CorrectAssessment(assessment_id=ENTRY, now=NOON, answers=TWELVE, difficulty=1)


class TestDifficulty:
    def test_is_kept_with_a_score(self) -> None:
        given(ASSESSMENT).when(SCORE).then(SCORED)

    def test_is_kept_with_a_total_alone(self) -> None:
        issued = change(SCORE, answers=None, total=12.0, suicide_item=0)
        given(ASSESSMENT).when(issued).then(change(SCORED, answers=None, suicide_item=0))

    def test_is_kept_with_a_form_left_incomplete(self) -> None:
        issued = change(SCORE, answers=ONE_OUT, difficulty=3)
        given(ASSESSMENT).when(issued).then(LEFT_INCOMPLETE)

    def test_is_kept_with_the_completion_of_one(self) -> None:
        given(ASSESSMENT, LEFT_INCOMPLETE).when(CORRECT).then(
            AssessmentCompleted(
                assessment_id=ENTRY,
                instrument="phq9",
                total=12.0,
                from_occurred_at=THIS_MORNING,
                occurred_at=THIS_MORNING,
                answers=TWELVE,
                note="on paper",
                difficulty=1,
            )
        )

    @pytest.mark.parametrize("difficulty", [1, None])
    def test_is_said_anew_by_a_correction(self, difficulty: int | None) -> None:
        given(ASSESSMENT, SCORED).when(change(CORRECT, difficulty=difficulty)).then(
            AssessmentCorrected(
                assessment_id=ENTRY,
                instrument="phq9",
                from_total=12.0,
                total=12.0,
                from_occurred_at=THIS_MORNING,
                occurred_at=THIS_MORNING,
                answers=TWELVE,
                note="on paper",
                difficulty=difficulty,
            )
        )

    def test_stays_where_a_correction_says_the_same(self) -> None:
        given(ASSESSMENT, SCORED).when(change(CORRECT, difficulty=2)).then_nothing()

    @pytest.mark.parametrize(
        ("instrument", "parts"),
        [
            ("phq8", {"answers": TWELVE[:8]}),
            ("bdi2", {"answers": None, "total": 12.0, "suicide_item": 0}),
        ],
    )
    def test_is_refused_where_it_is_not_asked(self, instrument: str, parts: dict[str, Any]) -> None:
        issued = change(SCORE, instrument=instrument, difficulty=0, **parts)
        given(ASSESSMENT).when(issued).then_refused(DifficultyNotAsked)
        past = assessment_scored(instrument=instrument, answers=None)
        correction = CorrectAssessment(assessment_id=ENTRY, now=NOON, difficulty=0, **parts)
        given(ASSESSMENT, past).when(correction).then_refused(DifficultyNotAsked)

    def test_counts_in_no_total_and_endorses_nothing(self) -> None:
        def told(difficulty: int | None, **parts: Any) -> AssessmentEvent:
            (event,) = assessment.decide(
                ASSESSMENT.initial, change(SCORE, difficulty=difficulty, **parts)
            )
            assert assessment.endorsed(event) is None
            return event

        for parts in ({}, {"answers": ONE_OUT}):
            assert {change(told(said, **parts), difficulty=None) for said in (0, 1, 2, 3)} == {
                told(None, **parts)
            }


@pytest.mark.parametrize("instrument", ["phq9", "gad7"])
def test_its_answers_are_those_a_form_offers(instrument: str) -> None:
    question = instruments.named(instrument).difficulty
    assert question is not None
    assert [option.value for option in question.options] == [0, 1, 2, 3]
