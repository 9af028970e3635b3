"""What stands in a cell of a table: words that steer no terminal, with a style where that helps."""

import re
import sys
import unicodedata
from typing import Final

import click
from rich.cells import chop_cells
from rich.text import Text

# A style says nothing that the words do not say: where there are no colours, nothing is lost. Each
# can be read on a light and on a dark background. A safety flag alone is red.
FLAG: Final = "bold white on red"
LOOK: Final = "bold magenta"
NAME: Final = "bold"
QUIET: Final = "dim"

# A word of more letters than these is cut to so many cells.
LONG_WORD: Final = re.compile(r"\S{25,}")
WORD_SHOWN: Final = 23

REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
LEFT_TO_RIGHT: Final = "\N{LEFT-TO-RIGHT MARK}"
FROM_THE_RIGHT: Final = frozenset({"R", "AL"})
# What people wrote must not steer the terminal of whoever reads it: no escape sequence, no other
# line, no other direction of what stands beside it, nothing that can not be written out.
CONTROLS: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

Cell = str | Text


def printable(text: str) -> str:
    """A text without what would steer a terminal. It has as many characters as before."""
    return CONTROLS.sub(REPLACED, text)


def on_a_terminal() -> bool:
    """Whether a person looks at standard output, and no program reads it."""
    return sys.stdout.isatty()


def has_colours() -> bool:
    """Whether styles are shown: on a terminal, unless the command line was told otherwise."""
    context = click.get_current_context(silent=True)
    wanted = None if context is None else context.color
    return on_a_terminal() if wanted is None else wanted


def line(text: str, style: str = "") -> Text:
    """What somebody wrote, in one line, such as a name: a line break in it becomes a blank.

    On a terminal a text that runs from right to left ends with a mark, so that a number in the
    next column does not become a part of it.
    """
    written = printable(text).replace("\n", " ")
    if on_a_terminal() and runs_from_the_right(written):
        written += LEFT_TO_RIGHT
    return Text(written, style)


def name(text: str, style: str = NAME) -> Text:
    """A name in a list. On a terminal an endless word is cut: it takes no room of others."""
    cut = LONG_WORD.sub(lambda word: f"{chop_cells(word[0], WORD_SHOWN)[0]}…", text)
    return line(cut if on_a_terminal() else text, style)


def runs_from_the_right(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in FROM_THE_RIGHT for letter in text)


def stacked(*lines: Cell) -> Text:
    """A cell of several lines, without the empty ones."""
    return Text("\n").join(text for one in lines if (text := as_text(one)))


def as_text(cell: Cell) -> Text:
    """A cell without what would steer a terminal."""
    if isinstance(cell, str):
        return Text(printable(cell))
    text = cell.copy()
    text.plain = printable(cell.plain)
    return text


def shortened(text: str, length: int) -> str:
    """A text of at most so many characters on a terminal; the whole text where a program reads.

    It ends between two words, where there are any.
    """
    if len(text) <= length or not on_a_terminal():
        return text
    words, _, part = text[: length - 1].rpartition(" ")
    return f"{words or part} …"
