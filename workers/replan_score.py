"""Ways on for a score goal, from the client's own pace: more time, or a nearer target first."""

import msgspec

from events.change import Yardstick
from events.instruments import Instrument
from events.measure import Score, TargetPercent, TargetValue, target_value
from events.suggestion import NewDeadline, NewTarget, WayOn
from projections.theil_sen import DAYS_A_WEEK
from workers.pace import THIN, TOLERANCE, Pace, Point, pace_of
from workers.replan import Dates, MoreTime, NearerScore, Plan, Reached, Way
from workers.room import Room, easier_multiple, easier_step, reaching_step
from workers.standing import Standing, shape_of, towards_health

FORMULA = (
    "weeks = |target - latest| / pace_per_week; slower_weeks = |target - latest| / pace_slower; "
    "reach = latest + direction * pace_per_week * weeks; halfway = (latest + target) / 2; "
    "each new target at least reliable_change from the baseline"
)
NOTHING_KNOWN = "latest = baseline until a score is recorded"
# A percentage is a multiple of five where there is one, else a whole number.
GRAINS = (5, 1)


class ScoreRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The room to the target of a score, and what a nearer target has to keep to."""

    measure: Score
    instrument: Instrument
    yardstick: Yardstick | None
    room: Room

    def is_between(self, value: float) -> bool:
        """Whether a target lies beyond the latest score and the error, and short of the old one.

        What counts is the score that it takes to reach it, which is a step of the instrument.
        """
        room, towards = self.room, self.room.pace.towards
        taken = reaching_step(self.instrument, value, towards=towards)
        old = reaching_step(self.instrument, room.target, towards=towards)
        beyond = (taken - room.latest) * towards > TOLERANCE
        short = (old - taken) * towards > TOLERANCE
        reliable = (
            self.yardstick is not None
            and self.yardstick.movement(self.measure.baseline, value) == "better"
        )
        return beyond and short and reliable


def plan_score(standing: Standing, measure: Score) -> Plan:
    """Ways on, given five scores over fourteen days whose interval points towards the target.

    The baseline is the first of them, on the goal's first day, unless a score is recorded then.
    """
    towards = towards_health(measure)
    entries = [Point(on=entry.on, value=entry.amount) for entry in standing.entries]
    numbers = {
        "baseline": measure.baseline,
        "target": target_value(measure),
        "direction": float(towards),
    }
    yardstick = standing.yardstick
    if yardstick is not None:
        numbers["reliable_change"] = yardstick.reliable_change
    if not entries:
        return Plan(numbers=numbers, formula=f"{NOTHING_KNOWN}; {THIN}", lacking="entries")
    numbers |= {
        "latest": entries[-1].value,
        "days_since_latest": float((standing.today - entries[-1].on).days),
        "scores": float(len(entries)),
    }
    pace = pace_of(with_baseline(standing, measure, entries), towards=towards)
    if pace is None:
        return Plan(numbers=numbers, formula=THIN, lacking="entries")
    numbers |= pace.numbers
    formula = f"{pace.formula}; {FORMULA}"
    room = Room(
        latest=entries[-1].value,
        target=target_value(measure),
        pace=pace,
        starts_on=standing.goal.starts_on,
        due_on=standing.goal.due_on,
        today=standing.today,
    )
    if shape_of(standing) != "moved" or not pace.is_clear or room.remaining <= 0:
        return Plan(numbers=numbers, formula=formula, lacking="pace")
    ways = ways_of(
        ScoreRoom(
            measure=measure, instrument=standing.instrument(measure), yardstick=yardstick, room=room
        )
    )
    return Plan(
        ways=ways,
        numbers=numbers | {"remaining": room.remaining},
        formula=formula,
        lacking=None if ways else "pace",
    )


def with_baseline(standing: Standing, measure: Score, entries: list[Point]) -> list[Point]:
    """The scores, the baseline among them: it is a score as well, of the goal's first day."""
    first_on = standing.goal.starts_on
    if any(one.on == first_on for one in entries):
        return entries
    return [Point(on=first_on, value=measure.baseline), *entries]


def ways_of(score: ScoreRoom) -> list[Way]:
    more, reached = more_time(score), what_is_reached(score)
    half = halfway(score, before=None if more is None else more.dates)
    found: list[Way | None] = [more, reached]
    # Where both are the same score, the one that follows from the pace says it.
    if half is not None and (reached is None or half.new != reached.new):
        found.append(half)
    return [way for way in found if way is not None]


def more_time(score: ScoreRoom) -> MoreTime | None:
    """Keep the target: the slower end of the interval reaches it within half a year."""
    target, baseline = score.room.target, score.measure.baseline
    dates = score.room.dates_for(target)
    if dates is None:
        return None
    yardstick = score.yardstick
    if yardstick is not None and yardstick.movement(baseline, target) == "better":
        yardstick = None
    return MoreTime(
        proposal=NewDeadline(due_on=dates.due_on),
        measure=score.measure,
        dates=dates,
        pace=score.room.pace,
        baseline=baseline,
        target=target,
        yardstick=yardstick,
    )


def what_is_reached(score: ScoreRoom) -> NearerScore | None:
    """What the pace reaches after another equal length, where that is short of the target."""
    room = score.room
    due_on = room.day_of_same_length()
    if due_on is None:
        return None
    reached = Reached(
        weeks=(due_on - room.today).days / DAYS_A_WEEK,
        value=room.reached_on(due_on, per_week=room.pace.per_week),
        slower_value=room.reached_on(due_on, per_week=room.pace.slower),
        due_on=due_on,
    )
    return nearer(score, reached.value, by=reached, kind="smaller_target")


def halfway(score: ScoreRoom, *, before: Dates | None) -> NearerScore | None:
    """Half of what is to go: the graded step of task assignment, something nearer and sooner."""
    room = score.room
    exactly = room.latest + room.remaining / 2 * room.pace.towards
    dates = room.dates_for(exactly)
    if dates is None or (before is not None and dates.due_on >= before.due_on):
        return None
    return nearer(score, exactly, by=dates, kind="milestone")


def nearer(
    score: ScoreRoom, exactly: float, *, by: Reached | Dates, kind: WayOn
) -> NearerScore | None:
    """A target that asks no more than `exactly`; None where none lies in between."""
    pace: Pace = score.room.pace
    value = easier_step(score.instrument, exactly, towards=pace.towards)
    target, percent = as_asked(score, value)
    if target is None or score.yardstick is None:
        return None
    measure = msgspec.structs.replace(score.measure, target=target)
    return NearerScore(
        proposal=NewTarget(measure=measure, due_on=by.due_on),
        due_on=by.due_on,
        new=reaching_step(score.instrument, target_value(measure), towards=pace.towards),
        percent=percent,
        baseline=score.measure.baseline,
        start=score.room.latest,
        old=score.room.target,
        exactly=exactly,
        by=by,
        pace=pace,
        yardstick=score.yardstick,
        kind=kind,
    )


def as_asked(
    score: ScoreRoom, value: float
) -> tuple[TargetValue | TargetPercent | None, float | None]:
    """A score as the goal's own kind of target: a percentage stays one, in fives where it can.

    A band becomes the score itself, because what lies between two bands is none.
    """
    baseline = score.measure.baseline
    if isinstance(score.measure.target, TargetPercent):
        exact = (value / baseline - 1) * 100
        for grain in GRAINS:
            percent = easier_multiple(exact, grain)
            if score.is_between(round(baseline * (1 + percent / 100), 6)):
                return TargetPercent(percent=percent), percent
    if score.is_between(value):
        return TargetValue(value=value), None
    return None, None
