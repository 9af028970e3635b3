"""The days or weeks of a goal that is practised: what they had, what rests, and what is to come."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import msgspec

from events.measure import DAYS_PER_WEEK, Frequency, period_days, periods
from events.progress import nth_period, share_of
from workers.pace import ROUNDING
from workers.replan import Ahead, latest_day
from workers.room import a_week_ahead
from workers.standing import Standing, amount_by_day


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A measure over a goal's time until `due_on`: what counts already and what is to come.

    `counted` is the credit of the periods before today's, `credited` all credit there is, today's
    included. `ahead` periods start today or later, the first of them on `from_on`; of those the
    goal asks for `usable` where they have the same share of reserve as it had before. `excused` is
    in periods, those that rest altogether as one.
    """

    due_on: date
    count: int
    excused: float
    counted: float
    credited: float
    from_on: date
    ahead: int
    usable: float

    def reserve_for(self, asked: float) -> int:
        """The reserve that leaves no more than so many periods asked for."""
        return max(0, math.ceil(self.count - self.excused - asked - ROUNDING))

    def asked_with(self, reserve: int) -> float:
        return self.count - self.excused - reserve

    def to_come(self, reserve: int) -> Ahead:
        """What a reserve leaves to do of the periods to come, and how many of them are free."""
        asked = max(0.0, round(round(self.asked_with(reserve), 2) - round(self.counted, 2), 2))
        # As it is shown, and as it is: neither asks for more than the days that are not free.
        exactly = max(asked, self.asked_with(reserve) - self.counted)
        free = max(0, math.floor(self.ahead - exactly + ROUNDING))
        return Ahead(from_on=self.from_on, periods=self.ahead, asked=asked, free=free)


def periods_told(standing: Standing, measure: Frequency) -> int:
    """The days or weeks of the goal's time, without those that rested and in which nothing was."""
    time = standing.goal.starts_on, standing.goal.due_on
    done = credits_of(measure, amount_by_day(standing), *time)
    rested = excused_shares(measure, standing, standing.goal.due_on)
    resting = [nth for nth, share in rested.items() if share >= 1.0 - ROUNDING and nth not in done]
    return periods(measure, *time) - len(resting)


def last_whole_on(standing: Standing, measure: Frequency) -> date:
    """The last day of the goal's last whole week: what is left over after it is no week to judge.

    Of a goal that is shorter than a week it is the last day.
    """
    goal = standing.goal
    whole_days = periods(measure, goal.starts_on, goal.due_on) * period_days(measure)
    return min(goal.due_on, goal.starts_on + timedelta(days=whole_days - 1))


def spans(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float], *, kept_free: Frequency
) -> Iterator[Span]:
    """The goal's time until the end of each whole week to come, up to the latest day.

    `kept_free` is the measure whose share of reserve the periods to come keep.
    """
    goal, today = standing.goal, standing.today
    before = periods(kept_free, goal.starts_on, goal.due_on)
    length = period_days(measure)
    elapsed = -(-(today - goal.starts_on).days // length)
    last = latest_day(goal.starts_on, today)
    first = max(a_week_ahead(today), goal.due_on + timedelta(days=1))
    weeks = -(-((first - goal.starts_on).days + 1) // DAYS_PER_WEEK)
    due_on = goal.starts_on + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    while due_on <= last:
        count = periods(measure, goal.starts_on, due_on)
        shares = credits_of(measure, by_day, goal.starts_on, due_on)
        ahead = max(0, count - elapsed)
        yield Span(
            due_on=due_on,
            count=count,
            # Days of rest lie in the time gone by, all of them.
            excused=math.fsum(excused_shares(measure, standing, due_on).values()),
            counted=math.fsum(one for nth, one in shares.items() if nth < elapsed),
            credited=math.fsum(shares.values()),
            from_on=goal.starts_on + timedelta(days=elapsed * length),
            ahead=ahead,
            usable=float(ahead - ahead * kept_free.reserve // before),
        )
        due_on += timedelta(days=DAYS_PER_WEEK)


def credits_of(
    measure: Frequency, by_day: Mapping[date, float], starts_on: date, due_on: date
) -> dict[int, float]:
    """The share done of each period that has an entry, by its number from 0."""
    count, length = periods(measure, starts_on, due_on), period_days(measure)
    done: dict[int, list[float]] = {}
    for day, amount in by_day.items():
        if starts_on <= day <= due_on:
            done.setdefault(nth_period(day, starts_on, length, count), []).append(amount)
    return {nth: share_of(measure, found) for nth, found in done.items()}


def excused_shares(measure: Frequency, standing: Standing, due_on: date) -> dict[int, float]:
    """How much of each period rests, by its number from 0, for those where anything does."""
    starts_on, length = standing.goal.starts_on, period_days(measure)
    count = periods(measure, starts_on, due_on)
    last_length = (due_on - starts_on).days + 1 - (count - 1) * length
    shares: dict[int, float] = {}
    for day in standing.resting:
        if starts_on <= day <= due_on:
            nth = nth_period(day, starts_on, length, count)
            part = 1 / (last_length if nth == count - 1 else length)
            shares[nth] = min(1.0, shares.get(nth, 0.0) + part)
    return shares
