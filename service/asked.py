"""One request as every route sees it: who asks, of which practice, when, and under which terms."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Request
from litestar.types import Empty

from events.ids import KEY_HEADER
from events.moment import TimeOutOfRange
from events.record import Cause, digest
from events.refusals import NotFound
from events.store import Read
from projections.catch_up import PIECE_EVENTS
from projections.told_event import NumberedEvent
from projections.told_position import TOKEN, ToldPosition
from service import bodies
from service.auth import Principal, RoleNotAllowed, TokenRefused
from service.bodies import BodyMissing, MediaTypeUnknown
from service.ids import drawn_id
from service.operations import TOLD_ALL, Operation
from service.positions import AHEAD, MALFORMED
from service.problems import ParameterRefused, ViewBehind
from service.wiring import Cairn

Row = TypeVar("Row")

POSITION_HEADER = "Cairn-Position"
REPLAYED_HEADER = "Idempotency-Replayed"
WAIT_SECONDS = 2.0
NO_FIELD = b"{}"
# Roles that report about themselves, or for the one who does.
SELF_REPORTERS = frozenset({"client", "app"})
_KEY = re.compile(r'"?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"?')
_ETAG = re.compile(r'(?:W/)?"(0|[1-9][0-9]{0,8})"')
_POSITION = re.compile(r"[0-9]{1,18}")


class StrictRequest(Request[Principal, Principal, Any]):
    """A request whose JSON body is read strictly, once, as the type its route declares."""

    async def body(self) -> bytes:
        """Raises BodyMissing, MediaTypeUnknown, and litestar's RequestEntityTooLarge.

        Where a body may be left out, none is an object without a field.
        """
        if self._body is Empty:
            body = await super().body()
            if body:
                require_json(self.headers.get("content-type", ""))
            elif self._may_be_left_out():
                self._body = self._connection_state.body = NO_FIELD
            else:
                raise BodyMissing
        return await super().body()

    def _may_be_left_out(self) -> bool:
        operation: Operation | None = self.route_handler.opt.get("operation")
        return operation is not None and operation.body_optional

    async def json(self) -> Any:
        """Raises BodyMalformed, BodyInvalid."""
        declared = self.route_handler.parsed_fn_signature.parameters["data"]
        sent = bodies.decode(await self.body(), declared.annotation)
        self.scope["cairn_sent"] = sent  # type: ignore[typeddict-unknown-key]
        return sent

    async def require_nothing_said(self) -> None:
        """Where there is nothing to say, what is said is not ignored. Raises BodyInvalid."""
        with suppress(BodyMissing):
            bodies.decode(await self.body(), Nothing)


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body without a field."""


def require_json(content_type: str) -> None:
    """Raises MediaTypeUnknown unless this is JSON in UTF-8."""
    if content_type == "application/json":
        return
    media_type, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if media_type.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise MediaTypeUnknown


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks what.

    `command_id` is the Idempotency-Key, `expected` the version in If-Match, `at_least` the
    Cairn-Position of a read; each is None where the header is absent. `note_recorded` tells the
    door of forms that the form is recorded, so that it is not answered as one that is not.
    """

    cairn: Cairn
    principal: Principal
    request_id: UUID
    now: datetime
    command_id: UUID | None
    expected: int | None
    at_least: int | None
    note_recorded: Callable[[], None] = lambda: None

    @property
    def practice_id(self) -> UUID:
        return self.principal.practice_id

    @property
    def told_all(self) -> bool:
        """Whether who asks is told what waits for the clinician, and what numbers mean."""
        return self.principal.role in TOLD_ALL

    def told_position(self, position: ToldPosition, *, of: str | None = None) -> ToldPosition:
        """A position as who asks is told it: a number, or a token.

        With `of`, the name of what was recorded there, the token is the same each time.
        """
        return self.cairn.positions.told(self.principal, position, of=of)

    def told_event(self, event: NumberedEvent) -> NumberedEvent:
        """An event of a subscription as who asks is told it."""
        return event if self.told_all else self.cairn.positions.sealed(self.practice_id, event)

    def headers_at(self, position: ToldPosition, **others: str) -> dict[str, str]:
        """The headers of a read that shows the log up to a position."""
        return {POSITION_HEADER: str(self.told_position(position)), **others}

    async def sent_position(self, said: ToldPosition, *, parameter: str) -> int:
        """A position that who asks was told before. Raises ParameterRefused."""
        return await self.cairn.positions.sent(self.principal, said, parameter=parameter)

    def cause(self, name: str, *content: Any) -> Cause:
        """Why something is appended: the command, told apart from others by what it asks."""
        try:
            content_digest = digest(name, *content)
        except OverflowError:
            # A time at the edge of the calendar, which has no equal in UTC.
            raise TimeOutOfRange(field=first_instant(content)) from None
        return Cause(
            command_id=self.command_id or drawn_id(),
            actor=self.principal.actor,
            content=content_digest,
            correlation=self.request_id,
            chosen=True,
        )

    def new_id(self, chosen: UUID | None) -> UUID:
        """A new thing's id: the one the app chose, else the Idempotency-Key, else a drawn one."""
        return chosen or self.command_id or drawn_id()

    def require_still_valid(self) -> None:
        """After a wait: raises TokenRefused where the token has expired meanwhile."""
        if self.principal.expires_at <= self.cairn.clock().timestamp():
            raise TokenRefused

    def admit(self, read: Read) -> None:
        """Raises NotFound where there is no such stream, or it is of another client."""
        if not read.past:
            raise NotFound
        self.principal.require_client(read.stream.client_id)

    def admit_recorder(self, read: Read) -> None:
        """As `admit`; and what a clinician recorded, clinicians correct. Raises RoleNotAllowed."""
        self.admit(read)
        recorded_by = read.past[0].actor.partition(":")[0]
        if self.principal.role in SELF_REPORTERS and recorded_by not in SELF_REPORTERS:
            raise RoleNotAllowed

    async def require_client(self, client_id: UUID) -> None:
        """Raises NotFound unless the client is one of the practice, and theirs to ask about."""
        self.principal.require_client(client_id)
        await self.cairn.enrolled.require(self.practice_id, client_id)

    async def position_of(self, view: str) -> int:
        """How far a view has come, after waiting for the position that was asked for.

        Raises ViewBehind after two seconds, ParameterRefused for a position the log has not got.
        Raises ViewBehind at once for a view that is made anew, after an upgrade for example: a part
        of it would look like all of it.

        A view whose checkpoint lies behind the end of the log shows what it has, and has come to no
        position that anybody asks for.
        """
        views = self.cairn.views
        reached = await views.reached(self.practice_id, view)
        if reached.lead - reached.position > PIECE_EVENTS:
            raise ViewBehind
        if self.at_least is None or (reached.position >= self.at_least and not reached.is_ahead):
            return 0 if reached.is_ahead else reached.position
        await self.position_of_log()
        await self.wait_for(view, self.at_least)
        return max(self.at_least, await views.position(self.practice_id, view))

    async def position_of_log(self) -> int:
        """How far the log has come, for an answer that is read from it.

        Raises ParameterRefused for a position the log has not got.
        """
        return await self.require_reached(self.at_least or 0)

    async def require_reached(self, position: int) -> int:
        """How far the log has come. Raises ParameterRefused for a position that it has not got."""
        head = await self.cairn.store.head(self.practice_id)
        if position > head:
            raise ParameterRefused(POSITION_HEADER, AHEAD)
        return head

    async def caught_up(
        self, view: str, read: Read, look: Callable[[], Awaitable[Row | None]]
    ) -> Row:
        """A row that is known to be in the log, once the view has it. Raises ViewBehind."""
        await self.wait_for(view, read.past[-1].position)
        row = await look()
        if row is None:
            raise ViewBehind
        return row

    async def wait_for(self, view: str, position: int) -> None:
        """Raises ViewBehind where the view does not get there in two seconds."""
        there = await self.cairn.views.wait_for(
            self.practice_id, position, [view], seconds=WAIT_SECONDS
        )
        if not there:
            raise ViewBehind


def first_instant(content: Iterable[Any]) -> str | None:
    """The name of the first field of a body that is an instant."""
    fields = (
        name
        for said in content
        if isinstance(said, msgspec.Struct)
        for name in said.__struct_fields__
        if isinstance(getattr(said, name), datetime)
    )
    return next(fields, None)


async def asked(request: Request[Principal, Principal, Any]) -> Asked:
    """What every route is given.

    Raises ParameterRefused for a malformed header, and for a position that a read may not ask for.
    A command waits for none: what a client answers is not turned away because of one.
    """
    headers: Mapping[str, str] = request.headers
    cairn: Cairn = request.state.cairn
    operation: Operation | None = request.route_handler.opt.get("operation")
    sent = least_position(headers.get("cairn-position"))
    at_least: int | None = None
    if sent is not None and operation is not None and operation.positioned:
        at_least = await cairn.positions.sent(request.auth, sent, parameter=POSITION_HEADER)
    return Asked(
        cairn=cairn,
        principal=request.auth,
        request_id=request.scope["cairn_request_id"],  # type: ignore[typeddict-item]
        now=cairn.clock(),
        command_id=idempotency_key(headers.get("idempotency-key")),
        expected=expected_version(headers.get("if-match")),
        at_least=at_least,
        # Put there by FormDoor: the scope of ASGI is open, and its type knows no key of ours.
        note_recorded=request.scope.get("cairn_recorded", lambda: None),  # type: ignore[arg-type]
    )


def idempotency_key(text: str | None) -> UUID | None:
    if text is None:
        return None
    if (key := _KEY.fullmatch(text)) is None:
        raise ParameterRefused(KEY_HEADER, "Expected a UUID, a new one for each command.")
    return UUID(key[1])


def expected_version(text: str | None) -> int | None:
    """The version in an If-Match header; None where any will do (RFC 9110, section 13.1.1)."""
    if text is None or text.strip() == "*":
        return None
    if (etag := _ETAG.fullmatch(text.strip())) is None:
        raise ParameterRefused("If-Match", 'Expected one ETag as it was answered, such as W/"3".')
    return int(etag[1])


def least_position(text: str | None) -> ToldPosition | None:
    """A position as it was sent: a number, or what may be a token. Raises ParameterRefused."""
    if text is None:
        return None
    if _POSITION.fullmatch(text) is not None:
        return int(text)
    if TOKEN.fullmatch(text) is None:
        raise ParameterRefused(POSITION_HEADER, MALFORMED)
    return text


async def require_role(request: Request[Principal, Principal, Any]) -> None:
    """Before anything is read: raises RoleNotAllowed, ParameterRefused for an unknown parameter."""
    operation: Operation | None = request.route_handler.opt.get("operation")
    if operation is None or not operation.roles:
        return
    if request.auth.role not in operation.roles:
        raise RoleNotAllowed
    if operation.command and not operation.conditional and "if-match" in request.headers:
        raise ParameterRefused("If-Match", "What this makes is new and has no ETag: leave it out.")
    if query := request.scope["query_string"]:
        names: Mapping[str, str] = request.route_handler.opt["parameters"]
        require_known_parameters(query, known=frozenset(names.values()))


def require_known_parameters(query: bytes, *, known: frozenset[str]) -> None:
    """A mistyped filter would otherwise answer with everything.

    Raises ParameterRefused, without the name of one that is not known: it is not repeated.
    """
    try:
        given = parse_qsl(query.decode("ascii"), keep_blank_values=True)
    except ValueError:
        raise ParameterRefused("", "Expected a query string in ASCII.") from None
    names = [name for name, _ in given]
    if not known.issuperset(names):
        takes = f"this address takes {', '.join(sorted(known))}" if known else "it takes none"
        raise ParameterRefused("", f"A query parameter is unknown: {takes}.")
    for name in known:
        if names.count(name) > 1:
            raise ParameterRefused(name, "It was sent twice: send each parameter once.")
    for name, value in given:
        # litestar would take "null" for nothing at all, and an empty filter leaves nothing out.
        if value in ("", "null"):
            raise ParameterRefused(name, "Expected a value: leave the parameter out for none.")
