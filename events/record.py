"""What the log keeps: who appended what, to which stream, seeing which version, and why."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

DIGEST_BYTES = 16
# The categories that a log itself knows by name. What lies in them is none of its business.
PRACTICE_CATEGORY: Final = "practice"
CLIENT_CATEGORY: Final = "client"
SAFETY_FLAG_CATEGORY: Final = "safety_flag"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why events are being appended, and on whose behalf.

    `command_id` is the Idempotency-Key, or computed by a worker from what it saw. `content` is a
    digest of what was asked; it is only ever stored inside the seal, because a digest of a mood
    from 1 to 10 could be guessed. `actor` is a role and a pseudonymous subject: "clinician:7f3a".
    `chosen` says that the ids of the command and of what it begins come from whoever asks.
    `formerly` is the id that a release before UUIDv8 computed for the same command: anybody could
    compute it, and choose it for a command of theirs.
    """

    command_id: UUID
    actor: str
    content: bytes
    correlation: UUID
    chosen: bool = False
    formerly: UUID | None = None

    def is_id_of(self, recorded: "Recorded") -> bool:
        """Whether an event came of a command with this id, now or in an earlier release.

        An id that anybody could compute says nothing, unless the same actor used it.
        """
        if recorded.command_id == self.command_id:
            return True
        return recorded.command_id == self.formerly and recorded.actor == self.actor

    def is_repeated_by(self, recorded: "Recorded") -> bool:
        """Whether who asks now asked this very thing when the event was recorded."""
        return recorded.content == self.content and recorded.actor == self.actor


def digest(*asked: Any) -> bytes:
    """Sixteen bytes that tell one request's content from another's.

    They are the same from release to release: a command that was recorded by an earlier one is
    known again when it is repeated after an upgrade. So a Struct's fields keep their order, and
    those it names in `LATER` (added since the first release, each with a default) are left out
    where they say nothing new.
    """
    said = msgspec.msgpack.encode(said_first(asked), order="deterministic")
    return sha256(said).digest()[:DIGEST_BYTES]


def said_first(asked: Any) -> Any:
    """What is asked for, as a release without the later fields would have encoded it."""
    match asked:
        case msgspec.Struct():
            return msgspec.Raw(msgspec.msgpack.encode(fields_said_first(asked)))
        case list() | tuple():
            return [said_first(one) for one in asked]
        case dict():
            told = {name: said_first(one) for name, one in asked.items()}
            return msgspec.Raw(msgspec.msgpack.encode(told, order="deterministic"))
        case set() | frozenset():
            return msgspec.Raw(msgspec.msgpack.encode(asked, order="deterministic"))
        case _:
            return asked


def fields_said_first(asked: msgspec.Struct) -> dict[str, Any]:
    """By name and in their order, the tag first, as msgspec encodes a Struct."""
    config = asked.__struct_config__
    told = {} if config.tag_field is None else {config.tag_field: config.tag}
    for name, encoded_name, silent in fields_of(type(asked)):
        value = getattr(asked, name)
        if value is not msgspec.UNSET and (silent is msgspec.NODEFAULT or value != silent):
            told[encoded_name] = said_first(value)
    return told


@lru_cache(maxsize=512)
def fields_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    """Each field's name, its name as encoded, and the value at which it is left out, if any is."""
    later: tuple[str, ...] = getattr(kind, "LATER", ())
    return tuple(
        (
            field.name,
            field.encode_name,
            default_of(field) if field.name in later else msgspec.NODEFAULT,
        )
        for field in msgspec.structs.fields(kind)
    )


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """What a field is where it is left out."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """New events for one stream, and the version that was seen there (0: a new stream).

    `client_id` is None for what belongs to the practice itself. `occurred_at` is aware; its
    offset is the person's own. Without events the stream is watched: nothing is appended to it, and
    nothing to the other streams where it has moved on.
    """

    stream_id: UUID
    category: str
    client_id: UUID | None
    expected: int
    events: Sequence[msgspec.Struct]
    occurred_at: datetime


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What an append answers: how far the log and the command's own stream now reach.

    `position` is the last position of the append in the practice's log, `version` the version of
    its last step's stream there. `repeated` says that an earlier attempt had recorded it.
    """

    position: int
    version: int
    repeated: bool = False


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """An event that can not be read: it happened, at its position, and is passed over.

    `why` is None where its key is gone. Else the body does not open or does not decode, and `why`
    is the name of the exception that says so.
    """

    type: str
    why: str | None = None


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event as the log keeps it.

    `position` counts the events of the practice, `version` those of the stream, both from 1.
    `event` is what happened, or Unreadable. `occurred_at` carries the person's offset,
    `recorded_at` is the log's own clock in UTC. Within a practice it goes back with
    practice.clock_corrected alone. `clock_doubted` says that the clocks
    of the database and of whoever appended were more than two minutes apart.
    """

    practice_id: UUID
    position: int
    stream_id: UUID
    category: str
    version: int
    client_id: UUID | None
    type: str
    event: msgspec.Struct
    actor: str
    command_id: UUID
    correlation: UUID
    occurred_at: datetime
    recorded_at: datetime
    content: bytes
    clock_doubted: bool = False


def first_of(streams: Iterable[list[Recorded]], *, client_id: UUID | None) -> list[Recorded]:
    """The first of these streams that is this client's; empty where there is none.

    One of which an event opens comes before one of which none does.
    """
    own = [past for past in streams if past and past[0].client_id == client_id]
    opening = (past for past in own if any(not isinstance(one.event, Unreadable) for one in past))
    return next(opening, own[0] if own else [])
