"""`cairn suggestions`: the drafts that wait for the clinician, and one of them in full."""

import asyncio
from typing import get_args
from uuid import UUID

import click

from projections.suggestion_queue import SuggestionQueue
from service.console.caseload import after_option, limit_option, say_more
from service.console.connection import Choice, chosen_practice, opened, practice_option
from service.console.output import (
    as_json_option,
    moment,
    number,
    print_json,
    print_table,
    print_text,
)
from service.routes.suggestions import StatusFilter, draft, statuses


@click.command()
@click.argument("suggestion", required=False, type=click.UUID, metavar="[ID]")
@practice_option
@click.option(
    "--status",
    type=click.Choice(get_args(StatusFilter)),
    default="open",
    show_default=True,
    help="Suggestions in this status; open: those to decide.",
)
@click.option("--client", "client_id", type=click.UUID, metavar="ID", help="Those for one client.")
@limit_option
@after_option
@as_json_option
def suggestions(
    suggestion: UUID | None,
    practice_id: UUID | None,
    status: StatusFilter,
    client_id: UUID | None,
    limit: int,
    after: UUID | None,
    as_json: bool,
) -> None:
    """Show the drafts that wait to be decided, or all of the one called ID.

    One is shown with its sentences, the ways on with their arithmetic, and what it was computed
    from. They are accepted, edited, dismissed and released through the API, by a clinician.

    \b
    Examples:
      cairn suggestions
      cairn suggestions 5d4c4dff-4a3b-5c51-9a0e-6f0b8f6d2a11
      cairn suggestions --status dismissed --json
    """
    if suggestion is not None:
        one = asyncio.run(read_one(practice_id, suggestion))
        if as_json:
            print_json(draft(one))
        else:
            show_one(one)
        return
    rows = asyncio.run(
        read(practice_id, status=status, client_id=client_id, limit=limit, after=after)
    )
    if as_json:
        print_json([draft(row) for row in rows])
    elif rows:
        print_suggestions(rows)
    else:
        click.echo("No draft waits." if status == "open" else f"No suggestion is {status}.")
    if len(rows) == limit:
        say_more(rows[-1].suggestion_id, limit)


async def read(
    practice_id: UUID | None,
    *,
    status: StatusFilter,
    client_id: UUID | None,
    limit: int,
    after: UUID | None,
) -> list[SuggestionQueue]:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        return await cairn.views.suggestions(
            chosen, status=statuses(status), client_id=client_id, after=after, limit=limit
        )


async def read_one(practice_id: UUID | None, suggestion_id: UUID) -> SuggestionQueue:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        found = await cairn.views.suggestion(chosen, suggestion_id)
    if found is None:
        raise Choice("There is no suggestion of this id: see `cairn suggestions`.")
    return found


def print_suggestions(rows: list[SuggestionQueue]) -> None:
    print_table(
        ("suggestion, client", "words"),
        [(head_of(row), " ".join(row.sentences)) for row in rows],
        whole=("suggestion, client",),
    )


def head_of(row: SuggestionQueue) -> str:
    status = f"{row.kind}, {row.status}"
    return "\n".join((str(row.suggestion_id), str(row.client_id), status, f"date {row.due_on}"))


def show_one(one: SuggestionQueue) -> None:
    print_table(("", ""), facts_of(one), whole=("",))
    for sentence in one.sentences:
        print_text(sentence)
    if one.options:
        print_table(
            ("#", "way on", "words", "arithmetic"),
            [
                (str(nth), way.way.replace("_", " "), way.words, way.arithmetic)
                for nth, way in enumerate(one.options)
            ],
        )
    numbers = [(name.replace("_", " "), number(n)) for name, n in one.evidence.numbers.items()]
    positions = ", ".join(map(str, one.evidence.positions))
    print_table(
        ("computed from", ""),
        [*numbers, ("formula", one.evidence.formula), ("entries at positions", positions)],
    )


def facts_of(one: SuggestionQueue) -> list[tuple[str, str]]:
    facts = {
        "suggestion": str(one.suggestion_id),
        "client": str(one.client_id),
        "goal": str(one.goal_id),
        "kind": one.kind,
        "status": one.status,
        "date that passed": str(one.due_on),
        "language": one.language,
        "offered": moment(one.offered_at),
        "decided": f"{moment(one.decided_at)} {one.decided_by or ''}".strip(),
        "way on that was taken": "" if one.option is None else str(one.option),
        "dismissed because": one.dismiss_reason,
        "released": moment(one.released_at),
        "the client reads": " ".join(one.released_sentences or ()),
    }
    return [(name, fact) for name, fact in facts.items() if fact]
