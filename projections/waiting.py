"""What waits for the clinician at this hour, beside what a client's row of the caseload says."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import msgspec

from projections import caseload, tracking_fold
from projections.caseload import Attention, ClientSummary
from projections.catalogue import VIEW_NAMES
from projections.open_flags import PracticeFlags
from projections.rows import Projection
from projections.sql import statement
from projections.tracking import Notice, holding

READ_RISKS = statement("read_risks")
READ_TRACKING = statement("read_tracking")
READ_NOT_SHOWN = statement("read_not_shown")
READ_UNLISTED = statement("read_unlisted")
READ_FIRST_SEEN = statement("read_first_seen")

# A client is never missing from the list, even where nobody can read who that is.
NAMELESS: Final = "(name can not be read)"
# The version of a client of whom there is no row that can be read: what is in the log begins at 1.
NO_ROW: Final = 0


class Asks(Protocol):
    """What is asked of the views."""

    async def found(self, query: str, *asked: Any) -> list[asyncpg.Record]: ...

    async def rows(
        self, projection: Projection, query: str, practice_id: UUID, *asked: Any
    ) -> list[Any]: ...


async def with_all_that_waits(
    views: Asks,
    practice_id: UUID,
    clients: Sequence[ClientSummary],
    *,
    flags: PracticeFlags,
    now: datetime,
) -> list[ClientSummary]:
    """The same clients, each with what waits. The safety flags that are open come first."""
    everybody = [client.client_id for client in clients]
    later = await at_this_hour(views, practice_id, clients, now=now)
    hidden = await not_shown(views, practice_id, everybody)
    view = caseload.projection.name
    for client in clients:
        lines = hidden[client.client_id]
        if client.version == NO_ROW and all(line.view != view for line in lines):
            lines.append(Attention(kind="not_shown", view=view))
    return [
        msgspec.structs.replace(
            client,
            attention=(
                *flags_of(flags, client.client_id),
                *hidden[client.client_id],
                *client.attention,
                *later[client.client_id],
            ),
        )
        for client in clients
    ]


def flags_of(flags: PracticeFlags, client_id: UUID) -> list[Attention]:
    """A client's open flags, in the order in which they were raised."""
    rows = sorted(flags.pages.get(client_id, {}).values(), key=lambda row: row.raised_position)
    return [
        Attention(kind="safety_flag", flag_id=row.flag_id, since_at=row.raised_at) for row in rows
    ]


async def not_shown(
    views: Asks, practice_id: UUID, clients: Sequence[UUID]
) -> defaultdict[UUID, list[Attention]]:
    """A line for each view that can not show something recorded for a client."""
    waiting: defaultdict[UUID, list[Attention]] = defaultdict(list)
    for row in await views.found(READ_NOT_SHOWN, practice_id, clients, VIEW_NAMES):
        line = Attention(
            kind="not_shown",
            view=row["view"],
            since_at=row["since_at"],
            numbers={"events": float(row["events"])},
        )
        waiting[row["client_id"]].append(line)
    return waiting


async def at_this_hour(
    views: Asks, practice_id: UUID, clients: Sequence[ClientSummary], *, now: datetime
) -> defaultdict[UUID, list[Attention]]:
    """The goals to look at, and what is not on track."""
    waiting: defaultdict[UUID, list[Attention]] = defaultdict(list)
    asked = [client.client_id for client in clients if client.goals]
    if asked:
        for risk in await views.found(READ_RISKS, practice_id, asked, now):
            found = Attention(kind=risk["kind"], goal_id=risk["goal_id"])
            waiting[risk["client_id"]].append(found)
    everybody = [client.client_id for client in clients]
    for row in await views.rows(
        tracking_fold.projection, READ_TRACKING, practice_id, everybody, now
    ):
        waiting[row.client_id] += [waits(notice) for notice in holding(row, now)]
    return waiting


def waits(notice: Notice) -> Attention:
    """What is not on track, as one of the things that wait for the clinician."""
    return Attention(
        kind=notice.kind,
        goal_id=notice.goal_id,
        instrument=notice.instrument,
        since_at=notice.since_at,
        numbers=notice.numbers,
    )


async def unlisted(
    views: Asks,
    practice_id: UUID,
    *,
    after: UUID | None = None,
    client_id: UUID | None = None,
    flagged: Collection[UUID],
    limit: int,
) -> list[ClientSummary]:
    """Clients of whom the caseload has no row: they are there, and nameless.

    `flagged` are those of whom a safety flag is open.
    """
    asked = practice_id, after, client_id, limit, list(flagged)
    rows = await views.found(READ_UNLISTED, *asked)
    return await nameless(views, practice_id, [row["client_id"] for row in rows])


async def nameless(views: Asks, practice_id: UUID, clients: Sequence[UUID]) -> list[ClientSummary]:
    """A row for each of these clients, of whom the view has none that can be read."""
    if not clients:
        return []
    return [
        ClientSummary(
            client_id=row["client_id"],
            display_name=NAMELESS,
            zone="UTC",
            language="en",
            stage="enrolled",
            enrolled_at=row["occurred_at"],
            version=NO_ROW,
        )
        for row in await views.found(READ_FIRST_SEEN, practice_id, clients)
    ]
