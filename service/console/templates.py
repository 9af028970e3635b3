"""`cairn templates`: the goals to begin from, and all that is known of one."""

import asyncio
from typing import get_args
from uuid import UUID

import click

from events.measure import Measure
from events.practice_reading import read_practice
from events.template_library import listed
from events.templates import Category
from service.console.cells import NAME, line, on_a_terminal, stacked
from service.console.connection import chosen_practice, opened, practice_option
from service.console.matching import KindWords, Known, fitting, folded, only, shortest
from service.console.naming import called
from service.console.output import as_json_option, print_json, print_table, print_text
from service.template_answers import (
    ParameterAnswer,
    TemplateAnswer,
    read_library,
    template_answer,
)

TEMPLATE = KindWords(one="template", several="templates", listed_by="cairn templates")


@click.command()
@called("TEMPLATE", required=False)
@practice_option
@click.option("--category", type=click.Choice(get_args(Category)), help="Those of one category.")
@click.option("--language", help="The language of the words, such as es; else the practice's.")
@click.option("--retired", is_flag=True, help="Those that are not offered any more.")
@as_json_option
def templates(
    said: str,
    practice_id: UUID | None,
    category: str | None,
    language: str | None,
    retired: bool,
    as_json: bool,
) -> None:
    """List the templates that the practice offers, or show all of one TEMPLATE.

    TEMPLATE is an id or a title, or a part of one where that is clear.

    \b
    Examples:
      cairn templates --category with_cbt
      cairn templates half the score --language es
    """
    everything = asyncio.run(read_all(practice_id, language))
    if said:
        one = template_called(said, everything)
        if as_json:
            print_json(one)
        else:
            show_one(one)
        return
    shown = [
        one for one in everything if one.retired is retired and category in (None, one.category)
    ]
    if as_json:
        print_json(shown)
    else:
        show_all(shown)


def template_called(said: str, everything: list[TemplateAnswer]) -> TemplateAnswer:
    """The template of this id, else the one whose id or title fits. Raises Choice and Unclear."""
    by_id = {one.id: one for one in everything}
    if said in by_id:
        return by_id[said]
    known = [
        Known(id=one.id, name=name)
        for one in everything
        for name in dict.fromkeys((folded(one.id), one.wording.title))
    ]
    found = {one.id: one for one in fitting(said, known)}
    return by_id[only(said, list(found.values()), TEMPLATE)]


async def read_all(practice_id: UUID | None, language: str | None) -> list[TemplateAnswer]:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        spoken = language or (await read_practice(cairn.store, chosen)).language
        library = await read_library(cairn.store, chosen)
    return [template_answer(library, name, one, spoken) for name, one in listed(library)]


def show_all(shown: list[TemplateAnswer]) -> None:
    # One of the practice's own has an id as a client has.
    own = shortest([one.id for one in shown if one.own]) if on_a_terminal() else {}
    print_table(
        ("id", "title", "category, measure"),
        [
            (own.get(one.id, one.id), line(one.wording.title), stacked(one.category, about(one)))
            for one in shown
        ],
        whole=("id",),
    )


def about(one: TemplateAnswer) -> str:
    return kind_of(one.measure) + (", the practice's own" if one.own else "")


def show_one(one: TemplateAnswer) -> None:
    for text in (one.wording.title, one.example, one.wording.why):
        print_text(line(text), NAME if text == one.wording.title else "")
    time = "by the next session" if one.by_next_session else f"{one.days} days, if none are given"
    print_table(
        ("", ""),
        [
            ("id", one.id),
            ("category", one.category),
            ("offered", "no" if one.retired else "yes"),
            ("measure", kind_of(one.measure)),
            ("time", time),
            ("review", f"every {one.review_every_days} days"),
            ("languages", ", ".join(one.languages)),
        ],
    )
    print_table(
        ("parameter", "meaning", "takes", "if left out"),
        [
            (parameter.name, line(parameter.meaning), range_of(parameter), left_out(parameter))
            for parameter in one.parameters
        ],
    )


def kind_of(measure: Measure) -> str:
    return str(measure.__struct_config__.tag).replace("_", " ")


def range_of(parameter: ParameterAnswer) -> str:
    """What may be given for a parameter."""
    if parameter.minimum is not None and parameter.maximum is not None:
        return f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}"
    return ", ".join(parameter.values or ("words",))


def left_out(parameter: ParameterAnswer) -> str:
    if parameter.required:
        return "has to be given"
    if isinstance(parameter.default, float):
        return f"{parameter.default:g}"
    return "" if parameter.default is None else parameter.default
