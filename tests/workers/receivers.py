"""A receiver of webhooks on this machine, and names for it: they answer as told, and count."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from tests.controls import NOON
from workers.posting import Answered, Poster

BACKLOG = 64
BODY = b'{"type":"goal.reached.v1"}'
HEADERS = {"content-type": "application/json", "webhook-id": "a-1"}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answers, and how it behaves meanwhile.

    `raw` is sent in place of an answer. A byte is sent every `drip_seconds`, where that is more
    than nothing; `for_ever` repeats the last part of what is sent until the other side goes.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    raw: bytes | None = None
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    for_ever: bytes = b""
    hangs_up: bool = False

    def in_bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw
        lines = [f"HTTP/1.1 {self.status} Told", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Got(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came in: the first line, the headers by their names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """`reply` may be changed between two requests; `replies` come first, one for each request."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.replies: list[Reply] = []
        self.got: list[Got] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        self._empty.clear()
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # The other side went: that is its right.
        finally:
            self.open.discard(writer)
            if not self.open:
                self._empty.set()
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.got.append(await request_from(reader))
        reply = self.replies.pop(0) if self.replies else self.reply
        await pause(reader, reply.delay_seconds)
        if reply.drip_seconds:
            for byte in reply.in_bytes():
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(reply.drip_seconds)
        else:
            writer.write(reply.in_bytes())
            await writer.drain()
        while reply.for_ever:
            writer.write(reply.for_ever)
            await writer.drain()
            await asyncio.sleep(0.001)
        if reply.hangs_up:
            writer.close()
            await writer.wait_closed()
        return not reply.hangs_up

    def hang_up(self) -> None:
        """Close every connection, as a receiver does that is started again."""
        for writer in list(self.open):
            writer.transport.abort()

    async def all_gone(self, seconds: float = 2.0) -> bool:
        """Whether nobody is connected any more, after a moment at the most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), seconds)
        return not self.open

    def url(self, path: str = "/hook", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


async def pause(reader: asyncio.StreamReader, seconds: float) -> None:
    """Wait, but not for somebody who has gone: raises ConnectionResetError."""
    if not seconds:
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(1), seconds)
        raise ConnectionResetError


class Names:
    """A resolver that answers in turn, the last answer for ever, and records what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def request_from(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    line, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(line=line, headers=headers, body=body)


@asynccontextmanager
async def receiving(
    reply: Reply | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Receiver]:
    """A receiver that listens on loopback, until the end of the block."""
    receiver = Receiver(reply or Reply())
    server = await asyncio.start_server(
        receiver.serve, host, port, ssl=tls, backlog=BACKLOG, reuse_address=True
    )
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        receiver.hang_up()
        await server.wait_closed()
        await receiver.all_gone()


async def post(poster: Poster, url: str, *, body: bytes = BODY) -> Answered:
    """An ordinary attempt."""
    return await poster.post(url, headers=HEADERS, body=body, now=NOON)
