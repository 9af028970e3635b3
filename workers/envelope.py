"""The envelope around an event on its way to a webhook: CloudEvents 1.0, structured, in JSON.

CloudEvents specification 1.0.2 (github.com/cloudevents/spec), its JSON format, and its extensions
for sequence and partitioning.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from projections.told_event import NumberedEvent, schema_path

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
# As many digits as the largest number has that the log can hold (a bigint): the extension demands
# that sequences can be compared as text.
SEQUENCE_DIGITS: Final = 19
DIGEST_DIGITS: Final = 32
FIRST_DIGEST_DIGITS: Final = 8
POSITION_BYTES: Final = 8


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with the attributes by which those who carry it know it, without reading it.

    `id` is the same for every delivery of an event, to whomever; with `source`, the practice, it
    is unique. What a subscription had numbered before ids ceased to tell positions keeps its id.
    `subject` is the category and id of the stream, `time` carries the person's offset. `sequence`
    is the event's number in its subscription, as text of one length; `partitionkey` is what events
    are kept in order by. `epoch` is another one after the log was restored from a backup: numbers
    are then used again, for other events.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    sequence: str
    partitionkey: str
    epoch: UUID
    data: NumberedEvent


def message_id(practice_id: UUID, position: int, sealed: bytes) -> str:
    """What names an event outside: the envelope's id, and the webhook-id that is signed.

    `sealed` is the event's body as the log has it, which no other event shares: after a restore
    from a backup a position may come to hold another event, and must not pass for the first. Nobody
    outside has it, so nobody finds the position by trying.
    Without a full stop, because id.timestamp.body is what is signed.

    >>> message_id(UUID(int=10), 7, b"sealed")
    '0000000000000000000000000000000a-95dc04448fcc9ebedfdb1400939aade1'
    """
    digest = sha256(position.to_bytes(POSITION_BYTES) + sealed).hexdigest()
    return f"{practice_id.hex}-{digest[:DIGEST_DIGITS]}"


def message_id_with_position(practice_id: UUID, position: int, sealed: bytes) -> str:
    """The id of a message that was numbered while ids told positions: it stays what it was.

    >>> message_id_with_position(UUID(int=10), 7, b"sealed")
    '0000000000000000000000000000000a-7-c9d0036b'
    """
    return f"{practice_id.hex}-{position}-{sha256(sealed).hexdigest()[:FIRST_DIGEST_DIGITS]}"


def sequence(number: int) -> str:
    """A number as text that sorts as the number does.

    >>> sequence(9), sequence(10)
    ('0000000000000000009', '0000000000000000010')
    """
    return f"{number:0{SEQUENCE_DIGITS}d}"


def enveloped(
    event: NumberedEvent, *, id_: str, practice_id: UUID, public_url: str, key: UUID, epoch: UUID
) -> bytes:
    """The body of a delivery, whose content type is `CONTENT_TYPE`; `id_` is its message_id."""
    return msgspec.json.encode(
        CloudEvent(
            id=id_,
            source=f"urn:uuid:{practice_id}",
            type=event.type,
            subject=f"{event.category}/{event.stream_id}",
            time=event.occurred_at,
            dataschema=public_url + schema_path(event.type),
            sequence=sequence(event.number),
            partitionkey=str(key),
            epoch=epoch,
            data=event,
        )
    )
