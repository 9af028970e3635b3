"""`cairn templates`: the goals to begin from, and all that is known of one."""

import asyncio
from typing import get_args
from uuid import UUID

import click

from events.measure import Measure
from events.practice_reading import read_practice
from events.template_library import listed
from events.templates import Category
from service.console.connection import (
    Choice,
    chosen_practice,
    opened,
    practice_option,
)
from service.console.output import as_json_option, print_json, print_table, print_text
from service.template_answers import (
    ParameterAnswer,
    TemplateAnswer,
    read_library,
    template_answer,
)


@click.command()
@click.argument("template", required=False, metavar="[ID]")
@practice_option
@click.option("--category", type=click.Choice(get_args(Category)), help="Those of one category.")
@click.option("--language", help="The language of the words, such as es; else the practice's.")
@click.option("--retired", is_flag=True, help="Those that are not offered any more.")
@as_json_option
def templates(
    template: str | None,
    practice_id: UUID | None,
    category: str | None,
    language: str | None,
    retired: bool,
    as_json: bool,
) -> None:
    """List the templates that the practice offers, or show all of the one called ID.

    \b
    Examples:
      cairn templates --category with_cbt
      cairn templates half_the_score --language es
    """
    everything = asyncio.run(read_all(practice_id, language))
    if template is not None:
        found = [one for one in everything if one.id == template]
        if not found:
            raise Choice("There is no template of this id: see `cairn templates`.")
        if as_json:
            print_json(found[0])
        else:
            show_one(found[0])
        return
    shown = [
        one for one in everything if one.retired is retired and category in (None, one.category)
    ]
    if as_json:
        print_json(shown)
    else:
        show_all(shown)


async def read_all(practice_id: UUID | None, language: str | None) -> list[TemplateAnswer]:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        spoken = language or (await read_practice(cairn.store, chosen)).language
        library = await read_library(cairn.store, chosen)
    return [template_answer(library, name, one, spoken) for name, one in listed(library)]


def show_all(shown: list[TemplateAnswer]) -> None:
    print_table(
        ("id", "category", "title", "measure", "own"),
        [
            (
                one.id,
                one.category,
                one.wording.title,
                kind_of(one.measure),
                "yes" if one.own else "",
            )
            for one in shown
        ],
        whole=("id",),
    )


def show_one(one: TemplateAnswer) -> None:
    for line in (one.wording.title, one.example, one.wording.why):
        print_text(line)
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
            (parameter.name, parameter.meaning, range_of(parameter), left_out(parameter))
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
