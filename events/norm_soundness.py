"""Whether a practice's norms can be meant: numbers of an instrument that agree with each other."""

from math import sqrt

from events.change import TOLERANCE, yardstick_of
from events.instruments import Band, Instrument, is_split_at_the_cut_off, with_norms
from events.measure_soundness import NON_CLINICAL
from events.practice_choices import Norms
from events.refusals import Refusals, ValueRefused, require_all


class CutOffOutsideTheInstrument(ValueRefused):
    """The cut-off lies outside the range of the instrument: check the number."""

    field = "cut_off"


class RemissionOutsideTheInstrument(ValueRefused):
    """The remission lies outside the range of the instrument: check the number."""

    field = "remission"


class CutOffLeavesNobodyHealthy(ValueRefused):
    """No score lies on the healthy side of this cut-off: choose another."""

    field = "cut_off"


class RemissionIsClinical(ValueRefused):
    """A score in remission would lie on the clinical side of the cut-off: change one of the two."""

    field = "remission"
    detail = (
        "With a cut-off of {cut_off}, a score of {remission} is clinical, and it would be in "
        "remission too: change one of the two."
    )


class DeviationTooLarge(ValueRefused):
    """Scores of this instrument can not differ so much: check the standard deviation."""

    field = "standard_deviation"
    detail = (
        "No scores from {minimum} to {maximum} have so large a standard deviation; {most} is the "
        "largest there can be: check the number."
    )


class ReliableChangeTooLarge(ValueRefused):
    """No change on this instrument would ever be reliable: check the numbers."""

    field = "reliable_change"
    detail = (
        "A change would be reliable from {reliable_change} points, and the instrument's range has "
        "no more than {range}: check the numbers."
    )


class ReliableChangeTooSmall(ValueRefused):
    """Every change on this instrument would be reliable: check the numbers."""

    field = "reliable_change"
    detail = (
        "A change would be reliable from {reliable_change} points, so that one step of {step} "
        "always is, and measurement error never: check the numbers."
    )


class ResponseOfNoZero(ValueRefused):
    """This instrument's scores have no zero to take a percentage from: leave the percentage out."""

    field = "response_percent"


class ReliabilityLeftOut(ValueRefused):
    """It is said how the reliability was found, and not what it is: say `reliability` as well."""

    field = "reliability_kind"


class BandsDoNotCoverTheRange(ValueRefused):
    """The bands leave a gap, overlap, or end too soon: let them cover the whole range, the lowest first."""  # noqa: E501 - one sentence, read by people

    field = "bands"
    detail = (
        "The bands have to cover {minimum} to {maximum} without a gap, the lowest first, and each "
        "begins {step} above the end of the one before: {expected} is expected here."
    )


class BandEndsNowhere(ValueRefused):
    """A band ends before it begins, or where no total lies: check its ends."""

    field = "bands"


class BandIdTaken(ValueRefused):
    """Another band has this id, or it means the healthy side of the cut-off: choose another id."""

    field = "bands"


class BandsContradictTheCutOff(ValueRefused):
    """Two bands of this instrument meet at its cut-off: send the cut-off that they are meant for, or leave the bands out."""  # noqa: E501 - one sentence, read by people

    field = "bands"
    detail = (
        "Two bands of this instrument meet at its cut-off, which is {cut_off}: send the cut-off "
        "that they are meant for, or leave the bands out, and they move with it."
    )


class NoticedChangeTooLarge(ValueRefused):
    """No change on this instrument is as large as this one that people notice: check the number."""

    field = "noticed_change/points"
    detail = "The instrument's range has no more than {range} points: check the number."


class NoticedPercentOfNoZero(ValueRefused):
    """This instrument's scores have no zero to take a percentage from: give the points alone."""

    field = "noticed_change/percent"


class NoProratedValue(ValueRefused):
    """No prorated value is told of this instrument, whose answers are not kept or not all summed: leave the number out."""  # noqa: E501 - one sentence, read by people

    field = "missing_allowed"


class MissingAllowedTooMany(ValueRefused):
    """Nothing can be prorated from no answer at all: let fewer answers be missing than there are items."""  # noqa: E501 - one sentence, read by people

    field = "missing_allowed"
    detail = "This instrument has {items} items: let fewer than so many answers be missing."


def require_sound_norms(instrument: Instrument, norms: Norms) -> None:
    """Raises a ValueRefused where the norms can not hold together with what is left as it was.

    Parts that are refused each for itself are all told. Two parts that have to agree are held
    against each other where each of them is sound by itself.
    """
    own = with_norms(instrument, norms)
    refusals = Refusals()
    ends = refusals.ask(lambda: require_sound_cut_off(own, norms))
    bands = refusals.ask(lambda: require_sound_bands(own, norms.bands or ()))
    refusals.ask(
        lambda: require_sound_noticed_change(own, norms),
        lambda: require_sound_missing_allowed(own, norms),
        lambda: require_sound_response(instrument, norms),
    )
    spread = refusals.ask(
        lambda: require_reliability_said(norms), lambda: require_sound_spread(instrument, norms)
    )
    if ends and bands and norms.bands is not None and is_split_at_the_cut_off(instrument):
        refusals.ask(lambda: require_split_at_the_cut_off(own))
    if spread:
        refusals.ask(lambda: require_sound_error(own, norms))
    refusals.refuse()


def require_sound_cut_off(own: Instrument, norms: Norms) -> None:
    require_all(
        lambda: require_cut_off_within(own, norms), lambda: require_remission_within(own, norms)
    )
    if own.cut_off is not None and own.remission is not None and own.is_clinical(own.remission):
        raise RemissionIsClinical(
            field="cut_off" if norms.remission is None else "remission",
            cut_off=own.cut_off,
            remission=own.remission,
        )


def require_cut_off_within(own: Instrument, norms: Norms) -> None:
    """Raises CutOffOutsideTheInstrument, CutOffLeavesNobodyHealthy."""
    if norms.cut_off is None:
        return
    if not own.spans(norms.cut_off):
        raise CutOffOutsideTheInstrument
    if own.non_clinical is None or not own.spans(own.non_clinical):
        raise CutOffLeavesNobodyHealthy


def require_remission_within(own: Instrument, norms: Norms) -> None:
    """Raises RemissionOutsideTheInstrument."""
    if norms.remission is not None and not own.spans(norms.remission):
        raise RemissionOutsideTheInstrument


def require_sound_response(instrument: Instrument, norms: Norms) -> None:
    if norms.response_percent is not None and not instrument.zero_is_none:
        raise ResponseOfNoZero


def require_reliability_said(norms: Norms) -> None:
    """Raises ReliabilityLeftOut."""
    if norms.reliability_kind is not None and norms.reliability is None:
        raise ReliabilityLeftOut


def require_sound_spread(instrument: Instrument, norms: Norms) -> None:
    """Raises DeviationTooLarge."""
    # Two people at either end: nothing is spread wider.
    most = (instrument.maximum - instrument.minimum) / sqrt(2)
    if norms.standard_deviation is not None and norms.standard_deviation > most:
        raise DeviationTooLarge(
            minimum=instrument.minimum, maximum=instrument.maximum, most=round(most, 2)
        )


def require_sound_error(own: Instrument, norms: Norms) -> None:
    """A change from end to end is reliable, and one of the smallest step is not.

    Judged where the norms say a number of those that the error is made of.
    """
    yardstick = yardstick_of(own)
    errors = ("reliable_change", "standard_deviation", "reliability")
    said = [name for name in errors if getattr(norms, name) is not None]
    if yardstick is None or not said:
        return
    points = round(yardstick.reliable_change, 2)
    if yardstick.movement(own.minimum, own.maximum) == "within_error":
        raise ReliableChangeTooLarge(
            field=said[0], reliable_change=points, range=own.maximum - own.minimum
        )
    if yardstick.movement(own.minimum, own.minimum + own.step) != "within_error":
        raise ReliableChangeTooSmall(field=said[0], reliable_change=points, step=own.step)


def require_sound_bands(own: Instrument, bands: tuple[Band, ...]) -> None:
    """From end to end of the range, in order, each total in one of them.

    Where a band ends decides where the next one begins: after an end that is refused no beginning
    is judged.
    """
    expected: float | None = own.minimum
    ids, refused = {NON_CLINICAL}, Refusals()
    for nth, band in enumerate(bands):
        with refused:
            if band.id in ids:
                raise BandIdTaken(field=f"bands/{nth}/id")
        # An end is held against the beginning where that is right.
        begins = own.minimum if expected is None else expected
        with refused:
            if expected is not None and abs(band.minimum - expected) > TOLERANCE:
                raise uncovered(own, expected, field=f"bands/{nth}/minimum")
            begins = band.minimum
        with refused:
            expected = None
            if band.maximum < begins or not own.admits(band.maximum):
                raise BandEndsNowhere(field=f"bands/{nth}/maximum")
            expected = round(band.maximum + own.step, 6)
        ids.add(band.id)
    with refused:
        if expected is not None and bands and abs(bands[-1].maximum - own.maximum) > TOLERANCE:
            raise uncovered(own, own.maximum, field=f"bands/{len(bands) - 1}/maximum")
    refused.refuse()


def uncovered(own: Instrument, expected: float, *, field: str) -> BandsDoNotCoverTheRange:
    return BandsDoNotCoverTheRange(
        field=field,
        minimum=own.minimum,
        maximum=own.maximum,
        step=own.step,
        expected=expected,
    )


def require_split_at_the_cut_off(own: Instrument) -> None:
    """Of an instrument whose bands are nothing but its cut-off, two are still just that."""
    if len(own.bands) == 2 and own.cut_off is not None and not is_split_at_the_cut_off(own):
        raise BandsContradictTheCutOff(cut_off=own.cut_off)


def require_sound_noticed_change(own: Instrument, norms: Norms) -> None:
    """Raises NoticedChangeTooLarge, NoticedPercentOfNoZero."""
    noticed = norms.noticed_change
    if noticed is None:
        return
    refusals = Refusals()
    with refusals:
        if noticed.points > own.maximum - own.minimum:
            raise NoticedChangeTooLarge(range=own.maximum - own.minimum)
    with refusals:
        if noticed.percent is not None and not own.zero_is_none:
            raise NoticedPercentOfNoZero
    refusals.refuse()


def require_sound_missing_allowed(own: Instrument, norms: Norms) -> None:
    if norms.missing_allowed is None:
        return
    if own.scoring is None or own.missing_allowed is None:
        raise NoProratedValue
    if norms.missing_allowed >= own.scoring.count:
        raise MissingAllowedTooMany(items=own.scoring.count)
