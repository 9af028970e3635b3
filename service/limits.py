"""What one connection may take before anybody knows who is at its other end."""

import msgspec


class HeadersTooLarge(Exception):
    """The request has more than 100 headers, or more than 32 KiB of them: send less."""


class AddressTooLong(Exception):
    """The address is longer than 8 KiB: send less in the query."""


class HeadersNotComplete(Exception):
    """The rest of the headers did not come in time: send the whole request again."""


class ConnectionsTaken(Exception):
    """This server has as many connections open as it takes: try again after Retry-After."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes are in bytes, times in seconds.

    `head_bytes` counts the request line and all headers. `head_seconds` runs from the first byte of
    a request to the end of its headers, and from the start of a connection to its first request.
    `body_seconds` is how long a body may stand still, `idle_seconds` how long a connection may wait
    for its next request. A peer that takes nothing of an answer is cut off after `untaken_seconds`.
    Who was refused has `linger_seconds` to read why; who was answered before all of the body had
    come has `rest_seconds` to send the rest.

    Streams have a limit of their own (service/streams.py), and do not count as `connections`. Above
    that number so many `refused_connections` are read as far as their headers, to be answered 503;
    whoever comes after them is told that at once.
    """

    headers: int = 100
    head_bytes: int = 32 * 1024
    address_bytes: int = 8 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    untaken_seconds: float = 60.0
    linger_seconds: float = 2.0
    rest_seconds: float = 30.0
    connections: int = 1_000
    refused_connections: int = 100
    requests_ahead: int = 16


LIMITS = Limits()
