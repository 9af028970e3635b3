"""How commands talk: answers on standard output, progress and sentences on standard error."""

import re
import shutil
import sys
import textwrap
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import click
import msgspec
from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

WIDE = 200
# What a column of words is given at least, if there is so much in it, and by which length a word
# may be broken.
NARROWEST = 10
LONGEST_WORD = 24
# Between two columns: an edge, and a space on each side.
BETWEEN = 3
MARKED = "bold red"


class Show(Protocol):
    """Moves a bar to how much is done; `of` says anew how much there is."""

    def __call__(self, done: float, of: float | None = None) -> None: ...


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, not a table.")


def print_json(answer: Any) -> None:
    """One JSON document, indented, for people as well."""
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))


# What people wrote must not steer the terminal of whoever reads it.
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def width() -> int:
    """How many columns there are: COLUMNS, or the terminal's; wide where nobody looks at one."""
    return shutil.get_terminal_size((WIDE, 24)).columns


def print_text(text: str) -> None:
    """A paragraph, in lines that fit; an id in it is not broken at its hyphens."""
    click.echo("\n".join(textwrap.wrap(printable(text), width(), break_on_hyphens=False)))


def printable(text: str) -> str:
    """A text without what would steer a terminal."""
    return CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
    marked: Container[int] = (),
) -> None:
    """A table whose long cells go on in the next line; ids in the `whole` columns are not broken.

    Nothing is ever left out: where the columns do not fit beside each other, each row becomes a
    block of lines, one for each column. The rows that are `marked`, by their place, are bold and
    red where there are colours: their words have to say why by themselves.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    if title:
        click.echo(title)
    widths = column_widths(columns, cells, whole=whole, room=width())
    if widths is None:
        print_blocks(columns, cells, whole=whole, marked=marked)
        return
    table = Table(box=SIMPLE, pad_edge=False)
    for column, column_width in zip(columns, widths, strict=True):
        table.add_column(column, width=column_width, overflow="fold")
    for nth, row in enumerate(cells):
        table.add_row(*map(Text, row), style=MARKED if nth in marked else None)
    console = Console(width=width(), highlight=False)
    with console.capture() as drawn:
        console.print(table)
    lines = [line.rstrip() for line in drawn.get().splitlines()]
    click.echo("\n".join(line for line in lines if line))


def column_widths(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Sequence[str], room: int
) -> list[int] | None:
    """How wide each column is; None where they do not fit without breaking an id or a word.

    The widest give way first. A word may be broken at LONGEST_WORD, but not in a `whole` column.
    """
    by_column = list(zip(columns, *rows, strict=True))
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
    rows: Sequence[Sequence[str]],
    *,
    whole: Sequence[str],
    marked: Container[int] = (),
) -> None:
    """Each row as lines of name and value, with an empty line between two rows."""
    blocks = []
    for nth, row in enumerate(rows):
        block = "\n".join(block_of(columns, row, whole=whole))
        blocks.append(click.style(block, fg="red", bold=True) if nth in marked else block)
    click.echo("\n\n".join(blocks))


def block_of(columns: Sequence[str], row: Sequence[str], *, whole: Sequence[str]) -> Iterator[str]:
    for column, cell in zip(columns, row, strict=True):
        name = f"{column}: " if column else ""
        breaks = column not in whole
        lines = [piece for line in f"{name}{cell}".split("\n") for piece in pieces(line, breaks)]
        first, *more = lines
        yield click.style(name.rstrip(), bold=True) + first.removeprefix(name.rstrip())
        yield from (f"  {line}" for line in more)


def pieces(line: str, breaks: bool) -> list[str]:
    """A line in lines that fit; an id that is wider than the screen goes on over its edge."""
    room = max(width() - 2, 1)
    return textwrap.wrap(line, room, break_on_hyphens=False, break_long_words=breaks) or [""]


def moment(at: datetime | None) -> str:
    """An instant, to the minute, with its offset from UTC."""
    return "" if at is None else at.isoformat(sep=" ", timespec="minutes")


def number(value: float | None) -> str:
    """A number without zeros that say nothing; nothing where there is none."""
    return "" if value is None else f"{value:g}"


def say(sentence: str) -> None:
    """A sentence beside the output, for whoever is watching."""
    click.echo(sentence, err=True)


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
        TextColumn("{task.description}"),
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
