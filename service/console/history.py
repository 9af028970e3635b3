"""`cairn history`: every revision of a goal, field by field."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click
import msgspec
from rich.text import Text

from projections.goal_history import FieldChange, Revision
from projections.naming import GoalName, goal_names
from service.console.cells import NAME, QUIET, Cell, line, stacked
from service.console.connection import Choice, chosen_practice, opened, practice_option
from service.console.naming import Names, called, names_of
from service.console.output import as_json_option, moment, print_json, print_table, print_text

# A table is for reading: where the evidence lies in the log stands in the JSON.
LEFT_TO_JSON = frozenset({"evidence_position"})
AGREED = {True: "The client agreed.", False: "The client did not agree.", None: ""}


@click.command()
@called("GOAL")
@practice_option
@as_json_option
def history(said: str, practice_id: UUID | None, as_json: bool) -> None:
    """Show every revision of GOAL: when, who, what from and to, why, and whether the client agreed.

    GOAL is an id, the first letters of an id, or the client's name; where the client has several
    goals, with words of the goal. The revisions are read from the log itself, so they are never
    behind.

    \b
    Examples:
      cairn history Ben
      cairn history Maya triggers
      cairn history 0198f0c2-5f0a
    """
    shown = asyncio.run(read(said, practice_id))
    steps = shown.steps
    if as_json:
        print_json(steps)
        return
    if shown.goal is not None:
        print_text(Text.assemble(line(shown.client, NAME), ": ", line(shown.goal.statement)))
    print_table(
        ("when, who", "what", "why"),
        [row_of(step, zone=zone_of(steps)) for step in steps],
        whole=("when, who",),
    )


class NamedHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A goal's revisions, and whose goal it is; no goal where the view has not come so far."""

    steps: list[Revision]
    goal: GoalName | None
    client: str


async def read(said: str, practice_id: UUID | None) -> NamedHistory:
    """Raises Choice and Unclear."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        goal_id = await Names(cairn=cairn, practice_id=chosen).goal(said)
        steps = await cairn.views.history(chosen, goal_id)
        if not steps:
            raise Choice("There is no goal of this id in this practice: see `cairn caseload`.")
        goal = next(iter(await goal_names(cairn.views, chosen, goal_ids=[goal_id])), None)
        names = await names_of(cairn, chosen, [goal.client_id] if goal else [])
        return NamedHistory(steps=steps, goal=goal, client="".join(names.values()))


def zone_of(steps: Sequence[Revision]) -> str | None:
    """The zone of the goal, on whose clocks its times are told; None where the record lacks it."""
    zones = [one.to_value for step in steps for one in step.changes if one.field == "zone"]
    return zones[-1] if zones and isinstance(zones[-1], str) else None


def row_of(step: Revision, *, zone: str | None) -> tuple[Cell, ...]:
    """When and who; what, with a line for each field that was changed; why, and who agreed."""
    what = step.kind.removeprefix("goal_").replace("_", " ")
    changes = [line(from_to(change)) for change in step.changes if change.field not in LEFT_TO_JSON]
    return (
        stacked(moment(step.occurred_at, zone), Text(step.actor, QUIET)),
        stacked(Text(what, NAME), *changes),
        stacked(line(step.why), AGREED[step.client_agreed]),
    )


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
