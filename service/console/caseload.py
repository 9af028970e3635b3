"""`cairn caseload`: a row per client, and what waits for the clinician."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import click
import msgspec
from rich.text import Text

from projections.caseload import Attention, AttentionKind, ClientSummary
from projections.queries import PAGE_LIMIT
from service.client_answers import client_answer
from service.console.cells import FLAG, LOOK, QUIET, Cell, name, stacked
from service.console.connection import chosen_practice, opened, practice_option
from service.console.naming import ShownIds, ids_shown
from service.console.output import as_json_option, moment, print_json, print_table, say
from workers.outbox import count_disabled

SHOWN = 50
# What somebody has to look at, which is not as good as it could be.
TO_LOOK_AT: frozenset[AttentionKind] = frozenset(
    {
        "not_shown",
        "deadline_passed",
        "at_risk",
        "no_longer_met",
        "worse_than_baseline",
        "worse_than_best",
        "no_reliable_improvement",
        "assessments_not_recorded",
    }
)


class CaseloadPage(msgspec.Struct, frozen=True, kw_only=True):
    """Clients by id, how their ids are shown, and what has to be said below them."""

    rows: list[ClientSummary]
    ids: ShownIds
    disabled: int
    flags: int


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

    Of the clients on a page those come first of whom a safety flag is open, then those for whom
    something else waits. With each client safety flags come first, then what is recorded and can
    not be shown yet (`cairn doctor` says why), suggestions, goals, and what is not on track.
    `cairn client NAME` shows one client, with the numbers behind it.

    \b
    Examples:
      cairn caseload
      cairn caseload --attention --json
    """
    page = asyncio.run(read(practice_id, attention=attention, limit=limit, after=after))
    rows = page.rows
    if as_json:
        print_json([client_answer(row, told_all=True) for row in rows])
    elif rows:
        print_table(
            ("client", "open goals", "last entry", "what waits"),
            [cells(row, page.ids) for row in sorted(rows, key=urgency)],
            whole=("client",),
        )
    else:
        click.echo("Nobody waits for the clinician." if attention else "There is no client here.")
    if len(rows) == limit:
        say_more(rows[-1].client_id, limit)
        if page.flags and not as_json:
            say(f"Safety flags that are open in the practice: {page.flags}. See `cairn safety`.")
    if page.disabled:
        say(f"Nothing is sent by {counted(page.disabled)} any more: see `cairn subscriptions`.")


def counted(disabled: int) -> str:
    return "one subscription" if disabled == 1 else f"{disabled} subscriptions"


def say_more(last_id: UUID, limit: int) -> None:
    """There may be more than what is shown: says so, and how to see it."""
    say(f"These are {limit}; --after {last_id} shows the next, if there are more.")


async def read(
    practice_id: UUID | None, *, attention: bool, limit: int, after: UUID | None
) -> CaseloadPage:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        rows = await cairn.views.caseload(
            chosen, now=cairn.clock(), attention=attention or None, after=after, limit=limit
        )
        return CaseloadPage(
            rows=rows,
            ids=await ids_shown(cairn, chosen, [row.client_id for row in rows]),
            disabled=await count_disabled(cairn.pool, chosen),
            flags=len(list((await cairn.views.open_flags.of(chosen)).rows)),
        )


def urgency(row: ClientSummary) -> tuple[bool, bool, bool, str]:
    """Safety flags first, then who waits, then the others; each by name."""
    is_flagged = any(one.kind == "safety_flag" for one in row.attention)
    return not is_flagged, not row.attention, row.stage == "discharged", row.display_name.casefold()


def cells(row: ClientSummary, ids: ShownIds) -> tuple[Cell, ...]:
    stage = "" if row.stage == "enrolled" else f"({row.stage})"
    last = row.last_entry
    entry = (
        ""
        if last is None
        else f"{last.kind.replace('_', '-')}\n{moment(last.occurred_at, row.zone)}"
    )
    who = stacked(name(row.display_name), stage, Text(ids[row.client_id], QUIET))
    return who, str(row.open_goals), entry, waits(row.attention)


def waits(attention: Sequence[Attention]) -> Text:
    """What waits, each kind once, with how often if that is more than once."""
    kinds = Counter((kind_of(one), style_of(one)) for one in attention)
    return stacked(
        *(
            Text(kind if times == 1 else f"{kind} ({times})", style)
            for (kind, style), times in kinds.items()
        )
    )


def style_of(one: Attention) -> str:
    """A safety flag looks like nothing else."""
    if one.kind == "safety_flag":
        return FLAG
    return LOOK if one.kind in TO_LOOK_AT else ""


def kind_of(one: Attention) -> str:
    kind = one.kind.replace("_", " ")
    if one.kind == "safety_flag":
        return f"! {kind}"
    if isinstance(one.view, str):
        return f"{kind}: {one.view.replace('_', ' ')}"
    return kind if one.instrument is None else f"{one.instrument}: {kind}"
