"""How commands talk: answers on standard output, progress and sentences on standard error."""

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import click
import msgspec
from rich.box import SIMPLE
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
    """A paragraph, in lines that fit."""
    click.echo("\n".join(textwrap.wrap(text, width())))


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
) -> None:
    """A table that folds long cells, but for the columns that are to stay `whole`: ids."""
    table = Table(*columns, box=SIMPLE, title=title or None, title_justify="left", pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
        column.no_wrap = column.header in whole
    for row in rows:
        table.add_row(*(Text(CONTROLS.sub("\N{REPLACEMENT CHARACTER}", cell)) for cell in row))
    console = Console(width=width(), highlight=False)
    with console.capture() as drawn:
        console.print(table)
    lines = [line.rstrip() for line in drawn.get().splitlines()]
    click.echo("\n".join(line for line in lines if line))


def say(sentence: str) -> None:
    """A sentence beside the output, for whoever is watching."""
    click.echo(sentence, err=True)


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
