"""Pace: how fast somebody has gone, with its interval, or that it is too early to say."""

from datetime import date, timedelta
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.pace import Point, mean_pace, pace_of, shown

START = date(2026, 1, 4)


def points(*values: tuple[int, float]) -> list[Point]:
    return [Point(on=START + timedelta(days=day), value=value) for day, value in values]


class TestPaceOf:
    def test_is_the_median_of_all_slopes(self):
        # The ten slopes a day: 2/7, 3/14, 1/7, 1/7, 1/7, 1/14, 2/21, 0, 1/14, 1/7.
        pace = pace_of(points((0, 24), (7, 22), (14, 21), (21, 21), (28, 20)), towards=-1)
        assert pace is not None
        assert pace.per_week == pytest.approx(1.0)
        assert (pace.points, pace.span_days, pace.method) == (5, 28, "theil_sen")
        assert pace.slower <= pace.per_week <= pace.faster

    def test_is_not_turned_by_one_unusual_score(self):
        steady = [(7 * week, 24 - week) for week in range(8)]
        pace = pace_of(points(*steady, (30, 63.0)), towards=-1)
        assert pace is not None
        assert pace.per_week == pytest.approx(1.0, abs=0.1)

    def test_is_positive_towards_health(self):
        rising = points((0, 28), (7, 32), (14, 36), (21, 40), (28, 44))
        there, away = pace_of(rising, towards=1), pace_of(rising, towards=-1)
        assert there is not None
        assert away is not None
        assert there.per_week == there.slower == pytest.approx(4.0)
        assert there.is_clear
        assert away.per_week == pytest.approx(-4.0)
        assert not away.is_clear

    def test_is_unclear_where_its_interval_holds_no_movement(self):
        pace = pace_of(points((0, 20), (7, 24), (14, 19), (21, 23), (28, 18)), towards=-1)
        assert pace is not None
        assert pace.per_week > 0
        assert pace.slower < 0
        assert not pace.is_clear

    @pytest.mark.parametrize(
        "thin",
        [
            [],
            [(0, 24.0), (28, 12.0)],
            [(0, 24.0), (7, 20.0), (14, 18.0), (21, 17.0)],
            [(0, 24.0), (3, 20.0), (6, 18.0), (9, 17.0), (13, 16.0)],
            [(0, 24.0), (0, 23.0), (0, 22.0), (0, 21.0), (14, 18.0)],
        ],
    )
    def test_is_not_named_before_five_days_with_a_value_over_fourteen(self, thin):
        assert pace_of(points(*thin), towards=-1) is None

    @given(st.integers(-20, 20), st.integers(-50, 50), st.sets(st.integers(0, 200), min_size=4))
    def test_finds_the_slope_of_a_line(self, baseline, per_ten_days, days):
        line = points(*((day, baseline + per_ten_days * day / 10) for day in {0, 201, *days}))
        pace = pace_of(line, towards=1)
        assert pace is not None
        # A pace has the three digits that are shown.
        assert pace.per_week == pytest.approx(0.7 * per_ten_days, rel=5e-3)


class TestMeanPace:
    def test_is_the_mean_with_students_interval(self):
        done = [1.0, 0.0] * 7
        pace = mean_pace(done, days_each=1)
        assert pace is not None
        assert pace.per_week == pytest.approx(3.5)
        # t(0.975, 13) = 2.1604 in every printed table.
        half = 2.1604 * stdev(done) / 14**0.5
        assert pace.slower == pytest.approx(7 * (mean(done) - half), abs=5e-3)
        assert pace.faster == pytest.approx(7 * (mean(done) + half), abs=5e-3)
        assert (pace.points, pace.span_days, pace.method) == (14, 14, "mean")

    def test_of_weeks_is_per_week(self):
        pace = mean_pace([2.0, 2.0, 2.0], days_each=7)
        assert pace is not None
        assert (pace.per_week, pace.slower) == (2.0, 2.0)

    def test_is_unclear_where_little_was_done_on_few_days(self):
        pace = mean_pace([5.0, *[0.0] * 27], days_each=1)
        assert pace is not None
        assert not pace.is_clear

    @pytest.mark.parametrize(("amounts", "days_each"), [([1.0], 7), ([1.0] * 13, 1), ([], 1)])
    def test_is_not_named_of_a_short_time(self, amounts, days_each):
        assert mean_pace(amounts, days_each=days_each) is None


class TestShown:
    @pytest.mark.parametrize(
        ("number", "shown_as"),
        [
            (0.93333, 0.933), (-0.0046667, -0.00467), (1.2251, 1.23), (1234.4, 1234.0),
            (0.0, 0.0), (5.0, 5.0), (99.96, 100.0),
        ],
    )  # fmt: skip
    def test_keeps_three_digits_and_whole_numbers(self, number, shown_as):
        assert shown(number) == pytest.approx(shown_as, abs=1e-12)
