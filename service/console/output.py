"""How commands talk: answers on standard output, progress and sentences on standard error."""

import re
import shutil
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import click
import msgspec
from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from events.moment import zone_named
from service.console.cells import LOOK, NAME, Cell, as_text, has_colours, printable

WIDE = 200
# What a column of words is given at least, if there is so much in it, and by which length a word
# may be broken.
NARROWEST = 10
LONGEST_WORD = 24
# Blanks at the end of a line, also where a style ends among them.
BLANK_END = re.compile(r"(?: |\x1b\[[0-9;]*m)+$")
# Between two columns: an edge, and a space on each side.
BETWEEN = 3


class Show(Protocol):
    """Moves a bar to how much is done; `of` says anew how much there is."""

    def __call__(self, done: float, of: float | None = None) -> None: ...


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, not a table.")


def print_json(answer: Any) -> None:
    """One JSON document, indented, for people as well."""
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))


def width() -> int:
    """How many columns there are: COLUMNS, or the terminal's; wide where nobody looks at one."""
    return shutil.get_terminal_size((WIDE, 24)).columns


def print_text(text: Cell, style: str = "") -> None:
    """A paragraph, in lines that fit; an id in it is not broken at its hyphens."""
    paragraph = as_text(text)
    paragraph.stylize(style)
    click.echo(drawn(*wrapped(paragraph, width())))


def drawn(*lines: RenderableType) -> str:
    """What a terminal is sent for these, without blanks at the ends of lines."""
    console = Console(
        width=width(),
        highlight=False,
        force_terminal=has_colours(),
        color_system="standard" if has_colours() else None,
        no_color=not has_colours(),
        legacy_windows=False,
    )
    with console.capture() as captured:
        for one in lines:
            console.print(one, soft_wrap=isinstance(one, Text))
    return "\n".join(
        BLANK_END.sub(lambda end: end[0].replace(" ", ""), one)
        for one in captured.get().splitlines()
    )


def wrapped(text: Text, room: int) -> Sequence[Text]:
    """A text in lines of so many columns, broken between words, and within a longer one."""
    return list(text.wrap(Console(width=room), room, overflow="fold"))


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
    marked: Container[int] = (),
) -> None:
    """A table whose long cells go on in the next line; ids in the `whole` columns are not broken.

    Nothing is ever left out: where the columns do not fit beside each other, each row becomes a
    block of lines, one for each column. The rows that are `marked`, by their place, stand out
    where there are colours: their words have to say why by themselves.
    """
    cells = [[as_text(cell) for cell in row] for row in rows]
    if title:
        print_text(title, NAME)
    widths = column_widths(columns, cells, whole=whole, room=width())
    if widths is None:
        print_blocks(columns, cells, whole=whole, marked=marked)
        return
    table = Table(box=SIMPLE, pad_edge=False, show_header=any(columns))
    for column, column_width in zip(columns, widths, strict=True):
        table.add_column(column, width=column_width, overflow="fold")
    for nth, row in enumerate(cells):
        table.add_row(*row, style=LOOK if nth in marked else None)
    click.echo("\n".join(line for line in drawn(table).splitlines() if line))


def column_widths(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], *, whole: Sequence[str], room: int
) -> list[int] | None:
    """How wide each column is; None where they do not fit without breaking an id or a word.

    The widest give way first. A word may be broken at LONGEST_WORD, but not in a `whole` column.
    """
    plain = [[cell.plain for cell in row] for row in rows]
    by_column = list(zip(columns, *plain, strict=True))
    most = [widest(line for cell in cells for line in cell.split("\n")) for cells in by_column]
    words = [widest(" ".join(cells).split()) for cells in by_column]
    least = [
        min(full, max(NARROWEST, longest if column in whole else min(longest, LONGEST_WORD)))
        for column, longest, full in zip(columns, words, most, strict=True)
    ]
    # Best is where an id and what stands beside it, a time or a name, keep to their lines.
    in_lines = [
        full if column in whole else fewest
        for column, fewest, full in zip(columns, least, most, strict=True)
    ]
    room -= BETWEEN * len(columns) - 1
    for fewest in (in_lines, least):
        for level in range(room, 0, -1):
            widths = [max(few, min(full, level)) for few, full in zip(fewest, most, strict=True)]
            if sum(widths) <= room:
                return widths
    return None


def widest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


def print_blocks(
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    whole: Sequence[str],
    marked: Container[int] = (),
) -> None:
    """Each row as lines of name and value, with an empty line between two rows."""
    blocks = []
    for nth, row in enumerate(rows):
        lines = list(block_of(columns, row, whole=whole))
        for one in lines if nth in marked else ():
            one.stylize(LOOK)
        blocks.append(drawn(*lines))
    click.echo("\n\n".join(blocks))


def block_of(
    columns: Sequence[str], row: Sequence[Text], *, whole: Sequence[str]
) -> Iterator[Text]:
    for column, cell in zip(columns, row, strict=True):
        name = Text(f"{column}: " if column else "", NAME)
        first, *more = pieces(Text.assemble(name, cell), breaks=column not in whole)
        yield first
        yield from (Text.assemble("  ", line) for line in more)


def pieces(text: Text, *, breaks: bool) -> list[Text]:
    """A text in lines that fit; an id that is wider than the screen goes on over its edge."""
    found: list[Text] = []
    for one in text.split("\n", allow_blank=True):
        room = max(width() - 2, 1)
        found += wrapped(one, room if breaks else max(room, widest(one.plain.split()))) or [one]
    return found


def moment(at: datetime | None, zone: str | None = None) -> str:
    """An instant, to the minute, with its offset from UTC; on the clocks of a zone, if one is said.

    >>> moment(datetime.fromisoformat("2026-11-22T23:00:00+00:00"), "Europe/Zurich")
    '2026-11-23 00:00+01:00'
    """
    if at is None:
        return ""
    there = at if zone is None else at.astimezone(zone_named(zone))
    return there.isoformat(sep=" ", timespec="minutes")


def number(value: float | None) -> str:
    """A number without zeros that say nothing; nothing where there is none."""
    return "" if value is None else f"{value:g}"


def say(sentence: str) -> None:
    """A sentence beside the output, for whoever is watching."""
    click.echo(fitted(sentence), err=True)


def fitted(sentence: str) -> str:
    """A sentence that steers no terminal; on one that shows standard error, in lines that fit."""
    harmless = printable(sentence)
    if not sys.stderr.isatty():
        return harmless
    lines = (wrapped(Text(line), width()) if line else [line] for line in harmless.split("\n"))
    return "\n".join(str(piece).rstrip() for pieces in lines for piece in pieces)


def is_meant(question: str, *, because: str = "") -> bool:
    """Whether the person at the terminal says yes to a command that has --yes.

    `because` is the sentence that stands before the question. Raises click.UsageError where there
    is nobody to be asked.
    """
    before = f"{because} " if because else ""
    if not sys.stdin.isatty():
        nobody = "Say --yes: there is nobody to be asked whether it is meant."
        raise click.UsageError(printable(f"{before}{nobody}"))
    return click.confirm(printable(f"{before}{question}"), err=True)


@contextmanager
def progress(what: str, *, total: float | None) -> Iterator[Show]:
    """A bar on standard error, when that is a terminal; answers what to call with how far it is."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(what, total=total)

        def show(done: float, of: float | None = None) -> None:
            bar.update(task, completed=done, total=total if of is None else of)

        yield show
