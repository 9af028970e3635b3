"""A practice that somebody else's transaction holds up, or an append that the server fails at,
stands in the way of no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from events.group_commit import LANES_APART
from events.postgres import PostgresStore
from events.record import Receipt
from events.store import ContentMismatch, StoreUnavailable
from tests.conftest import Database
from tests.contracts.stores import cause, found, mood, postgres_store

HOLD_HEAD = "SELECT 1 FROM practice_log WHERE practice_id = ANY ($1) FOR UPDATE"
# Well below what a practice waits that has a lock in its way, and far above a commit.
AT_ONCE_SECONDS = 5.0
FAIL = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.actor LIKE '%poison%' THEN
    RAISE EXCEPTION 'an internal error' USING ERRCODE = 'XX000';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fail BEFORE INSERT ON event_log FOR EACH ROW EXECUTE FUNCTION fail()
"""


@pytest.fixture
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    async with postgres_store(database.runtime) as store:
        yield store


@asynccontextmanager
async def holding(database: Database, practices: list[UUID]) -> AsyncIterator[None]:
    """Somebody has begun a transaction in these practices, and does not go on with it."""
    somebody = await asyncpg.connect(database.admin)
    try:
        async with somebody.transaction():
            await somebody.execute(HOLD_HEAD, practices)
            yield
    finally:
        await somebody.close()


async def append(store: PostgresStore, practice_id: UUID, client_id: UUID) -> Receipt:
    return await store.append(practice_id, [mood(client_id)], cause=cause())


async def test_a_practice_that_is_locked_keeps_no_other_waiting(
    store: PostgresStore, database: Database
) -> None:
    stuck, client_id = await found(store)
    other, other_client = await found(store)
    async with holding(database, [stuck]):
        waiting = [asyncio.create_task(append(store, stuck, client_id)) for _ in range(3)]
        async with asyncio.timeout(AT_ONCE_SECONDS):
            for _ in range(20):
                await asyncio.gather(*(append(store, other, other_client) for _ in range(5)))
        assert not any(one.done() for one in waiting)
        # Nothing but the practice itself looks as if it hung.
        assert (store.practices_apart, store.busy_seconds) == (1, 0.0)
        waiting += [asyncio.create_task(append(store, stuck, client_id)) for _ in range(3)]
    receipts = await asyncio.gather(*waiting)
    assert [one.position for one in receipts] == [3, 4, 5, 6, 7, 8]
    await append(store, stuck, client_id)
    assert (store.practices_apart, await store.head(stuck)) == (0, 9)


async def test_what_waits_apart_is_told_when_patience_ends(
    store: PostgresStore, database: Database
) -> None:
    store._writer._patience_seconds = 0.5
    stuck, client_id = await found(store)
    async with holding(database, [stuck]):
        with pytest.raises(StoreUnavailable):
            await append(store, stuck, client_id)
    assert (await append(store, stuck, client_id)).position == 3


async def test_so_many_are_tried_apart_and_the_others_are_told_at_once(
    store: PostgresStore, database: Database
) -> None:
    stuck = [await found(store) for _ in range(LANES_APART + 1)]
    other, other_client = await found(store)
    async with holding(database, [practice_id for practice_id, _ in stuck]):
        waiting = [asyncio.create_task(append(store, *one)) for one in stuck]
        async with asyncio.timeout(AT_ONCE_SECONDS):
            await append(store, other, other_client)
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [type(one.exception()) for one in done] == [StoreUnavailable]
        assert store.practices_apart == LANES_APART
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(one, Receipt) for one in answers) == LANES_APART


async def test_a_stream_keeps_its_order_while_its_practice_waits(
    store: PostgresStore, database: Database
) -> None:
    stuck, client_id = await found(store)
    entry = mood(client_id)
    async with holding(database, [stuck]):
        first = asyncio.create_task(store.append(stuck, [entry], cause=cause("one")))
        await asyncio.sleep(0.5)
        second = asyncio.create_task(store.append(stuck, [entry], cause=cause("two")))
        await asyncio.sleep(0.1)
    assert (await first).position == 3
    with pytest.raises(ContentMismatch):
        await second


async def test_whoever_waits_apart_when_the_writer_stops_is_told(
    store: PostgresStore, database: Database
) -> None:
    stuck, client_id = await found(store)
    async with holding(database, [stuck]):
        waiting = asyncio.create_task(append(store, stuck, client_id))
        await asyncio.sleep(1.0)
        assert store.practices_apart == 1
        await store.stop()
        with pytest.raises(StoreUnavailable):
            await waiting


@pytest.fixture
async def failing(database: Database) -> None:
    """The server fails at whatever a poisonous actor appends."""
    admin = await asyncpg.connect(database.admin)
    await admin.execute(FAIL)
    await admin.close()


@pytest.mark.usefixtures("failing")
async def test_an_append_that_the_server_fails_at_is_answered_alone(store: PostgresStore) -> None:
    practices = [await found(store) for _ in range(3)]
    whys = [(nth, cause()) for nth in range(21)]
    poisonous = {
        nth: type(why)(
            command_id=why.command_id,
            actor="clinician:poison",
            content=why.content,
            correlation=why.correlation,
        )
        for nth, why in whys
        if nth in (4, 7)
    }
    async with asyncio.timeout(AT_ONCE_SECONDS):
        answers = await asyncio.gather(
            *(
                store.append(
                    practices[nth % 3][0],
                    [mood(practices[nth % 3][1])],
                    cause=poisonous.get(nth, why),
                )
                for nth, why in whys
            ),
            return_exceptions=True,
        )
    refused = [nth for nth, one in enumerate(answers) if isinstance(one, StoreUnavailable)]
    assert refused == [4, 7]
    assert sum(isinstance(one, Receipt) for one in answers) == 19
    assert (await append(store, *practices[1])).position == 8
    assert store.practices_apart == 0
