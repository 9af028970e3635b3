"""The outermost layer of the API: a request's id, its token, its line in the log, its numbers.

Pure ASGI, so that it also sees what no route answers. What is logged is a route's template and
codes, never a path, a query, a header or a body.
"""

import time
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from service.asked import SELF_REPORTERS
from service.auth import Principal, TokenRefused, Tokens
from service.form_door import FormDoor
from service.ids import drawn_id
from service.metrics import Metrics
from service.problems import MEDIA_TYPE, headers_of, problem_of
from service.safety_answer import SafetyAnswer
from service.unfiled_forms import FormAddress, form_address
from service.wiring import Cairn

# What says nothing about anybody (see service/auth.py).
OPEN_PATHS: Final = frozenset({"/", "/healthz", "/readyz", "/schema", "/problems"})
OPEN_FOLDERS: Final = ("/schema/", "/problems/")
METRICS_PATH: Final = "/metrics"
EVENT_STREAM: Final = b"text/event-stream"
UNMATCHED: Final = "/{unmatched}"
log = structlog.get_logger("cairn.http")


class Door:
    """Lets in who has a token, and notes what came of it."""

    def __init__(
        self, app: ASGIApp, *, cairn: Cairn, tokens: Tokens, metrics: Metrics, forms: FormDoor
    ) -> None:
        self._app = app
        self._cairn = cairn
        self._forms = forms
        self._tokens = tokens
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = drawn_id()
        address = form_address(scope["method"], scope["path"])
        began = time.perf_counter()
        passing = Passing(send, request_id)
        principal: Principal | None = None
        try:
            try:
                principal = self._principal(scope)
            except TokenRefused as refused:
                safety = None if address is None else self._told_without_token(scope, address)
                await refuse(refused, request_id, passing, safety=safety)
                return
            scope["cairn_request_id"] = request_id  # type: ignore[typeddict-unknown-key]
            scope["state"] = {"cairn": self._cairn, "metrics": self._metrics}
            scope["user"] = scope["auth"] = principal
            if address is None or principal is None:
                await self._app(scope, receive, passing)
                return
            await self._forms.take(
                address, principal, scope, receive, passing, request_id=request_id
            )
        finally:
            self._note(scope, passing, time.perf_counter() - began, principal)

    def _principal(self, scope: HTTPScope) -> Principal | None:
        """Who asks; None for what is open to everybody. Raises TokenRefused."""
        path = scope["path"]
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        for name, value in scope["headers"]:
            if name == b"authorization":
                if path == METRICS_PATH:
                    return self._tokens.scraper(value)
                return self._tokens.principal(value)
        raise TokenRefused

    def _told_without_token(self, scope: HTTPScope, address: FormAddress) -> SafetyAnswer | None:
        """What goes with the refusal of a form whose token has expired, or is none.

        Not where the token was a clinician's: then no client reads the answer. An app's token names
        no client: whose country and language count, the address says.
        """
        claimed = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                claimed = self._tokens.claimed(value)
        if claimed is None:
            return self._forms.told(None, None)
        if claimed.role not in SELF_REPORTERS:
            return None
        return self._forms.told(claimed.practice_id, claimed.client_id or address.client_id)

    def _note(
        self,
        scope: HTTPScope,
        passing: "Passing",
        seconds: float,
        principal: Principal | None,
    ) -> None:
        route: str = scope.get("path_template") or UNMATCHED
        self._metrics.note_request(
            method=scope["method"],
            route=route,
            status=passing.status,
            # A stream lasts as long as its reader likes: that says nothing of how quick we are.
            seconds=None if passing.streamed else seconds,
        )
        if passing.recorded and scope["method"] != "GET":
            self._metrics.note_command(repeated=passing.repeated)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=passing.status,
            milliseconds=round(1000 * seconds, 2),
            practice_id=None if principal is None else principal.practice_id,
            role=None if principal is None else principal.role,
            request_id=passing.request_id,
        )


class Passing:
    """A `send` that remembers the status and adds what every answer carries."""

    def __init__(self, send: Send, request_id: UUID) -> None:
        self._send = send
        self.request_id = request_id
        self._headers = [
            (b"x-request-id", str(request_id).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        self.status = 500
        self.recorded = False
        self.repeated = False
        self.streamed = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], *self._headers]
            names = {name.lower() for name, _ in headers}
            self.recorded = b"cairn-position" in names
            self.repeated = b"idempotency-replayed" in names
            self.streamed = (b"content-type", EVENT_STREAM) in headers
            if b"cache-control" not in names:
                # Answers are about people: nothing between here and them keeps a copy.
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await self._send(message)


async def refuse(
    refused: TokenRefused, request_id: UUID, send: Any, *, safety: SafetyAnswer | None = None
) -> None:
    """Answer with a problem before any route is looked for."""
    problem = problem_of(refused, request_id=request_id)
    if safety is not None:
        problem = msgspec.structs.replace(problem, safety=safety)
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in headers_of(refused).items()),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
