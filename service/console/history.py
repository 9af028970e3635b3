"""`cairn history`: every revision of a goal, field by field."""

import asyncio
from typing import Any
from uuid import UUID

import click
import msgspec

from projections.goal_history import FieldChange, Revision
from service.console.connection import Choice, chosen_practice, opened, practice_option
from service.console.output import as_json_option, print_json, print_table

# A table is for reading: where the evidence lies in the log stands in the JSON.
LEFT_TO_JSON = frozenset({"evidence_position"})


@click.command()
@click.argument("goal", type=click.UUID, metavar="GOAL")
@practice_option
@as_json_option
def history(goal: UUID, practice_id: UUID | None, as_json: bool) -> None:
    """Show every revision of GOAL: when, who, what from and to, why, and whether the client agreed.

    It is read from the log itself, so it is never behind.

    \b
    Example:
      cairn history 0198f0c2-5f0a-7c7e-9d3a-2b1c4d5e6f70
    """
    steps = asyncio.run(read(goal, practice_id))
    if as_json:
        print_json(steps)
        return
    print_table(
        ("#", "when, who", "what", "change", "why", "agreed"),
        [row_of(step) for step in steps],
        whole=("when, who",),
    )


async def read(goal_id: UUID, practice_id: UUID | None) -> list[Revision]:
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        steps = await cairn.views.history(chosen, goal_id)
    if not steps:
        raise Choice("There is no goal of this id in this practice.")
    return steps


def row_of(step: Revision) -> tuple[str, ...]:
    """A line for each field that was changed."""
    agreed = {True: "yes", False: "no", None: ""}[step.client_agreed]
    when = step.occurred_at.isoformat(sep=" ", timespec="minutes")
    what = step.kind.removeprefix("goal_").replace("_", " ")
    changes = [from_to(change) for change in step.changes if change.field not in LEFT_TO_JSON]
    who = f"{when}\n{step.actor}"
    return str(step.version), who, what, "\n".join(changes), step.why, agreed


def from_to(change: FieldChange) -> str:
    """What changed, from what where there was something before, to what."""
    name = change.field.replace("_", " ").replace(".", " ")
    before = "" if change.from_value is None else f"{words(change.from_value)} → "
    return f"{name}: {before}{words(change.to_value)}"


def words(value: Any) -> str:
    """A value as people write it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case float():
            return f"{value:g}"
        case [str(), *_]:
            return " · ".join(value)
        case {"type": "percent_change", "percent": percent}:
            return f"{percent:+g} %"
        case {"type": "value", "value": points}:
            return f"{points:g} points"
        case {"fraction": fraction, "latest": latest, **_rest}:
            now = "" if latest is None else f", latest {latest:g}"
            return f"{fraction:.0%} of the way{now}"
        case _:
            plain = msgspec.to_builtins(value)
            return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()
