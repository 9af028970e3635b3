"""Whether this process can take a write, and what else is not as it should be.

Both are looked at over and over, and whenever somebody asks: one look at a time, however many ask.
Nobody waits for longer than two seconds, whatever hangs. The looks have connections of their own,
which are cut, not closed, where they do not answer: a connection of the pool that leads nowhere is
waited for by the pool itself until its statement times out.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, Literal, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events.database_faults import is_outage
from events.group_commit import Connect
from events.keyring import require_key
from events.postgres import PostgresStore
from events.sealing import KeyIsAnother, MasterKey
from events.sql import statement
from migrations.runner import MigrationRefused, pending
from projections.catalogue import VIEW_NAMES
from projections.degraded import Degraded, Held, LogHolders, read_degraded
from projections.queries import READ_LAG
from service.in_time import in_time

LOOK_EVERY_SECONDS: Final = 5.0
# Less than the two seconds in which an answer has to be there.
WRITES_SECONDS: Final = 1.4
ANSWER_SECONDS: Final = 1.7
REST_SECONDS: Final = 0.5
DEGRADED_SECONDS: Final = 10.0
CLOSING_SECONDS: Final = 0.3
# What was set since a connection was made is seen by a new one alone.
CONNECTION_SECONDS: Final = 15.0
# The other processes start when this one does.
GRACE_SECONDS: Final = 60.0
# A batch commits in milliseconds. One that takes this long keeps everybody waiting.
WRITER_SECONDS: Final = 10.0
DISK_EVERY_SECONDS: Final = 10.0

# "on" where somebody has set default_transaction_read_only, and on a standby.
READ_ONLY: Final = "SHOW transaction_read_only"
LIMITS: Final = "SELECT set_config('lock_timeout', '500ms', true)"
# Some 200 KB that do not fit into memory go to a file on the disk of the database, and are gone at
# the end of the statement. Pages that lie there already would take a small row on a full disk, too.
SMALL_MEMORY: Final = (
    "SELECT set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true)"
)
TRY_DISK: Final = "SELECT count(*) FROM generate_series(1, 8000)"
TRY_APPEND: Final = statement("append_event")
SOME_KEYS: Final = statement("some_data_keys")
NOBODY: Final = UUID(int=0)

DatabaseState = Literal["reached", "read_only", "full", "locked", "refuses", "away"]
Migrations = Literal["applied", "waiting", "refused", "unknown"]
Keys = Literal["readable", "unreadable", "unknown"]
Writer = Literal["running", "busy", "ended"]
Seen = TypeVar("Seen")
log = structlog.get_logger("cairn.health")


class Writes(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an append would be taken, as far as can be told without making one."""

    database: DatabaseState = "reached"
    migrations: Migrations = "unknown"
    keys: Keys = "unknown"

    @property
    def why(self) -> str | None:
        """A word for why no append would be taken; None where one would be."""
        if self.database != "reached":
            return f"database_{self.database}"
        if self.migrations != "applied":
            return f"migrations_{self.migrations}"
        return None if self.keys == "readable" else f"keys_{self.keys}"


AWAY: Final = Writes(database="away")


class HealthReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known now. `degraded` and `lag` are of the last look that ended."""

    writes: Writes
    writer: Writer
    degraded: list[Degraded]
    lag: dict[str, int]

    @property
    def is_ready(self) -> bool:
        """Whether this process can take a write."""
        return self.why is None

    @property
    def why(self) -> str | None:
        """A word for why this process can take no write; None where it can."""
        if (why := self.writes.why) is not None:
            return why
        return None if self.writer == "running" else f"writer_{self.writer}"


class Shared(Generic[Seen]):
    """One look at a time: who asks while one is under way gets the same answer."""

    def __init__(self, look: Callable[[], Coroutine[Any, Any, Seen]]) -> None:
        self._look = look
        self._task: asyncio.Task[Seen] | None = None

    def begin(self) -> "asyncio.Task[Seen]":
        """The look under way, or a new one."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        return self._task

    async def stop(self) -> None:
        """End the look under way. What it raises is of no interest any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSING_SECONDS)


class OwnConnection:
    """A connection for looks alone. It is renewed, and cut where it does not answer."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None
        self._renew_at = 0.0

    async def take(self) -> asyncpg.Connection:
        """A connection that is not old. Raises what asyncpg raises where none can be had."""
        old = self._connection
        now = asyncio.get_running_loop().time()
        if old is not None and not old.is_closed() and now < self._renew_at:
            return old
        try:
            made = await self._connect()
        except asyncpg.TooManyConnectionsError:
            # Who has a connection is still served, as this process's writer is.
            if old is None or old.is_closed():
                raise
            return old
        self._connection, self._renew_at = made, now + CONNECTION_SECONDS
        if old is not None:
            await hang_up(old)
        return made

    def renew(self) -> None:
        """The next look takes a new one."""
        self._renew_at = 0.0

    def cut(self) -> None:
        """The next look makes a new one; whoever waits for this one is let go."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None

    async def close(self) -> None:
        if self._connection is not None:
            await hang_up(self._connection)
        self._connection = None


async def hang_up(connection: asyncpg.Connection) -> None:
    """Say goodbye, but do not wait for an answer that does not come."""
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        await in_time(connection.close(), CLOSING_SECONDS)
    if not connection.is_closed():
        connection.terminate()


class Health:
    """The health of one process, as /readyz and /metrics tell it. Call `stop` at the end.

    `grace_seconds` after its start other processes are not called missing.
    """

    def __init__(
        self,
        *,
        connect: Connect,
        store: PostgresStore,
        master: MasterKey,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._own = OwnConnection(connect)
        self._beside = OwnConnection(connect)
        self._store = store
        self._master = master
        self.grace_seconds = grace_seconds
        self._began_at = time.monotonic()
        self._holders = LogHolders()
        self._held: list[Held] = []
        self._disk_at = 0.0
        self._writes = Shared(self._look_at_writes)
        self._rest = Shared(self._look_at_the_rest)
        self._told_ready = True
        self._degraded: list[Degraded] = []
        self._lag: dict[str, int] = {}

    async def report(self) -> HealthReport:
        """A look now, for at most two seconds: what does not answer by then is away.

        Who asks is waiting for the writes. The rest is waited for a little longer, and may be that
        of the look before.
        """
        began = time.monotonic()
        self._writes.begin()
        rest = self._rest.begin()
        found = await self.look_at_writes()
        if found.database != "away":
            left = ANSWER_SECONDS - (time.monotonic() - began)
            await asyncio.wait([rest], timeout=max(0.0, min(REST_SECONDS, left)))
        return self._note(found)

    async def look_at_writes(self) -> Writes:
        """Whether an append would be taken now, for a command that looks once; it logs nothing."""
        writes = self._writes.begin()
        await asyncio.wait([writes], timeout=ANSWER_SECONDS)
        return writes.result() if writes.done() else AWAY

    async def run(self) -> None:
        """Look again and again, until cancelled, so that the log tells what begins and ends."""
        while True:
            await self.report()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def stop(self) -> None:
        await self._writes.stop()
        await self._rest.stop()
        await self._own.close()
        await self._beside.close()

    def _with(self, writes: Writes) -> HealthReport:
        return HealthReport(
            writes=writes,
            writer=self._writer(),
            degraded=list(self._degraded),
            lag=dict(self._lag),
        )

    def _writer(self) -> Writer:
        if not self._store.writing:
            return "ended"
        return "busy" if self._store.busy_seconds > WRITER_SECONDS else "running"

    def _note(self, writes: Writes) -> HealthReport:
        """A line in the log where it is no longer as it was."""
        found = self._with(writes)
        if found.is_ready != self._told_ready:
            self._told_ready = found.is_ready
            if found.is_ready:
                log.info("ready_again")
            else:
                log.error("not_ready", why=found.why)
        return found

    def _note_degraded(self, found: Sequence[Degraded]) -> None:
        """A line in the log for each that begins, and for each that has ended."""
        before, after = ({one.what: one for one in told} for told in (self._degraded, found))
        for what, one in after.items():
            if what not in before:
                log.warning("degraded", what=what, since=one.since, practices=one.practices)
        for what, one in before.items():
            if what not in after:
                log.info("degraded_no_more", what=what, since=one.since)
        self._degraded = list(found)

    async def _look_at_writes(self) -> Writes:
        try:
            return await in_time(self._ask(), WRITES_SECONDS, let_go=self._own.cut)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # TimeoutError is an OSError.
            log.debug("database_away", type=type(error).__name__)
        except Exception:
            log.exception("health_not_seen")
        self._own.cut()
        return AWAY

    async def _ask(self) -> Writes:
        connection = await self._own.take()
        is_read_only = await connection.fetchval(READ_ONLY) == "on"
        if is_read_only:
            self._own.renew()  # A new one may meet a server that takes writes.
        database: DatabaseState = "read_only" if is_read_only else "reached"
        try:
            if await pending(connection):
                return Writes(database=database, migrations="waiting")
        except MigrationRefused:
            return Writes(database=database, migrations="refused")
        self._held = await self._holders.look(connection)
        if database == "reached":
            database = await self._try(connection)
        keys = await self._look_at_keys(connection)
        return Writes(database=database, migrations="applied", keys=keys)

    async def _try(self, connection: asyncpg.Connection) -> DatabaseState:
        """Whether the log takes appends, and the disk more than it holds. Nothing stays of it."""
        if any(one.is_whole for one in self._held):
            return "locked"
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(LIMITS)
            # A version that no stream can have: this appends nothing, whatever there is.
            who = NOBODY, NOBODY, "health", 0, None, "health", b"", "health", NOBODY, NOBODY
            now = await connection.fetchval("SELECT now()")
            await connection.fetchrow(TRY_APPEND, who[0], now, *who[1:], now)
            await self._try_disk(connection)
        except asyncpg.ReadOnlySQLTransactionError:
            return "read_only"
        except asyncpg.LockNotAvailableError:
            return "locked"
        except asyncpg.DiskFullError:
            return "full"
        except asyncpg.PostgresError as error:
            if is_outage(error) and not isinstance(error, asyncpg.InsufficientPrivilegeError):
                raise
            log.debug("append_refused", type=type(error).__name__)
            return "refuses"
        finally:
            await transaction.rollback()
        return "reached"

    async def _try_disk(self, connection: asyncpg.Connection) -> None:
        """Raises DiskFullError. Tried every ten seconds, and each time while it is full."""
        now = asyncio.get_running_loop().time()
        if now < self._disk_at:
            return
        self._disk_at = 0.0  # Again, should it fail.
        await connection.execute(SMALL_MEMORY)
        await connection.fetchval(TRY_DISK)
        self._disk_at = now + DISK_EVERY_SECONDS

    async def _look_at_keys(self, connection: asyncpg.Connection) -> Keys:
        """Whether the master key opens the record. One key that is damaged does not say it is not.

        It is looked at each time: the database may have been restored meanwhile.
        """
        try:
            rows = await connection.fetch(SOME_KEYS)
        except asyncpg.InsufficientPrivilegeError:
            return "unreadable"
        return "readable" if not rows or any(map(self._opens, rows)) else "unreadable"

    def _opens(self, kept: asyncpg.Record) -> bool:
        try:
            require_key(self._master, kept)
        except KeyIsAnother:
            return False
        return True

    async def _look_at_the_rest(self) -> None:
        try:
            await in_time(self._read(), DEGRADED_SECONDS, let_go=self._beside.cut)
        except Exception as error:
            # A database that is away is told by the other look.
            known = is_outage(error) or isinstance(error, asyncpg.UndefinedTableError)
            log.debug("degraded_not_seen", exc_info=None if known else error)
            self._beside.cut()

    async def _read(self) -> None:
        connection = await self._beside.take()
        rows = await connection.fetch(READ_LAG, VIEW_NAMES)
        self._lag = {row["view"]: row["behind"] for row in rows}
        age = time.monotonic() - self._began_at
        found = await read_degraded(
            connection, self._held, self._degraded, with_processes=age >= self.grace_seconds
        )
        self._note_degraded(found)
