"""Whether a template holds together: names, ranges, words, and the goal that it makes."""

from collections.abc import Iterable
from datetime import date
from typing import assert_never

from events import instruments
from events.decider import ValueRefused
from events.measure import Score
from events.measure_soundness import require_sound, resolved
from events.templates.definition import Choice, Number, Parameter, Template, Words
from events.templates.filling import drafted, fits, place_of
from events.wording import has_stray_braces, placeholders

# Any day will do: a template is judged by how long its goal runs, and not by when.
SOME_DAY = date(2026, 3, 2)


class ParametersAlike(ValueRefused):
    """Two parameters have one name, or fill one place: give each a name and a place of its own."""

    field = "parameters"


class ParameterRangeEmpty(ValueRefused):
    """A parameter's default or example lies outside its range, or the range is empty: mend one."""

    field = "parameters"


class LengthNotWhole(ValueRefused):
    """The parameter that is the goal's length is not a whole number from 1: give it a minimum of 1 or more, and leave it whole."""  # noqa: E501 - one sentence, read by people

    field = "parameters"


class ParameterFillsNothing(ValueRefused):
    """A parameter fills a number that this template's measure has not got: let it fill another."""

    field = "parameters"


class ParameterWithoutExample(ValueRefused):
    """A parameter has neither a default nor an example: give a value that would do."""

    field = "parameters"


class WordsNameNoParameter(ValueRefused):
    """A statement has braces that name no parameter: use {name} or {name:one|many} of the template's own."""  # noqa: E501 - one sentence, read by people

    field = "wording"


class OpenPlaceInTitle(ValueRefused):
    """A title or a why has braces, and nothing is put into them: open places are the statement's alone."""  # noqa: E501 - one sentence, read by people

    field = "wording"


def require_sound_template(template: Template) -> None:
    """Raises a ValueRefused where a template could not make a goal with its own numbers."""
    require_own_places(template.parameters)
    for one in template.parameters:
        require_sound_parameter(template, one)
    names = {one.name for one in template.parameters}
    for wording in template.wording.values():
        if has_stray_braces(wording.statement) or not placeholders(wording.statement) <= names:
            raise WordsNameNoParameter
        if any(brace in text for brace in "{}" for text in (wording.title, wording.why)):
            raise OpenPlaceInTitle
    for language in template.wording:
        draft = drafted(template, examples(template), language=language, today=SOME_DAY)
        require_sound(resolved(draft.measure), draft.starts_on, draft.due_on)


def examples(template: Template) -> dict[str, float | str]:
    """What would do for the parameters that have to be given."""
    return {
        one.name: one.example
        for one in template.parameters
        if isinstance(one, Number)
        and one.default is None
        and one.example is not None
        and not one.optional
    }


def require_own_places(parameters: Iterable[Parameter]) -> None:
    known = list(parameters)
    names = [one.name for one in known]
    filled = [one.fills for one in known if not isinstance(one, Words) and one.fills is not None]
    # The length is one place, whether it is told in weeks or in days.
    places = ["days" if one == "weeks" else one for one in filled]
    if len(names) != len(set(names)) or len(places) != len(set(places)):
        raise ParametersAlike


def require_sound_parameter(template: Template, parameter: Parameter) -> None:
    match parameter:
        case Number():
            if parameter.default is None and parameter.example is None and not parameter.optional:
                raise ParameterWithoutExample
            length = parameter.fills in ("weeks", "days")
            if length and (not parameter.whole or parameter.minimum < 1):
                raise LengthNotWhole
            told = [parameter.default, parameter.example]
            if parameter.minimum > parameter.maximum or not all(
                fits(parameter, one) for one in told if one is not None
            ):
                raise ParameterRangeEmpty
            if parameter.fills is not None and not length:
                require_a_place(template, parameter.fills)
        case Choice():
            require_a_place(template, parameter.fills)
            if parameter.default not in parameter.values:
                raise ParameterRangeEmpty
            for one in parameter.values:
                instruments.named(one)
        case Words():
            pass
        case _:
            assert_never(parameter)


def require_a_place(template: Template, place: str) -> None:
    if place_of(template.measure, place) is None:
        raise ParameterFillsNothing
    if isinstance(template.measure, Score):
        instruments.named(template.measure.instrument)
