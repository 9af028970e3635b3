"""The place where workers are tried: a real log, real views, and a clock we set.

To make a database, and to meet it with new connections, takes a test a tenth of a second, most of
it the server's. So the tests of a module share one, which is emptied before each of them; a test
that asks for a `database` has one of its own, which it may harm.
"""

import inspect
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.conftest import Database, Servers, copied_database
from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import Receiver, receiving
from tests.workers.site import Site, postgres_site
from workers.posting import Poster

HERE = Path(__file__).parent
# What may only be added to, and the trigger that sees to it.
APPEND_ONLY = {
    "event_log": "event_log_is_append_only",
    "outbox.attempt": "attempt_is_append_only",
    "head_at_upgrade": "head_at_upgrade_is_append_only",
}
TABLES = """
SELECT format('%s', oid::regclass) FROM pg_class
WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('public', 'views', 'outbox')
"""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """They share the loop, too, that the connections of the site live in."""
    for item in items:
        if not isinstance(item, pytest.Function) or HERE not in item.path.parents:
            continue
        if inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


class Emptied:
    """A site that is emptied of all that was recorded there."""

    def __init__(self, site: Site, admin: asyncpg.Pool, statement: str) -> None:
        self._site = site
        self._admin = admin
        self._statement = statement

    @classmethod
    async def begin(cls, site: Site, admin: asyncpg.Pool) -> "Emptied":
        """What a new database has in it stays."""
        tables = [one[0] for one in await admin.fetch(TABLES)]
        emptied = [
            table for table in tables if not await admin.fetch(f"SELECT FROM {table} LIMIT 1")
        ]
        return cls(site, admin, emptying(emptied))

    async def anew(self) -> Site:
        await self._admin.execute(self._statement)
        return self._site.with_store(self._site.store)


def emptying(tables: Sequence[str]) -> str:
    """Deletes, because to truncate a table makes files, and lets every connection forget it."""
    statements = [
        "SET LOCAL session_replication_role = replica",
        *(f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in APPEND_ONLY.items()),
        *(f"DELETE FROM {table}" for table in tables),
        *(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
            for table, name in APPEND_ONLY.items()
        ),
    ]
    return ";".join(statements)


@pytest.fixture(scope="module")
def shared_database(servers: Servers, template: str) -> Iterator[Database]:
    with copied_database(servers, template) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(shared_database: Database) -> AsyncIterator[Emptied]:
    async with (
        asyncpg.create_pool(shared_database.admin, min_size=1, max_size=1) as admin,
        postgres_site(shared_database.runtime) as site,
    ):
        yield await Emptied.begin(site, admin)


@pytest.fixture
def emptied_or_new(request: pytest.FixtureRequest) -> Emptied | Database:
    asked = "database" if "database" in request.fixturenames else "shared_site"
    found: Emptied | Database = request.getfixturevalue(asked)
    return found


@in_its_loop
async def site(emptied_or_new: Emptied | Database) -> AsyncIterator[Site]:
    """An empty record and everything a worker needs."""
    if isinstance(emptied_or_new, Emptied):
        yield await emptied_or_new.anew()
        return
    async with postgres_site(emptied_or_new.runtime) as site:
        yield site


@in_its_loop
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks on this machine, without TLS."""
    async with receiving() as receiver:
        yield receiver


@in_its_loop
async def poster() -> AsyncIterator[Poster]:
    """A poster that may go to this machine."""
    async with Poster(any_network=True, limit_seconds=5.0) as poster:
        yield poster
