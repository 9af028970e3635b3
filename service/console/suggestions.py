"""`cairn suggestions`: the drafts that wait for the clinician, and one of them in full."""

import asyncio
from collections.abc import Mapping
from typing import get_args
from uuid import UUID

import click
import msgspec
from rich.text import Text

from projections.suggestion_queue import SuggestionRow
from service.console.caseload import after_option, limit_option, say_more
from service.console.cells import NAME, QUIET, Cell, line, name, shortened, stacked
from service.console.connection import Choice, chosen_practice, opened, practice_option
from service.console.naming import (
    STATEMENT_SHOWN,
    Names,
    ShownIds,
    called,
    ids_shown,
    names_of,
    statements_of,
)
from service.console.output import (
    as_json_option,
    moment,
    number,
    print_json,
    print_table,
    print_text,
)
from service.suggestion_answers import StatusFilter, draft, statuses


class SuggestionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Suggestions, with the names of their clients, what their goals say, and their ids.

    Times are told on the clocks of `zone`, the practice's.
    """

    rows: list[SuggestionRow]
    names: Mapping[UUID, str]
    statements: Mapping[UUID, str]
    ids: ShownIds
    zone: str


@click.command()
@called("SUGGESTION", required=False)
@practice_option
@click.option(
    "--status",
    type=click.Choice(get_args(StatusFilter)),
    default="open",
    show_default=True,
    help="Suggestions in this status; open: those to decide.",
)
@click.option("--client", metavar="CLIENT", help="Those for one client, by name or id.")
@limit_option
@after_option
@as_json_option
def suggestions(
    said: str,
    practice_id: UUID | None,
    status: StatusFilter,
    client: str | None,
    limit: int,
    after: UUID | None,
    as_json: bool,
) -> None:
    """Show the drafts that wait to be decided, or all of one SUGGESTION.

    SUGGESTION is an id, the first letters of an id, or the client's name; where several wait for
    the client, with reframing or replan. One is shown with its sentences, the ways on with their
    arithmetic, and what it was computed from. They are accepted, edited, dismissed and released
    through the API, by a clinician.

    \b
    Examples:
      cairn suggestions
      cairn suggestions Daniel replan
      cairn suggestions --status dismissed --json
    """
    if said:
        page = asyncio.run(read_one(practice_id, said))
        (one,) = page.rows
        if as_json:
            print_json(draft(one))
        else:
            show_one(one, page)
        return
    page = asyncio.run(read(practice_id, status=status, client=client, limit=limit, after=after))
    rows = page.rows
    if as_json:
        print_json([draft(row) for row in rows])
    elif rows:
        print_suggestions(page)
    else:
        click.echo("No draft waits." if status == "open" else f"No suggestion is {status}.")
    if len(rows) == limit:
        say_more(rows[-1].suggestion_id, limit)


async def read(
    practice_id: UUID | None,
    *,
    status: StatusFilter,
    client: str | None,
    limit: int,
    after: UUID | None,
) -> SuggestionsPage:
    """Raises Choice and Unclear."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        names = Names(cairn=cairn, practice_id=chosen)
        client_id = None if client is None else await names.client(client)
        rows = await cairn.views.suggestions(
            chosen, status=statuses(status), client_id=client_id, after=after, limit=limit
        )
        return await page_of(names, rows)


async def read_one(practice_id: UUID | None, said: str) -> SuggestionsPage:
    """Raises Choice and Unclear."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        names = Names(cairn=cairn, practice_id=chosen)
        found = await cairn.views.suggestion(chosen, await names.suggestion(said))
        if found is None:
            raise Choice("There is no suggestion of this id: see `cairn suggestions`.")
        return await page_of(names, [found])


async def page_of(names: Names, rows: list[SuggestionRow]) -> SuggestionsPage:
    where = names.cairn, names.practice_id
    return SuggestionsPage(
        rows=rows,
        names=await names_of(*where, {row.client_id for row in rows}),
        statements=await statements_of(*where, {row.goal_id for row in rows}),
        ids=await ids_shown(*where, [row.suggestion_id for row in rows]),
        zone=(await names.cairn.views.open_flags.of(names.practice_id)).settings.zone,
    )


def print_suggestions(page: SuggestionsPage) -> None:
    print_table(
        ("client, suggestion", "goal, words"),
        [(head_of(row, page), words_of(row, page)) for row in page.rows],
        whole=("client, suggestion",),
    )


def head_of(row: SuggestionRow, page: SuggestionsPage) -> Text:
    return stacked(
        name(page.names[row.client_id]),
        f"{row.kind}, {row.status}",
        f"date {row.due_on}",
        Text(page.ids[row.suggestion_id], QUIET),
    )


def words_of(row: SuggestionRow, page: SuggestionsPage) -> Text:
    statement = shortened(page.statements[row.goal_id], STATEMENT_SHOWN)
    return stacked(line(statement, NAME), line(" ".join(row.sentences)))


def show_one(one: SuggestionRow, page: SuggestionsPage) -> None:
    print_table(("", ""), facts_of(one, page), whole=("",))
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
    numbers = [(key.replace("_", " "), number(n)) for key, n in one.evidence.numbers.items()]
    positions = ", ".join(map(str, one.evidence.positions))
    print_table(
        ("computed from", ""),
        [*numbers, ("formula", one.evidence.formula), ("entries at positions", positions)],
    )


def facts_of(one: SuggestionRow, page: SuggestionsPage) -> list[tuple[str, Cell]]:
    facts: dict[str, Cell] = {
        "suggestion": str(one.suggestion_id),
        "client": stacked(line(page.names[one.client_id], NAME), str(one.client_id)),
        "goal": stacked(line(page.statements[one.goal_id]), str(one.goal_id)),
        "kind": one.kind,
        "status": one.status,
        "date that passed": str(one.due_on),
        "language": one.language,
        "offered": moment(one.offered_at, page.zone),
        "decided": f"{moment(one.decided_at, page.zone)} {one.decided_by or ''}".strip(),
        "way on that was taken": "" if one.option is None else str(one.option),
        "dismissed because": line(one.dismiss_reason),
        "released": moment(one.released_at, page.zone),
        "the client reads": " ".join(one.released_sentences or ()),
    }
    return [(fact, told) for fact, told in facts.items() if told]
