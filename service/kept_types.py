"""What the driver asks about types, asked once in a process and not once on each connection.

asyncpg asks the server what an array of ids is the first time that a connection has a statement
with one. Its question takes longer than all that is asked for a trend, and a session that has just
begun answers it most slowly.
"""

from types import SimpleNamespace
from typing import Any, Final

import asyncpg

# The arrays that our statements have. PostgreSQL gives its own types the same numbers in every
# version and database. A type of an extension has other numbers elsewhere: none belongs here.
ARRAYS: Final = frozenset(
    {
        1000,  # boolean[]
        1001,  # bytea[]
        1003,  # name[]
        1005,  # smallint[]
        1007,  # integer[]
        1016,  # bigint[]
        1022,  # double precision[]
        1185,  # timestamptz[]
        2951,  # uuid[]
    }
)
# What the driver wants to know of the statement that asked: that it has a name of its own, and so
# was not prepared in the place of another.
NAMED: Final = SimpleNamespace(name="kept")


class KeepsTypes(asyncpg.Connection):
    """A connection that knows of arrays what an earlier one of this process has been told."""

    _told: list[asyncpg.Record] | None = None

    async def _introspect_types(self, typeoids: Any, timeout: Any) -> Any:
        """The driver calls this to ask; its types do not tell of it."""
        ask: Any = super()._introspect_types  # type: ignore[misc]
        if not ARRAYS.issuperset(typeoids):
            return await ask(typeoids, timeout)
        if KeepsTypes._told is None:
            # All of them at once: the next statement has other arrays.
            KeepsTypes._told, _ = await ask(ARRAYS, timeout)
        return KeepsTypes._told, NAMED
