"""What lies between where a client is and the target, and the days a pace takes to cross it."""

import math
from datetime import date, timedelta

import msgspec

from events.instruments import Instrument
from projections.theil_sen import DAYS_A_WEEK, reach
from workers.pace import TOLERANCE, Pace
from workers.replan import Dates, latest_day, length_again


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """From `latest` to `target`, at a pace whose interval points there. Dates count from today."""

    latest: float
    target: float
    pace: Pace
    starts_on: date
    due_on: date
    today: date

    @property
    def remaining(self) -> float:
        """What is still to go, positive before the target."""
        return (self.target - self.latest) * self.pace.towards

    def dates_for(self, value: float) -> Dates | None:
        """When the pace, and the slower end of its interval, reach a value.

        None where that is unknown, or more than half a year ahead by the slower end.
        """
        ahead = reach(self.pace.slope, from_value=self.latest, to_value=value)
        if ahead is None:
            return None
        due_on = self.day_after(ahead.latest_days)
        sooner_on = self.day_after(ahead.expected_days)
        if due_on is None or sooner_on is None:
            return None
        return Dates(
            distance=abs(value - self.latest),
            weeks=ahead.expected_days / DAYS_A_WEEK,
            sooner_on=sooner_on,
            slower_weeks=ahead.latest_days / DAYS_A_WEEK,
            due_on=due_on,
        )

    def day_after(self, days: float) -> date | None:
        """The day so many days from today, moved on to whole weeks after the old deadline."""
        last = latest_day(self.starts_on, self.today)
        if days > (last - self.today).days:
            return None
        on = weeks_on(self.due_on, after=self.today + timedelta(days=whole(days)))
        return on if on <= last else None

    def day_of_same_length(self) -> date | None:
        """The day on which the goal's length has gone by again, or half a year ahead."""
        return day_of_same_length(self.starts_on, self.due_on, self.today)

    def reached_on(self, on: date, *, per_week: float) -> float:
        """The value that so much a week comes to by a day."""
        weeks = (on - self.today).days / DAYS_A_WEEK
        return self.latest + self.pace.towards * per_week * weeks


def day_of_same_length(starts_on: date, due_on: date, today: date) -> date | None:
    last = latest_day(starts_on, today)
    after = today + timedelta(days=length_again(starts_on, due_on) * DAYS_A_WEEK - 6)
    on = weeks_on(due_on, after=min(after, last - timedelta(days=6)))
    return on if today <= on <= last else None


def easier_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that asks no more than `value` does."""
    steps = (value - instrument.minimum) / instrument.step
    nearest = math.ceil(steps - TOLERANCE) if towards < 0 else math.floor(steps + TOLERANCE)
    return round(instrument.minimum + nearest * instrument.step, 6)


def reaching_step(instrument: Instrument, value: float, *, towards: int) -> float:
    """The nearest total the instrument can give that reaches `value`."""
    return easier_step(instrument, value, towards=-towards)


def easier_multiple(number: float, grain: int) -> float:
    """The nearest multiple of `grain` on the side of nought."""
    nearest = int(abs(number) / grain + TOLERANCE) * grain
    return float(nearest if number > 0 else -nearest)


def whole(number: float) -> int:
    """Rounded up, but not for the sake of the last bit of a float."""
    return math.ceil(number - TOLERANCE)


def weeks_on(due_on: date, *, after: date) -> date:
    """The first day a whole number of weeks after `due_on` that is not before `after`."""
    weeks = max(1, math.ceil((after - due_on).days / DAYS_A_WEEK))
    return due_on + timedelta(weeks=weeks)
