"""Safety flags: the queue, and what clinicians record about each; and crisis information."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, UnsetType

from events.practice_choices import CrisisLine
from events.refusals import NotFound
from events.safety_flag_decisions import (
    SAFETY_FLAGS,
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    SafetyFlagCommand,
)
from events.safety_interlock import flags_stream
from events.text import Country, Language, Reason
from projections.safety_queries import ClientFlags, flags, flags_of_client
from projections.safety_queue import Asking, SafetyAction, SafetyFlagRow
from service.app_reading import reading_of
from service.asked import Asked, StrictRequest
from service.commands import change_stream, receipt
from service.cursors import CURSOR, Place, cursor_of, place_in
from service.goal_answers import etag
from service.in_time import in_time
from service.last_known import BESIDE_SECONDS
from service.operations import (
    CLINICIAN,
    PRACTICE_READERS,
    READERS,
    TOLD_ALL,
    Receipt,
    command,
    read,
)
from service.pages import PAGE_SIZE, Cursor, EventVersion, Limit
from service.problems import ParameterRefused

TAG = "safety"
LIST = "safety_flags"
LIST_OF_CLIENT = "safety_flags_of_client"
log = structlog.get_logger("cairn.safety")


class SafetyFlagAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A safety flag: which answer raised it, who was asked to look, and what has been done.

    `item` is the place of the item in its form, from 1, or 0 where a refused form does not say
    which; then its `instrument` may be `unknown`. `answer` is what was answered: nothing here says
    how much it weighs. `asked` is who was asked, the newest last, at most 40 of them
    (`times_asked` counts all); it is empty while nobody is on duty. `actions` are the newest 40 of
    `times_acted`. `raised_afterwards` is a flag about a form that had been in the record without
    one. Where `unfiled`, the form was refused: there is no `assessment_id`, `why` is the refusal's
    name as in /problems/, or `line-refused` for a line of an import that could not be read,
    `form_id` the id that was chosen for the form, if any was, and `times_sent` how often the form
    came: the first fifty times, and then once an hour. `open` ends when a clinician closes the
    flag, and by nothing else. `instrument`, `item` and `answer` are null, as `assessment_id`, where
    the record of the flag can not be read: it waits for a person all the same.
    """

    id: UUID
    client_id: UUID
    assessment_id: UUID | None
    unfiled: bool
    instrument: str | None
    item: int | None
    answer: int | None
    why: str
    form_id: UUID | None
    times_sent: int
    queue: str
    open: bool
    raised_at: datetime
    raised_afterwards: bool
    asked: tuple[Asking, ...]
    times_asked: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    actions: tuple[SafetyAction, ...]
    times_acted: int
    closed_at: datetime | None
    closed_by: str | None
    reason: str
    outcome: str


class SafetyFlagPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SafetyFlagAnswer]
    next: str | None


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done, in words."""

    action: Reason


class FlagClosing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the flag is closed, and what came of it."""

    reason: Reason
    outcome: Reason


class CrisisAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody in a crisis reaches a person, in one country.

    `language` is that of the lines, "" where the practice wrote them; `has_helpline` is false
    where there is the emergency number alone. `reviewed_by` and `reviewed_on` are null until
    somebody of the practice has said that they have looked over the lines. Clinicians and auditors
    are told as well who wrote them down (`checked_by`), and from which `source`.
    """

    country: str
    language: str
    lines: tuple[CrisisLine, ...]
    has_helpline: bool
    reviewed_on: date | None
    reviewed_by: str | None
    checked_by: str | UnsetType = UNSET
    source: str | UnsetType = UNSET


def answer(row: SafetyFlagRow) -> SafetyFlagAnswer:
    return SafetyFlagAnswer(
        id=row.flag_id,
        client_id=row.client_id,
        assessment_id=row.assessment_id,
        unfiled=row.unfiled,
        why=row.why,
        form_id=row.form_id,
        times_sent=row.times_sent,
        instrument=row.instrument,
        item=row.item,
        answer=row.answer,
        queue=row.queue,
        open=row.is_open,
        raised_at=row.raised_at,
        raised_afterwards=row.afterwards,
        asked=row.asked,
        times_asked=row.times_asked,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        actions=row.actions,
        times_acted=row.times_acted,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        reason=row.reason,
        outcome=row.outcome,
    )


@get("/v1/safety-flags", **read(roles=TOLD_ALL, tag=TAG, answers=SafetyFlagPage))
async def list_safety_flags(
    asked: NamedDependency[Asked],
    is_open: Annotated[
        bool, QueryParameter(name="open", description="false: those that were closed.")
    ] = True,
    acknowledged: Annotated[
        bool | None, QueryParameter(description="false: those that nobody has acknowledged yet.")
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[SafetyFlagPage]:
    """The practice's open safety flags, in pages, newest first. They come from the log itself."""
    place = place_in(cursor, of=LIST)
    position = await asked.position_of_log()
    rows = await flags(
        asked.cairn.views,
        asked.practice_id,
        is_open=is_open,
        acknowledged=acknowledged,
        before=place.before_number,
        limit=limit,
    )
    more = len(rows) == limit
    after = cursor_of(Place(of=LIST, before=rows[-1].raised_position)) if more else None
    return Response(
        SafetyFlagPage(items=[answer(row) for row in rows], next=after),
        headers=asked.headers_at(position),
    )


@get(
    "/v1/clients/{client_id:uuid}/safety-flags",
    **read(roles=PRACTICE_READERS, tag=TAG, answers=SafetyFlagPage, conditional=True),
)
async def list_safety_flags_of_client(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    is_open: Annotated[
        bool | None,
        QueryParameter(name="open", description="true: those that wait; false: those closed."),
    ] = None,
    event_version: EventVersion = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[SafetyFlagPage]:
    """The safety flags of a client, in pages, newest first. They come from the log itself.

    The ETag is the version of all of the client's flags together; commands on a flag take it in
    If-Match. An app is shown them where a subscription of its own names flags.
    """
    before = place_in(cursor, of=LIST_OF_CLIENT).before
    if before is not None:
        before = await asked.sent_position(before, parameter=CURSOR)
    head, known = await flags_told(asked, client_id)
    # By where it was raised, which never changes: closing one meanwhile hides no other.
    rows = sorted(
        known.rows if event_version is None else known.about(event_version),
        key=lambda row: -row.raised_position,
    )
    rows = [one for one in rows if before is None or one.raised_position < before]
    rows = [one for one in rows if is_open in (None, one.is_open)]
    page, after = rows[:limit], None
    if len(rows) > limit:
        last = asked.told_position(page[-1].raised_position)
        after = cursor_of(Place(of=LIST_OF_CLIENT, before=last))
    return Response(
        SafetyFlagPage(items=[answer(row) for row in page], next=after),
        headers=asked.headers_at(head, ETag=etag(known.version)),
    )


@get(
    "/v1/clients/{client_id:uuid}/safety-flags/{flag_id:uuid}",
    **read(roles=PRACTICE_READERS, tag=TAG, answers=SafetyFlagAnswer, conditional=True),
)
async def show_safety_flag(
    client_id: FromPath[UUID], flag_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[SafetyFlagAnswer]:
    """One safety flag, from the log itself. The ETag is that of all of the client's flags."""
    head, known = await flags_told(asked, client_id)
    row = next((one for one in known.rows if one.flag_id == flag_id), None)
    if row is None:
        raise NotFound
    return Response(answer(row), headers=asked.headers_at(head, ETag=etag(known.version)))


async def flags_told(asked: Asked, client_id: UUID) -> tuple[int, ClientFlags]:
    """How far the log has come, and the flags of a client. Raises NotFound where not told them."""
    await asked.require_client(client_id)
    if not (await reading_of(asked)).is_told_of_flags(client_id):
        raise NotFound
    head = await asked.position_of_log()
    return head, await flags_of_client(asked.cairn.store, asked.practice_id, client_id)


async def change_safety_flag(
    asked: Asked, client_id: UUID, issued: SafetyFlagCommand, name: str, *content: object
) -> Response[Receipt]:
    """Record what a clinician says about a flag. Raises NotFound."""
    await asked.require_client(client_id)
    outcome = await change_stream(
        asked,
        SAFETY_FLAGS,
        await flags_stream(asked.cairn.store, asked.practice_id, client_id),
        issued,
        cause=asked.cause(name, issued.flag_id, *content),
    )
    return receipt(asked, outcome, issued.flag_id, etag=True)


@post(
    "/v1/clients/{client_id:uuid}/safety-flags/{flag_id:uuid}/acknowledge",
    **command(roles=CLINICIAN, tag=TAG, conditional=True),
)
async def acknowledge_safety_flag(
    client_id: FromPath[UUID],
    flag_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    request: StrictRequest,
) -> Response[Receipt]:
    """Say that you have seen a flag and take care of it: nobody else is asked from then on."""
    await request.require_nothing_said()
    issued = AcknowledgeSafetyFlag(flag_id=flag_id)
    return await change_safety_flag(asked, client_id, issued, "acknowledge_safety_flag")


@post(
    "/v1/clients/{client_id:uuid}/safety-flags/{flag_id:uuid}/act",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"action": "Called at noon; we meet at three today."},
    ),
)
async def act_on_safety_flag(
    client_id: FromPath[UUID],
    flag_id: FromPath[UUID],
    data: JSONBody[Action],
    asked: NamedDependency[Asked],
) -> Response[Receipt]:
    """Record what was done about a flag: a call, a conversation, a safety plan."""
    issued = ActOnSafetyFlag(flag_id=flag_id, action=data.action)
    return await change_safety_flag(asked, client_id, issued, "act_on_safety_flag", data)


@post(
    "/v1/clients/{client_id:uuid}/safety-flags/{flag_id:uuid}/close",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "reason": "We met today and went through the interview.",
            "outcome": "A safety plan is agreed; we meet again on Thursday.",
        },
    ),
)
async def close_safety_flag(
    client_id: FromPath[UUID],
    flag_id: FromPath[UUID],
    data: JSONBody[FlagClosing],
    asked: NamedDependency[Asked],
) -> Response[Receipt]:
    """Close a flag, with the reason and what came of it. Nothing else closes one."""
    issued = CloseSafetyFlag(flag_id=flag_id, reason=data.reason, outcome=data.outcome)
    return await change_safety_flag(asked, client_id, issued, "close_safety_flag", data)


@get("/v1/crisis-information", **read(roles=READERS, tag=TAG, answers=CrisisAnswer))
async def show_crisis_information(
    asked: NamedDependency[Asked],
    country: Annotated[
        str | None,
        QueryParameter(
            max_length=2, description="Two capital letters (ISO 3166-1); else one's own country."
        ),
    ] = None,
    language: Annotated[
        str | None,
        QueryParameter(max_length=6, description="A tag such as en or es-MX; else one's own."),
    ] = None,
) -> Response[CrisisAnswer]:
    """Where somebody in a crisis reaches a person: the practice's lines, or those of Cairn.

    Without a country it is the client's own, where a client asks, else the practice's. Everybody
    with a token is answered, whether or not anything is recorded of them. Where the record can not
    be read now, what was read of it last is told, without a Cairn-Position.
    """
    wanted = sent("country", country, Country, "Expected two capital letters, such as CH.")
    spoken = sent("language", language, Language, "Expected a tag such as en or es-MX.")
    known, own = asked.cairn.last_known, asked.principal.client_id

    async def look() -> int:
        head = await asked.cairn.store.head(asked.practice_id)
        await known.look(asked.cairn.store, asked.practice_id, own, now=asked.now)
        return head

    try:
        headers = asked.headers_at(await in_time(look(), BESIDE_SECONDS))
    except Exception as error:
        # Whoever asks this may have nobody else: what was read last is told then.
        log.warning("crisis_information_not_read", exc_info=error, request_id=asked.request_id)
        headers = {}
    found = known.help(asked.practice_id, own, country=wanted, language=spoken)
    shown = CrisisAnswer(**msgspec.structs.asdict(found))
    if not asked.told_all:
        shown = msgspec.structs.replace(shown, checked_by=UNSET, source=UNSET)
    return Response(shown, headers=headers)


def sent(parameter: str, text: str | None, kind: Any, expected: str) -> str | None:
    """What was asked for, if it has the form it needs. Raises ParameterRefused."""
    if text is None:
        return None
    try:
        found: str = msgspec.convert(text, kind)
    except msgspec.ValidationError:
        raise ParameterRefused(parameter, expected) from None
    return found


handlers = (
    list_safety_flags,
    list_safety_flags_of_client,
    show_safety_flag,
    acknowledge_safety_flag,
    act_on_safety_flag,
    close_safety_flag,
    show_crisis_information,
)
