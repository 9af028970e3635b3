"""How routes issue commands: start a stream, change one, and answer with a receipt."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from litestar import Response

from events.aggregate import Aggregate, Stream
from events.assessment import ASSESSMENT
from events.check_in import CHECK_IN
from events.mood import MOOD
from events.record import Cause
from events.refusals import NotFound, Rejected
from events.store import Admit, Outcome, Read, VersionConflict, first_answer, read_state
from events.transact import Beside, Prepare, begin, handle
from service.asked import POSITION_HEADER, REPLAYED_HEADER, Asked
from service.operations import Receipt
from service.problems import VersionMismatch

Command = TypeVar("Command")

ENTRIES: Final = frozenset({MOOD.category, CHECK_IN.category, ASSESSMENT.category})


async def start(
    asked: Asked,
    aggregate: Aggregate[Any, Command, Any],
    stream: Stream,
    command: Command,
    *,
    cause: Cause,
    require: Callable[[], None] = lambda: None,
    beside: Beside | None = None,
    occurred_at: Any = None,
) -> Outcome:
    """Begin a new stream, or answer as the first time.

    `require` refuses what the new stream's surroundings do not allow, and `beside` what is watched
    until it is recorded. A repeat is answered even where they have changed since: what was recorded
    stays recorded.
    """
    try:
        require()
    except Rejected:
        earlier = await first_answer(asked.cairn.store, stream, cause)
        if earlier is None:
            raise
        return earlier
    return await begin(
        asked.cairn.store,
        aggregate,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at or asked.now,
        beside=beside,
    )


async def change(
    asked: Asked,
    aggregate: Aggregate[Any, Command, Any],
    stream_id: UUID,
    command: Command | Prepare[Command],
    *,
    cause: Cause,
) -> Outcome:
    """Issue a command to a stream that exists and that the asker may see. Raises NotFound."""
    stream = aggregate.stream(asked.practice_id, stream_id)
    admit = asked.admit_recorder if aggregate.category in ENTRIES else asked.admit
    return await change_stream(asked, aggregate, stream, command, cause=cause, admit=admit)


async def change_stream(
    asked: Asked,
    aggregate: Aggregate[Any, Command, Any],
    stream: Stream,
    command: Command | Prepare[Command],
    *,
    cause: Cause,
    admit: Admit | None = None,
) -> Outcome:
    """Issue a command to a stream, of whose client it is known that the asker may see it."""
    try:
        return await handle(
            asked.cairn.store,
            aggregate,
            stream,
            command,
            cause=cause,
            occurred_at=asked.now,
            expected=asked.expected,
            admit=admit,
        )
    except VersionConflict:
        raise mismatch(asked) from None


def mismatch(asked: Asked) -> Exception:
    """What a conflict is called: 412 to whoever said which version they had seen."""
    return VersionConflict() if asked.expected is None else VersionMismatch()


async def read_stream(asked: Asked, aggregate: Aggregate[Any, Any, Any], stream_id: UUID) -> Read:
    """A stream that exists and that the asker may see, folded. Raises NotFound."""
    stream = aggregate.stream(asked.practice_id, stream_id)
    return await read_state(asked.cairn.store, aggregate, stream, admit=asked.admit)


async def read_unfolded(asked: Asked, aggregate: Aggregate[Any, Any, Any], stream_id: UUID) -> Read:
    """A stream that exists and that the asker may see, also where an event of it does not open.

    It has no state. Raises NotFound, RecordUnreadable where its key is gone.
    """
    return await read_stream(asked, aggregate.unfolded, stream_id)


def receipt(
    asked: Asked,
    outcome: Outcome,
    subject_id: UUID,
    *,
    status: int = 200,
    location: str | None = None,
    etag: bool = False,
    version: int | None = None,
) -> Response[Receipt]:
    """The answer to a command; a repeat's is the same but for one header.

    A position that is told as a token is that of this receipt alone. Were it that of its event, the
    two would tell whether something else was recorded with it.
    """
    if outcome.position is None:
        raise NotFound
    version = outcome.version if version is None else version
    position = asked.told_position(outcome.position, of=f"receipt {subject_id} {version}")
    headers = {POSITION_HEADER: str(position)}
    if etag:
        headers["ETag"] = f'W/"{version}"'
    if location is not None:
        headers["Location"] = location
    if outcome.repeated:
        headers[REPLAYED_HEADER] = "true"
    return Response(
        Receipt(id=subject_id, version=version, position=position),
        status_code=status,
        headers=headers,
    )
