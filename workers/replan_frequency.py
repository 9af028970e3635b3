"""Ways on for a frequency goal: the time that is still asked for, or the amount that was kept."""

import math
from collections.abc import Mapping
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
from events.progress import nth_period, periods_asked
from events.suggestion import NewTarget
from projections.theil_sen import LEAST_POINTS, LEAST_SPAN_DAYS
from workers.pace import ROUNDING, THIN, Pace, mean_pace, shown
from workers.replan import (
    Dates,
    Lacking,
    MorePeriods,
    Plan,
    SmallerStep,
    Way,
    latest_day,
    length_again,
)
from workers.room import day_after
from workers.spans import Span, credits_of, excused_shares, last_whole_on, spans
from workers.standing import Standing, amount_by_day, is_near

LARGEST_RESERVE: Final = 366
# The smallest step worth proposing: a minute a week would read as mockery.
LEAST: Final[Mapping[Unit, float]] = {"times": 1.0, "minutes": 10.0}
LARGEST_AMOUNT: Final = 1440.0
# A smaller step asks for a tenth less at the least, and goes on for two weeks or more.
LARGEST_SHARE: Final = 0.9
LEAST_STEP_DAYS: Final = 14
FORMULA: Final = (
    "counted = sum(share done of each past period); weeks = (asked - counted) / pace_per_week; "
    "slower_weeks = (asked - counted) / pace_slower; asked = periods - excused - reserve; weeks "
    "from today on; kept = the most that half of the whole periods had; step_asked_ahead = "
    "step_periods_ahead * kept_in / whole_periods, or a part of a period less"
)


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
        return Plan(numbers=numbers, formula=FORMULA, lacking="there")
    pace = own_pace(standing, measure, by_day)
    found: list[Way] = []
    formula = FORMULA
    more = None
    if pace is not None:
        numbers |= pace.numbers
        formula = f"y = share done of each period; {pace.formula}; {FORMULA}"
        more = more_periods(standing, measure, by_day, pace)
    if more is not None:
        found.append(more)
        numbers |= {"counted": more.counted, "asked_ahead": more.ahead.asked}
    step = smaller_step(standing, measure, by_day, more)
    if step is not None:
        found.append(step)
        numbers |= {
            "kept": step.measure.amount,
            "kept_in": float(step.kept_in),
            "whole_periods": float(step.count),
            "step_periods_ahead": float(step.ahead.periods),
            "step_asked_ahead": step.ahead.asked,
        }
    lacking = None if found else lack(standing, measure, by_day, pace)
    return Plan(ways=found, numbers=numbers, formula=formula, lacking=lacking)


def lack(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float], pace: Pace | None
) -> Lacking | None:
    """Why there is no way to propose; None where none of the reasons would be the true one."""
    goal = standing.goal
    asked = periods_asked(measure, standing.resting, goal.starts_on, goal.due_on)
    first = next(spans(standing, measure, by_day, kept_free=measure), None)
    if first is not None and first.credited + ROUNDING >= asked:
        return "there"
    if is_near(standing):
        return "near"
    if pace is None or not pace.is_clear:
        return "pace"
    days = (latest_day(goal.starts_on, standing.today) - standing.today).days
    slower_days = (
        shown((asked - first.counted) / pace.slower) * DAYS_PER_WEEK if first else math.inf
    )
    return "date" if slower_days > days else None


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
        reserve = span.reserve_for(asked)
        ahead = span.to_come(reserve)
        dates = crossed(span, ahead.asked, pace, goal.starts_on, today)
        if dates is None or span.usable + ROUNDING < ahead.asked:
            continue
        if not may_be_reserved(standing, span, measure, reserve):
            return None
        return MorePeriods(
            proposal=NewTarget(
                measure=msgspec.structs.replace(measure, reserve=reserve), due_on=span.due_on
            ),
            dates=dates,
            asked=span.asked_with(reserve),
            counted=span.counted,
            ahead=ahead,
            pace=pace,
            measure=measure,
        )
    return None


def may_be_reserved(standing: Standing, span: Span, measure: Frequency, reserve: int) -> bool:
    """Whether a goal takes such a reserve: with days of rest, half of all days stay asked for.

    Of the days until its deadline as it is: the target is revised before the deadline moves on.
    """
    if reserve > LARGEST_RESERVE:
        return False
    days = (min(span.due_on, standing.goal.due_on) - standing.goal.starts_on).days + 1
    free = len(standing.resting) + reserve * period_days(measure)
    return not standing.goal.rests or 2 * free <= days


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
    standing: Standing,
    measure: Frequency,
    by_day: Mapping[date, float],
    more: MorePeriods | None,
) -> SmallerStep | None:
    """Ask for what was in fact kept, as often as it was, over the same length again or less.

    Where nothing smaller was kept by the day, the step is counted by the week: every other day is
    four times a week. It is a whole number, in fives for ten minutes or more, at least 1, and a
    tenth less than before. Beside `more`, which keeps the amount, it is done sooner and asks no
    more in all, or there is none: a step that takes as long as all of it is no smaller one.
    """
    kept = kept_amount(standing, measure, by_day)
    if kept is None:
        return None
    left_over = (standing.goal.due_on - last_whole_on(standing, kept.measure)).days
    weeks = length_again(standing.goal.starts_on, standing.goal.due_on)
    wanted = standing.today + timedelta(days=weeks * DAYS_PER_WEEK - 1)
    wanted = min(wanted, latest_day(standing.goal.starts_on, standing.today) - timedelta(days=6))
    longest: SmallerStep | None = None
    for span in spans(standing, kept.measure, by_day, kept_free=measure):
        asked = span.ahead * kept.kept_in / kept.count
        reserve = span.reserve_for(span.counted + asked)
        ahead = span.to_come(reserve)
        is_met = span.credited + ROUNDING >= span.asked_with(reserve)
        is_worth_it = asked >= 1 - ROUNDING and ahead.asked > 0 and not is_met
        if is_worth_it and may_be_reserved(standing, span, kept.measure, reserve):
            proposed = msgspec.structs.replace(kept.measure, reserve=reserve)
            step = SmallerStep(
                proposal=NewTarget(measure=proposed, due_on=span.due_on),
                due_on=span.due_on,
                kept_in=kept.kept_in,
                count=kept.count,
                left_over=left_over,
                ahead=ahead,
                measure=proposed,
            )
            if (span.due_on - standing.today).days >= LEAST_STEP_DAYS - 1 and is_less(step, more):
                longest = step
        if span.due_on >= wanted:
            break
    return longest


def is_less(step: SmallerStep, more: MorePeriods | None) -> bool:
    """Whether a step is done sooner than what keeps the amount, and asks no more in all."""
    if more is None:
        return True
    asks, all_of_it = (way.ahead.asked * way.measure.amount for way in (step, more))
    return step.due_on < more.due_on and asks <= all_of_it + ROUNDING


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The measure at an amount that was in fact kept, in `kept_in` of the `count` whole periods."""

    measure: Frequency
    kept_in: int
    count: int


def kept_amount(
    standing: Standing, measure: Frequency, by_day: Mapping[date, float]
) -> Kept | None:
    """The most that half of the periods had, or more of them. None where nothing smaller was."""
    counted_by, done = measure, amounts(standing, measure, by_day)
    amount = sensible(median_high(done or [0.0]), measure.unit)
    by_week = weekly(measure) if measure.per == "day" else None
    if by_week is not None and not is_smaller(measure, amount, least=1.0):
        counted_by, done = by_week, amounts(standing, by_week, by_day)
        amount = sensible(median_high(done or [0.0]), measure.unit)
    if not is_smaller(counted_by, amount, least=LEAST[measure.unit]):
        return None
    kept_in = sum(one >= amount - ROUNDING for one in done)
    return Kept(measure=asking(counted_by, amount), kept_in=kept_in, count=len(done))


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
