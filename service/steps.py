"""A line on the screen for each step of starting, with how long it took."""

import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Step:
    """One step under way; what `detail` holds at its end is printed beside its name.

    A step that goes on without something sets `lacks` to a sentence about it.
    """

    def __init__(self) -> None:
        self.detail = ""
        self.lacks = ""


def fitted(console: Console, text: str, *, beside: int = 0) -> str:
    """A text in lines that fit a terminal, beside what takes so many columns of the first one.

    No word is broken, so that an address or a file can be copied. Elsewhere it is one line.
    """
    if not console.is_terminal:
        return text
    lines = textwrap.wrap(
        text, max(console.width - beside, 1), break_long_words=False, break_on_hyphens=False
    )
    return f"\n{' ' * beside}".join(lines)


class Steps:
    """Prints each step as it ends. Colours are for terminals: elsewhere the lines are plain."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time what happens inside, and say at its end whether it went well."""
        step, began = Step(), time.monotonic()
        try:
            yield step
        except BaseException:
            self._print("failed", "red", name, began, step)
            raise
        if step.lacks:
            self._print("lacks", "yellow", name, began, step)
            self.say(step.lacks, beside=9)
        else:
            self._print("ok", "green", name, began, step)

    def say(self, sentence: str, *, beside: int = 0) -> None:
        """Something that happened on the way."""
        told = " " * beside + fitted(self.console, sentence, beside=beside)
        self.console.print(escape(told), style="yellow", soft_wrap=True, highlight=False)

    def _print(self, outcome: str, style: str, name: str, began: float, step: Step) -> None:
        took = f"{name:<14} {time.monotonic() - began:6.2f} s  "
        detail = fitted(self.console, step.detail, beside=len(f"  {outcome:<6} {took}"))
        self.console.print(
            f"  [{style}]{outcome:<6}[/{style}] {escape(took)}[dim]{escape(detail)}[/dim]",
            soft_wrap=True,
            highlight=False,
        )
