"""/v1/sessions: when client and clinician meet, scheduled, moved, held and cancelled."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from events import while_enrolled
from events.client import CLIENT
from events.refusals import NotFound
from events.session import (
    SESSION,
    CancelSession,
    HoldSession,
    Minutes,
    MoveSession,
    ScheduleSession,
    SessionCommand,
    SessionStage,
)
from events.text import OptionalReason
from projections import session_queries
from projections.session_calendar import session_of
from projections.session_queries import Side
from service.asked import Asked
from service.commands import change, read_stream, receipt
from service.cursors import next_after, place_in
from service.goal_answers import etag
from service.operations import CLINICIAN, CLINICIAN_AND_APP, READERS, Receipt, command, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.session_answers import SessionAnswer, session_answer

TAG = "sessions"
VIEW = "session_calendar"
LIST = "sessions"
StartsAt = Annotated[
    datetime,
    msgspec.Meta(
        description="When it begins, with the offset from UTC in which it was agreed.",
        extra_json_schema={"format": "date-time"},
    ),
]


class NewSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session at a time at most two years ahead, or one that has been held already."""

    starts_at: StartsAt
    minutes: Minutes = 50
    id: UUID | None = None


class MovedSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The time to which a session is moved. The reason says why, and nothing clinical."""

    starts_at: StartsAt
    reason: OptionalReason = ""


class HeldSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is said of a session than that it took place."""


class CancelledSession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class SessionPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SessionAnswer]
    next: str | None


@post(
    "/v1/clients/{client_id:uuid}/sessions",
    **command(
        roles=CLINICIAN_AND_APP,
        tag=TAG,
        creates=True,
        # A span with hours stands for the hour (UTC) of the day that far from today.
        example={"starts_at": timedelta(weeks=1, hours=14), "minutes": 50},
    ),
)
async def schedule_session(
    client_id: FromPath[UUID], data: JSONBody[NewSession], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Schedule a session.

    Goals may be due by the next one. A session that was held without having been scheduled is
    scheduled at its time and then held.
    """
    await read_stream(asked, CLIENT, client_id)
    session_id = asked.new_id(data.id)
    stream = SESSION.stream(asked.practice_id, session_id, client_id=client_id)
    issued = ScheduleSession(
        session_id=session_id,
        client_id=client_id,
        starts_at=data.starts_at,
        now=asked.now,
        minutes=data.minutes,
    )
    cause = asked.cause("schedule_session", client_id, data)
    outcome = await while_enrolled.schedule_session(
        asked.cairn.store, stream, issued, cause=cause, occurred_at=asked.now
    )
    location = f"/v1/sessions/{session_id}"
    return receipt(asked, outcome, session_id, status=201, location=location)


@get("/v1/clients/{client_id:uuid}/sessions", **read(roles=READERS, tag=TAG, answers=SessionPage))
async def list_sessions(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    side: Annotated[
        Side, QueryParameter(description="Those that begin from now on, or those that have begun.")
    ] = "ahead",
    stage: Annotated[
        SessionStage | None, QueryParameter(description="Sessions in this stage.")
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[SessionPage]:
    """A client's sessions that are ahead, in pages, the nearest to now first.

    With `side=past` those that have begun. Of each side all are listed, cancelled ones too, unless
    a `stage` is named.
    """
    await asked.require_client(client_id)
    of = f"{LIST} {side}"
    place = place_in(cursor, of=of)
    position = await asked.position_of(VIEW)
    rows = await session_queries.sessions(
        asked.cairn.views,
        asked.practice_id,
        client_id,
        now=asked.now,
        side=side,
        stage=stage,
        after=place.after,
        limit=limit,
    )
    page = SessionPage(
        items=[session_answer(row) for row in rows],
        next=next_after(rows, "session_id", of=of, limit=limit),
    )
    return Response(page, headers=asked.headers_at(position))


@get(
    "/v1/sessions/{session_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=SessionAnswer, conditional=True, of_record=True),
)
async def show_session(
    session_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[SessionAnswer]:
    """One session, and the ETag that moving it asks for.

    It comes from the log itself, so it is never late.
    """
    position = await asked.position_of_log()
    aimed = await read_stream(asked, SESSION, session_id)
    row = session_of(aimed.past)
    if row is None:
        raise NotFound
    return Response(session_answer(row), headers=asked.headers_at(position, ETag=etag(row.version)))


async def change_session(
    asked: Asked, session_id: UUID, issued: SessionCommand, name: str, data: msgspec.Struct
) -> Response[Receipt]:
    outcome = await change(
        asked,
        SESSION,
        session_id,
        issued,
        cause=asked.cause(name, session_id, data),
    )
    return receipt(asked, outcome, session_id, etag=True)


@post(
    "/v1/sessions/{session_id:uuid}/move",
    **command(
        roles=CLINICIAN_AND_APP,
        tag=TAG,
        conditional=True,
        example={"starts_at": timedelta(weeks=2, hours=8), "reason": "The train is cancelled."},
    ),
)
async def move_session(
    session_id: FromPath[UUID], data: JSONBody[MovedSession], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Move a session to a time that is still to come; goals that are due by it follow."""
    issued = MoveSession(
        session_id=session_id, starts_at=data.starts_at, now=asked.now, reason=data.reason
    )
    return await change_session(asked, session_id, issued, "move_session", data)


@post(
    "/v1/sessions/{session_id:uuid}/hold",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={}),
)
async def hold_session(
    session_id: FromPath[UUID], data: JSONBody[HeldSession], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Record that a session took place. What was said there belongs elsewhere."""
    issued = HoldSession(session_id=session_id, now=asked.now)
    return await change_session(asked, session_id, issued, "hold_session", data)


@post(
    "/v1/sessions/{session_id:uuid}/cancel",
    **command(
        roles=CLINICIAN_AND_APP,
        tag=TAG,
        conditional=True,
        example={"reason": "The practice is closed that day."},
    ),
)
async def cancel_session(
    session_id: FromPath[UUID], data: JSONBody[CancelledSession], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Cancel a session; goals that are due by it follow the next one that is scheduled.

    One that was recorded as held by mistake is cancelled, too.
    """
    issued = CancelSession(session_id=session_id, reason=data.reason)
    return await change_session(asked, session_id, issued, "cancel_session", data)


handlers = (
    schedule_session,
    list_sessions,
    show_session,
    move_session,
    hold_session,
    cancel_session,
)
