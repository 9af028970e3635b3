"""What both imports may be told on the command line, and what it means for the lines."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
import msgspec

from service.console.connection import practice_option
from service.console.output import as_json_option
from service.csv_rows import Moments, Scale

MISSING = frozenset({"", "NA"})


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The options both imports share, as they were given."""

    file: Path
    client: str
    at: str | None
    day: str | None
    month: str | None
    on: datetime | None
    start: datetime | None
    first: int | None
    month_days: int | None
    clock: str
    zone: str | None
    note: str | None
    name: str | None
    missing: tuple[str, ...]
    enrol: bool
    language: str | None
    practice_id: UUID | None
    delimiter: str | None
    encoding: str | None
    dry_run: bool
    raise_refused: bool
    as_json: bool


def one_character(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> str | None:
    """The delimiter, if it is one. Raises click.BadParameter."""
    if value is not None and len(value) != 1:
        raise click.BadParameter("expected one character, such as ;")
    return value


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both imports may be told, in the order in which the help shows it."""
    options = (
        click.argument(
            "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv"
        ),
        click.option("--client", required=True, help="The column that names the client."),
        click.option("--at", help="The column with the date or the ISO time."),
        click.option("--day", help="The column that counts days, with --start."),
        click.option("--month", help="The column that counts months, with --start."),
        click.option(
            "--on",
            type=click.DateTime(["%Y-%m-%d"]),
            help="The date of every line, where no column says when.",
        ),
        click.option(
            "--start", type=click.DateTime(["%Y-%m-%d"]), help="The date of the first day or month."
        ),
        click.option(
            "--first", type=int, help="Its number; 1 for days and 0 for months if left out."
        ),
        click.option(
            "--month-days",
            type=click.IntRange(1, 366),
            help="Count a month as so many days, such as 28; a calendar month if left out.",
        ),
        click.option(
            "--clock",
            default="12:00",
            show_default=True,
            help="The time of day of a date without one, in the zone.",
        ),
        click.option("--zone", help="The clients' time zone; the practice's if left out."),
        click.option("--note", help="The column with a note."),
        click.option("--name", help="The column with the display name, for --enrol."),
        click.option(
            "--missing",
            multiple=True,
            help="What stands for no value (for no answer, where there are --answers), beside "
            "nothing and NA; several with commas between, or again for each.",
        ),
        click.option("--enrol", is_flag=True, help="Enrol clients that are not known yet."),
        click.option("--language", help="Of those; the practice's if left out."),
        practice_option,
        click.option(
            "--delimiter",
            callback=one_character,
            help="Between cells; found in the header if left out.",
        ),
        click.option("--encoding", help="Such as cp1252; UTF-8, or what the file's mark says."),
        click.option("--dry-run", is_flag=True, help="Check everything and write nothing."),
        click.option(
            "--raise-refused",
            is_flag=True,
            help="Put what refused lines answer about suicide onto the queue of safety flags; with "
            "--enrol also of clients that are not known yet.",
        ),
        as_json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def require_one_time_column(given: Given) -> None:
    """Raises click.UsageError unless it is clear which column says when, and how."""
    if [given.at, given.day, given.month, given.on].count(None) != 3:
        raise click.UsageError(
            "Say which column says when: --at, or --day, or --month; or --on for all lines."
        )
    if given.at is None and given.on is None and given.start is None:
        raise click.UsageError("--day and --month need --start, the date of the first.")
    if given.month_days is not None and given.month is None:
        raise click.UsageError("--month-days goes with --month.")


def moments(given: Given, zone: ZoneInfo) -> Moments:
    """Which column says when. Raises click.UsageError for a clock that is none."""
    try:
        clock = time.fromisoformat(given.clock)
    except ValueError:
        raise click.UsageError("--clock: expected a time of day such as 09:30.") from None
    if given.on is not None:
        return Moments(by="start", column="", zone=zone, clock=clock, start=given.on.date())
    start_on = date.min if given.start is None else given.start.date()
    if given.at is not None:
        return Moments(by="at", column=given.at, zone=zone, clock=clock)
    if given.day is not None:
        first = 1 if given.first is None else given.first
        return Moments(
            by="day", column=given.day, zone=zone, clock=clock, start=start_on, first=first
        )
    return Moments(
        by="month",
        column=given.month or "",
        zone=zone,
        clock=clock,
        start=start_on,
        first=given.first or 0,
        month_days=given.month_days,
    )


def missing_named(words: Sequence[str]) -> frozenset[str]:
    """What stands for no value, nothing and NA included."""
    return frozenset({*MISSING, *(one.strip() for word in words for one in word.split(","))})


def columns_named(words: Sequence[str]) -> tuple[str, ...]:
    """The columns of --answers: said once, with commas between; said again for each, whole."""
    if len(words) > 1:
        return tuple(words)
    return tuple(name.strip() for word in words for name in word.split(","))


def scale_named(text: str | None) -> Scale | None:
    """A scale such as 42:0. Raises click.UsageError."""
    if text is None:
        return None
    worst, _, best = text.partition(":")
    try:
        scale = Scale(worst=float(worst), best=float(best))
    except ValueError:
        scale = None
    if scale is None or not abs(scale.worst - scale.best) > 0:
        raise click.UsageError("--scale: expected two different numbers, WORST:BEST, such as 42:0.")
    return scale
