"""An aggregate as one value: its streams, how they are folded, and how it decides."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Which stream a command is for. `client_id` may be None where the stream exists: it knows.

    `formerly` is the id that a release before UUIDv8 computed for it: a stream that was begun under
    that id goes on under that id. Of safety flags all streams of the client are read, where
    `gathers`, and what is decided goes onto this one.
    """

    practice_id: UUID
    stream_id: UUID
    category: str
    client_id: UUID | None = None
    formerly: UUID | None = None
    gathers: bool = False

    @property
    def ids(self) -> tuple[UUID, ...]:
        """The ids that it may have, the first one first that is to be looked for."""
        return (self.stream_id,) if self.formerly is None else (self.formerly, self.stream_id)


class Aggregate(msgspec.Struct, Generic[State, Command, Event], frozen=True, kw_only=True):
    """One aggregate: where it starts, how facts change it, what commands make of it.

    `pass_over` says what becomes of the state where the body of an event does not open (it is given
    the event as the log has it). Without `pass_over` nothing is decided on such a stream.

    `complete` fills in what a fact lacks that an earlier release has stored, by the moment at which
    it happened; without it facts are complete as they are.
    """

    category: str
    initial: State
    evolve: Callable[[State, Event], State]
    decide: Callable[[State, Command], Sequence[Event]]
    pass_over: Callable[[State, Any], State] | None = None
    complete: Callable[[State, Event, datetime], Event] | None = None

    def fold(self, events: Iterable[Event]) -> State:
        return reduce(self.evolve, events, self.initial)

    def evolve_stored(self, state: State, event: Event, occurred_at: datetime) -> State:
        """What a fact as the log has it makes of a state; `occurred_at` is when it happened."""
        whole = event if self.complete is None else self.complete(state, event, occurred_at)
        return self.evolve(state, whole)

    def fold_stored(self, past: Iterable[tuple[Event, datetime]]) -> State:
        """Fold facts as the log has them, each with the moment at which it happened."""
        return reduce(lambda state, fact: self.evolve_stored(state, *fact), past, self.initial)

    def stream(
        self,
        practice_id: UUID,
        stream_id: UUID,
        *,
        client_id: UUID | None = None,
        formerly: UUID | None = None,
        gathers: bool = False,
    ) -> Stream:
        """A stream of this aggregate: see Stream."""
        return Stream(
            practice_id=practice_id,
            stream_id=stream_id,
            category=self.category,
            client_id=client_id,
            formerly=formerly,
            gathers=gathers,
        )

    @property
    def unfolded(self) -> "Aggregate[None, Any, Any]":
        """The same streams, to look at event by event: whatever happens, there is no state."""
        return Aggregate(
            category=self.category,
            initial=None,
            evolve=lambda _, __: None,
            decide=lambda _, __: [],
            pass_over=lambda _, __: None,
        )
