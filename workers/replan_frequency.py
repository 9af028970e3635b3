"""Ways on for a frequency goal: the time that is still asked for, or the amount that was kept."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from statistics import median_high
from typing import Final

import msgspec

from events.measure import (
    DAYS_PER_WEEK,
    Frequency,
    Unit,
    asking,
    period_days,
    periods,
)
from events.progress import nth_period, periods_asked, share_of
from events.suggestion import NewTarget
from projections.theil_sen import LEAST_POINTS, LEAST_SPAN_DAYS
from workers.pace import ROUNDING, THIN, Pace, mean_pace, shown
from workers.replan import Dates, MorePeriods, Plan, SmallerStep, Way, latest_day, length_again
from workers.room import day_after
from workers.standing import Standing, amount_by_day

LARGEST_RESERVE: Final = 366
# The smallest step worth proposing: a minute a week would read as mockery.
LEAST: Final[Mapping[Unit, float]] = {"times": 1.0, "minutes": 10.0}
LARGEST_AMOUNT: Final = 1440.0
# A smaller step asks for a tenth less at the least.
LARGEST_SHARE: Final = 0.9
FORMULA: Final = (
    "counted = sum(share done of each past period); weeks = (asked - counted) / pace_per_week; "
    "slower_weeks = (asked - counted) / pace_slower; asked = periods - excused - reserve; weeks "
    "from today on; kept = the most that half of the whole periods had"
)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A measure over a goal's time until `due_on`: what counts already and what is still open.

    `counted` is the credit of the periods before today's, `usable` what the periods can give that
    start today or later, less the same share of reserve as the goal had before. `credited` is all
    credit there is, today's included. `excused` is in periods, those that rest altogether as one.
    """

    due_on: date
    count: int
    excused: float
    counted: float
    credited: float
    usable: float

    def reserve_for(self, asked: float) -> int:
        """The reserve that leaves no more than so many periods asked for."""
        return max(0, math.ceil(self.count - self.excused - asked - ROUNDING))


def plan_frequency(standing: Standing, measure: Frequency) -> Plan:
    """Ways on, given five days of practice in a fortnight or more; `asked` never grows."""
    goal, by_day = standing.goal, amount_by_day(standing)
    count = periods(measure, goal.starts_on, goal.due_on)
    inside = [day for day in by_day if goal.starts_on <= day <= goal.due_on]
    numbers = {
        "amount": measure.amount,
        "periods": float(count),
        "periods_met": float(standing.progress.periods_met),
        "periods_partly": float(standing.progress.periods_partly),
        "reserve": float(measure.reserve),
        "excused_days": float(standing.progress.excused),
        "asked": periods_asked(measure, standing.resting, goal.starts_on, goal.due_on),
        "days_with_entries": float(len(inside)),
        "done": math.fsum(by_day.values()),
    }
    days = (goal.due_on - goal.starts_on).days + 1
    numbers["left_over_days"] = float((goal.due_on - last_whole_on(standing, measure)).days)
    if len(inside) < LEAST_POINTS or days < LEAST_SPAN_DAYS:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    if standing.progress.target_met:
        return Plan(numbers=numbers, formula=FORMULA, lacking="pace")
    pace = own_pace(standing, measure, by_day)
    found: list[Way | None] = [smaller_step(standing, measure, by_day)]
    formula = FORMULA
    if pace is not None:
        numbers |= pace.numbers
        formula = f"y = share done of each period; {pace.formula}; {FORMULA}"
        found.insert(0, more_periods(standing, measure, by_day, pace))
    ways = [way for way in found if way is not None]
    for way in ways:
        if isinstance(way, SmallerStep):
            numbers |= {"kept": way.measure.amount, "kept_in": float(way.kept_in)}
        if isinstance(way, MorePeriods):
            numbers["counted"] = way.counted
    return Plan(ways=ways, numbers=numbers, formula=formula, lacking=None if ways else "pace")


def own_pace(standing: Standing, measure: Frequency, by_day: Mapping[date, float]) -> Pace | None:
    """The share done of each whole period of the goal's time, those that rest left out."""
    starts_on, until = standing.goal.starts_on, last_whole_on(standing, measure)
    shares = credits_of(measure, by_day, starts_on, until)
    rested = excused_shares(measure, standing, until)
    count = periods(measure, starts_on, until)
    asked_of = [shares.get(nth, 0.0) for nth in range(count) if rested.get(nth, 0.0) < 1.0]
    return mean_pace(asked_of, days_each=period_days(measure))


def more_periods(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float], pace: Pace
) -> MorePeriods | None:
    """Keep the amount, and take the days or weeks that the own pace takes for what is still asked.

    A later deadline alone would ask for more periods as well; so what the pace leaves empty
    becomes reserve, and what is asked for in all stays the same.
    """
    if not pace.is_clear:
        return None
    goal, today = standing.goal, standing.today
    asked = periods_asked(measure, standing.resting, goal.starts_on, goal.due_on)
    for span in spans(standing, measure, by_day, kept_free=measure):
        if span.credited + ROUNDING >= asked:
            return None
        left = round(asked, 2) - round(span.counted, 2)
        dates = crossed(span, round(left, 2), pace, goal.starts_on, today)
        if dates is None or span.usable + ROUNDING < asked - span.counted:
            continue
        reserve = span.reserve_for(asked)
        if reserve > LARGEST_RESERVE:
            return None
        return MorePeriods(
            proposal=NewTarget(
                measure=msgspec.structs.replace(measure, reserve=reserve), due_on=span.due_on
            ),
            dates=dates,
            asked=asked,
            counted=span.counted,
            count=span.count,
            free=reserve,
            asked_then=span.count - span.excused - reserve,
            pace=pace,
            measure=measure,
        )
    return None


def crossed(span: Span, left: float, pace: Pace, starts_on: date, today: date) -> Dates | None:
    """When what is left is done, from today on; None where the slower end takes beyond the span."""
    weeks, slower_weeks = shown(left / pace.per_week), shown(left / pace.slower)
    if slower_weeks * DAYS_PER_WEEK > (span.due_on - today).days:
        return None
    return Dates(
        distance=left,
        from_on=today,
        weeks=weeks,
        sooner_on=day_after(today, weeks=weeks),
        slower_weeks=slower_weeks,
        slower_on=day_after(today, weeks=slower_weeks),
        due_on=span.due_on,
        after_on=starts_on,
    )


def smaller_step(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> SmallerStep | None:
    """Ask for what was kept in half of the periods or more, over the same length again.

    Where nothing smaller was kept by the day, the step is counted by the week: every other day is
    four times a week. It is a whole number, in fives for ten minutes or more, at least 1, and a
    tenth less than before.
    """
    kept = kept_amount(standing, measure, by_day)
    if kept is None:
        return None
    smaller, kept_in, count = kept
    left_over = (standing.goal.due_on - last_whole_on(standing, smaller)).days
    weeks = length_again(standing.goal.starts_on, standing.goal.due_on)
    wanted = standing.today + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    last = latest_day(standing.goal.starts_on, standing.today)
    for span in spans(standing, smaller, by_day, kept_free=measure):
        if span.due_on < min(wanted, last - timedelta(days=6)) or span.usable < 1:
            continue
        asked = math.floor(span.counted + span.usable + ROUNDING)
        reserve = span.reserve_for(asked)
        left = span.count - span.excused - reserve
        if left <= 0 or span.credited + ROUNDING >= left or reserve > LARGEST_RESERVE:
            return None
        proposed = msgspec.structs.replace(smaller, reserve=reserve)
        return SmallerStep(
            proposal=NewTarget(measure=proposed, due_on=span.due_on),
            due_on=span.due_on,
            kept_in=kept_in,
            count=count,
            left_over=left_over,
            count_then=span.count,
            free=reserve,
            measure=proposed,
        )
    return None


def kept_amount(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> tuple[Frequency, int, int] | None:
    """The measure at the amount that was in fact kept, in how many periods, and of how many.

    Kept is the most that half of the periods had, or more of them. None where nothing smaller was.
    """
    counted_by, done = measure, amounts(standing, measure, by_day)
    amount = sensible(median_high(done or [0.0]), measure.unit)
    by_week = weekly(measure) if measure.per == "day" else None
    if by_week is not None and not is_smaller(measure, amount, least=1.0):
        counted_by, done = by_week, amounts(standing, by_week, by_day)
        amount = sensible(median_high(done or [0.0]), measure.unit)
    if not is_smaller(counted_by, amount, least=LEAST[measure.unit]):
        return None
    kept_in = sum(one >= amount - ROUNDING for one in done)
    return asking(counted_by, amount), kept_in, len(done)


def is_smaller(measure: Frequency, amount: float, *, least: float) -> bool:
    """Whether an amount is worth proposing, and worth calling a smaller step."""
    return least <= amount <= measure.amount * LARGEST_SHARE + ROUNDING


def weekly(measure: Frequency) -> Frequency | None:
    """A daily measure counted by the week, or None where its numbers leave what can be asked.

    A week gives partial credit by itself, so it needs no version for a hard day.
    """
    amount, baseline = measure.amount * DAYS_PER_WEEK, measure.baseline * DAYS_PER_WEEK
    if max(amount, baseline) > LARGEST_AMOUNT:
        return None
    return msgspec.structs.replace(
        measure, per="week", amount=amount, baseline=baseline, reserve=0, minimum=None
    )


def sensible(amount: float, unit: Unit) -> float:
    """A whole number, rounded down; whole fives for ten minutes or more."""
    grain = 5 if unit == "minutes" and amount >= 10 else 1
    return float(math.floor(amount / grain + ROUNDING) * grain)


def amounts(standing: Standing, measure: Frequency, by_day: Mapping[date, float]) -> list[float]:
    """What was done in each whole period of the goal's time, empty ones included, without rests."""
    starts_on, until = standing.goal.starts_on, last_whole_on(standing, measure)
    length, count = period_days(measure), periods(measure, starts_on, until)
    rested = excused_shares(measure, standing, until)
    done = [0.0] * count
    for day, amount in by_day.items():
        if starts_on <= day <= until:
            done[nth_period(day, starts_on, length, count)] += amount
    return [amount for nth, amount in enumerate(done) if amount > 0 or rested.get(nth, 0.0) < 1.0]


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
    """The goal's time until the end of each whole week from today, up to the latest day.

    `kept_free` is the measure whose share of reserve the periods to come keep.
    """
    goal, today = standing.goal, standing.today
    before = periods(kept_free, goal.starts_on, goal.due_on)
    length = period_days(measure)
    elapsed = -(-(today - goal.starts_on).days // length)
    last = latest_day(goal.starts_on, today)
    weeks = (today - goal.starts_on).days // DAYS_PER_WEEK + 1
    due_on = goal.starts_on + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    while due_on <= last:
        if due_on >= today and due_on > goal.due_on:
            count = periods(measure, goal.starts_on, due_on)
            shares = credits_of(measure, by_day, goal.starts_on, due_on)
            rested = excused_shares(measure, standing, due_on)
            resting_ahead = math.fsum(one for nth, one in rested.items() if nth >= elapsed)
            free = max(0, count - elapsed) * kept_free.reserve // before
            yield Span(
                due_on=due_on,
                count=count,
                excused=math.fsum(rested.values()),
                counted=math.fsum(one for nth, one in shares.items() if nth < elapsed),
                credited=math.fsum(shares.values()),
                usable=max(0.0, count - elapsed - free - resting_ahead),
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
