"""A: whether the goal is within reach, by the client's own word and pace, and by similar goals."""

from collections.abc import Iterator
from typing import Final

from events.instruments import Instrument
from events.measure import Frequency, RelativeFrequency, Score, target_rate, target_value
from projections.smart_review.parts import Facts, Found, Kept, OpenScore, Parts, Similar
from projections.theil_sen import trend_of

DAYS_A_WEEK: Final = 7
LOW_ACHIEVABILITY: Final = 4
LEAST_SIMILAR: Final = 10
TOLERANCE: Final = 1e-9
RATES: Final = ("rate", "rise")


def achievable(parts: Parts, facts: Facts) -> Iterator[Found]:
    rating = parts.achievability
    if rating is None:
        yield Found(
            letter="A", code="achievability_missing", words="achievability_missing", blocks=True
        )
    elif rating < LOW_ACHIEVABILITY:
        yield Found(
            letter="A",
            code="achievability_low",
            words="achievability_low",
            numbers={"achievability": rating, "asked_below": LOW_ACHIEVABILITY},
        )
    measure = parts.measure
    if isinstance(measure, OpenScore):
        if measure.complete is not None and facts.instrument is not None:
            yield from pace_beyond_own(parts, measure.complete, facts.instrument, facts)
    elif isinstance(measure, Frequency | RelativeFrequency) and facts.kept is not None:
        yield from more_than_kept(measure, facts.kept)
    if facts.similar is not None:
        yield from similar_goals_reached(parts, facts.similar, facts.instrument)


def pace_beyond_own(
    parts: Parts, measure: Score, instrument: Instrument, facts: Facts
) -> Iterator[Found]:
    """The pace that the goal takes, against the client's own where that may be named.

    required = |target - baseline| / weeks; own = the Theil-Sen slope towards the target, from at
    least five scores over fourteen days (Theil 1950; Sen 1968).
    """
    if parts.due_on is None:
        return
    weeks = (parts.due_on - parts.starts_on).days / DAYS_A_WEEK
    trend = trend_of([one.days for one in facts.scores], [one.value for one in facts.scores])
    if trend.slope is None or weeks <= 0:
        return
    target = target_value(measure)
    towards = 1 if target > measure.baseline else -1
    change = abs(target - measure.baseline)
    required = change / weeks
    own = trend.slope.per_week * towards
    if required <= own + TOLERANCE:
        return
    ends = sorted((trend.slope.low_per_week * towards, trend.slope.high_per_week * towards))
    yield Found(
        letter="A",
        code="pace_beyond_own",
        words="pace_beyond_own" if own > TOLERANCE else "pace_from_standing",
        numbers={
            "change": change,
            "weeks": weeks,
            "required_per_week": required,
            "own_per_week": own,
            "low_per_week": ends[0],
            "high_per_week": ends[1],
            "points": trend.points,
            "span_days": trend.span_days,
        },
        names={"instrument": instrument.name},
    )


def more_than_kept(measure: Frequency | RelativeFrequency, kept: Kept) -> Iterator[Found]:
    """What is asked for each day or week, against what half of them came to in an earlier goal."""
    asked = asked_per_period(measure, kept)
    if asked is None or asked <= kept.amount + TOLERANCE:
        return
    yield Found(
        letter="A",
        code="more_than_kept",
        words=f"more_than_kept_{measure.per}{'' if kept.amount else '_nothing'}",
        numbers={
            "asked": asked,
            "kept": kept.amount,
            "periods": kept.periods,
            "left_out": kept.left_out,
        },
        names={"unit": measure.unit, "earlier": kept.statement},
    )


def asked_per_period(measure: Frequency | RelativeFrequency, kept: Kept) -> float | None:
    if measure.per != kept.per:
        return None
    if isinstance(measure, Frequency):
        return measure.amount
    return None if measure.baseline is None else target_rate(measure, measure.baseline)


def similar_goals_reached(
    parts: Parts, similar: Similar, instrument: Instrument | None
) -> Iterator[Found]:
    """How often goals like this one were reached here; of fewer than ten nothing is said."""
    if similar.ended < LEAST_SIMILAR:
        return
    names = {} if instrument is None else {"instrument": instrument.name}
    per = ""
    measure = parts.measure
    if similar.alike in RATES and isinstance(measure, Frequency | RelativeFrequency):
        names["unit"] = measure.unit
        per = f"_{measure.per}"
    yield Found(
        letter="A",
        code="similar_goals_reached",
        words=f"similar_by_{similar.alike}{per}{'' if similar.reached else '_none'}",
        numbers={
            "reached": similar.reached,
            "ended": similar.ended,
            "percent": 100 * similar.reached / similar.ended,
        },
        names=names,
    )
