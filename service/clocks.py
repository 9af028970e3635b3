"""Which time a process goes by: its machine's, held beside the database's.

A clock that is wrong is noticed where two clocks are more than two minutes apart. What a process
takes for now then follows the log's own rule (events.two_clocks), so that a wrong machine neither
dates an entry nor finds a deadline passed. The log asks when the last event of *its* practice was
recorded. A process serves all practices, so it asks for the newest event of any: a practice that
was idle for a month is no reason to believe a clock that is a month behind.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import msgspec
import structlog

from events.sql import statement
from events.two_clocks import TOLERANCE, are_apart, recording_time

LOOK_EVERY_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 2.0
SAY_EVERY_SECONDS: Final = 60.0
LOOK: Final = statement("look_at_clocks")
# Where there is no event yet and the clocks have never agreed.
NO_FLOOR: Final = datetime.min.replace(tzinfo=UTC)
log = structlog.get_logger("cairn.clocks")


def seconds_since_boot() -> float:
    """Seconds that are counted whatever the clock is set to; also asleep, where the system can.

    time.monotonic() stands still while a machine is suspended (Linux: clock_gettime(2)).
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A moment, and what the seconds were counted to be then."""

    moment: datetime
    seconds: float

    def at(self, seconds: float) -> datetime:
        """The moment when the seconds are counted to be so many."""
        return self.moment + timedelta(seconds=seconds - self.seconds)


class Clocks:
    """Believes the machine's clock as long as the database's says about the same.

    `wall` is the machine's clock, `monotonic` counts its seconds, whatever the clock is set to. A
    clock that somebody has set (`set_by`) is gone by as it is.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = seconds_since_boot,
        set_by: Callable[[], datetime] | None = None,
    ) -> None:
        self.wall = wall
        self._set_by = set_by
        self._monotonic = monotonic
        # The newest event of any practice, and the last moment at which both clocks agreed.
        self._newest: datetime | None = None
        self._agreed: Counted | None = None
        self._believed = Counted(moment=wall(), seconds=monotonic())
        self._said_at: float | None = None
        self.difference = timedelta()

    def now(self) -> datetime:
        """The machine's time, unless the machine's clock is not to be believed."""
        if self._set_by is not None:
            return self._set_by()
        own, counted = self.wall(), self._believed.at(self._monotonic())
        return counted if are_apart(own, counted) else own

    def note(self, database: datetime, own: datetime) -> None:
        """What both clocks say at one moment. `difference` is how far the machine's is ahead."""
        self.difference = own - database
        seconds = self._monotonic()
        floor = self._floor(max(database, own), seconds)
        dated = recording_time(floor, database=database, caller=own)
        if dated.doubted:
            self._believed = Counted(moment=dated.recorded_at, seconds=seconds)
            self._say()
        else:
            self._believed = Counted(moment=own, seconds=seconds)
            self._agreed = Counted(moment=min(database, own), seconds=seconds)

    def _floor(self, later: datetime, seconds: float) -> datetime:
        """The latest moment that is known to have passed; `later` is what the later clock says.

        What lies ahead of both clocks was dated by a wrong one, unless there is nothing else: then
        both clocks are behind, and the log would be dated by the floor as well.
        """
        agreed = None if self._agreed is None else self._agreed.at(seconds)
        floors = [one for one in (self._newest, agreed) if one is not None]
        not_ahead = [one for one in floors if one - later <= TOLERANCE]
        return max(not_ahead or floors, default=NO_FLOOR)

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
        (row,) = await pool.fetch(LOOK, own, TOLERANCE, timeout=LOOK_SECONDS)
        self._newest = row["floor"]
        self.note(row["database_now"], own)

    async def run(self, pool: asyncpg.Pool) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.look(pool)
