"""Whether the database is reached through a pooler that gives each transaction another session.

Cairn holds locks, listens and takes its role for as long as a connection lasts. Behind a pooler in
transaction mode all of that silently goes to somebody else's session.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg

from service.settings import SettingRefused

ROUNDS: Final = 5
SECONDS: Final = 10.0
# A process id may come again on another server, its start does not.
WHICH_SESSION: Final = """
SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""


class PoolerRefused(SettingRefused):
    """DATABASE_URL leads to a pooler that gives each transaction, or each statement, another
    session. Cairn needs a session of its own for each connection: set the pooler to session mode
    for it (pgbouncer: pool_mode = session), or name the server itself. See docs/postgres.md."""

    def __str__(self) -> str:
        return " ".join((self.__doc__ or "").split())


async def require_own_session(
    first: asyncpg.Connection, connect: Callable[[], Awaitable[asyncpg.Connection]]
) -> None:
    """Raises PoolerRefused where two statements of one connection meet two sessions.

    `connect` makes a second one. The server tells each session its process id; a pooler tells one
    of its own making, because the session behind it may change. Where both agree nothing is in
    between.
    """
    try:
        async with asyncio.timeout(SECONDS):
            if await first.fetchval("SELECT pg_backend_pid()") == first.get_server_pid():
                return
            second = await connect()
            try:
                await require_two_sessions(first, second)
            finally:
                second.terminate()
    except (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError) as error:
        raise PoolerRefused from error  # Prepared in one session, and looked for in another.
    except asyncpg.ConnectionDoesNotExistError as error:
        # In statement mode there are no transactions: whoever begins one is cut off.
        if isinstance(error.__cause__, asyncpg.ProtocolViolationError):
            raise PoolerRefused from error
        raise


async def require_two_sessions(first: asyncpg.Connection, second: asyncpg.Connection) -> None:
    """Raises PoolerRefused where two connections share a session, or one changes its own."""
    for _ in range(ROUNDS):
        own = await session_of(first)
        async with second.transaction():
            # Idle in between, the first connection has left its session to the second.
            if await session_of(second) == own or await session_of(first) != own:
                raise PoolerRefused


async def session_of(connection: asyncpg.Connection) -> tuple[Any, ...]:
    row = await connection.fetchrow(WHICH_SESSION)
    return tuple(row.values()) if row is not None else ()
