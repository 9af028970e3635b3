"""/metrics and /healthz of a projector or a worker: a listener beside the work it does.

The work does not depend on the listener. Where the address is taken, that is logged, and the work
goes on without numbers.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import structlog

from service.auth import Principal, RoleNotAllowed, TokenRefused, Tokens
from service.ids import drawn_id
from service.limits import Limits
from service.line import REFUSED
from service.problems import MEDIA_TYPE, headers_of, problem_of
from service.process_metrics import CONTENT_TYPE
from service.serving import Server, limited, listen
from service.settings import Address

METRICS_PATH: Final = "/metrics"
LIVE_PATH: Final = "/healthz"
PATHS: Final = (METRICS_PATH, LIVE_PATH)
LIVE: Final = b'{"status":"live"}'
# Prometheus asks every few seconds on one connection; nobody else should.
LIMITS: Final = Limits(connections=20, refused_connections=10)
GRACE_SECONDS: Final = 1
log = structlog.get_logger("cairn.metrics")

Send = Callable[[dict[str, Any]], Awaitable[None]]


class MetricsDoor:
    """An ASGI application that tells its numbers to whoever may read the metrics of the API."""

    def __init__(self, text: Callable[[], Awaitable[bytes]], tokens: Tokens) -> None:
        self._text = text
        self._tokens = tokens

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Send) -> None:
        broken = scope["extensions"].get(REFUSED)
        if broken is not None:
            await refuse(send, broken)
        elif scope["method"] not in {"GET", "HEAD"} or scope["path"] not in PATHS:
            await answer(send, 404, "text/plain", b"")
        elif scope["path"] == LIVE_PATH:
            await answer(send, 200, "application/json", LIVE)
        else:
            try:
                require_operator(self._tokens, scope["headers"])
            except (TokenRefused, RoleNotAllowed) as refused:
                await refuse(send, refused)
                return
            await answer(send, 200, CONTENT_TYPE, await self._text())


def require_operator(tokens: Tokens, headers: list[tuple[bytes, bytes]]) -> Principal:
    """Who asks. Raises TokenRefused, and RoleNotAllowed for a token that opens no metrics."""
    for name, value in headers:
        if name == b"authorization":
            principal = tokens.scraper(value)
            if principal.role != "operator":
                raise RoleNotAllowed
            return principal
    raise TokenRefused


async def refuse(send: Send, refused: Exception) -> None:
    """Answer with a problem, as the API does."""
    problem = problem_of(refused, request_id=drawn_id())
    headers = [(k.encode(), v.encode()) for k, v in headers_of(refused).items()]
    await answer(send, problem.status, MEDIA_TYPE, msgspec.json.encode(problem), headers)


async def answer(
    send: Send,
    status: int,
    media_type: str,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    about = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *(headers or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@asynccontextmanager
async def telling(
    address: Address | None, text: Callable[[], Awaitable[bytes]], tokens: Tokens
) -> AsyncIterator[None]:
    """Tell these numbers at an address while the block runs; nowhere without one."""
    if address is None:
        yield
        return
    try:
        listener = listen(address.host, address.port)
    except OSError as error:
        log.warning("metrics_not_told", port=address.port, type=type(error).__name__)
        yield
        return
    with listener:
        config = limited(MetricsDoor(text, tokens), LIMITS, grace_seconds=GRACE_SECONDS)
        server = Server(config, ready=lambda: None, stopping=lambda: None)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="metrics")
        log.info("metrics_told", port=address.port)
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.wait([serving])
