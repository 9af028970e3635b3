"""What says that the log goes on where it does not: checkpoints, and its own head."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from events.postgres import Connection
from projections.sql import statement

FIND_AHEAD = statement("find_ahead")
FIND_HEAD_DIFFERS = statement("find_head_differs")
# Of a rebuild or of `cairn doctor`, which name each of them once.
AHEAD_NAMED: Final = 1_000


class AheadOfLog(msgspec.Struct, frozen=True, kw_only=True):
    """A view that said it had come to a position of a practice's log that there is not."""

    practice_id: UUID
    view: str
    position: int
    head: int


async def find_ahead(
    connection: Connection | asyncpg.Pool, views: Sequence[str], *, limit: int = AHEAD_NAMED
) -> list[AheadOfLog]:
    """Those of these views, practice by practice."""
    return [AheadOfLog(**row) for row in await connection.fetch(FIND_AHEAD, views, limit)]
