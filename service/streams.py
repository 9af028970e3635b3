"""Server-sent events: how a stream is written, and how it ends. What is in it comes from a Source.

Nothing is kept for a reader: a batch is asked for once the one before it was taken. The last thing
that a stream says is an event `end` with its reason; a reader then connects again and sends the
last id it has seen as Last-Event-ID.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec
import structlog

from service.auth import Principal

if TYPE_CHECKING:  # The command line uses what is here, and does without the web framework.
    from litestar.types import Receive, Scope, Send

MEDIA_TYPE: Final = "text/event-stream"
RETRY_MILLISECONDS: Final = 2_000
RETRY_AFTER_SECONDS: Final = 10
# How long a reader has to take what came before the last word.
LAST_WORD_SECONDS: Final = 1.0
# An ASGI extension of ours: the connection itself, a Line.
LINE: Final = "cairn.line"
HEADERS: Final = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    # What a reader has not taken when its stream ends is no matter of another request.
    (b"connection", b"close"),
)
COMMENT: Final = b":\n"
SHORTEST_WAIT_SECONDS: Final = 0.01
Reason = Literal[
    "token_expired",
    "not_active",
    "ahead",
    "restored",
    "server_stopping",
    "too_slow",
    "failed",
]
DETAILS: Final[dict[Reason, str]] = {
    "token_expired": "The token has expired: connect again with a new one and Last-Event-ID.",
    "not_active": "The subscription is paused or deleted: ask the practice.",
    "ahead": "The log has not come that far: it may have been restored. Begin anew.",
    "restored": "The log was restored from a backup: connect again with Last-Event-ID in a few "
    "seconds, and the answer says where to go on.",
    "server_stopping": "The server stops: connect again with Last-Event-ID in a few seconds.",
    "too_slow": "Events were not read in time: connect again with Last-Event-ID, and read faster.",
    "failed": "Something went wrong on our side: connect again with Last-Event-ID.",
}
log = structlog.get_logger("cairn.streams")


class TooManyStreams(Exception):
    """You have as many streams open as one token's subject may: end one, or ask again later."""


class StreamsTaken(Exception):
    """This server takes no more streams now: ask again in a few seconds, or read pages."""


class Block(msgspec.Struct, frozen=True):
    """One event as a stream has it. A reader that comes back with `id` is told what is after it.

    In the stream the `mark` of the epoch follows the id: see `Stream`.
    """

    id: int
    type: str
    json: bytes

    def text(self, mark: bytes = b"") -> bytes:
        type_ = self.type.encode()
        return b"id: %d%b\nevent: %b\ndata: %b\n\n" % (self.id, mark, type_, self.json)


class Batch(msgspec.Struct, frozen=True):
    """All that there is to tell after one id and up to `next`, which may lie beyond the last."""

    blocks: Sequence[Block]
    next: int


class StreamEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The last thing that a stream says: why it ends, and what to do."""

    reason: Reason
    detail: str


class Source(Protocol):
    """Where what a stream tells comes from, in the order of its ids."""

    async def batch(self, after: int, *, wait_seconds: float) -> Batch:
        """What comes after an id, waiting for at most so long until there is something.

        It is of a size that fits in memory many times over. While the database is away it waits,
        and answers with an empty batch when the time is over. Raises StreamEnded where there is
        nothing more to tell for a reason of its own.
        """
        ...


class Line(Protocol):
    """The connection to a reader: see service/line.py."""

    def narrow(self) -> None:
        """Let little be under way: what a reader does not take is left in the log."""
        ...

    def cut(self) -> None:
        """End it now, whatever the peer has not taken."""
        ...


class StreamEnded(Exception):
    """The stream ends, and its reader is told why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__()
        self.reason: Reason = reason


class CutOff(Exception):
    """The reader takes nothing any more, not even a last word."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How long, and how many.

    A reader that takes nothing for `slow_seconds` is ended once it reads again; after
    `cut_seconds` its connection is cut.
    """

    heartbeat_seconds: float = 15.0
    slow_seconds: float = 10.0
    cut_seconds: float = 60.0
    per_principal: int = 10
    in_all: int = 2_000


class Streams:
    """The open streams of one process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.bounds = Bounds()
        self._open: dict[tuple[Any, ...], list[Stream]] = {}
        self._count = 0
        self._stopping = False

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def place_for(self, stream: "Stream") -> Iterator[None]:
        """Raises TooManyStreams, StreamsTaken."""
        if self._stopping or self._count >= self.bounds.in_all:
            raise StreamsTaken
        whose = stream.principal
        owner = (whose.practice_id, whose.role, whose.subject)
        theirs = self._open.setdefault(owner, [])
        if len(theirs) >= self.bounds.per_principal:
            raise TooManyStreams
        theirs.append(stream)
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            theirs.remove(stream)
            if not theirs:
                del self._open[owner]

    def stop(self, reason: Reason = "server_stopping") -> None:
        """End every stream, and begin no other: the server is about to stop."""
        self._stopping = True
        for theirs in list(self._open.values()):
            for stream in theirs:
                stream.stop(reason)


class Stream:
    """The answer to one reader, as an ASGI application; see `Streams` for how many there may be.

    `mark` is written behind each id: it names the epoch that the ids are of (service/places.py).
    """

    def __init__(
        self,
        streams: Streams,
        source: AbstractContextManager[Source],
        *,
        principal: Principal,
        after: int,
        mark: bytes = b"",
    ) -> None:
        self.principal = principal
        self._mark = mark
        self._streams = streams
        self._bounds = streams.bounds
        self._opening = source
        # How far the source has been asked, and the last id that the reader has.
        self._at = self._said = after
        self._beat_at = 0.0
        self._stopping = False
        self._ending: Reason = "server_stopping"
        self._telling: asyncio.Task[None] | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Raises TooManyStreams, StreamsTaken before anything is sent."""
        extensions: dict[Any, Any] = scope.get("extensions") or {}
        line: Line | None = extensions.get(LINE)
        with self._streams.place_for(self), self._opening as source:
            if line is not None:
                line.narrow()
            await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS]})
            teller = asyncio.create_task(self._answer(source, line, send), name="stream")
            try:
                # It comes when the reader goes, and when the answer is complete.
                while (await receive())["type"] != "http.disconnect":
                    pass
            finally:
                teller.cancel()
                await asyncio.wait([teller])

    def stop(self, reason: Reason = "server_stopping") -> None:
        """End at once, whatever is being waited for."""
        self._stopping = True
        self._ending = reason
        if self._telling is not None:
            self._telling.cancel()

    async def _answer(self, source: Source, line: Line | None, send: "Send") -> None:
        try:
            reason = await self._tell(source, send)
            end = StreamEnd(reason=reason, detail=DETAILS[reason])
            text = b"event: end\ndata: %b\n\n" % msgspec.json.encode(end)
            await self._send(text, send, seconds=LAST_WORD_SECONDS, more=False)
        except CutOff:
            log.warning("stream_dropped", ending="too_slow", practice_id=self.principal.practice_id)
            if line is not None:
                line.cut()

    async def _tell(self, source: Source, send: "Send") -> Reason:
        """Tell until there is a reason to end. Raises CutOff."""
        self._telling = asyncio.current_task()
        try:
            await self._write(b"retry: %d\n\n" % RETRY_MILLISECONDS, send)
            while not self._stopping:
                await self._tell_next(source, send)
        except StreamEnded as ended:
            return ended.reason
        except CutOff:
            raise
        except asyncio.CancelledError:
            if not self._stopping or self._telling is None:
                raise
            self._telling.uncancel()
        except Exception:  # The reader is told that, and the log where it was.
            log.exception("stream_failed", practice_id=self.principal.practice_id)
            return "failed"
        finally:
            self._telling = None  # The last word is not interrupted.
        return self._ending

    async def _tell_next(self, source: Source, send: "Send") -> None:
        """The next batch, or a heartbeat. Raises StreamEnded, CutOff."""
        clock = asyncio.get_running_loop().time
        wait_seconds = max(min(self._beat_at - clock(), self._lasting()), SHORTEST_WAIT_SECONDS)
        batch = await source.batch(self._at, wait_seconds=wait_seconds)
        self._require_admission()
        self._at = batch.next
        if batch.blocks:
            self._said = batch.blocks[-1].id
            await self._write(b"".join([block.text(self._mark) for block in batch.blocks]), send)
        elif clock() >= self._beat_at:
            # Nothing is dispatched, but a reader that comes back need not be told of what was
            # left out again.
            moved_on = b"id: %d%b\n\n" % (self._at, self._mark) if self._at > self._said else b""
            self._said = self._at
            await self._write(COMMENT + moved_on, send)

    def _lasting(self) -> float:
        """Seconds until the token expires."""
        return self.principal.expires_at - self._streams.clock().timestamp()

    def _require_admission(self) -> None:
        if self._lasting() <= 0:
            raise StreamEnded("token_expired")

    async def _write(self, text: bytes, send: "Send") -> None:
        """Raises StreamEnded, CutOff where the reader does not take what came before."""
        clock = asyncio.get_running_loop().time
        began = clock()
        await self._send(text, send, seconds=self._bounds.cut_seconds, more=True)
        self._beat_at = clock() + self._bounds.heartbeat_seconds
        if clock() - began > self._bounds.slow_seconds:
            raise StreamEnded("too_slow")

    async def _send(self, text: bytes, send: "Send", *, seconds: float, more: bool) -> None:
        try:
            async with asyncio.timeout(seconds):
                await send({"type": "http.response.body", "body": text, "more_body": more})
        except TimeoutError:
            raise CutOff from None
