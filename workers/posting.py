"""Sending one webhook: a POST to wherever a practice said, and as little trust in it as possible.

What comes back is a status and when to come again. Nothing else of an answer is kept, logged or
raised: it may hold anything, and belongs to somebody else.
"""

import asyncio
import contextlib
import email.utils
import re
import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, Self, cast
from urllib.parse import urlsplit

import certifi
import httpcore
import msgspec

from events.refusals import Rejected
from events.webhook_url import require_believable_url
from workers.guarded_network import AddressRefused, GuardedBackend, NotTrusted, Resolve

# Standard Webhooks, «Request timeouts»: 15 to 30 seconds.
LIMIT_SECONDS: Final = 15.0
# Of it, to look a name up and to connect: what is left is for the receiver to think.
CONNECT_SHARE: Final = 2 / 3
MOST_AT_ONCE: Final = 32
MOST_IDLE: Final = 32
IDLE_SECONDS: Final = 30.0
MOST_BODY_BYTES: Final = 64 * 1024
USER_AGENT: Final = "Cairn-Webhooks/1"
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# RFC 9110, section 10.2.3: whole seconds. More than 31 years of them are garbage.
DELTA_SECONDS: Final = re.compile(r"[0-9]{1,9}")

Outcome = Literal[
    "delivered",
    "gone",
    "redirected",
    "refused",
    "failed",
    "timed_out",
    "unreachable",
    "untrusted",
    "address_refused",
    "malformed",
]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt, and how many seconds it took.

    With a status: delivered (2xx), gone (410), redirected (3xx, not followed), refused (other 4xx),
    failed (5xx and above). Without one: timed_out, unreachable (no name, no connection), untrusted
    (TLS), address_refused (not public), malformed (an answer that is none, or cut off).
    `retry_after_seconds` is what the receiver asks for; it may be years.
    """

    outcome: Outcome
    status: int | None = None
    retry_after_seconds: float | None = None
    seconds: float


class Heard(msgspec.Struct, kw_only=True):
    """What was heard of an answer so far. A status that was heard stands, whatever follows."""

    status: int | None = None
    retry_after: str | None = None


class Poster:
    """Posts to webhooks over connections that are kept for a while, a bounded number of them.

    `any_network` is CAIRN_WEBHOOKS=any: http and private addresses pass. Not httpcore's own pool,
    which loses a connection for good when a request is cancelled as it gets one (httpcore#1093).
    """

    def __init__(
        self,
        *,
        any_network: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        limit_seconds: float = LIMIT_SECONDS,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self._any_network = any_network
        self._ssl_context = ssl_context or trusting_the_public()
        self._network = GuardedBackend(allow_private=any_network, resolve=resolve)
        self._limit_seconds = limit_seconds
        self._turns = asyncio.Semaphore(most_at_once)
        # The oldest first; of connections to one origin there may be several.
        self._idle: OrderedDict[httpcore.AsyncHTTPConnection, Origin] = OrderedDict()
        self._is_open = False

    async def __aenter__(self) -> Self:
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_open = False
        while self._idle:
            connection, _ = self._idle.popitem()
            await connection.aclose()

    async def post(
        self,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes,
        now: datetime,
        require: Callable[[], None] = lambda: None,
    ) -> Answered:
        """One attempt, and what came of it: nothing that a receiver does is raised.

        It takes `limit_seconds` at most, beside the wait for a turn. `now` is what a Retry-After
        that is a date is compared with. Header names and values are ours alone. `require` is asked
        after the wait for a turn: what it raises is raised, and nothing is sent.
        """
        try:
            require_believable_url(url, any_network=self._any_network)
        except Rejected:
            # The rules may have become stricter since the URL was taken.
            return Answered(outcome="address_refused", seconds=0.0)
        request = prepared(url, headers, body, connect_seconds=CONNECT_SHARE * self._limit_seconds)
        async with self._turns:
            require()
            began = asyncio.get_running_loop().time()
            heard = Heard()
            failure = await self._attempt(request, heard)
            return Answered(
                outcome=failure if heard.status is None else outcome_of(heard.status),
                status=heard.status,
                retry_after_seconds=seconds_until(heard.retry_after, now),
                seconds=asyncio.get_running_loop().time() - began,
            )

    async def _attempt(self, request: httpcore.Request, heard: Heard) -> Outcome:
        """Hear an answer, and say what is the matter where no status could be heard."""
        try:
            async with asyncio.timeout(self._limit_seconds):
                await self._exchange_afresh_if_stale(request, heard)
        except (TimeoutError, httpcore.TimeoutException):
            return "timed_out"
        except AddressRefused:
            return "address_refused"
        except (NotTrusted, ssl.SSLError):
            # A receiver that wants a certificate of ours says so after the handshake.
            return "untrusted"
        except httpcore.ConnectError:
            return "unreachable"
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            return "malformed"
        return "malformed"  # Not told: a status was heard, which says it.

    async def _exchange_afresh_if_stale(self, request: httpcore.Request, heard: Heard) -> None:
        """Once more over a new connection, where a kept one ended before it gave an answer.

        Its receiver may have closed it while the request was on its way. Should it have taken the
        request all the same, it knows the second one by its webhook-id.
        """
        kept = await self._take_idle(origin_of(request))
        if kept is not None:
            try:
                return await self._exchange(kept, request, heard)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError, ssl.SSLError):
                if heard.status is not None:
                    raise
        return await self._exchange(self._connection_to(request), request, heard)

    async def _exchange(
        self, connection: httpcore.AsyncHTTPConnection, request: httpcore.Request, heard: Heard
    ) -> None:
        try:
            response = await connection.handle_async_request(request)
            heard.status = response.status
            heard.retry_after = retry_after_in(response)
            await throw_away(response)
        finally:
            await self._keep_or_close(connection, origin_of(request))

    def _connection_to(self, request: httpcore.Request) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            origin=request.url.origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=self._network,
        )

    async def _take_idle(self, origin: "Origin") -> httpcore.AsyncHTTPConnection | None:
        """A kept connection to the same origin, and an end to those that have had their time.

        To look at one asks the system: only the oldest is looked at, and those that may be taken.
        """
        while self._idle and (oldest := next(iter(self._idle))).has_expired():
            del self._idle[oldest]
            await oldest.aclose()
        for connection in [one for one, its in reversed(self._idle.items()) if its == origin]:
            if self._idle.pop(connection, None) is None:
                continue  # Somebody else has taken it meanwhile.
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _keep_or_close(
        self, connection: httpcore.AsyncHTTPConnection, origin: "Origin"
    ) -> None:
        if self._is_open and connection.is_idle() and not connection.is_closed():
            self._idle[connection] = origin
            if len(self._idle) <= MOST_IDLE:
                return
            connection, _ = self._idle.popitem(last=False)
        await connection.aclose()


Origin = tuple[bytes, bytes, int]
"""Scheme, host and port: what a kept connection leads to."""


def origin_of(request: httpcore.Request) -> Origin:
    origin = request.url.origin
    return origin.scheme, origin.host, origin.port


def prepared(
    url: str, headers: dict[str, str], body: bytes, *, connect_seconds: float
) -> httpcore.Request:
    """The request. httpcore reads a URL otherwise: it loses ;parameters, and [] around a host."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if parts.port not in {None, DEFAULT_PORTS[parts.scheme]}:
        shown = f"{shown}:{parts.port}"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    ours = {"host": shown, "user-agent": USER_AGENT, "content-length": str(len(body))}
    return httpcore.Request(
        "POST",
        httpcore.URL(scheme=parts.scheme, host=host, port=parts.port, target=target),
        headers=[(name.encode(), value.encode()) for name, value in {**headers, **ours}.items()],
        content=body,
        extensions={"timeout": {"connect": connect_seconds}},
    )


async def throw_away(response: httpcore.Response) -> None:
    """Read what is left of an answer, so that its connection can be kept: 64 KiB of it at most."""
    length = 0
    body = cast("AsyncGenerator[bytes, None]", response.aiter_stream())
    async with contextlib.aclosing(body) as parts:
        async for part in parts:
            length += len(part)
            if length > MOST_BODY_BYTES:
                break  # A connection in the middle of an answer is not idle, and so it is closed.
    await response.aclose()


def outcome_of(status: int) -> Outcome:
    """What a status says (Standard Webhooks, «Delivery success and failure»).

    >>> outcome_of(204), outcome_of(404), outcome_of(101)
    ('delivered', 'refused', 'malformed')
    """
    if status < 200:
        return "malformed"  # A change of the protocol, which nobody asked for.
    if status < 300:
        return "delivered"
    if status < 400:
        return "redirected"
    if status < 500:
        return "gone" if status == 410 else "refused"
    return "failed"


def retry_after_in(response: httpcore.Response) -> str | None:
    for name, value in response.headers:
        if name.lower() == b"retry-after":
            return value.decode("latin-1").strip()
    return None


def seconds_until(retry_after: str | None, now: datetime) -> float | None:
    """How long a Retry-After asks to wait (RFC 9110, section 10.2.3).

    None where it is neither whole seconds nor a date that lies ahead.

    >>> seconds_until("120", datetime(2026, 3, 2, tzinfo=UTC))
    120.0
    >>> seconds_until("Mon, 02 Mar 2026 00:01:00 GMT", datetime(2026, 3, 2, tzinfo=UTC))
    60.0
    """
    if retry_after is None:
        return None
    if DELTA_SECONDS.fullmatch(retry_after):
        return float(retry_after)
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, OverflowError):
        return None
    seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return seconds if seconds >= 0 else None


def trusting_the_public() -> ssl.SSLContext:
    """Whom browsers trust, by certifi's list and no variable of the environment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # It verifies, and checks the host's name.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    return context
