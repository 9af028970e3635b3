"""Stores to test, opened as the product opens them, and ordinary appends to put into them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from events.catalogue import CODEC
from events.client import ClientEnrolled
from events.codec import Codec
from events.goal import GoalPaused, GoalResumed
from events.keyring import Keyring
from events.mood import MoodLogged
from events.postgres import PostgresStore
from events.practice import PracticeOpened
from events.record import Cause, Step, digest
from events.safety_flag import SafetyFlagAcknowledged
from events.sealing import MasterKey
from events.store import EventStore
from service.wiring import Clock, utc_now

RUNTIME = {"role": "cairn_runtime"}
MASTER = MasterKey(b"a master key of 32 bytes, for us")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@asynccontextmanager
async def postgres_store(
    url: str, *, connections: int = 4, clock: Clock = utc_now, codec: Codec = CODEC
) -> AsyncIterator[PostgresStore]:
    """A started store on a migrated database, in the role of the run time."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings=RUNTIME)

    async with asyncpg.create_pool(
        url, min_size=0, max_size=connections, server_settings=RUNTIME
    ) as pool:
        store = PostgresStore(pool, connect, Keyring(pool, MASTER), clock, codec=codec)
        await store.start()
        try:
            yield store
        finally:
            await store.stop()


def cause(*asked: object, command_id: UUID | None = None) -> Cause:
    """Why: by default a command of its own, asking for nothing in particular."""
    return Cause(
        command_id=command_id or uuid4(),
        actor="clinician:anna",
        content=digest(*asked),
        correlation=uuid4(),
    )


async def found(store: EventStore) -> tuple[UUID, UUID]:
    """A practice with one client: their ids. Positions 1 and 2 are taken."""
    practice_id, client_id = uuid4(), uuid4()
    opened = PracticeOpened(
        practice_id=practice_id, name="Elm Street", zone="UTC", country="GB", language="en"
    )
    step = Step(
        stream_id=practice_id,
        category="practice",
        client_id=None,
        expected=0,
        events=[opened],
        occurred_at=NOON,
    )
    await store.append(practice_id, [step], cause=cause())
    await enrol(store, practice_id, client_id)
    return practice_id, client_id


async def enrol(store: EventStore, practice_id: UUID, client_id: UUID) -> None:
    enrolled = ClientEnrolled(
        client_id=client_id, display_name="Ida", zone="Europe/Zurich", language="en"
    )
    step = Step(
        stream_id=client_id,
        category="client",
        client_id=client_id,
        expected=0,
        events=[enrolled],
        occurred_at=NOON,
    )
    await store.append(practice_id, [step], cause=cause())


def mood(client_id: UUID, *, mood_id: UUID | None = None, rating: int = 6) -> Step:
    """A mood entry: a new stream."""
    mood_id = mood_id or uuid4()
    logged = MoodLogged(mood_id=mood_id, client_id=client_id, rating=rating, occurred_at=NOON)
    return Step(
        stream_id=mood_id,
        category="mood",
        client_id=client_id,
        expected=0,
        events=[logged],
        occurred_at=NOON,
    )


def pauses(client_id: UUID, goal_id: UUID, *, expected: int, count: int = 1) -> Step:
    """So many facts about a goal, seen at a version."""
    kinds = (GoalPaused, GoalResumed)
    return Step(
        stream_id=goal_id,
        category="goal",
        client_id=client_id,
        expected=expected,
        events=[kinds[n % 2](goal_id=goal_id) for n in range(count)],
        occurred_at=NOON,
    )


def acknowledged(client_id: UUID, stream_id: UUID, *, expected: int) -> Step:
    """A fact about a flag, in a stream of flags that is seen at a version."""
    return Step(
        stream_id=stream_id,
        category="safety_flag",
        client_id=client_id,
        expected=expected,
        events=[SafetyFlagAcknowledged(flag_id=stream_id)],
        occurred_at=NOON,
    )
