"""A log in memory: the model the real one is compared with, and the quickest way to read it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from events.codec import type_of
from events.record import Cause, Receipt, Recorded, Step
from events.store import FOUNDING, PAGE_LIMIT, UnknownSubject, repeated


class MemoryStore:
    """Keeps every promise of EventStore but to last. `clock` tells when events are recorded."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._logs: dict[UUID, list[Recorded]] = defaultdict(list)
        self._subjects: set[tuple[UUID, UUID]] = set()

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        for step in steps:
            if step.events:
                self._require_subject(practice_id, step)
        own = steps[-1]
        for step in steps:
            past = await self.read_stream(practice_id, step.stream_id)
            if len(past) != step.expected:
                return repeated(await self.read_stream(practice_id, own.stream_id), own, cause)
        log = self._logs[practice_id]
        now = max([self._clock(), *(one.recorded_at for one in log[-1:])])
        for step in steps:
            for version, event in enumerate(step.events, start=step.expected + 1):
                log.append(
                    Recorded(
                        practice_id=practice_id,
                        position=len(log) + 1,
                        stream_id=step.stream_id,
                        category=step.category,
                        version=version,
                        client_id=step.client_id,
                        type=type_of(event),
                        event=event,
                        actor=cause.actor,
                        command_id=cause.command_id,
                        correlation=cause.correlation,
                        occurred_at=step.occurred_at,
                        recorded_at=now,
                        content=cause.content,
                    )
                )
        return Receipt(position=len(log), version=own.expected + len(own.events))

    def _require_subject(self, practice_id: UUID, step: Step) -> None:
        subject = (practice_id, step.client_id or practice_id)
        if step.category in FOUNDING and step.expected == 0:
            self._subjects.add(subject)
        if subject not in self._subjects:
            raise UnknownSubject

    async def read_stream(self, practice_id: UUID, stream_id: UUID) -> list[Recorded]:
        return [one for one in self._logs[practice_id] if one.stream_id == stream_id]

    async def read_client(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        after: int = 0,
        limit: int = PAGE_LIMIT,
        recorded_until: datetime | None = None,
    ) -> list[Recorded]:
        return [
            one
            for one in self._logs[practice_id][after:]
            if one.client_id == client_id
            and (recorded_until is None or one.recorded_at <= recorded_until)
        ][:limit]

    async def read_practice(
        self, practice_id: UUID, *, after: int = 0, limit: int = PAGE_LIMIT
    ) -> list[Recorded]:
        return self._logs[practice_id][after : after + limit]

    async def head(self, practice_id: UUID) -> int:
        return len(self._logs[practice_id])
