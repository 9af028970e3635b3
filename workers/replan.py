"""Ways on from a deadline that has passed: what could be revised, before anybody words it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from events.change import Yardstick
from events.deadline import LONGEST_GOAL_DAYS
from events.measure import Count, Frequency, RelativeFrequency, Score
from events.moment import LATEST_YEAR
from events.suggestion import NewDeadline, NewTarget, WayOn
from workers.pace import ROUNDING, Pace

MOST_WEEKS_AHEAD = 26


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """When a distance is crossed, counted from `from_on`: by the pace, and by its slower end.

    `sooner_on` and `slower_on` are those days. `due_on` is proposed: the first day whole weeks
    after `after_on`, which is the old deadline, that is not before `slower_on` and leaves a week,
    today included.
    """

    distance: float
    from_on: date
    weeks: float
    sooner_on: date
    slower_weeks: float
    slower_on: date
    due_on: date
    after_on: date

    @property
    def is_put_off(self) -> bool:
        """Whether a whole week sooner would do, but for being gone by or too near."""
        sooner = self.due_on - timedelta(weeks=1)
        return self.slower_on <= sooner and self.after_on < sooner


class MoreTime(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the target of a score, a rate or a count: the pace so far reaches it by `due_on`.

    `start` is the latest score, the rate of late, or what was done. `yardstick` is there where the
    target lies within the instrument's own error of the baseline.
    """

    proposal: NewDeadline
    measure: Score | RelativeFrequency | Count
    dates: Dates
    pace: Pace
    baseline: float = 0.0
    start: float
    target: float
    yardstick: Yardstick | None = None
    kind: WayOn = "more_time"

    @property
    def due_on(self) -> date:
        return self.dates.due_on


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What the pace, and the slower end of its interval, come to so many weeks after `from_on`.

    The slower end's is proposed, as it is of dates: the same end makes ways on that agree.
    """

    from_on: date
    weeks: float
    value: float
    slower_value: float
    due_on: date


class NearerScore(msgspec.Struct, frozen=True, kw_only=True):
    """A nearer target first. `new` is the total that reaches it, `percent` where it is one.

    It follows from what the pace reaches by a day, from the latest score on, which is `start`, or
    else is halfway to the old target. `yardstick` tells it from the instrument's own error.
    """

    proposal: NewTarget
    due_on: date
    new: float
    percent: float | None
    baseline: float
    start: float
    old: float
    exactly: float
    by: Reached | Dates
    pace: Pace
    yardstick: Yardstick
    kind: WayOn


class NearerRate(msgspec.Struct, frozen=True, kw_only=True):
    """A smaller increase first: `new` per day or week is the percentage more than before.

    It follows from what the pace reaches by a day, from the rate of late on, which is `start`, or
    else is halfway from there to the old one.
    """

    proposal: NewTarget
    due_on: date
    measure: RelativeFrequency
    new: float
    start: float
    old: float
    exactly: float
    by: Reached | Dates
    pace: Pace
    kind: WayOn


class NearerCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was done so far, and as much in the same time again, before the rest.

    `per_week` is the pace so far, and is taken for the `weeks_ahead` from `from_on`.
    """

    proposal: NewTarget
    due_on: date
    measure: Count
    done: float
    from_on: date
    per_week: float
    weeks_ahead: float
    kind: WayOn = "milestone"


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """The whole days or weeks to come from `from_on` until a way on is due.

    `asked` of them are asked for, which may end on a part of one, and `free` may stay empty.
    """

    from_on: date
    periods: int
    asked: float
    free: int


class MorePeriods(msgspec.Struct, frozen=True, kw_only=True):
    """Keep the amount; the days or weeks still asked for fit in until this day, at the own pace.

    What is crossed, and paced, are days' or weeks' worth of what was planned: `asked` in all, of
    which `counted` are there. `dates.after_on` is the goal's first day.
    """

    proposal: NewTarget
    dates: Dates
    asked: float
    counted: float
    ahead: Ahead
    pace: Pace
    measure: Frequency
    kind: WayOn = "more_time"

    @property
    def due_on(self) -> date:
        return self.dates.due_on


class SmallerStep(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for the amount that was in fact kept, in as large a share of the time as it was.

    `kept_in` of the `count` days or whole weeks there were had that much; rest days are left out,
    and so are the `left_over` days after the last whole week.
    """

    proposal: NewTarget
    due_on: date
    kept_in: int
    count: int
    left_over: int
    ahead: Ahead
    measure: Frequency
    kind: WayOn = "smaller_step"


Way = MoreTime | NearerScore | NearerRate | NearerCount | MorePeriods | SmallerStep
Lacking = Literal["entries", "pace", "date", "news", "once", "near", "there"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The ways on, the numbers they came from by name, and the formula that joins them.

    `lacking` says why there is no way to propose, so that it is best to talk first: too little on
    record to plan with ("entries"), a record that does not lead to the target ("pace") or leads
    there by no date that could be told ("date"), a latest entry that is too old to start from
    ("news"), a measure that is done once and has no pace ("once"), a small part of the way that is
    left ("near"), or none of it, counting what came after the date ("there").
    """

    ways: Sequence[Way] = ()
    numbers: dict[str, float] = {}
    formula: str
    lacking: Lacking | None = None


def latest_day(starts_on: date, today: date) -> date:
    """The last day a proposal may name: half a year ahead, and within what a goal may take."""
    return min(
        today + timedelta(weeks=MOST_WEEKS_AHEAD),
        starts_on + timedelta(days=LONGEST_GOAL_DAYS),
        date(LATEST_YEAR, 12, 31),
    )


def length_again(starts_on: date, due_on: date) -> int:
    """The goal's length in whole weeks, rounded up; at most half a year."""
    weeks = -(-(due_on - starts_on).days // 7)
    return min(MOST_WEEKS_AHEAD, max(1, weeks))


def undominated(ways: Sequence[tuple[Way, float]]) -> list[Way]:
    """The ways on, each told with how much it asks, without those that another makes pointless.

    A way is pointless where another asks as much or more by the same day or a sooner one.
    """
    found: list[Way] = []
    for nth, (way, asks) in enumerate(ways):
        others = [one for other, one in enumerate(ways) if other != nth]
        if not any(
            more >= asks - ROUNDING
            and other.due_on <= way.due_on
            and (more > asks + ROUNDING or other.due_on < way.due_on or other in found)
            for other, more in others
        ):
            found.append(way)
    return found
