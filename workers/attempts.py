"""Attempts to deliver, and what came of them: noted all together, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from events.postgres import Connection
from workers.circuit import after_failure, after_success
from workers.leases import Lease, hold
from workers.outbox import Standing, Subject, columns_of, keep_circuit
from workers.posting import Answered
from workers.retrying import delay_after, spread
from workers.sql import statement

SETTLE = statement("settle_deliveries")
ADD_ATTEMPTS = statement("add_attempts")
CALL_UP_NEXT = statement("call_up_next")
# Nothing of the event has left this machine then.
NOT_SENT: Final = frozenset({"unreachable", "untrusted", "address_refused"})

change = msgspec.structs.replace


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt: the row that it is for, the message, and whether it has what is in the event.

    `decided` is how much people had decided about the subscription when it began.
    """

    message_id: str
    body: bytes
    decided: int
    number: int
    order_key: UUID
    attempt: int
    tries: int
    full: bool


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an attempt, which began at `at`."""

    sending: Sending
    at: datetime
    answered: Answered


async def note_attempts(
    connection: Connection, lease: Lease, came: Sequence[Came], *, now: datetime
) -> Standing:
    """Settle the rows, call up the next of each key, keep the attempts and the circuit breaker.

    To be called in a transaction; answers how the subscription stands then. Raises LeaseLost.
    """
    held, subject = await hold(connection, lease), lease.subject
    standing = after_attempts(held, came, now=now)
    settled = [settlement(subject, one, now=now) for one in came]
    await connection.execute(SETTLE, *subject, now, *columns_of(settled, 4))
    keys = [
        one.sending.order_key
        for one, (*_, stage, _) in zip(came, settled, strict=True)
        if stage != "waiting"
    ]
    await connection.execute(CALL_UP_NEXT, *subject, keys, now)
    noted = [attempt_row(one) for one in came]
    await connection.execute(ADD_ATTEMPTS, *subject, *columns_of(noted, 7))
    await keep_circuit(connection, subject, standing)
    return standing


def after_attempts(standing: Standing, came: Sequence[Came], *, now: datetime) -> Standing:
    """The circuit breaker after some more attempts."""
    for one in came:
        if one.answered.outcome == "delivered":
            standing = change(
                standing, circuit=after_success(standing.circuit), last_success_at=now
            )
        else:
            standing = change(standing, circuit=after_failure(standing.circuit, now))
    return standing


Settlement = tuple[int, int, str, datetime | None]
"""A row's number, which attempt it was, the stage it is in now, and when it is tried again."""


def settlement(subject: Subject, came: Came, *, now: datetime) -> Settlement:
    """What became of a row by an attempt."""
    number, attempt, tries = came.sending.number, came.sending.attempt, came.sending.tries
    if came.answered.outcome == "delivered":
        return number, attempt, "delivered", None
    delay = delay_after(
        tries,
        place=spread(subject[1], number, tries),
        retry_after_seconds=came.answered.retry_after_seconds,
    )
    if delay is None:
        return number, attempt, "dead", None
    return number, attempt, "waiting", now + delay


def attempt_row(came: Came) -> tuple[Any, ...]:
    return (
        came.sending.number,
        came.sending.attempt,
        came.at,
        came.answered.outcome,
        came.answered.status,
        round(1000 * came.answered.seconds),
        came.sending.full and came.answered.outcome not in NOT_SENT,
    )
