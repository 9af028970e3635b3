"""A pooler of our own, as small as one can be: it gives each transaction a session that is free.

It speaks as much of PostgreSQL's protocol as is needed for that (version 3.0, see the chapter
"Frontend/Backend Protocol" of the manual): a session is given back when a query or a Sync is
answered and no transaction is open.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Literal

SSL_REQUEST = 80877103
ENDS_QUERIES = (b"Q", b"S", b"F")  # Query, Sync, FunctionCall.
READY = b"Z" + struct.pack("!i", 5) + b"I"
Mode = Literal["session", "transaction"]


class Server:
    """A session of the real server, ready for a query."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.parameters = b""

    @classmethod
    async def login(cls, socket: str, login: str, database: str) -> "Server":
        server = cls(*await asyncio.open_unix_connection(socket))
        words = ("user", login, "database", database)
        body = struct.pack("!i", 196608) + b"".join(one.encode() + b"\0" for one in words) + b"\0"
        try:
            server.writer.write(struct.pack("!i", len(body) + 4) + body)
            while (message := await read_message(server.reader))[:1] != b"Z":
                server.parameters += message if message[:1] == b"S" else b""
        except BaseException:
            server.writer.transport.abort()
            raise
        return server


class Client:
    """One client, and the session that it has for now."""

    def __init__(self, pooler: "Pooler", writer: asyncio.StreamWriter) -> None:
        self._pooler = pooler
        self._writer = writer
        self._held: Server | None = None
        self._answering: asyncio.Task[None] | None = None
        # Answers that are still to come, and whether something was said that has no end yet.
        self._owed = 0
        self._is_open = False

    async def hold(self) -> Server:
        if self._held is None:
            self._held = await self._pooler.take()
            self._answering = asyncio.create_task(self._answer(self._held))
        return self._held

    async def say(self, message: bytes) -> None:
        self._is_open = message[:1] not in ENDS_QUERIES
        self._owed += not self._is_open
        (await self.hold()).writer.write(message)

    async def _answer(self, server: Server) -> None:
        """Hand on what the server says, until it is ready and nothing more is owed."""
        while True:
            message = await read_message(server.reader)
            self._writer.write(message)
            if message[:1] == b"Z":
                self._owed -= 1
                is_done = not self._owed and not self._is_open and message[5:] == b"I"
                if is_done and self._pooler.mode == "transaction":
                    self._held = None
                    self._pooler.give_back(server)
                    return

    async def leave(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.gather(self._answering, return_exceptions=True)
        if self._held is not None:
            self._held.writer.transport.abort()
        self._writer.transport.abort()


class Pooler:
    """Sessions that are free, the last one used first, as pgbouncer gives them out."""

    def __init__(self, socket: str, login: str, database: str, mode: Mode) -> None:
        self._where = (socket, login, database)
        self.mode = mode
        self._free: list[Server] = []
        self._keys = count(1)
        self._serving: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        self._writers.append(writer)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(self, writer)
        try:
            await read_startup(reader, writer)
            server = await self.take()
            key = struct.pack("!cIII", b"K", 12, next(self._keys), 0)
            writer.write(struct.pack("!cIi", b"R", 8, 0) + server.parameters + key + READY)
            self.give_back(server)
            while (message := await read_message(reader))[:1] != b"X":
                await client.say(message)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client went.
        finally:
            await client.leave()

    async def take(self) -> Server:
        return self._free.pop() if self._free else await Server.login(*self._where)

    def give_back(self, server: Server) -> None:
        self._free.append(server)

    async def stop(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        for writer in (*self._writers, *(server.writer for server in self._free)):
            writer.transport.abort()
        await asyncio.sleep(0.05)  # What was cut off is told so.


async def read_startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    while True:
        (size,) = struct.unpack("!i", await reader.readexactly(4))
        body = await reader.readexactly(size - 4)
        if struct.unpack("!i", body[:4]) != (SSL_REQUEST,):
            return body
        writer.write(b"N")


async def read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    (size,) = struct.unpack("!i", head[1:])
    return head + await reader.readexactly(size - 4)


@asynccontextmanager
async def pooling(socket: str, login: str, database: str, mode: Mode) -> AsyncIterator[int]:
    """The port on this machine of a pooler in front of a database."""
    pooler = Pooler(socket, login, database, mode)
    listener = await asyncio.start_server(pooler.accept, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await pooler.stop()
