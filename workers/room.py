"""What lies between where a client is and the target, and the days a pace takes to cross it."""

import math
from datetime import date, timedelta
from typing import Final

import msgspec

from events.instruments import Instrument
from projections.theil_sen import DAYS_A_WEEK, reach
from workers.pace import ROUNDING, Pace, shown
from workers.replan import Dates, Reached, latest_day, length_again

# How much of the way that remains a nearer target takes away.
LEAST_RELIEF: Final = 0.25
# By how many points of percent a smaller percentage is less, at the least.
LEAST_PERCENT: Final = 5


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """From `latest`, where a client was on `from_on`, to `target`, at a pace that leads there.

    Whatever is computed here is rounded as it is shown: what is printed leads to what is printed.
    """

    latest: float
    target: float
    pace: Pace
    from_on: date
    starts_on: date
    due_on: date
    today: date

    @property
    def remaining(self) -> float:
        """What is still to go, positive before the target."""
        return (self.target - self.latest) * self.pace.towards

    def dates_for(self, value: float) -> Dates | None:
        """When the pace, and the slower end of its interval, reach a value, counted from `from_on`.

        None where that is unknown, or more than half a year ahead by the slower end.
        """
        distance = in_hundredths(abs(value - self.latest))
        there = distance if value > self.latest else -distance
        ahead = reach(self.pace.slope, from_value=0.0, to_value=there)
        if ahead is None:
            return None
        weeks = shown(ahead.expected_days / DAYS_A_WEEK)
        slower_weeks = shown(ahead.latest_days / DAYS_A_WEEK)
        last = latest_day(self.starts_on, self.today)
        if slower_weeks * DAYS_A_WEEK > (last - self.from_on).days:
            return None
        slower_on = day_after(self.from_on, weeks=slower_weeks)
        due_on = weeks_on(self.due_on, after=max(slower_on, a_week_ahead(self.today)))
        if due_on > last:
            return None
        return Dates(
            distance=distance,
            from_on=self.from_on,
            weeks=weeks,
            sooner_on=day_after(self.from_on, weeks=weeks),
            slower_weeks=slower_weeks,
            slower_on=slower_on,
            due_on=due_on,
            after_on=self.due_on,
        )

    def reached_again(self) -> Reached | None:
        """What is reached by the day on which the goal's length has gone by again."""
        due_on = day_of_same_length(self.starts_on, self.due_on, self.today)
        if due_on is None:
            return None
        weeks = shown((due_on - self.from_on).days / DAYS_A_WEEK)
        return Reached(
            from_on=self.from_on,
            weeks=weeks,
            value=self.reached_in(weeks, per_week=self.pace.per_week),
            slower_value=self.reached_in(weeks, per_week=self.pace.slower),
            due_on=due_on,
        )

    def reached_in(self, weeks: float, *, per_week: float) -> float:
        return round(self.latest + self.pace.towards * per_week * weeks, 2)

    def leaves_a_step(self, value: float, *, least: float) -> bool:
        """Whether a nearer target is worth the name.

        It lies `least` or more beyond where the client is, because less is no step, and a quarter
        of the way that remains, and `least`, or more short of the old target: less is no relief.
        """
        beyond = (value - self.latest) * self.pace.towards
        relief = max(self.remaining * LEAST_RELIEF, least)
        return beyond >= least - ROUNDING and self.remaining - beyond >= relief - ROUNDING


def day_of_same_length(starts_on: date, due_on: date, today: date) -> date | None:
    """The day on which the goal's length has gone by again, or half a year ahead."""
    last = latest_day(starts_on, today)
    after = today + timedelta(days=length_again(starts_on, due_on) * DAYS_A_WEEK - 6)
    on = weeks_on(due_on, after=min(after, last - timedelta(days=6)))
    return on if a_week_ahead(today) <= on <= last else None


def a_week_ahead(today: date) -> date:
    """The first day that leaves a week, today included: what is due tomorrow is no more time."""
    return today + timedelta(days=DAYS_A_WEEK - 1)


def easier_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that asks no more than `value` does."""
    steps = (value - instrument.minimum) / instrument.step
    nearest = math.ceil(steps - ROUNDING) if towards < 0 else math.floor(steps + ROUNDING)
    return round(instrument.minimum + nearest * instrument.step, 6)


def reaching_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that reaches `value`."""
    return easier_step(instrument, value, towards=-towards)


def easier_multiple(number: float, grain: int) -> float:
    """The nearest multiple of `grain` on the side of nought."""
    nearest = int(abs(number) / grain + ROUNDING) * grain
    return float(nearest if number > 0 else -nearest)


def in_hundredths(distance: float) -> float:
    """A distance as it is shown, rounded up."""
    return round(whole(distance * 100) / 100, 2)


def day_after(day: date, *, weeks: float) -> date:
    """The day so many weeks later, a part of a day being one."""
    return day + timedelta(days=whole(weeks * DAYS_A_WEEK))


def whole(number: float) -> int:
    """Rounded up, but not for the sake of the last bit of a float."""
    return math.ceil(number - ROUNDING)


def weeks_on(due_on: date, *, after: date) -> date:
    """The first day a whole number of weeks after `due_on` that is not before `after`."""
    weeks = max(1, math.ceil((after - due_on).days / DAYS_A_WEEK))
    return due_on + timedelta(weeks=weeks)
