"""Tells a decider one command after the other: what every domain module promises of each."""

from typing import Generic, TypeVar

from events.aggregate import Aggregate
from events.catalogue import decode, encode
from events.refusals import Rejected
from tests.given import after, said

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


class Telling(Generic[State, Command, Event]):
    """One stream: its state, and all that has happened in it."""

    def __init__(self, decider: Aggregate[State, Command, Event]) -> None:
        self._decider = decider
        self.past: list[Event] = []
        self.state = decider.initial
        self._stored: list[bytes] = []

    def say(self, command: Command) -> list[Event] | None:
        """What follows; None where the command is refused."""
        assert said(command) == command  # It is within the limits of its type.
        facts = self._ask(command)
        self.state = after(self._decider, self.state, facts or [])
        self.past += facts or []
        self._stored += [encode(fact) for fact in facts or []]
        # Saying it again changes nothing.
        assert not self._ask(command)
        # What is stored is all there is, and nothing that has happened is changed by asking.
        stored = [decode(body) for body in self._stored]
        assert stored == self.past
        assert self._decider.fold(stored) == self.state
        return facts

    def _ask(self, command: Command) -> list[Event] | None:
        try:
            return list(self._decider.decide(self.state, command))
        except Rejected:
            return None
