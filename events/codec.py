"""Events in bytes: what a log is given, so that it need not know what its events say.

An event is JSON with its type in it: it keeps a time's offset from UTC, and a person can read it
after a restore.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import msgspec


class Codec:
    """The events that may be in a log, and the form that they have there.

    `decode` raises ValueError or RecursionError for bytes that are none of these events.
    """

    def __init__(self, *types: type[msgspec.Struct]) -> None:
        self.types = {type_of(one): one for one in types}
        union: Any = reduce(or_, types)
        self.encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(union).decode


def type_of(event: msgspec.Struct | type[msgspec.Struct]) -> str:
    """The tag that names an event's type and version in the log: mood.logged.v1."""
    return str(event.__struct_config__.tag)
