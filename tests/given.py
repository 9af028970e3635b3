"""The sentence a decision is told in: given what happened, when this is asked, then that follows.

    given(mood.MOOD, mood_logged(rating=4)).when(correct(rating=6)).then(mood_corrected())

Every sentence says more than is written: a command keeps within its own limits, what is decided
can be stored and read back, and asking the same again records nothing twice.
"""

from typing import Any, Generic, TypeVar

import msgspec
import pytest

from events.aggregate import Aggregate
from events.catalogue import decode, encode
from events.refusals import Rejected

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


class When(Generic[State, Command, Event]):
    """A command put to a state; what comes of it is still to be said."""

    def __init__(
        self, decider: Aggregate[State, Command, Event], state: State, command: Command
    ) -> None:
        self._decider = decider
        self._state = state
        self._command = said(command)

    def then(self, *facts: Event) -> None:
        """These facts follow, and nothing does when the command is said again."""
        decided = self._decide(self._state)
        assert decided == list(facts)
        assert [decode(encode(fact)) for fact in decided] == decided
        assert self._decide_quietly(after(self._decider, self._state, decided)) == []

    def then_nothing(self) -> None:
        """It is already so."""
        assert self._decide(self._state) == []

    def then_refused(self, refusal: type[Rejected]) -> None:
        """The command is refused for this reason and no other."""
        with pytest.raises(refusal) as refused:
            self._decide(self._state)
        assert refused.type is refusal

    def _decide(self, state: State) -> list[Event]:
        return list(self._decider.decide(state, self._command))

    def _decide_quietly(self, state: State) -> list[Event]:
        try:
            return self._decide(state)
        except Rejected:
            return []


class Given(Generic[State, Command, Event]):
    """What has happened so far."""

    def __init__(self, decider: Aggregate[State, Command, Event], past: tuple[Event, ...]) -> None:
        self._decider = decider
        self.state = decider.fold(past)

    def when(self, command: Command) -> When[State, Command, Event]:
        return When(self._decider, self.state, command)


def given(decider: Aggregate[State, Command, Event], *past: Event) -> Given[State, Command, Event]:
    return Given(decider, past)


def after(decider: Aggregate[State, Any, Event], state: State, events: list[Event]) -> State:
    """A state once these have happened to it."""
    for event in events:
        state = decider.evolve(state, event)
    return state


def said(command: Command) -> Command:
    """A command as it comes in from outside. Raises msgspec.ValidationError beyond its limits."""
    return msgspec.convert(msgspec.to_builtins(command), type(command))
