"""A body opens in its own place of the log and in no other, whoever has moved it there.

Somebody with every right in the database, and without the key, could else let a record say
something that was never said: an earlier version in the place of a later one, for example.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.postgres import PostgresStore, place
from events.record import Recorded, Unreadable
from events.sealing import SealBroken, seal, unseal
from tests.conftest import Database
from tests.contracts.stores import MASTER, cause, enrol, found, mood, pauses, postgres_store

KEY = AESGCM(b"a client's key of thirty-two byt")
PRACTICE_ID, STREAM_ID = UUID(int=1), UUID(int=2)
PLACE: dict[str, Any] = {
    "practice_id": PRACTICE_ID,
    "stream_id": STREAM_ID,
    "version": 2,
    "type_": "goal.paused.v1",
}
ELSEWHERE: dict[str, list[Any]] = {
    "practice_id": [UUID(int=3)],
    "stream_id": [UUID(int=3)],
    "version": [1, 3, 258, 2 + (1 << 16), 2 + (1 << 24)],
    "type_": ["goal.resumed.v1", "goal.paused.v2", "goal.paused.v", ""],
}


class TestPlace:
    @pytest.mark.parametrize(
        ("part", "other"),
        [(part, other) for part, others in ELSEWHERE.items() for other in others],
    )
    def test_is_another_where_any_part_of_it_is(self, part: str, other: Any) -> None:
        sealed = seal(KEY, b"4", context=place(**PLACE))
        assert unseal(KEY, sealed, context=place(**PLACE)) == b"4"
        with pytest.raises(SealBroken):
            unseal(KEY, sealed, context=place(**{**PLACE, part: other}))

    def test_is_not_the_same_where_one_part_runs_into_the_next(self) -> None:
        runs_on = [(2, "2x"), (22, "x"), (2, "\x02x"), (514, "x"), (2, "x"), (50, "x")]
        places = {b"".join(place(**{**PLACE, "version": v, "type_": t})) for v, t in runs_on}
        assert len(places) == len(runs_on)


SWAP = """
UPDATE event_log e
SET body = other.body
FROM event_log other
WHERE e.practice_id = $1 AND other.practice_id = $1
  AND (e.position, other.position) IN (($2, $3), ($3, $2))
"""


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    async with postgres_store(database.runtime) as opened:
        yield opened


@asynccontextmanager
async def meddling(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with every right, who has taken the log's own guard away."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("ALTER TABLE event_log DISABLE TRIGGER ALL")
        yield connection
    finally:
        await connection.close()


def does_not_open(recorded: Recorded) -> bool:
    return isinstance(recorded.event, Unreadable) and recorded.event.why == "SealBroken"


class TestABodyThatWasMoved:
    async def test_to_another_version_of_its_stream_does_not_open(
        self, store: PostgresStore, database: Database
    ) -> None:
        practice_id, client_id = await found(store)
        goal_id = uuid4()
        # Paused, resumed, paused: the first and the third are of one type.
        steps = [pauses(client_id, goal_id, expected=0, count=3)]
        await store.append(practice_id, steps, cause=cause())
        await self.swapped(store, database, practice_id, 3, 5)

    async def test_to_another_stream_does_not_open(
        self, store: PostgresStore, database: Database
    ) -> None:
        practice_id, client_id = await found(store)
        for rating in (2, 9):
            await store.append(practice_id, [mood(client_id, rating=rating)], cause=cause())
        await self.swapped(store, database, practice_id, 3, 4)

    async def test_to_another_client_does_not_open(
        self, store: PostgresStore, database: Database
    ) -> None:
        practice_id, client_id = await found(store)
        other_id, entry = uuid4(), mood(client_id)
        await enrol(store, practice_id, other_id)
        await store.append(practice_id, [entry], cause=cause())
        async with meddling(database) as connection:
            await connection.execute(
                "UPDATE event_log SET client_id = $1 WHERE position = 4", other_id
            )
        (there,) = await store.read_stream(practice_id, "mood", entry.stream_id)
        assert does_not_open(there)

    async def test_to_another_type_does_not_open(
        self, store: PostgresStore, database: Database
    ) -> None:
        practice_id, client_id = await found(store)
        entry = mood(client_id)
        await store.append(practice_id, [entry], cause=cause())
        async with meddling(database) as connection:
            await connection.execute(
                "UPDATE event_log SET type = 'mood.corrected.v1' WHERE position = 3"
            )
        (there,) = await store.read_stream(practice_id, "mood", entry.stream_id)
        assert does_not_open(there)

    async def test_to_another_practice_does_not_open_with_the_key_there_either(
        self, store: PostgresStore, database: Database
    ) -> None:
        practice_id, client_id = await found(store)
        elsewhere, _ = await found(store)
        entry = mood(client_id)
        await store.append(practice_id, [entry], cause=cause())
        async with meddling(database) as connection:
            wrapped = await connection.fetchval(
                "SELECT wrapped FROM data_key WHERE (practice_id, subject_id) = ($1, $2)",
                practice_id,
                client_id,
            )
            key = MASTER.unwrap(practice_id, client_id, wrapped)
            await connection.execute(
                "INSERT INTO data_key (practice_id, subject_id, wrapped) VALUES ($1, $2, $3)",
                elsewhere,
                client_id,
                MASTER.wrap(elsewhere, client_id, key),
            )
            await connection.execute(
                "UPDATE event_log SET practice_id = $1 WHERE practice_id = $2 AND position = 3",
                elsewhere,
                practice_id,
            )
        (there,) = await store.read_stream(elsewhere, "mood", entry.stream_id)
        assert does_not_open(there)

    async def swapped(
        self, store: PostgresStore, database: Database, practice_id: UUID, one: int, other: int
    ) -> None:
        """Two bodies have changed places: neither opens, and back in their places both do."""
        before = await store.read_practice(practice_id)
        async with meddling(database) as connection:
            await connection.execute(SWAP, practice_id, one, other)
        for position in (one, other):
            (there,) = await store.read_practice(practice_id, after=position - 1, limit=1)
            assert does_not_open(there)
        async with meddling(database) as connection:
            await connection.execute(SWAP, practice_id, one, other)
        assert await store.read_practice(practice_id) == before
