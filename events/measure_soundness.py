"""Whether a measure can be meant: what its numbers have to be, and what a band stands for."""

from datetime import date
from typing import assert_never

import msgspec

from events import instruments
from events.decider import StateRefused, ValueRefused
from events.instruments import Instrument
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    RelativeFrequency,
    Score,
    TargetBand,
    fed_by_moods,
    period_days,
    periods,
    target_rate,
    target_value,
)
from events.moment import believable_day

NON_CLINICAL = "non_clinical"
LONGEST_BASELINE_DAYS = 366


class TargetNotTowardsHealth(ValueRefused):
    """The target lies on the healthier side of the baseline for this instrument: choose another."""

    field = "target"


class TargetOutsideTheInstrument(ValueRefused):
    """The baseline and the target lie within the instrument's range: check both."""

    field = "target"


class UnknownBand(ValueRefused):
    """This instrument has no band of this id: choose one of those it lists, or non_clinical."""

    field = "band"


class CutOffUnknown(ValueRefused):
    """No cut-off is known for this instrument: choose one of its bands, or set the practice's norms."""  # noqa: E501 - one sentence, read by people

    field = "band"


class BandReachedAlready(ValueRefused):
    """The baseline lies in this band already, or beyond it: choose a healthier band, or a value."""

    field = "band"


class BandValueDiffers(ValueRefused):
    """The score that a band stands for is looked up: leave its value out."""

    field = "value"


class ReserveTooLarge(ValueRefused):
    """The reserve leaves one day or week to practise on, or more: take a smaller one."""

    field = "reserve"


class MinimumTooLarge(ValueRefused):
    """The minimum version is smaller than the amount: it is the step for a hard day."""

    field = "minimum"


class MoodEntriesAreCounted(ValueRefused):
    """Mood entries are counted, not timed: use the unit times."""

    field = "unit"


class MoodEntriesCountFromToday(ValueRefused):
    """A goal that mood entries count for starts today or after: leave out its first day."""

    field = "starts_on"


class MoodEntriesOrCheckIns(StateRefused):
    """What counts for a goal, mood entries or check-ins, stays the same: replace the goal by a new one."""  # noqa: E501 - one sentence, read by people


class BaselineZero(ValueRefused):
    """A percentage of nothing is nothing: give a baseline above zero, or ask for so many times."""

    field = "baseline"


class TargetRateTooHigh(ValueRefused):
    """So much does not fit into a day or week: choose a smaller percentage."""

    field = "percent"


class BaselineUnclear(ValueRefused):
    """Give the baseline, or the day from which it is to be measured: one of the two."""

    field = "baseline"


class BaselineTimeTooShort(ValueRefused):
    """A measured baseline takes a week of days or more before the goal's first: begin it earlier, or move the goal on."""  # noqa: E501 - one sentence, read by people

    field = "baseline_from_on"


class BaselineTimeTooLong(ValueRefused):
    """A baseline is measured over no more than a year: begin it nearer to the goal."""

    field = "baseline_from_on"


class WindowLongerThanTheGoal(ValueRefused):
    """The days or weeks in a row that are looked at fit into the goal's time: take fewer."""

    field = "over_periods"


def resolved(measure: Measure, instrument: Instrument | None = None) -> Measure:
    """The measure with the score that its band stands for; one that has it already is kept.

    `instrument` has the practice's numbers laid over its own. Raises what `band_value` refuses.
    """
    if not (isinstance(measure, Score) and isinstance(measure.target, TargetBand)):
        return measure
    if measure.target.value is not None:
        return measure
    value = band_value(instrument or instruments.named(measure.instrument), measure.target.band)
    target = TargetBand(band=measure.target.band, value=value)
    return msgspec.structs.replace(measure, target=target)


def require_band_value(measure: Measure, instrument: Instrument) -> None:
    """Raises BandValueDiffers where a value was sent with a band that is not the band's."""
    if isinstance(measure, Score) and isinstance(measure.target, TargetBand):
        value = measure.target.value
        if value is not None and value != band_value(instrument, measure.target.band):
            raise BandValueDiffers


def band_value(instrument: Instrument, band: str) -> float:
    """The score of a band that is nearest from the side of illness.

    Raises UnknownBand, and CutOffUnknown where nothing says what is non-clinical.
    """
    if band == NON_CLINICAL:
        if instrument.non_clinical is None:
            raise CutOffUnknown
        return instrument.non_clinical
    for known in instrument.bands:
        if known.id == band:
            return known.maximum if instrument.better == "lower" else known.minimum
    raise UnknownBand


def require_sound(measure: Measure, starts_on: date, due_on: date) -> None:
    """Raises a ValueRefused where the numbers of a resolved measure can not be meant."""
    match measure:
        case Score():
            require_sound_score(measure)
        case Frequency():
            require_sound_frequency(measure, starts_on, due_on)
        case RelativeFrequency():
            require_sound_increase(measure, starts_on, due_on)
        case Count() | Milestone():
            pass
        case _:
            assert_never(measure)


def require_sound_score(measure: Score) -> None:
    instrument = instruments.named(measure.instrument)
    is_band = isinstance(measure.target, TargetBand)
    target = target_value(measure)
    if not (instrument.admits(measure.baseline) and instrument.spans(target)):
        raise TargetOutsideTheInstrument
    gain = target - measure.baseline
    if not (gain < 0 if instrument.better == "lower" else gain > 0):
        raise BandReachedAlready if is_band else TargetNotTowardsHealth


def require_sound_frequency(measure: Frequency, starts_on: date, due_on: date) -> None:
    if measure.reserve >= periods(measure, starts_on, due_on):
        raise ReserveTooLarge
    if measure.minimum is not None and measure.minimum >= measure.amount:
        raise MinimumTooLarge
    if fed_by_moods(measure) and measure.unit != "times":
        raise MoodEntriesAreCounted


def require_sound_increase(measure: RelativeFrequency, starts_on: date, due_on: date) -> None:
    baseline, from_on = measure.baseline, measure.baseline_from_on
    if (baseline is None) is (from_on is None):
        raise BaselineUnclear
    if baseline is not None:
        # In millionths, like the target: what can not be told from the baseline is no aim.
        if target_rate(measure, baseline) <= baseline:
            raise BaselineZero
        if target_rate(measure, baseline) > 1440 * period_days(measure):
            raise TargetRateTooHigh
    if from_on is not None:
        days = (starts_on - believable_day(from_on)).days
        if days < 7:
            raise BaselineTimeTooShort
        if days > LONGEST_BASELINE_DAYS:
            raise BaselineTimeTooLong
    if measure.over_periods * period_days(measure) > (due_on - starts_on).days + 1:
        raise WindowLongerThanTheGoal


def require_counted_from_now(measure: Measure, *, starts_on: date, today: date) -> None:
    """Raises MoodEntriesCountFromToday: of earlier entries the newest few alone are known."""
    if fed_by_moods(measure) and starts_on < today:
        raise MoodEntriesCountFromToday


def require_same_source(before: Measure, after: Measure) -> None:
    """Raises MoodEntriesOrCheckIns where other entries would count than did before."""
    if fed_by_moods(before) is not fed_by_moods(after):
        raise MoodEntriesOrCheckIns
