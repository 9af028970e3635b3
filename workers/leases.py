"""Leases: who serves which subscription, and the number that each write of the holder names.

A worker holds its leases by an advisory lock that one session of the database keeps, and says
something on that session several times within the length of a lease. Postgres ends a session that
is silent for longer: so the leases of a process that was killed, stopped or cut off are free again,
by the clock of the database alone. Each taking raises the number of the lease. What a holder writes
is written while the row still names that holder and that number, and else not at all.
"""

import time
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from events.append_queue import Refused, SealedAppend
from events.group_commit import refusal_of
from events.postgres import Connection
from events.record import Receipt
from workers.outbox import Standing, Subject, standing_of
from workers.sql import statement

BEGIN_LEASES = statement("begin_leases")
TAKE_FREE = statement("take_free")
RELEASE_LEASE = statement("release_lease")
HOLD_STANDING = statement("hold_standing")
APPEND_UNDER_LEASE = statement("append_under_lease")

LEASE_SECONDS: Final = 15
# Of the length of a lease: how often the holder says something, and how long it waits for an answer
# before it gives up everything that it serves.
LOOK_SHARE: Final = 1 / 4
ANSWER_SHARE: Final = 1 / 2
LONGEST_LOOK_SECONDS: Final = 1.0
LONGEST_ANSWER_SECONDS: Final = 10.0
# It goes on while the machine sleeps, where the system has such a clock.
CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):
    """Another process has taken this subscription: nothing was written, and nothing may be sent."""


class Holder:
    """This process as the holder of leases: see `Holder.begin`.

    `key` is that of the advisory lock, `seconds` the length of a lease.
    """

    def __init__(self, connection: asyncpg.Connection, key: int, seconds: float) -> None:
        self.key = key
        self.seconds = seconds
        self._connection = connection
        self._recent_until = 0.0

    @classmethod
    async def begin(cls, connection: asyncpg.Connection, seconds: float) -> "Holder":
        """Hold leases of so many seconds by a connection, which is for nothing else."""
        asked_at = time.clock_gettime(CLOCK)
        key: int = await connection.fetchval(
            BEGIN_LEASES, in_milliseconds(seconds), timeout=answer_seconds(seconds)
        )
        holder = cls(connection, key, seconds)
        holder._recent_until = asked_at + seconds
        return holder

    @property
    def look_seconds(self) -> float:
        """How often the holder has to say something."""
        return min(LONGEST_LOOK_SECONDS, LOOK_SHARE * self.seconds)

    @property
    def is_recent(self) -> bool:
        """Whether the last answer of the database is younger than a lease is long.

        A clock of this machine measures that length; no two clocks are compared.
        """
        return time.clock_gettime(CLOCK) < self._recent_until

    @property
    def is_sure(self) -> bool:
        """Whether nobody can have taken a lease of this holder."""
        return self.is_recent and not self._connection.is_closed()

    async def take(self, *, aside: Collection[Subject], most: int) -> "list[Lease]":
        """Take the leases of at most so many subscriptions that nobody serves, but those aside.

        Where it raises, leases may have been taken that nobody knows of: end the connection.
        """
        asked_at = time.clock_gettime(CLOCK)
        rows = await self._connection.fetch(
            TAKE_FREE,
            self.key,
            [practice_id for practice_id, _ in aside],
            [subscription_id for _, subscription_id in aside],
            max(0, most),
            timeout=answer_seconds(self.seconds),
        )
        self._recent_until = asked_at + self.seconds
        return [
            Lease(
                subject=(row["practice_id"], row["subscription_id"]),
                number=row["lease_number"],
                holder=self,
            )
            for row in rows
        ]

    async def end(self) -> None:
        """Let others take every lease at once. The connection is closed."""
        await self._connection.close(timeout=answer_seconds(self.seconds))

    async def release(self, lease: "Lease") -> None:
        """Let others take it at once; one that is lost is left alone."""
        await self._connection.execute(
            RELEASE_LEASE, *lease.key, timeout=answer_seconds(self.seconds)
        )


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to serve one subscription, for as long as nobody else has taken it."""

    subject: Subject
    number: int
    holder: Holder

    @property
    def key(self) -> tuple[UUID, UUID, int, int]:
        """What a statement compares: practice, subscription, holder and number."""
        return *self.subject, self.holder.key, self.number

    @property
    def is_sure(self) -> bool:
        """Whether nobody can have taken it."""
        return self.holder.is_sure

    def require(self) -> None:
        """Asked before anything is sent. Raises LeaseLost where somebody may have taken it."""
        if not self.is_sure:
            raise LeaseLost


async def hold(connection: Connection, lease: Lease) -> Standing:
    """How a subscription stands; to the end of the transaction nobody else can take the lease.

    To be called first in every transaction that writes. Raises LeaseLost.
    """
    row = await connection.fetchrow(
        HOLD_STANDING, *lease.key, in_milliseconds(lease.holder.seconds)
    )
    if row is None:
        raise LeaseLost
    return standing_of(row)


async def commit_under(pool: asyncpg.Pool, lease: Lease, append: SealedAppend) -> Receipt:
    """Append one event in the statement that looks at the lease.

    Raises LeaseLost, and Refused and FloorAhead as GroupCommit.commit does.
    """
    [(_, *event)] = append.rows
    try:
        row = await pool.fetchrow(APPEND_UNDER_LEASE, *lease.key, *event)
    except asyncpg.PostgresError as error:
        if (refusal := refusal_of(error)) is error:
            raise
        raise refusal from error
    if row is None:
        raise LeaseLost
    position: Any = row["position"]
    if position is None:
        raise Refused
    return Receipt(position=position, version=append.version)


def answer_seconds(seconds: float) -> float:
    """How long a holder of leases of so many seconds waits for an answer of the database.

    >>> answer_seconds(15), answer_seconds(60)
    (7.5, 10.0)
    """
    return min(LONGEST_ANSWER_SECONDS, ANSWER_SHARE * seconds)


def in_milliseconds(seconds: float) -> str:
    """As a setting of Postgres.

    >>> in_milliseconds(1.5)
    '1500'
    """
    return str(round(1000 * seconds))
