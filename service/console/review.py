"""`cairn review`: what a SMART review asks about a goal."""

import asyncio
from uuid import UUID

import click

from events.practice_reading import read_practice
from projections.smart_review import Finding
from service.console.cells import NAME, line
from service.console.connection import (
    Choice,
    chosen_practice,
    opened,
    practice_option,
)
from service.console.naming import Names, called
from service.console.output import as_json_option, print_json, print_table, print_text
from service.reviewing import Subject, parts_of_goal, reviewed


@click.command()
@called("GOAL")
@practice_option
@as_json_option
def review(said: str, practice_id: UUID | None, as_json: bool) -> None:
    """Show what a SMART review asks about GOAL, letter by letter, each with its arithmetic.

    These are questions to the clinician: nothing is refused because of them. GOAL is an id, the
    first letters of an id, or the client's name; where the client has several goals, with words
    of the goal.

    \b
    Examples:
      cairn review Ben
      cairn review Maya triggers
    """
    findings, statement = asyncio.run(read(said, practice_id))
    if not as_json:
        print_text(line(statement), NAME)
    if as_json:
        print_json(findings)
    elif findings:
        print_table(
            ("", "question", "arithmetic"),
            [(one.letter, one.question, one.arithmetic) for one in findings],
        )
    else:
        click.echo("Nothing is asked about this goal.")


async def read(said: str, practice_id: UUID | None) -> tuple[tuple[Finding, ...], str]:
    """What is asked, and the goal's statement. Raises Choice and Unclear."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        goal_id = await Names(cairn=cairn, practice_id=chosen).goal(said)
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
        return await reviewed(
            cairn, subject, parts_of_goal(row, now=subject.now)
        ), row.goal.statement
