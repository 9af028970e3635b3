"""A log in memory: the model the real one is compared with, and the quickest way to read it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from events.codec import type_of
from events.ids import DerivedIds
from events.record import (
    PRACTICE_CATEGORY,
    SAFETY_FLAG_CATEGORY,
    Cause,
    Receipt,
    Recorded,
    Step,
    first_of,
)
from events.repeats import repeated
from events.store import FOUNDING, PAGE_LIMIT, UnknownSubject
from events.two_clocks import (
    PracticeClockCorrected,
    RecordingTime,
    clock_cause,
    recording_time,
)


class MemoryStore:
    """Keeps every promise of EventStore but to last.

    `clock` is the log's own, `caller` that of whoever appends; the same where it is left out.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, caller: Callable[[], datetime] | None = None
    ) -> None:
        self._clock = clock
        self._caller = caller or clock
        self._logs: dict[UUID, list[Recorded]] = defaultdict(list)
        self._streams: dict[tuple[UUID, str, UUID], list[Recorded]] = defaultdict(list)
        self._subjects: set[tuple[UUID, UUID]] = set()

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        for step in steps:
            if step.events:
                self._require_subject(practice_id, step)
        own = steps[-1]
        dated = self._dated(practice_id)
        if dated.floor_ahead:
            dated = await self._correct_clock(practice_id, dated)
        for step in steps:
            past = await self.read_stream(practice_id, step.category, step.stream_id)
            is_of_another = bool(step.events and past) and past[0].client_id != step.client_id
            if len(past) != step.expected or is_of_another:
                past = await self.read_stream(practice_id, own.category, own.stream_id)
                return repeated(past, own, cause)
        for step in steps:
            self._add(practice_id, step, cause, dated)
        return Receipt(
            position=len(self._logs[practice_id]), version=own.expected + len(own.events)
        )

    def _dated(self, practice_id: UUID) -> RecordingTime:
        last = self._logs[practice_id][-1:]
        floor = last[0].recorded_at if last else datetime.min.replace(tzinfo=UTC)
        return recording_time(floor, database=self._clock(), caller=self._caller())

    async def _correct_clock(self, practice_id: UUID, dated: RecordingTime) -> RecordingTime:
        """Record that the last event was dated by a wrong clock."""
        past = await self.read_stream(practice_id, PRACTICE_CATEGORY, practice_id)
        now = self._clock()
        step = Step(
            stream_id=practice_id,
            category=PRACTICE_CATEGORY,
            client_id=None,
            expected=len(past),
            events=[
                PracticeClockCorrected(
                    practice_id=practice_id, from_at=dated.recorded_at, to_at=now
                )
            ],
            occurred_at=now,
        )
        corrected = RecordingTime(recorded_at=now, doubted=False, floor_ahead=False)
        cause = clock_cause(await self.ids(practice_id), len(past))
        self._add(practice_id, step, cause, corrected)
        return corrected

    def _add(self, practice_id: UUID, step: Step, cause: Cause, dated: RecordingTime) -> None:
        log = self._logs[practice_id]
        stream = self._streams[practice_id, step.category, step.stream_id]
        for version, event in enumerate(step.events, start=step.expected + 1):
            recorded = Recorded(
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
                recorded_at=dated.recorded_at,
                content=cause.content,
                clock_doubted=dated.doubted,
            )
            log.append(recorded)
            stream.append(recorded)

    def _require_subject(self, practice_id: UUID, step: Step) -> None:
        subject = (practice_id, step.client_id or practice_id)
        if step.category in FOUNDING and step.expected == 0:
            self._subjects.add(subject)
        if subject not in self._subjects:
            raise UnknownSubject

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        return list(self._streams.get((practice_id, category, stream_id), ()))

    async def read_first(
        self,
        practice_id: UUID,
        category: str,
        stream_ids: Sequence[UUID],
        *,
        client_id: UUID | None,
    ) -> list[Recorded]:
        found = [await self.read_stream(practice_id, category, one) for one in stream_ids]
        return first_of(found, client_id=client_id)

    async def read_flags(self, practice_id: UUID, client_id: UUID) -> list[Recorded]:
        return [
            one
            for one in self._logs[practice_id]
            if one.client_id == client_id and one.category == SAFETY_FLAG_CATEGORY
        ]

    async def among(
        self, practice_id: UUID, category: str, stream_ids: Collection[UUID]
    ) -> set[UUID]:
        there = {one.stream_id for one in self._logs[practice_id] if one.category == category}
        return there.intersection(stream_ids)

    async def ids(self, practice_id: UUID) -> DerivedIds:
        return DerivedIds.known_to_all(f"memory {practice_id}")

    async def read_client(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        after: int = 0,
        limit: int = PAGE_LIMIT,
        recorded_until: datetime | None = None,
    ) -> list[Recorded]:
        log = self._logs[practice_id]
        # Where a wrong clock was corrected by then, what it had dated was on record all the same.
        corrected = max(
            (
                one.position
                for one in log
                if isinstance(one.event, PracticeClockCorrected)
                and recorded_until is not None
                and one.recorded_at <= recorded_until
            ),
            default=0,
        )
        return [
            one
            for one in log[after:]
            if one.client_id == client_id
            and (
                recorded_until is None
                or one.recorded_at <= recorded_until
                or one.position < corrected
            )
        ][:limit]

    async def read_practice(
        self, practice_id: UUID, *, after: int = 0, limit: int = PAGE_LIMIT
    ) -> list[Recorded]:
        return self._logs[practice_id][after : after + limit]

    async def head(self, practice_id: UUID) -> int:
        return len(self._logs[practice_id])
