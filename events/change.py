"""Whether a change of scores is more than measurement error: reliable change and its classes.

Jacobson & Truax (1991, J Consult Clin Psychol 59:12-19): a change is reliable where it is larger
than what the instrument's own error explains, and clinically significant where it also crosses
the cut-off between the ill and the healthy. Scores are in an instrument's points.
"""

from math import sqrt
from typing import Final, Literal

import msgspec

from events.instruments import Instrument

# The two-sided 5 % point of the normal distribution.
CRITICAL: Final = 1.96
# A change of exactly so many points counts, whatever the last bit of a float says.
TOLERANCE: Final = 1e-9

JacobsonTruax = Literal["recovered", "improved", "unchanged", "deteriorated"]
Movement = Literal["better", "worse", "within_error"]
Better = Literal["lower", "higher"]


def sem(*, standard_deviation: float, reliability: float) -> float:
    """The standard error of measurement: SD * sqrt(1 - r)."""
    return standard_deviation * sqrt(1 - reliability)


def s_diff(*, standard_deviation: float, reliability: float) -> float:
    """The standard error of a difference between two scores: SEM * sqrt(2)."""
    return sem(standard_deviation=standard_deviation, reliability=reliability) * sqrt(2)


def rci(before: float, after: float, *, standard_deviation: float, reliability: float) -> float:
    """The reliable change index: (after - before) / Sdiff; reliable beyond 1.96 either way."""
    return (after - before) / s_diff(standard_deviation=standard_deviation, reliability=reliability)


def rc95(*, standard_deviation: float, reliability: float) -> float:
    """How many points a change must exceed to be reliable: 1.96 * Sdiff."""
    return CRITICAL * s_diff(standard_deviation=standard_deviation, reliability=reliability)


def towards_health(better: Better) -> int:
    return -1 if better == "lower" else 1


class Yardstick(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a change from measurement error, for one instrument; numbers in its points.

    `reliable_change` is how large a change must be. By the rule "points" that is a number fixed
    by a service or a manual, and a change of as much is reliable; by the rule "index" it is
    RC95 of the standard deviation and the reliability, and must be exceeded.
    """

    better: Better
    reliable_change: float
    rule: Literal["points", "index"]
    standard_deviation: float | None = None
    reliability: float | None = None
    cut_off: float | None = None
    source: str

    def index(self, before: float, after: float) -> float | None:
        """The reliable change index, where the rule is by it."""
        if self.rule == "points" or self.standard_deviation is None or self.reliability is None:
            return None
        return rci(
            before,
            after,
            standard_deviation=self.standard_deviation,
            reliability=self.reliability,
        )

    def movement(self, before: float, after: float) -> Movement:
        """Which way a score has moved, as far as its error lets one say."""
        change = after - before
        reliable = (
            abs(change) >= self.reliable_change - TOLERANCE
            if self.rule == "points"
            else abs(change) > self.reliable_change
        )
        if not reliable:
            return "within_error"
        return "better" if change * towards_health(self.better) > 0 else "worse"

    def is_clinical(self, score: float) -> bool | None:
        """Whether a score has come to the cut-off, towards illness; None where there is none."""
        if self.cut_off is None:
            return None
        return score >= self.cut_off if self.better == "lower" else score <= self.cut_off

    def classified(self, before: float, after: float) -> JacobsonTruax:
        """The class of a change.

        Recovered takes a reliable improvement that crosses the cut-off: whoever was on its
        healthy side before can not recover, and without a cut-off nobody does.
        """
        movement = self.movement(before, after)
        if movement == "within_error":
            return "unchanged"
        if movement == "worse":
            return "deteriorated"
        crossed = self.is_clinical(before) is True and self.is_clinical(after) is False
        return "recovered" if crossed else "improved"


class ReliableChange(msgspec.Struct, frozen=True, kw_only=True):
    """The class of a change beside every number it was computed with, so that it can be again.

    `index` is (after - before) / (SD * sqrt(1 - r) * sqrt(2)), absent where the rule is a fixed
    number of points.
    """

    jacobson_truax: JacobsonTruax
    index: float | None
    reliable_change: float
    rule: Literal["points", "index"]
    standard_deviation: float | None
    reliability: float | None
    cut_off: float | None
    source: str


def yardstick_of(instrument: Instrument) -> Yardstick | None:
    """How changes on this instrument are judged; None where its error is not known.

    A fixed number of points comes before the index, because whoever fixed it meant it so.
    """
    deviation, reliability = instrument.standard_deviation, instrument.reliability
    if instrument.reliable_change is not None:
        return Yardstick(
            better=instrument.better,
            reliable_change=instrument.reliable_change,
            rule="points",
            cut_off=instrument.cut_off,
            source=source_of(instrument, "reliable_change", "cut_off"),
        )
    if deviation is None or reliability is None:
        return None
    return Yardstick(
        better=instrument.better,
        reliable_change=rc95(standard_deviation=deviation, reliability=reliability),
        rule="index",
        standard_deviation=deviation,
        reliability=reliability,
        cut_off=instrument.cut_off,
        source=source_of(instrument, "standard_deviation", "reliability", "cut_off"),
    )


def source_of(instrument: Instrument, *fields: str) -> str:
    """Where these numbers of an instrument come from, each source once."""
    known = [field for field in fields if getattr(instrument, field) is not None]
    return "; ".join(
        dict.fromkeys(instrument.sources.get(field, instrument.source) for field in known)
    )


def reliable_change(yardstick: Yardstick, before: float, after: float) -> ReliableChange:
    """A change between two scores, judged."""
    return ReliableChange(
        jacobson_truax=yardstick.classified(before, after),
        index=yardstick.index(before, after),
        reliable_change=yardstick.reliable_change,
        rule=yardstick.rule,
        standard_deviation=yardstick.standard_deviation,
        reliability=yardstick.reliability,
        cut_off=yardstick.cut_off,
        source=yardstick.source,
    )


def percent_change(before: float, after: float) -> float | None:
    """The change in percent of the score before; None at 0, where it is undefined."""
    return 100 * (after - before) / before if before else None


def noticed(instrument: Instrument, before: float, after: float) -> bool | None:
    """Whether a score is as much better as people on average notice themselves.

    That is less than a reliable change: it was found by asking many people, and says nothing of
    one person's measurement error. By the percentage where the source gives one, else by points.
    None where none is given, or the score before lies on the healthy side of the cut-off: the
    numbers are those of a moderate baseline (Kounali et al. 2022, PMC9340848).
    """
    smallest = instrument.noticed_change
    if smallest is None or instrument.is_clinical(before) is False:
        return None
    gained = (after - before) * towards_health(instrument.better)
    if smallest.percent is None:
        return gained >= smallest.points - TOLERANCE
    return 100 * gained >= smallest.percent * before - TOLERANCE if before else None


def response(instrument: Instrument, before: float, after: float) -> bool | None:
    """Whether the change is what the instrument's literature calls a response.

    None where no percentage is given, and where the score before can not carry one: it is 0, or
    lies on the healthy side of the cut-off (low baselines make percentages unstable: Kounali et
    al. 2022, PMC9340848).
    """
    percent = percent_change(before, after)
    asked = instrument.response_percent
    if percent is None or asked is None or instrument.is_clinical(before) is False:
        return None
    return percent * towards_health(instrument.better) >= asked - TOLERANCE


def remission(instrument: Instrument, before: float, after: float) -> bool | None:
    """Whether a score lies in the range called remission.

    None where none is given, and where there was nothing to remit: the score before lies on the
    healthy side of the cut-off, or in that range itself.
    """
    if instrument.remission is None or instrument.is_clinical(before) is False:
        return None
    if is_beyond(instrument, before, instrument.remission):
        return None
    return is_beyond(instrument, after, instrument.remission)


def is_beyond(instrument: Instrument, score: float, limit: float) -> bool:
    """Whether a score has come to a limit, towards health."""
    return score <= limit if instrument.better == "lower" else score >= limit
