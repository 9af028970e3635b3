"""Where a follower has come to: a position or a number, and the epoch in which it was told."""

import re
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from projections.epochs import FIRST, Epoch
from service.problems import ParameterRefused

LAST_EVENT_HEADER: Final = "Last-Event-ID"
# In the first epoch an id is a number alone, as it was before there were epochs.
LAST_EVENT: Final = re.compile(r"([0-9]{1,18})(?:@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?")

ABOUT_EPOCH: Final = "The `epoch` of the answer that `after` comes from; without it the first."
EpochNamed = Annotated[
    UUID | None,
    QueryParameter(description=ABOUT_EPOCH),
]


class StartingPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reader of a stream goes on, and by which parameter or header it was said.

    Without an epoch the place is of the first one.
    """

    parameter: str
    at: int
    epoch: UUID | None


def mark_of(epoch: Epoch) -> bytes:
    """What is written behind the ids of a stream: nothing in the first epoch.

    >>> mark_of(Epoch()), mark_of(Epoch(number=2, epoch=UUID(int=7)))
    (b'', b'@00000000-0000-0000-0000-000000000007')
    """
    return b"" if epoch.number == FIRST else f"@{epoch.epoch}".encode()


def begun(request: Request[Any, Any, Any], after: int, epoch: UUID | None) -> StartingPlace:
    """After the last event that a reader has seen, else after what it asks for.

    Raises ParameterRefused for a Last-Event-ID that no stream has written. An empty one is none:
    the HTML standard has that as the id of a reader that was told none (section 9.2).
    """
    text = request.headers.get(LAST_EVENT_HEADER)
    if not text:
        return StartingPlace(parameter="after", at=after, epoch=epoch)
    last = LAST_EVENT.fullmatch(text)
    if last is None:
        raise ParameterRefused(LAST_EVENT_HEADER, "Expected the id of an event of this stream.")
    of = None if last[2] is None else UUID(last[2])
    return StartingPlace(parameter=LAST_EVENT_HEADER, at=int(last[1]), epoch=of)
