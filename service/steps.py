"""A line on the screen for each step of starting, with how long it took."""

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
            self._print("[red]failed[/red]", name, began, step)
            raise
        if step.lacks:
            self._print("[yellow]lacks[/yellow] ", name, began, step)
            self.say(f"         {step.lacks}")
        else:
            self._print("[green]ok[/green]    ", name, began, step)

    def say(self, sentence: str) -> None:
        """Something that happened on the way."""
        self.console.print(escape(sentence), style="yellow", soft_wrap=True, highlight=False)

    def _print(self, outcome: str, name: str, began: float, step: Step) -> None:
        seconds = time.monotonic() - began
        self.console.print(
            f"  {outcome} {escape(name):<14} {seconds:6.2f} s  [dim]{escape(step.detail)}[/dim]",
            soft_wrap=True,
            highlight=False,
        )
