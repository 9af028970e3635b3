"""Whether a goal can be meant: its zone, its days and its measure, each judged by itself first."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from events.deadline import require_deadline
from events.measure import Measure
from events.measure_soundness import (
    require_baseline_said,
    require_counted_from_now,
    require_fits_the_time,
    require_sound_anew,
)
from events.moment import believable_day, earliest_day_of, zone_named
from events.refusals import Refusals

# Asked with the first day and the deadline: None for one that is not known, or is not right.
Judge = Callable[[date | None, date | None], object]


def require_sound_goal(
    *,
    now: datetime,
    zone: str,
    starts_on: date | None,
    due_on: date | None,
    begins_today: bool,
    judge: Judge,
) -> None:
    """Raises what a goal is refused for, all that can be told of the parts there are.

    A part that is not known, or refused already, is None. With `begins_today` the first day was
    left out, and is the client's today. `judge` is asked about the measure, with the days that are
    right by themselves.
    """
    refusals, today = Refusals(), earliest_day_of(now, zone)
    # It is known which day it is for the client, or the goal's days do not hang on it.
    knows_days = refusals.ask(lambda: zone_named(zone)) or not begins_today
    first = today if begins_today else starts_on
    if first is not None and not refusals.ask(partial(believable_day, first, "starts_on")):
        first = None
    deadline = partial(require_deadline, today=today, starts_on=first)
    if due_on is not None and not refusals.ask(partial(deadline, due_on)):
        due_on = None
    refusals.ask(lambda: judge(first, due_on if knows_days else None))
    refusals.refuse()


def require_sound_measure(
    measure: Measure, starts_on: date | None, due_on: date | None, *, today: date
) -> None:
    """Raises what the measure of a new goal is refused for, by itself and by its days if known.

    A band has its score, or gets that of its instrument.
    """
    refusals = Refusals()
    refusals.ask(
        lambda: require_sound_anew(measure, starts_on),
        lambda: require_baseline_said(measure),
    )
    if starts_on is not None and due_on is not None:
        refusals.ask(partial(require_fits_the_time, measure, starts_on, due_on))
    if starts_on is not None:
        refusals.ask(partial(require_counted_from_now, measure, starts_on=starts_on, today=today))
    refusals.refuse()
