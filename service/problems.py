"""Refusals as people and programs read them: RFC 9457 problems whose type names the refusal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from events.refusals import NotFound, Rejected, StateRefused, ValueRefused
from events.store import StoreUnavailable, UnknownSubject, VersionConflict
from projections.epochs import LogRestored
from service import streams
from service.auth import RoleNotAllowed, TokenRefused
from service.bodies import (
    BodyInvalid,
    BodyMalformed,
    BodyMissing,
    BodyNotComplete,
    BodyTooLarge,
    MediaTypeUnknown,
)
from service.faults import MOST_FAULTS, Fault
from service.limits import (
    AddressTooLong,
    ConnectionsTaken,
    HeadersNotComplete,
    HeadersTooLarge,
)
from service.pointing import Place, place_of
from service.safety_answer import SafetyAnswer
from service.streams import StreamsTaken, TooManyStreams

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 1


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused (RFC 9457).

    `type` is a code that stays: a program goes by it to say in its own words, and its client's
    language, what `title` and `detail` say in English to developers. `facts` are the numbers and
    names in `detail`. `instance` is this request's id, `pointer` the field of the body and
    `parameter` the header or query parameter at fault, where that is one there is. `faults` are all
    the faults that were found in the body, fifty at most; the first of them is the one in `detail`
    and `pointer`. Nothing that was sent is repeated. A form that a client or their app has sent is
    refused with `safety`, to be shown to the client at once; so is whatever else they send where
    something does not work on our side (500 and above). Of a form that a clinician has sent and
    that endorses an item about suicide, `flag_id` is the safety flag that the form raised, though
    it was refused.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    pointer: str | msgspec.UnsetType = msgspec.UNSET
    parameter: str | msgspec.UnsetType = msgspec.UNSET
    facts: dict[str, float | str] | msgspec.UnsetType = msgspec.UNSET
    faults: tuple[Fault, ...] | msgspec.UnsetType = msgspec.UNSET
    safety: SafetyAnswer | msgspec.UnsetType = msgspec.UNSET
    flag_id: UUID | msgspec.UnsetType = msgspec.UNSET


class ParameterRefused(Exception):
    """A parameter or header is unknown, malformed or outside its limits: see parameter."""

    def __init__(self, parameter: str, fault: str) -> None:
        super().__init__()
        self.parameter = parameter
        self.fault = fault


class VersionMismatch(Exception):
    """This was changed since you read it: read it again and send its new ETag in If-Match."""


class MethodNotAllowed(Exception):
    """This address does not take this method: the Allow header lists those it takes."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        super().__init__()
        self.allowed = tuple(allowed)


class ViewBehind(Exception):
    """What you wrote is recorded, but this view has not yet caught up: ask again in a second."""


class RequestRefused(Exception):
    """The request could not be understood as HTTP: check its headers and address."""


class Unexpected(Exception):
    """Something went wrong on our side: try again, and if it stays, report the instance."""


# The first class found among an exception's own classes decides.
STATUSES: Mapping[type[BaseException], int] = {
    BodyMalformed: 400,
    BodyMissing: 400,
    ParameterRefused: 400,
    RequestRefused: 400,
    TokenRefused: 401,
    RoleNotAllowed: 403,
    NotFound: 404,
    UnknownSubject: 404,
    MethodNotAllowed: 405,
    BodyNotComplete: 408,
    HeadersNotComplete: 408,
    StateRefused: 409,
    VersionConflict: 409,
    VersionMismatch: 412,
    BodyTooLarge: 413,
    AddressTooLong: 414,
    MediaTypeUnknown: 415,
    BodyInvalid: 422,
    ValueRefused: 422,
    Rejected: 422,
    TooManyStreams: 429,
    HeadersTooLarge: 431,
    Unexpected: 500,
    ConnectionsTaken: 503,
    LogRestored: 503,
    StoreUnavailable: 503,
    StreamsTaken: 503,
    ViewBehind: 503,
}


def status_of(refusal: type[BaseException]) -> int:
    return next(STATUSES[one] for one in refusal.__mro__ if one in STATUSES)


def slug_of(refusal: type[BaseException]) -> str:
    """The refusal's name in addresses; whatever can not be found is one and the same."""
    if status_of(refusal) == 404:
        return NotFound.slug()
    return str(Rejected.slug.__func__(refusal))  # type: ignore[attr-defined]


def sentence_of(refusal: type[BaseException]) -> str:
    told = NotFound if status_of(refusal) == 404 else refusal
    return " ".join((told.__doc__ or "").split())


def title_of(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def problem_of(refusal: BaseException, *, request_id: UUID, sent: Any = None) -> Problem:
    """The problem document of one of our own refusals; `sent` is the body, where it was read."""
    kind = type(refusal)
    slug = slug_of(kind)
    detail = sentence_of(kind)
    place = Place()
    facts: dict[str, float | str] = {}
    faults: tuple[Fault, ...] = ()
    match refusal:
        case BodyInvalid():
            faults = refusal.faults
            detail, place = faults[0].detail, Place(pointer=faults[0].pointer)
        case ParameterRefused():
            detail, place = refusal.fault, Place(parameter=refusal.parameter or msgspec.UNSET)
        case NotFound():
            pass
        case Rejected():
            detail, facts = refusal.told(), refusal.facts
            if refusal.pointer is not None:
                place = place_of(refusal.pointer, sent)
            if place.pointer is not msgspec.UNSET:
                faults = tuple(dict.fromkeys(faults_told(refusal, sent)))[:MOST_FAULTS]
        case _:
            pass
    return Problem(
        type=f"/problems/{slug}",
        title=title_of(slug),
        status=status_of(kind),
        detail=detail,
        instance=f"urn:uuid:{request_id}",
        pointer=place.pointer,
        parameter=place.parameter,
        facts=facts or msgspec.UNSET,
        faults=faults or msgspec.UNSET,
    )


def faults_told(refusal: Rejected, sent: Any) -> Iterator[Fault]:
    """A refusal, and those beside it, as faults of the body: each that lies somewhere in it."""
    for one in (refusal, *refusal.others):
        place = Place() if one.pointer is None else place_of(one.pointer, sent)
        if isinstance(place.pointer, str):
            yield Fault(
                pointer=place.pointer,
                detail=one.told(),
                type=f"/problems/{slug_of(type(one))}",
                facts=one.facts or msgspec.UNSET,
            )


def headers_of(refusal: BaseException) -> dict[str, str]:
    """What a refusal says in headers as well."""
    match refusal:
        case TokenRefused():
            return {"WWW-Authenticate": 'Bearer realm="cairn"'}
        case StoreUnavailable() | ViewBehind() | LogRestored() | ConnectionsTaken():
            return {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case TooManyStreams() | StreamsTaken():
            return {"Retry-After": str(streams.RETRY_AFTER_SECONDS)}
        case BodyNotComplete():
            # What comes of the body later is no new request (RFC 9110, section 15.5.9).
            return {"Connection": "close"}
        case MethodNotAllowed():
            return {"Allow": ", ".join(sorted(with_head(refusal.allowed)))}
        case _:
            return {}


def with_head(methods: Iterable[str]) -> set[str]:
    """The methods that an address takes: a HEAD wherever it takes a GET (service/passing.py).

    >>> sorted(with_head(["GET", "OPTIONS"]))
    ['GET', 'HEAD', 'OPTIONS']
    """
    taken = set(methods)
    return taken | {"HEAD"} if "GET" in taken else taken


def catalogue() -> dict[str, type[BaseException]]:
    """Every refusal there is, by its slug, in alphabetical order."""
    named = {
        slug_of(one): one
        for one in (*STATUSES, *descendants(Rejected))
        if one not in (Rejected, ValueRefused, StateRefused)
    }
    named[NotFound.slug()] = NotFound
    return dict(sorted(named.items()))


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal as programs know it: its code, its status, and what it says to developers."""

    type: str
    title: str
    status: int
    detail: str


def codes_told() -> list[Code]:
    """The code of every refusal, in alphabetical order."""
    return [
        Code(
            type=f"/problems/{slug}",
            title=title_of(slug),
            status=status_of(refusal),
            detail=sentence_of(refusal),
        )
        for slug, refusal in catalogue().items()
    ]


def descendants(refusal: type[BaseException]) -> list[type[BaseException]]:
    """The leaves among a refusal's subclasses."""
    children = refusal.__subclasses__()
    return [one for child in children for one in (descendants(child) or [child])]
