"""The rows of a view as they lie there: each opens, and is in clear what it is under its seal.

Compared is a row with itself, and with where the log has what it was made of. So nothing here
depends on what a practice has chosen since, or on the clock, and a view that is behind its log is
not accused: each row is read in one statement with the checkpoint that it was written with.
"""

from typing import Any, Final
from uuid import UUID

import asyncpg

from events.keyring import Keyring
from events.sealing import Key, SealBroken
from projections.faults import ADVICE, NAMED, Fault
from projections.feed import categories_of
from projections.rows import Projection, RowSeal, RowTable

READ_ROWS: Final = 2_000


async def check_rows(
    pool: asyncpg.Pool, keyring: Keyring, practice_id: UUID, projection: Projection
) -> list[Fault]:
    """The rows of a practice that are not what the projector has written."""
    seal, page = RowSeal(projection, practice_id), RowTable(projection).check_page
    findings: list[Fault] = []
    after, is_full = None, True
    # It ends with the table: every page begins after the keys of the one before it.
    while is_full and len(findings) < NAMED:
        rows = await pool.fetch(page, practice_id, after, READ_ROWS, own_category(projection))
        keys = await keyring.load(practice_id, {row["client_id"] for row in rows})
        findings += [
            Fault(
                kind="row_altered",
                practice_id=practice_id,
                view=projection.name,
                advice=ADVICE["row"].format(view=projection.name),
                position=row["position"],
                client_id=row["client_id"],
            )
            for row in rows
            if is_altered(row, projection, seal, keys.get(row["client_id"]))
        ]
        is_full = len(rows) == READ_ROWS
        after = rows[-1]["key"] if rows else after
    return findings


def own_category(projection: Projection) -> str:
    """The category of the streams by whose ids the rows of a view are called.

    >>> from projections.catalogue import BY_NAME
    >>> own_category(BY_NAME["mood_trend"]), own_category(BY_NAME["goal_attainment"])
    ('mood', '')
    """
    return min(categories_of(projection.founding), default="")


def is_altered(row: asyncpg.Record, projection: Projection, seal: RowSeal, key: Key | None) -> bool:
    """Whether somebody else than the projector wrote it.

    `reached` is how far the view has come; None where that can not be said, and is named. At the
    row's position lies an event of its client: also of one whose key is gone, so that a row which
    was moved to nobody is found.
    """
    reached = row["reached"]
    if reached is not None and not (row["position"] <= reached and row["is_of_client"]):
        return True
    if key is None:
        return False
    try:
        opened = seal.open(key, row["key"], row["body"])
    except SealBroken:
        return True
    return (
        projection.clear(opened) != tuple(row[column.name] for column in projection.columns)
        or opened.client_id != row["client_id"]
        # Where a row says itself which event it is from, that is the one.
        or getattr(opened, "position", row["position"]) != row["position"]
        or (reached is not None and not is_of_its_stream(row, projection, opened))
    )


def is_of_its_stream(row: asyncpg.Record, projection: Projection, opened: Any) -> bool:
    """Whether a row has come as far as its own stream, in the part of the log that is in the view.

    One that was put back as it was before has not. A row that carries no version is of no such
    stream, nor are the scores and moods that lie among the goals. Of a client for whom the view has
    set something aside that can not be said.
    """
    version = getattr(opened, "version", None)
    if version is None:
        return True
    if categories_of(projection.types) == {own_category(projection)} and (
        row["at_stream"] != row["key"] or row["at_version"] != version
    ):
        return False  # No other event changes such a row than those of its stream.
    return bool(row["is_partial"] or row["version"] == version)
