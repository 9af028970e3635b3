"""What a deadline may be: a whole day, not over yet, after the start, and within reach."""

from datetime import date

from events.moment import believable_day
from events.refusals import ValueRefused

LONGEST_GOAL_DAYS = 5 * 366


class DeadlineInThePast(ValueRefused):
    """This deadline has passed in the client's own time zone: choose today or a day to come."""

    field = "due_on"


class DeadlineBeforeTheStart(ValueRefused):
    """This deadline comes before the goal's first day: choose that day or one after it."""

    field = "due_on"


class DeadlineTooFarAway(ValueRefused):
    """This deadline lies more than five years after the goal's start: choose a nearer step."""

    field = "due_on"


def require_deadline(due_on: date, *, today: date, starts_on: date | None) -> None:
    """Raises a ValueRefused; `today` and all days are on the client's own calendar.

    Without a first day (None: it is not known which) the deadline is judged by itself alone.
    """
    believable_day(due_on, "due_on")
    if due_on < today:
        raise DeadlineInThePast
    if starts_on is None:
        return
    if due_on < starts_on:
        raise DeadlineBeforeTheStart
    if (due_on - starts_on).days > LONGEST_GOAL_DAYS:
        raise DeadlineTooFarAway
