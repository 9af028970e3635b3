"""A goal made from a template: its statement, measure and time, from what was given for each parameter."""  # noqa: E501 - one sentence

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, assert_never

import msgspec

from events import instruments
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    RelativeFrequency,
    Score,
    TargetPercent,
    TargetValue,
    asking,
)
from events.moment import believable_day
from events.refusals import Refusals, ValueRefused, refuse, require_all
from events.templates.definition import (
    Choice,
    Number,
    NumberPlace,
    Parameter,
    Template,
    Words,
    label_in,
)
from events.templates.length import (
    NOTHING_SENT,
    LengthIsTold,
    Until,
    days_of,
    days_until,
    is_practised,
    length_of,
    length_until,
    reserve_in_proportion,
    tells_length,
)
from events.wording import Told, plain, worded

STATEMENT_LIMIT: Final = 500


class OfAParameter(ValueRefused):
    """What is given for a parameter of a template can not be taken."""

    field = "parameters"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def pointer(self) -> str:
        return f"/parameters/{self.name}"


class ParameterMissing(OfAParameter):
    """The template needs a value for this parameter: its meaning and range are listed with it."""


class ParameterUnknown(OfAParameter):
    """The template has no parameter of this name: it lists those it has."""


class ParameterDoesNotFit(OfAParameter):
    """The value is outside this parameter's range, or of another kind: both are listed with it."""


class StatementTooLong(ValueRefused):
    """With these words the statement is longer than 500 characters: use fewer."""

    field = "parameters"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a template makes of its parameters. `why` is the question to the client.

    `baseline_given` says whether its baseline was given, and is not what the template has.
    """

    statement: str
    measure: Measure
    starts_on: date
    due_on: date
    by_next_session: bool
    review_every_days: int
    why: str
    baseline_given: bool


def missing_parameters(
    template: Template, given: Mapping[str, Any], *, due_on: date | None = None
) -> tuple[Number, ...]:
    """The parameters that have to be given and were not; a deadline gives the length."""
    length = None if due_on is None else length_of(template)
    return tuple(
        one
        for one in template.parameters
        if isinstance(one, Number)
        and one.default is None
        and not one.optional
        and one.name not in given
        and one is not length
    )


def drafted(
    template: Template,
    given: Mapping[str, float | str],
    *,
    language: str,
    today: date,
    until: Until = NOTHING_SENT,
) -> Draft:
    """The goal that a template and its parameters make, in the client's language.

    Without a first day it starts today, or once a baseline could be measured; with a deadline it
    runs until then, and says so. Raises ParameterUnknown, ParameterMissing, ParameterDoesNotFit,
    StatementTooLong, what a deadline is refused for that the statement contradicts, and
    TimeOutOfRange for the first day. The measure is not yet judged: a band has no score, and a
    reserve may be too large for the days.
    """
    require_sendable(template, given, language=language, until=until)
    spoken, wording = template.wording_in(language)
    values = {one.name: value_of(one, given, language) for one in template.parameters}
    measures_first = is_measured_first(template, values)
    wait_days = template.baseline_days if measures_first else 0
    first = until.starts_on or today + timedelta(days=wait_days)
    told = is_length_told(template, until, language)
    days = days_of(template, values)
    # A deadline that is over, or comes before the first day, is refused for that.
    if until.due_on is not None and until.due_on >= max(first, today):
        days = days_until(template, first, until.due_on)
        values |= length_until(template, given, days, told=told)
    if not is_given(template, "reserve", given):
        values |= reserve_filled(template, values, days)
    measure = measure_of(template, values)
    if isinstance(measure, RelativeFrequency) and measures_first:
        measure = msgspec.structs.replace(measure, baseline_from_on=today)
    if isinstance(measure, Frequency) and not fills_reserve(template):
        reserve = reserve_in_proportion(template, days, measure.reserve)
        measure = msgspec.structs.replace(measure, reserve=int(reserve))
    if isinstance(measure, Frequency) and not is_given(template, "minimum", given):
        # The template's own minimum version goes where no more than that is asked for.
        measure = asking(measure, measure.amount)
    return Draft(
        statement=statement(
            wording.statement, shown_values(template, values, spoken_as(language, spoken))
        ),
        measure=measure,
        starts_on=first,
        due_on=until.due_on or first + timedelta(days=days - is_practised(template.measure)),
        by_next_session=template.by_next_session,
        review_every_days=template.review_every_days,
        why=wording.why,
        baseline_given=is_given(template, "baseline", given),
    )


def require_sendable(
    template: Template, given: Mapping[str, float | str], *, language: str, until: Until
) -> None:
    """What is refused of each thing that is sent beside a template, by itself.

    Raises ParameterUnknown, ParameterMissing, ParameterDoesNotFit, TimeOutOfRange, LengthIsTold.
    """
    refusals = Refusals()
    with refusals:
        require_parameters(template, given, due_on=until.due_on, language=language)
    with refusals:
        if until.starts_on is not None:
            believable_day(until.starts_on, "starts_on")
    with refusals:
        told = is_length_told(template, until, language)
        if until.by_next_session and not template.by_next_session and told:
            raise LengthIsTold
    refusals.refuse()


def is_length_told(template: Template, until: Until, language: str) -> bool:
    """Whether the statement that the goal is going to have says how long the goal runs."""
    _, wording = template.wording_in(language)
    return not until.own_words and tells_length(template, wording.statement)


def require_parameters(
    template: Template, given: Mapping[str, float | str], *, due_on: date | None, language: str
) -> None:
    """Raises ParameterUnknown, ParameterMissing, ParameterDoesNotFit, with all others of them."""
    known = {one.name for one in template.parameters}
    missing = missing_parameters(template, given, due_on=due_on)
    unknown = [ParameterUnknown(name) for name in given if name not in known]
    require_all(
        lambda: refuse([*unknown, *(ParameterMissing(one.name) for one in missing)]),
        *(partial(value_of, one, given, language) for one in template.parameters),
    )


def value_of(
    parameter: Parameter, given: Mapping[str, float | str], language: str
) -> float | str | None:
    """What a parameter is: what was given, else its default. Raises ParameterDoesNotFit."""
    value = given.get(parameter.name)
    match parameter:
        case Number():
            if value is None:
                return parameter.default
            if isinstance(value, str) or not fits(parameter, value):
                raise ParameterDoesNotFit(parameter.name)
            return float(value)
        case Words():
            if value is None:
                return label_in(parameter.default, language)
            if not isinstance(value, str):
                raise ParameterDoesNotFit(parameter.name)
            return " ".join(value.split())
        case Choice():
            if value is None:
                return parameter.default
            if value not in parameter.values:
                raise ParameterDoesNotFit(parameter.name)
            return str(value)
        case _:
            assert_never(parameter)


def fits(parameter: Number, value: float) -> bool:
    whole = not parameter.whole or float(value).is_integer()
    return whole and parameter.minimum <= value <= parameter.maximum


def is_given(template: Template, place: NumberPlace, given: Mapping[str, Any]) -> bool:
    """Whether something was given for the parameter that fills a place."""
    return any(
        isinstance(one, Number) and one.fills == place and one.name in given
        for one in template.parameters
    )


def is_measured_first(template: Template, values: Mapping[str, Any]) -> bool:
    """Whether a baseline that nobody has given is to be measured before the goal starts."""
    measure = measure_of(template, values)
    return isinstance(measure, RelativeFrequency) and measure.baseline is None


def fills_reserve(template: Template) -> bool:
    """Whether the reserve is a parameter's, and not fixed."""
    return any(isinstance(one, Number) and one.fills == "reserve" for one in template.parameters)


def reserve_filled(template: Template, values: Mapping[str, Any], days: int) -> dict[str, float]:
    """The default of the reserve, in proportion to so many days."""
    return {
        one.name: reserve_in_proportion(template, days, values[one.name])
        for one in template.parameters
        if isinstance(one, Number) and one.fills == "reserve" and values[one.name] is not None
    }


def place_of(measure: Measure, place: NumberPlace | str) -> tuple[str, ...] | None:
    """Where in a measure a parameter's number goes; None where it has no such number."""
    match measure:
        case Score(target=TargetPercent()) if place == "target":
            return ("target", "percent")
        case Score(target=TargetValue()) if place == "target":
            return ("target", "value")
        case Score() if place in ("baseline", "instrument"):
            return (place,)
        case Frequency() if place in ("amount", "minimum", "reserve", "baseline"):
            return (place,)
        case RelativeFrequency() if place == "target":
            return ("percent",)
        case RelativeFrequency() if place in ("baseline", "over_periods"):
            return (place,)
        case Count() if place == "amount":
            return (place,)
        case Score() | Frequency() | RelativeFrequency() | Count() | Milestone():
            return None
        case _:
            assert_never(measure)


def measure_of(template: Template, values: Mapping[str, Any]) -> Measure:
    """The template's measure with every number that a parameter fills."""
    filled: dict[str, Any] = msgspec.to_builtins(template.measure)
    for one in template.parameters:
        fills = None if isinstance(one, Words) else one.fills
        place = None if fills is None else place_of(template.measure, fills)
        if place is None or values[one.name] is None:
            continue
        *way, last = place
        inner = filled
        for step in way:
            inner = inner[step]
        value = values[one.name]
        if last == "percent" and inner[last] < 0:
            value = -value
        inner[last] = int(value) if last in ("reserve", "over_periods") else value
    try:
        measure: Measure = msgspec.convert(filled, Measure)
    except msgspec.ValidationError:
        # A parameter's range is wider than the number that it fills may be.
        raise ParameterDoesNotFit(first_filling(template)) from None
    return measure


def first_filling(template: Template) -> str:
    """The first parameter that fills a number of the measure."""
    return next(one.name for one in template.parameters if not isinstance(one, Words) and one.fills)


def shown_values(
    template: Template, values: Mapping[str, float | str | None], language: str
) -> dict[str, Told]:
    """Every parameter as people read it: an instrument by its name, numbers in their language."""
    told: dict[str, Told] = {}
    for one in template.parameters:
        value = values[one.name]
        if isinstance(one, Choice):
            told[one.name] = Told(instruments.named(str(value)).name)
        elif isinstance(value, str):
            told[one.name] = Told(value)
        else:
            told[one.name] = Told("" if value is None else plain(value, language), value == 1)
    return told


def statement(pattern: str, told: Mapping[str, Told]) -> str:
    """The statement with its parameters in place. Raises StatementTooLong."""
    said = worded(pattern, told)
    if len(said) > STATEMENT_LIMIT:
        raise StatementTooLong
    return said


def spoken_as(wanted: str, found: str) -> str:
    """The wanted language with its region where the words are in it, else the words' own."""
    return wanted if wanted.partition("-")[0] == found.partition("-")[0] else found
