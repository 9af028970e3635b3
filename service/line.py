"""One connection to the API: uvicorn's protocol over httptools, with limits, and able to be cut.

httptools keeps what it has read of a header until the header is whole, however long it grows, and
uvicorn waits for the rest for ever. So what a peer sends is fed in pieces, counted, and looked at
by the server's clock. A request that breaks a limit is handed to the application all the same, with
the refusal in its scope: what is said to whom is decided at one place (service/door.py).
"""

import asyncio
import socket
import time
from typing import Any, Final, Literal
from urllib.parse import unquote

import httptools
import msgspec
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from service.ids import drawn_id
from service.limits import (
    LIMITS,
    AddressTooLong,
    ConnectionsTaken,
    HeadersNotComplete,
    HeadersTooLarge,
    Limits,
)
from service.problems import MEDIA_TYPE, RETRY_AFTER_SECONDS, RequestRefused, problem_of
from service.streams import LINE

# ASGI extensions of ours: why a request is refused before any of it is looked at, and why the rest
# of a body can not be read.
REFUSED: Final = "cairn.refused"
BROKEN_BODY: Final = "cairn.broken_body"
PIECE_BYTES: Final = 16 * 1024
NARROW_BYTES: Final = 64 * 1024
# What a header takes beside its name and value: a colon, a space and the end of the line.
HEADER_MARKS: Final = 4
NOTED_EVERY_SECONDS: Final = 10.0
UNKNOWN_METHOD: Final = "UNKNOWN"
log = structlog.get_logger("cairn.server")


class LimitBroken(Exception):
    """Stops the parser; what is answered is noted by then."""


class Lines:
    """How many connections of one process count, and by which limits all of them go."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.counted = 0
        self._noted_at = 0.0

    @property
    def are_taken(self) -> bool:
        return self.counted > self.limits.connections

    @property
    def are_beyond(self) -> bool:
        """Whether there is not even room to hear what somebody wants."""
        return self.counted > self.limits.connections + self.limits.refused_connections

    def note_taken(self) -> None:
        """A line in the log now and then, however many knock."""
        now = time.monotonic()
        if now - self._noted_at >= NOTED_EVERY_SECONDS:
            self._noted_at = now
            log.warning("connections_taken", count=self.counted)


class Line(HttpToolsProtocol):
    """A connection that can be cut, and that keeps to its limits.

    `close` of a transport waits until everything was taken: for ever, where the peer does not read.
    """

    def __init__(self, *, lines: Lines, **given: Any) -> None:
        super().__init__(**given)
        self._lines = lines
        self._limits = lines.limits
        self._is_counted = False
        self._came_too_late = False
        self._reading: Literal["nothing", "head", "body"] = "nothing"
        # When something came that was waited for, or was answered.
        self._moved_at = 0.0
        self._answered_at = 0.0
        self._head_bytes = self._header_count = 0
        # What the parser has taken without handing anything on.
        self._kept_bytes = 0
        self._refusal: Exception | None = None
        self._untaken_bytes = 0
        self._taken_at = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._moved_at = self._taken_at = self.loop.time()
        # A peer that has vanished without a word is noticed after a heartbeat or two, not after
        # a quarter of an hour.
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = int(1000 * self._limits.untaken_seconds)
            self._set(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._lines.counted += 1
        self._is_counted = True
        if self._lines.are_taken:
            self._came_too_late = True
            self._lines.note_taken()
        if self._lines.are_beyond:
            transport.write(taken_answer())
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._leave_count()
        # The request leads back here: nothing of it is to wait for the collector of garbage.
        self.scope = self.headers = None  # type: ignore[assignment]
        self.url = b""

    def narrow(self) -> None:
        """This is a stream from now on: let some 100 KB be under way at most.

        The system's own limit grows to megabytes.
        """
        self._set(socket.SOL_SOCKET, socket.SO_SNDBUF, NARROW_BYTES)
        self._leave_count()

    def cut(self) -> None:
        """End it now, whatever the peer has not taken."""
        self.transport.abort()

    def linger(self) -> None:
        """Say no more, and wait for a moment until the peer has read what was said.

        To close while something is still being sent throws away what was said.
        """
        self._moved_at = self.loop.time()
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def is_untaken(self) -> bool:
        """Whether all was said, and the peer has not taken it yet."""
        return self.transport.is_closing() and self.transport.get_write_buffer_size() > 0

    def data_received(self, data: bytes) -> None:
        if self._reading == "body":
            self._moved_at = self.loop.time()
        for start in range(0, len(data), PIECE_BYTES):
            if self._refusal is not None or self.transport.is_closing():
                return  # What still comes is let go.
            piece = data[start : start + PIECE_BYTES] if len(data) > PIECE_BYTES else data
            if not self._feed(piece):
                return

    def _feed(self, piece: bytes) -> bool:
        """Whether more of the same may follow."""
        self._kept_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserError:
            self._refuse(self._refusal or RequestRefused())
        except httptools.HttpParserUpgrade:
            return False  # There is nothing else to change to here: it is answered as it is.
        if self._refusal is None and not self._has_room(0):
            self._refuse(HeadersTooLarge())
        if len(self.pipeline) > self._limits.requests_ahead:
            self.cut()
        return True

    def _has_room(self, more: int) -> bool:
        taken = self._kept_bytes + more
        if self._reading == "head":
            taken += self._head_bytes
        return taken <= self._limits.head_bytes

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {LINE: self}  # type: ignore[dict-item]
        self._reading = "head"
        self._moved_at = self.loop.time()
        self._head_bytes = self._header_count = self._kept_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._kept_bytes = 0
        self._head_bytes += len(url)
        super().on_url(url)
        if len(self.url) > self._limits.address_bytes:
            self._stop_for(AddressTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        self._kept_bytes = 0
        self._head_bytes += len(name) + len(value) + HEADER_MARKS
        self._header_count += 1
        is_over = self._head_bytes > self._limits.head_bytes
        if is_over or self._header_count > self._limits.headers:
            self._stop_for(HeadersTooLarge())
        # What comes after a body is let go: the request was looked at without it.
        if self._reading == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._kept_bytes = 0
        if self._came_too_late and self._lines.are_taken:
            self._stop_for(ConnectionsTaken())
        super().on_headers_complete()
        self._reading = "body"
        self._moved_at = self.loop.time()

    def on_body(self, body: bytes) -> None:
        self._kept_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept_bytes = 0
        self._reading = "nothing"
        self._moved_at = self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's own, but for its timer: see `end_where_late`."""
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _stop_for(self, refusal: Exception) -> None:
        """Raises LimitBroken."""
        self._refusal = refusal
        raise LimitBroken

    def _refuse(self, refusal: Exception) -> None:
        """Answer the request that is being read with a refusal, and take no more."""
        self._refusal = refusal
        if self._reading == "body":
            self._break_body(refusal)
            return
        if self._reading == "nothing":
            HttpToolsProtocol.on_message_begin(self)
        self._reading = "nothing"
        self._moved_at = self.loop.time()
        raw_path, _, query = self.url.partition(b"?")
        self.scope.update(
            {
                # Before the address has come, the parser knows of no method.
                "method": self.parser.get_method().decode() if self.url else UNKNOWN_METHOD,
                "path": unquote(raw_path.decode("latin-1")) or "/",
                "raw_path": raw_path,
                "query_string": query,
                "extensions": {LINE: self, REFUSED: refusal},  # type: ignore[dict-item]
            }
        )
        before = self._latest
        self.cycle = RequestResponseCycle(
            scope=self.scope,
            transport=Refusing(self),  # type: ignore[arg-type]
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:  # What came before it is answered first.
            self.pipeline.appendleft((self.cycle, self.app))

    def _break_body(self, refusal: Exception) -> None:
        """Whoever waits for the rest of this body is told at once that it can not be read.

        What has come of the body is given first: a form is looked at as far as it came.
        """
        cycle = self._latest
        if cycle is None or cycle.response_started:
            return
        cycle.scope["extensions"][BROKEN_BODY] = refusal  # type: ignore[assignment]
        cycle.keep_alive = False
        cycle.transport = Refusing(self)  # type: ignore[assignment]
        cycle.message_event.set()

    def end_where_late(self) -> None:
        """Looked at a few times a second: whatever has waited for longer than it may is ended."""
        now = self.loop.time()
        if self._takes_nothing(now):
            self.cut()
            return
        if self.flow.read_paused:
            self._moved_at = now  # It is we who take nothing.
        due_at = self._due_at()
        if self.transport.is_closing() or due_at is None or now < due_at:
            return
        if self._refusal is not None or self._reading == "body":
            self.cut()
        elif self._reading == "head":
            self._refuse(HeadersNotComplete())
        else:
            self.transport.close()

    def _due_at(self) -> float | None:
        """Until when what is waited for has time to come; None where we are waited for."""
        limits = self._limits
        if self._refusal is not None:
            return self._moved_at + limits.linger_seconds if self._is_answered else None
        if self._reading == "head" or self._latest is None:
            return self._moved_at + limits.head_seconds
        if not self._is_answered:
            return None
        if self._reading == "body":
            return self._answered_at + limits.rest_seconds
        return max(self._moved_at, self._answered_at) + limits.idle_seconds

    @property
    def _is_answered(self) -> bool:
        latest = self._latest
        return latest is not None and latest.response_complete and not self.pipeline

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """The request that was read last; None before the first: uvicorn's types know none."""
        return self.cycle

    def _takes_nothing(self, now: float) -> bool:
        """Whether the peer has taken nothing of what waits for it, for longer than it may.

        A stream that goes on looks after that itself.
        """
        untaken = self.transport.get_write_buffer_size()
        goes_on = not self._is_counted and not self._is_answered
        if untaken == 0 or untaken < self._untaken_bytes or goes_on:
            self._taken_at = now
        self._untaken_bytes = untaken
        return now - self._taken_at > self._limits.untaken_seconds

    def _set(self, level: int, option: int, value: int) -> None:
        self.transport.get_extra_info("socket").setsockopt(level, option, value)

    def _leave_count(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self._lines.counted -= 1


class Refusing:
    """The transport of a refusal: at its end the peer has a moment to read it."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def write(self, data: bytes) -> None:
        if not self._line.transport.is_closing():
            self._line.transport.write(data)

    def is_closing(self) -> bool:
        return self._line.transport.is_closing()

    def close(self) -> None:
        self._line.linger()


def taken_answer() -> bytes:
    """What is said to a connection that is not even listened to."""
    problem = problem_of(ConnectionsTaken(), request_id=drawn_id())
    body = msgspec.json.encode(problem)
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        f"content-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\n"
        f"retry-after: {RETRY_AFTER_SECONDS}\r\n"
        "cache-control: no-store\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
