"""How every process reaches Postgres: which host, as which role, and when to let a connection go.

What a session needs is set after connecting and not at its start, because poolers refuse settings
that they do not know at the start of a session.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

import asyncpg
import structlog

from events.database_faults import drops_connection, is_outage
from events.ending import ended
from service.database_url import read_database_url
from service.kept_types import KeepsTypes
from service.pooler import require_own_session

RUNTIME_ROLE: Final = "cairn_runtime"
CONNECT_SECONDS: Final = 10.0
# With several hosts each has a share of the time, and at least so long.
HOST_SECONDS: Final = 3.0
STATEMENT_SECONDS: Final = 30.0
# How long a statement that was given up may take to be cancelled. Then nobody is at the other end.
CANCEL_SECONDS: Final = 1.0
# After a connection was dropped the others are made anew as well, and once more after so long.
RENEW_SECONDS: Final = 2.0
# Whoever stands still in a transaction (a process that was stopped) is cut off after so long, and
# holds no lock any more.
IDLE_IN_TRANSACTION_SECONDS: Final = 30.0
# Whatever the login may do, the product only adds to the log (see migrations/0001_log.sql).
SESSION: Final[Mapping[str, str]] = {
    "role": RUNTIME_ROLE,
    "application_name": "cairn",
    "timezone": "UTC",
    # A login may give itself other limits, which would last: none but the product's count.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS:.0f}s",
    # Whose machine is gone holds its locks for half a minute, not for the system's two hours.
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}
# What target_session_attrs has to be for a server that takes writes.
TAKE_WRITES: Final = ("read-write", "primary")
# What our own code may leave behind in a session, besides what it has set. It is sent only after a
# statement that may have left something: a round trip for each statement would double their number.
TIDY_UP: Final = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *;"
LEAVES_TRACES: Final = re.compile(r"advisory_lock|\b(?:LISTEN|DECLARE)\b", re.IGNORECASE)
CHANGES_SESSION: Final = re.compile(r"\s*SET\s+(?!LOCAL\b)", re.IGNORECASE)

log = structlog.get_logger()


class SessionRefused(ConnectionError):
    """The server lets the login in, and does not give it the session that Cairn needs."""


class NoServerTakesWrites(ConnectionError):
    """None of the servers that DATABASE_URL names takes writes now."""


class NoSuchServer(ConnectionError):
    """None of the servers that DATABASE_URL names is of the kind that it asks for."""


class DatabaseSession(KeepsTypes):
    """A connection that is not used again after an error that leaves it in doubt.

    A session that was read-only when it began stays so; one that has lost its rights or its plans
    does not get them back. The pool would hand it out for ever.
    """

    in_doubt = False
    is_changed = False
    has_traces = False
    database: "Database | None" = None

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        if CHANGES_SESSION.match(query):
            self.is_changed = True
        self._look_at(query)
        try:
            return await super().execute(query, *args, **options)
        except BaseException as error:
            self._note(error)
            raise

    async def executemany(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().executemany(*args, **options)
        except BaseException as error:
            self._note(error)
            raise

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        self._look_at(query)
        try:
            return await super().fetch(query, *args, **options)
        except BaseException as error:
            self._note(error)
            raise

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        self._look_at(query)
        try:
            return await super().fetchval(query, *args, **options)
        except BaseException as error:
            self._note(error)
            raise

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        self._look_at(query)
        try:
            return await super().fetchrow(query, *args, **options)
        except BaseException as error:
            self._note(error)
            raise

    async def copy_records_to_table(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().copy_records_to_table(*args, **options)
        except BaseException as error:
            self._note(error)
            raise

    def get_reset_query(self) -> str:
        """What is sent when a connection goes back to the pool.

        RESET ALL would undo what the session was set up with, so that comes again after it.
        """
        tidy_up = TIDY_UP if self.has_traces else ""
        if not self.is_changed or self.database is None:
            return tidy_up
        return f"{tidy_up} RESET ALL; {as_statements(self.database.session)}"

    async def reset(self, *, timeout: float | None = None) -> None:
        """Tidy up for the next user; a connection that is in doubt is closed instead."""
        if self.in_doubt:
            self.terminate()
        else:
            await super().reset(timeout=timeout)
            self.is_changed = self.has_traces = False

    def _look_at(self, query: str) -> None:
        if leaves_traces(query):
            self.has_traces = True

    def _note(self, error: BaseException) -> None:
        is_cut_off = isinstance(error, TimeoutError | asyncio.CancelledError)
        if is_cut_off and not self.is_closed():
            # The driver asks the server to cancel, and would wait for that as long as for an
            # answer. Where nobody answers, the connection is not waited for.
            asyncio.get_running_loop().call_later(CANCEL_SECONDS, self.terminate)
        if not is_cut_off and not drops_connection(error):
            return
        self.in_doubt = True
        if self.database is not None and not isinstance(error, asyncio.CancelledError):
            self.database.renew(error)


class Database:
    """The pool, and connections beside it. See `Database.open`."""

    def __init__(self, url: str, session: Mapping[str, str]) -> None:
        self.session = session
        self.url = url
        read = read_database_url(url)
        self._hosts = read.one_per_host()
        self._kind = read.parameters.get("target_session_attrs", "any")
        self._seconds = max(HOST_SECONDS, CONNECT_SECONDS / len(self._hosts))
        self._is_known = False
        self._renewing: asyncio.Task[None] | None = None
        self._pool: asyncpg.Pool | None = None

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool of an open database."""
        if self._pool is None:
            raise asyncpg.InterfaceError("the database is not open")
        return self._pool

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, connections: int, session: Mapping[str, str] = SESSION
    ) -> "AsyncIterator[Database]":
        """A database of which `connections` at most are used at once, besides those of `connect`.

        Raises PoolerRefused, and what asyncpg raises where the database can not be reached.
        """
        database = cls(url, session)
        async with asyncpg.create_pool(
            min_size=1,
            max_size=connections,
            connect=database.connect,
            connection_class=DatabaseSession,
        ) as pool:
            database._pool = pool
            try:
                yield database
            finally:
                await database.stop()

    async def connect(self, *_: Any, **__: Any) -> asyncpg.Connection:
        """A connection in the run-time role. (The pool gives it arguments, which all are known.)

        Raises SessionRefused, and what asyncpg raises where no host is to be reached.
        """
        connection = await self.connect_bare()
        try:
            if not self._is_known:
                await require_own_session(connection, self.connect_bare)
                self._is_known = True
            await set_up(connection, self.session)
        except BaseException:
            connection.terminate()
            raise
        connection.database, connection.is_changed = self, False
        return connection

    async def connect_bare(self) -> DatabaseSession:
        """A connection to the first host that takes it, in the login's own role.

        Each host has a time of its own: one that does not answer does not use up the others'.
        """
        failures: list[Exception] = []
        for host in self._hosts:
            try:
                connection = await asyncpg.connect(
                    host,
                    timeout=self._seconds,
                    command_timeout=STATEMENT_SECONDS,
                    connection_class=DatabaseSession,
                )
            except asyncpg.TargetServerAttributeNotMatched:
                failures.append(self._no_server())
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                failures.append(error)
            else:
                # It comes first from now on: one that does not answer costs time once.
                self._hosts = [host, *(one for one in self._hosts if one != host)]
                return connection
        # What a server has said says more than that one did not answer.
        raise next((one for one in failures if not isinstance(one, OSError)), failures[-1])

    def _no_server(self) -> Exception:
        if self._kind in TAKE_WRITES:
            return NoServerTakesWrites("no server takes writes now")
        return NoSuchServer(
            f"no server is what target_session_attrs={self._kind} asks for; Cairn needs one that "
            "takes writes: read-write"
        )

    async def stop(self) -> None:
        """Make nothing anew any more."""
        if self._renewing is not None:
            await ended(self._renewing)

    def renew(self, error: BaseException) -> None:
        """Make every connection of the pool anew before it is used next: the server may be another.

        Connections that look well may lead to a server that was left behind.
        """
        if self._renewing is None or self._renewing.done():
            log.warning("database_connections_renewed", type=type(error).__name__)
            self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """Now, and once more after a while: what was made meanwhile may be as bad as this one."""
        pool = self._pool
        if pool is not None:
            await pool.expire_connections()
            await asyncio.sleep(RENEW_SECONDS)
            await pool.expire_connections()


@lru_cache(maxsize=1024)
def leaves_traces(query: str) -> bool:
    """Whether a statement may leave more in its session than a setting.

    >>> [leaves_traces(one) for one in ("SELECT pg_try_advisory_lock(7)", "SELECT 7")]
    [True, False]
    """
    return LEAVES_TRACES.search(query) is not None


def as_statements(session: Mapping[str, str]) -> str:
    """The statements that set a session up.

    >>> as_statements({"timezone": "UTC", "lock_timeout": "0"})
    "SET timezone = 'UTC'; SET lock_timeout = '0'"
    """
    return "; ".join(f"SET {name} = '{value}'" for name, value in session.items())


async def set_up(connection: asyncpg.Connection, session: Mapping[str, str]) -> None:
    """Give a session its role and its limits, in one round trip. Raises SessionRefused."""
    try:
        await connection.execute(as_statements(session), timeout=CONNECT_SECONDS)
    except asyncpg.PostgresError as error:
        if is_outage(error) and not isinstance(error, asyncpg.InsufficientPrivilegeError):
            raise
        raise SessionRefused(f"The server refuses what a session needs: {error}.") from error
