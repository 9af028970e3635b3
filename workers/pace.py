"""How fast a client has gone so far, with its interval: pure arithmetic, every formula stated."""

from collections.abc import Sequence
from datetime import date
from math import floor, log10, sqrt
from statistics import fmean, stdev
from typing import Final, Literal

import msgspec

from projections.distributions import student_deviations
from projections.theil_sen import (
    CONFIDENCE,
    DAYS_A_WEEK,
    LEAST_POINTS,
    LEAST_SPAN_DAYS,
    Slope,
    trend_of,
)

# Sums and shares of floats miss the whole by less than this.
ROUNDING: Final = 1e-9
FORMULAS: Final = {
    "theil_sen": (
        "pace_per_week = direction * 7 * median((y_j - y_i) / (t_j - t_i)) over all i < j "
        "(Theil 1950), its 95% interval after Sen (1968)"
    ),
    "mean": (
        "pace_per_week = 7 / days_a_period * mean(y), its 95% interval mean +- t(0.975, n - 1) "
        "* sd(y) / sqrt(n) (Student 1908)"
    ),
}
THIN: Final = f"no pace is named before {LEAST_POINTS} points over {LEAST_SPAN_DAYS} days"


class Point(msgspec.Struct, frozen=True, kw_only=True):
    on: date
    value: float


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The client's own pace over `points` points that span `span_days`.

    `slope` is in the measure's own direction, and rounded as it is shown, so that whoever does the
    arithmetic over comes to the same day. `towards` is +1 or -1: the direction of the target.
    """

    slope: Slope
    towards: int
    points: int
    span_days: float
    method: Literal["theil_sen", "mean"]

    @property
    def per_week(self) -> float:
        """Per week, positive towards the target."""
        return self.slope.per_week * self.towards + 0.0

    @property
    def slower(self) -> float:
        """The end of the 95% interval that lies nearer to no movement, or beyond it."""
        low, high = self.slope.low_per_week, self.slope.high_per_week
        return (low if self.towards > 0 else -high) + 0.0

    @property
    def faster(self) -> float:
        low, high = self.slope.low_per_week, self.slope.high_per_week
        return (high if self.towards > 0 else -low) + 0.0

    @property
    def points_there(self) -> bool:
        """Whether a direction is named, and is that of the target."""
        return self.slope.direction == ("rising" if self.towards > 0 else "falling")

    @property
    def is_clear(self) -> bool:
        """Whether a date follows: the direction is that of the target, and so is the slower end.

        The test that names a direction and the interval are one matter but where values are tied:
        then the direction may be named while the interval's end sits on 0, and no date is told.
        """
        return self.points_there and self.slower > ROUNDING

    @property
    def formula(self) -> str:
        return FORMULAS[self.method]

    @property
    def numbers(self) -> dict[str, float]:
        return {
            "pace_per_week": self.per_week,
            "pace_slower": self.slower,
            "pace_faster": self.faster,
            "points": float(self.points),
            "span_days": float(self.span_days),
        }


def pace_of(points: Sequence[Point], *, towards: int) -> Pace | None:
    """How fast values moved: the Theil-Sen slope and its 95% interval, as the trends tell it.

    None where the record is too thin to say: fewer than five days with a value, over fewer than
    fourteen days.
    """
    trend = trend_of([one.on.toordinal() for one in points], [one.value for one in points])
    if trend.slope is None:
        return None
    return Pace(
        slope=as_shown(trend.slope),
        towards=towards,
        points=trend.points,
        span_days=trend.span_days,
        method="theil_sen",
    )


def mean_pace(amounts: Sequence[float], *, days_each: int) -> Pace | None:
    """How much was done per week: the mean of equal periods, with Student's interval around it.

    The interval takes the periods for independent of each other, which people's days are not
    quite: it is a guide to how far a date may be off, and no more. `days_each` is a period's
    length. None where there are fewer than two periods, or fewer than fourteen days of them.
    """
    count = len(amounts)
    if count < 2 or count * days_each < LEAST_SPAN_DAYS:
        return None
    middle = fmean(amounts)
    half = student_deviations(CONFIDENCE, count - 1) * stdev(amounts) / sqrt(count)
    per_week = DAYS_A_WEEK / days_each
    slope = Slope(
        per_week=per_week * middle,
        low_per_week=per_week * (middle - half),
        high_per_week=per_week * (middle + half),
    )
    return Pace(
        slope=as_shown(slope),
        towards=1,
        points=count,
        span_days=count * days_each,
        method="mean",
    )


def as_shown(slope: Slope) -> Slope:
    return msgspec.structs.replace(
        slope,
        per_week=shown(slope.per_week),
        low_per_week=shown(slope.low_per_week),
        high_per_week=shown(slope.high_per_week),
    )


def shown(number: float) -> float:
    """A number as arithmetic shows it: three digits that count, and whole ones in full."""
    if not number:
        return 0.0
    return round(number, max(0, 2 - floor(log10(abs(number)))))
