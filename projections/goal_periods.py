"""The days or weeks of a goal one by one: what was done in each, and what counts for it."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from math import fsum

import msgspec

from events.measure import Frequency, RelativeFrequency, period_days, periods
from events.moment import day_of
from events.progress import nth_period, share_of
from projections.goal_progress import by_day, evidence
from projections.goal_status import GoalStatus, Mark, excused_days


class GoalPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A day or a week of a goal, from the day `from_on` to the day `to_on`, both included.

    `number` counts from 1. `done` is what was done, in the goal's own unit, in `entries` entries.
    `excused` counts the days for which nothing is asked. `credit` is the share of the amount asked
    for in a period that was done, from 0 to 1, with the credit of a minimum version; null where the
    measure is a rate, of which no single period is asked.
    """

    number: int
    from_on: date
    to_on: date
    done: float
    entries: int
    excused: int
    credit: float | None


def periods_of(row: GoalStatus, now: datetime) -> list[GoalPeriod]:
    """The periods that have begun, the first one first; none of a score, a count, a milestone.

    The last one of a goal may be longer than a week: what is left over at the end belongs to it.
    """
    measure = row.measure
    if not isinstance(measure, Frequency | RelativeFrequency):
        return []
    length, count = period_days(measure), periods(measure, row.goal.starts_on, row.goal.due_on)

    def nth_of(day: date) -> int:
        return nth_period(day, row.goal.starts_on, length, count)

    last_on = min(day_of(row.ended_at or now, row.goal.zone), row.goal.due_on)
    marks: defaultdict[int, list[Mark]] = defaultdict(list)
    for mark in evidence(row).values():
        if mark.on <= row.goal.due_on:
            marks[nth_of(mark.on)].append(mark)
    excused = Counter(map(nth_of, excused_days(row)))
    found = []
    for nth in range(nth_of(last_on) + 1 if last_on >= row.goal.starts_on else 0):
        first = row.goal.starts_on + timedelta(days=nth * length)
        amounts = [*by_day(marks[nth]).values()]
        found.append(
            GoalPeriod(
                number=nth + 1,
                from_on=first,
                to_on=row.goal.due_on if nth == count - 1 else first + timedelta(days=length - 1),
                done=fsum(amounts),
                entries=len(marks[nth]),
                excused=excused[nth],
                credit=share_of(measure, amounts) if isinstance(measure, Frequency) else None,
            )
        )
    return found
