"""How far along a goal is: pure arithmetic over numbers and days.

Whatever is measured, looked at on one and the same day, neither one more entry nor a day of rest
ever makes progress less, and the order in which entries come says nothing. A rate that is to rise
is a level: a day later its stretch is another, and it may have fallen.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from events.measure import (
    Count,
    Frequency,
    Measure,
    Progress,
    RelativeFrequency,
    Score,
    period_days,
    periods,
    target_rate,
    target_value,
)

# Sums of tenths miss the whole by some 1e-16: eight times 0.1 is as much as 0.8.
ROUNDING = 1e-9

ByDay = Mapping[date, float]
"""What was done on each day that has an entry."""


def progress_of_score(measure: Score, latest: float | None, entries: int) -> Progress:
    """(baseline - latest) / (baseline - target): 0 at the baseline, 1 at the target."""
    if latest is None:
        return Progress()
    target = target_value(measure)
    unclamped = (measure.baseline - latest) / (measure.baseline - target)
    return Progress(
        fraction=min(1.0, max(0.0, unclamped)), unclamped=unclamped, latest=latest, entries=entries
    )


def progress_of_frequency(
    measure: Frequency,
    by_day: ByDay,
    entries: int,
    starts_on: date,
    due_on: date,
    *,
    excused: Collection[date] = (),
) -> Progress:
    """Credit for every period, partial credit included, over the periods asked for.

    Each period gives min(1, done / amount), and at least `minimum_credit` where the minimum
    version was done. The sum is divided by the periods asked for: those there are, each less the
    share of its days that are excused, less the reserve; one day at the least. `unclamped` is the
    whole amount done over the whole amount asked for. Days outside the goal's time do not count.
    Whole weeks are counted from the first day; what is left over at the end belongs to the last
    week.
    """
    count = periods(measure, starts_on, due_on)
    length = period_days(measure)
    done: dict[int, list[float]] = {}
    for day, amount in within(by_day, starts_on, due_on).items():
        done.setdefault(nth_period(day, starts_on, length, count), []).append(amount)
    resting = {day for day in excused if starts_on <= day <= due_on}
    asked = periods_asked(measure, resting, starts_on, due_on)
    shares = [share_of(measure, amounts) for amounts in done.values()]
    # fsum is exact, so that the order in which days come says nothing.
    total = math.fsum(amount for amounts in done.values() for amount in amounts)
    return Progress(
        fraction=whole(math.fsum(shares) / asked),
        unclamped=total / (measure.amount * asked),
        latest=total if entries else None,
        entries=entries,
        periods_met=sum(share >= 1.0 for share in shares),
        periods_partly=sum(0.0 < share < 1.0 for share in shares),
        periods=count,
        excused=len(resting),
    )


def progress_of_increase(
    measure: RelativeFrequency,
    by_day: ByDay,
    entries: int,
    starts_on: date,
    due_on: date,
    *,
    baseline: float,
    until: date,
    excused: Collection[date] = (),
) -> Progress:
    """(rate - baseline) / (target - baseline), all of them rates per day or week.

    `rate` is that of the last days or weeks up to the day `until` (see `rate_until`), or up to the
    deadline where that comes first. Nothing can be said where the measured baseline is zero,
    because a percentage of nothing is nothing.
    """
    resting = {day for day in excused if starts_on <= day <= due_on}
    rate = rate_until(measure, by_day, starts_on, min(until, due_on), resting)
    target = target_rate(measure, baseline)
    known = Progress(
        latest=rate if entries else None, entries=entries, excused=len(resting), baseline=baseline
    )
    if target <= baseline:
        return known
    unclamped = (rate - baseline) / (target - baseline) if entries else 0.0
    return Progress(
        fraction=whole(unclamped),
        unclamped=unclamped,
        latest=known.latest,
        entries=entries,
        excused=known.excused,
        baseline=baseline,
        target=target,
    )


def progress_of_count(
    measure: Count, by_day: ByDay, entries: int, starts_on: date, due_on: date
) -> Progress:
    """min(1, done / amount), by the date."""
    total = math.fsum(within(by_day, starts_on, due_on).values())
    return Progress(
        fraction=whole(total / measure.amount),
        unclamped=total / measure.amount,
        latest=total if entries else None,
        entries=entries,
    )


def progress_of_milestone(by_day: ByDay, entries: int, starts_on: date, due_on: date) -> Progress:
    """Done, or not yet: one check-in by the date is all of it."""
    inside = within(by_day, starts_on, due_on)
    done = 1.0 if inside else 0.0
    return Progress(
        fraction=done,
        unclamped=done,
        latest=math.fsum(inside.values()) if entries else None,
        entries=entries,
    )


def measured_baseline(measure: RelativeFrequency, by_day: ByDay, starts_on: date) -> float:
    """The rate per day or week to start from: given, or that of the days before the first."""
    if measure.baseline is not None or measure.baseline_from_on is None:
        return measure.baseline or 0.0
    before = within(by_day, measure.baseline_from_on, starts_on - timedelta(days=1))
    days = (starts_on - measure.baseline_from_on).days
    return math.fsum(before.values()) * period_days(measure) / days


def counted_from(measure: Measure, starts_on: date) -> date:
    """The first day whose entries count: the days of a measured baseline come before the first."""
    if isinstance(measure, RelativeFrequency) and measure.baseline is None:
        return measure.baseline_from_on or starts_on
    return starts_on


def rate_until(
    measure: RelativeFrequency,
    by_day: ByDay,
    starts_on: date,
    until: date,
    resting: Collection[date],
) -> float:
    """What was done in the last `over_periods` days or weeks, per day or week.

    They end on the day `until`. Excused days lie among them without using them up: the stretch
    reaches further back over those, never before the first day. It is divided by `over_periods`
    though it be shorter: what has not been shown for so long has not been shown.
    """
    left = measure.over_periods * period_days(measure)
    first = after = until + timedelta(days=1)
    while left and first > starts_on:
        first -= timedelta(days=1)
        left -= first not in resting
    done = (amount for day, amount in by_day.items() if first <= day < after)
    return math.fsum(done) / measure.over_periods


def periods_asked(
    measure: Frequency, resting: Collection[date], starts_on: date, due_on: date
) -> float:
    """The periods less the share of their days that are excused, less the reserve.

    One day at the least: with nothing asked for there would be nothing to have done.
    """
    count = periods(measure, starts_on, due_on)
    length = period_days(measure)
    days = (due_on - starts_on).days + 1
    last_length = days - (count - 1) * length
    excused = Counter(nth_period(day, starts_on, length, count) for day in resting)
    excused_periods = math.fsum(
        number / (last_length if nth == count - 1 else length) for nth, number in excused.items()
    )
    return max(1 / length, count - excused_periods - measure.reserve)


def nth_period(day: date, starts_on: date, length: int, count: int) -> int:
    """Which of a goal's periods a day of it belongs to, from 0."""
    return min((day - starts_on).days // length, count - 1)


def share_of(measure: Frequency, amounts: Sequence[float]) -> float:
    """How much of one period's amount was done: 0 to 1."""
    done = math.fsum(amounts)
    share = whole(done / measure.amount)
    if measure.minimum is not None and done > measure.minimum - ROUNDING:
        return max(share, measure.minimum_credit)
    return share


def within(by_day: ByDay, first: date, last: date) -> dict[date, float]:
    """What was done from one day to another, both included."""
    return {day: amount for day, amount in by_day.items() if first <= day <= last}


def whole(share: float) -> float:
    """A share between 0 and 1; what misses the whole by a rounding is the whole."""
    return 1.0 if share > 1.0 - ROUNDING else max(0.0, share)
