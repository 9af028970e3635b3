"""Events of types that this release does not know: which of them a newer release wrote.

Whoever follows a log waits before an event of a newer release, and goes on once that release is
installed. An event whose body does not open was written by nobody who has the key, or is damaged,
or the key of its client is gone. Nobody waits for such an event: everybody passes over it.

The log and the kept keys alone decide that, and no memory of a process: every process decides the
same, and decides it again after a restart.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from events.catalogue import CODEC
from events.keyring import Keyring
from events.postgres import Connection, opened
from events.sql import statement
from projections.feed import is_sealed

READ_AT_POSITIONS = statement("read_at_positions")


async def until_newer(
    connection: Connection | asyncpg.Pool,
    keyring: Keyring,
    practice_id: UUID,
    rows: Sequence[asyncpg.Record],
    known: Collection[str],
) -> tuple[list[asyncpg.Record], int | None]:
    """The rows of known types before the first event of a newer release, and where that one lies.

    `rows` are of event_log, in their order. Only those of unknown types are opened.
    """
    doubtful = [row["position"] for row in rows if row["type"] not in known]
    newer = await first_sealed(connection, keyring, practice_id, doubtful) if doubtful else None
    before = rows if newer is None else [row for row in rows if row["position"] < newer]
    return [row for row in before if row["type"] in known], newer


async def first_sealed(
    connection: Connection | asyncpg.Pool,
    keyring: Keyring,
    practice_id: UUID,
    positions: Sequence[int],
) -> int | None:
    """The first of these positions whose event opens under its key."""
    rows = await connection.fetch(READ_AT_POSITIONS, practice_id, positions)
    subjects = {row["client_id"] or practice_id for row in rows}
    keys = await keyring.load_anew(connection, practice_id, subjects)
    for row in rows:
        key = keys.get(row["client_id"] or practice_id)
        if is_sealed(opened(practice_id, row, key, codec=CODEC)):
            found: int = row["position"]
            return found
    return None
