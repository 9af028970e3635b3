"""Assessments: an instrument's total, scored, corrected, withdrawn."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import ValidationError

from events.assessment import (
    ASSESSMENT,
    AssessmentCorrected,
    AssessmentNotKept,
    AssessmentWithdrawn,
    CorrectAssessment,
    ScoreAssessment,
    WithdrawAssessment,
)
from events.instruments import (
    AnswersNotKept,
    ScoreMissing,
    ScoreOutsideTheInstrument,
    SuicideItemRequired,
    TotalNotOfTheAnswers,
    UnknownInstrument,
)
from events.moment import NaiveTime, TimeInTheFuture
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, assessment_scored, change
from tests.given import given, said

WITHDRAWN = AssessmentWithdrawn(assessment_id=ENTRY, instrument="phq9", reason="Not mine")
TWELVE = (2, 2, 1, 2, 1, 2, 1, 1, 0)
THIRTEEN = (2, 2, 1, 2, 1, 2, 1, 1, 1)


class TestScoreAssessment:
    SCORE = ScoreAssessment(
        assessment_id=ENTRY,
        client_id=ANNA,
        instrument="phq9",
        total=12.0,
        occurred_at=THIS_MORNING,
        now=NOON,
        answers=TWELVE,
        note="on paper",
    )

    def test_keeps_every_part(self) -> None:
        given(ASSESSMENT).when(self.SCORE).then(assessment_scored())

    @pytest.mark.parametrize("said", [0, 2, "not_recorded"])
    def test_takes_a_total_without_answers(self, said: Any) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=None, suicide_item=said)).then(
            assessment_scored(answers=None, suicide_item=said)
        )

    def test_takes_no_total_that_hides_its_item_about_suicide(self) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=None)).then_refused(SuicideItemRequired)

    def test_counts_the_total_of_the_answers(self) -> None:
        given(ASSESSMENT).when(change(self.SCORE, total=None)).then(assessment_scored())

    @pytest.mark.parametrize(
        ("instrument", "total"),
        [
            ("phq9", 0.0),
            ("phq9", 27.0),
            ("who5", 0.0),
            ("who5", 4.0),
            ("who5", 100.0),
            ("dass21_depression", 42.0),
            ("promis_depression_t", 10.0),
            ("promis_depression_t", 55.3),
            ("promis_depression_t", 99.9),
        ],
    )
    def test_takes_what_the_instrument_can_give(self, instrument: str, total: float) -> None:
        said: dict[str, Any] = {"instrument": instrument, "total": total, "answers": None}
        if instrument == "phq9":
            said["suicide_item"] = 0
        given(ASSESSMENT).when(change(self.SCORE, **said)).then(assessment_scored(**said))

    @pytest.mark.parametrize(
        ("instrument", "total"),
        [
            ("phq9", -1.0),
            ("phq9", 28.0),
            ("phq9", 12.5),
            ("bdi2", 64.0),
            ("who5", 50.0),
            ("who5", 104.0),
            ("dass21_depression", 13.0),
            ("promis_depression_t", 55.35),
            ("promis_depression_t", 9.9),
        ],
    )
    def test_is_refused_with_what_it_can_not_give(self, instrument: str, total: float) -> None:
        ask = change(self.SCORE, instrument=instrument, total=total, answers=None)
        given(ASSESSMENT).when(ask).then_refused(ScoreOutsideTheInstrument)

    def test_is_refused_with_answers_of_another_sum(self) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=THIRTEEN)).then_refused(
            TotalNotOfTheAnswers
        )

    def test_is_refused_with_answers_that_are_not_kept(self) -> None:
        ask = change(self.SCORE, instrument="bdi2")
        given(ASSESSMENT).when(ask).then_refused(AnswersNotKept)

    @pytest.mark.parametrize("instrument", ["phq", "PHQ9", "../phq9"])
    def test_is_refused_for_an_unknown_instrument(self, instrument: str) -> None:
        given(ASSESSMENT).when(change(self.SCORE, instrument=instrument)).then_refused(
            UnknownInstrument
        )

    def test_is_refused_in_the_future(self) -> None:
        ask = change(self.SCORE, occurred_at=NOON + timedelta(minutes=11))
        given(ASSESSMENT).when(ask).then_refused(TimeInTheFuture)

    @pytest.mark.parametrize("past", [(assessment_scored(),), (assessment_scored(), WITHDRAWN)])
    def test_is_ignored_when_the_entry_is_there(self, past: Any) -> None:
        given(ASSESSMENT, *past).when(change(self.SCORE, total=3.0)).then_nothing()

    @pytest.mark.parametrize(
        "beyond",
        [
            {"total": float("nan")},
            {"total": float("inf")},
            {"total": 1e300},
            {"instrument": ""},
            {"answers": (-1,)},
            {"answers": (1.5,)},
            {"answers": (0,) * 101},
            {"suicide_item": -1},
            {"suicide_item": 5},
            {"suicide_item": "low"},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.SCORE, **beyond))


class TestCorrectAssessment:
    CORRECT = CorrectAssessment(assessment_id=ENTRY, total=13.0, now=NOON, answers=THIRTEEN)
    FACT = AssessmentCorrected(
        assessment_id=ENTRY,
        instrument="phq9",
        from_total=12.0,
        total=13.0,
        from_occurred_at=THIS_MORNING,
        occurred_at=THIS_MORNING,
        answers=THIRTEEN,
        note="on paper",
    )

    def test_says_the_total_and_the_answers_anew(self) -> None:
        given(ASSESSMENT, assessment_scored()).when(self.CORRECT).then(self.FACT)

    def test_keeps_no_answers_of_another_total(self) -> None:
        said: dict[str, Any] = {"answers": None, "suicide_item": "not_recorded"}
        given(ASSESSMENT, assessment_scored()).when(change(self.CORRECT, **said)).then(
            change(self.FACT, **said)
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"answers": None, "suicide_item": 0},
            {"note": ""},
            {"occurred_at": THIS_MORNING - timedelta(days=1)},
        ],
        ids=str,
    )
    def test_changes_one_thing_alone(self, changes: dict[str, Any]) -> None:
        ask = change(self.CORRECT, total=12.0, **{"answers": TWELVE, **changes})
        fact = change(self.FACT, total=12.0, **{"answers": TWELVE, **changes})
        given(ASSESSMENT, assessment_scored()).when(ask).then(fact)

    def test_corrects_a_correction(self) -> None:
        again = change(self.CORRECT, total=2.0, answers=None, suicide_item=0)
        given(ASSESSMENT, assessment_scored(), self.FACT).when(again).then(
            change(self.FACT, from_total=13.0, total=2.0, answers=None, suicide_item=0)
        )

    def test_is_ignored_when_it_is_already_so(self) -> None:
        same = change(self.CORRECT, total=12.0, answers=TWELVE, note="on paper")
        given(ASSESSMENT, assessment_scored()).when(same).then_nothing()

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"total": 28.0, "answers": None}, ScoreOutsideTheInstrument),
            ({"total": 12.0}, TotalNotOfTheAnswers),
            ({"total": None, "answers": None}, ScoreMissing),
            ({"occurred_at": NOON + timedelta(hours=1)}, TimeInTheFuture),
            ({"occurred_at": THIS_MORNING.replace(tzinfo=None)}, NaiveTime),
        ],
    )
    def test_is_refused_as_a_score_would_be(self, changes: dict[str, Any], refusal: Any) -> None:
        ask = change(self.CORRECT, **changes)
        given(ASSESSMENT, assessment_scored()).when(ask).then_refused(refusal)

    @pytest.mark.parametrize(
        "past", [(), (assessment_scored(), WITHDRAWN)], ids=["unset", "withdrawn"]
    )
    def test_is_refused_when_there_is_nothing_to_correct(self, past: Any) -> None:
        given(ASSESSMENT, *past).when(self.CORRECT).then_refused(AssessmentNotKept)


class TestWithdrawAssessment:
    WITHDRAW = WithdrawAssessment(assessment_id=ENTRY, reason="Not mine")

    def test_withdraws_the_entry(self) -> None:
        given(ASSESSMENT, assessment_scored()).when(self.WITHDRAW).then(WITHDRAWN)

    def test_is_ignored_when_withdrawn(self) -> None:
        given(ASSESSMENT, assessment_scored(), WITHDRAWN).when(self.WITHDRAW).then_nothing()

    def test_is_refused_when_there_is_nothing_to_withdraw(self) -> None:
        given(ASSESSMENT).when(self.WITHDRAW).then_refused(AssessmentNotKept)
