"""The epoch of the log, as one process knows it, and how the process notices a restore.

An epoch is drawn when the log is made, and anew whenever a backup is restored. A position is a
place in one epoch: after a restore it may hold another event. Each process remembers the newest
event that it has seen, and looks whether the log still has it. Where the event is gone, or where
another epoch is the current one, what the process remembers may not be in the log any more: keys,
clients, flags, the ends of logs. So the process ends, and is started again with an empty memory.

`cairn restore` draws an epoch, which is later than any that a process knows. Where the current
epoch is an earlier one, a backup from before the last restore was restored by hand.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events.database_faults import is_outage
from projections.sql import statement

READ_EPOCH = statement("read_epoch")
READ_AGREED = statement("read_agreed")
LOOK_AT_EPOCH = statement("look_at_epoch")
DOUBT_EPOCH = statement("doubt_epoch")
DRAW_EPOCH = statement("draw_epoch")

LOOK_EVERY_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 5.0
SAY_EVERY_SECONDS: Final = 60.0
# The first bytes of an epoch, which tokens of positions carry. Those of the first epoch are zeros,
# and so are those of the tokens that were made before there were epochs.
TAG_BYTES: Final = 3
FIRST: Final = 1
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger("cairn.epochs")


class LogRestored(Exception):
    """The end of the log was lost, and nobody is told events until whoever runs Cairn has said `cairn doctor --new-epoch`."""  # noqa: E501 - one sentence, read by people


class EpochLeft(Exception):
    """The log was restored from a backup while this process ran: the process ends, so that it serves nothing from memory that the log does not have. Start it again."""  # noqa: E501 - one sentence, read by people


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of the log; `number` counts them from 1.

    `doubted_at` is when a process saw that the end of the log was gone, and no epoch was drawn.
    """

    number: int = FIRST
    epoch: UUID = UUID(int=0)
    drawn_at: datetime = LONG_AGO
    doubted_at: datetime | None = None

    @property
    def tag(self) -> int:
        """What tokens of positions carry: a number of three bytes, 0 for the first epoch."""
        return 0 if self.number == FIRST else int.from_bytes(self.epoch.bytes[:TAG_BYTES])


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """The newest event of any practice that this process has seen."""

    practice_id: UUID | None = None
    position: int | None = None
    recorded_at: datetime | None = None


class Epochs:
    """The epochs of the log. `look` reads them, and is called once before anything is asked.

    `current` stays what it is for as long as the process runs. `left` is set once it is no longer
    the log's: then the process has to end.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: list[Epoch] = []
        self._witness = Witness()
        self._said_at: float | None = None
        # Seen here, and perhaps not on record yet: the database may take no writes just now.
        self._has_fallen = False
        self.left = asyncio.Event()

    @property
    def current(self) -> Epoch:
        """The last epoch that was drawn; a nameless first one before the tables are migrated."""
        return self._known[-1] if self._known else Epoch()

    @property
    def is_doubted(self) -> bool:
        """Whether the end of the log is gone and nobody has drawn a new epoch since."""
        return self.current.doubted_at is not None

    def require_telling(self) -> None:
        """Raises LogRestored while nobody may be told events."""
        if self.is_doubted or self._has_fallen or self.left.is_set():
            raise LogRestored

    def require_same(self) -> None:
        """Raises EpochLeft once this process's epoch is no longer the log's."""
        if self.left.is_set():
            raise EpochLeft

    async def until_told(self) -> None:
        """Wait while nobody may be told events; a new epoch ends the process, and the wait."""
        while self.is_doubted:  # noqa: ASYNC110 - nothing else is told of it
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def agreed(self, practice_id: UUID, epoch: UUID | None) -> int | None:
        """Up to which position of a practice's log an epoch is the same as the current one.

        None where all of it is. An epoch that is not named is the first one. Of one that this log
        never had nobody knows, and the answer is 0.
        """
        if epoch is None:
            return await self._agreed(practice_id, FIRST)
        return await self._agreed(
            practice_id, next((one.number for one in self._known if one.epoch == epoch), None)
        )

    async def agreed_by_tag(self, practice_id: UUID, tag: int) -> int | None:
        """The same for the epoch whose tag this is."""
        known = self._known or [Epoch()]
        return await self._agreed(
            practice_id, next((one.number for one in known if one.tag == tag), None)
        )

    async def _agreed(self, practice_id: UUID, number: int | None) -> int | None:
        if number is None:
            return 0
        if number == self.current.number:
            return None
        found: int | None = await self._pool.fetchval(READ_AGREED, practice_id, number)
        return found

    async def draw(self) -> UUID:
        """Draw a new epoch: from now on positions are places in that one.

        Nobody knows what was added since the end of the log was lost, so nobody knows up to where
        the log agrees with the epoch before: who follows begins at the beginning.
        """
        drawn: UUID = await self._pool.fetchval(DRAW_EPOCH, False)
        await self._read()
        return drawn

    async def _read(self) -> None:
        rows = await self._pool.fetch(READ_EPOCH, timeout=LOOK_SECONDS)
        self._known = [Epoch(**one) for one in rows]

    async def look(self) -> None:
        """Look at the epoch and at the log's end. Raises what asyncpg raises."""
        seen = self._witness
        row = await self._pool.fetchrow(
            LOOK_AT_EPOCH, seen.practice_id, seen.position, seen.recorded_at, timeout=LOOK_SECONDS
        )
        if not self._known:
            await self._read()
        if row is None or row["is_standby"]:  # A standby may lag: what it lacks is not lost.
            return
        found = Epoch(**{name: row[name] for name in Epoch.__struct_fields__})
        is_earlier = found.drawn_at < self.current.drawn_at
        if is_earlier or (found == self.current and not row["has_witness"]):
            self._has_fallen = True
            if found.doubted_at is None:
                await self._pool.execute(DOUBT_EPOCH, found.epoch, timeout=LOOK_SECONDS)
            self._leave("log_restored")
        elif found != self.current:
            self._leave("epoch_changed")
        elif row["position"] is not None:
            self._witness = Witness(
                practice_id=row["practice_id"],
                position=row["position"],
                recorded_at=row["recorded_at"],
            )

    def _leave(self, event: str) -> None:
        """The log is not what it was. Said once; who waits for `left` ends the process."""
        if not self.left.is_set():
            seen = self._witness
            practice_id = None if seen.practice_id is None else str(seen.practice_id)
            log.error(event, practice_id=practice_id, position=seen.position)
            self.left.set()

    def _say(self) -> None:
        """Every minute: nobody is told events, and `cairn doctor --new-epoch` is asked for."""
        now = asyncio.get_running_loop().time()
        if self._said_at is None or now - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = now
            log.error("new_epoch_needed")

    async def run(self) -> None:
        """Look again and again, until cancelled. While the database is away, wait for it."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.look()
                if self.is_doubted:
                    self._say()
            except asyncpg.UndefinedTableError:  # Not migrated yet.
                continue
            except Exception as error:
                if not is_outage(error):
                    log.exception("epoch_not_looked_at")


async def begin(epochs: Epochs) -> None:
    """The first look, which a database that is not migrated yet does not answer."""
    with suppress(asyncpg.UndefinedTableError):
        await epochs.look()
