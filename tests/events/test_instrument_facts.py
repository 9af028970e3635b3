"""Codes and numbers of the instruments, written down a second time, apart from their files."""

import re
from typing import Any

import msgspec
import pytest

from events import instruments
from events.change import yardstick_of
from events.instruments import Codes

ALL = instruments.known()

# LOINC panel, LOINC total, SNOMED CT.
CODES = {
    "phq9": ("44249-1", "44261-6", "720433000"),
    "phq2": ("55757-9", "55758-7", None),
    "gad7": ("69737-5", "70274-6", "445455005"),
    "bdi2": (None, "89209-1", None),
    "promis_depression_t": (None, "77861-3", None),
}
PHQ9_ITEMS = (
    *("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3"),
    "44260-8",
)
ITEMS = {
    "phq9": PHQ9_ITEMS,
    "phq8": PHQ9_ITEMS[:8],
    "phq2": PHQ9_ITEMS[:2],
    "gad7": ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7"),
}
# LL358-3.
ANSWERS = {0: "LA6568-5", 1: "LA6569-3", 2: "LA6570-1", 3: "LA6571-9"}
# LL359-1. Very difficult is LA6575-0 and extremely LA6574-3 in US Core 9 and in eight of ten other
# public files; two have them the other way round.
DIFFICULTY = {0: "LA6572-7", 1: "LA6573-5", 2: "LA6575-0", 3: "LA6574-3"}

# Cut-off, response in percent, remission.
LINES: dict[str, tuple[float | None, float | None, float | None]] = {
    "bdi2": (20, 50, None),
    "cesd_r": (17, None, None),
    "core10": (11, None, None),
    "dass21_anxiety": (8, None, None),
    "dass21_depression": (10, 50, None),
    "dass21_stress": (15, None, None),
    "gad7": (8, 50, None),
    "ham_d17": (8, 50, 7),
    "phq2": (3, None, None),
    "phq8": (10, 50, 4),
    "phq9": (10, 50, 4),
    "promis_depression_t": (60.1, None, None),
    "qids_sr16": (6, 50, 5),
    "who5": (50, None, None),
}
# Standard deviation, reliability, a fixed reliable change.
ERROR: dict[str, tuple[float | None, float | None, float | None]] = {
    "bdi2": (12.75, 0.93, None),
    "cesd_r": (None, 0.92, None),
    "core10": (7.7, 0.90, 6),
    "gad7": (None, 0.87, 4),
    "phq8": (None, None, 6),
    "phq9": (6.1, 0.84, 6),
    "promis_depression_t": (10, None, None),
    "qids_sr16": (None, 0.86, None),
    "who5": (None, 0.81, 23.6),
}
NOTICED = {"phq9": (1.7, 21), "gad7": (1.5, 27), "bdi2": (3.5, 23), "who5": (10, None)}
HIGHEST = {
    "cesd_r": (4,) * 20,
    "core10": (4,) * 10,
    "dass21_anxiety": (3,) * 7,
    "dass21_depression": (3,) * 7,
    "dass21_stress": (3,) * 7,
    "gad7": (3,) * 7,
    "ham_d17": (4, 4, 4, 2, 2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 4, 2, 2),
    "phq2": (3,) * 2,
    "phq8": (3,) * 8,
    "phq9": (3,) * 9,
    "qids_sr16": (3,) * 16,
    "who5": (5,) * 5,
}
# What was not read at the source that it names.
SECOND_HAND = {
    "bdi2": {"bands", "standard_deviation", "reliability"},
    "core10": {"bands", "standard_deviation", "reliability", "reliable_change", "cut_off"},
    "gad7": {"reliability", "reliable_change", "cut_off"},
    "phq2": {"codes"},
    "phq8": {"response_percent", "remission"},
    "phq9": {
        *("standard_deviation", "reliability", "reliable_change"),
        *("cut_off", "response_percent", "remission"),
    },
    "promis_depression_t": {"bands"},
    "who5": {"bands", "noticed_change", "cut_off"},
}

every_id = pytest.mark.parametrize("id_", ALL)


@every_id
def test_codes(id_: str) -> None:
    panel, total, snomed = CODES.get(id_, (None, None, None))
    assert ALL[id_].codes == Codes(loinc_panel=panel, loinc_total=total, snomed=snomed)


@every_id
def test_codes_of_items_and_answers(id_: str) -> None:
    one = ALL[id_]
    assert [item.loinc for item in one.items if item.loinc] == list(ITEMS.get(id_, ()))
    if id_ in ITEMS:
        assert {option.value: option.loinc for option in one.options} == ANSWERS
    asked = {} if one.difficulty is None else codes_by_value(one.difficulty.options)
    assert asked == (DIFFICULTY if id_ in {"phq9", "gad7"} else {})


def codes_by_value(options: tuple[instruments.AnswerOption, ...]) -> dict[int, str | None]:
    return {option.value: option.loinc for option in options}


def test_the_code_of_the_question_on_difficulty() -> None:
    asked = {id_: one.difficulty.loinc for id_, one in ALL.items() if one.difficulty}
    assert asked == {"phq9": "69722-7", "gad7": None}


@every_id
def test_lines(id_: str) -> None:
    one = ALL[id_]
    assert (one.cut_off, one.response_percent, one.remission) == LINES[id_]


@every_id
def test_error(id_: str) -> None:
    one = ALL[id_]
    found = (one.standard_deviation, one.reliability, one.reliable_change)
    assert found == ERROR.get(id_, (None, None, None))


@every_id
def test_noticed_change(id_: str) -> None:
    noticed: Any = ALL[id_].noticed_change
    assert (noticed and (noticed.points, noticed.percent)) == NOTICED.get(id_)


@every_id
def test_highest_answers(id_: str) -> None:
    scoring = ALL[id_].scoring
    assert (scoring and scoring.highest) == HIGHEST.get(id_)


@every_id
def test_what_was_not_read_at_its_source_says_so(id_: str) -> None:
    told = {name for name, source in ALL[id_].sources.items() if "told second-hand" in source}
    assert told == SECOND_HAND.get(id_, set())


def test_the_reliable_change_of_the_bdi2_is_computed() -> None:
    yardstick = yardstick_of(ALL["bdi2"])
    assert yardstick is not None
    assert yardstick.reliable_change == pytest.approx(9.35, abs=0.005)


# Word for word from the licence of LOINC.
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) "
    "Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) "
    "Committee and is available at no cost under the license at http://loinc.org/license. LOINC(R) "
    "is a registered United States trademark of Regenstrief Institute, Inc."
)


@every_id
def test_loinc_codes_come_with_the_notice_of_loinc(id_: str) -> None:
    has_codes = bool(re.search(r"\bLA\d+-\d\b|\b\d{4,5}-\d\b", repr(codes_in(ALL[id_]))))
    assert has_codes is (id_ in CODES or id_ in ITEMS)
    assert ALL[id_].codes_notice == (LOINC_NOTICE if has_codes else "")


def codes_in(value: Any) -> list[Any]:
    """Whatever stands under a name that begins with loinc, anywhere."""
    match msgspec.to_builtins(value):
        case dict() as fields:
            here = [one for name, one in fields.items() if name.startswith("loinc")]
            return here + [one for inner in fields.values() for one in codes_in(inner)]
        case list() | tuple() as parts:
            return [one for part in parts for one in codes_in(part)]
        case _:
            return []


def test_the_qids_counts_nine_domains_as_its_source_says() -> None:
    qids = ALL["qids_sr16"]
    assert qids.scoring is not None
    grouped = sum(len(group) for group in qids.scoring.groups)
    alone = qids.scoring.count - grouped
    assert (len(qids.scoring.groups), alone) == (3, 6)
    assert qids.sources["scoring"].endswith("and the other six")


def test_percentages_are_told_where_zero_is_none() -> None:
    assert [id_ for id_, one in ALL.items() if not one.zero_is_none] == ["promis_depression_t"]
