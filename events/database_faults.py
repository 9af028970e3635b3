"""What an error of the database means for whoever has just asked: the one place that decides it.

The list is of what is the statement's own fault (a value that does not fit, a broken rule, a bug in
our SQL). Everything else that the database, the driver or the network raises passes: the same
statement may succeed later, over another connection.
"""

from enum import Enum

import asyncpg


class DatabaseFault(Enum):
    """Whose fault an error is.

    - STATEMENT: the statement's own. The same again fails again.
    - CONTENTION: another transaction is in the way (a lock, a deadlock), or somebody has cancelled
      the statement. The connection is well.
    - SERVER: the server failed at it, or the session has lost something. The connection is to be
      dropped. Whether the statement itself provokes the error is found out by trying it alone.
    - CONNECTION: the connection is gone, or the server takes nothing (or no writes) for now. The
      connection is to be dropped.
    """

    STATEMENT = "statement"
    CONTENTION = "contention"
    SERVER = "server"
    CONNECTION = "connection"


# By SQLSTATE, else by its first two digits (PostgreSQL documentation, appendix A). What stands in
# neither is the statement's own fault.
STATES = {
    "57014": DatabaseFault.CONTENTION,  # Cancelled: by somebody, or by a limit of time.
    "42501": DatabaseFault.SERVER,  # A right or a role is gone: no command can provoke that.
    "42P05": DatabaseFault.SERVER,  # A pooler has mixed up prepared statements; so with class 26.
}
CLASSES = {
    "08": DatabaseFault.CONNECTION,  # The connection is lost.
    "25": DatabaseFault.CONNECTION,  # Read-only, or a transaction that took too long.
    "26": DatabaseFault.SERVER,  # The session does not know a prepared statement any more.
    "28": DatabaseFault.CONNECTION,  # The login is not let in for now.
    "34": DatabaseFault.SERVER,  # The session does not know a cursor any more.
    "3D": DatabaseFault.CONNECTION,  # The database is not there for now.
    "40": DatabaseFault.CONTENTION,  # Rolled back: a deadlock.
    "53": DatabaseFault.CONNECTION,  # Disk full, out of memory, too many connections.
    "54": DatabaseFault.SERVER,  # A limit of the server is reached.
    "55": DatabaseFault.CONTENTION,  # A lock is not to be had.
    "57": DatabaseFault.CONNECTION,  # The server shuts down, starts, or has ended the session.
    "58": DatabaseFault.SERVER,  # Its disk or its files fail.
    "F0": DatabaseFault.SERVER,  # Its configuration is broken.
    "XX": DatabaseFault.SERVER,  # It has met an internal error, or damaged data.
}


def whose_fault(error: BaseException) -> DatabaseFault | None:
    """Whose fault an error of the database, the driver or the network is; None for another."""
    match error:
        case asyncpg.InvalidCachedStatementError():
            # A table was changed under a plan: the next one is made anew.
            return DatabaseFault.SERVER
        case asyncpg.PostgresError():
            state = error.sqlstate or ""
            return STATES.get(state) or CLASSES.get(state[:2], DatabaseFault.STATEMENT)
        case ValueError() if isinstance(error, asyncpg.InterfaceError):
            # A value that the driver can not send, or a setting of it that is wrong.
            return DatabaseFault.STATEMENT
        case asyncpg.InterfaceError() | asyncpg.InternalClientError() | OSError():
            return DatabaseFault.CONNECTION  # TimeoutError is an OSError.
        case _:
            return None


def is_outage(error: BaseException) -> bool:
    """Whether the same may succeed later: what a database that fails over or restarts looks like.

    Also what contention and a failure of the server look like: see DatabaseFault.
    """
    return whose_fault(error) not in (None, DatabaseFault.STATEMENT)


def drops_connection(error: BaseException) -> bool:
    """Whether the connection that raised this is not to be used again."""
    return whose_fault(error) in (DatabaseFault.SERVER, DatabaseFault.CONNECTION)


def is_gone(error: BaseException) -> bool:
    """Whether nothing else is to be had from the database either, of another practice for example.

    False where the server failed at this statement, or somebody was in its way.
    """
    return whose_fault(error) is DatabaseFault.CONNECTION
