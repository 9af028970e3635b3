"""A reader that asks for what lies after its position sees every event, once, in order."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg

from events.postgres import PostgresStore
from tests.conftest import Database
from tests.contracts.stores import cause, found, mood, postgres_store

WRITERS = 16
EVENTS = 24_000
STORES = 2  # Two processes' worth of writers, each with a connection of its own.


async def tail(store: PostgresStore, practice_id: UUID, until: int) -> list[tuple[int, UUID]]:
    """Follow the log as a downstream reader does, with nothing but a position."""
    seen: list[tuple[int, UUID]] = []
    after = 0
    while after < until:
        page = await store.read_practice(practice_id, after=after)
        seen += [(one.position, one.stream_id) for one in page]
        after = page[-1].position if page else after
        await asyncio.sleep(0)
    return seen


async def test_with_sixteen_writers_and_a_tailing_reader_nothing_is_missed(
    database: Database,
) -> None:
    committed: dict[int, UUID] = {}
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(postgres_store(database.runtime)) for _ in range(STORES)
        ]
        practice_id, client_id = await found(stores[0])
        reader = asyncio.create_task(tail(stores[0], practice_id, EVENTS + 2))

        async def write(nth: int) -> None:
            store = stores[nth % STORES]
            for _ in range(EVENTS // WRITERS):
                entry = mood(client_id)
                receipt = await store.append(practice_id, [entry], cause=cause())
                committed[receipt.position] = entry.stream_id

        await asyncio.gather(*(write(nth) for nth in range(WRITERS)))
        seen = await asyncio.wait_for(reader, timeout=60)

    assert [position for position, _ in seen] == list(range(1, EVENTS + 3))
    assert dict(seen[2:]) == committed
    assert len(committed) == EVENTS


async def test_a_transaction_held_open_elsewhere_delays_no_reader(database: Database) -> None:
    async with postgres_store(database.runtime) as store:
        held_id, _ = await found(store)
        practice_id, client_id = await found(store)
        holder = await asyncpg.connect(database.admin)
        try:
            async with holder.transaction():
                # Somebody appends to another practice and does not finish.
                await holder.execute(
                    "SELECT FROM practice_log WHERE practice_id = $1 FOR UPDATE", held_id
                )
                await holder.execute("CREATE TABLE unfinished (n integer)")
                for position in range(3, 23):
                    await asyncio.wait_for(
                        store.append(practice_id, [mood(client_id)], cause=cause()), timeout=5
                    )
                    page = await store.read_practice(practice_id, after=position - 1)
                    assert [one.position for one in page] == [position]
        finally:
            await holder.close()
