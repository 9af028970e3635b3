"""`cairn import`: moods and assessments from a CSV file, each line once."""

import asyncio
from collections.abc import Sequence
from typing import Any

import click
import msgspec

from events import instruments
from events.moment import zone_named
from events.practice_reading import read_practice
from events.text import Language, Statement
from service.console.connection import (
    chosen_practice,
    opened,
)
from service.console.import_options import (
    MISSING,
    Given,
    columns_named,
    missing_named,
    moments,
    require_one_time_column,
    scale_named,
    shared_options,
)
from service.console.output import print_json, print_table, progress, say
from service.csv_commands import FirstScoreGoal, Terms
from service.csv_file import CsvFile
from service.csv_import import Import
from service.csv_rows import Columns, Kind, Refused
from service.csv_summary import Summary
from service.ids import drawn_id

WHY_FORM = "expected words, 500 characters at most"
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
    missing is never zero. Refused lines are named on standard error, and the exit code is then 1;
    the other lines are written. Lines that answer an item about suicide with more than 0 come
    first, every one; of the others a thousand are named and the rest is counted. A file may be
    gzipped.

    An answer of more than 0 to an item about suicide raises a safety flag, however old it is:
    people on duty are asked to look. Where nobody is on duty, lines with the answers of such a form
    are refused, unless they were imported before; totals are a record of what was asked elsewhere,
    and are taken.

    No answer above 0 is lost with a line that is refused, for whatever reason: --raise-refused puts
    it onto the queue of safety flags, where it waits if nobody is on duty. With --enrol its client
    is enrolled as any other. A line that names no client can not be raised; it is told by its
    number.

    \b
    Examples:
      cairn import moods diary.csv --client id --rating mood --at when --dry-run
      cairn import assessments phq9.csv --client id --total score \\
        --instrument phq9 --at taken_on
      cairn import assessments phq9.csv.gz --client id \\
        --answers q1,q2,q3,q4,q5,q6,q7,q8,q9 --missing 7,9 \\
        --instrument phq9 --at taken_on
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
      cairn import moods daily.csv --client subject --rating depression \\
        --scale 42:0 --day day --start 2026-03-02 --zone America/Chicago --enrol
    """
    return start("moods", options, value=rating, scale=scale_named(scale))


@import_.command()
@shared_options
@click.option("--total", help="The column with the total, in points.")
@click.option(
    "--answers",
    multiple=True,
    metavar="COLUMN,…",
    help="The columns with the answers, in the order of the items, with commas between; the total "
    "is computed. Where a name has a comma, say --answers again for each column.",
)
@click.option(
    "--suicide-item",
    help="The column that says how the item about suicide was answered, from 0 up or not_recorded, "
    "which a total alone hides; not recorded, if left out.",
)
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
    total: str | None,
    answers: tuple[str, ...],
    suicide_item: str | None,
    instrument: str | None,
    instrument_column: str | None,
    **options: Any,
) -> int:
    """Import assessments from FILE.csv, and set a goal for each client where asked.

    A form with answers missing is kept as incomplete: it has no total. The goals are set as of the
    day of each client's first score, and agreed by both; who was discharged gets none.

    \b
    Examples:
      cairn import assessments trial.csv --client subject --total bdi2_total \\
        --instrument bdi2 --month month --month-days 28 --start 2026-01-05 \\
        --enrol --goal-percent -50 --goal-weeks 8
      cairn import assessments survey.csv.gz --client SEQN --instrument phq9 \\
        --answers DPQ010,DPQ020,DPQ030,DPQ040,DPQ050,DPQ060,DPQ070,DPQ080,DPQ090 \\
        --missing 7,9 --on 2018-12-31 --enrol
    """
    wanted = goal_wanted(
        *(options.pop(name) for name in ("goal_percent", "goal_weeks")),
        achievability=options.pop("goal_achievability"),
        why=options.pop("goal_why"),
    )
    items = columns_named(answers)
    if total is None and not items:
        raise click.UsageError("Say --total, or --answers, or both.")
    if (instrument is None) == (instrument_column is None):
        raise click.UsageError("Say either --instrument or --instrument-column.")
    if items and instrument is not None:
        require_as_many(items, instrument)
    return start(
        "assessments",
        options,
        value=total,
        answers=items,
        suicide_item=suicide_item,
        instrument=instrument,
        instrument_column=instrument_column,
        goal=wanted,
    )


def goal_wanted(
    percent: float | None, weeks: int | None, *, achievability: int, why: str | None
) -> FirstScoreGoal | None:
    """The goal each client is given, where one was asked for. Raises click.UsageError."""
    if (percent is None) != (weeks is None):
        raise click.UsageError("--goal-percent and --goal-weeks go together.")
    if percent is None or weeks is None:
        return None
    goal = FirstScoreGoal(percent=percent, weeks=weeks, achievability=achievability)
    if why is None:
        return goal
    try:
        return msgspec.structs.replace(goal, why=msgspec.convert(why, Statement))
    except msgspec.ValidationError:
        raise click.UsageError(f"--goal-why: {WHY_FORM}.") from None


def require_as_many(columns: Sequence[str], instrument_id: str) -> None:
    """Raises click.UsageError unless there is a column for each item of the instrument."""
    instrument = instruments.named(instrument_id)
    if instrument.scoring is None:
        raise click.UsageError(f"{instrument.name}: the total alone is kept; say --total.")
    if len(columns) != instrument.scoring.count:
        raise click.UsageError(
            f"{instrument.name} has {instrument.scoring.count} items, "
            f"and --answers names {len(columns)} columns."
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
        print_table(("", "lines"), counted(summary, raise_refused=given.raise_refused))
    offer(summary, raise_refused=given.raise_refused)
    if summary.dry_run and not given.as_json:
        say("Nothing was written: this was a dry run.")
    return 1 if summary.refused or summary.goals_refused else 0


async def run(
    kind: Kind, given: Given, goal: FirstScoreGoal | None, columns: dict[str, Any]
) -> Summary:
    file = CsvFile(given.file, delimiter=given.delimiter, encoding=given.encoding)
    async with opened() as cairn:
        practice_id = await chosen_practice(cairn, given.practice_id)
        practice = await read_practice(cairn.store, practice_id)
        zone = given.zone or practice.zone
        terms = Terms(
            practice_id=practice_id,
            columns=Columns(
                kind=kind,
                client=given.client,
                moments=moments(given, zone_named(zone)),
                note=given.note,
                name=given.name,
                missing=MISSING if columns.get("answers") else missing_named(given.missing),
                not_answered=missing_named(given.missing),
                **columns,
            ),
            zone=zone,
            language=language_named(given.language or practice.language),
            enrol=given.enrol,
            goal=goal,
            dry_run=given.dry_run,
            raise_refused=given.raise_refused,
            missing_allowed=practice.missing_allowed,
        )
        with progress(given.file.name, total=file.size_bytes) as show:
            one = Import(cairn.store, terms, now=cairn.clock(), run_id=drawn_id())
            return await one.run(file, progress=show, report=tell)


def tell(refused: Refused) -> None:
    warning = "an item about suicide is answered above 0, and " if refused.endorsed else ""
    say(f"line {refused.line}: {warning}{refused.why}")


def offer(summary: Summary, *, raise_refused: bool) -> None:
    """Say what can be done about refused lines, and which endorsed ones nobody was told of."""
    if summary.refusals_left_out:
        say(
            f"{summary.refusals_left_out} more refusals are not named here: mend the lines above "
            "and import again."
        )
    if summary.unfiled_raised:
        say(
            f"{lines(summary.unfiled_raised)} now on the queue of safety flags: an item about "
            "suicide is answered above 0 there."
        )
    enrolled = "would be enrolled" if summary.dry_run else "was enrolled"
    for line in summary.enrolled_from_broken:
        say(f"line {line}: its client {enrolled} by what can be read of the line: check who it is.")
    is_done = raise_refused and not summary.dry_run
    was = "was" if is_done else "can be"
    for one in summary.unfiled_not_raised:
        say(f"line {one.line}: no safety flag {was} raised: {one.why.rstrip('.')}.")
    if is_done:
        if summary.unfiled_not_raised:
            say("Nobody was told of these lines: look at them yourself now.")
    elif summary.endorsed_refused:
        say(
            f"In {summary.endorsed_refused} of the refused lines an item about suicide is answered "
            f"above 0. Look at them now.{offered(summary, raise_refused=raise_refused)}"
        )


def offered(summary: Summary, *, raise_refused: bool) -> str:
    """With which options the endorsed lines are raised that can be, after a blank; else nothing."""
    raisable = summary.endorsed_refused - len(summary.unfiled_not_raised)
    if not raisable:
        return ""
    options = [
        *(["with --enrol"] if summary.endorsed_not_enrolled else []),
        *(["with --raise-refused"] if not raise_refused else []),
        *(["without --dry-run"] if summary.dry_run else []),
    ]
    which = "them" if raisable == summary.endorsed_refused else f"{raisable} of them"
    enrolling = ", and to enrol their clients" if summary.endorsed_not_enrolled else ""
    how = " and ".join(options).replace(" and with ", " and ")
    return f" Import again {how} to put {which} onto the queue of safety flags{enrolling}."


def lines(count: int) -> str:
    return "1 refused line is" if count == 1 else f"{count} refused lines are"


def counted(summary: Summary, *, raise_refused: bool) -> list[tuple[str, str]]:
    """The summary in words."""
    would = "would be " if summary.dry_run else ""
    is_raised = raise_refused and not summary.dry_run
    incomplete = [("of those incomplete, without a total", str(summary.incomplete))]
    flags = [(f"safety flags {would}raised", str(summary.flags_raised))]
    hidden = [("of totals, item about suicide not known", str(summary.suicide_item_not_recorded))]
    endorsed = [("refused, an item about suicide answered above 0", str(summary.endorsed_refused))]
    raised = [("of those, on the queue of safety flags now", str(summary.unfiled_raised))]
    can = "was" if is_raised else "can be"
    not_raised = [(f"of those, no safety flag {can} raised", str(len(summary.unfiled_not_raised)))]
    added = [(f"items about suicide {would}added to totals", str(summary.suicide_items_added))]
    goals_refused = [("goals refused", str(summary.goals_refused))]
    return [
        *(endorsed if summary.endorsed_refused else ()),
        *(raised if is_raised and summary.endorsed_refused else ()),
        *(not_raised if summary.unfiled_not_raised else ()),
        ("read", str(summary.lines)),
        (f"{would}written", str(summary.written)),
        *(incomplete if summary.incomplete else ()),
        *(flags if summary.incomplete or summary.flags_raised else ()),
        *(hidden if summary.suicide_item_not_recorded else ()),
        *(added if summary.suicide_items_added else ()),
        ("already there", str(summary.already_there)),
        ("without a value, skipped", str(summary.missing)),
        ("refused", str(summary.refused)),
        (f"clients {would}enrolled", str(summary.clients_enrolled)),
        (f"goals {would}set", str(summary.goals_set)),
        *(goals_refused if summary.goals_refused else ()),
    ]
