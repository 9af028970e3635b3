"""Ways on for a frequency goal: the weeks that are still asked for, or the amount that was kept."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Final, Literal

import msgspec

from events.measure import DAYS_PER_WEEK, Frequency, periods, progress_of_frequency
from events.suggestion import NewTarget
from workers.pace import TOLERANCE
from workers.replan import MorePeriods, Plan, SmallerStep, Way, latest_day, length_again
from workers.standing import Standing, amount_by_day

LEAST_DAYS_OF_PRACTICE = 2
LARGEST_RESERVE = 366
# The smallest step worth proposing: a minute a week would read as mockery.
LEAST: Final = {"times": 1.0, "minutes": 10.0}
LARGEST_AMOUNT = 1440.0
FORMULA = (
    "counted = sum(min(1, done / amount)) over past periods; open = periods still to come, less "
    "the share kept free; asked = periods - reserve; kept = median(done per period)"
)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A measure over a goal's time until `due_on`: what counts already and what is still open.

    `counted` is the credit of the periods before today's, `open_periods` those that start today
    or later, `usable` the open ones less the same share of reserve as the goal had before.
    `credited` is all credit there is, today's included.
    """

    due_on: date
    count: int
    counted: float
    credited: float
    open_periods: int
    usable: int


def plan_frequency(standing: Standing, measure: Frequency) -> Plan:
    """Ways on, given practice on at least two days; `asked` never grows, so both can be met."""
    by_day = amount_by_day(standing)
    count = periods(measure, standing.goal.starts_on, standing.goal.due_on)
    numbers = {
        "amount": measure.amount,
        "periods": float(count),
        "reserve": float(measure.reserve),
        "counted": standing.progress.fraction * (count - measure.reserve),
        "done": float(sum(by_day.values())),
    }
    if len(by_day) < LEAST_DAYS_OF_PRACTICE:
        return Plan(numbers=numbers, formula=FORMULA, lacking="entries")
    if standing.progress.target_met:
        return Plan(numbers=numbers, formula=FORMULA, lacking="pace")
    numbers["kept"] = median(amounts(measure, by_day, standing.goal.starts_on, count))
    found: list[Way | None] = [
        more_periods(standing, measure, by_day),
        smaller_step(standing, measure, by_day),
    ]
    ways = [way for way in found if way is not None]
    return Plan(ways=ways, numbers=numbers, formula=FORMULA, lacking=None if ways else "pace")


def more_periods(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> MorePeriods | None:
    """Keep the amount, and take the days or weeks that are still asked for after today.

    A later deadline alone would ask for more periods as well; so those that stayed empty become
    reserve, and what is asked for in all stays the same.
    """
    asked = periods(measure, standing.goal.starts_on, standing.goal.due_on) - measure.reserve
    for span in spans(standing, measure, by_day, kept_free=measure):
        reserve = span.count - asked
        if span.counted + span.usable + TOLERANCE >= asked:
            if span.credited + TOLERANCE >= asked or not 0 <= reserve <= LARGEST_RESERVE:
                return None
            return MorePeriods(
                proposal=NewTarget(
                    measure=msgspec.structs.replace(measure, reserve=reserve), due_on=span.due_on
                ),
                due_on=span.due_on,
                asked=asked,
                counted=span.counted,
                open_periods=span.open_periods,
                kept_free=span.open_periods - span.usable,
                measure=measure,
            )
    return None


def smaller_step(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> SmallerStep | None:
    """Ask for what was kept in the middle period, over the same length again.

    Where less than one a day was kept, the step is counted by the week: every other day is three
    times a week. It is a whole number, in fives for ten minutes or more, and at least 1.
    """
    kept = kept_amount(standing, measure, by_day)
    if kept is None:
        return None
    smaller, middle, count = kept
    weeks = length_again(standing.goal.starts_on, standing.goal.due_on)
    wanted = standing.today + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    last = latest_day(standing.goal.starts_on, standing.today)
    for span in spans(standing, smaller, by_day, kept_free=measure):
        if span.due_on < min(wanted, last - timedelta(days=6)) or span.usable < 1:
            continue
        asked = math.floor(span.counted + span.usable + TOLERANCE)
        reserve = span.count - asked
        if span.credited + TOLERANCE >= asked or not 0 <= reserve <= LARGEST_RESERVE:
            return None
        proposed = msgspec.structs.replace(smaller, reserve=reserve)
        return SmallerStep(
            proposal=NewTarget(measure=proposed, due_on=span.due_on),
            due_on=span.due_on,
            middle=middle,
            count=count,
            measure=proposed,
        )
    return None


def kept_amount(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> tuple[Frequency, float, int] | None:
    """The measure at the amount that was in fact kept, the median it comes from, and of how many.

    None where nothing smaller was kept.
    """
    starts_on, due_on = standing.goal.starts_on, standing.goal.due_on
    count = periods(measure, starts_on, due_on)
    middle = median(amounts(measure, by_day, starts_on, count))
    counted_by = measure
    if measure.per == "day" and sensible(middle, measure.unit) < 1:
        by_week = weekly(measure)
        if by_week is None:
            return None
        counted_by = by_week
        count = periods(counted_by, starts_on, due_on)
        middle = median(amounts(counted_by, by_day, starts_on, count))
    amount = max(LEAST[measure.unit], sensible(middle, measure.unit))
    if amount >= counted_by.amount:
        return None
    return msgspec.structs.replace(counted_by, amount=amount), middle, count


def weekly(measure: Frequency) -> Frequency | None:
    """A daily measure counted by the week, or None where its numbers leave what can be asked."""
    amount, baseline = measure.amount * DAYS_PER_WEEK, measure.baseline * DAYS_PER_WEEK
    if max(amount, baseline) > LARGEST_AMOUNT:
        return None
    return msgspec.structs.replace(measure, per="week", amount=amount, baseline=baseline, reserve=0)


def sensible(amount: float, unit: Literal["times", "minutes"]) -> float:
    """A whole number, rounded down; whole fives for ten minutes or more."""
    grain = 5 if unit == "minutes" and amount >= 10 else 1
    return float(math.floor(amount / grain + TOLERANCE) * grain)


def amounts(
    measure: Frequency, by_day: Mapping[date, float], starts_on: date, count: int
) -> list[float]:
    """What was done in each of the first `count` periods, empty ones included."""
    length = 1 if measure.per == "day" else DAYS_PER_WEEK
    done = [0.0] * count
    for day, amount in by_day.items():
        nth = (day - starts_on).days // length
        if 0 <= nth < count:
            done[nth] += amount
    return done


def spans(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float], *, kept_free: Frequency
) -> Iterator[Span]:
    """The goal's time until the end of each whole week from today, up to the latest day.

    `kept_free` is the measure whose share of reserve the periods to come keep.
    """
    goal, today = standing.goal, standing.today
    before = periods(kept_free, goal.starts_on, goal.due_on)
    length = 1 if measure.per == "day" else DAYS_PER_WEEK
    elapsed = -(-(today - goal.starts_on).days // length)
    last = latest_day(goal.starts_on, today)
    weeks = (today - goal.starts_on).days // DAYS_PER_WEEK + 1
    due_on = goal.starts_on + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    while due_on <= last:
        if due_on >= today and due_on > goal.due_on:
            count = periods(measure, goal.starts_on, due_on)
            open_periods = max(0, count - elapsed)
            free = open_periods * kept_free.reserve // before
            yield Span(
                due_on=due_on,
                count=count,
                counted=credit(measure, by_day, goal.starts_on, due_on, before=elapsed),
                credited=credit(measure, by_day, goal.starts_on, due_on, before=count),
                open_periods=open_periods,
                usable=open_periods - free,
            )
        due_on += timedelta(days=DAYS_PER_WEEK)


def credit(
    measure: Frequency,
    by_day: Mapping[date, float],
    starts_on: date,
    due_on: date,
    *,
    before: int,
) -> float:
    """The credit of the first `before` periods, each at most 1."""
    length = 1 if measure.per == "day" else DAYS_PER_WEEK
    until = starts_on + timedelta(days=before * length)
    past = {day: amount for day, amount in by_day.items() if day < until}
    whole = msgspec.structs.replace(measure, reserve=0)
    progress = progress_of_frequency(whole, past, len(past), starts_on, due_on)
    return progress.fraction * periods(measure, starts_on, due_on)
