"""What goes over the line of an answer: what every answer carries, compressed where wanted.

A HEAD is answered as a GET (RFC 9110, section 9.3.2): with the same headers and no body.
"""

from typing import Any, Final
from uuid import UUID

from litestar.types import HTTPScope, Message, Send

from service.compression import ENCODING, LEAST_BYTES, compressed, is_compressible, takes_gzip
from service.operations import Operation

EVENT_STREAM: Final = b"text/event-stream"
LENGTH: Final = b"content-length"
Headers = list[tuple[bytes, bytes]]


class Passing:
    """A `send` that remembers the status and adds what every answer carries.

    `asked` is the scope as it came, `scope` as the routes are given it. `more` are headers for
    every answer to this request.
    """

    def __init__(
        self, send: Send, request_id: UUID, *, asked: HTTPScope, scope: HTTPScope, more: Headers
    ) -> None:
        self._send = send
        self._scope = scope
        self._is_head = asked["method"] == "HEAD"
        self.request_id = request_id
        self._headers = [
            (b"x-request-id", str(request_id).encode()),
            (b"x-content-type-options", b"nosniff"),
            *more,
        ]
        # The beginning of an answer that is compressed once its body is there.
        self._held: Any = None
        self._is_over = False
        self.status = 500
        self.started = False
        self.recorded = False
        self.repeated = False
        self.streamed = False

    async def __call__(self, message: Message) -> None:
        if self._is_over:
            return  # Of a HEAD everything is said.
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body":
            await self._go_on(message)
        else:
            await self._send(message)

    async def _begin(self, message: Any) -> None:
        self.started = True
        self.status = message["status"]
        headers = [*message["headers"], *self._headers]
        told = {name.lower(): value for name, value in headers}
        self.recorded = b"cairn-position" in told
        self.repeated = b"idempotency-replayed" in told
        self.streamed = told.get(b"content-type") == EVENT_STREAM
        if b"cache-control" not in told:
            # Answers are about people: nothing between here and them keeps a copy.
            headers.append((b"cache-control", b"no-store"))
        message["headers"] = headers
        if self._may_be_compressed(told):
            headers.append((b"vary", b"Accept-Encoding"))
            if int(told.get(LENGTH, b"0")) >= LEAST_BYTES and self._wants_gzip():
                self._held = message
                return
        await self._send(message)
        if self._is_head and self.streamed:
            # It would never end by itself.
            await self._end()

    async def _go_on(self, message: Any) -> None:
        body: bytes = message.get("body", b"")
        is_last = not message.get("more_body", False)
        if self._held is not None:
            begun, self._held = self._held, None
            if is_last:
                body = await compressed(body, path=self._scope["path"])
                begun["headers"] = [
                    *(one for one in begun["headers"] if one[0].lower() != LENGTH),
                    (LENGTH, str(len(body)).encode()),
                    (b"content-encoding", ENCODING),
                ]
                message = {**message, "body": body}
            await self._send(begun)
        if not self._is_head:
            await self._send(message)
        elif is_last:
            await self._end()

    async def _end(self) -> None:
        self._is_over = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _may_be_compressed(self, told: dict[bytes, bytes]) -> bool:
        if self._scope["method"] != "GET" or b"content-encoding" in told:
            return False
        route: Any = self._scope.get("route_handler")
        operation: Operation | None = route.opt.get("operation") if route is not None else None
        has_secret = operation is not None and operation.secret
        return not has_secret and is_compressible(told.get(b"content-type", b""))

    def _wants_gzip(self) -> bool:
        return any(
            name == b"accept-encoding" and takes_gzip(value)
            for name, value in self._scope["headers"]
        )
