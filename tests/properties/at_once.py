"""Runs what never waits, such as a log in memory: without a loop, in a tenth of the time."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def at_once(doing: Coroutine[Any, Any, T]) -> T:
    """What comes of it. Raises AssertionError where it waits after all."""
    try:
        doing.send(None)
    except StopIteration as done:
        made: T = done.value
        return made
    doing.close()
    raise AssertionError("this waits for something, and there is no loop")
