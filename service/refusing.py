"""What is answered where something went wrong inside a route.

Where that is a fault of ours, a client or an app that has sent something is not left with nothing:
the problem says where a person is. It is what was last known: the database may be what is away.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from events.database_faults import is_outage
from events.refusals import NotFound
from events.store import StoreUnavailable
from service.asked import SELF_REPORTERS
from service.auth import Principal
from service.bodies import BodyTooLarge
from service.problems import (
    MEDIA_TYPE,
    STATUSES,
    MethodNotAllowed,
    ParameterRefused,
    Problem,
    RequestRefused,
    Unexpected,
    headers_of,
    problem_of,
)
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
        headers=headers_of(refusal),
    )


def refusal_of(found: BaseException, *, parameters: Mapping[str, str]) -> BaseException:
    """What an exception stands for, where a library's or the database's own is not ours.

    `parameters` has the query parameters of the route by what its signature calls them.
    """
    match found:
        case NotFoundException():
            return NotFound()
        case MethodNotAllowedException():
            return MethodNotAllowed((found.headers or {}).get("allow", "").split(", "))
        case RequestEntityTooLarge():
            return BodyTooLarge()
        case ValidationException():
            return parameter_refused(found, parameters)
        case HTTPException() if found.status_code < 500:
            return RequestRefused()
        case _ if is_outage(found):
            return StoreUnavailable()
        case _ if any(one in STATUSES for one in type(found).__mro__):
            return found
        case _:
            return Unexpected()


def parameter_refused(
    found: ValidationException, parameters: Mapping[str, str]
) -> ParameterRefused:
    """The first parameter that does not fit, with what was expected and not what was sent."""
    faults = found.extra if isinstance(found.extra, list) else []
    fault: dict[str, Any] = faults[0] if faults else {}
    said = str(fault.get("message", "")).replace("`", "")
    if not said or said.startswith("Invalid enum value"):
        said = "Expected one of the values listed on the API page"
    # The library names an argument of the route, and who asks knows the address alone.
    key = str(fault.get("key", ""))
    return ParameterRefused(parameters.get(key, key), f"{said}.")


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
