"""Any standing there may be: all measures, on any calendar, with whatever is on record."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import get_args

from hypothesis import strategies as st

from events import instruments
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Per,
    RelativeFrequency,
    Score,
    TargetBand,
    TargetPercent,
    TargetValue,
    Unit,
    fed_by_moods,
    periods,
    target_value,
)
from events.measure_soundness import resolved
from events.practice import Practice
from events.practice_choices import Norms
from tests.workers.standings import standing
from workers.standing import Standing, towards_health

zones = st.sampled_from(
    ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Madrid", "Pacific/Apia"]
)
languages = st.sampled_from(["en", "en-GB", "es", "es-MX", "de", "pt-BR"])
units: st.SearchStrategy[Unit] = st.sampled_from(get_args(Unit))
pers: st.SearchStrategy[Per] = st.sampled_from(get_args(Per))

starts = st.integers(0, 700)
usual, any_length = st.integers(20, 120), st.integers(0, 200) | st.integers(0, 1830)
at_once = st.integers(1, 3)
any_time_since = at_once | st.integers(1, 400)
shares = st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9])
parts = st.sampled_from([0.5, 1.0])
few, pauses = st.integers(0, 6), st.integers(4, 14)
amounts = st.sampled_from([0.5, 1.0, 1.0, 2.0, 5.0, 20.0, 45.0, 1440.0])
NOISE = (0, 0, 0, 1, -1)


@cache
def lots(count: int) -> st.SearchStrategy[bytes]:
    """A number below 256 for each of so many, drawn at once: one by one takes most of the time."""
    return st.binary(min_size=count, max_size=count)


@cache
def some_days(length: int) -> st.SearchStrategy[set[int]]:
    """At most half of the days, and at most twenty."""
    return st.sets(st.integers(0, length), max_size=min(20, (length + 1) // 2))


norms = st.builds(
    Norms,
    source=st.just("The practice's own"),
    standard_deviation=st.none() | st.floats(0.5, 30),
    reliability=st.none() | st.floats(0, 0.99),
    reliable_change=st.none() | st.floats(0.5, 20),
)
practices = st.builds(
    Practice,
    language=st.sampled_from(["en", "es"]),
    norms=st.dictionaries(st.sampled_from(list(instruments.known())), norms, max_size=3),
    automatic_release=st.booleans(),
)


@cache
def totals(instrument: str) -> st.SearchStrategy[float]:
    of = instruments.named(instrument)
    steps = round((of.maximum - of.minimum) / of.step)
    return st.integers(0, steps).map(lambda nth: round(of.minimum + nth * of.step, 6))


@cache
def improvable(instrument: str) -> st.SearchStrategy[float]:
    """All totals but the healthiest."""
    of = instruments.named(instrument)
    healthiest = of.maximum if of.better == "higher" else of.minimum
    return totals(instrument).filter(lambda total: total != healthiest)


any_instrument = st.sampled_from(list(instruments.known().values()))
ways_there = st.floats(0.05, 1.0)
kinds_of_target = st.sampled_from(["value", "percent", "band"])


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Any score measure that a goal can be set with."""
    instrument = draw(any_instrument)
    towards = 1 if instrument.better == "higher" else -1
    healthiest = instrument.maximum if towards > 0 else instrument.minimum
    baseline = draw(improvable(instrument.id))
    value = baseline + (healthiest - baseline) * draw(ways_there)
    target: TargetValue | TargetPercent = TargetValue(value=value)
    kind = draw(kinds_of_target)
    if kind == "percent" and baseline and instrument.zero_is_none:
        percent = max(-100.0, min(1000.0, (value / baseline - 1) * 100))
        if instrument.spans(baseline * (1 + percent / 100)):
            target = TargetPercent(percent=percent)
    bands = [one.id for one in instrument.bands] + ["non_clinical"] * bool(instrument.cut_off)
    if kind == "band" and bands:
        band = TargetBand(band=draw(st.sampled_from(bands)))
        found = resolved(Score(instrument=instrument.id, baseline=baseline, target=band))
        assert isinstance(found, Score)
        if (towards_health(found) == towards) and found.target.value != baseline:  # type: ignore[union-attr]
            return found
    return Score(instrument=instrument.id, baseline=baseline, target=target)


@st.composite
def frequencies(draw: st.DrawFn, *, days: int) -> Frequency:
    unit = draw(units)
    most = 7 if unit == "times" else 120
    amount = float(draw(st.integers(1, most) | st.just(1440) | st.just(0.5)))
    measure = Frequency(amount=amount, unit=unit, per=draw(pers))
    count = periods(measure, date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days - 1))
    smaller = [one for one in (0.5, 1.0, 5.0) if one < amount]
    fed = unit == "times" and draw(st.booleans())
    return Frequency(
        amount=amount,
        unit=unit,
        per=measure.per,
        reserve=draw(st.just(0) | st.integers(0, min(count - 1, 366))),
        baseline=float(draw(st.sampled_from([0, 0, 1, 20, 1440]))),
        minimum=draw(st.none() | st.sampled_from(smaller)) if smaller else None,
        minimum_credit=draw(st.sampled_from([0.0, 0.5, 1.0])),
        source="mood_entries" if fed else "check_ins",
    )


@st.composite
def increases(draw: st.DrawFn, *, days: int) -> RelativeFrequency:
    per = draw(pers) if days >= 7 else "day"
    return RelativeFrequency(
        percent=float(draw(st.sampled_from([5, 25, 33, 50, 100, 300]))),
        unit=draw(units),
        per=per,
        baseline=float(draw(st.sampled_from([0.1, 0.5, 1, 2, 4, 20]))),
        over_periods=min(draw(st.integers(1, 4)), days // (7 if per == "week" else 1)),
    )


counts = st.builds(
    Count,
    amount=st.sampled_from([0.5, 1.0, 2.0, 5.0, 12.0, 20.0, 60.0, 1440.0]),
    unit=units,
)


any_score = scores()


@cache
def practised(days: int) -> st.SearchStrategy[Measure]:
    """What is done every day or every week."""
    return frequencies(days=days)


@cache
def measures(days: int) -> st.SearchStrategy[Measure]:
    return any_score | practised(days) | increases(days=days) | counts | st.just(Milestone())


@st.composite
def standings(
    draw: st.DrawFn,
    of: Callable[[int], st.SearchStrategy[Measure]] = measures,
    *,
    lead: bool = False,
) -> Standing:
    """Any goal whose deadline has passed, however long ago; half of them lead somewhere, or all."""
    steady = lead or draw(st.booleans())
    starts_on = date(2024, 1, 1) + timedelta(days=draw(starts))
    length = draw(usual if steady else any_length)
    since = draw(at_once if steady else any_time_since)
    measure = draw(of(length + 1))
    drawn = draw(a_line(measure, length) if steady else anything(measure, length + since))
    rests = draw(some_days(length))
    return standing(
        measure,
        [(starts_on + timedelta(days=day), value) for day, value in drawn],
        starts_on=starts_on,
        due_on=starts_on + timedelta(days=length),
        today=starts_on + timedelta(days=length + since),
        language=draw(languages),
        zone=draw(zones),
        rests={starts_on + timedelta(days=day) for day in rests},
        practice=draw(practices),
    )


@st.composite
def anything(draw: st.DrawFn, measure: Measure, days: int) -> list[tuple[int, float]]:
    """Some entries on any days, in any order."""
    values = amounts
    if isinstance(measure, Score):
        values = totals(measure.instrument)
    elif fed_by_moods(measure):
        values = st.just(1.0)
    on = draw(st.lists(st.integers(-20, days), max_size=25))
    return list(zip(on, draw(st.lists(values, min_size=len(on), max_size=len(on))), strict=True))


@st.composite
def a_line(draw: st.DrawFn, measure: Measure, days: int) -> list[tuple[int, float]]:
    """Entries that go somewhere, evenly, to a share of what was aimed for, with a step of noise."""
    share = draw(shares)
    match measure:
        case Score():
            return draw(a_line_of_scores(measure, days, share))
        case Frequency():
            length = 1 if measure.per == "day" else 7
            part = draw(parts)
            amount = 1.0 if fed_by_moods(measure) else measure.amount * part
            on = range(0, days, length)
            return [
                (day, amount)
                for day, luck in zip(on, draw(lots(len(on))), strict=True)
                if luck < 256 * share
            ]
        case RelativeFrequency(baseline=baseline, per=per) if baseline is not None:
            length = 1 if per == "day" else 7
            count = max(1, days // length)
            aim = baseline * measure.percent / 100 * share
            rising = [baseline + aim * nth / count for nth in range(count)]
            return [(nth * length, round(max(0.5, one), 2)) for nth, one in enumerate(rising)]
        case Count():
            every = draw(st.integers(1, 5))
            found = list(range(0, days, every))
            return [(day, measure.amount * share / len(found) or 0.5) for day in found]
        case _:
            return []


@st.composite
def a_line_of_scores(
    draw: st.DrawFn, measure: Score, days: int, share: float
) -> list[tuple[int, float]]:
    instrument = instruments.named(measure.instrument)
    on = list(range(draw(few), days, draw(pauses)))
    noise = draw(lots(len(on)))
    found = []
    for nth, (day, luck) in enumerate(zip(on, noise, strict=True), start=1):
        whole = target_value(measure) - measure.baseline
        exact = measure.baseline + whole * share * nth / len(on)
        steps = round((exact - instrument.minimum) / instrument.step) + NOISE[luck % len(NOISE)]
        value = round(instrument.minimum + steps * instrument.step, 6)
        found.append((day, min(instrument.maximum, max(instrument.minimum, value))))
    return found
