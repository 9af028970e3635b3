"""A session: when clinician and client meet, scheduled ahead, moved, held or cancelled.

What is said in a session is no part of this: notes of a therapist are kept apart from the record
(45 CFR 164.501). A reason tells only why the time changed.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events.aggregate import Aggregate
from events.moment import believable_day
from events.refusals import StateRefused, ValueRefused
from events.text import OptionalReason

FURTHEST_AHEAD = timedelta(days=2 * 366)

SessionStage = Literal["scheduled", "held", "cancelled"]
Minutes = Annotated[int, Meta(ge=5, le=480)]

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class SessionFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one session."""

    session_id: UUID


class SessionScheduled(SessionFact, frozen=True, kw_only=True, tag="session.scheduled.v1"):
    """`starts_at` keeps the offset in which it was agreed, `minutes` is how long it is to last."""

    client_id: UUID
    starts_at: datetime
    minutes: int = 50


class SessionMoved(SessionFact, frozen=True, kw_only=True, tag="session.moved.v1"):
    from_at: datetime
    starts_at: datetime
    reason: str = ""


class SessionHeld(SessionFact, frozen=True, kw_only=True, tag="session.held.v1"):
    """The session took place; `starts_at` is the time for which it was scheduled last."""

    starts_at: datetime


class SessionCancelled(SessionFact, frozen=True, kw_only=True, tag="session.cancelled.v1"):
    """The session does not take place, or was recorded as held by mistake."""

    starts_at: datetime
    reason: str = ""


SessionEvent = SessionScheduled | SessionMoved | SessionHeld | SessionCancelled


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one session."""

    stage: Literal["unset", "scheduled", "held", "cancelled"] = "unset"
    starts_at: datetime | None = None


def evolve(session: Session, event: SessionEvent) -> Session:
    match event:
        case SessionScheduled() | SessionMoved():
            return Session(stage="scheduled", starts_at=event.starts_at)
        case SessionHeld():
            return msgspec.structs.replace(session, stage="held")
        case SessionCancelled():
            return msgspec.structs.replace(session, stage="cancelled")
        case _:
            assert_never(event)


class ScheduleSession(msgspec.Struct, frozen=True, kw_only=True):
    """`starts_at` may lie in the past: what was held without being scheduled is recorded so."""

    session_id: UUID
    client_id: UUID
    starts_at: datetime
    now: datetime
    minutes: Minutes = 50


class MoveSession(msgspec.Struct, frozen=True, kw_only=True):
    session_id: UUID
    starts_at: datetime
    now: datetime
    reason: OptionalReason = ""


class HoldSession(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody says that the session took place."""

    session_id: UUID
    now: datetime


class CancelSession(msgspec.Struct, frozen=True, kw_only=True):
    session_id: UUID
    reason: OptionalReason = ""


SessionCommand = ScheduleSession | MoveSession | HoldSession | CancelSession


class SessionWithoutOffset(ValueRefused):
    """This time has no offset from UTC: send it with one, such as 2026-03-01T15:00:00+01:00."""

    field = "starts_at"


class SessionInThePast(ValueRefused):
    """This time has gone by: move the session to one that is to come, or record it as held."""

    field = "starts_at"


class SessionTooFarAway(ValueRefused):
    """This time lies more than two years ahead: choose a nearer one."""

    field = "starts_at"


class SessionNotScheduled(StateRefused):
    """This session was held or cancelled, or there is none of this id: schedule a new one."""


class SessionStillToCome(StateRefused):
    """This session has not begun yet: record it as held once it has."""


class NoSessionScheduled(StateRefused):
    """No session is scheduled from the goal's first day on: schedule one, or name a due_on."""


def decide(session: Session, command: SessionCommand) -> list[SessionEvent]:
    match command:
        case ScheduleSession():
            return schedule_session(session, command)
        case MoveSession():
            return move_session(session, command)
        case HoldSession():
            return hold_session(session, command)
        case CancelSession():
            return cancel_session(session, command)
        case _:
            assert_never(command)


def within_reach(starts_at: datetime, *, now: datetime) -> datetime:
    """The time itself, its offset kept.

    Raises SessionWithoutOffset, SessionTooFarAway, and TimeOutOfRange before the year 1900.
    """
    if starts_at.tzinfo is None:
        raise SessionWithoutOffset
    believable_day(starts_at.date(), "starts_at")
    if starts_at > now + FURTHEST_AHEAD:
        raise SessionTooFarAway
    return starts_at


def schedule_session(session: Session, command: ScheduleSession) -> list[SessionEvent]:
    if session.stage != "unset":
        return []
    return [
        SessionScheduled(
            session_id=command.session_id,
            client_id=command.client_id,
            starts_at=within_reach(command.starts_at, now=command.now),
            minutes=command.minutes,
        )
    ]


def move_session(session: Session, command: MoveSession) -> list[SessionEvent]:
    if session.stage != "scheduled" or session.starts_at is None:
        raise SessionNotScheduled
    starts_at = within_reach(command.starts_at, now=command.now)
    if starts_at == session.starts_at:
        return []  # The same instant, in whichever offset it is said.
    if starts_at < command.now:
        raise SessionInThePast
    return [
        SessionMoved(
            session_id=command.session_id,
            from_at=session.starts_at,
            starts_at=starts_at,
            reason=command.reason,
        )
    ]


def hold_session(session: Session, command: HoldSession) -> list[SessionEvent]:
    if session.stage == "held":
        return []
    if session.stage != "scheduled" or session.starts_at is None:
        raise SessionNotScheduled
    if session.starts_at > command.now:
        raise SessionStillToCome
    return [SessionHeld(session_id=command.session_id, starts_at=session.starts_at)]


def cancel_session(session: Session, command: CancelSession) -> list[SessionEvent]:
    if session.stage == "cancelled":
        return []
    if session.stage == "unset" or session.starts_at is None:
        raise SessionNotScheduled
    return [
        SessionCancelled(
            session_id=command.session_id, starts_at=session.starts_at, reason=command.reason
        )
    ]


SESSION: Aggregate[Session, SessionCommand, SessionEvent] = Aggregate(
    category="session", initial=Session(), evolve=evolve, decide=decide
)
