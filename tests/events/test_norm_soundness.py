"""Norms that can be meant, and those that contradict themselves or the instrument."""

from collections.abc import Sequence
from typing import Any

import pytest

from events import instruments
from events.instruments import Band, NoticedChange
from events.norm_soundness import (
    BandEndsNowhere,
    BandIdTaken,
    BandsContradictTheCutOff,
    BandsDoNotCoverTheRange,
    CutOffLeavesNobodyHealthy,
    CutOffOutsideTheInstrument,
    DeviationTooLarge,
    MissingAllowedTooMany,
    NoProratedValue,
    NoticedChangeTooLarge,
    NoticedPercentOfNoZero,
    ReliabilityLeftOut,
    ReliableChangeTooLarge,
    ReliableChangeTooSmall,
    RemissionIsClinical,
    RemissionOutsideTheInstrument,
    ResponseOfNoZero,
    require_sound_norms,
)
from events.practice_choices import Norms
from events.refusals import Rejected


def norms(**numbers) -> Norms:
    return Norms(source="Our clients of 2025, n = 212.", **numbers)


def bands(*ends: tuple[float, float], ids: Sequence[str] = "abcdef") -> tuple[Band, ...]:
    return tuple(
        Band(id=id_, name=f"Band {id_}", minimum=minimum, maximum=maximum)
        for id_, (minimum, maximum) in zip(ids, ends, strict=False)
    )


NOTICED = NoticedChange(points=5.0, percent=20.0)


@pytest.mark.parametrize(
    ("instrument", "numbers"),
    [
        ("bdi2", {}),
        ("bdi2", {"standard_deviation": 9.93, "reliability": 0.93, "cut_off": 14}),
        ("bdi2", {"cut_off": 21.02, "remission": 21}),
        ("phq9", {"cut_off": 27}),
        ("phq9", {"cut_off": 5}),
        ("phq9", {"reliable_change": 2}),
        ("phq9", {"reliable_change": 27}),
        ("who5", {"cut_off": 0, "remission": 100}),
        ("who5", {"cut_off": 52, "remission": 56, "reliable_change": 10}),
        # There is no deviation to compute with, and the fixed number of points stays.
        ("gad7", {"reliability": 0.0}),
        ("promis_depression_t", {"reliability": 0.9, "reliability_kind": "internal_consistency"}),
        *((one, {"response_percent": 30}) for one in ("dass21_anxiety", "who5", "core10")),
        ("phq9", {"bands": bands((0, 9), (10, 27))}),
        ("phq9", {"bands": bands((0, 27))}),
        ("who5", {"bands": bands((0, 52), (56, 100))}),
        ("promis_depression_t", {"bands": bands((10, 59.9), (60, 100))}),
        ("phq2", {"bands": bands((0, 1), (2, 6)), "cut_off": 2}),
        ("phq2", {"bands": bands((0, 2), (3, 6))}),
        ("phq2", {"bands": bands((0, 1), (2, 2), (3, 6))}),
        ("phq9", {"noticed_change": NOTICED}),
        ("promis_depression_t", {"noticed_change": NoticedChange(points=4.0)}),
        ("phq9", {"missing_allowed": 0}),
        ("phq9", {"missing_allowed": 8}),
        ("dass21_depression", {"missing_allowed": 1}),
    ],
    ids=str,
)
def test_can_be_meant(instrument: str, numbers) -> None:
    require_sound_norms(instruments.named(instrument), norms(**numbers))


@pytest.mark.parametrize(
    ("instrument", "numbers", "refused", "pointer", "says"),
    [
        ("bdi2", {"cut_off": -1}, CutOffOutsideTheInstrument, "/cut_off", "range"),
        ("bdi2", {"cut_off": 63.5}, CutOffOutsideTheInstrument, "/cut_off", "range"),
        ("bdi2", {"remission": -1}, RemissionOutsideTheInstrument, "/remission", "range"),
        ("bdi2", {"cut_off": 0}, CutOffLeavesNobodyHealthy, "/cut_off", "healthy"),
        ("who5", {"cut_off": 100}, CutOffLeavesNobodyHealthy, "/cut_off", "healthy"),
        (
            "phq9",
            {"cut_off": 3, "remission": 4},
            RemissionIsClinical,
            "/remission",
            "a cut-off of 3, a score of 4 is",
        ),
        # The one that stays is the instrument's own.
        ("phq9", {"cut_off": 4}, RemissionIsClinical, "/cut_off", "of 4, a score of 4 is"),
        ("phq9", {"remission": 10}, RemissionIsClinical, "/remission", "of 10, a score of 10 is"),
        ("who5", {"remission": 48}, RemissionIsClinical, "/remission", "of 50, a score of 48 is"),
        (
            "phq9",
            {"standard_deviation": 20},
            DeviationTooLarge,
            "/standard_deviation",
            "from 0 to 27 have so large a standard deviation; 19.09",
        ),
        (
            "phq9",
            {"reliable_change": 28},
            ReliableChangeTooLarge,
            "/reliable_change",
            "from 28 points, and the instrument's range has no more than 27",
        ),
        (
            "bdi2",
            {"standard_deviation": 30, "reliability": 0.1},
            ReliableChangeTooLarge,
            "/standard_deviation",
            "from 78.89 points",
        ),
        (
            "bdi2",
            {"reliability": 0.9999},
            ReliableChangeTooSmall,
            "/reliability",
            "from 0.35 points, so that one step of 1 always is",
        ),
        (
            "who5",
            {"reliable_change": 4},
            ReliableChangeTooSmall,
            "/reliable_change",
            "from 4 points, so that one step of 4",
        ),
        (
            "phq9",
            {"bands": bands((1, 27))},
            BandsDoNotCoverTheRange,
            "/bands/0/minimum",
            "each begins 1 above the end of the one before: 0 is expected here.",
        ),
        (
            "phq9",
            {"bands": bands((0, 9), (11, 27))},
            BandsDoNotCoverTheRange,
            "/bands/1/minimum",
            "10 is expected",
        ),
        (
            "phq9",
            {"bands": bands((0, 9), (9, 27))},
            BandsDoNotCoverTheRange,
            "/bands/1/minimum",
            "10 is expected",
        ),
        (
            "phq9",
            {"bands": bands((10, 27), (0, 9))},
            BandsDoNotCoverTheRange,
            "/bands/0/minimum",
            "0 is expected",
        ),
        (
            "phq9",
            {"bands": bands((0, 9), (10, 26))},
            BandsDoNotCoverTheRange,
            "/bands/1/maximum",
            "27 is expected",
        ),
        (
            "who5",
            {"bands": bands((0, 52), (53, 100))},
            BandsDoNotCoverTheRange,
            "/bands/1/minimum",
            "56 is expected",
        ),
        ("phq9", {"bands": bands((0, 28))}, BandEndsNowhere, "/bands/0/maximum", "no total"),
        ("phq9", {"bands": bands((0, 9.5))}, BandEndsNowhere, "/bands/0/maximum", "no total"),
        (
            "phq9",
            {"bands": bands((0, 9), (10, 5))},
            BandEndsNowhere,
            "/bands/1/maximum",
            "before it begins",
        ),
        (
            "phq9",
            {"bands": bands((0, 9), (10, 27), ids="aa")},
            BandIdTaken,
            "/bands/1/id",
            "choose another id",
        ),
        (
            "phq9",
            {"bands": bands((0, 27), ids=["non_clinical"])},
            BandIdTaken,
            "/bands/0/id",
            "healthy side",
        ),
        (
            "phq2",
            {"bands": bands((0, 1), (2, 6))},
            BandsContradictTheCutOff,
            "/bands",
            "which is 3: send the cut-off",
        ),
        (
            "phq9",
            {"noticed_change": NoticedChange(points=28.0)},
            NoticedChangeTooLarge,
            "/noticed_change/points",
            "no more than 27",
        ),
        (
            "promis_depression_t",
            {"noticed_change": NOTICED},
            NoticedPercentOfNoZero,
            "/noticed_change/percent",
            "the points alone",
        ),
        ("bdi2", {"missing_allowed": 1}, NoProratedValue, "/missing_allowed", "leave the number"),
        ("qids_sr16", {"missing_allowed": 1}, NoProratedValue, "/missing_allowed", "not all sum"),
        (
            "phq9",
            {"missing_allowed": 9},
            MissingAllowedTooMany,
            "/missing_allowed",
            "has 9 items: let fewer",
        ),
        (
            "promis_depression_t",
            {"response_percent": 50},
            ResponseOfNoZero,
            "/response_percent",
            "no zero",
        ),
        (
            "phq9",
            {"reliability_kind": "test_retest"},
            ReliabilityLeftOut,
            "/reliability_kind",
            "say `reliability`",
        ),
    ],
    ids=str,
)
def test_can_not_be_meant(
    instrument: str, numbers, refused: type[Rejected], pointer: str, says: str
) -> None:
    with pytest.raises(refused) as told:
        require_sound_norms(instruments.named(instrument), norms(**numbers))
    assert told.value.pointer == pointer
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("instrument", "numbers", "fields"),
    [
        # A remission is held against a cut-off that is one.
        ("bdi2", {"cut_off": 64, "remission": 63}, ["cut_off"]),
        # Where a band ends nowhere, no other begins at a wrong place.
        ("bdi2", {"bands": bands((0, 13.5), (40, 63))}, ["bands/0/maximum"]),
        # A band that begins at a wrong place does not end before it begins.
        ("bdi2", {"bands": bands((20, 13), (14, 63))}, ["bands/0/minimum"]),
        # An error is made of a deviation that is one.
        ("bdi2", {"standard_deviation": 90, "reliability": 0.1}, ["standard_deviation"]),
    ],
)
def test_one_fault_is_one_refusal(
    instrument: str, numbers: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Rejected) as refused:
        require_sound_norms(instruments.named(instrument), norms(**numbers))
    assert [one.field for one in (refused.value, *refused.value.others)] == fields
