"""Pace and rounding: the arithmetic under every replan."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from workers.pace import Point, easier_step, pace_of, reaching_step, weeks_on

START = date(2026, 1, 4)


def points(*values: tuple[int, float]) -> list[Point]:
    return [Point(on=START + timedelta(days=day), value=value) for day, value in values]


class TestPaceOf:
    def test_is_the_median_of_all_slopes(self):
        # Slopes a day: (20-24)/14, (19-24)/28, (16-24)/56, (19-20)/14, (16-20)/42, (16-19)/28.
        pace = pace_of(points((0, 24), (14, 20), (28, 19), (56, 16)), towards=-1)
        assert pace is not None
        assert pace.method == "theil_sen"
        assert pace.per_week == pytest.approx(7 * (1 / 7 + 3 / 28) / 2)
        assert (pace.points, pace.span_days) == (4, 56)

    def test_is_not_turned_by_one_unusual_score(self):
        steady = [(7 * week, 24 - week) for week in range(8)]
        unusual = [*steady, (30, 63.0)]
        pace = pace_of(points(*unusual), towards=-1)
        assert pace is not None
        assert pace.per_week == pytest.approx(1.0, abs=0.1)

    def test_of_two_scores_is_their_difference(self):
        pace = pace_of(points((0, 24), (28, 20)), towards=-1)
        assert pace is not None
        assert pace.method == "difference"
        assert pace.per_week == pytest.approx(1.0)

    def test_is_positive_towards_health(self):
        pace = pace_of(points((0, 28), (28, 44)), towards=1)
        assert pace is not None
        assert pace.per_week == pytest.approx(4.0)

    @pytest.mark.parametrize("thin", [[], [(0, 24.0)], [(0, 24.0), (13, 20.0), (13, 18.0)]])
    def test_is_unknown_where_the_record_is_thin(self, thin):
        assert pace_of(points(*thin), towards=-1) is None

    def test_skips_scores_of_the_same_day(self):
        pace = pace_of(points((0, 24), (0, 60), (14, 22), (14, 22)), towards=-1)
        assert pace is not None

    @given(st.integers(-20, 20), st.floats(-5, 5), st.lists(st.integers(0, 200), min_size=3))
    def test_finds_the_slope_of_a_line(self, baseline, per_day, days):
        line = points(*((day, baseline + per_day * day) for day in {0, 30, *days}))
        pace = pace_of(line, towards=1)
        assert pace is not None
        assert pace.per_week == pytest.approx(7 * per_day, abs=1e-6)


class TestSteps:
    @pytest.mark.parametrize(
        ("instrument", "value", "towards", "easier", "reaching"),
        [
            ("phq9", 14.5, -1, 15, 14),
            ("phq9", 15.0, -1, 15, 15),
            ("who5", 50.0, 1, 48, 52),
            ("who5", 48.0, 1, 48, 48),
            ("promis_depression_t", 61.23, -1, 61.3, 61.2),
        ],
    )
    def test_round_to_what_the_instrument_can_give(
        self, instrument, value, towards, easier, reaching
    ):
        known = instruments.named(instrument)
        assert easier_step(known, value, towards=towards) == pytest.approx(easier)
        assert reaching_step(known, value, towards=towards) == pytest.approx(reaching)


class TestWeeksOn:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (date(2026, 3, 2), date(2026, 3, 8)),
            (date(2026, 3, 8), date(2026, 3, 8)),
            (date(2026, 3, 9), date(2026, 3, 15)),
            (date(2026, 2, 1), date(2026, 3, 8)),
        ],
    )
    def test_keeps_the_weekday_of_the_deadline(self, after, expected):
        assert weeks_on(date(2026, 3, 1), after=after) == expected
