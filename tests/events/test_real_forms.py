"""Real forms: a survey's 40,496 people through the decider, and the wording of a public form.

The files are not ours to ship (see ../shared/data): where they are not there, these tests skip.
What is expected of the survey was counted from the file alone, with none of the product's code.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator

import pytest

from events import assessment, instruments
from events.assessment import (
    AssessmentEvent,
    AssessmentLeftIncomplete,
    AssessmentScored,
    ScoreAssessment,
)
from events.instruments import ScoreMissing
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING
from tests.house.tree import ROOT

DATA = ROOT.parent / "shared" / "data"
NHANES = DATA / "nhanes_dpq_2005_2018_phq9_items.csv.gz"
US_CORE = DATA / "fhir" / "us_core_9_examples" / "Questionnaire-phq-9-example.json"
ITEMS = tuple(f"DPQ0{nth}0" for nth in range(1, 10))
REFUSED, UNKNOWN = "7", "9"
SUFFIXES = (" [Reported.PHQ]", " in last 2 weeks", "?")


@pytest.mark.skipif(not NHANES.exists(), reason=f"{NHANES.name} is not beside the project")
class TestNhanes:
    def test_counts_who_endorses_item_9_whatever_their_total(self) -> None:
        counted = Counter[str]()
        for fact in facts():
            counted["forms"] += 1
            if isinstance(fact, AssessmentLeftIncomplete) and fact.prorated is not None:
                counted["prorated"] += 1
            if assessment.endorsed(fact) is None:
                continue
            counted["endorsed"] += 1
            if isinstance(fact, AssessmentScored):
                counted["complete"] += 1
                counted["under 10"] += fact.total < 10
                counted["under 5"] += fact.total < 5
        assert counted["endorsed"] == 1382
        assert counted["under 10"] == 472
        assert counted["under 5"] == 114
        # One or two of nine answers missing.
        assert counted["prorated"] == 159


def facts() -> Iterator[AssessmentEvent]:
    """What the decider makes of each person's form; a blank one is refused."""
    with gzip.open(NHANES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            command = ScoreAssessment(
                assessment_id=ENTRY,
                client_id=ANNA,
                instrument="phq9",
                occurred_at=THIS_MORNING,
                now=NOON,
                answers=tuple(answer(row[item]) for item in ITEMS),
            )
            try:
                (fact,) = assessment.decide(assessment.ASSESSMENT.initial, command)
            except ScoreMissing:
                assert all(answer(row[item]) is None for item in ITEMS)
            else:
                yield fact


def answer(cell: str) -> int | None:
    return None if cell in ("", REFUSED, UNKNOWN) else int(float(cell))


@pytest.mark.skipif(not US_CORE.exists(), reason=f"{US_CORE.name} is not beside the project")
def test_the_phq9_is_the_one_of_us_core() -> None:
    form = json.loads(US_CORE.read_text(encoding="utf-8"))
    phq9 = instruments.named("phq9")
    asked = [item for item in form["item"] if "answerOption" in item]
    told = [(item["code"][0]["code"], without_suffixes(item["text"])) for item in asked]
    assert told[:9] == [(item.loinc, item.text) for item in phq9.items]
    for item in asked[:9]:
        codings = [one["valueCoding"] for one in item["answerOption"]]
        assert [(one["code"], one["display"]) for one in codings] == [
            (option.loinc, option.text) for option in phq9.options
        ]
    difficulty = phq9.difficulty
    assert difficulty is not None
    codings = [one["valueCoding"] for one in asked[9]["answerOption"]]
    assert asked[9]["code"][0]["code"] == difficulty.loinc
    assert [(one["code"], one["display"]) for one in codings] == [
        (option.loinc, option.text) for option in difficulty.options
    ]


def without_suffixes(text: str) -> str:
    """An item less what LOINC adds to its name."""
    for suffix in SUFFIXES:
        text = text.removesuffix(suffix)
    return text
