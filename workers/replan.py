"""Ways on from a deadline that has passed: what could be revised, before anybody words it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from events.change import Yardstick
from events.deadline import LONGEST_GOAL_DAYS
from events.measure import Count, Frequency, RelativeFrequency, Score
from events.moment import LATEST_YEAR
from events.suggestion import NewDeadline, NewTarget, WayOn
from workers.pace import Pace

MOST_WEEKS_AHEAD = 26


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """When a distance is crossed: by the pace, and by the slower end of its interval.

    Both days lie whole weeks after the old deadline. `due_on`, by the slower end, is proposed.
    """

    distance: float
    weeks: float
    sooner_on: date
    slower_weeks: float
    due_on: date


class MoreTime(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the target of a score, a rate or a count: the pace so far reaches it by `due_on`.

    `yardstick` is there where the target lies within the instrument's own error of the baseline.
    """

    proposal: NewDeadline
    measure: Score | RelativeFrequency | Count
    dates: Dates
    pace: Pace
    baseline: float = 0.0
    target: float = 0.0
    yardstick: Yardstick | None = None
    kind: WayOn = "more_time"

    @property
    def due_on(self) -> date:
        return self.dates.due_on


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What the pace, and the slower end of its interval, come to after another equal length."""

    weeks: float
    value: float
    slower_value: float
    due_on: date


class NearerScore(msgspec.Struct, frozen=True, kw_only=True):
    """A nearer target first. `new` is the total that reaches it, `percent` where it is one.

    It follows from what the pace reaches by a day, from the latest score on, which is `start`, or
    else is halfway to the old target. `yardstick` tells it from the instrument's own error.
    """

    proposal: NewTarget
    due_on: date
    new: float
    percent: float | None
    baseline: float
    start: float
    old: float
    exactly: float
    by: Reached | Dates
    pace: Pace
    yardstick: Yardstick
    kind: WayOn


class NearerRate(msgspec.Struct, frozen=True, kw_only=True):
    """A smaller increase first: `new` per day or week is the percentage more than before.

    It follows from what the pace reaches by a day, from the rate of late on, which is `start`, or
    else is halfway from the best rate to the old one.
    """

    proposal: NewTarget
    due_on: date
    measure: RelativeFrequency
    new: float
    start: float
    old: float
    exactly: float
    by: Reached | Dates
    pace: Pace
    kind: WayOn


class NearerCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was done so far, and as much in the same time again, before the rest.

    `in_time` was done in the `elapsed_days` of the goal's time.
    """

    proposal: NewTarget
    due_on: date
    measure: Count
    done: float
    in_time: float
    elapsed_days: int
    days_ahead: int
    kind: WayOn = "milestone"


class MorePeriods(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the amount; the days or weeks still asked for fit in until this day, at the own pace.

    What is crossed, and paced, are days' or weeks' worth of what was planned.
    """

    proposal: NewTarget
    dates: Dates
    asked: float
    counted: float
    pace: Pace
    measure: Frequency
    kind: WayOn = "more_time"

    @property
    def due_on(self) -> date:
        return self.dates.due_on


class SmallerStep(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the amount that was in fact kept, over the same length again.

    `kept_in` of the `count` days or weeks there were had that much; rest days are left out.
    """

    proposal: NewTarget
    due_on: date
    kept_in: int
    count: int
    measure: Frequency
    kind: WayOn = "smaller_step"


Way = MoreTime | NearerScore | NearerRate | NearerCount | MorePeriods | SmallerStep
Lacking = Literal["entries", "pace"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The ways on, the numbers they came from by name, and the formula that joins them.

    `lacking` says why there is no way to propose, so that it is best to talk first: too little on
    record to plan with, or a record that leads to no date.
    """

    ways: Sequence[Way] = ()
    numbers: dict[str, float] = {}
    formula: str
    lacking: Lacking | None = None


def latest_day(starts_on: date, today: date) -> date:
    """The last day a proposal may name: half a year ahead, and within what a goal may take."""
    return min(
        today + timedelta(weeks=MOST_WEEKS_AHEAD),
        starts_on + timedelta(days=LONGEST_GOAL_DAYS),
        date(LATEST_YEAR, 12, 31),
    )


def length_again(starts_on: date, due_on: date) -> int:
    """The goal's length in whole weeks, rounded up; at most half a year."""
    weeks = -(-(due_on - starts_on).days // 7)
    return min(MOST_WEEKS_AHEAD, max(1, weeks))
