"""What a client kept before: the middle day or week of their newest goal of the same kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final
from uuid import UUID

from events.measure import Frequency, RelativeFrequency, fed_by_moods, period_days
from events.moment import day_of
from projections.goal_progress import evidence
from projections.goal_status import GoalStatus
from projections.smart_review.parts import Kept

LEAST_DAYS: Final = 14


def kept_before(
    rows: Iterable[GoalStatus],
    measure: Frequency | RelativeFrequency,
    *,
    now: datetime,
    without: UUID | None = None,
) -> Kept | None:
    """What was done in the newest other goal with this unit, by day or week as this measure.

    None where there is none that went on for two weeks.
    """
    newest_first = sorted(rows, key=lambda row: (row.starts_on, row.goal_id), reverse=True)
    for row in newest_first:
        if row.goal_id == without or not is_alike(row, measure):
            continue
        until = last_day(row, now)
        by_day: defaultdict[date, float] = defaultdict(float)
        for mark in evidence(row, until=now).values():
            by_day[mark.on] += mark.value
        found = middle(by_day, per_days=period_days(measure), starts_on=row.starts_on, until=until)
        if found is not None:
            return Kept(amount=found[0], periods=found[1], per=measure.per)
    return None


def is_alike(row: GoalStatus, measure: Frequency | RelativeFrequency) -> bool:
    other = row.measure
    return (
        isinstance(other, Frequency | RelativeFrequency)
        and (other.unit, other.per) == (measure.unit, measure.per)
        and fed_by_moods(other) is fed_by_moods(measure)
    )


def last_day(row: GoalStatus, now: datetime) -> date:
    """The last whole day of a goal's time that has gone by."""
    ended_at = now if row.ended_at is None else min(row.ended_at, now)
    return min(row.due_on, day_of(ended_at, row.zone) - timedelta(days=1))


def middle(
    by_day: Mapping[date, float], *, per_days: int, starts_on: date, until: date
) -> tuple[float, int] | None:
    """The median of the whole days or weeks of a time, empty ones included, and how many.

    None for less than two weeks: too little to say what was kept. `until` is the last day.
    """
    count = ((until - starts_on).days + 1) // per_days
    if count * per_days < LEAST_DAYS:
        return None
    done = [0.0] * count
    for day, amount in by_day.items():
        nth = (day - starts_on).days // per_days
        if 0 <= nth < count:
            done[nth] += amount
    return median(done), count
