"""What a log promises, and how a stream is read from it."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import msgspec

from events.aggregate import Aggregate, Stream
from events.ids import DerivedIds
from events.record import (
    CLIENT_CATEGORY,
    PRACTICE_CATEGORY,
    Cause,
    Receipt,
    Recorded,
    Step,
    Unreadable,
    first_of,
)
from events.refusals import StateRefused, ValueRefused

State = TypeVar("State")
Command = TypeVar("Command")

PAGE_LIMIT = 1000
# Categories whose first event brings its subject, and so its key, into being.
FOUNDING = frozenset({PRACTICE_CATEGORY, CLIENT_CATEGORY})


class VersionConflict(Exception):
    """Someone else changed this first: read it again and decide again."""


class ContentMismatch(ValueRefused):
    """This id or Idempotency-Key was already used for something else: choose a new one."""

    field = "id"


class RecordUnreadable(StateRefused):
    """The key to this record has been destroyed: it can no longer be read or changed."""


class RecordBroken(RecordUnreadable):
    """An event of this record does not open, so nothing more can be decided on it: ask whoever runs Cairn to look at what `cairn doctor` says."""  # noqa: E501 - one sentence, read by people


class UnknownSubject(StateRefused):
    """There is no such client in this practice."""


class StoreUnavailable(Exception):
    """The log could not be reached in time: nothing was acknowledged; send the same request again."""  # noqa: E501 - one sentence, read by people


@runtime_checkable
class EventStore(Protocol):
    """An append-only log per practice: dense positions, expected versions, repeats recognised."""

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        """Append all steps or none. The last step is the stream that the command is for.

        A step without events is a stream that is watched: it must be at its expected version. Each
        stream may be named once. A repeat (the same command, or the same new stream, of the same
        actor with the same content) answers as the first time did. Raises VersionConflict where a
        stream is not at its expected version, ContentMismatch where a repeat asks for something
        else, UnknownSubject where the client was never enrolled, StoreUnavailable.
        """
        ...

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        """A stream from its first version on; empty where there is none."""
        ...

    async def read_first(
        self,
        practice_id: UUID,
        category: str,
        stream_ids: Sequence[UUID],
        *,
        client_id: UUID | None,
    ) -> list[Recorded]:
        """The first of these streams that is this client's, or the practice's where it is None.

        One of which an event opens comes before one of which none does: what somebody without a
        key puts under one of these ids hides nothing. Empty where there is none of them.
        """
        ...

    async def read_flags(self, practice_id: UUID, client_id: UUID) -> list[Recorded]:
        """All that is recorded of a client's safety flags, whatever stream it lies in."""
        ...

    async def among(
        self, practice_id: UUID, category: str, stream_ids: Collection[UUID]
    ) -> set[UUID]:
        """Which of these streams there are."""
        ...

    async def ids(self, practice_id: UUID) -> DerivedIds:
        """What the system computes this practice's ids with."""
        ...

    async def read_client(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        after: int = 0,
        limit: int = PAGE_LIMIT,
        recorded_until: datetime | None = None,
    ) -> list[Recorded]:
        """Everything of a client in the log's order, after a position, at most `limit` events."""
        ...

    async def read_practice(
        self, practice_id: UUID, *, after: int = 0, limit: int = PAGE_LIMIT
    ) -> list[Recorded]:
        """The practice's log after a position, at most `limit` events, without a gap."""
        ...

    async def head(self, practice_id: UUID) -> int:
        """The last position of a practice's log; 0 where there is no such practice."""
        ...


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command. No events and not repeated means: it was already so.

    `events` are those of the command's own stream, `beside` what was appended with them. A repeat
    does not say what went with it. `client_id` is whose the stream is.
    """

    events: Sequence[Any]
    beside: Sequence[Step] = ()
    version: int
    position: int | None
    client_id: UUID | None = None
    repeated: bool = False

    @property
    def appended(self) -> list[Any]:
        """All events that the command appended, in the order of the log."""
        return [*(one for step in self.beside for one in step.events), *self.events]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A stream as it was read, folded: what a decision stands on.

    `gathered` are the events that were folded: those of the stream, and of what it gathers.
    """

    stream: Stream
    state: Any
    version: int
    past: Sequence[Recorded]
    gathered: Sequence[Recorded] = ()


# Raises where the one who asks may not see or change what was read. It is asked before anything is
# folded, and goes by whose it is: there is no state, and nobody learns that one is broken.
Admit = Callable[[Read], None]


async def read_state(
    store: EventStore,
    aggregate: Aggregate[Any, Any, Any],
    stream: Stream,
    *,
    admit: Admit | None = None,
) -> Read:
    """Fold a stream.

    Raises what `admit` does; RecordUnreadable where its key is gone; RecordBroken where an event of
    it does not open and the aggregate does not say how to pass over it.
    """
    place, gathered = (stream.practice_id, stream.category), None
    if stream.gathers and stream.client_id is not None:
        gathered = await store.read_flags(stream.practice_id, stream.client_id)
        by_id = ([one for one in gathered if one.stream_id == id_] for id_ in stream.ids)
        past = first_of(by_id, client_id=stream.client_id)
    elif stream.formerly is None:
        past = await store.read_stream(*place, stream.stream_id)
    else:
        past = await store.read_first(*place, stream.ids, client_id=stream.client_id)
    if past:
        stream = msgspec.structs.replace(
            stream, stream_id=past[0].stream_id, client_id=past[0].client_id
        )
    gathered = past if gathered is None else gathered
    read = Read(stream=stream, state=None, version=len(past), past=past, gathered=gathered)
    if admit is not None:
        admit(read)
    state = aggregate.initial
    for one in gathered:
        if not isinstance(one.event, Unreadable):
            state = aggregate.evolve_stored(state, one.event, one.occurred_at)
        elif one.event.why is None and one.client_id == stream.client_id:
            raise RecordUnreadable
        elif aggregate.pass_over is None:
            raise RecordBroken
        else:
            state = aggregate.pass_over(state, one)
    return msgspec.structs.replace(read, state=state)


def repeat_of(read: Read, cause: Cause) -> Outcome | None:
    """The answer a command got the first time; None where nobody said this very thing before."""
    mine = [one for one in read.past if cause.is_id_of(one)]
    if not mine or not cause.is_repeated_by(mine[-1]):
        return None
    last = mine[-1]
    return Outcome(
        events=[one.event for one in mine],
        version=last.version,
        position=last.position,
        client_id=last.client_id,
        repeated=True,
    )


async def first_answer(store: EventStore, stream: Stream, cause: Cause) -> Outcome | None:
    """What was answered when who asks now began this stream, asking the same; None otherwise."""
    past = await store.read_stream(stream.practice_id, stream.category, stream.stream_id)
    if not past or not cause.is_repeated_by(past[0]):
        return None
    mine = [one for one in past if one.command_id == past[0].command_id]
    return Outcome(
        events=[one.event for one in mine],
        version=mine[-1].version,
        position=mine[-1].position,
        client_id=mine[-1].client_id,
        repeated=True,
    )
