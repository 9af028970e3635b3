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

from events import instruments
from events.crisis import Told
from events.refusals import Rejected
from events.store import StoreUnavailable
from service.asked import SELF_REPORTERS
from service.auth import Principal
from service.bodies import BodyNotComplete
from service.form_reading import LOOKED_AT_BYTES, ReadForm, read_form
from service.in_time import in_time
from service.limits import HeadersTooLarge
from service.operations import LOGGERS
from service.problems import MEDIA_TYPE, RequestRefused, Unexpected, headers_of, problem_of
from service.safety_answer import SafetyAnswer
from service.unfiled_forms import FormAddress, LookedAt, look_at_refused
from service.wiring import Cairn

# How long we wait for the whole body, for the routes then, for what the answer to a recorded form
# says beside it, and for the flag of a form that was refused.
BODY_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 10.0
RECORDED_SECONDS: Final = 5.0
FLAG_SECONDS: Final = 5.0
log = structlog.get_logger("cairn.forms")


class FormDoor:
    """Passes a form on to the routes, and looks at what they answer."""

    def __init__(self, app: ASGIApp, cairn: Cairn) -> None:
        self._app = app
        self._cairn = cairn

    def told(self, practice_id: UUID | None, client_id: UUID | None, told: Told) -> SafetyAnswer:
        """What goes with a refusal that nobody looks at, such as one without a valid token."""
        return self._cairn.last_known.answer(practice_id, client_id, told)

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
        sent, recorded = SentBody(receive), asyncio.Event()
        answer = await self._answer(scope, sent, recorded, request_id=request_id)
        if answer.status >= 400:
            looked = LookedAt()
            # Where the log can not be reached there is nothing to put a flag onto.
            if answer.status != 503 and not recorded.is_set():
                try:
                    looked = await self._look(
                        address, principal, scope, sent, answer, request_id=request_id
                    )
                except StoreUnavailable as lost:
                    # The refusal would be final, and what was endorsed would be lost with it.
                    answer = answer_of(lost, request_id)
            told = "taken" if recorded.is_set() else told_of(answer, looked)
            answer = await self._with_safety(address, principal, answer, looked, told)
        await send(
            {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        )
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})

    async def _answer(
        self, scope: Scope, sent: "SentBody", recorded: asyncio.Event, *, request_id: UUID
    ) -> "Answer":
        """What the routes answer; our own problem where they fail, or take too long.

        `recorded` is set by the route as soon as the form is recorded. From then on nothing but
        the rest of the receipt is waited for.
        """
        # Read in service.asked: the scope of ASGI is open, and its type knows no key of ours.
        scope["cairn_recorded"] = recorded.set  # type: ignore[typeddict-unknown-key]
        held = HeldAnswer()
        refusal: Exception = Unexpected()
        try:
            await sent.read()
            await in_time(
                self._app(scope, sent, held),
                ANSWER_SECONDS,
                more_seconds=lambda: RECORDED_SECONDS if recorded.is_set() else 0.0,
            )
        except (BodyNotComplete, HeadersTooLarge, RequestRefused) as unread:
            refusal = unread
        except TimeoutError:
            # What was begun may still be recorded: nothing is said to have failed.
            refusal = StoreUnavailable()
            log.warning("form_not_answered_in_time", request_id=request_id)
        except Exception as error:
            # The routes answer what they refuse. This is a fault of ours, and is answered as well.
            log.exception("unexpected_exception", exc_info=error, request_id=request_id)
        return held.answer or answer_of(refusal, request_id)

    async def _look(
        self,
        address: FormAddress,
        principal: Principal,
        scope: Scope,
        sent: "SentBody",
        answer: "Answer",
        *,
        request_id: UUID,
    ) -> LookedAt:
        """What a refused form says is not lost with it.

        Raises StoreUnavailable where the form may endorse an item, and nobody knows whether that
        came onto the queue: the form is to be sent again, and is looked at again then.
        """
        form = read_form(sent.kept, header(scope, b"idempotency-key"))
        try:
            return await in_time(
                look_at_refused(
                    self._cairn,
                    principal,
                    address,
                    form,
                    why=str(answer.problem.get("type", "")).removeprefix("/problems/"),
                    request_id=request_id,
                ),
                FLAG_SECONDS,
            )
        except Rejected as refused:
            # The record is broken or its key is gone: to send the form again changes nothing.
            log.exception("refused_form_not_looked_at", exc_info=refused, request_id=request_id)
        except Exception as error:
            log.exception("refused_form_not_looked_at", exc_info=error, request_id=request_id)
            if principal.role in LOGGERS and may_endorse(address, form):
                raise StoreUnavailable from error
        return LookedAt()

    async def _with_safety(
        self,
        address: FormAddress,
        principal: Principal,
        answer: "Answer",
        looked: LookedAt,
        told: Told,
    ) -> "Answer":
        """A refusal with what is said beside it.

        A client and their app read where a person is, as it is now if the log can be read, and a
        clinician which flag was raised.
        """
        practice_id, known = principal.practice_id, self._cairn.last_known
        if principal.role in SELF_REPORTERS:
            client_id = principal.client_id or looked.client_id
            if answer.status != 503:
                now = self._cairn.clock()
                await known.look_beside(self._cairn.store, practice_id, client_id, now=now)
            # Of an address that was not looked at, what is remembered of the practice's clients.
            safety = known.answer(practice_id, client_id or address.client_id, told)
            return answer.saying(safety=msgspec.to_builtins(safety))
        if principal.role == "clinician" and looked.flag_id is not None:
            return answer.saying(flag_id=str(looked.flag_id))
        return answer


def may_endorse(address: FormAddress, form: ReadForm) -> bool:
    """Whether a form endorses an item, also where only the log knows of which instrument it is."""
    corrects = address.assessment_id is not None
    own = [id_ for id_, one in instruments.known().items() if one.safety_item is not None]
    return any(form.endorsed(one) for one in (None, *(own if corrects else ())))


def told_of(answer: "Answer", looked: LookedAt) -> Told:
    """What is said of a form that was not taken."""
    if looked.flag_id is not None:
        return "unfiled_asked" if looked.asked else "unfiled_waiting"
    if answer.problem.get("type") == "/problems/nobody-on-duty":
        return "nobody_on_duty"
    return "unavailable" if answer.status >= 500 else "refused"


def header(scope: Scope, name: bytes) -> str | None:
    found = [value for given, value in scope["headers"] if given == name]
    return found[0].decode("latin-1") if found else None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as a whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem that is answered; a nearly empty one where the answer is none."""
        try:
            return dict(msgspec.json.decode(self.body))
        except (msgspec.DecodeError, TypeError, ValueError):
            return {"status": self.status}

    def saying(self, **more: Any) -> "Answer":
        """The same problem with more fields."""
        body = msgspec.json.encode({**self.problem, **more})
        replaced = (b"content-length", b"content-type")
        kept = (one for one in self.headers if one[0].lower() not in replaced)
        return Answer(status=self.status, headers=[*kept, *headers_about(body)], body=body)


def headers_about(body: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]


def answer_of(refusal: Exception, request_id: UUID) -> Answer:
    """The answer to a refusal that is no route's."""
    problem = problem_of(refusal, request_id=request_id)
    body = msgspec.json.encode(problem)
    said = ((name.lower().encode(), one.encode()) for name, one in headers_of(refusal).items())
    return Answer(status=problem.status, headers=[*said, *headers_about(body)], body=body)


class SentBody:
    """A body that is read before the routes are asked, and then a `receive` that gives it to them.

    Of a body that is too large for the routes more is read, to look at what it says.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._body = bytearray()
        self._is_given = False

    @property
    def kept(self) -> bytes:
        return bytes(self._body)

    async def read(self) -> None:
        """Raises what IncomingBody does where the body ends too early: what has come is kept."""
        message: Any = {"more_body": True}
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while message.get("more_body", False) and len(self._body) < LOOKED_AT_BYTES:
                    message = await self._receive()
                    room = LOOKED_AT_BYTES - len(self._body)
                    self._body += message.get("body", b"")[:room]
        except TimeoutError:
            raise BodyNotComplete from None

    async def __call__(self) -> Any:
        if self._is_given:
            return await self._receive()
        self._is_given = True
        return {"type": "http.request", "body": self.kept, "more_body": False}


class HeldAnswer:
    """A `send` that holds an answer until it is complete."""

    def __init__(self) -> None:
        self._start: Any = None
        self._body = bytearray()
        self.answer: Answer | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self.answer = Answer(
                    status=self._start["status"],
                    headers=[(name, one) for name, one in self._start["headers"]],
                    body=bytes(self._body),
                )
