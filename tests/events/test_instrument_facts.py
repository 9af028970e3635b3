"""Codes and numbers of the instruments, written down a second time, apart from their files."""

import re
from hashlib import sha256
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
# The bands: id, name, first total.
BANDS = {
    "bdi2": (
        ("minimal", "Minimal", 0),
        ("mild", "Mild", 14),
        ("moderate", "Moderate", 20),
        ("severe", "Severe", 29),
    ),
    "cesd_r": (
        ("negative", "Below the cut-off", 0),
        ("positive", "At the cut-off or above", 17),
    ),
    "core10": (
        ("low", "Healthy or low level", 0),
        ("mild", "Mild", 11),
        ("moderate", "Moderate", 15),
        ("moderately_severe", "Moderate to severe", 20),
        ("severe", "Severe", 25),
    ),
    "dass21_anxiety": (
        ("normal", "Normal", 0),
        ("mild", "Mild", 8),
        ("moderate", "Moderate", 10),
        ("severe", "Severe", 15),
        ("extremely_severe", "Extremely severe", 20),
    ),
    "dass21_depression": (
        ("normal", "Normal", 0),
        ("mild", "Mild", 10),
        ("moderate", "Moderate", 14),
        ("severe", "Severe", 21),
        ("extremely_severe", "Extremely severe", 28),
    ),
    "dass21_stress": (
        ("normal", "Normal", 0),
        ("mild", "Mild", 15),
        ("moderate", "Moderate", 19),
        ("severe", "Severe", 26),
        ("extremely_severe", "Extremely severe", 34),
    ),
    "gad7": (
        ("minimal", "Minimal", 0),
        ("mild", "Mild", 5),
        ("moderate", "Moderate", 10),
        ("severe", "Severe", 15),
    ),
    "ham_d17": (
        ("none", "None", 0),
        ("mild", "Mild", 8),
        ("moderate", "Moderate", 14),
        ("severe", "Severe", 19),
        ("very_severe", "Very severe", 23),
    ),
    "phq2": (
        ("negative", "Negative screen", 0),
        ("positive", "Positive screen", 3),
    ),
    "phq8": (
        ("minimal", "None or minimal", 0),
        ("mild", "Mild", 5),
        ("moderate", "Moderate", 10),
        ("moderately_severe", "Moderately severe", 15),
        ("severe", "Severe", 20),
    ),
    "phq9": (
        ("minimal", "None or minimal", 0),
        ("mild", "Mild", 5),
        ("moderate", "Moderate", 10),
        ("moderately_severe", "Moderately severe", 15),
        ("severe", "Severe", 20),
    ),
    "promis_depression_t": (
        ("normal", "Within normal limits", 10),
        ("mild", "Mild", 55),
        ("moderate", "Moderate", 60),
        ("severe", "Severe", 70),
    ),
    "qids_sr16": (
        ("none", "None", 0),
        ("mild", "Mild", 6),
        ("moderate", "Moderate", 11),
        ("severe", "Severe", 16),
        ("very_severe", "Very severe", 21),
    ),
    "who5": (
        ("low", "Suggests depression", 0),
        ("poor", "Poor well-being", 29),
        ("good", "Good well-being", 51),
    ),
}
# How many days back the form asks.
RECALL_DAYS = {
    "bdi2": 14,
    "cesd_r": 14,
    "core10": 7,
    "dass21_anxiety": 7,
    "dass21_depression": 7,
    "dass21_stress": 7,
    "gad7": 14,
    "ham_d17": 7,
    "phq2": 14,
    "phq8": 14,
    "phq9": 14,
    "promis_depression_t": 7,
    "qids_sr16": 7,
    "who5": 14,
}
# With how many answers missing a prorated value is told; else with none.
MISSING_ALLOWED = {"core10": 1, "gad7": 2, "phq8": 2, "phq9": 2}
# By SHA-256: what may be done with the form, and who made it.
LICENCES_AND_SOURCES = {
    "bdi2": "7dee3e9c63ac9bf2278ba2a60e8151f206d69656c0eed6a4e69121485cc65774",
    "cesd_r": "0fbeadf69c2a0db090367b9768395ee57c7938c2ad5bc65a84ff391f8c8bcaab",
    "core10": "c60b8ae7244a33737fdba86d80cd635fa8021eac8c2249130cc11157ed558add",
    "dass21_anxiety": "8e469439fadff479a4918bfdb8314ef6211ba08c0ead47f5534fda16b89f3551",
    "dass21_depression": "367c9dee952d60021d697c0f1aa3c50d25f5c1cbb973b71c2a16dd401f36788f",
    "dass21_stress": "e8a95b5f9ab7dce411139747be8246b21a4d39221f1f3393899b35f16ee0eaa8",
    "gad7": "72ab6cbfba8820317fba56afbae7e7e2509779c85e108a6ccbf6ef0f35dbc7df",
    "ham_d17": "ce792e63dddfe633b31fc4d34ce096089105decb6ee8186dbc43f35eaa7f6233",
    "phq2": "cd1242c9637b87576d3879c39dbbb9720c34008b309ac9e088e4fa9bed5739fe",
    "phq8": "f634f2ee038c8d832c45d09e3cce83a14072aca3fb117229798cb383fc665205",
    "phq9": "827aba1eb23dfc3bda9bfbfa1b994c4befa08f5c32356f8955bc82ffbaa9a585",
    "promis_depression_t": "7dea13b06b8c10c1992022d0ee81248c0d84a635c249cb601d7ed0bb8beebfec",
    "qids_sr16": "9e80b189ecf2ee3a18c0d911042cd4ab32566365c89f3d9f9dfd3b1ee4c247e8",
    "who5": "00581a9f4b8f8f1eaf353b1067b2dc82dac5c38fdfd5ae18eeb5fbe8d7662c96",
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
def test_bands(id_: str) -> None:
    assert tuple((one.id, one.name, one.minimum) for one in ALL[id_].bands) == BANDS[id_]


@every_id
def test_recall(id_: str) -> None:
    assert ALL[id_].recall_days == RECALL_DAYS[id_]


@every_id
def test_missing_answers(id_: str) -> None:
    scoring = ALL[id_].scoring
    assert (scoring.missing_allowed if scoring else 0) == MISSING_ALLOWED.get(id_, 0)


@every_id
def test_licence_and_source(id_: str) -> None:
    said = f"{ALL[id_].licence}\n{ALL[id_].source}"
    assert sha256(said.encode()).hexdigest() == LICENCES_AND_SOURCES[id_]


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
