"""`cairn review`: what a SMART review asks about a goal."""

import asyncio
from uuid import UUID

import click

from events.practice_reading import read_practice
from projections.smart_review import Finding
from service.console.connection import (
    Choice,
    chosen_practice,
    opened,
    practice_option,
)
from service.console.output import as_json_option, print_json, print_table
from service.reviewing import Subject, parts_of_goal, reviewed


@click.command()
@click.argument("goal", type=click.UUID, metavar="GOAL")
@practice_option
@as_json_option
def review(goal: UUID, practice_id: UUID | None, as_json: bool) -> None:
    """Show what a SMART review asks about GOAL, letter by letter, each with its arithmetic.

    These are questions to the clinician: nothing is refused because of them.

    \b
    Example:
      cairn review 0198f0c2-5f0a-7c7e-9d3a-2b1c4d5e6f70
    """
    findings = asyncio.run(read(goal, practice_id))
    if as_json:
        print_json(findings)
    elif findings:
        print_table(
            ("", "question", "arithmetic"),
            [(one.letter, one.question, one.arithmetic) for one in findings],
        )
    else:
        click.echo("Nothing is asked about this goal.")


async def read(goal_id: UUID, practice_id: UUID | None) -> tuple[Finding, ...]:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        row = await cairn.views.goal(chosen, goal_id)
        if row is None:
            raise Choice("There is no goal of this id in this practice, or no view of it yet.")
        subject = Subject(
            practice_id=chosen,
            practice=await read_practice(cairn.store, chosen),
            now=cairn.clock(),
            client_id=row.client_id,
            goal_id=goal_id,
        )
        return await reviewed(cairn, subject, parts_of_goal(row, now=subject.now))
