"""Assessments whose forms are incomplete, or whose total hides an item: what is kept of them."""

from typing import Any

import pytest

from events import assessment
from events.assessment import (
    ASSESSMENT,
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentLeftIncomplete,
    AssessmentScored,
    AssessmentWithdrawn,
    CorrectAssessment,
    ScoreAssessment,
    WithdrawAssessment,
)
from events.catalogue import decode
from events.instruments import (
    AnswerOutsideTheItem,
    AnswersDoNotFit,
    Endorsed,
    IncompleteFormHasNoTotal,
    ScoreMissing,
    SuicideItemNotAsked,
    SuicideItemOutOfRange,
    SuicideItemRequired,
)
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, assessment_scored, change
from tests.given import given

TWELVE = (2, 2, 1, 2, 1, 2, 1, 1, 0)
ONE_OUT = (2, 2, 1, 2, None, 2, 1, 1, 0)
THREE_OUT = (2, 2, 1, 2, None, None, None, 1, 0)
LEFT_INCOMPLETE = AssessmentLeftIncomplete(
    assessment_id=ENTRY,
    client_id=ANNA,
    instrument="phq9",
    answers=ONE_OUT,
    # Eight answers come to 11; nine such would come to 11 * 9 / 8.
    prorated=12.375,
    occurred_at=THIS_MORNING,
    note="on paper",
)
COMPLETED = AssessmentCompleted(
    assessment_id=ENTRY,
    instrument="phq9",
    total=12.0,
    from_occurred_at=THIS_MORNING,
    occurred_at=THIS_MORNING,
    answers=TWELVE,
    note="on paper",
)
WITHDRAWN = AssessmentWithdrawn(assessment_id=ENTRY, instrument="phq9", reason="Not mine")


class TestScoreAssessment:
    SCORE = ScoreAssessment(
        assessment_id=ENTRY,
        client_id=ANNA,
        instrument="phq9",
        occurred_at=THIS_MORNING,
        now=NOON,
        answers=ONE_OUT,
        note="on paper",
    )
    BDI = change(SCORE, instrument="bdi2", answers=None, total=20.0)

    def test_gives_an_incomplete_form_no_total(self) -> None:
        given(ASSESSMENT).when(self.SCORE).then(LEFT_INCOMPLETE)

    def test_prorates_nothing_where_too_many_answers_are_missing(self) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=THREE_OUT)).then(
            change(LEFT_INCOMPLETE, answers=THREE_OUT, prorated=None)
        )

    def test_prorates_by_the_practices_own_number_of_missing_answers(self) -> None:
        none_out = change(self.SCORE, missing_allowed={"phq9": 0})
        given(ASSESSMENT).when(none_out).then(change(LEFT_INCOMPLETE, prorated=None))
        three_out = change(self.SCORE, answers=THREE_OUT, missing_allowed={"phq9": 3})
        given(ASSESSMENT).when(three_out).then(
            change(LEFT_INCOMPLETE, answers=THREE_OUT, prorated=12.0)
        )
        of_another = change(self.SCORE, missing_allowed={"gad7": 0})
        given(ASSESSMENT).when(of_another).then(LEFT_INCOMPLETE)

    @pytest.mark.parametrize("total", [11.0, 12.0])
    def test_is_refused_a_total_for_an_incomplete_form(self, total: float) -> None:
        given(ASSESSMENT).when(change(self.SCORE, total=total)).then_refused(
            IncompleteFormHasNoTotal
        )

    @pytest.mark.parametrize("answers", [None, (None,) * 9])
    def test_is_refused_when_it_says_nothing(self, answers: Any) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=answers)).then_refused(ScoreMissing)

    @pytest.mark.parametrize(
        ("answers", "refusal"),
        [((None,) * 8, AnswersDoNotFit), ((4, *(None,) * 8), AnswerOutsideTheItem)],
    )
    def test_is_refused_with_answers_of_another_form(self, answers: Any, refusal: Any) -> None:
        given(ASSESSMENT).when(change(self.SCORE, answers=answers)).then_refused(refusal)

    @pytest.mark.parametrize("suicide_item", [0, 3, "not_recorded"])
    def test_keeps_what_a_total_hides(self, suicide_item: Any) -> None:
        given(ASSESSMENT).when(change(self.BDI, suicide_item=suicide_item)).then(
            assessment_scored(
                instrument="bdi2", total=20.0, answers=None, suicide_item=suicide_item
            )
        )

    def test_is_refused_without_what_the_total_hides(self) -> None:
        given(ASSESSMENT).when(self.BDI).then_refused(SuicideItemRequired)

    def test_is_refused_with_an_answer_that_the_item_has_not(self) -> None:
        given(ASSESSMENT).when(change(self.BDI, suicide_item=4)).then_refused(SuicideItemOutOfRange)

    @pytest.mark.parametrize("suicide_item", [0, "not_recorded"])
    @pytest.mark.parametrize(
        "says_it", [{"answers": TWELVE}, {"answers": ONE_OUT}, {"instrument": "gad7", "total": 3.0}]
    )
    def test_is_refused_what_is_said_or_never_asked(self, says_it: Any, suicide_item: Any) -> None:
        ask = change(self.SCORE, **{"answers": None, **says_it}, suicide_item=suicide_item)
        given(ASSESSMENT).when(ask).then_refused(SuicideItemNotAsked)

    def test_takes_the_item_beside_the_total_of_a_form_that_has_it(self) -> None:
        ask = change(self.SCORE, answers=None, total=12.0, suicide_item=1)
        given(ASSESSMENT).when(ask).then(assessment_scored(answers=None, suicide_item=1))


class TestCorrectAssessment:
    CORRECT = CorrectAssessment(assessment_id=ENTRY, now=NOON, answers=TWELVE)

    def test_completes_an_incomplete_form(self) -> None:
        given(ASSESSMENT, LEFT_INCOMPLETE).when(self.CORRECT).then(COMPLETED)

    def test_completes_it_by_its_total_alone(self) -> None:
        ask = change(self.CORRECT, answers=None, total=12.0, suicide_item=0)
        given(ASSESSMENT, LEFT_INCOMPLETE).when(ask).then(
            change(COMPLETED, answers=None, suicide_item=0)
        )

    def test_leaves_an_incomplete_form_incomplete(self) -> None:
        given(ASSESSMENT, LEFT_INCOMPLETE).when(change(self.CORRECT, answers=THREE_OUT)).then(
            change(
                LEFT_INCOMPLETE,
                answers=THREE_OUT,
                prorated=None,
                from_occurred_at=THIS_MORNING,
            )
        )

    def test_finds_a_form_to_be_incomplete(self) -> None:
        given(ASSESSMENT, assessment_scored()).when(change(self.CORRECT, answers=ONE_OUT)).then(
            change(LEFT_INCOMPLETE, from_total=12.0, from_occurred_at=THIS_MORNING)
        )

    def test_corrects_what_was_completed(self) -> None:
        ask = change(self.CORRECT, answers=(*TWELVE[:8], 1))
        given(ASSESSMENT, LEFT_INCOMPLETE, COMPLETED).when(ask).then(
            AssessmentCorrected(
                assessment_id=ENTRY,
                instrument="phq9",
                from_total=12.0,
                total=13.0,
                from_occurred_at=THIS_MORNING,
                occurred_at=THIS_MORNING,
                answers=(*TWELVE[:8], 1),
                note="on paper",
            )
        )

    @pytest.mark.parametrize(
        ("past", "answers"),
        [((LEFT_INCOMPLETE,), ONE_OUT), ((LEFT_INCOMPLETE, COMPLETED), TWELVE)],
        ids=["incomplete", "completed"],
    )
    def test_is_ignored_when_it_is_already_so(self, past: Any, answers: Any) -> None:
        given(ASSESSMENT, *past).when(change(self.CORRECT, answers=answers)).then_nothing()

    def test_says_anew_what_the_total_hides(self) -> None:
        before = assessment_scored(
            instrument="bdi2", total=20.0, answers=None, suicide_item="not_recorded"
        )
        ask = change(self.CORRECT, answers=None, total=20.0, suicide_item=2)
        given(ASSESSMENT, before).when(change(ask, suicide_item=None)).then_refused(
            SuicideItemRequired
        )
        given(ASSESSMENT, before).when(ask).then(
            AssessmentCorrected(
                assessment_id=ENTRY,
                instrument="bdi2",
                from_total=20.0,
                total=20.0,
                from_occurred_at=THIS_MORNING,
                occurred_at=THIS_MORNING,
                note="on paper",
                suicide_item=2,
            )
        )


class TestWithdrawAssessment:
    WITHDRAW = WithdrawAssessment(assessment_id=ENTRY, reason="Not mine")

    @pytest.mark.parametrize("past", [(LEFT_INCOMPLETE,), (LEFT_INCOMPLETE, COMPLETED)])
    def test_withdraws_a_form_of_any_kind(self, past: Any) -> None:
        given(ASSESSMENT, *past).when(self.WITHDRAW).then(WITHDRAWN)
        given(ASSESSMENT, *past, WITHDRAWN).when(self.WITHDRAW).then_nothing()


class TestEndorsed:
    @pytest.mark.parametrize(
        ("fact", "endorsed"),
        [
            (assessment_scored(), None),
            (assessment_scored(answers=(*TWELVE[:8], 1)), Endorsed(item=9, answer=1)),
            (assessment_scored(answers=None), None),
            (assessment_scored(answers=None, suicide_item=2), Endorsed(item=9, answer=2)),
            (change(COMPLETED, answers=(*TWELVE[:8], 3)), Endorsed(item=9, answer=3)),
            (LEFT_INCOMPLETE, None),
            (change(LEFT_INCOMPLETE, answers=(*(None,) * 8, 1)), Endorsed(item=9, answer=1)),
            (WITHDRAWN, None),
        ],
    )
    def test_is_what_the_form_of_a_fact_says(self, fact: Any, endorsed: Any) -> None:
        assert assessment.endorsed(fact) == endorsed


def test_a_bdi_of_an_earlier_release_is_read_as_it_was_stored() -> None:
    stored = b"""{"type": "assessment.scored.v1", "instrument": "bdi2", "total": 24.0,
        "assessment_id": "0198a000-0000-7000-8000-000000000007",
        "client_id": "0198a000-0000-7000-8000-000000000002",
        "occurred_at": "2026-03-02T07:30:15+01:00", "answers": null, "note": ""}"""
    read = decode(stored)
    assert isinstance(read, AssessmentScored)
    assert (read.total, read.suicide_item) == (24.0, None)
    assert assessment.endorsed(read) is None
