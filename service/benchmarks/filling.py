"""Fills a practice's log with histories, through the store, as fast as it takes them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID, uuid4

from events.practice import PRACTICE, OpenPractice
from events.record import Cause, Step, digest
from events.store import EventStore
from events.transact import begin
from service.benchmarks.histories import Person, day_after_day
from service.benchmarks.servers import ACTOR
from service.wiring import utc_now

# So many steps in one append: as an import would send them, if it could read ahead.
APPEND_STEPS = 200
UNDER_WAY = 4

Progress = Callable[[float, float | None], None]


def cause() -> Cause:
    """A command of its own."""
    return Cause(command_id=uuid4(), actor=ACTOR, content=digest("bench"), correlation=uuid4())


async def open_practice(store: EventStore) -> UUID:
    """A new practice."""
    practice_id = uuid4()
    await begin(
        store,
        PRACTICE,
        PRACTICE.stream(practice_id, practice_id),
        OpenPractice(practice_id=practice_id, name="Bench", zone="Europe/Zurich", country="CH"),
        cause=cause(),
        occurred_at=utc_now(),
    )
    return practice_id


async def fill(
    store: EventStore, practice_id: UUID, everybody: Sequence[Person], progress: Progress
) -> int:
    """Enrol everybody, then append what they record; answers the practice's head.

    `progress` is told how many events have been appended.
    """
    done = 0
    slots = asyncio.Semaphore(UNDER_WAY)

    async def append(steps: Sequence[Step]) -> None:
        nonlocal done
        try:
            await store.append(practice_id, steps, cause=cause())
        finally:
            slots.release()
        done += sum(len(step.events) for step in steps)
        progress(done, None)

    for steps in (
        (person.enrolment() for person in everybody),
        day_after_day(everybody),
    ):
        # Whoever is enrolled has a key in the cache, so later appends are queued in this order.
        async with asyncio.TaskGroup() as appends:
            for chunk in chunks(steps):
                await slots.acquire()
                appends.create_task(append(chunk))
    return await store.head(practice_id)


def chunks(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Steps in bunches in which no stream is named twice."""
    source = iter(steps)
    waiting: list[Step] = []
    while bunch := waiting + list(islice(source, APPEND_STEPS - len(waiting))):
        named: set[UUID] = set()
        for nth, step in enumerate(bunch):
            if step.stream_id in named:
                bunch, waiting = bunch[:nth], bunch[nth:]
                break
            named.add(step.stream_id)
        else:
            waiting = []
        yield bunch
