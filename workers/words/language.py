"""What every language has to be able to say, and how its numbers look."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import msgspec

from events.measure import Frequency
from workers.replan import Way


class ScoreNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """A score's way so far. `percent` is how much of the way to the target that is, 0 to 99."""

    instrument: str
    baseline: float
    target: float
    latest: float
    latest_on: date
    percent: int


class PracticeNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: `practised` of `count` days or weeks had all or part of what was planned."""

    measure: Frequency
    done: float
    count: int
    practised: int
    percent: int


Numbers = ScoreNumbers | PracticeNumbers


class Words(Protocol):
    """One language. `today` decides whether a date needs its year."""

    @property
    def language(self) -> str:
        """The language the words are in: en or es."""
        ...

    def date_passed(self, due_on: date, *, today: date) -> str:
        """That the date has passed, and nothing about anybody."""
        ...

    def moved(self, numbers: Numbers, *, today: date) -> str:
        """The numbers where something moved, with how far along the way that is."""
        ...

    def stood(self, numbers: Numbers, *, today: date) -> str:
        """The numbers alone, where little moved or things got harder."""
        ...

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        """The numbers where they have come to the target after all."""
        ...

    def unrecorded(self, instrument: str | None, since: date, *, today: date) -> str:
        """That there are no entries yet; `instrument` is None for what is practised."""
        ...

    def continuum(self) -> str:
        """A line instead of a verdict."""
        ...

    def hard_stretch(self) -> str:
        """Acknowledgement without praise."""
        ...

    def record_is_silent(self) -> str:
        """That no entry is no statement about anybody."""
        ...

    def choose_between(self, ways: Sequence[Way], *, today: date) -> str:
        """The choice handed back, with the ways there are."""
        ...

    def choose_what_follows(self) -> str: ...

    def look_together(self) -> str: ...

    def next_step(self) -> str: ...

    def talk_first(self, *, few_entries: bool) -> str: ...

    def way(self, way: Way, *, today: date) -> str:
        """One way on, as a sentence of its own."""
        ...

    def arithmetic(self, way: Way, *, today: date) -> str:
        """The numbers and the formula of a way on, in one line."""
        ...


def plain(number: float, *, decimal: str = ".", digits: int = 1) -> str:
    """A number as people write it: no trailing zeros, at most so many decimals."""
    text = f"{number:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", decimal)


def sentence(clause: str) -> str:
    """A clause as a sentence."""
    return f"{clause[0].upper()}{clause[1:]}."
