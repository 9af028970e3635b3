"""What a goal measures: the kinds of measure, the numbers each is made of, and progress."""

from datetime import date
from typing import Annotated, ClassVar, Literal, assert_never

import msgspec
from msgspec import Meta

# Stored measures are decoded within these limits: widen them if need be, never narrow them.
# The smallest amount keeps every share of it finite.
Amount = Annotated[float, Meta(ge=0.01, le=1440)]
ScoreValue = Annotated[float, Meta(ge=-1000, le=1000)]
Unit = Literal["times", "minutes"]
Per = Literal["day", "week"]
Source = Literal["check_ins", "mood_entries"]
DAYS_PER_WEEK = 7


class TargetValue(
    msgspec.Struct, frozen=True, kw_only=True, tag="value", forbid_unknown_fields=True
):
    """A score to arrive at, in the instrument's own points."""

    value: ScoreValue


class TargetPercent(
    msgspec.Struct, frozen=True, kw_only=True, tag="percent_change", forbid_unknown_fields=True
):
    """A change relative to the baseline, in percent: -50 means half the score."""

    percent: Annotated[float, Meta(ge=-100, le=1000)]


class TargetBand(msgspec.Struct, frozen=True, kw_only=True, tag="band", forbid_unknown_fields=True):
    """A band of the instrument to arrive in, or the non-clinical side of its cut-off.

    `value` is the band's nearest score. Leave it out: it is looked up when the target is set, and
    kept, so that a target stays where it is when a practice changes its norms.
    """

    band: Annotated[str, Meta(min_length=1, max_length=40)]
    value: ScoreValue | None = None


class Score(msgspec.Struct, frozen=True, kw_only=True, tag="score", forbid_unknown_fields=True):
    """An instrument's total is to go from a baseline to a target."""

    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    baseline: ScoreValue
    target: TargetValue | TargetPercent | TargetBand


class Frequency(
    msgspec.Struct, frozen=True, kw_only=True, tag="frequency", forbid_unknown_fields=True
):
    """Something is to be done so many times, or for so many minutes, each day or week.

    `reserve` is how many periods may stay empty without anything being lost: an emergency
    reserve helps people to carry on (Sharif & Shu). `baseline` is what was done per period before.
    `minimum` is the version for a hard day: whoever does that much is given at least
    `minimum_credit`, a share of the day or week. With the source mood_entries every mood entry
    counts as one time, and there are no check-ins.
    """

    # What the first release did not have, for events.record.digest.
    LATER: ClassVar = ("source", "minimum", "minimum_credit")

    amount: Amount
    unit: Unit
    per: Per
    reserve: Annotated[int, Meta(ge=0, le=366)] = 0
    baseline: Annotated[float, Meta(ge=0, le=1440)] = 0.0
    source: Source = "check_ins"
    minimum: Amount | None = None
    minimum_credit: Annotated[float, Meta(ge=0, le=1)] = 0.5


class RelativeFrequency(
    msgspec.Struct, frozen=True, kw_only=True, tag="relative_frequency", forbid_unknown_fields=True
):
    """Something is to be done so many percent more often, or longer, than before.

    `baseline` is the rate per day or week; without it the baseline is measured, from the
    check-ins of the days from `baseline_from_on` to the day before the goal's first. The rate
    that counts is a level, that of the last `over_periods` days or weeks, and the goal is judged
    at its date. The more of them, the smaller is chance: where nothing has changed from 3 times a
    week, a last week has 25 percent more in 35 of 100 cases, two in 26, four in 18 (Poisson).
    """

    percent: Annotated[float, Meta(ge=1, le=1000)]
    unit: Unit
    per: Per
    baseline: Annotated[float, Meta(ge=0, le=1440)] | None = None
    baseline_from_on: date | None = None
    over_periods: Annotated[int, Meta(ge=1, le=52)] = 2


class Count(msgspec.Struct, frozen=True, kw_only=True, tag="count", forbid_unknown_fields=True):
    """So much is to be done in all by the date, no matter on which days."""

    amount: Annotated[float, Meta(ge=0.01, le=100_000)]
    unit: Unit = "times"


class Milestone(
    msgspec.Struct, frozen=True, kw_only=True, tag="milestone", forbid_unknown_fields=True
):
    """One thing is to be done once by the date: a check-in says that it was."""


Measure = Score | Frequency | RelativeFrequency | Count | Milestone


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far along a goal is.

    `fraction` lies between 0 and 1; `unclamped` is the plain value, below 0 where things got
    worse and above 1 beyond the target. `latest` is the last score, the amount done so far, or
    the rate of the last days or weeks. `entries` counts the evidence. `periods_met` of `periods`
    (and `periods_partly`, where a part was done) belong to frequency measures; `excused` counts
    the days for which nothing was asked. `baseline` and `target` are rates, where a rate is to
    rise.
    """

    fraction: float = 0.0
    unclamped: float = 0.0
    latest: float | None = None
    entries: int = 0
    periods_met: int = 0
    periods: int = 0
    periods_partly: int = 0
    excused: int = 0
    baseline: float | None = None
    target: float | None = None

    @property
    def target_met(self) -> bool:
        return self.fraction >= 1.0


def is_behaviour(measure: Measure) -> bool:
    """Whether the measure is of what somebody does, and not of how they feel."""
    return not isinstance(measure, Score)


def ends_when_met(measure: Measure) -> bool:
    """Whether the goal is reached as soon as this is done, before its date.

    What is to be kept up, or is a level, is judged at the date.
    """
    return isinstance(measure, Count | Milestone)


def fed_by_moods(measure: Measure | None) -> bool:
    """Whether mood entries are this measure's evidence, in the place of check-ins."""
    return isinstance(measure, Frequency) and measure.source == "mood_entries"


def target_value(measure: Score) -> float:
    """The score to arrive at, in millionths of a point: baseline x (1 + percent / 100).

    Rounded, because 25 less 56 percent is 11 and 25 * 0.44 is not, and because a target that
    lies closer to its baseline could not be told from it. A band has its value since it was set.
    """
    match measure.target:
        case TargetValue(value=value):
            return round(value, 6)
        case TargetPercent(percent=percent):
            return round(measure.baseline * (1 + percent / 100), 6)
        case TargetBand(value=value):
            if value is None:
                raise ValueError("this band has not been resolved")
            return round(value, 6)
        case _:
            assert_never(measure.target)


def target_rate(measure: RelativeFrequency, baseline: float) -> float:
    """The rate to arrive at, per day or week, in millionths: baseline x (1 + percent / 100)."""
    return round(baseline * (1 + measure.percent / 100), 6)


def period_days(measure: Frequency | RelativeFrequency) -> int:
    """How many days a period has."""
    return 1 if measure.per == "day" else DAYS_PER_WEEK


def periods(measure: Frequency | RelativeFrequency, starts_on: date, due_on: date) -> int:
    """How many days, or whole weeks, the goal runs; both ends count and there is at least one."""
    days = (due_on - starts_on).days + 1
    return max(1, days // period_days(measure))


def asking(measure: Frequency, amount: float) -> Frequency:
    """The same measure with another amount; a minimum version that is no less goes."""
    minimum = measure.minimum
    if minimum is not None and minimum >= amount:
        minimum = None
    return msgspec.structs.replace(measure, amount=amount, minimum=minimum)
