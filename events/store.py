"""What a log promises, and the one way commands reach it: read, decide, append."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import msgspec

from events.decider import Decider, Rejected, StateRefused, ValueRefused
from events.record import Cause, Receipt, Recorded, Step, Unreadable

State = TypeVar("State")
Command = TypeVar("Command")

ATTEMPTS = 3
PAGE_LIMIT = 1000
# Categories whose first event brings its subject, and so its key, into being.
FOUNDING = frozenset({"practice", "client"})


class VersionConflict(Exception):
    """Someone else changed this first: read it again and decide again."""


class ContentMismatch(ValueRefused):
    """This id or Idempotency-Key was already used for something else: choose a new one."""

    field = "id"


class RecordUnreadable(StateRefused):
    """The key to this record has been destroyed: it can no longer be read or changed."""


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
        stream may be named once. A repeat (the same command, or the same new stream, with the
        same content) answers as the first time did. Raises VersionConflict where a stream is not
        at its expected version, ContentMismatch where a repeat asks for something else,
        UnknownSubject where the client was never enrolled, StoreUnavailable.
        """
        ...

    async def read_stream(self, practice_id: UUID, stream_id: UUID) -> list[Recorded]:
        """A stream from its first version on; empty where there is none."""
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


def repeated(past: Sequence[Recorded], step: Step, cause: Cause) -> Receipt:
    """The receipt of an append that was made before.

    `past` is the stream as it is. Raises VersionConflict where what follows the expected version
    came of another command, ContentMismatch where it came of the same one asking something else.
    """
    if len(past) <= step.expected:
        raise VersionConflict
    there = past[step.expected]
    same_command = there.command_id == cause.command_id
    new_stream = step.expected == 0 and there.category == step.category
    if not (same_command or new_stream):
        raise ContentMismatch if step.expected == 0 else VersionConflict
    if there.content != cause.content or there.category != step.category:
        raise ContentMismatch
    mine = [one for one in past[step.expected :] if one.command_id == there.command_id]
    return Receipt(position=mine[-1].position, version=mine[-1].version, repeated=True)


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Which stream a command is for. `client_id` may be None where the stream exists: it knows."""

    practice_id: UUID
    stream_id: UUID
    category: str
    client_id: UUID | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command. No events and not repeated means: it was already so."""

    events: Sequence[Any]
    version: int
    position: int | None
    repeated: bool = False


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A stream as it was read, folded: what a decision stands on."""

    stream: Stream
    state: Any
    version: int
    past: Sequence[Recorded]


# Raises where the one who asks may not see or change what was read.
Admit = Callable[[Read], None]
# What a decision stands on besides its own stream: raises where that refuses it, and answers the
# step by which it is watched until the decision is recorded.
Beside = Callable[[], Awaitable[Step]]


async def read_state(store: EventStore, decider: Decider[Any, Any, Any], stream: Stream) -> Read:
    """Fold a stream. One of another category is no such stream. Raises RecordUnreadable."""
    past = await store.read_stream(stream.practice_id, stream.stream_id)
    if past and past[0].category != stream.category:
        past = []
    if any(isinstance(one.event, Unreadable) for one in past):
        raise RecordUnreadable
    if past:
        stream = msgspec.structs.replace(stream, client_id=past[0].client_id)
    state = decider.fold_stored((one.event, one.occurred_at) for one in past)
    return Read(stream=stream, state=state, version=len(past), past=past)


def repeat_of(read: Read, cause: Cause) -> Outcome | None:
    """The answer a command got the first time, or None. Raises ContentMismatch."""
    mine = [one for one in read.past if one.command_id == cause.command_id]
    if not mine:
        return None
    if mine[-1].content != cause.content:
        raise ContentMismatch
    last = mine[-1]
    return Outcome(
        events=[one.event for one in mine],
        version=last.version,
        position=last.position,
        repeated=True,
    )


async def handle(
    store: EventStore,
    decider: Decider[State, Command, Any],
    stream: Stream,
    command: Command,
    *,
    cause: Cause,
    occurred_at: datetime,
    expected: int | None = None,
    admit: Admit | None = None,
    beside: Beside | None = None,
) -> Outcome:
    """Read, decide, append; decide again if someone else got there first.

    With `expected` the stream must be at that version (If-Match), else VersionConflict. `admit`
    looks at what was read before anything is answered, and `beside` at another stream before
    anything is appended. Raises what these and the decider refuse, and what EventStore.append
    raises.
    """
    for attempt in range(1, ATTEMPTS + 1):
        read = await read_state(store, decider, stream)
        if admit is not None:
            admit(read)
        if (earlier := repeat_of(read, cause)) is not None:
            return earlier
        if expected is not None and expected != read.version:
            raise VersionConflict
        events = list(decider.decide(read.state, command))
        if not events:
            position = read.past[-1].position if read.past else None
            return Outcome(events=[], version=read.version, position=position)
        steps = [] if beside is None else [await beside()]
        steps.append(step_for(read, events, occurred_at=occurred_at))
        try:
            receipt = await store.append(stream.practice_id, steps, cause=cause)
        except VersionConflict:
            if attempt == ATTEMPTS:
                raise
        else:
            return outcome_of(events, receipt)
    raise AssertionError("unreachable: ATTEMPTS is at least 1")


def step_for(read: Read, events: Sequence[Any], *, occurred_at: datetime) -> Step:
    """The step that appends decided events to the stream they were decided on."""
    return Step(
        stream_id=read.stream.stream_id,
        category=read.stream.category,
        client_id=read.stream.client_id,
        expected=read.version,
        events=events,
        occurred_at=occurred_at,
    )


def outcome_of(events: Sequence[Any], receipt: Receipt) -> Outcome:
    return Outcome(
        events=events,
        version=receipt.version,
        position=receipt.position,
        repeated=receipt.repeated,
    )


async def begin(
    store: EventStore,
    decider: Decider[Any, Command, Any],
    stream: Stream,
    command: Command,
    *,
    cause: Cause,
    occurred_at: datetime,
) -> Outcome:
    """Start a new stream without reading: the id is the stream, so a repeat finds itself.

    Raises what the decider refuses and what EventStore.append raises; an id that was used for
    something else is a ContentMismatch.
    """
    try:
        events = list(decider.decide(decider.initial, command))
    except Rejected:
        # What is refused today may have been accepted when it was first said.
        past = await store.read_stream(stream.practice_id, stream.stream_id)
        if not past:
            raise
        events = []
    step = Step(
        stream_id=stream.stream_id,
        category=stream.category,
        client_id=stream.client_id,
        expected=0,
        events=events,
        occurred_at=occurred_at,
    )
    if not events:
        return outcome_of([], repeated(past, step, cause))
    receipt = await store.append(stream.practice_id, [step], cause=cause)
    return outcome_of(events, receipt)
