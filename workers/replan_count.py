"""Ways on for a goal to do so much in all: more time, or what was done in the same time again."""

import math
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from events.measure import DAYS_PER_WEEK, Count
from events.suggestion import NewDeadline, NewTarget
from projections.theil_sen import LEAST_POINTS, LEAST_SPAN_DAYS
from workers.pace import ROUNDING, THIN, Pace, mean_pace, shown
from workers.replan import Lacking, MoreTime, NearerCount, Plan, Way, undominated
from workers.room import Room, day_of_same_length
from workers.standing import Standing, amount_by_day, is_near

FORMULA = (
    "weeks = (amount - done) / pace_per_week; slower_weeks = (amount - done) / pace_slower; "
    "again = done + pace_per_week * weeks_ahead; weeks from today on; again at least amount / 10 "
    "from both"
)
BY_THE_WEEK = "y = amount done in each seven of the goal's days, its days of rest left out"
BY_THE_DAY = "y = amount done on each of the goal's days, its days of rest left out"
# How much of the amount lies on either side of a nearer one.
LEAST_SHARE = 0.1


def plan_count(standing: Standing, measure: Count) -> Plan:
    """Ways on, given entries on five days in a fortnight or more."""
    goal, by_day = standing.goal, amount_by_day(standing)
    inside = {day: one for day, one in by_day.items() if goal.starts_on <= day <= goal.due_on}
    elapsed = (goal.due_on - goal.starts_on).days + 1
    days = [goal.starts_on + timedelta(days=nth) for nth in range(elapsed)]
    daily = [inside.get(day, 0.0) for day in days if day in inside or day not in standing.resting]
    done = round(math.fsum(by_day.values()), 2)
    numbers = {
        "amount": measure.amount,
        "done": done,
        "done_in_time": math.fsum(daily),
        "elapsed_days": float(len(daily)),
        "days_with_entries": float(len(inside)),
    }
    if len(inside) < LEAST_POINTS or len(daily) < LEAST_SPAN_DAYS:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    y, pace = own_pace(daily)
    formula = FORMULA if pace is None else f"{y}; {pace.formula}; {FORMULA}"
    if pace is None or done + ROUNDING >= measure.amount:
        return Plan(numbers=numbers, formula=formula, lacking="there")
    numbers |= pace.numbers
    found: list[tuple[Way, float]] = []
    more = more_time(standing, measure, done, pace)
    if more is not None:
        found.append((more, measure.amount))
    again = same_again(standing, measure, done, pace, elapsed_days=len(daily))
    if again is not None:
        found.append((again, again.measure.amount))
        numbers["weeks_ahead"] = again.weeks_ahead
    ways = undominated(found)
    return Plan(
        ways=ways,
        numbers=numbers,
        formula=formula,
        lacking=None if ways else lack(standing, pace),
    )


def own_pace(daily: Sequence[float]) -> tuple[str, Pace | None]:
    """What was done per week, and what that is the mean of: whole weeks, where there are enough.

    By the day a thing done every Monday is nearly all empty days, and its interval holds anything.
    """
    weeks = len(daily) // DAYS_PER_WEEK
    if weeks < LEAST_POINTS:
        return BY_THE_DAY, mean_pace(daily, days_each=1)
    first_days = range(0, weeks * DAYS_PER_WEEK, DAYS_PER_WEEK)
    weekly = [math.fsum(daily[first : first + DAYS_PER_WEEK]) for first in first_days]
    return BY_THE_WEEK, mean_pace(weekly, days_each=DAYS_PER_WEEK)


def lack(standing: Standing, pace: Pace) -> Lacking:
    if is_near(standing):
        return "near"
    return "date" if pace.is_clear else "pace"


def more_time(standing: Standing, measure: Count, done: float, pace: Pace) -> MoreTime | None:
    """Keep the amount: the slower end of the interval comes to it within half a year."""
    goal = standing.goal
    room = Room(
        latest=done,
        target=measure.amount,
        pace=pace,
        from_on=standing.today,
        starts_on=goal.starts_on,
        due_on=goal.due_on,
        today=standing.today,
    )
    dates = room.dates_for(measure.amount)
    if dates is None:
        return None
    return MoreTime(
        proposal=NewDeadline(due_on=dates.due_on),
        measure=measure,
        dates=dates,
        pace=pace,
        start=done,
        target=measure.amount,
    )


def same_again(
    standing: Standing, measure: Count, done: float, pace: Pace, *, elapsed_days: int
) -> NearerCount | None:
    """What is there, and what the pace does in the same time: a whole number, a step from both."""
    goal, today = standing.goal, standing.today
    due_on = day_of_same_length(goal.starts_on, goal.due_on, today)
    if due_on is None:
        return None
    weeks_ahead = shown(min(elapsed_days, (due_on - today).days) / DAYS_PER_WEEK)
    amount = float(math.floor(done + pace.per_week * weeks_ahead + ROUNDING))
    step = measure.amount * LEAST_SHARE - ROUNDING
    if min(amount - done, measure.amount - amount) < max(step, ROUNDING):
        return None
    return NearerCount(
        proposal=NewTarget(measure=msgspec.structs.replace(measure, amount=amount), due_on=due_on),
        due_on=due_on,
        measure=msgspec.structs.replace(measure, amount=amount),
        done=done,
        from_on=today,
        per_week=pace.per_week,
        weeks_ahead=weeks_ahead,
    )
