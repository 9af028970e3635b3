"""`cairn caseload`: a row per client, and what waits for the clinician."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import click

from projections.caseload import Attention, Caseload
from projections.queries import PAGE_LIMIT
from service.console.connection import chosen_practice, opened, practice_option
from service.console.output import as_json_option, moment, print_json, print_table, say
from service.routes.clients import client_answer
from workers.outbox import count_disabled

SHOWN = 50

limit_option = click.option(
    "--limit",
    type=click.IntRange(1, PAGE_LIMIT),
    default=SHOWN,
    show_default=True,
    help="How many at most.",
)
after_option = click.option(
    "--after", type=click.UUID, metavar="ID", help="Go on after this one, the last of those before."
)


@click.command()
@practice_option
@click.option("--attention", is_flag=True, help="Those alone who wait for the clinician.")
@limit_option
@after_option
@as_json_option
def caseload(
    practice_id: UUID | None, attention: bool, limit: int, after: UUID | None, as_json: bool
) -> None:
    """Show the clients, each with open goals, the last entry, and what waits for the clinician.

    Safety flags come first, then what is recorded and can not be shown yet (`cairn doctor` says
    why), suggestions, goals, and what is not on track. `cairn client ID` shows one client, with the
    numbers behind it.

    \b
    Examples:
      cairn caseload
      cairn caseload --attention --json
    """
    rows, disabled = asyncio.run(read(practice_id, attention=attention, limit=limit, after=after))
    if as_json:
        print_json([client_answer(row, told_all=True) for row in rows])
    elif rows:
        print_table(
            ("client", "open goals", "last entry", "what waits"),
            [cells(row) for row in rows],
            whole=("client",),
        )
    else:
        click.echo("Nobody waits for the clinician." if attention else "There is no client here.")
    if len(rows) == limit:
        say_more(rows[-1].client_id, limit)
    if disabled:
        say(f"Nothing is sent by {counted(disabled)} any more: see `cairn subscriptions`.")


def counted(disabled: int) -> str:
    return "one subscription" if disabled == 1 else f"{disabled} subscriptions"


def say_more(last_id: UUID, limit: int) -> None:
    """There may be more than what is shown: says so, and how to see it."""
    say(f"These are {limit}; --after {last_id} shows the next, if there are more.")


async def read(
    practice_id: UUID | None, *, attention: bool, limit: int, after: UUID | None
) -> tuple[list[Caseload], int]:
    """The rows, and how many of the practice's subscriptions a worker has stopped."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        rows = await cairn.views.caseload(
            chosen, now=cairn.clock(), attention=attention or None, after=after, limit=limit
        )
        return rows, await count_disabled(cairn.pool, chosen)


def cells(row: Caseload) -> tuple[str, ...]:
    name = row.display_name if row.stage == "enrolled" else f"{row.display_name} ({row.stage})"
    last = row.last_entry
    entry = "" if last is None else f"{last.kind.replace('_', '-')}\n{moment(last.occurred_at)}"
    return f"{name}\n{row.client_id}", str(row.open_goals), entry, "\n".join(waits(row.attention))


def waits(attention: Sequence[Attention]) -> list[str]:
    """What waits, each kind once, with how often if that is more than once."""
    kinds = Counter(kind_of(one) for one in attention)
    return [kind if times == 1 else f"{kind} ({times})" for kind, times in kinds.items()]


def kind_of(one: Attention) -> str:
    kind = one.kind.replace("_", " ")
    if isinstance(one.view, str):
        return f"{kind}: {one.view.replace('_', ' ')}"
    return kind if one.instrument is None else f"{one.instrument}: {kind}"
