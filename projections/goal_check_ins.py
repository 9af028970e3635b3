"""The check-ins towards a goal, from the log: each with all that became of it, the newest first."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

import asyncpg

from events.catalogue import CODEC
from events.check_in import CHECK_IN, CheckInLogged
from events.keyring import Keyring
from events.postgres import LAST_POSITION, READ_STREAMS, unsealed
from events.record import Recorded
from projections.queries import READ_CLIENT_NEWEST_OF
from projections.rows import types_of

LOGGED: Final = types_of(CheckInLogged)
PIECE: Final = 500


async def check_ins_of_goal(
    pool: asyncpg.Pool,
    keyring: Keyring,
    practice_id: UUID,
    client_id: UUID,
    goal_id: UUID,
    *,
    admits: Callable[[Sequence[Recorded]], bool],
    since: int,
    before: int | None,
    limit: int,
) -> list[Sequence[Recorded]]:
    """The events of each check-in that was logged before a position, at most `limit` check-ins.

    The newest first, by where they were logged in the log; those alone that `admits` lets pass.
    `since` is a position before which there is no check-in towards the goal. The log names the goal
    of a check-in inside the seal, so all check-ins of the client since then are looked at.
    """
    found: list[Sequence[Recorded]] = []
    at = LAST_POSITION if before is None else before
    while at > since:
        rows = await pool.fetch(
            READ_CLIENT_NEWEST_OF, practice_id, client_id, at, PIECE, list(LOGGED)
        )
        logged = await unsealed(keyring, practice_id, rows, codec=CODEC)
        ids = [
            one.stream_id
            for one in logged
            if isinstance(one.event, CheckInLogged) and one.event.goal_id == goal_id
        ]
        streams = await read_streams(pool, keyring, practice_id, ids)
        for past in streams:
            if admits(past):
                found.append(past)
            if len(found) == limit:
                return found
        if len(rows) < PIECE:
            break
        at = rows[-1]["position"]
    return found


async def read_streams(
    pool: asyncpg.Pool, keyring: Keyring, practice_id: UUID, ids: Sequence[UUID]
) -> list[Sequence[Recorded]]:
    """The events of these check-ins, in the order of the ids."""
    if not ids:
        return []
    rows = await pool.fetch(READ_STREAMS, practice_id, CHECK_IN.category, ids)
    recorded = await unsealed(keyring, practice_id, rows, codec=CODEC)
    by_id = {id_: [*past] for id_, past in groupby(recorded, key=lambda one: one.stream_id)}
    return [by_id[one] for one in ids]
