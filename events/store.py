"""What a log promises, and the one way commands reach it: read, decide, append."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import msgspec

from events.decider import Decider, Rejected, StateRefused, ValueRefused, require_first
from events.ids import KEY_HEADER, DerivedIds, require_choosable
from events.record import Cause, Receipt, Recorded, Step, Unreadable, first_of

State = TypeVar("State")
Command = TypeVar("Command")

# Somebody else may get there first so often: no answer is turned away because others came first.
ATTEMPTS = 100
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


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command. No events and not repeated means: it was already so."""

    events: Sequence[Any]
    version: int
    position: int | None
    repeated: bool = False


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
# Makes a command of what was read, and raises where something else on record refuses it.
Prepare = Callable[[Read], Awaitable[Command]]
# What a decision stands on besides the stream that was read: raises where that refuses it, and
# answers the steps by which that is watched until the decision is recorded.
Beside = Callable[[Read], Awaitable[Sequence[Step]]]


async def read_state(
    store: EventStore,
    decider: Decider[Any, Any, Any],
    stream: Stream,
    *,
    admit: Admit | None = None,
) -> Read:
    """Fold a stream.

    Raises what `admit` does; RecordUnreadable where its key is gone; RecordBroken where an event of
    it does not open and the decider does not say how to pass over it.
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
    state = decider.initial
    for one in gathered:
        if not isinstance(one.event, Unreadable):
            state = decider.evolve_stored(state, one.event, one.occurred_at)
        elif one.event.why is None and one.client_id == stream.client_id:
            raise RecordUnreadable
        elif decider.pass_over is None:
            raise RecordBroken
        else:
            state = decider.pass_over(state, one)
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
        repeated=True,
    )


def answer_before(
    read: Read,
    cause: Cause,
    *,
    expected: int | None,
) -> Outcome | None:
    """What this very command came to before; None where it is new, and may be decided.

    Raises IdNotChoosable, and VersionConflict where the stream is not at the version that was
    expected.
    """
    if (earlier := repeat_of(read, cause)) is not None:
        return earlier
    require_new_ids(cause)
    if expected is not None and expected != read.version:
        raise VersionConflict
    return None


def require_unused(read: Read, cause: Cause) -> None:
    """Raises ContentMismatch where the command's id was used on this stream for something else.

    Asked last: whoever may not do what they ask for is not told which ids were used.
    """
    if any(cause.is_id_of(one) for one in read.past):
        raise ContentMismatch


def require_beginnable(stream: Stream, cause: Cause) -> None:
    """Raises IdNotChoosable, and ContentMismatch where the id is the practice's own."""
    require_new_ids(cause, stream.stream_id)
    if stream.client_id == stream.practice_id:
        raise ContentMismatch  # Such a client's key would be the practice's own.


def require_new_ids(cause: Cause, *began: UUID) -> None:
    """Raises IdNotChoosable where a caller has chosen an id that callers may not choose.

    `began` are the streams that the command begins. Asked of what was not recorded before: what is
    there keeps its id.
    """
    if not cause.chosen:
        return
    for stream_id in began:
        require_choosable(stream_id, field="id")
    require_choosable(cause.command_id, field=KEY_HEADER)


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
        repeated=True,
    )


async def handle(
    store: EventStore,
    decider: Decider[State, Command, Any],
    stream: Stream,
    command: Command | Prepare[Command],
    *,
    cause: Cause,
    occurred_at: datetime,
    expected: int | None = None,
    admit: Admit | None = None,
    beside: Beside | None = None,
) -> Outcome:
    """Read, decide, append; decide again if someone else got there first.

    With `expected` the stream must be at that version (If-Match), else VersionConflict. `admit`
    looks at whose it is before anything is answered, and `beside` at another stream before
    anything is appended. A command that hangs on what else is on record is given as a function of
    what was read: a repeat is answered without asking it. Raises what these and the decider refuse,
    IdNotChoosable, and what EventStore.append raises.
    """
    for attempt in range(1, ATTEMPTS + 1):
        read = await read_state(store, decider, stream, admit=admit)
        if (earlier := answer_before(read, cause, expected=expected)) is not None:
            return earlier
        issued = await command(read) if callable(command) else command
        events = list(decider.decide(read.state, issued))
        steps = [*await beside(read)] if beside is not None and events else []
        require_unused(read, cause)
        if not events:
            position = read.past[-1].position if read.past else None
            return Outcome(events=[], version=read.version, position=position)
        steps.append(step_for(read, events, occurred_at=occurred_at))
        try:
            receipt = await store.append(stream.practice_id, steps, cause=cause)
        except (VersionConflict, ContentMismatch) as lost:
            # A stream that was not there when it was read, somebody else may have begun meanwhile.
            if attempt == ATTEMPTS or (read.version > 0 and isinstance(lost, ContentMismatch)):
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
    beside: Beside | None = None,
) -> Outcome:
    """Start a new stream without reading: the id is the stream, so a repeat finds itself.

    `beside` looks at another stream before anything is appended, as in `handle`. Raises what it and
    the decider refuse, IdNotChoosable, and what EventStore.append raises; an id that was used for
    something else is a ContentMismatch.
    """
    unset = Read(stream=stream, state=decider.initial, version=0, past=())
    decided = partial(decider.decide, decider.initial, command)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            require_first(lambda: require_beginnable(stream, cause), decided)
            steps = [] if beside is None else [*await beside(unset)]
            events = list(decided())
        except Rejected:
            # What is refused today may have been accepted when it was first said.
            if (earlier := await first_answer(store, stream, cause)) is not None:
                return earlier
            raise
        steps.append(step_for(unset, events, occurred_at=occurred_at))
        try:
            receipt = await store.append(stream.practice_id, steps, cause=cause)
        except VersionConflict:
            # What is watched has moved on: look at it again.
            if attempt == ATTEMPTS:
                raise
        else:
            outcome = outcome_of(events, receipt)
            if not receipt.repeated:
                return outcome
            # What was decided now may differ from what was recorded then.
            return await first_answer(store, stream, cause) or outcome
    raise AssertionError("unreachable: ATTEMPTS is at least 1")
