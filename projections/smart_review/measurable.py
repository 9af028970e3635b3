"""M: whether both would see that the goal is reached, and whether the instrument could tell."""

from collections.abc import Iterator
from typing import assert_never

from events.change import TOLERANCE, Yardstick, yardstick_of
from events.instruments import Instrument
from events.measure import (
    Count,
    Frequency,
    Milestone,
    RelativeFrequency,
    Score,
    TargetBand,
    TargetPercent,
    target_value,
)
from projections.smart_review.chance import within_chance
from projections.smart_review.parts import Facts, Found, OpenScore, Parts


def measurable(parts: Parts, facts: Facts) -> Iterator[Found]:
    for one in parts.open_parameters:
        yield Found(
            letter="M",
            code="parameter_missing",
            words="parameter_missing",
            numbers={"minimum": one.minimum, "maximum": one.maximum},
            names={"name": one.name, "meaning": one.meaning},
            blocks=True,
        )
    match parts.measure:
        case None:
            if not parts.open_parameters:
                yield Found(
                    letter="M", code="measure_missing", words="measure_missing", blocks=True
                )
        case OpenScore():
            yield from of_score(parts.measure, facts)
        case Frequency():
            yield from of_frequency(parts, parts.measure)
        case RelativeFrequency():
            if is_baseline_open(parts):
                yield of_open_baseline(parts.measure)
            elif parts.measure.baseline is None and parts.measured_rate is None:
                yield of_measured_baseline(parts, parts.measure)
            elif parts.measure.baseline is None and parts.measured_rate == 0:
                yield of_measured_nothing(parts.measure)
            yield from within_chance(parts, parts.measure)
        case Count() | Milestone():
            pass
        case _:
            assert_never(parts.measure)


def of_frequency(parts: Parts, measure: Frequency) -> Iterator[Found]:
    """A baseline that nobody has told, and one that is as much as is asked for."""
    if measure.baseline >= measure.amount:
        yield Found(
            letter="M",
            code="baseline_meets_amount",
            words=f"baseline_meets_amount_{measure.per}",
            numbers={"baseline": measure.baseline, "amount": measure.amount},
            names={"unit": measure.unit},
        )
    elif measure.baseline == 0 and measure.source == "check_ins" and not parts.baseline_given:
        yield Found(
            letter="M",
            code="baseline_missing",
            words=f"baseline_unknown_{measure.per}",
            numbers={"amount": measure.amount},
            names={"unit": measure.unit},
        )


def is_baseline_open(parts: Parts) -> bool:
    """Whether nothing says what a rate is to rise from, nor when that is to be measured."""
    measure = parts.measure
    return (
        isinstance(measure, RelativeFrequency)
        and measure.baseline is None
        and measure.baseline_from_on is None
        and parts.measured_rate is None
    )


def of_open_baseline(measure: RelativeFrequency) -> Found:
    return Found(
        letter="M",
        code="baseline_missing",
        words=f"baseline_open_{measure.per}",
        blocks=True,
    )


def of_measured_baseline(parts: Parts, measure: RelativeFrequency) -> Found:
    from_on = measure.baseline_from_on
    days = 0 if from_on is None else (parts.starts_on - from_on).days
    return Found(
        letter="M",
        code="baseline_missing",
        words="baseline_to_measure",
        numbers={"baseline_days": days},
    )


def of_measured_nothing(measure: RelativeFrequency) -> Found:
    """No percentage of nothing is anything: such a goal has nowhere to arrive."""
    return Found(
        letter="M",
        code="baseline_zero",
        words="baseline_zero",
        numbers={"percent": measure.percent, "baseline": 0.0},
    )


def of_score(measure: OpenScore, facts: Facts) -> Iterator[Found]:
    instrument = facts.instrument
    name = measure.instrument if instrument is None else instrument.name
    if measure.baseline is None:
        yield Found(
            letter="M",
            code="baseline_missing",
            words="baseline_missing",
            names={"instrument": name},
            blocks=True,
        )
    if measure.target is None:
        yield Found(
            letter="M",
            code="target_missing",
            words="target_missing",
            names={"instrument": name},
            blocks=True,
        )
    if measure.complete is None or instrument is None:
        return
    met = band_already_met(measure.complete, instrument, facts)
    if met is not None:
        yield met
        if met.blocks:
            return
    yardstick = yardstick_of(instrument)
    if yardstick is not None:
        yield from target_within_error(measure.complete, instrument, yardstick)
    yield from percent_of_low_baseline(measure.complete, instrument, yardstick)


def is_met(instrument: Instrument, score: float, target: float) -> bool:
    return score <= target if instrument.better == "lower" else score >= target


def band_already_met(measure: Score, instrument: Instrument, facts: Facts) -> Found | None:
    """Whether the band lies behind the client: by the baseline, or by the newest score."""
    if not isinstance(measure.target, TargetBand):
        return None
    target = target_value(measure)
    latest = max(facts.scores, key=lambda one: one.days, default=None)
    if is_met(instrument, measure.baseline, target):
        return Found(
            letter="M",
            code="band_already_met",
            words=f"band_met_by_baseline_{instrument.better}",
            numbers={"baseline": measure.baseline, "target": target},
            names={"instrument": instrument.name},
            # There is nothing left to reach: the target is what is missing.
            blocks=True,
        )
    if latest is not None and is_met(instrument, latest.value, target):
        return Found(
            letter="M",
            code="band_already_met",
            words=f"band_met_by_latest_{instrument.better}",
            numbers={"latest": latest.value, "target": target},
            names={"instrument": instrument.name},
        )
    return None


def target_within_error(
    measure: Score, instrument: Instrument, yardstick: Yardstick
) -> Iterator[Found]:
    """A change that one score could not tell from measurement error.

    Jacobson & Truax (1991): RC95 = 1.96 * sqrt(2) * SD * sqrt(1 - r), or the change that a
    service has fixed.
    """
    target = target_value(measure)
    if yardstick.movement(measure.baseline, target) != "within_error":
        return
    numbers = {
        "baseline": measure.baseline,
        "target": target,
        "change": abs(target - measure.baseline),
        "reliable_change": yardstick.reliable_change,
    }
    if yardstick.standard_deviation is not None and yardstick.reliability is not None:
        numbers["standard_deviation"] = yardstick.standard_deviation
        numbers["reliability"] = yardstick.reliability
    yield Found(
        letter="M",
        code="target_within_error",
        words=f"target_within_error_by_{yardstick.rule}",
        numbers=numbers,
        names={"instrument": instrument.name},
    )


def percent_of_low_baseline(
    measure: Score, instrument: Instrument, yardstick: Yardstick | None
) -> Iterator[Found]:
    """A percentage where the baseline is too low to carry it.

    Percent of little is less than the instrument's error, and mild baselines make percentages
    unstable (Kounali et al. 2022, PMC9340848), so that one below the cut-off is asked about.
    """
    if not isinstance(measure.target, TargetPercent):
        return
    target = target_value(measure)
    percent = abs(measure.target.percent)
    numbers = {
        "baseline": measure.baseline,
        "percent": percent,
        "change": abs(target - measure.baseline),
    }
    names = {"instrument": instrument.name}
    if yardstick is not None and percent > TOLERANCE:
        least = 100 * yardstick.reliable_change / percent
        within = yardstick.movement(measure.baseline, target) == "within_error"
        # Above the instrument's range no baseline would do: then the percentage is the matter.
        if within and least <= instrument.maximum:
            numbers |= {"reliable_change": yardstick.reliable_change, "least_baseline": least}
            yield Found(
                letter="M",
                code="percent_of_low_baseline",
                words="percent_of_low_baseline",
                numbers=numbers,
                names=names,
            )
            return
    if instrument.better == "lower" and instrument.is_clinical(measure.baseline) is False:
        numbers["cut_off"] = instrument.cut_off or 0.0
        yield Found(
            letter="M",
            code="percent_of_low_baseline",
            words="percent_below_cut_off",
            numbers=numbers,
            names=names,
        )
