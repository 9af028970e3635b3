"""The Theil-Sen slope, its interval, and when a direction may be named."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from math import floor, sqrt
from random import Random
from statistics import median

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from projections.theil_sen import MOST_POINTS, Slope, inflation, reach, slope_of, trend_of

WEEKS = [0, 7, 14, 21, 28]


def slopes(days, values) -> list[float]:
    """Every pairwise slope a week, smallest first."""
    return sorted(
        7 * (y2 - y1) / (x2 - x1)
        for (x1, y1), (x2, y2) in combinations(sorted(zip(days, values, strict=True)), 2)
        if x2 > x1
    )


class TestSlope:
    def test_is_the_median_of_all_pairs(self):
        found = slope_of([0, 1, 2, 3, 4], [1, 2, 3, 2, 5])
        # Ten slopes: -1, 0, 1/3, 1/2, 1, 1, 1, 1, 3/2, 3.
        assert found.per_week == pytest.approx(7 * 1)

    def test_the_example_in_sens_paper(self):
        # The data of Sen 1968, and the interval from 26/7 to 35/8 that R's deming package tests
        # against: the paper's own list of slopes has slips.
        found = slope_of([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78])
        assert found.per_week / 7 == pytest.approx(4)
        assert found.low_per_week / 7 == pytest.approx(26 / 7)
        assert found.high_per_week / 7 == pytest.approx(35 / 8)

    def test_one_unusual_score_does_not_turn_it(self):
        line = [24, 22, 20, 18, 16, 14, 12]
        upset = [24, 22, 20, 60, 16, 14, 12]
        days = [7 * nth for nth in range(7)]
        assert slope_of(days, upset).per_week == slope_of(days, line).per_week == -2

    def test_scores_at_the_same_time_make_no_slope_between_them(self):
        days, values = [0, 0, 7, 14, 21, 28], [20, 60, 18, 16, 14, 12]
        assert slope_of(days, values).per_week == pytest.approx(median(slopes(days, values)))

    def test_a_level_line_has_no_slope_and_no_doubt(self):
        assert slope_of(WEEKS, [9] * 5) == Slope(per_week=0, low_per_week=0, high_per_week=0)

    def test_ties_beyond_measure_leave_the_widest_interval(self):
        days = [0] * 16 + [7, 14, 21, 28]
        values = [5] * 16 + [5, 6, 4, 7]
        found = slope_of(days, values)
        every = slopes(days, values)
        assert (found.low_per_week, found.high_per_week) == pytest.approx((every[0], every[-1]))


class TestTrend:
    def test_names_a_direction_when_the_interval_excludes_zero(self):
        found = trend_of(WEEKS, [24, 22, 19, 18, 15])
        assert found.direction == "falling"
        assert found.slope is not None
        assert found.slope.high_per_week < 0
        assert (found.points, found.span_days, found.points_missing) == (5, 28, 0)
        assert trend_of(WEEKS, [15, 18, 19, 22, 24]).direction == "rising"

    def test_names_none_when_it_does_not(self):
        found = trend_of(WEEKS, [24, 22, 25, 18, 15])
        assert found.direction == "no_clear_direction"
        assert found.slope is not None
        assert found.slope.low_per_week < 0 < found.slope.high_per_week

    def test_names_one_where_whole_numbers_put_the_end_of_the_interval_on_zero(self):
        # Ratings of three weeks, from 6 down to 4: p < 0.001 by Kendall's test, but more than a
        # third of the pairs of days have the same rating.
        ratings = [float(rating) for rating in "65656556555455545454454"]
        days = list(range(len(ratings)))
        found = trend_of(days, ratings)
        assert found.slope is not None
        assert (found.slope.per_week < 0, found.slope.high_per_week) == (True, 0.0)
        assert found.slope.zero_excluded
        assert found.direction == "falling"
        assert trend_of(days, ratings[::-1]).direction == "rising"

    def test_names_none_where_it_ends_on_zero_and_the_test_holds_it_possible(self):
        found = trend_of(list(range(28)), [6.0] * 13 + [5.0, 6.0, 5.0] + [6.0] * 12)
        assert found.slope == Slope(per_week=0, low_per_week=0, high_per_week=0)
        assert found.direction == "no_clear_direction"

    def test_says_how_many_points_are_missing(self):
        found = trend_of([0, 7, 28], [24, 20, 10])
        assert (found.direction, found.points_missing, found.days_missing, found.slope) == (
            "not_enough_yet", 2, 0, None,
        )  # fmt: skip

    def test_says_how_many_days_are_missing(self):
        found = trend_of([0, 1, 2, 3, 4, 11], [24, 20, 19, 18, 12, 10])
        assert (found.direction, found.points_missing, found.days_missing) == (
            "not_enough_yet", 0, 3,
        )  # fmt: skip
        assert trend_of([0, 1, 2, 3, 14], [9, 8, 7, 6, 5]).direction == "falling"

    def test_scores_at_one_time_count_once_towards_the_five(self):
        found = trend_of([0, 0, 7, 14, 28], [24, 23, 20, 19, 18])
        assert (found.direction, found.points, found.points_missing) == ("not_enough_yet", 5, 1)

    def test_of_nothing_everything_is_missing(self):
        found = trend_of([], [])
        assert (found.points, found.points_missing, found.days_missing) == (0, 5, 14)

    def test_of_very_many_points_the_newest_count(self):
        days = list(range(2 * MOST_POINTS))
        values = [0.0] * MOST_POINTS + [float(nth) for nth in range(MOST_POINTS)]
        found = trend_of(days, values)
        assert (found.points, found.span_days) == (MOST_POINTS, MOST_POINTS - 1)
        assert found.slope is not None
        assert found.slope.per_week == pytest.approx(7)


points = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 27)), min_size=5, max_size=25
).filter(lambda drawn: len({day for day, _ in drawn}) >= 2)


class TestLaws:
    @given(points)
    @settings(deadline=None, max_examples=200)
    def test_it_is_what_counting_all_pairs_says(self, drawn):
        days, values = zip(*drawn, strict=True)
        found, every = slope_of(days, values), slopes(days, values)
        assert found.per_week == pytest.approx(median(every))
        ties = [[one for one in drawn if one[axis] == value] for axis in (0, 1)
                for value in {one[axis] for one in drawn}]  # fmt: skip
        n = len(drawn)
        variance = (n * (n - 1) * (2 * n + 5) - sum(
            len(tie) * (len(tie) - 1) * (2 * len(tie) + 5) for tie in ties
        )) / 18  # fmt: skip
        if variance < 0:
            low, high = every[0], every[-1]
        else:
            reach_of_interval = 1.959963984540054 * sqrt(variance)
            first = max(0, nearest((len(every) - reach_of_interval) / 2) - 1)
            last = min(len(every) - 1, nearest((len(every) + reach_of_interval) / 2))
            low, high = every[first], every[last]
        assert (found.low_per_week, found.high_per_week) == pytest.approx((low, high))
        assert found.low_per_week <= found.per_week <= found.high_per_week

    @given(points, st.randoms())
    @settings(deadline=None)
    def test_the_order_makes_no_difference(self, drawn, random):
        shuffled = list(drawn)
        random.shuffle(shuffled)
        assert trend_of(*zip(*shuffled, strict=True)) == trend_of(*zip(*drawn, strict=True))

    @given(points, st.integers(-5000, 5000), st.integers(-30, 30), st.sampled_from((-3, -1, 2, 5)))
    @settings(deadline=None)
    def test_it_shifts_and_scales_with_the_values(self, drawn, later, more, times):
        days, values = zip(*drawn, strict=True)
        moved = slope_of([day + later for day in days], [times * value + more for value in values])
        found = slope_of(days, values)
        ends = sorted((times * found.low_per_week, times * found.high_per_week))
        assert moved.per_week == pytest.approx(times * found.per_week)
        assert [moved.low_per_week, moved.high_per_week] == pytest.approx(ends)

    @given(points)
    @settings(deadline=None)
    def test_a_named_direction_has_an_interval_on_its_side(self, drawn):
        found = trend_of(*zip(*drawn, strict=True))
        assume(found.slope is not None)
        assert found.slope is not None
        low, high = found.slope.low_per_week, found.slope.high_per_week
        sides = {
            "rising": low > 0 or (low == 0 < found.slope.per_week and rejects_zero(drawn)),
            "falling": high < 0 or (high == 0 > found.slope.per_week and rejects_zero(drawn)),
        }
        named = [name for name, holds in sides.items() if holds] or ["no_clear_direction"]
        assert named == [found.direction]
        assert found.slope.zero_excluded == (named != ["no_clear_direction"])


def rejects_zero(drawn: list[tuple[int, int]]) -> bool:
    """Kendall's test, two-sided at 5 %, its variance with all terms for ties (Kendall 1970)."""
    score = sum(
        sign(later - earlier) * sign(after - before)
        for (before, earlier), (after, later) in combinations(drawn, 2)
    )
    n = len(drawn)
    days, values = (list(Counter(one[axis] for one in drawn).values()) for axis in (0, 1))

    def both(term: Callable[[int], int]) -> int:
        return sum(map(term, days)) * sum(map(term, values))

    variance = (
        n * (n - 1) * (2 * n + 5)
        - sum(k * (k - 1) * (2 * k + 5) for k in (*days, *values))
    ) / 18  # fmt: skip
    variance += both(lambda k: k * (k - 1)) / (2 * n * (n - 1))
    variance += both(lambda k: k * (k - 1) * (k - 2)) / (9 * n * (n - 1) * (n - 2))
    return variance > 0 and abs(score) > 1.959963984540054 * sqrt(variance)


def sign(number: int) -> int:
    return (number > 0) - (number < 0)


class TestValuesThatResembleTheirNeighbours:
    """Moods from day to day: fewer independent ones than there are days."""

    def test_widen_the_interval(self):
        days = list(range(30))
        waves = [5 + nth / 15 + (nth // 10) % 2 for nth in days]
        alone, alike = (slope_of(days, waves, neighbours_alike=one) for one in (False, True))
        assert alike.per_week == alone.per_week
        assert alike.low_per_week < alone.low_per_week
        assert alike.high_per_week > alone.high_per_week
        assert (alone.direction, alike.direction) == ("rising", "no_clear_direction")

    def test_leave_it_where_neighbours_differ(self):
        days = list(range(30))
        zigzag = [5 + nth / 15 + nth % 2 for nth in days]
        assert slope_of(days, zigzag, neighbours_alike=True) == slope_of(days, zigzag)

    @pytest.mark.parametrize("alike", ["half a year of one mood", "a line", "a step"])
    def test_have_an_interval_however_alike_they_are(self, alike):
        days = list(range(180))
        values = {
            "half a year of one mood": [6.0] * 180,
            "a line": [1 + nth / 20 for nth in days],
            "a step": [3.0] * 90 + [8.0] * 90,
        }[alike]
        found = slope_of(days, values, neighbours_alike=True)
        assert found.low_per_week <= found.per_week <= found.high_per_week

    def test_are_fewer_than_they_seem(self):
        # r = 1/2 of values without trend: three times the variance of their mean.
        assert inflation([1, 1, 0, 0, 1, 1, 0, 0] * 50) == pytest.approx(1, abs=0.02)
        assert inflation([1, 1, 1, 1, 0, 0, 0, 0] * 50) == pytest.approx(3, abs=0.05)
        assert inflation([1, 0] * 50) == 1
        assert inflation([4, 4, 4]) == 1

    def test_that_go_nowhere_are_seldom_said_to_go_somewhere(self):
        named, plain = 0, 0
        for seed in range(300):
            drawn = Random(seed)
            state, ratings = drawn.gauss(0, 1), []
            for _ in range(42):
                state = 0.5 * state + sqrt(1 - 0.5**2) * drawn.gauss(0, 1)
                ratings.append(min(10, max(1, round(5.5 + state))))
            named += slope_of(range(42), ratings, neighbours_alike=True).zero_excluded
            plain += slope_of(range(42), ratings).zero_excluded
        # Of 300; 5 % are 15.
        assert (named, plain) == (15, 33)

    def test_that_fall_are_said_to_fall(self):
        named = 0
        for seed in range(100):
            drawn = Random(seed)
            ratings = [
                min(10, max(1, round(7 - nth / 14 + drawn.gauss(0, 1)))) for nth in range(42)
            ]
            named += slope_of(range(42), ratings, neighbours_alike=True).direction == "falling"
        assert named >= 90


def nearest(value: float) -> int:
    """Halves to the even number, as SciPy rounds."""
    whole = floor(value)
    if value - whole == 0.5:
        return whole + whole % 2
    return floor(value + 0.5)


class TestReach:
    FALLING = Slope(per_week=-2, low_per_week=-4, high_per_week=-1)

    def test_goes_by_both_ends_of_the_interval(self):
        found = reach(self.FALLING, from_value=20, to_value=12)
        assert found is not None
        assert (found.earliest_days, found.expected_days, found.latest_days) == (14, 28, 56)

    @pytest.mark.parametrize(
        "slope",
        [
            Slope(per_week=-2, low_per_week=-4, high_per_week=0),
            Slope(per_week=-2, low_per_week=-4, high_per_week=1),
            Slope(per_week=2, low_per_week=1, high_per_week=4),
        ],
    )
    def test_is_unknown_unless_the_whole_interval_leads_there(self, slope):
        assert reach(slope, from_value=20, to_value=12) is None

    def test_upwards_is_the_same(self):
        rising = Slope(per_week=2, low_per_week=1, high_per_week=4)
        found = reach(rising, from_value=12, to_value=20)
        assert found is not None
        assert (found.earliest_days, found.latest_days) == (14, 56)

    def test_what_is_there_takes_no_time(self):
        found = reach(self.FALLING, from_value=12, to_value=12)
        assert found is not None
        assert found.latest_days == 0
