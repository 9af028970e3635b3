"""Ways on for a goal to do something more often than before: more time, or a smaller increase."""

import math
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from events.measure import RelativeFrequency, period_days, target_rate
from events.suggestion import NewDeadline, NewTarget, WayOn
from workers.pace import ROUNDING, THIN, Point, pace_of
from workers.replan import Dates, Lacking, MoreTime, NearerRate, Plan, Reached, Way, undominated
from workers.room import LEAST_PERCENT, Room, easier_multiple
from workers.standing import Standing, amount_by_day, is_near, is_old, shape_of

FORMULA = (
    "y = amount done in each whole period since the start; now = rate of the last over_periods; "
    "target = baseline * (1 + percent / 100); weeks = (target - now) / pace_per_week; "
    "slower_weeks = (target - now) / pace_slower; reach = now + pace_slower * weeks; "
    "halfway = (now + target) / 2; weeks from the last day of the goal's time on; each new target "
    "at least 5 percent of the baseline from now, and that and (target - now) / 4 from the target"
)
TOO_OLD = "no date is counted from a rate that is more than two reviews old"
GRAINS = (5, 1)


class RateRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The room from the rate of the last days or weeks to the one asked for."""

    measure: RelativeFrequency
    baseline: float
    room: Room

    def is_between(self, rate: float) -> bool:
        """Whether a rate is a step more than the present one, and a step less than the old target.

        What is done so many times is counted in whole ones: two rates that take as many are one.
        """
        over = self.measure.over_periods

        def taken(rate: float) -> float:
            needed = rate * over
            return math.ceil(needed - ROUNDING) if self.measure.unit == "times" else needed

        apart = taken(self.room.latest) + ROUNDING < taken(rate)
        return (
            apart
            and taken(rate) < taken(self.room.target) - ROUNDING
            and self.room.leaves_a_step(rate, least=self.baseline * LEAST_PERCENT / 100)
        )


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
    now = round(progress.latest, 2)
    numbers |= {"now": now, "target": progress.target}
    pace = pace_of(done, towards=1)
    if pace is None:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    numbers |= pace.numbers
    formula = f"{pace.formula}; {FORMULA}"
    room = Room(
        latest=now,
        target=progress.target,
        pace=pace,
        from_on=min(standing.goal.due_on, standing.today),
        starts_on=standing.goal.starts_on,
        due_on=standing.goal.due_on,
        today=standing.today,
    )
    if shape_of(standing) != "moved" or not pace.points_there or room.remaining <= 0:
        lacking: Lacking = "near" if is_near(standing) else "pace"
        return Plan(numbers=numbers, formula=formula, lacking=lacking)
    if is_old(standing, room.from_on):
        return Plan(numbers=numbers, formula=f"{formula}; {TOO_OLD}", lacking="news")
    if not pace.is_clear:
        return Plan(numbers=numbers, formula=formula, lacking="date")
    ways = ways_of(RateRoom(measure=measure, baseline=baseline, room=room))
    return Plan(ways=ways, numbers=numbers, formula=formula, lacking=None if ways else "date")


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
    """The ways on by the slower end of the pace's interval, but those that another makes pointless.

    Where two are the same percentage, the one that follows from the pace says it.
    """
    room = rate.room
    found: list[tuple[Way, float]] = []
    dates, reached, half = room.dates_for(room.target), what_is_reached(rate), halfway(rate)
    if dates is not None:
        more = MoreTime(
            proposal=NewDeadline(due_on=dates.due_on),
            measure=rate.measure,
            dates=dates,
            pace=room.pace,
            baseline=rate.baseline,
            start=room.latest,
            target=room.target,
        )
        found.append((more, room.target))
    found += [(way, way.new) for way in (reached, half) if way is not None]
    if reached is not None and half is not None and reached.measure == half.measure:
        found.pop()
    return undominated(found)


def what_is_reached(rate: RateRoom) -> NearerRate | None:
    """What the slower end reaches after another equal length, where that is short of the target."""
    by = rate.room.reached_again()
    asked = None if by is None else as_asked(rate, by.slower_value)
    if by is None or asked is None:
        return None
    return nearer(rate, asked, by.slower_value, by=by, kind="smaller_target")


def halfway(rate: RateRoom) -> NearerRate | None:
    """Half of what lies between the present rate and the target, something nearer and sooner."""
    exactly = round((rate.room.latest + rate.room.target) / 2, 2)
    asked = as_asked(rate, exactly)
    dates = None if asked is None else rate.room.dates_for(target_rate(asked, rate.baseline))
    if asked is None or dates is None:
        return None
    return nearer(rate, asked, exactly, by=dates, kind="milestone")


def as_asked(rate: RateRoom, exactly: float) -> RelativeFrequency | None:
    """The same increase with a smaller percentage that asks no more, in fives where it can."""
    for grain in GRAINS:
        percent = easier_multiple((exactly / rate.baseline - 1) * 100, grain)
        if percent <= 0 or percent > rate.measure.percent - LEAST_PERCENT:
            continue
        measure = msgspec.structs.replace(rate.measure, percent=percent)
        if rate.is_between(target_rate(measure, rate.baseline)):
            return measure
    return None


def nearer(
    rate: RateRoom, asked: RelativeFrequency, exactly: float, *, by: Reached | Dates, kind: WayOn
) -> NearerRate:
    return NearerRate(
        proposal=NewTarget(measure=asked, due_on=by.due_on),
        due_on=by.due_on,
        measure=asked,
        new=target_rate(asked, rate.baseline),
        start=rate.room.latest,
        old=rate.room.target,
        exactly=exactly,
        by=by,
        pace=rate.room.pace,
        kind=kind,
    )
