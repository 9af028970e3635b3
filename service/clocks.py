"""Which time a process goes by: its machine's, held beside the database's.

A clock that is wrong is noticed where two clocks are more than two minutes apart. What is recorded
is then dated by the log's own rule (events.two_clocks); what a process takes for now follows the
same rule, so that a wrong machine neither dates an entry nor finds a deadline passed.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog

from events.two_clocks import TOLERANCE, are_apart

LOOK_EVERY_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 2.0
SAY_EVERY_SECONDS: Final = 60.0
# The last event of any practice, unless a wrong clock has dated it ahead of both.
LOOK: Final = """
SELECT
  clock_timestamp() AS database_now,
  (
    SELECT max(h.recorded_at)
    FROM practice_log h
    WHERE h.recorded_at <= greatest(clock_timestamp(), $1) + interval '2 minutes'
      AND h.recorded_at > '-infinity'
  ) AS floor
"""
log = structlog.get_logger("cairn.clocks")


class Clocks:
    """Believes the machine's clock as long as the database's says about the same.

    `wall` is the machine's clock, `monotonic` counts its seconds, whatever the clock is set to. A
    clock that somebody has set (`set_by`) is gone by as it is.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        set_by: Callable[[], datetime] | None = None,
    ) -> None:
        self.wall = wall
        self._set_by = set_by
        self._monotonic = monotonic
        self._floor: datetime | None = None
        self._believed_at = wall()
        self._counted_at = monotonic()
        self._said_at: float | None = None
        self.difference = timedelta()

    def now(self) -> datetime:
        """The machine's time, unless the machine's clock is not to be believed."""
        if self._set_by is not None:
            return self._set_by()
        own, counted = self.wall(), self._counted()
        return counted if are_apart(own, counted) else own

    def _counted(self) -> datetime:
        """The time that was believed last, and the seconds that have gone by since."""
        return self._believed_at + timedelta(seconds=self._monotonic() - self._counted_at)

    def note(self, database: datetime, own: datetime) -> None:
        """What both clocks say at one moment. `difference` is how far the machine's is ahead."""
        self.difference = own - database
        believed = own
        if are_apart(database, own):
            earlier, later = sorted((database, own))
            is_behind = self._floor is not None and self._floor - earlier > TOLERANCE
            believed = later if is_behind else earlier
            self._say()
        else:
            self._floor = max(filter(None, (self._floor, min(database, own))), default=None)
        self._believed_at, self._counted_at = believed, self._monotonic()

    def _say(self) -> None:
        now = self._monotonic()
        if self._said_at is None or now - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = now
            log.error("clocks_apart", seconds=round(self.difference.total_seconds()))

    def seconds_ahead(self) -> float:
        """How far the machine's clock is ahead of the database's."""
        return self.difference.total_seconds()

    async def look(self, pool: asyncpg.Pool) -> None:
        """Ask the database. Raises what asyncpg raises where it can not be asked."""
        own = self.wall()
        row = await pool.fetchrow(LOOK, own, timeout=LOOK_SECONDS)
        assert row is not None  # noqa: S101 - for the type checker: a SELECT without FROM
        self._floor = row["floor"]
        self.note(row["database_now"], own)

    async def run(self, pool: asyncpg.Pool) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.look(pool)
