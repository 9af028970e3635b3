"""Sessions as the deadlines of goals: on which day a goal that is due by a session is due now.

One more row of a client lies among the goals: when the client's sessions are.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from events.ids import public_id
from events.moment import day_of, start_of
from events.record import Recorded
from events.session import (
    SessionCancelled,
    SessionEvent,
    SessionHeld,
    SessionMoved,
    SessionScheduled,
    SessionStage,
)
from projections.goal_status import GoalStatus
from projections.rows import Changes, Page

change = msgspec.structs.replace


class ClientSession(msgspec.Struct, frozen=True, array_like=True):
    """A session, when it was scheduled for last, and when that was cancelled."""

    stage: SessionStage
    starts_at: datetime
    cancelled_at: datetime | None = None


class ClientSessions(msgspec.Struct, frozen=True, kw_only=True, tag="sessions"):
    """All sessions of a client. Lies among the goals under an id computed from the client's."""

    client_id: UUID
    sessions: dict[UUID, ClientSession] = {}


@lru_cache(maxsize=4096)
def sessions_key(client_id: UUID) -> UUID:
    return public_id("goal_status sessions", client_id.bytes)


def with_session(page: Page, recorded: Recorded, event: SessionEvent) -> Changes:
    """A session is remembered, and the open goals that are due by one learn its day."""
    client_id = recorded.client_id
    if client_id is None:
        return {}
    key = sessions_key(client_id)
    before = page.get(key)
    sessions = dict(before.sessions) if isinstance(before, ClientSessions) else {}
    sessions[event.session_id] = session_after(recorded, event)
    known = ClientSessions(client_id=client_id, sessions=sessions)
    changes: dict[UUID, Any] = {key: known}
    for goal_id, row in page.items():
        if isinstance(row, GoalStatus) and row.goal.is_open and row.goal.due_session_id is not None:
            bound = bound_to(row, known)
            if bound != row:
                changes[goal_id] = change(bound, position=recorded.position)
    return changes


def session_after(recorded: Recorded, event: SessionEvent) -> ClientSession:
    match event:
        case SessionScheduled() | SessionMoved():
            return ClientSession("scheduled", event.starts_at)
        case SessionHeld():
            return ClientSession("held", event.starts_at)
        case SessionCancelled():
            return ClientSession("cancelled", event.starts_at, recorded.occurred_at)


def bound_in(page: Page, row: GoalStatus) -> GoalStatus:
    """The goal with the day of the session by which it is due, if it is due by a session."""
    return bound_to(row, page.get(sessions_key(row.client_id)))


def bound_to(row: GoalStatus, known: Any) -> GoalStatus:
    found, session_id = None, row.goal.due_session_id
    if session_id is not None and isinstance(known, ClientSessions):
        first = start_of(row.goal.starts_on, row.goal.zone)
        found = session_for(known, session_id, from_at=first)
    by_id, starts_at = found or (None, None)
    return change(row, session_id=by_id, session_on=starts_at and day_of(starts_at, row.goal.zone))


def session_for(
    known: ClientSessions, session_id: UUID, *, from_at: datetime
) -> tuple[UUID, datetime] | None:
    """The session itself or, once it is cancelled, the first that is scheduled after that.

    One before the goal's first day (`from_at`) is none to be due by. None where there is none:
    then the date stays.
    """
    asked = known.sessions.get(session_id)
    if asked is None:
        return None
    if asked.cancelled_at is None:
        return session_id, asked.starts_at
    following = [
        (one.starts_at, one_id)
        for one_id, one in known.sessions.items()
        if one.stage == "scheduled" and one.starts_at >= max(asked.cancelled_at, from_at)
    ]
    starts_at, next_id = min(following, default=(None, None))
    return None if starts_at is None or next_id is None else (next_id, starts_at)
