"""The writer keeps its word while its backends are killed and its answers are lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from events.catalogue import CODEC
from events.group_commit import PATIENCE_SECONDS, Connect
from events.keyring import Keyring
from events.postgres import PostgresStore
from events.record import Receipt
from events.store import StoreUnavailable
from service.wiring import utc_now
from tests.conftest import Database
from tests.contracts.stores import MASTER, RUNTIME, cause, found, mood, postgres_store

WRITERS = 32
EVENTS = 4_000
KILLS = 40


class Forgetful(asyncpg.Connection):
    """A connection that commits, and then sometimes breaks before it says so."""

    chance = random.Random(7)
    forgotten = 0

    async def _answer(self, answer: Any) -> Any:
        if self.chance.random() < 0.1:
            type(self).forgotten += 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle")
        return answer

    async def fetch(self, *args: Any, **options: Any) -> Any:
        return await self._answer(await super().fetch(*args, **options))

    async def fetchrow(self, *args: Any, **options: Any) -> Any:
        return await self._answer(await super().fetchrow(*args, **options))


@asynccontextmanager
async def forgetful_store(url: str) -> AsyncIterator[PostgresStore]:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(
            url, server_settings=RUNTIME | {"application_name": "writer"},
            connection_class=Forgetful,
        )  # fmt: skip

    async with asyncpg.create_pool(url, min_size=0, max_size=4, server_settings=RUNTIME) as pool:
        store = PostgresStore(pool, connect, Keyring(pool, MASTER), utc_now, codec=CODEC)
        await store.start()
        try:
            yield store
        finally:
            await store.stop()


def replace_connection(
    store: PostgresStore, connect: Connect, *, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """The writer's next connection is made like this."""
    sender = store._writer._main.sender
    sender.hang_up()
    sender._connect, store._writer._patience_seconds = connect, patience_seconds


async def test_every_acknowledged_event_is_stored_once_where_it_was_acknowledged(
    database: Database,
) -> None:
    acknowledged: dict[UUID, Receipt] = {}
    killed = 0

    async def kill(done: asyncio.Event) -> None:
        nonlocal killed
        gunman = await asyncpg.connect(database.admin)
        try:
            written = -1
            while not done.is_set():
                await asyncio.sleep(0.02)
                if len(acknowledged) == written:
                    # A machine that is busy elsewhere takes longer to connect than to be shot at.
                    continue
                written = len(acknowledged)
                killed += await gunman.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE application_name = 'writer'"
                )
        finally:
            await gunman.close()

    async with forgetful_store(database.runtime) as store:
        practice_id, client_id = await found(store)

        async def write(count: int) -> None:
            for _ in range(count):
                entry, why = mood(client_id), cause()
                acknowledged[entry.stream_id] = await store.append(practice_id, [entry], cause=why)

        done = asyncio.Event()
        gunfire = asyncio.create_task(kill(done))
        while killed < KILLS or len(acknowledged) < EVENTS:
            await asyncio.gather(*(write(EVENTS // WRITERS // 4) for _ in range(WRITERS)))
        done.set()
        await gunfire

    async with postgres_store(database.runtime) as store:
        log, after = [], 2
        while page := await store.read_practice(practice_id, after=after):
            log += page
            after = page[-1].position
    assert [one.position for one in log] == list(range(3, 3 + len(acknowledged)))
    assert {one.stream_id: one.position for one in log} == {
        stream_id: receipt.position for stream_id, receipt in acknowledged.items()
    }
    assert Forgetful.forgotten > 10


async def test_a_writer_that_cannot_reach_the_log_says_so_and_acknowledges_nothing(
    database: Database,
) -> None:
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)

        async def no_way() -> asyncpg.Connection:
            raise OSError

        replace_connection(store, no_way, patience_seconds=0.2)
        with pytest.raises(StoreUnavailable):
            await store.append(practice_id, [mood(client_id)], cause=cause())
        assert await store.head(practice_id) == 2


async def test_a_surprise_from_the_driver_does_not_end_the_writer(database: Database) -> None:
    class Surprising(asyncpg.Connection):
        surprises = 2

        async def fetchrow(self, *args: Any, **options: Any) -> Any:
            if type(self).surprises:
                type(self).surprises -= 1
                raise RuntimeError("unable to perform operation on a closed transport")
            return await super().fetchrow(*args, **options)

    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                database.runtime, server_settings=RUNTIME, connection_class=Surprising
            )

        replace_connection(store, connect)
        receipt = await store.append(practice_id, [mood(client_id)], cause=cause())
        assert (receipt.position, store.writing, Surprising.surprises) == (3, True, 0)


async def test_everybody_who_waits_is_told_when_patience_ends(database: Database) -> None:
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)

        async def no_way() -> asyncpg.Connection:
            raise OSError

        replace_connection(store, no_way, patience_seconds=0.3)
        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(
            *(store.append(practice_id, [mood(client_id)], cause=cause()) for _ in range(1000)),
            return_exceptions=True,
        )
        assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert asyncio.get_running_loop().time() - began < 5


async def test_an_append_that_postgres_cannot_take_fails_alone(database: Database) -> None:
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)
        bad = cause()
        bad = type(bad)(
            command_id=bad.command_id,
            actor="clinician:\x00",  # Postgres has no NUL in a text.
            content=bad.content,
            correlation=bad.correlation,
        )
        whys = [bad if n == 7 else cause() for n in range(20)]
        answers = await asyncio.gather(
            *(store.append(practice_id, [mood(client_id)], cause=why) for why in whys),
            return_exceptions=True,
        )
        assert [isinstance(answer, Receipt) for answer in answers] == [n != 7 for n in range(20)]
        assert await store.head(practice_id) == 21


async def test_whoever_waits_when_the_writer_stops_is_told(database: Database) -> None:
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)
        locker = await asyncpg.connect(database.admin)
        try:
            async with locker.transaction():
                await locker.execute("LOCK practice_log IN EXCLUSIVE MODE")
                waiting = asyncio.create_task(
                    store.append(practice_id, [mood(client_id)], cause=cause())
                )
                await asyncio.sleep(0.1)
                await store.stop()
                with pytest.raises(StoreUnavailable):
                    await waiting
            with pytest.raises(StoreUnavailable):
                await store.append(practice_id, [mood(client_id)], cause=cause())
        finally:
            await locker.close()
