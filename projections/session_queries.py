"""The questions that the calendar of sessions and the view of attainment answer."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.session import SessionStage
from projections import goal_attainment, session_calendar
from projections.goal_attainment import ClientAttainment
from projections.queries import PAGE_LIMIT, SWEEP_LIMIT, Owed, Views
from projections.session_calendar import SessionRow
from projections.sql import statement

READ_SESSIONS_AHEAD = statement("read_sessions_ahead")
READ_SESSIONS_PAST = statement("read_sessions_past")
READ_GOAL_ATTAINMENT = statement("read_goal_attainment")
OWED_FOLLOWINGS = statement("owed_followings")

Side = Literal["ahead", "past"]


async def sessions(
    views: Views,
    practice_id: UUID,
    client_id: UUID,
    *,
    now: datetime,
    side: Side = "ahead",
    stage: SessionStage | None = None,
    after: UUID | None = None,
    limit: int = PAGE_LIMIT,
) -> list[SessionRow]:
    """A client's sessions, the nearest to `now` first, after the one of an id.

    Those that begin at `now` or later are ahead; at most `limit` (and PAGE_LIMIT) of them.
    """
    query = READ_SESSIONS_AHEAD if side == "ahead" else READ_SESSIONS_PAST
    return await views.rows(
        session_calendar.projection, query, practice_id, client_id, now, stage, after,
        min(limit, PAGE_LIMIT),
    )  # fmt: skip


async def next_session(
    views: Views, practice_id: UUID, client_id: UUID, *, from_at: datetime
) -> SessionRow | None:
    """The first session that is scheduled at an instant or later."""
    found = await sessions(views, practice_id, client_id, now=from_at, stage="scheduled", limit=1)
    return found[0] if found else None


async def attainment(views: Views, practice_id: UUID, client_id: UUID) -> ClientAttainment:
    """How far a client's goals were attained; an empty row for who has no goal."""
    rows = await views.rows(
        goal_attainment.projection, READ_GOAL_ATTAINMENT, practice_id, client_id
    )
    return rows[0] if rows else ClientAttainment(client_id=client_id)


async def deadlines_to_move(
    views: Views, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
) -> list[Owed]:
    """Open goals due by a session that has another day now; over all practices."""
    return await views.owed(OWED_FOLLOWINGS, None, limit, after=after)
