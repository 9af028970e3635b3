"""Reliable change: the published worked examples, and what each class takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import change, instruments
from events.change import (
    Yardstick,
    percent_change,
    rc95,
    rci,
    reliable_change,
    remission,
    response,
    s_diff,
    sem,
    yardstick_of,
)
from events.instruments import Instrument
from events.practice_choices import Norms

BDI2 = instruments.named("bdi2")
PHQ9 = instruments.named("phq9")
WHO5 = instruments.named("who5")


class TestFormulas:
    def test_the_textbook_example(self):
        # Jacobson & Truax 1991: SD 7.5, r .80, 32.5 before and 47.5 after.
        error = {"standard_deviation": 7.5, "reliability": 0.8}
        assert sem(**error) == pytest.approx(3.354, abs=0.001)
        assert s_diff(**error) == pytest.approx(4.743, abs=0.001)
        assert rci(32.5, 47.5, **error) == pytest.approx(3.16, abs=0.005)

    @pytest.mark.parametrize(
        ("standard_deviation", "reliability", "points"),
        [(12.75, 0.93, 9.35), (12.75, 0.92, 10.0), (9.93, 0.93, 7.28), (8.16, 0.801, 10.09)],
    )
    def test_reliable_change_of_the_bdi2(self, standard_deviation, reliability, points):
        found = rc95(standard_deviation=standard_deviation, reliability=reliability)
        assert found == pytest.approx(points, abs=0.005)

    def test_a_percentage_of_nothing_is_undefined(self):
        assert percent_change(24, 12) == -50
        assert percent_change(0, 3) is None


def yardstick(**changes) -> Yardstick:
    """The BDI-II with the cut-off of Claus 2020."""
    return replace(
        Yardstick(
            better="lower",
            reliable_change=rc95(standard_deviation=8.16, reliability=0.801),
            rule="index",
            standard_deviation=8.16,
            reliability=0.801,
            cut_off=21.02,
            source="Claus 2020",
        ),
        **changes,
    )


class TestClasses:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (35, 21, "recovered"),
            (35, 22, "improved"),
            (35, 25, "unchanged"),
            (35, 44, "unchanged"),
            (35, 46, "deteriorated"),
            (25, 20, "unchanged"),
        ],
    )
    def test_take_the_error_and_the_cut_off(self, before, after, expected):
        assert yardstick().classified(before, after) == expected

    def test_whoever_was_healthy_can_not_recover(self):
        assert yardstick().classified(21, 5) == "improved"

    def test_without_a_cut_off_nobody_recovers(self):
        assert yardstick(cut_off=None).classified(35, 5) == "improved"

    def test_a_fixed_number_of_points_counts_when_it_is_reached(self):
        phq9 = yardstick_of(PHQ9)
        assert phq9 is not None
        assert (phq9.rule, phq9.reliable_change) == ("points", 6)
        assert phq9.classified(15, 10) == "unchanged"
        assert phq9.classified(16, 10) == "improved"
        assert phq9.classified(15, 9) == "recovered"
        assert phq9.classified(9, 15) == "deteriorated"

    def test_an_index_must_be_exceeded(self):
        exact = yardstick(reliable_change=10.0, standard_deviation=None, reliability=None)
        assert exact.movement(30, 20) == "within_error"
        assert exact.movement(30, 19) == "better"

    def test_more_is_better_on_a_scale_of_well_being(self):
        well = yardstick(better="higher", rule="points", reliable_change=10, cut_off=50)
        assert well.classified(40, 60) == "recovered"
        assert well.classified(40, 50) == "improved"
        assert well.classified(60, 40) == "deteriorated"

    @given(
        before=st.integers(0, 63),
        after=st.integers(0, 63),
        cut_off=st.none() | st.integers(1, 62),
        rule=st.sampled_from(("points", "index")),
        reliable=st.floats(1, 20),
    )
    def test_mirror_when_the_scale_is_turned_round(self, before, after, cut_off, rule, reliable):
        down = yardstick(rule=rule, reliable_change=reliable, cut_off=cut_off)
        up = replace(down, better="higher", cut_off=None if cut_off is None else 63 - cut_off)
        assert down.classified(before, after) == up.classified(63 - before, 63 - after)

    @given(before=st.integers(0, 63), after=st.integers(0, 63))
    def test_agree_with_the_index(self, before, after):
        index = yardstick().index(before, after)
        assert index is not None
        assert (abs(index) > 1.96) == (yardstick().movement(before, after) != "within_error")


class TestYardstick:
    def test_is_the_instruments_error_and_says_where_it_comes_from(self):
        found = reliable_change(judged(BDI2), 30, 15)
        assert found.reliable_change == pytest.approx(9.35, abs=0.005)
        assert found.index == pytest.approx(-3.144, abs=0.001)
        assert (found.standard_deviation, found.reliability, found.cut_off) == (12.75, 0.93, 20)
        assert found.jacobson_truax == "recovered"
        assert "Beck" in found.source
        assert "HEDIS" in found.source

    def test_a_practices_norms_take_its_place(self):
        norms = Norms(
            source="Our own 2024 sample", standard_deviation=8.16, reliability=0.801, cut_off=21.02
        )
        found = reliable_change(judged(instruments.with_norms(BDI2, norms)), 30, 20)
        assert (found.jacobson_truax, found.source) == ("unchanged", "Our own 2024 sample")
        assert found.reliable_change == pytest.approx(10.09, abs=0.005)

    def test_a_practices_deviation_replaces_a_fixed_number(self):
        norms = Norms(source="Ours", standard_deviation=5, reliability=0.9)
        assert judged(instruments.with_norms(PHQ9, norms)).rule == "index"

    def test_is_unknown_where_the_error_is(self):
        assert yardstick_of(replace(BDI2, reliability=None)) is None


def judged(instrument: Instrument) -> Yardstick:
    found = yardstick_of(instrument)
    assert found is not None
    return found


class TestResponse:
    @pytest.mark.parametrize(("after", "expected"), [(10, True), (11, False), (30, False)])
    def test_is_half_the_baseline(self, after, expected):
        assert response(PHQ9, 20, after) is expected

    @pytest.mark.parametrize("before", [0, 9])
    def test_is_not_told_where_the_baseline_can_not_carry_a_percentage(self, before):
        assert response(PHQ9, before, 0) is None

    def test_is_not_told_without_a_percentage(self):
        assert response(replace(PHQ9, response_percent=None), 20, 5) is None

    def test_goes_with_the_direction_of_health(self):
        rises = replace(WHO5, response_percent=50.0, cut_off=None)
        assert response(rises, 40, 60) is True
        assert response(rises, 40, 20) is False


class TestNoticed:
    def test_is_a_share_of_the_baseline(self):
        # 21 percent of 20 points are 4.2.
        assert [change.noticed(PHQ9, 20, after) for after in (16, 15, 24)] == [False, True, False]

    def test_goes_by_points_where_there_is_no_percentage(self):
        assert [change.noticed(WHO5, 40, after) for after in (48, 52, 30)] == [False, True, False]

    def test_is_not_told_of_a_baseline_that_was_well(self):
        assert change.noticed(PHQ9, 9, 0) is None
        assert change.noticed(replace(PHQ9, cut_off=None), 0, 0) is None

    def test_is_not_told_where_no_source_gives_a_number(self):
        assert change.noticed(replace(PHQ9, noticed_change=None), 20, 0) is None


class TestRemission:
    def test_lies_beyond_a_score(self):
        assert [remission(PHQ9, 20, score) for score in (4, 5)] == [True, False]
        assert change.remission(replace(PHQ9, remission=None), 20, 0) is None

    def test_takes_something_to_remit(self):
        assert remission(PHQ9, 10, 4) is True
        assert remission(PHQ9, 9, 4) is None  # On the healthy side of the cut-off before.
        without_cut_off = replace(PHQ9, cut_off=None)
        assert [remission(without_cut_off, before, 4) for before in (5, 4)] == [True, None]

    def test_goes_with_the_direction_of_health(self):
        assert remission(replace(WHO5, remission=70.0), 40, 72) is True
