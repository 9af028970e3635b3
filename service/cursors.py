"""Cursors: where in a list the next page begins, as an opaque text."""

import base64
import binascii
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from projections.told_position import PositionToken
from service.problems import ParameterRefused

POSITION_LIMIT: Final = 2**62
CURSOR: Final = "cursor"
CURSOR_REFUSED: Final = "Expected the `next` of a page of this same list."


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: in which list, after which id or before which position.

    A position is a number, or a token for whom positions are no numbers. `at` is the version with
    which the page begins.
    """

    of: str
    after: UUID | None = None
    before: Annotated[int, msgspec.Meta(gt=0, le=POSITION_LIMIT)] | PositionToken | None = None
    at: Annotated[int, msgspec.Meta(gt=0, le=POSITION_LIMIT)] | None = None

    @property
    def before_number(self) -> int | None:
        """The number before which the page begins. Raises ParameterRefused for a token."""
        if isinstance(self.before, str):
            raise ParameterRefused(CURSOR, CURSOR_REFUSED)
        return self.before


_decode = msgspec.msgpack.Decoder(Place).decode


def cursor_of(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def place_in(cursor: str | None, *, of: str) -> Place:
    """Where to go on in a list; its beginning without a cursor. Raises ParameterRefused."""
    if cursor is None:
        return Place(of=of)
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = _decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        place = None
    if place is None or place.of != of or cursor_of(place) != cursor:
        raise ParameterRefused(CURSOR, CURSOR_REFUSED)
    return place


def next_after(rows: list[Any], key: str, *, of: str, limit: int) -> str | None:
    """The cursor behind a full page; None where there is no more to come."""
    if len(rows) < limit:
        return None
    return cursor_of(Place(of=of, after=getattr(rows[-1], key)))
