"""A peer of the API that says over a socket whatever it likes, byte by byte."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

WAIT_SECONDS = 20


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it came over the line."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> str:
        return str(self.json["type"]).removeprefix("/problems/")

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Wire:
    """One connection. Whatever it waits for comes within some seconds, or the test fails."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, url: str) -> "Wire":
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)

    async def answer(self, *, has_body: bool = True) -> Heard:
        """The next answer. Raises IncompleteReadError where the connection ends before."""
        async with asyncio.timeout(WAIT_SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            length = int(headers.get("content-length", "0")) if has_body else 0
            body = await self._reader.readexactly(length)
        return Heard(status=int(first.split()[1]), headers=headers, body=body)

    async def ends(self) -> bytes:
        """What else comes until the server ends the connection."""
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                return await self._reader.read()
            except ConnectionError:
                return b""

    @property
    def is_over(self) -> bool:
        """Whether the server has ended the connection."""
        return self._reader.at_eof() or self._reader.exception() is not None

    async def hang_up(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    def reset(self) -> None:
        """Go without a word: what is under way is lost."""
        self._writer.transport.abort()


def head(method: str, path: str, headers: Mapping[str, str], *, more: str = "") -> bytes:
    """A request up to the end of its headers, but for the empty line where there is `more`."""
    lines = [f"{method} {path} HTTP/1.1", "Host: cairn.test"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    text = "\r\n".join(lines) + "\r\n"
    return (text + (more or "\r\n")).encode("latin-1")
