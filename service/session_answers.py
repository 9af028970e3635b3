"""A session as the API and the console show one."""

from datetime import datetime
from uuid import UUID

import msgspec

from events.session import (
    SessionStage,
)
from projections.session_calendar import SessionRow


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it was scheduled last.

    `moves` counts how often it was moved, from `first_starts_at` on; `reason` is that of the last
    move or of the cancellation. `version` is the ETag's.
    """

    id: UUID
    client_id: UUID
    starts_at: datetime
    minutes: int
    stage: SessionStage
    first_starts_at: datetime
    moves: int
    reason: str
    version: int


def session_answer(row: SessionRow) -> SessionAnswer:
    return SessionAnswer(
        id=row.session_id,
        client_id=row.client_id,
        starts_at=row.starts_at,
        minutes=row.minutes,
        stage=row.stage,
        first_starts_at=row.first_starts_at,
        moves=row.moves,
        reason=row.reason,
        version=row.version,
    )
