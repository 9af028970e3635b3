"""Which safety flags are open, over all practices: read from the log, never from a view.

A view may stand still, lag, or be altered by whoever may write it. So each process folds the events
of flags itself, once, and reads on from where it has come to. They are opened before they count: a
row that somebody puts into the log without the key closes nothing.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events import practice
from events.catalogue import CODEC
from events.database_faults import is_gone
from events.keyring import Keyring
from events.postgres import LAST_POSITION, READ_FLAGS, of_all_practices, unsealed
from events.practice import PRACTICE, Practice
from events.record import Recorded, Unreadable
from events.safety_flag import RAISING
from projections.flag_pages import FlagPage, page_after, page_of
from projections.safety_queue import SafetyFlagRow
from projections.sql import statement

READ_FLAG_EVENTS = statement("read_flag_events")
READ_RAISED = statement("read_raised")
READ_FLAG_HEADS = statement("read_flag_heads")
FIND_FLAGS_MOVED = statement("find_flags_moved")

READ_EVENTS: Final = 1_000
# Practices that are asked about in one statement.
ASKED_PRACTICES: Final = 1_000

NOTHING: Final = UUID(int=0)
log = structlog.get_logger()


class PracticeFlags(msgspec.Struct, frozen=True, kw_only=True):
    """A practice's open flags, by client, and its settings, as of an event of its log.

    `position` and `command_id` are those of the last event that was read; with a position of 0 none
    was.
    """

    position: int = 0
    command_id: UUID = NOTHING
    settings: Practice = Practice()
    pages: Mapping[UUID, FlagPage] = {}

    @property
    def rows(self) -> Iterable[SafetyFlagRow]:
        return (row for page in self.pages.values() for row in page.values())


def flags_after(known: PracticeFlags, recorded: Sequence[Recorded]) -> PracticeFlags:
    """A practice's flags after more events of flags and settings; those that were closed are gone.

    What is closed stays closed: nothing more is recorded about it.
    """
    settings, pages = known.settings, dict(known.pages)
    for one in recorded:
        if one.category == PRACTICE.category:
            settings = settings_after(settings, one)
        elif one.client_id is not None:
            page = page_after(pages.get(one.client_id, {}), one)
            pages[one.client_id] = {key: row for key, row in page.items() if row.is_open}
    last = recorded[-1]
    return PracticeFlags(
        position=last.position,
        command_id=last.command_id,
        settings=settings,
        pages={client_id: page for client_id, page in pages.items() if page},
    )


def settings_after(settings: Practice, recorded: Recorded) -> Practice:
    """What a practice has chosen; a choice that can not be read leaves the one before it."""
    if isinstance(recorded.event, Unreadable):
        return settings
    try:
        return practice.evolve(settings, recorded.event)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - whatever it raises, somebody is asked about a flag
        return settings


class OpenFlags:
    """The open flags of every practice, as this process has read them.

    What it remembers grows with the flags that are open, and by a few numbers for each practice.
    """

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring
        self._known: dict[UUID, PracticeFlags] = {}
        self._heads: dict[UUID, tuple[int, datetime]] = {}

    async def of(self, practice_id: UUID) -> PracticeFlags:
        """One practice's, as of now."""
        known = self._known.get(practice_id, PracticeFlags())
        is_full = True
        # It ends with the log: every page goes on after the event that was read last.
        while is_full:
            rows = await self._pool.fetch(
                READ_FLAG_EVENTS, practice_id, known.position, READ_EVENTS
            )
            is_full = len(rows) == READ_EVENTS
            if known.position > 0:
                last = (known.position, known.command_id)
                if not rows or (rows[0]["position"], rows[0]["command_id"]) != last:
                    # Somebody has put back an older log: what was read of this one is not in it.
                    known, is_full = PracticeFlags(), True
                    continue
                rows = rows[1:]
            if rows:
                newer = await unsealed(self._keyring, practice_id, rows, codec=CODEC)
                known = flags_after(known, newer)
        if known.position > 0:
            self._known[practice_id] = known
        else:
            self._known.pop(practice_id, None)
        return known

    async def shown(
        self, practice_id: UUID, rows: Sequence[SafetyFlagRow]
    ) -> Sequence[SafetyFlagRow]:
        """These of a practice's open flags as the log has them now, in the order given.

        What was closed meanwhile is left out. Where the log says something else than it did (its
        owner may have changed it), the practice is read anew from the next question on.
        """
        by_position = await self._flags_of(practice_id, {row.client_id for row in rows})
        found = [flag for row in rows if (flag := by_position.get(row.raised_position)) is not None]
        if [flag.flag_id for flag in found] != [row.flag_id for row in rows]:
            self.forget(practice_id)
        return [flag for flag in found if flag.is_open]

    def forget(self, practice_id: UUID) -> None:
        """Read this practice's log from its first event when it is asked for next."""
        self._known.pop(practice_id, None)
        self._heads.pop(practice_id, None)

    async def everywhere(self) -> tuple[Mapping[UUID, PracticeFlags], datetime | None]:
        """Those of every practice, and the time by the database's clock; None without a flag.

        Read are only the logs that have grown since. A practice whose log can not be read keeps
        what was read of it before, and is read again next time: it stops no other.
        """
        rows = await of_all_practices(self._pool, READ_FLAG_HEADS)
        heads = {row["practice_id"]: (row["position"], row["recorded_at"]) for row in rows}
        for practice_id in self._known.keys() - heads.keys():
            del self._known[practice_id]
        moved = [one for one, head in heads.items() if self._heads.get(one) != head]
        for practice_id in await self._with_news(moved):
            try:
                await self.of(practice_id)
            except Exception as error:
                if is_gone(error):
                    raise
                # Whatever somebody has put into the log of one, the flags of all others go on.
                log.exception("flags_of_practice_not_read", practice_id=str(practice_id))
                heads.pop(practice_id)
        self._heads = heads
        return self._known, rows[0]["asked_at"] if rows else None

    async def _with_news(self, practice_ids: Sequence[UUID]) -> list[UUID]:
        """Those of which something about flags is to be read."""
        found = [one for one in practice_ids if one not in self._known]
        read = [one for one in practice_ids if one in self._known]
        for first in range(0, len(read), ASKED_PRACTICES):
            asked = read[first : first + ASKED_PRACTICES]
            known = [self._known[one] for one in asked]
            rows = await self._pool.fetch(
                FIND_FLAGS_MOVED,
                asked,
                [one.position for one in known],
                [one.command_id for one in known],
            )
            found += [row["practice_id"] for row in rows]
        return found

    async def closed(
        self, practice_id: UUID, *, before: int | None, limit: int
    ) -> AsyncIterator[SafetyFlagRow]:
        """Flags that were closed, the newest raised first, before a position; `limit` at a time."""
        last, is_full = LAST_POSITION if before is None else before, True
        # It ends with the log: every page lies before the one before it.
        while is_full:
            raised = await self._pool.fetch(READ_RAISED, practice_id, list(RAISING), last, limit)
            client_ids = {row["client_id"] for row in raised}
            by_position = await self._flags_of(practice_id, client_ids)
            for row in raised:
                flag = by_position.get(row["position"])
                if flag is not None and not flag.is_open:
                    yield flag
            is_full = len(raised) == limit
            last = raised[-1]["position"] if raised else last

    async def _flags_of(
        self, practice_id: UUID, client_ids: Collection[UUID]
    ) -> dict[int, SafetyFlagRow]:
        """All flags of these clients, by where they were raised."""
        rows = await self._pool.fetch(READ_FLAGS, practice_id, client_ids)
        pasts = by_client(await unsealed(self._keyring, practice_id, rows, codec=CODEC))
        return {flag.raised_position: flag for past in pasts for flag in page_of(past).values()}


def by_client(recorded: Iterable[Recorded]) -> Iterable[list[Recorded]]:
    """Events in the order given, client by client."""
    pasts: dict[UUID | None, list[Recorded]] = {}
    for one in recorded:
        pasts.setdefault(one.client_id, []).append(one)
    return pasts.values()
