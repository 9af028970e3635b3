"""Ways on for a score goal, from the client's own pace: more time, or a nearer target first."""

import msgspec

from events.change import Yardstick
from events.instruments import Instrument
from events.measure import Score, TargetPercent, TargetValue, target_value
from events.suggestion import NewDeadline, NewTarget, WayOn
from workers.pace import THIN, Point, pace_of
from workers.replan import Dates, Lacking, MoreTime, NearerScore, Plan, Reached, Way, undominated
from workers.room import LEAST_PERCENT, Room, easier_multiple, easier_step, reaching_step
from workers.standing import Standing, is_near, is_old, shape_of, towards_health

FORMULA = (
    "reached_at = the first score that reaches the target; weeks = |reached_at - latest| / "
    "pace_per_week; slower_weeks = |reached_at - latest| / pace_slower; reach = latest + direction "
    "* pace_slower * weeks; halfway = (latest + reached_at) / 2; weeks from the latest score on; "
    "each new target at least reliable_change from the baseline, step = max(2 steps of the "
    "instrument, reliable_change / 4) from the latest score, and max(step, |reached_at - latest| / "
    "4) from reached_at"
)
TOO_OLD = "no date is counted from a score that is more than two reviews old"
NOTHING_KNOWN = "latest = baseline until a score is recorded"
# A percentage is a multiple of five where there is one, else a whole number.
GRAINS = (5, 1)
# A step is two of the instrument's own, and a quarter of the reliable change, or more.
LEAST_STEPS = 2
LEAST_SHARE = 0.25


class ScoreRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The room to the target of a score, and what a nearer target has to keep to."""

    measure: Score
    instrument: Instrument
    yardstick: Yardstick | None
    room: Room

    def is_between(self, value: float) -> bool:
        """Whether a target lies beyond the error, a step from the latest score, and well nearer.

        What counts is the score that it takes to reach it, which is a step of the instrument.
        """
        taken = reaching_step(self.instrument, value, towards=self.room.pace.towards)
        if self.yardstick is None:
            return False
        least = max(
            LEAST_STEPS * self.instrument.step, self.yardstick.reliable_change * LEAST_SHARE
        )
        reliable = self.yardstick.movement(self.measure.baseline, value) == "better"
        return reliable and self.room.leaves_a_step(taken, least=least)


def plan_score(standing: Standing, measure: Score) -> Plan:
    """Ways on, given five scores over fourteen days whose interval points towards the target.

    The baseline is the first of them, on the goal's first day, unless a score is recorded then.
    """
    towards = towards_health(measure)
    entries = [Point(on=entry.on, value=entry.amount) for entry in standing.entries]
    numbers = {
        "baseline": measure.baseline,
        "target": target_value(measure),
        "reached_at": reaching_step(
            standing.instrument(measure), target_value(measure), towards=towards
        ),
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
        # Nobody scores a half: what is to go ends with the score that reaches the target.
        target=numbers["reached_at"],
        pace=pace,
        from_on=entries[-1].on,
        starts_on=standing.goal.starts_on,
        due_on=standing.goal.due_on,
        today=standing.today,
    )
    if shape_of(standing) != "moved" or not pace.points_there or room.remaining <= 0:
        lacking: Lacking = "near" if is_near(standing) else "pace"
        return Plan(numbers=numbers, formula=formula, lacking=lacking)
    if is_old(standing, entries[-1].on):
        return Plan(numbers=numbers, formula=f"{formula}; {TOO_OLD}", lacking="news")
    if not pace.is_clear:
        return Plan(numbers=numbers, formula=formula, lacking="date")
    ways = ways_of(
        ScoreRoom(
            measure=measure, instrument=standing.instrument(measure), yardstick=yardstick, room=room
        )
    )
    return Plan(
        ways=ways,
        numbers=numbers | {"remaining": room.remaining},
        formula=formula,
        lacking=None if ways else "date",
    )


def with_baseline(standing: Standing, measure: Score, entries: list[Point]) -> list[Point]:
    """The scores, the baseline among them: it is a score as well, of the goal's first day."""
    first_on = standing.goal.starts_on
    if any(one.on == first_on for one in entries):
        return entries
    return [Point(on=first_on, value=measure.baseline), *entries]


def ways_of(score: ScoreRoom) -> list[Way]:
    """The ways on by the slower end of the pace's interval, but those that another makes pointless.

    Where two are the same score, the one that follows from the pace says it.
    """
    room = score.room
    found: list[tuple[Way, float]] = []
    more, reached, half = more_time(score), what_is_reached(score), halfway(score)
    if more is not None:
        found.append((more, room.remaining))
    nearer_ways = [way for way in (reached, half) if way is not None]
    found += [(way, (way.new - room.latest) * room.pace.towards) for way in nearer_ways]
    if reached is not None and half is not None and reached.new == half.new:
        found.pop()
    return undominated(found)


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
        start=score.room.latest,
        target=target,
        yardstick=yardstick,
    )


def what_is_reached(score: ScoreRoom) -> NearerScore | None:
    """What the slower end reaches after another equal length, where that is short of the target."""
    by = score.room.reached_again()
    asked = None if by is None else as_asked(score, by.slower_value)
    if by is None or asked is None:
        return None
    return nearer(score, asked, by.slower_value, by=by, kind="smaller_target")


def halfway(score: ScoreRoom) -> NearerScore | None:
    """Half of what is to go: the graded step of task assignment, something nearer and sooner."""
    room = score.room
    exactly = round(room.latest + room.remaining / 2 * room.pace.towards, 2)
    asked = as_asked(score, exactly)
    dates = None if asked is None else room.dates_for(taken_at(score, asked))
    if asked is None or dates is None:
        return None
    return nearer(score, asked, exactly, by=dates, kind="milestone")


def taken_at(score: ScoreRoom, asked: Score) -> float:
    """The score that it takes to reach a target, which is a step of the instrument."""
    return reaching_step(score.instrument, target_value(asked), towards=score.room.pace.towards)


def nearer(
    score: ScoreRoom, asked: Score, exactly: float, *, by: Reached | Dates, kind: WayOn
) -> NearerScore | None:
    """A nearer target as a way on; None where nothing tells a change from error."""
    if score.yardstick is None:
        return None
    return NearerScore(
        proposal=NewTarget(measure=asked, due_on=by.due_on),
        due_on=by.due_on,
        new=taken_at(score, asked),
        percent=asked.target.percent if isinstance(asked.target, TargetPercent) else None,
        baseline=score.measure.baseline,
        start=score.room.latest,
        old=score.room.target,
        exactly=exactly,
        by=by,
        pace=score.room.pace,
        yardstick=score.yardstick,
        kind=kind,
    )


def as_asked(score: ScoreRoom, exactly: float) -> Score | None:
    """A measure that asks no more than `exactly`; None where none lies in between.

    A percentage stays one, in fives where it can. A band becomes the score itself, because what
    lies between two bands is none.
    """
    value = easier_step(score.instrument, exactly, towards=score.room.pace.towards)
    target: TargetValue | TargetPercent | None = as_a_percentage(score, value)
    if target is None and score.is_between(value):
        target = TargetValue(value=value)
    return None if target is None else msgspec.structs.replace(score.measure, target=target)


def as_a_percentage(score: ScoreRoom, value: float) -> TargetPercent | None:
    baseline, old = score.measure.baseline, score.measure.target
    if not isinstance(old, TargetPercent):
        return None
    for grain in GRAINS:
        percent = easier_multiple((value / baseline - 1) * 100, grain)
        is_less = abs(old.percent - percent) >= LEAST_PERCENT
        if is_less and score.is_between(round(baseline * (1 + percent / 100), 6)):
            return TargetPercent(percent=percent)
    return None
