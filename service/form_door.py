"""Forms at the door: whoever sends one and is refused is not left with nothing.

Whatever refuses a form, be it a route, a limit or what does not work on our side, the answer passes
here. It is given where a person can be reached, and what can be read of the form is not lost.
"""

import asyncio
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from events.crisis import Told
from service.asked import SELF_REPORTERS
from service.auth import Principal
from service.bodies import BODY_LIMIT_BYTES
from service.problems import MEDIA_TYPE, Unexpected, problem_of
from service.safety_answer import SafetyAnswer
from service.unfiled_forms import FormAddress, LookedAt, look_at_refused, read_form
from service.wiring import Cairn

# How long what is said beside a refusal may take, and how long we wait for the rest of a body.
BESIDE_SECONDS: Final = 5.0
BODY_SECONDS: Final = 5.0
# What is answered where the log can not be reached, and where nobody is known to ask.
NOT_OUR_LOG: Final = frozenset({401, 503})
log = structlog.get_logger("cairn.forms")


class FormDoor:
    """Passes a form on to the routes, and looks at what they answer."""

    def __init__(self, app: ASGIApp, cairn: Cairn) -> None:
        self._app = app
        self._cairn = cairn

    def told(self, practice_id: UUID | None, client_id: UUID | None) -> SafetyAnswer:
        """What goes with a refusal that nobody looks at: there is no token that is valid."""
        return self._cairn.last_known.answer(practice_id, client_id, "refused")

    async def take(
        self,
        address: FormAddress,
        principal: Principal,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        request_id: UUID,
    ) -> None:
        """A form whose sender is known."""
        sent, held = SentBody(receive), HeldAnswer(send)
        try:
            await self._app(scope, sent, held)
        except Exception as error:
            if held.passed:
                raise
            log.exception("unexpected_exception", exc_info=error, request_id=request_id)
            held.hold(problem_answer(request_id))
        if held.is_refusal:
            await self._answer_refusal(address, principal, scope, sent, held, request_id=request_id)

    async def _answer_refusal(
        self,
        address: FormAddress,
        principal: Principal,
        scope: Scope,
        sent: "SentBody",
        held: "HeldAnswer",
        *,
        request_id: UUID,
    ) -> None:
        problem = held.problem()
        looked = LookedAt()
        try:
            async with asyncio.timeout(BESIDE_SECONDS):
                if held.status not in NOT_OUR_LOG:
                    form = read_form(await sent.whole(), header(scope, b"idempotency-key"))
                    looked = await look_at_refused(
                        self._cairn,
                        principal,
                        address,
                        form,
                        why=str(problem.get("type", "")).removeprefix("/problems/"),
                        request_id=request_id,
                    )
                    await self._look(principal, looked)
        except Exception as error:
            # The refusal is answered in any case.
            log.exception("refused_form_not_looked_at", exc_info=error, request_id=request_id)
        if principal.role in SELF_REPORTERS:
            told = told_of(held.status, str(problem.get("type", "")), looked)
            whose = client_of(principal, address, looked)
            known = self._cairn.last_known.answer(principal.practice_id, whose, told)
            problem["safety"] = msgspec.to_builtins(known)
        await held.release(problem)

    async def _look(self, principal: Principal, looked: LookedAt) -> None:
        """What is told is as it is now, where the log can be read."""
        if principal.role in SELF_REPORTERS:
            await self._cairn.last_known.look(
                self._cairn.store,
                principal.practice_id,
                principal.client_id or looked.client_id,
                now=self._cairn.clock(),
            )


def client_of(principal: Principal, address: FormAddress, looked: LookedAt) -> UUID | None:
    """Whose country and language count: what is remembered is of clients of the practice alone."""
    return principal.client_id or looked.client_id or address.client_id


def told_of(status: int, type_: str, looked: LookedAt) -> Told:
    """What is said of a form that was not taken."""
    if looked.flag_id is not None:
        return "unfiled_asked" if looked.asked else "unfiled_waiting"
    if type_ == "/problems/nobody-on-duty":
        return "nobody_on_duty"
    return "unavailable" if status >= 500 else "refused"


def header(scope: Scope, name: bytes) -> str | None:
    found = [value for given, value in scope["headers"] if given == name]
    return found[0].decode("latin-1") if found else None


def problem_answer(request_id: UUID) -> tuple[int, bytes]:
    problem = problem_of(Unexpected(), request_id=request_id)
    return problem.status, msgspec.json.encode(problem)


class SentBody:
    """A `receive` that keeps what has come of the body, up to the limit of a body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept = bytearray()
        self._ended = False

    async def __call__(self) -> Any:
        message = await self._receive()
        self._keep(message)
        return message

    def _keep(self, message: Any) -> None:
        if message["type"] != "http.request":
            self._ended = True
            return
        room = BODY_LIMIT_BYTES - len(self._kept)
        self._kept += message.get("body", b"")[:room]
        self._ended = not message.get("more_body", False)

    async def whole(self) -> bytes:
        """The body, as far as it comes in a few seconds and fits the limit."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while not self._ended and len(self._kept) < BODY_LIMIT_BYTES:
                    self._keep(await self._receive())
        except TimeoutError:
            pass
        return bytes(self._kept)


class HeldAnswer:
    """A `send` that lets through what was taken, and holds a refusal until it is complete."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Any = None
        self._body = bytearray()
        self.passed = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start, self.status = message, message["status"]
        elif self._start is None:
            self.passed = True
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")

    def hold(self, answer: tuple[int, bytes]) -> None:
        """This is the answer: nothing was answered yet."""
        self.status, body = answer
        content = (b"content-type", MEDIA_TYPE.encode())
        self._start = {
            "type": "http.response.start",
            "status": self.status,
            "headers": [content],
        }
        self._body = bytearray(body)

    @property
    def is_refusal(self) -> bool:
        return self._start is not None

    def problem(self) -> dict[str, Any]:
        """The problem that is answered; an empty one where the answer is none."""
        try:
            return dict(msgspec.json.decode(bytes(self._body)))
        except (msgspec.DecodeError, TypeError, ValueError):
            return {"status": self.status}

    async def release(self, problem: dict[str, Any]) -> None:
        """Send the refusal, with all that is said beside it."""
        body = msgspec.json.encode(problem)
        replaced = (b"content-length", b"content-type")
        headers = [
            *(one for one in self._start["headers"] if one[0].lower() not in replaced),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        self._start["headers"] = headers
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
