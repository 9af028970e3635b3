"""Refusals: what a command is refused for, told in a sentence, each at its place."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import ClassVar


class Rejected(Exception):
    """The command was refused and nothing was recorded.

    The docstring of each subclass is the sentence a person may read: it states the fact that
    refuses and what to do, and never repeats what was sent. `field` is the path of the input at
    fault, such as measure/target. `others` are what else the same command is refused for, in the
    order in which it was looked at (see require_all). `detail` is the sentence with places for the
    `facts` that an instance carries, so that a program can say the same in other words.
    """

    field: str | None = None
    detail: ClassVar[str | None] = None
    others: tuple["Rejected", ...] = ()

    def __init__(self, *, field: str | None = None, **facts: float | str) -> None:
        super().__init__()
        self.field = field or type(self).field
        self.facts = facts

    @classmethod
    def slug(cls) -> str:
        """The refusal's name in addresses: GoalNotActive becomes goal-not-active."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def sentence(cls) -> str:
        """What a person may read: the docstring on one line."""
        return " ".join((cls.__doc__ or "").split())

    def told(self) -> str:
        """The sentence about this very refusal, with its facts where it carries any."""
        if self.detail is None or not self.facts:
            return self.sentence()
        return self.detail.format(
            **{
                name: fact if isinstance(fact, str) else f"{fact:g}"
                for name, fact in self.facts.items()
            }
        )

    @property
    def pointer(self) -> str | None:
        """Where in the input the fault lies, as a JSON pointer (RFC 6901)."""
        return None if self.field is None else f"/{self.field}"

    def __str__(self) -> str:
        return self.told()


class ValueRefused(Rejected):
    """The value can not be accepted, whatever the state of the record."""


class StateRefused(Rejected):
    """The record is in a state that does not allow this now."""


class NotFound(Rejected):
    """There is nothing of this id here, or it is not yours to see: check the id."""


class Refusals:
    """What several steps refuse of one value, so that one refusal tells of each.

    Each step is done within it, `with refusals:`. Only a ValueRefused is gathered, and the step
    ends there; any other exception is raised at once. `refuse` raises what was gathered.
    """

    def __init__(self) -> None:
        self._refused: list[Rejected] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        found: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(found, ValueRefused):
            return False
        self._refused += (found, *found.others)
        return True

    def __bool__(self) -> bool:
        """Whether anything is refused so far."""
        return bool(self._refused)

    def ask(self, *rules: Callable[[], object]) -> bool:
        """Ask rules that do not depend on each other; whether all of them are kept."""
        before = len(self._refused)
        for rule in rules:
            with self:
                rule()
        return len(self._refused) == before

    def refuse(self) -> None:
        """Raise the first refusal, with the rest as its `others`; nothing where there is none."""
        refuse(self._refused)


def require_all(*rules: Callable[[], object]) -> None:
    """Ask every rule about a value, so that one refusal tells of each that is broken.

    The rules must not depend on each other. Raises the first refusal, with the rest as its
    `others`. Only a ValueRefused is gathered: any other refusal is raised at once.
    """
    refusals = Refusals()
    refusals.ask(*rules)
    refusals.refuse()


def require_first(rule: Callable[[], object], *others: Callable[[], object]) -> None:
    """Ask one rule; where it is broken, ask the others as well and tell them beside it.

    Where it is kept, nothing else is asked: for rules between which the state of the record is
    looked at. Of the others only a ValueRefused is told, and a StateRefused is passed over.
    """
    refusals = Refusals()
    if refusals.ask(rule):
        return
    for other in others:
        with suppress(StateRefused):
            refusals.ask(other)
    refusals.refuse()


def refuse(refused: Sequence[Rejected]) -> None:
    """Raise the first of several refusals, with the rest as its `others`; nothing of none."""
    if refused:
        first, *others = refused
        first.others = tuple(others)
        raise first
