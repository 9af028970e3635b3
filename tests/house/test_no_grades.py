"""Nobody is graded: no word of ours calls a flag, an answer or a person high, low or safe."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.safety_flag import SafetyFlagEvent
from projections.safety_queue import SafetyFlagRow
from service.routes.safety import SafetyFlagAnswer
from tests.house.tree import ROOT, modules, name

GRADES = re.compile(
    r"\b(?:low|lower|lowest|high|higher|highest|moderate|minimal|elevated|no|zero|mild|severe)"
    r"[\s_-]+(?:suicide[\s_-]+)?risks?\b"
    r"|\brisk[\s_-]*(?:level|grade|score|rating|band|category|stratif\w*|assess\w*)s?\b"
    r"|\b(?:bajo|alto|moderado|sin)[\s_-]+riesgo\b|\briesgo[\s_-]+(?:bajo|alto|moderado)\b",
    flags=re.IGNORECASE,
)
# What the README says that Cairn does not do.
DENIALS = re.compile('grades no risk|no "low risk"')
GRADING = {"grade", "level", "severity", "risk", "priority", "score", "weight", "band", "total"}


def files_with_words() -> Iterator[Path]:
    """Every file whose words are ours: code, data, SQL and the README."""
    yield from modules()
    for folder in ("events", "projections", "service", "workers", "migrations"):
        for ending in ("*.json", "*.sql"):
            yield from sorted((ROOT / folder).rglob(ending))
    yield ROOT / "README.md"


def graded(text: str) -> list[str]:
    return [found[0] for found in GRADES.finditer(DENIALS.sub("", text))]


def test_no_word_of_ours_grades_a_risk() -> None:
    assert {
        name(path): found
        for path in files_with_words()
        if (found := graded(path.read_text(encoding="utf-8")))
    } == {}


@pytest.mark.parametrize(
    "said", ["low risk", "a low-risk client", "risk_level", "Risk score: 3", "riesgo bajo"]
)
def test_the_rule_finds_what_it_looks_for(said: str) -> None:
    assert graded(f"The flag says: {said}.")


@pytest.mark.parametrize("kind", [*SafetyFlagEvent.__args__, SafetyFlagRow, SafetyFlagAnswer])
def test_a_flag_has_no_field_for_a_grade(kind: type) -> None:
    fields: tuple[str, ...] = kind.__struct_fields__  # type: ignore[attr-defined]
    assert GRADING.isdisjoint(fields)
