"""Events that a view passes over, on record: one bad event stops nothing but itself.

An event whose body does not open, or that a view's fold can not take, is set aside for that view
alone. What went wrong is kept as the name of an exception: a message may quote what somebody wrote.
"""

from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from events.postgres import Connection
from events.record import Recorded, Unreadable
from projections.sql import statement

ADD_SET_ASIDE = statement("add_set_aside")
FIRST_SET_ASIDE = statement("first_set_aside")
FORGET_SET_ASIDE = statement("forget_set_aside")

# Of one practice and view. So many bad events are a bad release or a bad disk: the view stands
# still for that practice, and all others go on.
MOST_SET_ASIDE: Final = 10_000


class TooManySetAside(Exception):
    """A view has set aside as many events of a practice as it may: it goes no further there.

    `asides` are those that did not all fit any more, and `first` is where the first of all lies.
    """

    def __init__(
        self, practice_id: UUID, view: str, asides: Sequence["Aside"], *, first: int | None = None
    ) -> None:
        super().__init__(f"practice {practice_id}, view {view}")
        self.practice_id = practice_id
        self.view = view
        self.asides = asides
        self.first = first

    @property
    def last(self) -> int:
        """The position of the last event that was looked at, and could not be taken."""
        return max(one.position for one in self.asides)


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a view passes over, and why: the name of an exception.

    `type` is the event's, None where it was not read. `error` is the exception itself, for the log
    of this process alone.
    """

    position: int
    client_id: UUID | None
    why: str
    type: str | None = None
    error: Exception | None = None


def release() -> str:
    """The release of Cairn that runs here."""
    return version("cairn")


def fault_of(error: Exception) -> str:
    """The name of what went wrong with an event or a row. Raises what is no event's fault."""
    if isinstance(error, MemoryError):
        raise error
    return type(error).__name__


def aside(recorded: Recorded, error: Exception) -> Aside:
    """An event that raised this. Raises it again where the event is not to blame."""
    return Aside(
        position=recorded.position,
        client_id=recorded.client_id,
        why=fault_of(error),
        type=recorded.type,
        error=error,
    )


def unopened(recorded: Recorded) -> Aside | None:
    """An event whose body does not open; None for one that can be read, or whose key is gone."""
    event = recorded.event
    if not isinstance(event, Unreadable) or event.why is None:
        return None
    return Aside(
        position=recorded.position,
        client_id=recorded.client_id,
        why=event.why,
        type=recorded.type,
    )


async def put_on_record(
    connection: Connection,
    practice_id: UUID,
    view: str,
    asides: Sequence[Aside],
    *,
    refolded: Collection[UUID] = (),
) -> None:
    """Write down what a view has passed over, in the transaction that moves its checkpoint.

    Whoever is in `refolded` (clients, or the practice for what it has chosen) was folded from the
    first event on: nothing else of theirs is set aside. Raises TooManySetAside.
    """
    if refolded:
        positions = [one.position for one in asides]
        await connection.execute(FORGET_SET_ASIDE, practice_id, view, list(refolded), positions)
    if asides and not await add_asides(connection, practice_id, view, asides):
        first = await connection.fetchval(FIRST_SET_ASIDE, practice_id, view)
        raise TooManySetAside(practice_id, view, asides, first=first)


async def add_asides(
    connection: Connection | asyncpg.Pool, practice_id: UUID, view: str, asides: Sequence[Aside]
) -> bool:
    """Write down as many as there is room for, the first in the log first: whether that is all."""
    whys = {one.position: one.why for one in asides}
    done = await connection.execute(
        ADD_SET_ASIDE, practice_id, view, list(whys), list(whys.values()), release(), MOST_SET_ASIDE
    )
    return int(done.rpartition(" ")[2]) == len(whys)
