"""The days of a goal for which nothing is asked: days of rest, and those of its pauses."""

from collections.abc import Iterable
from datetime import date, timedelta

from events.goal import Goal
from events.measure import Frequency, Measure, period_days


def excused_days(goal: Goal, until: date) -> frozenset[date]:
    """The excused days of a goal whose deadline is `until`, or would be.

    A pause that goes on excuses nothing yet, so that to resume never takes anything away.
    """
    return days_excused(goal.measure, goal.rests, goal.pauses, first=goal.starts_on, last=until)


def days_excused(
    measure: Measure | None,
    rests: Iterable[date],
    pauses: Iterable[tuple[date, date]],
    *,
    first: date,
    last: date,
) -> frozenset[date]:
    """Of the days of rest and of pauses those that are excused.

    Of what is to be done every day or week half of the days stay asked for, with the reserve: else
    two entries could be all of twenty days. Rests keep within that (TooManyRests), but a pause is
    never refused. Where both come to more, the earliest days are excused: one more rest or pause
    never takes from what is excused.
    """
    days = days_at_rest(rests, pauses, first=first, last=last)
    if not isinstance(measure, Frequency):
        return days
    most = max(0, ((last - first).days + 1) // 2 - days_reserved(measure))
    return days if len(days) <= most else frozenset(sorted(days)[:most])


def days_at_rest(
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


def days_reserved(measure: Measure) -> int:
    """How many days the reserve keeps free; periods are whole days or weeks."""
    return measure.reserve * period_days(measure) if isinstance(measure, Frequency) else 0
