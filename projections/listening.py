"""Hearing that the log has grown: a connection that listens, and is made again when it is lost."""

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import structlog

from events.database_faults import is_outage
from events.group_commit import Connect

CHANNEL: Final = "cairn_log"
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 5.0

log = structlog.get_logger()

# Told which practice's log has grown; None where it may be any: several have, or nothing was heard
# for a while.
Heard = Callable[[UUID | None], None]


async def listen(connect: Connect, heard: Heard, *, event: str) -> None:
    """Listen for ever, however often the connection is lost; `event` names that in the log.

    What is heard is a hint: a notification may be lost, and the log itself knows.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            connection = await connect()
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                await connection.add_listener(CHANNEL, lambda *told: heard(practice_in(told)))
                heard(None)
                pause = FIRST_PAUSE_SECONDS
                await lost.wait()
            finally:
                connection.terminate()
        except Exception as error:
            if not is_outage(error):
                raise
            pause = await rest(pause, event, error)


def practice_in(notification: tuple[Any, ...]) -> UUID | None:
    """The payload is a practice, or nothing where several practices' logs have grown."""
    try:
        return UUID(notification[-1])
    except ValueError:
        return None


async def rest(pause: float, event: str, error: Exception) -> float:
    """Sleep `pause` seconds and answer the next, longer pause."""
    log.warning(event, type=type(error).__name__, seconds=pause)
    await asyncio.sleep(pause)
    return min(2 * pause, LONGEST_PAUSE_SECONDS)
