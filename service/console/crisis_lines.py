"""`cairn practice crisis-lines`: where somebody in a crisis reaches a person, by country."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import click

from events.crisis import CrisisHelp, crisis_help
from events.moment import day_of
from events.practice import Practice, SetCrisisLines
from events.practice_choices import CrisisInformation, CrisisLine
from events.text import COUNTRY_CODE
from service.console.cells import Cell, line
from service.console.connection import practice_option
from service.console.output import as_json_option
from service.console.practice_choices import REACH, pairs, tell


@click.command("crisis-lines")
@click.argument("country", required=False)
@practice_option
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="NAME=REACH",
    help="A line and its number or address; again for each.",
)
@click.option("--hours", multiple=True, help="When it answers; once for each --line, in order.")
@click.option("--reviewed-by", help="Who has tried them.")
@click.option(
    "--reviewed-on", type=click.DateTime(["%Y-%m-%d"]), help="On which day; today if left out."
)
@click.option(
    "--without-emergency", is_flag=True, help="Leave the emergency number of the country out."
)
@as_json_option
def crisis_lines(
    country: str | None,
    practice_id: UUID | None,
    lines: tuple[str, ...],
    hours: tuple[str, ...],
    reviewed_by: str | None,
    reviewed_on: datetime | None,
    without_emergency: bool,
    as_json: bool,
) -> None:
    """Show or say where somebody in a crisis reaches a person, in COUNTRY (such as CH).

    Those that are named take the place of the lines that come with Cairn for that country, which
    nobody has called; the emergency number stays. --reviewed-by without a --line says that somebody
    has looked over the lines that come with Cairn.

    \b
    Example:
      cairn practice crisis-lines CH --line "Die Dargebotene Hand=143" \\
        --hours "day and night" --reviewed-by "Anna Keller"
      cairn practice crisis-lines US --reviewed-by "Anna Keller"
    """
    if lines and (country is None or reviewed_by is None):
        raise click.UsageError("--line needs COUNTRY and --reviewed-by: somebody has tried them.")
    if not lines and (hours or (reviewed_on and not reviewed_by)):
        raise click.UsageError("Say the lines as well, each with --line.")
    if reviewed_by and country is None:
        raise click.UsageError("--reviewed-by needs COUNTRY: which lines were looked over?")
    if country is not None and not re.fullmatch(COUNTRY_CODE, country):
        raise click.UsageError("COUNTRY: expected two capital letters, such as CH.")
    if hours and len(hours) != len(lines):
        raise click.UsageError("Say --hours once for each --line, or not at all.")
    named = tuple(
        CrisisLine(name=name, reach=reach, hours=when)
        for (name, reach), when in zip(
            pairs(lines, "--line", '"Die Dargebotene Hand=143"'),
            hours or ("",) * len(lines),
            strict=True,
        )
    )

    def wanted(practice_id: UUID, state: Practice, now: datetime) -> SetCrisisLines | None:
        if country is None or reviewed_by is None:
            return None
        information = CrisisInformation(
            lines=named,
            reviewed_on=reviewed_on.date() if reviewed_on else day_of(now, state.zone),
            reviewed_by=reviewed_by,
            with_emergency=not without_emergency,
        )
        return SetCrisisLines(
            practice_id=practice_id, country=country, information=information, now=now
        )

    def shown(state: Practice) -> dict[str, CrisisHelp]:
        """What clients read: of COUNTRY, or of the practice's own and all it has spoken of."""
        own = {*state.crisis_lines, state.country}
        countries = sorted(own) if country is None else [country]
        return {one: crisis_help(one, state.language, state.crisis_lines) for one in countries}

    def rows(state: Practice) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
        return ("country", "line", REACH, "hours", "reviewed on", "by"), [
            (name, *map(line, (own.name, own.reach, own.hours, *reviewed_told(one))))
            for name, one in shown(state).items()
            for own in one.lines
        ]

    tell(practice_id, wanted, shown, rows, as_json=as_json)


def reviewed_told(found: CrisisHelp) -> tuple[str, str]:
    """On which day somebody of the practice has looked over the lines, and who."""
    if found.reviewed_by is None:
        return ("not reviewed", "")
    return (str(found.reviewed_on), found.reviewed_by)
