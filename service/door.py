"""The outermost layer of the API: a request's id, its token, its line in the log, its numbers.

Pure ASGI, so that it also sees what no route answers. What is logged is a route's template and
codes, never a path, a query, a header or a body.
"""

import time
from typing import Any, Final

import msgspec
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from events.crisis import Told
from service.asked import SELF_REPORTERS
from service.auth import Principal, TokenRefused, Tokens
from service.cors import Cors
from service.form_door import FormDoor
from service.ids import drawn_id
from service.incoming_body import IncomingBody
from service.line import REFUSED
from service.metrics import Metrics
from service.passing import Passing
from service.problems import MEDIA_TYPE, headers_of, problem_of, status_of
from service.safety_answer import SafetyAnswer
from service.unfiled_forms import FormAddress, form_address
from service.wiring import Cairn

# What says nothing about anybody (see service/auth.py).
OPEN_PATHS: Final = frozenset({"/", "/healthz", "/readyz", "/schema", "/problems"})
OPEN_FOLDERS: Final = ("/schema/", "/problems/")
METRICS_PATH: Final = "/metrics"
# What is noted of a request whose sender hung up before all of it was there. Nobody reads it.
HUNG_UP: Final = 499
UNMATCHED: Final = "/{unmatched}"
log = structlog.get_logger("cairn.http")


class Door:
    """Lets in who has a token, and notes what came of it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        cairn: Cairn,
        tokens: Tokens,
        metrics: Metrics,
        forms: FormDoor,
        cors: Cors,
    ) -> None:
        self._app = app
        self._cairn = cairn
        self._forms = forms
        self._tokens = tokens
        self._metrics = metrics
        self._cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        # The routes know of no HEAD: it is a GET whose body is not sent. The server reads its own
        # scope meanwhile, so that it is not changed.
        seen: HTTPScope = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        passing = Passing(send, drawn_id(), asked=scope, scope=seen, more=self._cors.headers(scope))
        incoming = IncomingBody(receive, passing, seen)
        try:
            await self._answer(seen, incoming, passing)
        finally:
            if incoming.gone:
                passing.status = HUNG_UP
            self._note(scope["method"], seen, passing, time.perf_counter() - began)

    async def _answer(self, scope: HTTPScope, incoming: IncomingBody, passing: Passing) -> None:
        """Answer, or have the routes answer whoever has a token."""
        address = form_address(scope["method"], scope["path"])
        preflight = self._cors.preflight(scope)
        if preflight is not None:
            await passing({"type": "http.response.start", "status": 204, "headers": preflight})
            await passing({"type": "http.response.body", "body": b"", "more_body": False})
            return
        refused, principal = broken_limit(scope), None
        if refused is None:
            try:
                principal = self._principal(scope)
            except TokenRefused as unknown:
                refused = unknown
        if refused is not None:
            safety = None if address is None else self._told_unseen(scope, address, refused)
            await refuse(refused, passing, safety=safety)
            return
        scope["cairn_request_id"] = passing.request_id  # type: ignore[typeddict-unknown-key]
        scope["state"] = {"cairn": self._cairn, "metrics": self._metrics}
        scope["user"] = scope["auth"] = principal
        if address is None or principal is None:
            await self._app(scope, incoming, passing)
        else:
            await self._forms.take(
                address, principal, scope, incoming, passing, request_id=passing.request_id
            )

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

    def _told_unseen(
        self, scope: HTTPScope, address: FormAddress, refused: Exception
    ) -> SafetyAnswer | None:
        """What goes with the refusal of a form that is not looked at.

        The token has expired or is none, or a limit of the connection was broken. Nothing goes with
        it where the token was a clinician's: then no client reads the answer. An app's token names
        no client: whose country and language count, the address says.
        """
        claimed = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                claimed = self._tokens.claimed(value)
        told: Told = "refused" if status_of(type(refused)) < 500 else "unavailable"
        if claimed is None:
            return self._forms.told(None, None, told)
        if claimed.role not in SELF_REPORTERS:
            return None
        return self._forms.told(claimed.practice_id, claimed.client_id or address.client_id, told)

    def _note(self, method: str, scope: HTTPScope, passing: Passing, seconds: float) -> None:
        route: str = scope.get("path_template") or UNMATCHED
        principal: Principal | None = scope.get("auth")
        self._metrics.note_request(
            method=method,
            route=route,
            status=passing.status,
            # A stream lasts as long as its reader likes: that says nothing of how quick we are.
            seconds=None if passing.streamed else seconds,
        )
        if passing.recorded and scope["method"] != "GET":
            self._metrics.note_command(repeated=passing.repeated)
        log.info(
            "request",
            method=method,
            route=route,
            status=passing.status,
            milliseconds=round(1000 * seconds, 2),
            practice_id=None if principal is None else principal.practice_id,
            role=None if principal is None else principal.role,
            request_id=passing.request_id,
        )


def broken_limit(scope: HTTPScope) -> Exception | None:
    """The limit of the connection that this request has broken: see service/line.py."""
    extensions: dict[str, Any] = scope.get("extensions") or {}
    return extensions.get(REFUSED)


async def refuse(
    refused: Exception, passing: Passing, *, safety: SafetyAnswer | None = None
) -> None:
    """Answer with a problem before any route is looked for."""
    problem = problem_of(refused, request_id=passing.request_id)
    if safety is not None:
        problem = msgspec.structs.replace(problem, safety=safety)
    body = msgspec.json.encode(problem)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in headers_of(refused).items()),
    ]
    await passing({"type": "http.response.start", "status": problem.status, "headers": headers})
    await passing({"type": "http.response.body", "body": body, "more_body": False})
