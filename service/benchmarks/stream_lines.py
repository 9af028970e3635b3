"""Readers of streams that cost next to nothing: a connection each, and when what came to it."""

import asyncio
import re
import time
from typing import Any, Final
from uuid import UUID

from service.benchmarks.http_load import UnexpectedAnswer, request

PATH: Final = "/v1/feed/stream"
ANSWER_SECONDS: Final = 10.0
BEGUN: Final = b"HTTP/1.1 200"
STREAM_ID: Final = re.compile(rb'"stream_id":"([0-9a-f-]{36})"')


class StreamLine(asyncio.Protocol):
    """Reads a stream, and notes when each event came, by the stream that it is of."""

    def __init__(self, path: str, token: str) -> None:
        self._request = request("GET", path, {"authorization": f"Bearer {token}"})
        self._transport: Any = None  # uvloop's is no asyncio.Transport.
        self._rest = b""
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.came: dict[UUID, float] = {}
        self.something = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if not self.begun.done():
            self._begin(data)
        text = self._rest + data
        # An event that is cut in two is looked at when it is whole.
        whole, _, self._rest = text.rpartition(b"\n")
        for found in STREAM_ID.finditer(whole):
            self.came[UUID(found[1].decode())] = now
        self.something.set()

    def _begin(self, data: bytes) -> None:
        if data.startswith(BEGUN):
            self.begun.set_result(None)
        else:
            self.begun.set_exception(UnexpectedAnswer(data[:600].decode(errors="replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(UnexpectedAnswer(repr(exc)))
        self.something.set()

    def hang_up(self) -> None:
        self._transport.abort()

    async def has(self, stream_id: UUID) -> None:
        """Wait until it has heard of a stream."""
        while stream_id not in self.came:
            self.something.clear()
            await self.something.wait()


async def open_stream(host: str, port: int, token: str, *, after: int) -> StreamLine:
    """A reader of what comes after a position. Raises UnexpectedAnswer, OSError."""
    _, line = await asyncio.get_running_loop().create_connection(
        lambda: StreamLine(f"{PATH}?after={after}", token), host, port
    )
    async with asyncio.timeout(ANSWER_SECONDS):
        await line.begun
    return line
