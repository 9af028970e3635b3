"""Whether a template holds together: names, ranges, words, and the goal that it makes."""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Final, assert_never

import msgspec

from events import instruments
from events.measure import Score
from events.measure_soundness import require_sound, resolved
from events.refusals import Refusals, ValueRefused, require_all
from events.templates.definition import Choice, Number, Parameter, Template, Wording, Words
from events.templates.filling import drafted, fits, place_of
from events.wording import has_stray_braces, placeholders

# Any day will do: a template is judged by how long its goal runs, and not by when.
SOME_DAY = date(2026, 3, 2)
# The numbers of a goal are judged without its words.
UNWORDED: Final = Wording(title="-", statement="-", why="-")
LENGTHS: Final = ("weeks", "days")


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
    """Raises a ValueRefused where a template could not make a goal with its own numbers.

    Its parameters, its words and the goal that it makes are told beside each other. A goal is made
    of the parameters that are sound, and judged where no other would fill a part of it.
    """
    refusals, sound = Refusals(), []
    is_judged = are_own = refusals.ask(lambda: require_own_places(template.parameters))
    for parameter in template.parameters:
        if refusals.ask(partial(require_sound_parameter, template, parameter)):
            sound.append(parameter)
        elif is_in_goal(template, parameter):
            is_judged = False
    worded = [
        (language, wording)
        for language, wording in template.wording.items()
        if refusals.ask(partial(require_sound_wording, template, wording))
    ]
    made = msgspec.structs.replace(template, parameters=tuple(sound))
    if is_judged:
        unworded = msgspec.structs.replace(made, wording={"en": UNWORDED})
        refusals.ask(lambda: require_sound_draft(unworded))
    names = {one.name for one in sound}
    for language, wording in worded:
        if are_own and placeholders(wording.statement) <= names:
            refusals.ask(partial(drafted, made, examples(made), language=language, today=SOME_DAY))
    refusals.refuse()


def require_sound_draft(template: Template) -> None:
    """Raises a ValueRefused where the numbers of the goal that a template makes are not sound."""
    draft = drafted(template, examples(template), language="en", today=SOME_DAY)
    require_sound(resolved(draft.measure), draft.starts_on, draft.due_on)


def require_sound_wording(template: Template, wording: Wording) -> None:
    """Raises WordsNameNoParameter, OpenPlaceInTitle."""
    refusals, names = Refusals(), {one.name for one in template.parameters}
    with refusals:
        if has_stray_braces(wording.statement) or not placeholders(wording.statement) <= names:
            raise WordsNameNoParameter
    with refusals:
        if any(brace in text for brace in "{}" for text in (wording.title, wording.why)):
            raise OpenPlaceInTitle
    refusals.refuse()


def is_in_goal(template: Template, parameter: Parameter) -> bool:
    """Whether a parameter fills the measure or the length of the goal, and not the words alone."""
    if isinstance(parameter, Words) or parameter.fills is None:
        return False
    return parameter.fills in LENGTHS or place_of(template.measure, parameter.fills) is not None


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
    """Raises a ValueRefused, with all others of this parameter."""
    match parameter:
        case Number():
            require_sound_number(template, parameter)
        case Choice():
            require_all(
                lambda: require_a_place(template, parameter.fills),
                lambda: require_default_chosen(parameter),
                *(partial(instruments.named, one) for one in parameter.values),
            )
        case Words():
            pass
        case _:
            assert_never(parameter)


def require_sound_number(template: Template, number: Number) -> None:
    """Raises ParameterWithoutExample, LengthNotWhole, ParameterRangeEmpty, and for its place."""
    refusals, is_length = Refusals(), number.fills in LENGTHS
    with refusals:
        if number.default is None and number.example is None and not number.optional:
            raise ParameterWithoutExample
    with refusals:
        if is_length and (not number.whole or number.minimum < 1):
            raise LengthNotWhole
    with refusals:
        told = [one for one in (number.default, number.example) if one is not None]
        if number.minimum > number.maximum or not all(fits(number, one) for one in told):
            raise ParameterRangeEmpty
    with refusals:
        if number.fills is not None and not is_length:
            require_a_place(template, number.fills)
    refusals.refuse()


def require_default_chosen(choice: Choice) -> None:
    """Raises ParameterRangeEmpty."""
    if choice.default not in choice.values:
        raise ParameterRangeEmpty


def require_a_place(template: Template, place: str) -> None:
    if place_of(template.measure, place) is None:
        raise ParameterFillsNothing
    if isinstance(template.measure, Score):
        instruments.named(template.measure.instrument)
