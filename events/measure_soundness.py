"""Whether a measure can be meant: what its numbers have to be, and what a band stands for."""

from collections.abc import Callable
from datetime import date
from typing import assert_never

import msgspec

from events import instruments
from events.instruments import Instrument
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    RelativeFrequency,
    Score,
    TargetBand,
    TargetPercent,
    fed_by_moods,
    period_days,
    periods,
    target_rate,
    target_value,
)
from events.moment import believable_day
from events.refusals import StateRefused, ValueRefused, require_all, require_first

NON_CLINICAL = "non_clinical"
LONGEST_BASELINE_DAYS = 366
# As much as the smallest amount: a rate below it is nothing that anybody could be asked to raise.
LEAST_BASELINE = 0.01


class TargetNotTowardsHealth(ValueRefused):
    """The target does not lie on the healthier side of the baseline: choose one that does."""

    field = "measure/target"
    detail = (
        "The target does not lie on the healthier side of the baseline, which is the {side} one on "
        "this instrument: choose one that does."
    )


class BaselineOutsideTheInstrument(ValueRefused):
    """No score of this instrument is like this baseline: check its range and its steps."""

    field = "measure/baseline"
    detail = (
        "This instrument's scores go from {minimum} to {maximum} in steps of {step}, and the "
        "baseline is none of them: check the number."
    )


class TargetOutsideTheInstrument(ValueRefused):
    """The target lies outside this instrument's range: choose one within it."""

    field = "measure/target"
    detail = (
        "The target lies outside this instrument's range, {minimum} to {maximum}: choose one "
        "within it."
    )


class PercentOfNoZero(ValueRefused):
    """This instrument's scores have no zero to take a percentage of: ask for a value or a band."""

    field = "measure/target"


class UnknownBand(ValueRefused):
    """This instrument has no band of this id: choose one of those it lists, or non_clinical."""

    field = "measure/target/band"


class CutOffUnknown(ValueRefused):
    """No cut-off is known for this instrument: choose one of its bands, or set the practice's norms."""  # noqa: E501 - one sentence, read by people

    field = "measure/target/band"


class BandReachedAlready(ValueRefused):
    """The baseline lies in this band already, or beyond it: choose a healthier band, or a value."""

    field = "measure/target/band"


class BandValueDiffers(ValueRefused):
    """The value sent with the band is not the score it stands for here: leave it out."""

    field = "measure/target/value"


class ReserveTooLarge(ValueRefused):
    """The reserve leaves no day or week of the goal to practise on: take a smaller one."""

    field = "measure/reserve"


class MinimumTooLarge(ValueRefused):
    """The minimum version is no smaller than the amount: lower it, for it is the step of a hard day."""  # noqa: E501 - one sentence, read by people

    field = "measure/minimum"


class MoodEntriesAreCounted(ValueRefused):
    """Mood entries have no minutes to add up: use the unit times."""

    field = "measure/unit"


class MoodEntriesCountFromToday(ValueRefused):
    """The goal starts before today, and earlier mood entries do not count: leave out its first day."""  # noqa: E501 - one sentence, read by people

    field = "starts_on"


class MoodEntriesOrCheckIns(StateRefused):
    """Mood entries would count in place of check-ins, or check-ins of mood entries: replace the goal by a new one."""  # noqa: E501 - one sentence, read by people


class BaselineZero(ValueRefused):
    """A percentage of this baseline is nothing: give a higher one, or ask for so many times."""

    field = "measure/baseline"


class TargetRateTooHigh(ValueRefused):
    """So much does not fit into a day or week: choose a smaller percentage."""

    field = "measure/percent"


class BaselineUnclear(ValueRefused):
    """Neither a baseline was given nor a day from which to measure it, or both were: send one of the two."""  # noqa: E501 - one sentence, read by people

    field = "measure/baseline"


class BaselineTimeTooShort(ValueRefused):
    """Fewer than seven days lie between the first day of the baseline and that of the goal: begin the baseline earlier, or move the goal on."""  # noqa: E501 - one sentence, read by people

    field = "measure/baseline_from_on"


class BaselineTimeTooLong(ValueRefused):
    """The baseline would be measured over more than a year: begin it nearer to the goal."""

    field = "measure/baseline_from_on"


class WindowLongerThanTheGoal(ValueRefused):
    """The days or weeks that are looked at do not fit into the goal's time: take fewer of them."""

    field = "measure/over_periods"


def resolved(measure: Measure, instrument: Instrument | None = None) -> Measure:
    """The measure as it is set: with the score that its band stands for, unless it has it already.

    `instrument` has the practice's numbers laid over its own. Raises what `band_value` refuses,
    and PercentOfNoZero: a goal that was set to a percentage of a T-score before that was refused
    goes on, until its target is revised. A baseline that can not be meant is told beside these.
    """
    if not isinstance(measure, Score):
        return measure
    match measure.target:
        case TargetPercent():
            known = instruments.named(measure.instrument)
            require_target(measure, known, lambda: require_zero(known))
            return measure
        case TargetBand(band=band, value=None):
            known = instrument or instruments.named(measure.instrument)
            require_target(measure, known, lambda: band_value(known, band))
            target = TargetBand(band=band, value=band_value(known, band))
            return msgspec.structs.replace(measure, target=target)
        case _:
            return measure


def require_target(measure: Score, instrument: Instrument, rule: Callable[[], object]) -> None:
    """Ask a rule about a target; where it is broken the baseline is judged as well."""
    require_first(rule, lambda: require_baseline(measure.baseline, instrument))


def require_zero(instrument: Instrument) -> None:
    """Raises PercentOfNoZero for an instrument of whose scores no percentage can be told."""
    if not instrument.zero_is_none:
        raise PercentOfNoZero


def require_band_value(measure: Measure, instrument: Instrument) -> None:
    """Raises BandValueDiffers where a value was sent with a band that is not the band's.

    A baseline that can not be meant is told beside it.
    """
    if not (isinstance(measure, Score) and isinstance(measure.target, TargetBand)):
        return
    band, value = measure.target.band, measure.target.value

    def is_of_the_band() -> None:
        if value is not None and value != band_value(instrument, band):
            raise BandValueDiffers

    require_target(measure, instrument, is_of_the_band)


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
    require_all(
        lambda: require_sound_numbers(measure, starts_on),
        lambda: require_baseline_said(measure),
        lambda: require_fits_the_time(measure, starts_on, due_on),
    )


def require_baseline_said(measure: Measure) -> None:
    """Raises BaselineUnclear where nobody has said what a rate is to rise from."""
    if isinstance(measure, RelativeFrequency) and (
        measure.baseline is None and measure.baseline_from_on is None
    ):
        raise BaselineUnclear


def require_fits_the_time(measure: Measure, starts_on: date, due_on: date) -> None:
    """Raises ReserveTooLarge, WindowLongerThanTheGoal."""
    match measure:
        case Frequency():
            if measure.reserve >= periods(measure, starts_on, due_on):
                raise ReserveTooLarge
        case RelativeFrequency():
            if measure.over_periods * period_days(measure) > (due_on - starts_on).days + 1:
                raise WindowLongerThanTheGoal
        case Score() | Count() | Milestone():
            pass
        case _:
            assert_never(measure)


def require_sound_anew(measure: Measure, starts_on: date | None) -> None:
    """As `require_sound_numbers`, of a measure that is not resolved yet."""
    require_sound_numbers(resolved(measure), starts_on)


def require_sound_numbers(measure: Measure, starts_on: date | None) -> None:
    """Raises a ValueRefused for what can not be meant whenever the goal is due.

    A rate's baseline may still be open. Without a first day (None: it is not known which) it is not
    judged how long before that the baseline is measured.
    """
    match measure:
        case Score():
            require_sound_score(measure)
        case Frequency():
            require_sound_frequency(measure)
        case RelativeFrequency():
            require_sound_increase(measure, starts_on)
        case Count() | Milestone():
            pass
        case _:
            assert_never(measure)


def require_sound_score(measure: Score) -> None:
    instrument = instruments.named(measure.instrument)
    # A percentage is one of the baseline: of a baseline that is none it comes to nothing.
    is_percent = isinstance(measure.target, TargetPercent)
    require_first(
        lambda: require_baseline(measure.baseline, instrument),
        *([] if is_percent else [lambda: require_within(measure, instrument)]),
    )
    require_within(measure, instrument)
    gain = target_value(measure) - measure.baseline
    if not (gain < 0 if instrument.better == "lower" else gain > 0):
        is_band = isinstance(measure.target, TargetBand)
        raise BandReachedAlready if is_band else TargetNotTowardsHealth(side=instrument.better)


def require_baseline(baseline: float, instrument: Instrument) -> None:
    """Raises BaselineOutsideTheInstrument."""
    if not instrument.admits(baseline):
        raise BaselineOutsideTheInstrument(
            minimum=instrument.minimum, maximum=instrument.maximum, step=instrument.step
        )


def require_within(measure: Score, instrument: Instrument) -> None:
    """Raises TargetOutsideTheInstrument."""
    if not instrument.spans(target_value(measure)):
        raise TargetOutsideTheInstrument(minimum=instrument.minimum, maximum=instrument.maximum)


def require_sound_frequency(measure: Frequency) -> None:
    require_all(lambda: require_smaller_minimum(measure), lambda: require_countable(measure))


def require_smaller_minimum(measure: Frequency) -> None:
    """Raises MinimumTooLarge."""
    if measure.minimum is not None and measure.minimum >= measure.amount:
        raise MinimumTooLarge


def require_countable(measure: Frequency) -> None:
    """Raises MoodEntriesAreCounted."""
    if fed_by_moods(measure) and measure.unit != "times":
        raise MoodEntriesAreCounted


def require_sound_increase(measure: RelativeFrequency, starts_on: date | None) -> None:
    baseline, from_on = measure.baseline, measure.baseline_from_on
    if baseline is not None and from_on is not None:
        raise BaselineUnclear
    if baseline is not None:
        # In millionths, like the target: what can not be told from the baseline is no aim.
        if baseline < LEAST_BASELINE or target_rate(measure, baseline) <= baseline:
            raise BaselineZero
        if target_rate(measure, baseline) > 1440 * period_days(measure):
            raise TargetRateTooHigh
    if from_on is not None:
        believable_day(from_on, "measure/baseline_from_on")
    if from_on is not None and starts_on is not None:
        days = (starts_on - from_on).days
        if days < 7:
            raise BaselineTimeTooShort
        if days > LONGEST_BASELINE_DAYS:
            raise BaselineTimeTooLong


def require_counted_from_now(measure: Measure, *, starts_on: date, today: date) -> None:
    """Raises MoodEntriesCountFromToday: of earlier entries the newest few alone are known."""
    if fed_by_moods(measure) and starts_on < today:
        raise MoodEntriesCountFromToday


def require_same_source(before: Measure, after: Measure) -> None:
    """Raises MoodEntriesOrCheckIns where other entries would count than did before."""
    if fed_by_moods(before) is not fed_by_moods(after):
        raise MoodEntriesOrCheckIns
