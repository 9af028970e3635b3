"""What a client kept before: what half of the days or weeks of an earlier goal came to, or more."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from statistics import median_high
from typing import Final
from uuid import UUID

from events.measure import Frequency, RelativeFrequency, fed_by_moods, period_days
from events.moment import day_of
from projections.goal_progress import evidence
from projections.goal_status import GoalStatus, excused_days
from projections.smart_review.parts import Kept

LEAST_DAYS: Final = 14


def kept_before(
    rows: Iterable[GoalStatus],
    measure: Frequency | RelativeFrequency,
    *,
    now: datetime,
    template: str | None = None,
    without: UUID | None = None,
) -> Kept | None:
    """What was done in another goal with this unit, by day or week as this measure.

    The newest goal of the same template goes first, then the newest at all. None where there is
    none with two weeks that were asked for.
    """
    others = [row for row in rows if row.goal_id != without and is_alike(row, measure)]
    newest_first = sorted(others, key=lambda row: (row.goal.starts_on, row.goal_id), reverse=True)
    for row in sorted(
        newest_first, key=lambda row: template is None or row.goal.template != template
    ):
        by_day: defaultdict[date, float] = defaultdict(float)
        for mark in evidence(row, until=now).values():
            by_day[mark.on] += mark.value
        found = middle(
            by_day,
            per_days=period_days(measure),
            starts_on=row.goal.starts_on,
            until=last_day(row, now),
            excused=excused_days(row),
        )
        if found is not None:
            return Kept(
                amount=found[0],
                periods=found[1],
                left_out=found[2],
                per=measure.per,
                statement=row.goal.statement,
            )
    return None


def is_alike(row: GoalStatus, measure: Frequency | RelativeFrequency) -> bool:
    other = row.measure
    return (
        isinstance(other, Frequency | RelativeFrequency)
        and (other.unit, other.per) == (measure.unit, measure.per)
        and fed_by_moods(other) is fed_by_moods(measure)
    )


def last_day(row: GoalStatus, now: datetime) -> date:
    """The last whole day of a goal's time that has gone by, before a pause that goes on."""
    ended_at = now if row.ended_at is None else min(row.ended_at, now)
    ends = [row.goal.due_on, day_of(ended_at, row.goal.zone) - timedelta(days=1)]
    if row.goal.paused_on is not None and row.ended_at is None:
        ends.append(row.goal.paused_on - timedelta(days=1))
    return min(ends)


def middle(
    by_day: Mapping[date, float],
    *,
    per_days: int,
    starts_on: date,
    until: date,
    excused: Collection[date] = (),
) -> tuple[float, int, int] | None:
    """What half of the whole days or weeks came to, or more; how many there are, and were left out.

    Empty ones are included, and those with an excused day are left out: less was asked for there.
    The higher of two in the middle is one that was done, and half of them came up to it. None for
    less than two weeks: too little to say what was kept. `until` is the last day.
    """
    count = max(0, ((until - starts_on).days + 1) // per_days)
    resting = {(day - starts_on).days // per_days for day in excused}
    done = {nth: 0.0 for nth in range(count) if nth not in resting}
    if len(done) * per_days < LEAST_DAYS:
        return None
    for day, amount in by_day.items():
        nth = (day - starts_on).days // per_days
        if nth in done:
            done[nth] += amount
    return median_high(done.values()), len(done), count - len(done)
