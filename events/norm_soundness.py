"""Whether a practice's norms can be meant: numbers of an instrument that agree with each other."""

from math import sqrt

from events.change import Yardstick, yardstick_of
from events.decider import ValueRefused
from events.instruments import Instrument, with_norms
from events.practice_choices import Norms


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


def require_sound_norms(instrument: Instrument, norms: Norms) -> None:
    """Raises a ValueRefused where the norms can not hold together with what is left as it was."""
    own = with_norms(instrument, norms)
    require_sound_cut_off(own, norms)
    if norms.response_percent is not None and not instrument.zero_is_none:
        raise ResponseOfNoZero
    if norms.reliability_kind is not None and norms.reliability is None:
        raise ReliabilityLeftOut
    # Two people at either end: nothing is spread wider.
    most = (instrument.maximum - instrument.minimum) / sqrt(2)
    if norms.standard_deviation is not None and norms.standard_deviation > most:
        raise DeviationTooLarge(
            minimum=instrument.minimum, maximum=instrument.maximum, most=round(most, 2)
        )
    yardstick = yardstick_of(own)
    errors = ("reliable_change", "standard_deviation", "reliability")
    said = [name for name in errors if getattr(norms, name) is not None]
    if yardstick is not None and said:
        require_sound_error(own, yardstick, field=said[0])


def require_sound_cut_off(own: Instrument, norms: Norms) -> None:
    if norms.cut_off is not None:
        if not own.spans(norms.cut_off):
            raise CutOffOutsideTheInstrument
        if own.non_clinical is None or not own.spans(own.non_clinical):
            raise CutOffLeavesNobodyHealthy
    if norms.remission is not None and not own.spans(norms.remission):
        raise RemissionOutsideTheInstrument
    if own.cut_off is not None and own.remission is not None and own.is_clinical(own.remission):
        raise RemissionIsClinical(
            field="cut_off" if norms.remission is None else "remission",
            cut_off=own.cut_off,
            remission=own.remission,
        )


def require_sound_error(own: Instrument, yardstick: Yardstick, *, field: str) -> None:
    """A change from end to end is reliable, and one of the smallest step is not."""
    points = round(yardstick.reliable_change, 2)
    if yardstick.movement(own.minimum, own.maximum) == "within_error":
        raise ReliableChangeTooLarge(
            field=field, reliable_change=points, range=own.maximum - own.minimum
        )
    if yardstick.movement(own.minimum, own.minimum + own.step) != "within_error":
        raise ReliableChangeTooSmall(field=field, reliable_change=points, step=own.step)
