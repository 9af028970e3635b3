"""What the log keeps: who appended what, to which stream, seeing which version, and why."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from events.codec import Event

DIGEST_BYTES = 16


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why events are being appended, and on whose behalf.

    `command_id` is the Idempotency-Key, or computed by a worker from what it saw. `content` is a
    digest of what was asked; it is only ever stored inside the seal, because a digest of a mood
    from 1 to 10 could be guessed. `actor` is a role and a pseudonymous subject: "clinician:7f3a".
    """

    command_id: UUID
    actor: str
    content: bytes
    correlation: UUID


def digest(*asked: Any) -> bytes:
    """Sixteen bytes that tell one request's content from another's, field order ignored."""
    return sha256(msgspec.msgpack.encode(asked, order="deterministic")).digest()[:DIGEST_BYTES]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """New events for one stream, and the version that was seen there (0: a new stream).

    `client_id` is None for what belongs to the practice itself. `occurred_at` is aware; its
    offset is the person's own.
    """

    stream_id: UUID
    category: str
    client_id: UUID | None
    expected: int
    events: Sequence[Event]
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
    """An event whose key is gone: it happened, at its position, and can no longer be read."""

    type: str


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event as the log keeps it.

    `position` counts the events of the practice, `version` those of the stream, both from 1.
    `occurred_at` carries the person's offset, `recorded_at` is the log's own clock in UTC and
    never goes back within a practice.
    """

    practice_id: UUID
    position: int
    stream_id: UUID
    category: str
    version: int
    client_id: UUID | None
    type: str
    event: Event | Unreadable
    actor: str
    command_id: UUID
    correlation: UUID
    occurred_at: datetime
    recorded_at: datetime
    content: bytes
