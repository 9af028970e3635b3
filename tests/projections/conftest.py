"""A record to project: a log, its views and whoever builds them, on a database that is restored."""

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from events.catalogue import CODEC
from events.keyring import Keyring
from events.postgres import PostgresStore
from events.practice import PracticeOpened
from events.record import Cause, Recorded, Step
from projections.catalogue import PROJECTIONS
from projections.queries import Views
from projections.rows import Projection, RowSeal, RowTable
from projections.runner import Projector
from service.wiring import utc_now
from tests.conftest import Database, Servers, run
from tests.contracts.stores import MASTER, RUNTIME
from tests.projections.past import PRACTICE, Log
from tests.restoring import SharedDatabase, shared_database

HERE = Path(__file__).parent
OPENED = "opened"
# Fixtures with a record live in the loop that the connections of its module live in.
in_its_loop = pytest_asyncio.fixture(loop_scope="module")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """A test with a record shares the loop that the connections of its module live in."""
    for item in items:
        if not isinstance(item, pytest.Function) or HERE not in item.path.parents:
            continue
        if "record" in item.fixturenames and inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A started store and the views beside it; `url` is the run time's way in."""

    url: str
    pool: asyncpg.Pool
    keyring: Keyring
    store: PostgresStore
    views: Views

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url, server_settings=RUNTIME)

    def projector(
        self, *, batch_events: int = 5_000, projections: Sequence[Projection] = PROJECTIONS
    ) -> Projector:
        return Projector(
            self.pool,
            self.keyring,
            self.connect,
            projections=projections,
            batch_events=batch_events,
        )

    async def open_practice(self, practice_id: UUID = PRACTICE) -> None:
        """A practice's own first event, at position 1."""
        opened = PracticeOpened(
            practice_id=practice_id, name="Elm Street", zone="UTC", country="GB", language="en"
        )
        await self.keep(Log().add(opened).kept, practice_id=practice_id)

    async def keep(self, recorded: Sequence[Recorded], *, practice_id: UUID = PRACTICE) -> int:
        """Append events as they were written down, one append each; the last position."""
        position = 0
        for one in recorded:
            step = Step(
                stream_id=one.stream_id,
                category=one.category,
                client_id=one.client_id,
                expected=one.version - 1,
                events=[one.event],
                occurred_at=one.occurred_at,
            )
            cause = Cause(
                command_id=UUID(int=(one.position << 64) | one.stream_id.int % 2**63),
                actor=one.actor,
                content=b"\x00" * 16,
                correlation=one.correlation,
            )
            receipt = await self.store.append(practice_id, [step], cause=cause)
            position = receipt.position
        return position

    async def documents(
        self, projection: Projection, practice_id: UUID = PRACTICE
    ) -> dict[UUID, Any]:
        """Every row of a view, opened."""
        table = RowTable(projection)
        names = ", ".join(column.name for column in table.columns)
        rows = await self.pool.fetch(
            f"SELECT {names}, client_id FROM views.{table.table} WHERE practice_id = $1",
            practice_id,
        )
        keys = await self.keyring.load(practice_id, {row["client_id"] for row in rows})
        row_seal = RowSeal(projection, practice_id)
        opened = {}
        for row in rows:
            document = row_seal.open(keys[row["client_id"]], row[projection.key], row["body"])
            values = projection.clear(document)
            kept = tuple(row[column.name] for column in projection.columns)
            assert kept == values, "what lies in clear is not what the document says"
            opened[row[projection.key]] = document
        return opened

    async def everything(
        self,
        practice_id: UUID = PRACTICE,
        *,
        projections: Sequence[Projection] = tuple(PROJECTIONS),
    ) -> dict[str, dict[UUID, Any]]:
        return {one.name: await self.documents(one, practice_id) for one in projections}


@asynccontextmanager
async def opened_record(url: str) -> AsyncIterator[Record]:
    """An empty log with one practice, PRACTICE, opened at position 1."""
    async with connected(url) as pool, started_record(url, pool) as made:
        await made.open_practice()
        yield made


def connected(url: str) -> asyncpg.Pool:
    """Connections as the product has them, when the block begins."""
    return asyncpg.create_pool(url, min_size=0, max_size=8, server_settings=RUNTIME)


@asynccontextmanager
async def started_record(url: str, pool: asyncpg.Pool) -> AsyncIterator[Record]:
    """A record of whatever is in the database, by connections that there are."""
    keyring = Keyring(pool, MASTER)

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings=RUNTIME)

    store = PostgresStore(pool, connect, keyring, utc_now, codec=CODEC)
    await store.start()
    try:
        yield Record(url=url, pool=pool, keyring=keyring, store=store, views=Views(pool, keyring))
    finally:
        await store.stop()


@pytest.fixture(scope="module")
def shared(servers: Servers, template: str) -> Iterator[SharedDatabase]:
    with shared_database(servers, template) as made:
        run(lambda: opened(made.database.runtime))
        made.save(OPENED)
        yield made


async def opened(url: str) -> None:
    async with opened_record(url):
        pass


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_pool(shared: SharedDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with connected(shared.database.runtime) as pool:
        yield pool


@pytest.fixture
def database(shared: SharedDatabase) -> Database:
    """The database of the module, with one practice, PRACTICE, opened at position 1."""
    shared.restore(OPENED)
    return shared.database


@in_its_loop
async def record(database: Database, shared_pool: asyncpg.Pool) -> AsyncIterator[Record]:
    """A record of its own, in the database and by the connections of the module."""
    async with started_record(database.runtime, shared_pool) as made:
        yield made
