"""Ways on for a goal to do something more often than before: more time, or a smaller increase."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import fmean

import msgspec

from events.measure import RelativeFrequency, period_days, target_rate
from events.suggestion import NewDeadline, NewTarget, WayOn
from projections.theil_sen import DAYS_A_WEEK
from workers.pace import THIN, TOLERANCE, Point, pace_of
from workers.replan import Dates, MoreTime, NearerRate, Plan, Reached, Way
from workers.room import Room, easier_multiple
from workers.standing import Standing, amount_by_day, shape_of

FORMULA = (
    "y = amount done in each period since the start; now = mean(y of the last over_periods); "
    "target = baseline * (1 + percent / 100); weeks = (target - now) / pace_per_week; "
    "slower_weeks = (target - now) / pace_slower; reach = now + pace_per_week * weeks; "
    "halfway = (best + target) / 2"
)
GRAINS = (5, 1)


class RateRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The room from the rate of the last days or weeks to the one asked for."""

    measure: RelativeFrequency
    baseline: float
    best: float
    room: Room

    def is_between(self, rate: float) -> bool:
        """Whether a rate is more than the best so far, and less to do than the old target.

        What is done so many times is counted in whole ones: two rates that take as many are one.
        """
        over = self.measure.over_periods

        def taken(rate: float) -> float:
            needed = rate * over
            return math.ceil(needed - TOLERANCE) if self.measure.unit == "times" else needed

        return taken(self.best) + TOLERANCE < taken(rate) < taken(self.room.target) - TOLERANCE


def plan_rate(standing: Standing, measure: RelativeFrequency) -> Plan:
    """Ways on, given five periods over fourteen days whose amounts rise beyond doubt."""
    progress, by_day = standing.progress, amount_by_day(standing)
    baseline = progress.baseline or 0.0
    done = amounts_of(standing, measure, by_day)
    numbers = {
        "percent": measure.percent,
        "over_periods": float(measure.over_periods),
        "baseline": baseline,
        "periods": float(len(done)),
    }
    if progress.latest is None or progress.target is None:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    numbers |= {"best": progress.latest, "target": progress.target}
    pace = pace_of(done, towards=1)
    if pace is None:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    numbers |= pace.numbers
    formula = f"{pace.formula}; {FORMULA}"
    room = Room(
        latest=fmean(one.value for one in done[-measure.over_periods :]),
        target=progress.target,
        pace=pace,
        starts_on=standing.goal.starts_on,
        due_on=standing.goal.due_on,
        today=standing.today,
    )
    numbers["now"] = room.latest
    if shape_of(standing) != "moved" or not pace.is_clear or room.remaining <= 0:
        return Plan(numbers=numbers, formula=formula, lacking="pace")
    ways = ways_of(RateRoom(measure=measure, baseline=baseline, best=progress.latest, room=room))
    return Plan(ways=ways, numbers=numbers, formula=formula, lacking=None if ways else "pace")


def amounts_of(
    standing: Standing, measure: RelativeFrequency, by_day: Mapping[date, float]
) -> list[Point]:
    """What was done in each whole period since the start, but those with a day of rest."""
    goal, length = standing.goal, period_days(measure)
    until = min(goal.due_on + timedelta(days=1), standing.today)
    found = []
    for nth in range((until - goal.starts_on).days // length):
        first = goal.starts_on + timedelta(days=nth * length)
        days = [first + timedelta(days=day) for day in range(length)]
        if not any(day in standing.resting for day in days):
            found.append(Point(on=first, value=math.fsum(by_day.get(day, 0.0) for day in days)))
    return found


def ways_of(rate: RateRoom) -> list[Way]:
    room = rate.room
    dates = room.dates_for(room.target)
    more: Way | None = None
    if dates is not None:
        more = MoreTime(
            proposal=NewDeadline(due_on=dates.due_on),
            measure=rate.measure,
            dates=dates,
            pace=room.pace,
            baseline=rate.baseline,
            target=room.target,
        )
    reached, half = what_is_reached(rate), halfway(rate, before=dates)
    found = [more, reached]
    if half is not None and (reached is None or half.measure != reached.measure):
        found.append(half)
    return [way for way in found if way is not None]


def what_is_reached(rate: RateRoom) -> NearerRate | None:
    """What the pace reaches after another equal length, where that is short of the target."""
    room = rate.room
    due_on = room.day_of_same_length()
    if due_on is None:
        return None
    by = Reached(
        weeks=(due_on - room.today).days / DAYS_A_WEEK,
        value=room.reached_on(due_on, per_week=room.pace.per_week),
        slower_value=room.reached_on(due_on, per_week=room.pace.slower),
        due_on=due_on,
    )
    return nearer(rate, by.value, by=by, kind="smaller_target")


def halfway(rate: RateRoom, *, before: Dates | None) -> NearerRate | None:
    """Half of what lies between the best so far and the target, where that comes sooner."""
    exactly = (rate.best + rate.room.target) / 2
    dates = rate.room.dates_for(exactly) if exactly > rate.room.latest else None
    if dates is None or (before is not None and dates.due_on >= before.due_on):
        return None
    return nearer(rate, exactly, by=dates, kind="milestone")


def nearer(
    rate: RateRoom, exactly: float, *, by: Reached | Dates, kind: WayOn
) -> NearerRate | None:
    """The same increase with a smaller percentage, in fives where it can."""
    for grain in GRAINS:
        percent = easier_multiple((exactly / rate.baseline - 1) * 100, grain)
        if percent <= 0 or percent >= rate.measure.percent:
            continue
        measure = msgspec.structs.replace(rate.measure, percent=percent)
        asked = target_rate(measure, rate.baseline)
        if rate.is_between(asked):
            return NearerRate(
                proposal=NewTarget(measure=measure, due_on=by.due_on),
                due_on=by.due_on,
                measure=measure,
                new=asked,
                start=rate.room.latest if isinstance(by, Reached) else rate.best,
                old=rate.room.target,
                exactly=exactly,
                by=by,
                pace=rate.room.pace,
                kind=kind,
            )
    return None
