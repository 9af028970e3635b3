"""A closed loop of HTTP requests over kept connections, lean enough not to be what is measured.

Requests are ready bytes (HTTP/1.1, keep-alive), a connection is an asyncio Protocol on uvloop that
sends its next request as soon as the last is answered, and of an answer only the status and the
length are read. That costs some twenty microseconds a request; a client library costs hundreds.
"""

import asyncio
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class UnexpectedAnswer(Exception):
    """The server answered something else than what every request should get."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `own_share` is the part of the time in which the generator itself ran."""

    per_second: float
    milliseconds: Sequence[float]
    own_share: float


class Line(asyncio.Protocol):
    """One connection: sends requests one after the other until there are none left."""

    def __init__(self, requests: Iterator[bytes], status: bytes) -> None:
        self._requests = requests
        self._status = status
        self._transport: Any = None
        self._received = b""
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.milliseconds: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEADERS_END)
        if end < 0:
            return
        headers = self._received[:end].lower()
        at = headers.find(LENGTH)
        length = int(headers[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._received) < end + len(HEADERS_END) + length:
            return
        if headers[9:12] != self._status:
            self._fail(self._received[:600])
            return
        self._received = b""
        self.milliseconds.append(1000 * (time.perf_counter() - self._sent_at))
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(repr(exc).encode())

    def _fail(self, answered: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(UnexpectedAnswer(answered.decode(errors="replace")))


async def load(
    requests: Sequence[bytes], *, host: str, port: int, connections: int, status: int
) -> Load:
    """Send every request once, over so many connections. Raises UnexpectedAnswer, OSError."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    lines: list[Line] = []
    for _ in range(connections):
        _, line = await loop.create_connection(
            lambda: Line(waiting, str(status).encode()), host, port
        )
        lines.append(line)
    began, busy = time.perf_counter(), own_seconds()
    for line in lines:
        line.send_next()
    await asyncio.gather(*(line.done for line in lines))
    seconds = time.perf_counter() - began
    return Load(
        per_second=len(requests) / seconds,
        milliseconds=[one for line in lines for one in line.milliseconds],
        own_share=(own_seconds() - busy) / seconds,
    )


def own_seconds() -> float:
    """Processor time this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the line."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: localhost",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + HEADERS_END + body
