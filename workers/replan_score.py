"""Ways on for a score goal, from the client's own pace: more time, or a nearer target first."""

from datetime import date, timedelta

import msgspec

from events import instruments
from events.measure import Score, TargetPercent, TargetValue, target_value
from events.suggestion import NewDeadline, NewTarget
from workers.pace import (
    TOLERANCE,
    Pace,
    Point,
    easier_step,
    pace_of,
    reaching_step,
    weeks_on,
    whole,
)
from workers.replan import MoreTime, NearerScore, Plan, Way, latest_day, length_again
from workers.standing import Standing, shape_of, towards_health

FORMULA = (
    "weeks = |target - latest| / pace_per_week; halfway = (latest + target) / 2; "
    "reach = latest + direction * pace_per_week * weeks"
)
NOTHING_KNOWN = "latest = baseline until a score is recorded"


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What lies between the latest score and the target, and how fast it is being crossed."""

    measure: Score
    latest: float
    pace: Pace
    towards: int
    starts_on: date
    due_on: date
    today: date

    @property
    def target(self) -> float:
        return target_value(self.measure)

    @property
    def remaining(self) -> float:
        """Points still to go, positive."""
        return (self.target - self.latest) * self.towards

    @property
    def instrument(self) -> instruments.Instrument:
        return instruments.named(self.measure.instrument)

    def weeks_for(self, points: float) -> float:
        return points / self.pace.per_week

    def day_after(self, weeks: float) -> date | None:
        """The day so many weeks from today, moved on to whole weeks after the old deadline."""
        last = latest_day(self.starts_on, self.today)
        if weeks > (last - self.today).days / 7:
            return None
        on = weeks_on(self.due_on, after=self.today + timedelta(days=whole(weeks * 7)))
        return on if on <= last else None

    def day_of_same_length(self) -> date | None:
        """The day on which the goal's length has gone by again, or half a year ahead."""
        last = latest_day(self.starts_on, self.today)
        weeks = length_again(self.starts_on, self.due_on)
        after = self.today + timedelta(days=weeks * 7 - 6)
        on = weeks_on(self.due_on, after=min(after, last - timedelta(days=6)))
        return on if self.today <= on <= last else None


def plan_score(standing: Standing, measure: Score) -> Plan:
    """Ways on, given at least fourteen days of scores that moved towards the target."""
    towards = towards_health(measure)
    start = Point(on=standing.goal.starts_on, value=measure.baseline)
    points = [Point(on=entry.on, value=entry.amount) for entry in standing.entries]
    pace = pace_of([start, *points], towards=towards)
    numbers = {
        "baseline": measure.baseline,
        "target": target_value(measure),
        "direction": float(towards),
    }
    if not points:
        return Plan(numbers=numbers, formula=NOTHING_KNOWN, lacking="entries")
    latest = points[-1].value
    numbers |= {"latest": latest, "scores": len(points)}
    if pace is None:
        return Plan(numbers=numbers, formula=FORMULA, lacking="entries")
    numbers |= {"pace_per_week": pace.per_week, "span_days": pace.span_days}
    formula = f"{pace.formula}; {FORMULA}"
    room = Room(
        measure=measure,
        latest=latest,
        pace=pace,
        towards=towards,
        starts_on=standing.goal.starts_on,
        due_on=standing.goal.due_on,
        today=standing.today,
    )
    if shape_of(standing) != "moved" or pace.per_week <= TOLERANCE or room.remaining <= 0:
        return Plan(numbers=numbers, formula=formula, lacking="pace")
    found: list[Way | None] = [more_time(room), nearer_score(room)]
    ways = [way for way in found if way is not None]
    return Plan(
        ways=ways,
        numbers=numbers | {"remaining": room.remaining},
        formula=formula,
        lacking=None if ways else "pace",
    )


def more_time(room: Room) -> MoreTime | None:
    """The day on which the pace so far reaches the target, at most half a year ahead."""
    weeks = room.weeks_for(room.remaining)
    due_on = room.day_after(weeks)
    if due_on is None:
        return None
    return MoreTime(
        proposal=NewDeadline(due_on=due_on),
        due_on=due_on,
        remaining=room.remaining,
        pace_per_week=room.pace.per_week,
        weeks=weeks,
    )


def nearer_score(room: Room) -> NearerScore | None:
    """What the pace reaches in the same length again; where that is the target, halfway to it.

    Halfway is the graded step of task assignment: something nearer, sooner. Nothing is offered
    that the latest score has reached already, or that asks as much as the old target.
    """
    full = room.day_after(room.weeks_for(room.remaining))
    due_on = room.day_of_same_length()
    weeks = (due_on - room.today).days / 7 if due_on else 0.0
    exactly = room.latest + room.pace.per_week * weeks * room.towards
    by_half = full is not None and (room.target - exactly) * room.towards <= 0
    if by_half:
        weeks = room.weeks_for(room.remaining / 2)
        exactly = room.latest + room.remaining / 2 * room.towards
        due_on = room.day_after(weeks)
    if due_on is None or (full is not None and due_on >= full):
        return None
    target, percent = as_asked(room, easier_step(room.instrument, exactly, towards=room.towards))
    if target is None:
        return None
    measure = msgspec.structs.replace(room.measure, target=target)
    return NearerScore(
        proposal=NewTarget(measure=measure, due_on=due_on),
        score=reaching_step(room.instrument, target_value(measure), towards=room.towards),
        from_score=room.latest,
        old_target=room.target,
        percent=percent,
        exactly=exactly,
        pace_per_week=room.pace.per_week,
        weeks=weeks,
        by_half=by_half,
        due_on=due_on,
    )


def as_asked(room: Room, value: float) -> tuple[TargetValue | TargetPercent | None, float | None]:
    """A score as the goal's own kind of target: a percentage stays one, in fives where it can."""
    if isinstance(room.measure.target, TargetPercent):
        exact = (value / room.measure.baseline - 1) * 100
        for grain in (5, 1):
            percent = easier_multiple(exact, grain)
            target = TargetPercent(percent=percent)
            if is_between(room, room.measure.baseline * (1 + percent / 100)):
                return target, percent
    if is_between(room, value):
        return TargetValue(value=value), None
    return None, None


def easier_multiple(percent: float, grain: int) -> float:
    """The nearest multiple of `grain` on the side of no change."""
    whole = int(abs(percent) / grain + TOLERANCE) * grain
    return float(whole if percent > 0 else -whole)


def is_between(room: Room, value: float) -> bool:
    """At least one step of the instrument beyond the latest score, and short of the target."""
    step = room.instrument.step
    beyond = (value - room.latest) * room.towards
    short = (room.target - value) * room.towards
    return beyond >= step - TOLERANCE and short > TOLERANCE
