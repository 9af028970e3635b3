"""Appends that wait for a writer, and the batches that they make."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.record import Receipt
from events.store import StoreUnavailable

BATCH_EVENTS = 256

Row = tuple[bool, UUID, str, int, UUID | None, str | None, bytes, str, UUID, UUID, datetime]


class Refused(Exception):
    """The store refused an append: a stream was not at the version that was seen."""


class SealedAppend(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One append, sealed once and sent as often as it takes.

    `streams` are those that it writes, by category and id, `watched` those that it reads alone.
    `rows` has an entry per event, in the order of append_events: whether it is the first of its
    stream here, stream, category, version, client, type, body, actor, command, correlation,
    occurred_at.
    After them come those of streams that are only watched, without a type. `version` is that of the
    command's own stream after it, `events` how many there are.
    """

    practice_id: UUID
    streams: Sequence[tuple[str, UUID]]
    watched: Sequence[tuple[str, UUID]]
    rows: Sequence[Row]
    events: int
    version: int
    answer: "asyncio.Future[Receipt]"


class AppendQueue:
    """Appends in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[SealedAppend] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, appends: Iterable[SealedAppend]) -> None:
        self._waiting.extend(appends)

    def take_all(self) -> list[SealedAppend]:
        """All that wait; afterwards nothing does."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def take_practice(self, practice_id: UUID) -> list[SealedAppend]:
        """All that wait for one practice; the others stay in their order."""
        every = self.take_all()
        self.add(one for one in every if one.practice_id != practice_id)
        return [one for one in every if one.practice_id == practice_id]

    def next_batch(self) -> list[SealedAppend]:
        """As many as fit; two appends to one stream never share a batch.

        Nor does one that only watches it share a batch with one that writes it; any number watch.
        """
        batch: list[SealedAppend] = []
        written: set[tuple[UUID, str, UUID]] = set()
        watched: set[tuple[UUID, str, UUID]] = set()
        later: list[SealedAppend] = []
        size = 0
        while self._waiting and size < BATCH_EVENTS and len(later) < BATCH_EVENTS:
            append = self._waiting.popleft()
            writes = {(append.practice_id, *stream) for stream in append.streams}
            watches = {(append.practice_id, *stream) for stream in append.watched}
            # A stream that waits must not be overtaken by a later append to it either.
            if written.isdisjoint(writes | watches) and watched.isdisjoint(writes):
                batch.append(append)
                size += len(append.rows)
            else:
                later.append(append)
            written |= writes
            watched |= watches
        self._waiting.extendleft(reversed(later))
        return batch


def by_practice(batch: Iterable[SealedAppend]) -> dict[UUID, list[SealedAppend]]:
    """The appends of a batch by practice, each in the order of the batch."""
    found: dict[UUID, list[SealedAppend]] = {}
    for append in batch:
        found.setdefault(append.practice_id, []).append(append)
    return found


def columns(batch: Sequence[SealedAppend]) -> list[Sequence[Any]]:
    """The arrays of append_events after the practice, an entry per event."""
    nths = [nth for nth, append in enumerate(batch) for _ in append.rows]
    return [nths, *zip(*(row for append in batch for row in append.rows), strict=True)]


def answer(
    batch: Sequence[SealedAppend], of_practice: dict[UUID, tuple[int, Sequence[int]]]
) -> None:
    """Tell each append where it stands: the order of the batch is the order of the log."""
    heads = {practice_id: head for practice_id, (head, _) in of_practice.items()}
    refused = {practice_id: set(nths) for practice_id, (_, nths) in of_practice.items()}
    for nth, append in enumerate(batch):
        head = heads[append.practice_id]
        if nth in refused[append.practice_id]:
            if not append.answer.done():
                append.answer.set_exception(Refused())
            continue
        heads[append.practice_id] = head = head + append.events
        if not append.answer.done():
            append.answer.set_result(Receipt(position=head, version=append.version))


def refuse(batch: Collection[SealedAppend], refusal: Exception | None = None) -> None:
    """Whoever is not answered yet is told `refusal`, or StoreUnavailable."""
    for append in batch:
        if not append.answer.done():
            append.answer.set_exception(refusal or StoreUnavailable())
