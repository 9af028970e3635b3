"""What a goal measures, and how far along it is: pure arithmetic over numbers and days."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, assert_never

import msgspec
from msgspec import Meta

from events import instruments
from events.decider import ValueRefused

# Stored measures are decoded within these limits: widen them if need be, never narrow them.
# The smallest amount keeps every share of it finite.
Amount = Annotated[float, Meta(ge=0.01, le=1440)]
ScoreValue = Annotated[float, Meta(ge=-1000, le=1000)]
DAYS_PER_WEEK = 7
# Sums of tenths miss the whole by some 1e-16: eight times 0.1 is as much as 0.8.
ROUNDING = 1e-9


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


class Score(msgspec.Struct, frozen=True, kw_only=True, tag="score", forbid_unknown_fields=True):
    """An instrument's total is to go from a baseline to a target."""

    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    baseline: ScoreValue
    target: TargetValue | TargetPercent


class Frequency(
    msgspec.Struct, frozen=True, kw_only=True, tag="frequency", forbid_unknown_fields=True
):
    """Something is to be done so many times, or for so many minutes, each day or week.

    `reserve` is how many periods may stay empty without anything being lost: an emergency
    reserve helps people to carry on (Sharif & Shu). `baseline` is what was done per period before.
    """

    amount: Amount
    unit: Literal["times", "minutes"]
    per: Literal["day", "week"]
    reserve: Annotated[int, Meta(ge=0, le=366)] = 0
    baseline: Annotated[float, Meta(ge=0, le=1440)] = 0.0


Measure = Score | Frequency


class TargetNotTowardsHealth(ValueRefused):
    """The target must lie on the healthier side of the baseline for this instrument."""

    field = "target"


class TargetOutsideTheInstrument(ValueRefused):
    """The baseline and the target must lie within the instrument's range."""

    field = "target"


class ReserveTooLarge(ValueRefused):
    """The reserve must leave at least one day or week in which the goal is practised."""

    field = "reserve"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far along a goal is.

    `fraction` lies between 0 and 1; `unclamped` is the plain value, below 0 where things got
    worse and above 1 beyond the target. `latest` is the last score, or the amount done so far.
    `entries` counts the evidence; `periods_met` of `periods` belongs to frequency measures.
    """

    fraction: float = 0.0
    unclamped: float = 0.0
    latest: float | None = None
    entries: int = 0
    periods_met: int = 0
    periods: int = 0

    @property
    def target_met(self) -> bool:
        return self.fraction >= 1.0


def target_value(measure: Score) -> float:
    """The score to arrive at, in millionths of a point: baseline x (1 + percent / 100).

    Rounded, because 25 less 56 percent is 11 and 25 * 0.44 is not, and because a target that
    lies closer to its baseline could not be told from it.
    """
    match measure.target:
        case TargetValue(value=value):
            return round(value, 6)
        case TargetPercent(percent=percent):
            return round(measure.baseline * (1 + percent / 100), 6)
        case _:
            assert_never(measure.target)


def periods(measure: Frequency, starts_on: date, due_on: date) -> int:
    """How many days, or whole weeks, the goal runs; both ends count and there is at least one."""
    days = (due_on - starts_on).days + 1
    return max(1, days if measure.per == "day" else days // DAYS_PER_WEEK)


def require_sound(measure: Measure, starts_on: date, due_on: date) -> None:
    """Raises a ValueRefused where the numbers of a measure can not be meant."""
    match measure:
        case Score():
            instrument = instruments.named(measure.instrument)
            target = target_value(measure)
            if not (instrument.admits(measure.baseline) and instrument.spans(target)):
                raise TargetOutsideTheInstrument
            gain = target - measure.baseline
            if not (gain < 0 if instrument.better == "lower" else gain > 0):
                raise TargetNotTowardsHealth
        case Frequency():
            if measure.reserve >= periods(measure, starts_on, due_on):
                raise ReserveTooLarge
        case _:
            assert_never(measure)


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
    measure: Frequency, by_day: Mapping[date, float], entries: int, starts_on: date, due_on: date
) -> Progress:
    """Credit for every period, partial credit included, over the periods asked for.

    Each period gives min(1, done / amount); the sum is divided by the periods less the reserve.
    `unclamped` is the whole amount done over the whole amount asked for. Days outside the goal's
    time do not count. Whole weeks are counted from the first day; what is left over at the end
    belongs to the last week.
    """
    count = periods(measure, starts_on, due_on)
    length = 1 if measure.per == "day" else DAYS_PER_WEEK
    done: dict[int, list[float]] = {}
    for day, amount in by_day.items():
        if starts_on <= day <= due_on:
            nth = min((day - starts_on).days // length, count - 1)
            done.setdefault(nth, []).append(amount)
    asked = count - measure.reserve
    shares = [share_of(measure, amounts) for amounts in done.values()]
    credit = math.fsum(shares)
    # fsum is exact, so that the order in which days come says nothing.
    total = math.fsum(amount for amounts in done.values() for amount in amounts)
    return Progress(
        fraction=min(1.0, credit / asked),
        unclamped=total / (measure.amount * asked),
        latest=total if entries else None,
        entries=entries,
        periods_met=sum(share >= 1.0 for share in shares),
        periods=count,
    )


def share_of(measure: Frequency, amounts: Sequence[float]) -> float:
    """How much of one period's amount was done: 0 to 1."""
    share = math.fsum(amounts) / measure.amount
    return 1.0 if share > 1.0 - ROUNDING else share
