"""`cairn safety`: the safety flags that wait for a person."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from projections.safety_queries import flags
from projections.safety_queue import SafetyQueue
from service.console.connection import chosen_practice, opened, practice_option
from service.console.output import as_json_option, print_json, print_table, say

SHOWN = 200
# Two ids beside each other leave no room for anything else.
IDS = "flag, client"
FORM = "form, raised"


@click.command()
@practice_option
@click.option("--closed", is_flag=True, help="Those that were closed, with the reasons.")
@as_json_option
def safety(practice_id: UUID | None, closed: bool, as_json: bool) -> None:
    """Show the safety flags that wait for a person, those first that nobody has acknowledged.

    A flag is raised by an answer about death or self-harm, whatever the total. It is looked at
    here; a clinician acknowledges and closes it through the API.

    \b
    Example:
      cairn safety
    """
    found = asyncio.run(read(practice_id, is_open=not closed))
    if as_json:
        print_json(found)
    elif not found:
        click.echo("No safety flag was closed." if closed else "No safety flag is open.")
    else:
        columns = (FORM, IDS, *heads(closed))
        print_table(columns, [cells(row) for row in found], whole=(FORM, IDS))
    if len(found) == SHOWN:
        say(f"These are the newest {SHOWN}: see GET /v1/safety-flags for all of them.")


async def read(practice_id: UUID | None, *, is_open: bool) -> Sequence[SafetyQueue]:
    """The newest flags; of the open ones, those that nobody has acknowledged come first."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        if not is_open:
            return await flags(cairn.views, chosen, is_open=False, limit=SHOWN)
        waiting = await flags(cairn.views, chosen, is_open=True, acknowledged=False, limit=SHOWN)
        taken = await flags(cairn.views, chosen, is_open=True, acknowledged=True, limit=SHOWN)
    return [*waiting, *taken][:SHOWN]


def heads(closed: bool) -> tuple[str, ...]:
    return ("closed by", "reason", "outcome") if closed else ("asked, until", "acknowledged by")


def cells(row: SafetyQueue) -> tuple[str, ...]:
    """One flag: which item of which form, and who was asked or who has closed it."""
    form = f"{row.instrument} item {row.item}\n{moment(row.raised_at)}"
    first = (form, f"{row.flag_id}\n{row.client_id}")
    if not row.is_open:
        return (*first, row.closed_by or "", row.reason, row.outcome)
    asked = "nobody is on duty"
    if row.asked:
        last = row.asked[-1]
        asked = f"{', '.join(last.to)}\n{moment(last.acknowledge_by)}"
    return (*first, asked, row.acknowledged_by or "")


def moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(sep=" ", timespec="minutes")
