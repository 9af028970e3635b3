"""Where a goal stands when a worker looks at it: what its suggestions are computed from."""

from datetime import date, datetime
from math import fsum
from typing import Literal, assert_never

import msgspec

from events import instruments
from events.change import Yardstick, yardstick_of
from events.goal import Goal
from events.instruments import Instrument
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Progress,
    RelativeFrequency,
    Score,
    target_value,
)
from events.moment import day_of
from events.practice import Practice
from events.progress import counted_from, periods_asked
from projections.goal_progress import evidence, progress_until
from projections.goal_status import GoalStatus, excused_days
from workers.pace import ROUNDING

MOVED_FRACTION = 0.1
MOST_REVIEWS = 2
NEAR_FRACTION = 0.9

Shape = Literal["moved", "little", "unrecorded", "met"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A score, or an amount done, on a day of the goal's zone, and its position in the log."""

    on: date
    amount: float
    position: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A goal, the entries that count for it in the order of their days, and their reader's words.

    `baseline_positions` are those of the earlier entries that a measured baseline is made of.
    `position` is the last position of the log that was looked at, `today` the day in the goal's
    zone, `language` what the client prefers to read, `practice` how theirs has chosen to work, and
    `resting` the days of the goal's time for which nothing is asked.
    """

    status: GoalStatus
    progress: Progress
    entries: tuple[Entry, ...]
    baseline_positions: tuple[int, ...] = ()
    language: str
    practice: Practice
    position: int
    today: date
    resting: frozenset[date]

    @property
    def goal(self) -> Goal:
        return self.status.goal

    @property
    def measure(self) -> Measure:
        return self.status.measure

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(sorted((*self.baseline_positions, *(one.position for one in self.entries))))

    @property
    def yardstick(self) -> Yardstick | None:
        """What tells a change of the goal's scores from measurement error, where that is known."""
        if not isinstance(self.goal.measure, Score):
            return None
        return yardstick_of(self.instrument(self.goal.measure))

    def instrument(self, measure: Score) -> Instrument:
        """The instrument of a score, with the practice's own numbers."""
        return instruments.with_norms(
            instruments.named(measure.instrument), self.practice.norms.get(measure.instrument)
        )


def standing_of(
    status: GoalStatus, *, language: str, practice: Practice, position: int, now: datetime
) -> Standing:
    """What there is to go by: all that had happened before `now`, after the deadline, too."""
    goal, marks = status.goal, evidence(status, until=now)
    in_order = sorted(marks.values(), key=lambda mark: (mark.occurred_at, mark.founded))
    return Standing(
        status=status,
        progress=progress_until(status, now),
        entries=tuple(
            Entry(on=day_of(mark.occurred_at, goal.zone), amount=mark.value, position=mark.position)
            for mark in in_order
        ),
        baseline_positions=tuple(
            mark.position
            for mark in status.check_ins.values()
            if counted_from(status.measure, goal.starts_on) <= mark.on < goal.starts_on
        ),
        language=language,
        practice=practice,
        position=position,
        today=day_of(now, goal.zone),
        resting=excused_days(status),
    )


def amount_by_day(standing: Standing) -> dict[date, float]:
    """What was done on each day that has an entry."""
    done: dict[date, float] = {}
    for entry in standing.entries:
        done[entry.on] = done.get(entry.on, 0.0) + entry.amount
    return done


def shape_of(standing: Standing) -> Shape:
    """Which of four tales the record tells; people read no percentage unless something moved.

    A tenth of the way is the least that counts as movement: less is the size of chance. A score of
    the first day is where the client began: of what came after it nothing is recorded.
    """
    progress = standing.progress
    if not standing.entries:
        return "unrecorded"
    if progress.target_met:
        return "met"
    moved = progress.fraction >= MOVED_FRACTION
    first_day_alone = standing.entries[-1].on <= standing.goal.starts_on
    if isinstance(standing.measure, Score) and first_day_alone and not moved:
        return "unrecorded"
    match standing.measure:
        case Score():
            return "moved" if moved else "little"
        case Frequency() as measure:
            more = practised_per_period(standing, measure) > measure.baseline
            return "moved" if moved and more else "little"
        case RelativeFrequency():
            return "moved" if moved else "little"
        case Count() as measure:
            # What was done after the date is done as well: there is nothing left to plan.
            done = fsum(entry.amount for entry in standing.entries)
            if done > measure.amount - ROUNDING:
                return "met"
            return "moved" if done >= MOVED_FRACTION * measure.amount else "little"
        case Milestone():
            return "met"
        case _:
            assert_never(standing.measure)


def practised_per_period(standing: Standing, measure: Frequency) -> float:
    """The mean amount per day or week, empty ones included and rests left out."""
    goal = standing.goal
    unreserved = msgspec.structs.replace(measure, reserve=0)
    asked = periods_asked(unreserved, standing.resting, goal.starts_on, goal.due_on)
    return (standing.progress.latest or 0.0) / asked


def is_told_from_error(standing: Standing) -> bool:
    """Whether a score has moved by more than the measure's own error, as far as that is known."""
    measure, yardstick = standing.measure, standing.yardstick
    if not isinstance(measure, Score) or yardstick is None or not standing.entries:
        return False
    return yardstick.movement(measure.baseline, standing.entries[-1].amount) == "better"


def is_near(standing: Standing) -> bool:
    """Whether a tenth of the way is left, or less, of a way that can be told from error."""
    measure = standing.measure
    if isinstance(measure, Score) and not is_told_from_error(standing):
        return False
    fraction = standing.progress.fraction
    if isinstance(measure, Count):
        fraction = fsum(entry.amount for entry in standing.entries) / measure.amount
    return fraction >= NEAR_FRACTION - ROUNDING


def towards_health(measure: Score) -> int:
    """+1 where a healthier score is a higher one, -1 where it is a lower one."""
    return 1 if target_value(measure) > measure.baseline else -1


def is_old(standing: Standing, on: date) -> bool:
    """Whether more than two reviews have gone by since a day: where things were is no news then."""
    return (standing.today - on).days > MOST_REVIEWS * standing.goal.review_every_days
