"""The instruments: what is known of each, and which totals and answers can come of it."""

import pytest

from events import instruments
from events.instruments import (
    AnswersDoNotFit,
    AnswersNotKept,
    Instrument,
    ScoreOutsideTheInstrument,
    UnknownInstrument,
)

# Ranges and directions by the sources named in each instrument's file.
RANGES = {
    "bdi2": (0, 63, "lower"),
    "cesd_r": (0, 60, "lower"),
    "core10": (0, 40, "lower"),
    "dass21_depression": (0, 42, "lower"),
    "gad7": (0, 21, "lower"),
    "ham_d17": (0, 52, "lower"),
    "phq2": (0, 6, "lower"),
    "phq8": (0, 24, "lower"),
    "phq9": (0, 27, "lower"),
    "promis_depression_t": (10, 100, "lower"),
    "qids_sr16": (0, 27, "lower"),
    "who5": (0, 100, "higher"),
}
ALL = list(instruments.known().values())


class TestKnown:
    def test_are_these(self) -> None:
        assert {one.id: (one.minimum, one.maximum, one.better) for one in ALL} == RANGES

    def test_come_in_alphabetical_order(self) -> None:
        assert list(instruments.known()) == sorted(RANGES)

    @pytest.mark.parametrize("instrument", ALL, ids=lambda one: one.id)
    def test_say_where_they_come_from(self, instrument: Instrument) -> None:
        assert instrument.name
        assert instrument.source

    @pytest.mark.parametrize("instrument", ALL, ids=lambda one: one.id)
    def test_reach_both_ends_in_whole_steps(self, instrument: Instrument) -> None:
        assert instrument.admits(instrument.minimum)
        assert instrument.admits(instrument.maximum)

    @pytest.mark.parametrize(
        "instrument", [one for one in ALL if one.items], ids=lambda one: one.id
    )
    def test_have_answers_that_span_the_range(self, instrument: Instrument) -> None:
        assert instrument.items is not None
        highest = instrument.items.count * instrument.items.highest * instrument.items.multiplier
        assert (instrument.minimum, instrument.maximum) == (0, highest)
        assert instrument.step == instrument.items.multiplier

    def test_keep_answers_only_where_the_licence_allows_it(self) -> None:
        assert {one.id for one in ALL if one.items} == {
            *("phq9", "phq8", "phq2", "gad7", "dass21_depression")
        }


class TestNamed:
    def test_finds_an_instrument(self) -> None:
        assert instruments.named("phq9").name == "PHQ-9"

    @pytest.mark.parametrize("unknown", ["", "PHQ-9", "phq9 ", "__init__"])
    def test_refuses_an_unknown_one(self, unknown: str) -> None:
        with pytest.raises(UnknownInstrument):
            instruments.named(unknown)


class TestAdmits:
    def test_takes_every_tenth_of_the_promis_range(self) -> None:
        promis = instruments.named("promis_depression_t")
        assert all(promis.admits(tenth / 10) for tenth in range(100, 1001))

    def test_takes_no_hundredth_between_two_tenths(self) -> None:
        promis = instruments.named("promis_depression_t")
        between = [one / 100 for one in range(1000, 10_000) if one % 10]
        assert not any(promis.admits(one) for one in between)

    def test_takes_every_fourth_of_the_who5(self) -> None:
        who5 = instruments.named("who5")
        assert [total for total in range(-4, 105) if who5.admits(total)] == list(range(0, 101, 4))

    @pytest.mark.parametrize(
        "total", [float("nan"), float("inf"), -float("inf"), 1e308, -0.5, 27.5]
    )
    def test_takes_no_total_from_nowhere(self, total: float) -> None:
        assert not instruments.named("phq9").admits(total)


class TestRequireScore:
    @pytest.mark.parametrize(
        ("instrument", "total", "answers"),
        [
            ("phq9", 0, (0,) * 9),
            ("phq9", 27, (3,) * 9),
            ("phq8", 24, (3,) * 8),
            ("phq2", 3, (0, 3)),
            ("gad7", 1, (0, 0, 0, 0, 0, 0, 1)),
            ("dass21_depression", 42, (3,) * 7),
            ("dass21_depression", 2, (1, 0, 0, 0, 0, 0, 0)),
            ("bdi2", 20, None),
        ],
    )
    def test_takes_what_adds_up(
        self, instrument: str, total: float, answers: tuple[int, ...] | None
    ) -> None:
        instruments.require_score(instrument, total, answers)

    @pytest.mark.parametrize(
        ("instrument", "total", "answers"),
        [
            ("phq9", 8, (1,) * 8),
            ("phq9", 10, (1,) * 10),
            ("phq9", 9, (4, 0, 0, 0, 0, 0, 0, 0, 5)),
            ("phq9", 4, (4, 0, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 2, (-1, 3, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 2, (1, 0, 0, 0, 0, 0, 0, 0, 0)),
            ("phq9", 0, ()),
            # Half the points: the sum of the answers is doubled.
            ("dass21_depression", 20, (3, 3, 3, 3, 3, 3, 2)),
        ],
    )
    def test_refuses_answers_that_do_not_fit(
        self, instrument: str, total: float, answers: tuple[int, ...]
    ) -> None:
        with pytest.raises(AnswersDoNotFit):
            instruments.require_score(instrument, total, answers)

    @pytest.mark.parametrize("instrument", ["bdi2", "who5", "qids_sr16", "core10"])
    def test_refuses_answers_that_are_not_kept(self, instrument: str) -> None:
        with pytest.raises(AnswersNotKept):
            instruments.require_score(instrument, 0, ())

    def test_refuses_the_total_before_the_answers(self) -> None:
        with pytest.raises(ScoreOutsideTheInstrument):
            instruments.require_score("phq9", 28, ())
