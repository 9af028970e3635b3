"""The days of a goal for which nothing is asked: days of rest, and those of its pauses."""

from collections.abc import Iterable
from datetime import date, timedelta

from events.goal import Goal


def excused_days(goal: Goal, until: date) -> frozenset[date]:
    """The excused days of a goal whose deadline is `until`, or would be.

    A pause that goes on excuses nothing yet, so that to resume never takes anything away.
    """
    return days_excused(goal.rests, goal.pauses, first=goal.starts_on, last=until)


def days_excused(
    rests: Iterable[date], pauses: Iterable[tuple[date, date]], *, first: date, last: date
) -> frozenset[date]:
    """Days of rest and of pauses from the day `first` to the day `last`, both included.

    The day of a pause is the first of its days, and the day before it was over the last.
    """
    days = set(rests)
    for paused_on, over_on in pauses:
        begins, ends = max(paused_on, first), min(over_on, last + timedelta(days=1))
        days.update(begins + timedelta(days=nth) for nth in range((ends - begins).days))
    return frozenset(day for day in days if first <= day <= last)
