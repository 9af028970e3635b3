"""A receiver of webhooks that is never in the way: takes everything, and notes when it came.

Run as a process of its own. Every POST is answered 204 over a connection that is kept; what came
is counted by the path it was sent to. A GET of that path is answered with how much came there, and
with ?times with when.
"""

import asyncio
import time
from collections import defaultdict
from typing import Any, Final
from uuid import UUID

import msgspec
import uvloop

from service.benchmarks.http_load import HEADERS_END, LENGTH, request
from service.settings import Settings

TAKEN: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
TOLD: Final = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"


class Envelope(msgspec.Struct, frozen=True):
    """What is read of a message: its id, and the category and id of what it is about."""

    id: str
    subject: str


class Came(msgspec.Struct, kw_only=True):
    """How much came to one path: of `requests`, so many `messages` had an id that was new."""

    requests: int = 0
    messages: int = 0


class Path:
    """What comes to one path. `times` are when a stream was first heard of."""

    def __init__(self) -> None:
        self.came = Came()
        self.times: dict[UUID, float] = {}
        self._ids: set[str] = set()

    def take(self, body: bytes) -> None:
        now = time.perf_counter()
        envelope = ENVELOPES.decode(body)
        self._ids.add(envelope.id)
        self.came.requests += 1
        self.came.messages = len(self._ids)
        _, _, stream_id = envelope.subject.partition("/")
        self.times.setdefault(UUID(stream_id), now)


ENVELOPES: Final = msgspec.json.Decoder(Envelope)


class Connection(asyncio.Protocol):
    """Answers one request after the other."""

    def __init__(self, paths: defaultdict[str, Path]) -> None:
        self._paths = paths
        self._transport: Any = None  # uvloop's is no asyncio.Transport.
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(HEADERS_END)) >= 0:
            headers, begin = self._received[:end], end + len(HEADERS_END)
            length = length_in(headers)
            if len(self._received) < begin + length:
                return
            body = self._received[begin : begin + length]
            self._received = self._received[begin + length :]
            method, target, _ = headers.split(b" ", 2)
            self._answer(method, target.decode(), body)

    def _answer(self, method: bytes, target: str, body: bytes) -> None:
        path, _, asked = target.partition("?")
        its = self._paths[path]
        if method == b"POST":
            its.take(body)
            self._transport.write(TAKEN)
        else:
            self._transport.write(TOLD + msgspec.json.encode(its.times if asked else its.came))
            self._transport.close()


def length_in(headers: bytes) -> int:
    """How long the body is that follows: 0 where nothing is said."""
    lowered = headers.lower()
    at = lowered.find(LENGTH)
    return int(lowered[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def read_came(settings: Settings, path: str) -> Came:
    """Ask the receiver how much came to a path. Raises OSError."""
    return msgspec.json.decode(await told(settings, path), type=Came)


async def read_times(settings: Settings, path: str) -> dict[UUID, float]:
    """Ask it when each stream was first heard of at a path, by time.perf_counter. Raises OSError.

    The processes of one machine share that clock.
    """
    return msgspec.json.decode(await told(settings, f"{path}?times"), type=dict[UUID, float])


async def told(settings: Settings, target: str) -> bytes:
    reader, writer = await asyncio.open_connection(settings.host, settings.port)
    try:
        writer.write(request("GET", target, {}))
        await reader.readuntil(HEADERS_END)
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    paths: defaultdict[str, Path] = defaultdict(Path)
    listening = await asyncio.get_running_loop().create_server(
        lambda: Connection(paths), settings.host, settings.port
    )
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(Settings.from_env()))
