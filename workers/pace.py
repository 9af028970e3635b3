"""How fast scores have moved, and what follows from it: pure arithmetic, every formula stated."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from statistics import median
from typing import Literal

import msgspec

from events.instruments import Instrument

LEAST_SPAN_DAYS = 14
LEAST_POINTS_FOR_A_MEDIAN = 3
MOST_POINTS = 200
TOLERANCE = 1e-9


class Point(msgspec.Struct, frozen=True, kw_only=True):
    on: date
    value: float


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Points per week, positive towards health, over `points` scores that span `span_days`."""

    per_week: float
    points: int
    span_days: int
    method: Literal["theil_sen", "difference"]

    @property
    def formula(self) -> str:
        if self.method == "theil_sen":
            return "pace_per_week = direction * 7 * median((y_j - y_i) / (t_j - t_i)) for all i < j"
        return "pace_per_week = direction * 7 * (y_last - y_first) / (t_last - t_first)"


def pace_of(points: Sequence[Point], *, towards: int) -> Pace | None:
    """The client's own pace since the start, or None where the record is too thin to say.

    With three or more scores over at least fourteen days it is the Theil-Sen slope, the median
    of the slopes between all pairs of scores on different days (Theil 1950, Sen 1968), which
    one unusual score can not turn; with two, the difference over the time between them. Of more
    than two hundred scores the newest count. `towards` is +1 or -1: the direction of health.
    """
    points = sorted(points, key=lambda point: point.on)[-MOST_POINTS:]
    if len(points) < 2:
        return None
    span_days = (points[-1].on - points[0].on).days
    if span_days < LEAST_SPAN_DAYS:
        return None
    if len(points) >= LEAST_POINTS_FOR_A_MEDIAN:
        slopes = (
            (later.value - earlier.value) / (later.on - earlier.on).days
            for earlier, later in combinations(points, 2)
            if later.on > earlier.on
        )
        per_day, method = median(slopes), "theil_sen"
    else:
        per_day, method = (points[-1].value - points[0].value) / span_days, "difference"
    return Pace(
        per_week=7 * per_day * towards,
        points=len(points),
        span_days=span_days,
        method="theil_sen" if method == "theil_sen" else "difference",
    )


def easier_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that asks no more than `value` does."""
    steps = (value - instrument.minimum) / instrument.step
    whole = math.ceil(steps - TOLERANCE) if towards < 0 else math.floor(steps + TOLERANCE)
    return round(instrument.minimum + whole * instrument.step, 6)


def reaching_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that reaches `value`."""
    return easier_step(instrument, value, towards=-towards)


def whole(number: float) -> int:
    """Rounded up, but not for the sake of the last bit of a float."""
    return math.ceil(number - TOLERANCE)


def weeks_on(due_on: date, *, after: date) -> date:
    """The first day a whole number of weeks after `due_on` that is not before `after`."""
    weeks = max(1, math.ceil((after - due_on).days / 7))
    return due_on + timedelta(weeks=weeks)
