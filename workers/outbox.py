"""What is remembered of subscriptions beside the log: what is to be told, and what came of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from events.postgres import HEAD, Connection
from projections.feed_page import FeedEvent
from projections.told_event import NumberedEvent, link_to
from workers.circuit import Circuit
from workers.sql import statement

FIND_SUBSCRIPTIONS = statement("find_subscriptions")
READ_STANDING = statement("read_standing")
READ_NUMBERED = statement("read_numbered")
READ_DELIVERIES = statement("read_deliveries")
READ_ATTEMPTS = statement("read_attempts")
COUNT_DELIVERIES = statement("count_deliveries")
COUNT_SUBSCRIPTIONS = statement("count_subscriptions")
COUNT_ALL_DELIVERIES = statement("count_all_deliveries")
COUNT_DISABLED = statement("count_disabled")
READ_RECORDED_AT = statement("read_recorded_at")
CORRECTED_BEFORE = statement("read_corrected_before")
FIND_NUMBER = statement("find_number")
FIND_NUMBER_UP_TO = statement("find_number_up_to")
IS_SERVED = statement("is_served")
READ_BEHIND = statement("read_behind")
COUNT_BEHIND = statement("count_behind")
KEEP_PLAN = statement("keep_plan")
KEEP_CIRCUIT = statement("keep_circuit")
SUBSCRIPTIONS_LIMIT: Final = 10_000
ATTEMPTS_LIMIT: Final = 200

DeliveryStage = Literal["kept", "waiting", "delivered", "dead"]
Subject = tuple[UUID, UUID]
"""A practice and one of its subscriptions."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a subscription has come: see the table's comment.

    What is numbered up to `last_number_at_upgrade` goes out under ids that tell positions.
    """

    stage: str = "active"
    version: int = 0
    planned: int = 0
    last_number: int = 0
    circuit: Circuit = Circuit()
    last_success_at: datetime | None = None
    last_number_at_upgrade: int = 0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a subscription tells, and what came of the last attempt to deliver it."""

    number: int
    position: int
    type: str
    client_id: UUID | None
    goal_id: UUID | None
    stream_id: UUID
    stage: DeliveryStage
    attempts: int
    due_at: datetime | None
    settled_at: datetime | None
    last_at: datetime | None
    last_outcome: str | None
    last_status: int | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`disclosed` where what is in the event was sent, which is on record for that."""

    attempt: int
    at: datetime
    outcome: str
    status: int | None
    milliseconds: int
    disclosed: bool


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries wait and are dead; everything before `first_waiting` is settled."""

    waiting: int
    dead: int
    first_waiting: int | None


def standing_of(row: asyncpg.Record | None) -> Standing:
    """As it is before anything was done for a subscription where there is no row yet."""
    if row is None:
        return Standing()
    return Standing(
        stage=row["stage"],
        version=row["version"],
        planned=row["planned"],
        last_number=row["last_number"],
        circuit=Circuit(
            failures=row["failures"],
            failing_since=row["failing_since"],
            open_until=row["open_until"],
            open_for_seconds=row["open_for_seconds"],
        ),
        last_success_at=row["last_success_at"],
        last_number_at_upgrade=row["last_number_at_upgrade"],
    )


async def keep_plan(connection: Connection, subject: Subject, standing: Standing) -> None:
    await connection.execute(
        KEEP_PLAN, *subject, standing.stage, standing.version, standing.planned,
        standing.last_number,
    )  # fmt: skip


async def keep_circuit(connection: Connection, subject: Subject, standing: Standing) -> None:
    circuit = standing.circuit
    await connection.execute(
        KEEP_CIRCUIT, *subject, circuit.failures, circuit.failing_since, circuit.open_until,
        circuit.open_for_seconds, standing.last_success_at,
    )  # fmt: skip


async def subscriptions_of(pool: asyncpg.Pool, practice_id: UUID) -> list[UUID]:
    """Every subscription a practice ever had, the oldest first."""
    rows = await pool.fetch(FIND_SUBSCRIPTIONS, practice_id, SUBSCRIPTIONS_LIMIT)
    return [row["subscription_id"] for row in rows]


async def read_standing(pool: asyncpg.Pool, subject: Subject) -> Standing:
    return standing_of(await pool.fetchrow(READ_STANDING, *subject))


async def read_progress(pool: asyncpg.Pool, subject: Subject) -> tuple[Standing, Tally]:
    """Both as of one moment."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        standing = await connection.fetchrow(READ_STANDING, *subject)
        tally = await connection.fetchrow(COUNT_DELIVERIES, *subject)
    assert tally is not None  # noqa: S101 - for the type checker: it counts
    return standing_of(standing), Tally(**tally)


class StageLag(msgspec.Struct, frozen=True, kw_only=True):
    """Of the subscriptions of one stage: how many no worker serves, and how far they are behind.

    `behind` counts the events of the log that no worker has looked at for a subscription, over all
    of them; the oldest has waited for `behind_seconds`.
    """

    unserved: int = 0
    behind: int = 0
    behind_seconds: float = 0.0


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Subscriptions by stage, and deliveries that wait or were given up, over all practices."""

    active: int
    paused: int
    disabled: int
    waiting: int
    dead: int
    lags: dict[str, StageLag]


async def read_overview(pool: asyncpg.Pool) -> Overview:
    subscriptions = await pool.fetchrow(COUNT_SUBSCRIPTIONS)
    deliveries = await pool.fetchrow(COUNT_ALL_DELIVERIES)
    assert subscriptions is not None and deliveries is not None  # noqa: S101, PT018 - both count
    lags = {
        row["stage"]: StageLag(
            unserved=row["unserved"], behind=row["behind"], behind_seconds=row["behind_seconds"]
        )
        for row in await pool.fetch(COUNT_BEHIND)
    }
    return Overview(**subscriptions, **deliveries, lags=lags)


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """How many events of the log were not looked at yet, and when the first was recorded."""

    events: int
    since: datetime | None


async def read_behind(pool: asyncpg.Pool, practice_id: UUID, planned: int) -> Behind:
    """What the log of a practice has beyond the position up to which it was looked through."""
    row = await pool.fetchrow(READ_BEHIND, practice_id, planned)
    return Behind(events=0, since=None) if row is None else Behind(**row)


async def count_disabled(pool: asyncpg.Pool, practice_id: UUID) -> int:
    """How many of a practice's subscriptions a worker has stopped."""
    found: int = await pool.fetchval(COUNT_DISABLED, practice_id)
    return found


async def read_deliveries(
    pool: asyncpg.Pool,
    subject: Subject,
    *,
    stage: DeliveryStage | None,
    before: int | None,
    limit: int,
) -> list[Delivery]:
    """The newest first, those before a number."""
    rows = await pool.fetch(READ_DELIVERIES, *subject, stage, before, limit)
    return [Delivery(**row) for row in rows]


async def read_delivery_of(pool: asyncpg.Pool, subject: Subject, position: int) -> Delivery | None:
    """The delivery of the event at a position; None where it is not told, or not planned yet."""
    number: int | None = await pool.fetchval(FIND_NUMBER, *subject, position)
    if number is None:
        return None
    [found] = await read_deliveries(pool, subject, stage=None, before=number + 1, limit=1)
    return found


async def number_up_to(pool: asyncpg.Pool, subject: Subject, position: int) -> int:
    """How many events a subscription has numbered up to a position of the log."""
    found: int = await pool.fetchval(FIND_NUMBER_UP_TO, *subject, position)
    return found


async def is_served(pool: asyncpg.Pool, subject: Subject) -> bool:
    """Whether a worker holds the lease of a subscription at this moment."""
    return bool(await pool.fetchval(IS_SERVED, *subject))


async def read_attempts(pool: asyncpg.Pool, subject: Subject, number: int) -> list[Attempt]:
    """The latest attempts to deliver an event, the first of them first."""
    rows = await pool.fetch(READ_ATTEMPTS, *subject, number, ATTEMPTS_LIMIT)
    return [Attempt(**row) for row in rows[::-1]]


async def read_numbered(
    pool: asyncpg.Pool, subject: Subject, *, after: int, limit: int
) -> list[NumberedEvent]:
    """What a subscription tells after a number, without what is in it."""
    rows = await pool.fetch(READ_NUMBERED, *subject, after, limit)
    return [numbered(row) for row in rows]


FEED_FIELDS: Final = FeedEvent.__struct_fields__


def numbered(row: asyncpg.Record) -> NumberedEvent:
    event = FeedEvent(**{name: row[name] for name in FEED_FIELDS})
    return NumberedEvent(
        **msgspec.structs.asdict(event),
        link=link_to(event),
        number=row["number"],
        goal_id=row["goal_id"],
    )


async def position_before(pool: asyncpg.Pool, practice_id: UUID, at: datetime) -> int:
    """The last position that was recorded before an instant: 0 where there is none.

    The log's clock goes back within a practice only where a wrong one was corrected: what had been
    dated by the wrong one was recorded before the correction. So halving finds it: a log of a
    billion events is asked thirty times.
    """
    low = await pool.fetchval(CORRECTED_BEFORE, practice_id, at) or 0
    high = await pool.fetchval(HEAD, practice_id) or 0
    while low < high:
        middle = (low + high + 1) // 2
        recorded_at: datetime = await pool.fetchval(READ_RECORDED_AT, practice_id, middle)
        if recorded_at < at:
            low = middle
        else:
            high = middle - 1
    return low


def columns_of(rows: Sequence[Collection[object]], width: int) -> list[list[object]]:
    """Rows as columns, for unnest; so many empty ones where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width
