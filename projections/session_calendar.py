"""The calendar of sessions: a row per session, as it was scheduled last, and what became of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events.record import Recorded
from events.session import (
    SessionCancelled,
    SessionEvent,
    SessionHeld,
    SessionMoved,
    SessionScheduled,
    SessionStage,
)
from projections.rows import Changes, Column, Page, Projection, types_of

change = msgspec.structs.replace


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `starts_at` keeps the offset in which it was agreed last.

    `moves` counts how often it was moved, from `first_starts_at` on; `reason` is that of the last
    move or of the cancellation. `version` is that of the session's stream.
    """

    session_id: UUID
    client_id: UUID
    starts_at: datetime
    minutes: int
    stage: SessionStage
    first_starts_at: datetime
    moves: int = 0
    reason: str = ""
    version: int


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if isinstance(event, SessionScheduled):
        return {event.session_id: scheduled(recorded, event)}
    row = page.get(recorded.stream_id)
    if not (isinstance(row, SessionRow) and isinstance(event, SessionEvent)):
        return {}
    return {row.session_id: change(evolve_row(row, event), version=recorded.version)}


def session_of(past: Iterable[Recorded]) -> SessionRow | None:
    """One session by all events of its stream; None where it was never scheduled."""
    page: dict[UUID, SessionRow] = {}
    for one in past:
        page.update(evolve(page, one))
    return next(iter(page.values()), None)


def scheduled(recorded: Recorded, event: SessionScheduled) -> SessionRow:
    return SessionRow(
        session_id=event.session_id,
        client_id=event.client_id,
        starts_at=event.starts_at,
        minutes=event.minutes,
        stage="scheduled",
        first_starts_at=event.starts_at,
        version=recorded.version,
    )


def evolve_row(row: SessionRow, event: SessionEvent) -> SessionRow:
    match event:
        case SessionScheduled():
            return row
        case SessionMoved():
            return change(row, starts_at=event.starts_at, moves=row.moves + 1, reason=event.reason)
        case SessionHeld():
            return change(row, stage="held")
        case SessionCancelled():
            return change(row, stage="cancelled", reason=event.reason)
        case _:
            assert_never(event)


projection = Projection(
    name="session_calendar",
    key="session_id",
    row=SessionRow,
    columns=(Column("starts_at", "timestamptz"), Column("stage", "text")),
    clear=lambda row: (row.starts_at, row.stage),
    types=types_of(*SessionEvent.__args__),
    founding=types_of(SessionScheduled),
    touches=lambda recorded: (recorded.stream_id,),
    evolve=evolve,
)
