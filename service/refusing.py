"""What is answered where something went wrong inside a route.

Where that is a fault of ours, a client or an app that has sent something is not left with nothing:
the problem says where a person is. It is what was last known: the database may be what is away.
"""

from typing import Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response

from service.asked import SELF_REPORTERS
from service.auth import Principal
from service.problems import MEDIA_TYPE, Problem, Unexpected, headers_of, problem_of, refusal_of
from service.wiring import Cairn

# What only looks sends nothing that could be lost.
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger("cairn.problems")


def answer(request: Request[Any, Any, Any], found: Exception) -> Response[bytes]:
    """The answer to whatever went wrong inside a route."""
    # An address that is none has no route.
    of_route = getattr(request.scope.get("route_handler"), "opt", {})
    refusal = refusal_of(found, parameters=of_route.get("parameters", {}))
    request_id: UUID = request.scope["cairn_request_id"]  # type: ignore[typeddict-item]
    if isinstance(refusal, Unexpected):
        # The log writes where it went wrong and not what it says: that may quote a record.
        log.error("unexpected_exception", exc_info=found, request_id=request_id)
    problem = problem_of(refusal, request_id=request_id, sent=request.scope.get("cairn_sent"))
    return Response(
        msgspec.json.encode(with_safety(problem, request)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=headers_of(refusal, found),
    )


def with_safety(problem: Problem, request: Request[Any, Any, Any]) -> Problem:
    """The problem, with where a person is where we failed whoever reports about themselves."""
    principal: Principal | None = request.scope.get("auth")
    if problem.status < 500 or request.method in LOOKING:
        return problem
    if principal is None or principal.role not in SELF_REPORTERS:
        return problem
    cairn: Cairn = request.state.cairn
    # The scope's own type knows no UUID there; a route has it as its signature says.
    named: Any = request.scope.get("path_params", {}).get("client_id")
    client_id = principal.client_id or named
    safety = cairn.last_known.answer(principal.practice_id, client_id, "unavailable")
    return msgspec.structs.replace(problem, safety=safety)
