"""Ways on from a deadline that has passed: what could be revised, before anybody words it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from events.deadline import LONGEST_GOAL_DAYS
from events.measure import Frequency
from events.moment import LATEST_YEAR
from events.suggestion import NewDeadline, NewTarget

MOST_WEEKS_AHEAD = 26


class MoreTime(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the target score; the pace so far reaches it by this day."""

    proposal: NewDeadline
    due_on: date
    remaining: float
    pace_per_week: float
    weeks: float


class NearerScore(msgspec.Struct, frozen=True, kw_only=True):
    """A nearer target first. `score` is the total that reaches it.

    `from_score` is the latest score; `by_half` says that it lies halfway to the old target,
    otherwise it is what the pace so far reaches in `weeks`.
    """

    proposal: NewTarget
    score: float
    from_score: float
    old_target: float
    percent: float | None
    exactly: float
    pace_per_week: float
    weeks: float
    by_half: bool
    due_on: date


class MorePeriods(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the amount; the days or weeks still asked for fit in until this day."""

    proposal: NewTarget
    due_on: date
    asked: int
    counted: float
    open_periods: int
    kept_free: int
    measure: Frequency


class SmallerStep(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the amount that was in fact kept, over the same length again.

    `middle` is the median amount in the `count` days or weeks there were, empty ones included.
    """

    proposal: NewTarget
    due_on: date
    middle: float
    count: int
    measure: Frequency


Way = MoreTime | NearerScore | MorePeriods | SmallerStep


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The ways on, the numbers they came from by name, and the formula that joins them.

    `lacking` says why there is no way to propose: too little on record to plan with, or no
    movement towards the target.
    """

    ways: Sequence[Way] = ()
    numbers: dict[str, float] = {}
    formula: str
    lacking: Literal["entries", "pace"] | None = None


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
