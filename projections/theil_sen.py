"""Which way numbers went: the Theil-Sen slope, its interval, and when a direction may be named."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from math import fsum, sqrt
from typing import Final, Literal

import msgspec

from projections.distributions import normal_deviations

LEAST_POINTS: Final = 5
LEAST_SPAN_DAYS: Final = 14
CONFIDENCE: Final = 0.95
DAYS_A_WEEK: Final = 7
# All pairs are compared: a thousand points are half a million of them, and sixteen megabytes.
MOST_POINTS: Final = 1_000
# Half of a normal distribution's tail beyond more of them is no longer a number above 0.
MOST_DEVIATIONS: Final = 37.0

Direction = Literal["rising", "falling", "no_clear_direction", "not_enough_yet"]


class Slope(msgspec.Struct, frozen=True, kw_only=True):
    """By how much numbers rise a week (a fall is negative), with the 95 % interval around it.

    Where many values are the same, an end of the interval lies on 0. `zero_excluded` says that 0
    itself is no part of it all the same, by the same test with its correction for ties.
    """

    per_week: float
    low_per_week: float
    high_per_week: float
    zero_excluded: bool = False

    @property
    def direction(self) -> Direction:
        if self.low_per_week > 0 or (self.zero_excluded and self.low_per_week == 0):
            return "rising"
        if self.high_per_week < 0 or (self.zero_excluded and self.high_per_week == 0):
            return "falling"
        return "no_clear_direction"


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """Which way numbers went, or that there is not enough yet to say so.

    A direction is named from 5 points at different times over 14 days whose interval excludes
    zero (`zero_excluded`). Before that there is no `slope`, and `points_missing` and `days_missing`
    say how many more points and days it takes. Rising and falling are neither good nor bad by
    themselves.
    """

    direction: Direction
    points: int
    span_days: float
    slope: Slope | None = None
    points_missing: int = 0
    days_missing: float = 0.0


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """In how many days a target is reached: by the fast end of the interval, the slope, the slow.

    Days are not rounded, and may be more than a calendar holds.
    """

    earliest_days: float
    expected_days: float
    latest_days: float


def trend_of(
    days: Sequence[float], values: Sequence[float], *, neighbours_alike: bool = False
) -> Trend:
    """The trend of values at times, in days on any one scale; the order does not matter.

    Of more than a thousand points the newest count. Values at the same time are all points, but
    count once towards the five that a direction takes. `neighbours_alike` is for values such as
    moods from day to day, which resemble each other: see `slope_of`.
    """
    points = sorted(zip(days, values, strict=True))[-MOST_POINTS:]
    times = sorted({day for day, _ in points})
    span_days = times[-1] - times[0] if times else 0.0
    points_missing = max(0, LEAST_POINTS - len(times))
    days_missing = max(0.0, LEAST_SPAN_DAYS - span_days)
    if points_missing or days_missing:
        return Trend(
            direction="not_enough_yet",
            points=len(points),
            span_days=span_days,
            points_missing=points_missing,
            days_missing=days_missing,
        )
    # From the first on: a difference of two large numbers would cost the last digits.
    slope = slope_of(
        [day - times[0] for day, _ in points],
        [value for _, value in points],
        neighbours_alike=neighbours_alike,
    )
    return Trend(direction=slope.direction, points=len(points), span_days=span_days, slope=slope)


def slope_of(
    days: Sequence[float], values: Sequence[float], *, neighbours_alike: bool = False
) -> Slope:
    """The median of the slopes between all pairs of values at different times (Theil 1950).

    One unusual value can not turn it: up to 29 % of them may be. The interval is Sen's (1968, JASA
    63:1379), by the normal approximation to Kendall's statistic with its variance reduced for
    ties; `scipy.stats.theilslopes` computes the same. Ties so many that they leave no variance give
    the widest interval there is: from the smallest slope to the largest. There must be values at
    two times at least, in the order of time.

    Where `neighbours_alike`, that variance is multiplied by `inflation` of what is left of the
    values beside the slope (Yue & Wang 2004, Water Resources Management 18:201): of days of which
    each resembles the one before there are fewer than it seems. Of 300 drawn series of 42 whole
    ratings that went nowhere (r = 0.5) a direction is named for 15, and without it for 33.
    """
    slopes = sorted(slopes_between(days, values))
    middle = (slopes[(len(slopes) - 1) // 2] + slopes[len(slopes) // 2]) / 2
    deviations = normal_deviations(CONFIDENCE)
    if neighbours_alike:
        left = [value - middle * day for day, value in zip(days, values, strict=True)]
        deviations = min(deviations * sqrt(inflation(left)), MOST_DEVIATIONS)
    ties = Ties.of(days, values)
    # Sen leaves out the terms in which ties of both kinds meet: many may leave less than nothing.
    variance = ties.variance
    if variance < 0:
        low, high = slopes[0], slopes[-1]
    else:
        reach_of_ranks = deviations * sqrt(variance)
        low = slopes[max(round((len(slopes) - reach_of_ranks) / 2) - 1, 0)]
        high = slopes[min(round((len(slopes) + reach_of_ranks) / 2), len(slopes) - 1)]
    zero_excluded = low > 0 or high < 0
    if variance >= 0 and middle and (low == 0 or high == 0):
        # The interval and this test are one matter, but for slopes of exactly 0: those come from
        # values that are the same, which the variance of any other slope knows nothing of.
        falling, level = bisect_left(slopes, 0), bisect_right(slopes, 0)
        score = len(slopes) - level - falling
        zero_excluded = abs(score) > deviations * sqrt(ties.whole_variance)
    return Slope(
        per_week=per_week(middle),
        low_per_week=per_week(low),
        high_per_week=per_week(high),
        zero_excluded=zero_excluded,
    )


def slopes_between(days: Sequence[float], values: Sequence[float]) -> Iterator[float]:
    """The slope a day between each two values at different times."""
    points = list(zip(days, values, strict=True))
    for nth, (before, earlier) in enumerate(points):
        for after, later in islice(points, nth + 1, None):
            if after != before:
                yield (later - earlier) / (after - before)


class Ties(msgspec.Struct, frozen=True, kw_only=True):
    """How many of `size` points share a day, and how many a value: one number for each group."""

    size: int
    days: tuple[int, ...]
    values: tuple[int, ...]

    @classmethod
    def of(cls, days: Sequence[float], values: Sequence[float]) -> "Ties":
        return cls(
            size=len(days),
            days=tuple(Counter(days).values()),
            values=tuple(Counter(values).values()),
        )

    @property
    def variance(self) -> float:
        """The variance of Kendall's statistic, reduced for ties, as Sen has it."""
        return (term(self.size) - sum(term(count) for count in (*self.days, *self.values))) / 18

    @property
    def whole_variance(self) -> float:
        """The same with all terms (Kendall 1970, Rank Correlation Methods, section 5.5)."""
        size = self.size
        pairs = self._of_both(lambda count: count * (count - 1)) / (2 * size * (size - 1))
        threes = self._of_both(lambda count: count * (count - 1) * (count - 2))
        if threes:  # Else there may be only two points.
            threes /= 9 * size * (size - 1) * (size - 2)
        return self.variance + pairs + threes

    def _of_both(self, of_one: Callable[[int], int]) -> float:
        return sum(map(of_one, self.days)) * sum(map(of_one, self.values))


def term(count: int) -> int:
    """What so many points add to eighteen times the variance."""
    return count * (count - 1) * (2 * count + 5)


def inflation(values: Sequence[float]) -> float:
    """By how much the variance of a mean grows where each value resembles the one before.

    (1 + r) / (1 - r), where r is their lag-one autocorrelation (Bayley & Hammersley 1946,
    Supplement to the JRSS 8:184); 1 where r is negative. Values that follow each other count as
    neighbours, whatever lies between them.
    """
    middle = fsum(values) / len(values)
    apart = [value - middle for value in values]
    spread = fsum(one * one for one in apart)
    if spread == 0:
        return 1.0
    together = fsum(one * other for one, other in pairwise(apart))
    resemblance = max(0.0, together / spread)
    return (1 + resemblance) / (1 - resemblance)


def per_week(per_day: float) -> float:
    return DAYS_A_WEEK * per_day + 0.0  # Minus nought is nought.


def reach(slope: Slope, *, from_value: float, to_value: float) -> Reach | None:
    """When a target is reached if things go on like this: days = distance / slope.

    None, that is unknown, where the interval around the slope holds zero or leads away from the
    target. A target that is there already takes no days.
    """
    distance = to_value - from_value
    if distance == 0:
        return Reach(earliest_days=0.0, expected_days=0.0, latest_days=0.0)
    ends = sorted((slope.low_per_week, slope.per_week, slope.high_per_week), key=abs, reverse=True)
    if any(end * distance <= 0 for end in ends):
        return None
    fast, usual, slow = (DAYS_A_WEEK * distance / end for end in ends)
    return Reach(earliest_days=fast, expected_days=usual, latest_days=slow)
