"""A score keeps the version of the form it was taken by, whatever becomes of the form later."""

from typing import Any

import pytest
from msgspec.structs import replace

from events import assessment, instruments
from events.assessment import (
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentLeftIncomplete,
    AssessmentScored,
    CorrectAssessment,
    ScoreAssessment,
)
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, assessment_scored
from tests.given import given

TWELVE = (2, 2, 1, 2, 1, 2, 1, 1, 0)
ONE_OUT = (2, 2, 1, 2, None, 2, 1, 1, 0)
LEFT_INCOMPLETE = AssessmentLeftIncomplete(
    assessment_id=ENTRY,
    client_id=ANNA,
    instrument="phq9",
    answers=ONE_OUT,
    occurred_at=THIS_MORNING,
)


@pytest.fixture
def reworded(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on there is another version of the PHQ-9."""
    again = replace(instruments.named("phq9"), version=2)
    monkeypatch.setitem(instruments.known(), "phq9", again)


def scoring(**parts: Any) -> ScoreAssessment:
    return ScoreAssessment(
        assessment_id=ENTRY,
        client_id=ANNA,
        instrument="phq9",
        occurred_at=THIS_MORNING,
        now=NOON,
        **parts,
    )


def correcting(**parts: Any) -> CorrectAssessment:
    return CorrectAssessment(assessment_id=ENTRY, now=NOON, **parts)


@pytest.mark.usefixtures("reworded")
@pytest.mark.parametrize(
    ("past", "asked", "kind"),
    [
        ((), scoring(answers=TWELVE), AssessmentScored),
        ((), scoring(total=12.0, suicide_item=0), AssessmentScored),
        ((), scoring(answers=ONE_OUT), AssessmentLeftIncomplete),
        ((assessment_scored(),), correcting(answers=(0,) * 9), AssessmentCorrected),
        ((assessment_scored(),), correcting(answers=ONE_OUT), AssessmentLeftIncomplete),
        ((LEFT_INCOMPLETE,), correcting(answers=TWELVE), AssessmentCompleted),
    ],
    ids=str,
)
def test_is_that_of_the_form_as_it_is_now(past: Any, asked: Any, kind: Any) -> None:
    (fact,) = assessment.decide(given(assessment.ASSESSMENT, *past).state, asked)
    assert isinstance(fact, kind)
    assert fact.instrument_version == 2


def test_is_the_first_where_nothing_was_said_of_it() -> None:
    assert assessment_scored().instrument_version == 1


@pytest.mark.usefixtures("reworded")
def test_does_not_make_another_form_of_what_is_already_so() -> None:
    same = correcting(answers=TWELVE)
    given(assessment.ASSESSMENT, assessment_scored()).when(same).then_nothing()
