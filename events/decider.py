"""The shape every domain module has: fold what happened, then decide what happens next."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import ClassVar, Generic, TypeVar

import msgspec

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


class Rejected(Exception):
    """The command was refused and nothing was recorded.

    The docstring of each subclass is the sentence a person may read: it states the fact that
    refuses and what to do, and never repeats what was sent. `field` names the input at fault.
    """

    field: ClassVar[str | None] = None

    @classmethod
    def slug(cls) -> str:
        """The refusal's name in addresses: GoalNotActive becomes goal-not-active."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def sentence(cls) -> str:
        """What a person may read: the docstring on one line."""
        return " ".join((cls.__doc__ or "").split())

    @property
    def pointer(self) -> str | None:
        """Where in the input the fault lies, as a JSON pointer (RFC 6901)."""
        return None if self.field is None else f"/{self.field}"

    def __str__(self) -> str:
        return self.sentence()


class ValueRefused(Rejected):
    """The value can not be accepted, whatever the state of the record."""


class StateRefused(Rejected):
    """The record is in a state that does not allow this now."""


class NotFound(Rejected):
    """There is nothing of this id here, or it is not yours to see: check the id."""


class Decider(msgspec.Struct, Generic[State, Command, Event], frozen=True):
    """One aggregate: where it starts, how facts change it, what commands make of it."""

    initial: State
    evolve: Callable[[State, Event], State]
    decide: Callable[[State, Command], Sequence[Event]]

    def fold(self, events: Iterable[Event]) -> State:
        return reduce(self.evolve, events, self.initial)
