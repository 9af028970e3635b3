"""The one way a command reaches the log: read, admit, know a repeat, decide, append, or again."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from events.aggregate import Aggregate, Stream
from events.ids import KEY_HEADER, require_choosable
from events.record import Cause, Receipt, Step
from events.refusals import Rejected, require_first
from events.store import (
    Admit,
    ContentMismatch,
    EventStore,
    Outcome,
    Read,
    VersionConflict,
    first_answer,
    read_state,
    repeat_of,
)

State = TypeVar("State")
Command = TypeVar("Command")

# Somebody else may get there first so often: no answer is turned away because others came first.
ATTEMPTS = 100


class Decision(msgspec.Struct, frozen=True):
    """Events for the stream that was read, and the steps of other streams that go with them.

    A step without events watches its stream: the decision is made again where that stream has moved
    on meanwhile. A decision without events records nothing at all.
    """

    events: Sequence[Any]
    beside: Sequence[Step] = ()


# Decides by what was read, and raises what refuses. It is called again where others came first.
Decide = Callable[[Read], Awaitable[Decision]]
# Makes a command of what was read, and raises where something else on record refuses it.
Prepare = Callable[[Read], Awaitable[Command]]
# What a decision stands on besides the stream that was read: raises where that refuses it, and
# answers the steps by which that is watched until the decision is recorded.
Beside = Callable[[Read], Awaitable[Sequence[Step]]]
# What a command came to before, by the stream that was read; None for one that is new.
Recall = Callable[[Read, Cause], Outcome | None]


class Begins(msgspec.Struct, frozen=True, kw_only=True):
    """What a command begins, and how it is known again.

    `own` says that the stream itself is new: it is not read, and the store knows a repeat by the
    stream's id. `others` are the ids of other streams that are begun with it. `sound` are rules of
    the command's value: they are asked only to be told beside an id that nobody may choose.
    `recall` finds what a repeat of the command came to.
    """

    own: bool = False
    others: Sequence[UUID] = ()
    sound: Sequence[Callable[[], object]] = ()
    recall: Recall = repeat_of


NOTHING: Final = Begins()


async def transact(
    store: EventStore,
    aggregate: Aggregate[Any, Any, Any],
    stream: Stream,
    decide: Decide,
    *,
    cause: Cause,
    occurred_at: datetime,
    expected: int | None = None,
    admit: Admit | None = None,
    begins: Begins = NOTHING,
) -> Outcome:
    """Decide on a stream and append what is decided; decide again if someone else came first.

    `expected` is the version the stream must be at (If-Match). `admit` looks at whose the stream is
    before anything is answered. A repeat is answered as it was, and not decided again.

    Raises what `admit` and `decide` refuse, IdNotChoosable, VersionConflict where the stream is not
    at the version that was expected, ContentMismatch where the command's id was used for something
    else, and what EventStore.append raises.
    """
    for attempt in range(1, ATTEMPTS + 1):
        if begins.own:
            read = Read(stream=stream, state=aggregate.initial, version=0, past=())
        else:
            read = await read_state(store, aggregate, stream, admit=admit)
        if (earlier := begins.recall(read, cause)) is not None:
            return earlier
        try:
            require_beginnable(read, cause, begins)
            if expected is not None and expected != read.version:
                raise VersionConflict
            decision = await decide(read)
        except Rejected:
            # What is refused today may have been accepted when it was first said.
            if begins.own and (earlier := await first_answer(store, stream, cause)) is not None:
                return earlier
            raise
        require_unused(read, cause)
        if not decision.events:
            return unchanged(read)
        own = step_for(read, decision.events, occurred_at=occurred_at)
        try:
            receipt = await store.append(stream.practice_id, [*decision.beside, own], cause=cause)
        except (VersionConflict, ContentMismatch) as lost:
            if attempt == ATTEMPTS or not is_lost_to_others(lost, read, begins):
                raise
        else:
            outcome = outcome_of(read, decision, receipt)
            if receipt.repeated and read.version == 0:
                # What was decided now may differ from what was recorded then.
                return await first_answer(store, read.stream, cause) or outcome
            return outcome
    raise AssertionError("unreachable: ATTEMPTS is at least 1")


def is_lost_to_others(lost: Exception, read: Read, begins: Begins) -> bool:
    """Whether an append was refused because somebody else came first, so that it is tried again.

    A stream that was not there when it was read, somebody else may have begun meanwhile.
    """
    return isinstance(lost, VersionConflict) or (read.version == 0 and not begins.own)


async def handle(
    store: EventStore,
    aggregate: Aggregate[State, Command, Any],
    stream: Stream,
    command: Command | Prepare[Command],
    *,
    cause: Cause,
    occurred_at: datetime,
    expected: int | None = None,
    admit: Admit | None = None,
    beside: Beside | None = None,
) -> Outcome:
    """Issue a command to a stream.

    `beside` looks at another stream before anything is appended. A command that hangs on what else
    is on record is given as a function of what was read: a repeat is answered without asking it.
    Raises what these and the aggregate refuse, and what `transact` raises.
    """

    async def decide(read: Read) -> Decision:
        issued = await command(read) if callable(command) else command
        events = aggregate.decide(read.state, issued)
        return Decision(events, await beside(read) if beside is not None and events else ())

    return await transact(
        store,
        aggregate,
        stream,
        decide,
        cause=cause,
        occurred_at=occurred_at,
        expected=expected,
        admit=admit,
    )


async def begin(
    store: EventStore,
    aggregate: Aggregate[Any, Command, Any],
    stream: Stream,
    command: Command,
    *,
    cause: Cause,
    occurred_at: datetime,
    beside: Beside | None = None,
) -> Outcome:
    """Start a new stream without reading: the id is the stream, so a repeat finds itself.

    Raises what `beside` and the aggregate refuse, and what `transact` raises; an id that was used
    for something else is a ContentMismatch.
    """

    async def decide(read: Read) -> Decision:
        watched = () if beside is None else await beside(read)
        return Decision(aggregate.decide(read.state, command), watched)

    return await transact(
        store,
        aggregate,
        stream,
        decide,
        cause=cause,
        occurred_at=occurred_at,
        begins=Begins(own=True, sound=(partial(aggregate.decide, aggregate.initial, command),)),
    )


def require_beginnable(read: Read, cause: Cause, begins: Begins) -> None:
    """Raises IdNotChoosable, with what is not `sound` beside it.

    Raises ContentMismatch where a new stream would be a client with the practice's own id.
    """
    began = ([read.stream.stream_id] if begins.own else []) + list(begins.others)
    require_first(partial(require_new_ids, cause, *began), *begins.sound)
    if begins.own and read.stream.client_id == read.stream.practice_id:
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


def require_unused(read: Read, cause: Cause) -> None:
    """Raises ContentMismatch where the command's id was used on this stream for something else.

    Asked last: whoever may not do what they ask for is not told which ids were used.
    """
    if any(cause.is_id_of(one) for one in read.past):
        raise ContentMismatch


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


def unchanged(read: Read) -> Outcome:
    """The outcome of a command after which everything is as it was."""
    return Outcome(
        events=[],
        version=read.version,
        position=read.past[-1].position if read.past else None,
        client_id=read.stream.client_id,
    )


def outcome_of(read: Read, decision: Decision, receipt: Receipt) -> Outcome:
    return Outcome(
        events=decision.events,
        beside=decision.beside,
        version=receipt.version,
        position=receipt.position,
        client_id=read.stream.client_id,
        repeated=receipt.repeated,
    )
