"""`cairn import`: moods and assessments from a CSV file, each line once."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from events import instruments
from events.moment import zone_named
from events.text import Language
from service.console.connection import (
    chosen_practice,
    opened,
    practice_named,
)
from service.console.import_options import (
    Given,
    moments,
    require_one_time_column,
    scale_named,
    shared_options,
)
from service.console.output import print_json, print_table, progress, say
from service.csv_commands import FirstScoreGoal, Terms
from service.csv_import import Import, Summary
from service.csv_rows import Columns, CsvFile, Kind, Refused
from service.ids import drawn_id

MISSING = ("", "NA")


LANGUAGE_FORM = "expected two or three letters, such as en, or en-GB"


def language_named(name: str) -> str:
    """The language, if its name has the form it needs. Raises click.UsageError."""
    try:
        return msgspec.convert(name, Language)
    except msgspec.ValidationError:
        raise click.UsageError(f"--language: {LANGUAGE_FORM}.") from None


@click.group("import")
def import_() -> None:
    """Bring moods or assessments from a CSV file.

    Each line is one entry. An entry's id is computed from the practice, the client's name in the
    file, the instrument and the time, so importing a file again writes nothing twice; a line that
    says something else than before is refused. Lines without a value are skipped, and counted:
    missing is never zero. Every line that is refused is named on standard error, and the exit code
    is then 1; the other lines are written.

    \b
    Examples:
      cairn import moods diary.csv --client id --rating mood --at when --dry-run
      cairn import assessments phq9.csv --client id --total score --instrument phq9 --at taken_on
    """


@import_.command()
@shared_options
@click.option("--rating", required=True, help="The column with the mood, from 1 to 10.")
@click.option(
    "--scale",
    metavar="WORST:BEST",
    help="The column's own scale, put onto 1 to 10 along a straight line and rounded to the "
    "nearest whole number, halves up: 42:0 makes 42 a mood of 1 and 0 a mood of 10.",
)
def moods(rating: str, scale: str | None, **options: Any) -> int:
    """Import mood entries from FILE.csv.

    \b
    Example:
      cairn import moods daily.csv --client subject --rating depression --scale 42:0 \\
        --day day --start 2026-03-02 --zone America/Chicago --enrol
    """
    return start("moods", options, value=rating, scale=scale_named(scale))


@import_.command()
@shared_options
@click.option("--total", required=True, help="The column with the total, in points.")
@click.option(
    "--instrument",
    type=click.Choice(sorted(instruments.known())),
    metavar="ID",
    help=f"The instrument of all lines: {', '.join(sorted(instruments.known()))}.",
)
@click.option("--instrument-column", help="Or the column that names it.")
@click.option(
    "--goal-percent",
    type=click.FloatRange(-100, 1000),
    help="Give each client a goal from the first score: the change in percent, -50 for half of it.",
)
@click.option("--goal-weeks", type=click.IntRange(1, 260), help="In so many weeks.")
@click.option(
    "--goal-achievability",
    type=click.IntRange(0, 10),
    default=5,
    show_default=True,
    help="How achievable the clients found it, from 0 to 10.",
)
@click.option("--goal-why", help="Why it matters to them.")
def assessments(
    total: str,
    instrument: str | None,
    instrument_column: str | None,
    goal_percent: float | None,
    goal_weeks: int | None,
    goal_achievability: int,
    goal_why: str | None,
    **options: Any,
) -> int:
    """Import assessments from FILE.csv, and set a goal for each client where asked.

    The goals are set as of the day of each client's first score, and agreed by both.

    \b
    Example:
      cairn import assessments trial.csv --client subject --total bdi2_total --instrument bdi2 \\
        --month month --month-days 28 --start 2026-01-05 --enrol --goal-percent -50 --goal-weeks 8
    """
    if (instrument is None) == (instrument_column is None):
        raise click.UsageError("Say either --instrument or --instrument-column.")
    if (goal_percent is None) != (goal_weeks is None):
        raise click.UsageError("--goal-percent and --goal-weeks go together.")
    goal = None
    if goal_percent is not None and goal_weeks is not None:
        goal = FirstScoreGoal(
            percent=goal_percent, weeks=goal_weeks, achievability=goal_achievability
        )
        if goal_why:
            goal = msgspec.structs.replace(goal, why=goal_why)
    return start(
        "assessments",
        options,
        value=total,
        instrument=instrument,
        instrument_column=instrument_column,
        goal=goal,
    )


def start(
    kind: Kind, options: dict[str, Any], *, goal: FirstScoreGoal | None = None, **columns: Any
) -> int:
    """Run an import and tell what came of it; the exit code."""
    given = Given(**options)
    require_one_time_column(given)
    summary = asyncio.run(run(kind, given, goal, columns))
    if given.as_json:
        print_json(summary)
    else:
        print_table(("", "lines"), counted(summary))
        if summary.dry_run:
            say("Nothing was written: this was a dry run.")
    return 1 if summary.refused else 0


async def run(
    kind: Kind, given: Given, goal: FirstScoreGoal | None, columns: dict[str, Any]
) -> Summary:
    file = CsvFile(given.file, delimiter=given.delimiter, encoding=given.encoding)
    async with opened() as cairn:
        practice_id = await chosen_practice(cairn, given.practice_id)
        practice = await practice_named(cairn, practice_id)
        zone = given.zone or practice.zone
        terms = Terms(
            practice_id=practice_id,
            columns=Columns(
                kind=kind,
                client=given.client,
                moments=moments(given, zone_named(zone)),
                note=given.note,
                name=given.name,
                missing=frozenset({*MISSING, *given.missing}),
                **columns,
            ),
            zone=zone,
            language=language_named(given.language or practice.language),
            enrol=given.enrol,
            goal=goal,
            dry_run=given.dry_run,
        )
        now = datetime.now(UTC)
        with progress(given.file.name, total=file.size_bytes) as show:
            one = Import(cairn.store, terms, now=now, run_id=drawn_id())
            return await one.run(file, progress=show, report=tell)


def tell(refused: Refused) -> None:
    say(f"line {refused.line}: {refused.why}")


def counted(summary: Summary) -> list[tuple[str, str]]:
    """The summary in words."""
    would = "would be " if summary.dry_run else ""
    return [
        ("read", str(summary.lines)),
        (f"{would}written", str(summary.written)),
        ("already there", str(summary.already_there)),
        ("without a value, skipped", str(summary.missing)),
        ("refused", str(summary.refused)),
        (f"clients {would}enrolled", str(summary.clients_enrolled)),
        (f"goals {would}set", str(summary.goals_set)),
    ]
