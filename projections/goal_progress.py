"""How far a goal has come by the evidence in its row, and from when on that trails its line."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import fsum
from typing import Any, assert_never
from uuid import UUID

import msgspec

from events.goal import Stage
from events.measure import (
    Count,
    Frequency,
    Milestone,
    Progress,
    RelativeFrequency,
    Score,
    ends_when_met,
    is_behaviour,
    period_days,
    periods,
)
from events.moment import day_of, end_of, start_of
from events.progress import (
    measured_baseline,
    periods_asked,
    progress_of_count,
    progress_of_frequency,
    progress_of_increase,
    progress_of_milestone,
    progress_of_score,
)
from projections.goal_status import GoalStatus, LatestEvidence, Mark, excused_days

# How far behind the straight line to its deadline a goal may be, as a share of the whole way.
TOLERANCE = 0.15


def evidence(row: GoalStatus, *, until: datetime | None = None) -> dict[UUID, Mark]:
    """What counts for this goal, by entry: what was so from its first day on until it ended.

    With `until` only what was so before that instant.
    """
    entries = row.scores if isinstance(row.measure, Score) else row.check_ins
    starts_on, ended_at = row.goal.starts_on, row.ended_at
    return {
        entry_id: mark
        for entry_id, mark in entries.items()
        if mark.on >= starts_on
        and (ended_at is None or mark.occurred_at <= ended_at)
        and (until is None or mark.occurred_at < until)
    }


def latest_of(marks: dict[UUID, Mark]) -> LatestEvidence | None:
    """The newest by the person's own time; of two at the same moment the one made later."""
    if not marks:
        return None
    entry_id, mark = max(marks.items(), key=lambda one: (one[1].occurred_at, one[1].founded))
    return LatestEvidence(
        value=mark.value,
        occurred_at=mark.occurred_at,
        entry_id=entry_id,
        position=mark.position,
    )


def progress_from(row: GoalStatus, marks: dict[UUID, Mark], on: date) -> Progress:
    """How far these pieces of evidence bring the goal, looked at on a day."""
    measure, time = row.measure, (row.goal.starts_on, row.goal.due_on)
    match measure:
        case Score():
            latest = latest_of(marks)
            return progress_of_score(measure, None if latest is None else latest.value, len(marks))
        case Frequency():
            done = by_day(marks.values())
            return progress_of_frequency(
                measure, done, len(marks), *time, excused=excused_days(row)
            )
        case RelativeFrequency():
            return progress_of_increase(
                measure,
                by_day(marks.values()),
                len(marks),
                *time,
                baseline=measured_baseline(
                    measure, by_day(row.check_ins.values()), row.goal.starts_on
                ),
                until=on,
                excused=excused_days(row),
            )
        case Count():
            return progress_of_count(measure, by_day(marks.values()), len(marks), *time)
        case Milestone():
            return progress_of_milestone(by_day(marks.values()), len(marks), *time)
        case _:
            assert_never(measure)


def by_day(marks: Iterable[Mark]) -> dict[date, float]:
    """What was done on each day; fsum, because the order of arrival must make no difference."""
    days: defaultdict[date, list[float]] = defaultdict(list)
    for mark in marks:
        days[mark.on].append(mark.value)
    return {day: fsum(amounts) for day, amounts in days.items()}


def progress_until(row: GoalStatus, instant: datetime) -> Progress:
    """What had been reached before an instant, from the evidence known now.

    A level is that of the day which the instant closes; a goal that has ended stays as it was then.
    """
    ended_at = row.ended_at or instant
    on = day_of(min(ended_at, instant) - timedelta.resolution, row.goal.zone)
    return progress_from(row, evidence(row, until=instant), on)


def progress_at(row: GoalStatus, now: datetime) -> Progress:
    """What is shown at an instant: a rate that is to rise falls from day to day without entries.

    An entry of this very instant counts.
    """
    if not isinstance(row.measure, RelativeFrequency):
        return row.progress
    return progress_until(row, now + timedelta.resolution)


def judged_on(row: GoalStatus, marks: dict[UUID, Mark]) -> date:
    """The day whose level the row shows: that on which the goal ended, or its noticed deadline.

    Until then it is the day of the latest entry in the goal's time, so that what the row says
    follows from the log alone.
    """
    if row.ended_at is not None:
        return min(row.goal.due_on, day_of(row.ended_at - timedelta.resolution, row.goal.zone))
    if row.goal.missed_on == row.goal.due_on:
        return row.goal.due_on
    inside = (mark.on for mark in marks.values() if mark.on <= row.goal.due_on)
    return max(inside, default=row.goal.starts_on)


def met_at(row: GoalStatus) -> datetime | None:
    """When a goal that ends as soon as it is met was met: the time of the entry that did it.

    It is found by halving, because with more entries there is never less of a count.
    """
    if not ends_when_met(row.measure):
        return None
    in_order = sorted(evidence(row).items(), key=lambda one: (one[1].occurred_at, one[1].founded))
    enough = bisect_left(
        range(len(in_order) + 1),
        True,
        key=lambda count: progress_from(row, dict(in_order[:count]), row.goal.due_on).target_met,
    )
    return in_order[enough - 1][1].occurred_at if 0 < enough <= len(in_order) else None


def settle(row: Any) -> Any:
    """Compute what follows from the rest of a row: progress, latest evidence, the instants."""
    if not isinstance(row, GoalStatus):
        return row
    marks = evidence(row)
    progress = progress_from(row, marks, judged_on(row, marks))
    passes_at = end_of(row.goal.due_on, row.goal.zone)
    return msgspec.structs.replace(
        row,
        progress=progress,
        latest=latest_of(marks),
        passes_at=passes_at,
        met_by_date=was_met_by_date(row, passes_at),
        no_longer_met=is_no_longer_met(row, progress),
        risk_at=risk_without_more(row, marks, progress, passes_at),
    )


def was_met_by_date(row: GoalStatus, passes_at: datetime) -> bool | None:
    """Whether the target was met at a date that was noticed, by what is known of it now.

    None where no date has been noticed, or nothing more can follow from it.
    """
    if row.goal.stage is not Stage.ACTIVE or row.goal.due_on not in (
        row.goal.missed_on,
        row.goal.target_met_on,
    ):
        return None
    return progress_until(row, passes_at).target_met


def is_no_longer_met(row: GoalStatus, progress: Progress) -> bool:
    """Whether a goal of doing something that was reached by its evidence has lost it since.

    An entry of another time within the goal's own still counts: the end was the entry's.
    """
    reached = row.goal.stage is Stage.REACHED and row.goal.reached_met and is_behaviour(row.measure)
    if not reached or progress.target_met:
        return False
    on = day_of((row.ended_at or row.passes_at) - timedelta.resolution, row.goal.zone)
    unended = msgspec.structs.replace(row, ended_at=None)
    return not progress_from(unended, evidence(unended), min(row.goal.due_on, on)).target_met


def risk_from(row: GoalStatus, progress: Progress, passes_at: datetime) -> datetime | None:
    """When the straight line from start to deadline is more than TOLERANCE ahead of the progress.

    Never before the first review, nor before a rate can be told, and never after the deadline,
    which is another matter. To a milestone no line leads: it is done, or not yet.
    """
    if isinstance(row.measure, Milestone):
        return None
    starts_at = start_of(row.goal.starts_on, row.goal.zone)
    free = share_kept_free(row)
    due = free + (1 - free) * min(1.0, progress.fraction + TOLERANCE)
    trails_at = starts_at + (passes_at - starts_at) * due
    reviewed_at = start_of(row.goal.starts_on + timedelta(days=first_look_days(row)), row.goal.zone)
    risk_at = max(trails_at, reviewed_at)
    return risk_at if risk_at < passes_at else None


def risk_without_more(
    row: GoalStatus, marks: dict[UUID, Mark], progress: Progress, passes_at: datetime
) -> datetime | None:
    """From when on the goal trails its line if nothing more is done.

    A rate falls from day to day without entries, so the day is looked for on which it has come
    below the line. It is found by halving, because the line only rises and the rate only falls: a
    goal of the longest time has eleven days looked at.
    """
    measure, risk_at = row.measure, risk_from(row, progress, passes_at)
    if not isinstance(measure, RelativeFrequency) or row.goal.stage is not Stage.ACTIVE:
        return risk_at
    if not progress.fraction:
        return risk_at  # It can not fall.
    first, resting = judged_on(row, marks), excused_days(row)
    days = (row.goal.due_on - first).days
    # What lies further back than the stretch of the first day is in none that comes later.
    stretch = timedelta(days=measure.over_periods * period_days(measure) + len(resting))
    recent = by_day(mark for mark in marks.values() if mark.on > first - stretch)

    def falls_to(nth: int) -> datetime | None:
        """From when on it trails by the rate of the nth day."""
        fallen = progress_of_increase(
            measure,
            recent,
            len(marks),
            row.goal.starts_on,
            row.goal.due_on,
            baseline=progress.baseline or 0.0,
            until=first + timedelta(days=nth),
            excused=resting,
        )
        return risk_from(row, fallen, passes_at)

    def trails_on(nth: int) -> bool:
        trails_at = falls_to(nth)
        return trails_at is not None and trails_at < end_of(
            first + timedelta(days=nth), row.goal.zone
        )

    nth = bisect_left(range(days + 1), True, key=trails_on)
    if nth == 0 or nth > days:
        return risk_at
    trails_at = falls_to(nth)
    on = start_of(first + timedelta(days=nth), row.goal.zone)
    return None if trails_at is None else max(trails_at, on)


def first_look_days(row: GoalStatus) -> int:
    """After how many days one can say how a goal does."""
    if isinstance(row.measure, RelativeFrequency):
        return max(row.goal.review_every_days, row.measure.over_periods * period_days(row.measure))
    return row.goal.review_every_days


def share_kept_free(row: GoalStatus) -> float:
    """The share of a goal's time in which nothing is lost: its reserve, and excused days."""
    if isinstance(row.measure, Frequency):
        count = periods(row.measure, row.goal.starts_on, row.goal.due_on)
        asked = periods_asked(row.measure, excused_days(row), row.goal.starts_on, row.goal.due_on)
        return (count - asked) / count
    return len(excused_days(row)) / ((row.goal.due_on - row.goal.starts_on).days + 1)
