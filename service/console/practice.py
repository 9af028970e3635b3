"""`cairn practice`: add practices, list them, change their settings.

How a practice works (duty, crisis lines, norms, tracking, release) is in practice_choices.py.
"""

import asyncio
from uuid import UUID

import click
import msgspec

from events.ids import require_choosable
from events.practice import (
    PRACTICE,
    ChangePracticeSettings,
    OpenPractice,
    Practice,
    PracticeCommand,
)
from events.practice_reading import read_practice
from service.console import crisis_lines, norms, practice_choices
from service.console.cells import NAME, Cell, line, stacked
from service.console.connection import (
    ASK_DOCTOR,
    chosen_practice,
    opened,
    practice_option,
    readable,
)
from service.console.output import as_json_option, print_json, print_table, print_text
from service.ids import drawn_id
from service.wiring import Cairn


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A practice, as it is listed. `events` is the last position of its log.

    Of a practice that can not be read only the id and `events` are known; `advice` says what to do.
    """

    id: UUID
    name: str | None = None
    zone: str | None = None
    country: str | None = None
    language: str | None = None
    events: int
    advice: str | msgspec.UnsetType = msgspec.UNSET


zone_help = "The time zone, such as Europe/Zurich."
country_help = "The country, as two capital letters (ISO 3166-1)."
id_help = "The id, to add it only once: a UUID of version 4 or 7."
language_help = "The language, such as en or es."


@click.group()
def practice() -> None:
    """Add practices, list them, and say how they work.

    \b
    Examples:
      cairn practice add "Harbour Practice" --zone Europe/Zurich --country CH
      cairn practice duty --person "anna=Anna Keller" --minutes 30
    """


for choice in (crisis_lines.crisis_lines, norms.norms, *practice_choices.CHOICES):
    practice.add_command(choice)


@practice.command()
@click.argument("name")
@click.option("--zone", required=True, help=zone_help)
@click.option("--country", required=True, help=country_help)
@click.option("--language", default="en", show_default=True, help=language_help)
@click.option("--id", "practice_id", type=click.UUID, help=id_help)
@as_json_option
def add(
    name: str, zone: str, country: str, language: str, practice_id: UUID | None, as_json: bool
) -> None:
    """Add a practice called NAME, and print its id.

    \b
    Example:
      cairn practice add "Harbour Practice" --zone Europe/Zurich --country CH
    """
    command = OpenPractice(
        practice_id=practice_id or drawn_id(),
        name=name,
        zone=zone,
        country=country,
        language=language,
    )
    shown = asyncio.run(issue(checked(command, OpenPractice), adding=True))
    if as_json:
        print_json(shown)
    else:
        click.echo(shown.id)


@practice.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """List the practices with their settings.

    \b
    Example:
      cairn practice list --json
    """
    shown = asyncio.run(read_all())
    if as_json:
        print_json(shown)
        return
    print_table(
        ("practice", "where", "events"),
        [cells(one) for one in shown],
        whole=("practice",),
    )


def cells(one: Shown) -> tuple[Cell, str, str]:
    """A practice's row in the list."""
    if isinstance(one.advice, str):
        return stacked("can not be read", str(one.id)), one.advice, str(one.events)
    where = f"{one.zone}\n{one.country}, {one.language}"
    return stacked(line(one.name or "", NAME), str(one.id)), where, str(one.events)


@practice.command("set")
@practice_option
@click.option("--name", help="The name.")
@click.option("--zone", help=zone_help)
@click.option("--country", help=country_help)
@click.option("--language", help=language_help)
@as_json_option
def set_(
    practice_id: UUID | None,
    name: str | None,
    zone: str | None,
    country: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Change settings of a practice; what is left out stays as it is.

    \b
    Example:
      cairn practice set --zone Europe/Madrid --language es
    """
    if not any((name, zone, country, language)):
        raise click.UsageError("Say what to change: --name, --zone, --country or --language.")

    async def change() -> Shown:
        async with opened() as cairn:
            chosen = await chosen_practice(cairn, practice_id)
        command = ChangePracticeSettings(
            practice_id=chosen, name=name, zone=zone, country=country, language=language
        )
        return await issue(checked(command, ChangePracticeSettings), adding=False)

    shown = asyncio.run(change())
    if as_json:
        print_json(shown)
    else:
        print_text(line(f"{shown.name}: {shown.zone}, {shown.country}, {shown.language}"))


def checked(command: PracticeCommand, kind: type[PracticeCommand]) -> PracticeCommand:
    """The command, if its words have the form they need. Raises click.UsageError."""
    try:
        return msgspec.convert(msgspec.to_builtins(command), kind)
    except msgspec.ValidationError as refused:
        field = str(refused).rpartition("`$.")[2].rstrip("`")
        expected = {
            "country": "two capital letters, such as CH",
            "language": "two or three letters, such as en, or en-GB",
            "name": "a name of 1 to 200 characters",
            "zone": "a time zone such as Europe/Zurich",
        }.get(field, "another value")
        raise click.UsageError(f"{field}: expected {expected}.") from None


async def issue(command: PracticeCommand, *, adding: bool) -> Shown:
    """Open a practice or change one, and answer how it stands."""
    practice_id = command.practice_id
    async with opened() as cairn:
        if adding and not await cairn.store.read_stream(
            practice_id, PRACTICE.category, practice_id
        ):
            require_choosable(practice_id, field="id")
        # Adding a practice of the same id twice is one act.
        command_id = practice_id if adding else None
        await practice_choices.issue(cairn, practice_id, command, command_id=command_id)
        return await shown_as(cairn, practice_id, await read_practice(cairn.store, practice_id))


async def read_all() -> list[Shown]:
    async with opened() as cairn:
        return [
            await shown_as(cairn, practice_id, await readable(cairn, practice_id))
            for practice_id in await cairn.store.practices()
        ]


async def shown_as(cairn: Cairn, practice_id: UUID, state: Practice | None) -> Shown:
    """A practice as it is listed; `state` is None where it can not be read."""
    events = await cairn.store.head(practice_id)
    if state is None:
        return Shown(id=practice_id, events=events, advice=ASK_DOCTOR)
    return Shown(
        id=practice_id,
        name=state.name,
        zone=state.zone,
        country=state.country,
        language=state.language,
        events=events,
    )
