"""Looking through the log for what a subscription tells, and numbering it.

Only whoever holds the lease of a subscription plans for it (see workers/leases.py), batch by batch,
each in one transaction with how far it has come: nothing is left out and nothing comes twice.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events.catalogue import types as all_types
from events.ids import DerivedIds
from events.keyring import Keyring
from events.postgres import HEAD, Connection
from events.record import Recorded
from events.store import EventStore, Read, read_state
from events.subscription import (
    Subscription,
    SubscriptionCreated,
    SubscriptionDeadLettersReplayed,
    SubscriptionReplayed,
    SubscriptionResumed,
    SubscriptionTested,
)
from events.subscription_decisions import SUBSCRIPTION
from projections.newer_release import until_newer
from workers.circuit import Circuit
from workers.goal_of_event import GoalsOfEvents
from workers.leases import Lease, hold
from workers.outbox import (
    Standing,
    Subject,
    columns_of,
    keep_circuit,
    keep_plan,
    read_standing,
)
from workers.sql import statement

READ_LAST_TOLD = statement("read_last_told")
READ_SELECTED = statement("read_selected")
READ_WAITING_KEYS = statement("read_waiting_keys")
ADD_DELIVERIES = statement("add_deliveries")
REQUEUE_AFTER = statement("requeue_after")
REQUEUE_DEAD = statement("requeue_dead")
HOLD_BACK = statement("hold_back")
LINE_UP = statement("line_up")
ANALYZE = statement("analyze_deliveries")
MAKE_DUE = statement("make_due")

# How far one batch looks, and how many events it takes at most.
SPAN_POSITIONS: Final = 20_000
BATCH_EVENTS: Final = 1_000
# All that was ever told may be put back into the row at once.
REQUEUE_SECONDS: Final = 600.0
TESTED: Final = str(SubscriptionTested.__struct_config__.tag)

log = structlog.get_logger()
change = msgspec.structs.replace


class PlanningSite(Protocol):
    """What planning works with."""

    @property
    def pool(self) -> asyncpg.Pool: ...

    @property
    def keyring(self) -> Keyring: ...

    @property
    def store(self) -> EventStore: ...


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as people have left it, how far it has come, and whether there is more."""

    subscription: Subscription
    standing: Standing
    more: bool


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is told, what it is kept in order by, and the goal it is about."""

    position: int
    order_key: UUID
    goal_id: UUID | None


async def read_subscription(store: EventStore, subject: Subject) -> Read:
    """A subscription as the log has it."""
    practice_id, subscription_id = subject
    stream = SUBSCRIPTION.stream(practice_id, subscription_id)
    return await read_state(store, SUBSCRIPTION, stream)


async def plan(
    cairn: PlanningSite, lease: Lease, *, goals: GoalsOfEvents, now: datetime
) -> Planned:
    """Apply what people have decided since, and plan one batch. Raises LeaseLost."""
    subject = lease.subject
    # The head first: what people decide after this lies beyond it, and is not taken for planned.
    head: int = await cairn.pool.fetchval(HEAD, subject[0]) or 0
    read = await read_subscription(cairn.store, subject)
    decided: Subscription = read.state
    standing = await read_standing(cairn.pool, subject)
    if (standing.version, standing.stage) != (read.version, decided.stage):
        standing = await catch_up(cairn.pool, lease, read, now=now)
    if standing.planned > head:
        standing = await set_back(cairn.pool, lease, decided)
    more = False
    if decided.is_live:
        standing, more = await batch(cairn, lease, decided, standing, goals, head=head, now=now)
    return Planned(subscription=decided, standing=standing, more=more)


async def catch_up(pool: asyncpg.Pool, lease: Lease, read: Read, *, now: datetime) -> Standing:
    """Apply what people have decided since."""
    subject = lease.subject
    async with pool.acquire() as connection, connection.transaction():
        standing = await hold(connection, lease)
        for recorded in read.past[standing.version :]:
            standing = await apply(connection, subject, standing, recorded, now=now)
        standing = change(standing, stage=read.state.stage)
        await keep_plan(connection, subject, standing)
    return standing


async def set_back(pool: asyncpg.Pool, lease: Lease, decided: Subscription) -> Standing:
    """Set `planned` back to the last event that was told, where it lies ahead of the log.

    Else nothing would be told until the log is as long, and what comes until then would be left
    out. Where an event was told that the log does not have (any more), nothing is changed: `cairn
    doctor` names such a subscription.
    """
    async with pool.acquire() as connection, connection.transaction():
        standing = await hold(connection, lease)
        row = await connection.fetchrow(READ_LAST_TOLD, *lease.subject)
        told = max(row["last_told"] or 0, decided.after) if row is not None else standing.planned
        if row is None or standing.planned <= row["head"] or told > row["head"]:
            return standing
        log.error(
            "subscription_ahead_of_log",
            practice_id=lease.subject[0],
            subject_id=lease.subject[1],
            position=standing.planned,
            expected=row["head"],
        )
        standing = change(standing, planned=told)
        await keep_plan(connection, lease.subject, standing)
    return standing


async def apply(
    connection: Connection,
    subject: Subject,
    standing: Standing,
    recorded: Recorded,
    *,
    now: datetime,
) -> Standing:
    """What a decision about a subscription changes in what is to be told, and when."""
    standing = change(standing, version=recorded.version)
    match recorded.event:
        case SubscriptionCreated():
            return change(standing, planned=recorded.event.after)
        case SubscriptionReplayed():
            again = recorded.event.after
            await connection.execute(REQUEUE_AFTER, *subject, again, timeout=REQUEUE_SECONDS)
            await line_up(connection, subject, now=now)
        case SubscriptionDeadLettersReplayed():
            named = list(recorded.event.numbers)
            await connection.execute(REQUEUE_DEAD, *subject, named, timeout=REQUEUE_SECONDS)
            await line_up(connection, subject, now=now)
        case SubscriptionResumed():
            standing = change(standing, circuit=Circuit())
            await keep_circuit(connection, subject, standing)
            await connection.execute(MAKE_DUE, *subject, now, timeout=REQUEUE_SECONDS)
        case _:
            pass  # What it changes is read from the subscription itself.
    return standing


async def line_up(connection: Connection, subject: Subject, *, now: datetime) -> None:
    """Of what waits, the first of each key is due and nothing else."""
    await connection.execute(HOLD_BACK, *subject, timeout=REQUEUE_SECONDS)
    await connection.execute(LINE_UP, *subject, now, timeout=REQUEUE_SECONDS)


async def batch(
    cairn: PlanningSite,
    lease: Lease,
    decided: Subscription,
    standing: Standing,
    goals: GoalsOfEvents,
    *,
    head: int,
    now: datetime,
) -> tuple[Standing, bool]:
    """Number what is told of the next stretch up to the head; whether there is more to look at.

    Whatever has to be looked up is, before a connection is held for writing: each of the others
    might hold one, and wait for a second.
    """
    pool, subject = cairn.pool, lease.subject
    practice_id, subscription_id = subject
    until = min(head, standing.planned + SPAN_POSITIONS)
    if until <= standing.planned:
        return standing, False
    types = [one for one in all_types() if decided.takes_type(one)]
    rows = await pool.fetch(
        READ_SELECTED, practice_id, standing.planned, until, types, subscription_id, TESTED,
        BATCH_EVENTS, list(all_types()),
    )  # fmt: skip
    known, newer = await until_newer(pool, cairn.keyring, practice_id, rows, all_types())
    if newer is not None:  # A newer worker knows whether it is told.
        head = until = newer - 1
    elif len(rows) == BATCH_EVENTS:
        until = rows[-1]["position"]
    ids = await goals.ids(practice_id)
    chosen = choose(subject, decided, known, await goals.among(practice_id, known), ids)
    async with pool.acquire() as connection, connection.transaction():
        held = await hold(connection, lease)
        if (held.planned, held.version) != (standing.planned, standing.version):
            return held, True  # Somebody has changed it by hand: look again.
        await add(connection, subject, decided, chosen, after=held.last_number, now=now)
        held = change(held, planned=until, last_number=held.last_number + len(chosen))
        await keep_plan(connection, subject, held)
    if len(chosen) == BATCH_EVENTS and has_doubled(held.last_number, by=len(chosen)):
        await pool.execute(ANALYZE)
    return held, until < head


def has_doubled(number: int, *, by: int) -> bool:
    """Whether a power of two was passed: often enough for the planner, and seldom.

    >>> has_doubled(5_000, by=1_000), has_doubled(6_000, by=1_000)
    (True, False)
    """
    return number.bit_length() > (number - by).bit_length()


def choose(
    subject: Subject,
    decided: Subscription,
    rows: Sequence[asyncpg.Record],
    goals: Sequence[UUID | None],
    ids: DerivedIds,
) -> list[Chosen]:
    """Those of the rows that are told."""
    _, subscription_id = subject
    return [
        Chosen(
            position=row["position"],
            order_key=order_key(row, goal_id, ids),
            goal_id=goal_id,
        )
        for row, goal_id in zip(rows, goals, strict=True)
        if (row["type"] == TESTED and row["stream_id"] == subscription_id)
        or decided.selection.takes_subject(client_id=row["client_id"], goal_id=goal_id)
    ]


def order_key(row: asyncpg.Record, goal_id: UUID | None, ids: DerivedIds) -> UUID:
    """What an event is kept in order by: a goal, else a client, else what it happened to.

    A test is kept in order by nothing: whether one arrives does not hang on the one before. Its key
    is told to the receiver, so the key is not made of the position, which could be tried out.
    """
    if row["type"] == TESTED:
        return ids.of("order_of_test", row["stream_id"], row["version"])
    found: UUID = goal_id or row["client_id"] or row["stream_id"]
    return found


async def add(
    connection: Connection,
    subject: Subject,
    decided: Subscription,
    chosen: Sequence[Chosen],
    *,
    after: int,
    now: datetime,
) -> None:
    """Number them; of those that wait, the first of each key may be sent."""
    if not chosen:
        return
    waits = decided.url is not None
    keys = {one.order_key for one in chosen}
    rows = await connection.fetch(READ_WAITING_KEYS, *subject, list(keys)) if waits else []
    taken = {row["order_key"] for row in rows}
    added = []
    for number, one in enumerate(chosen, start=after + 1):
        is_first = waits and one.order_key not in taken
        taken.add(one.order_key)
        added.append((number, one.position, one.order_key, one.goal_id, now if is_first else None))
    await connection.execute(
        ADD_DELIVERIES, *subject, "waiting" if waits else "kept", *columns_of(added, 5)
    )
