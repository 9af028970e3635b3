"""The run-time role where it is missing or has lost rights: given back, or named with a remedy."""

import shutil
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from migrations.rights import RightsMissing, find_missing, require_rights
from migrations.runner import migrate
from service.console.failures import explained
from service.database import SessionRefused
from service.embedded import EmbeddedPostgres, PostgresUrls
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import HURRIED, Database, execute, new_folder, run

# Who may do what, as Postgres keeps it.
RIGHTS = """
SELECT c.oid::regclass::text AS name, c.relacl::text[] AS rights
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'views', 'outbox') AND c.relkind = 'r'
UNION ALL
SELECT p.oid::regprocedure::text, p.proacl::text[]
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('public', 'views', 'outbox')
"""
LOSE_ALL = """
DO $$
DECLARE
  one text;
BEGIN
  FOR one IN SELECT unnest(ARRAY['public', 'views', 'outbox']) LOOP
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM cairn_runtime', one);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %I FROM cairn_runtime', one);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO PUBLIC', one);
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM cairn_runtime', one);
  END LOOP;
END
$$
"""


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


async def rights(connection: asyncpg.Connection) -> dict[str, set[str]]:
    return {row["name"]: set(row["rights"] or ()) for row in await connection.fetch(RIGHTS)}


class TestRights:
    async def test_are_those_that_the_migrations_give_and_no_others(self, owner, database):
        """The rules of migrations/rights.py and the GRANTs of the migrations say the same."""
        assert (await find_missing(owner)).rights == []
        given = await rights(owner)
        await execute(database.admin, LOSE_ALL)
        assert await rights(owner) != given
        said: list[str] = []
        assert await migrate(database.owner, say=said.append) == 0
        assert await rights(owner) == given
        assert said[0].startswith("gave back ")
        await require_rights(owner)

    @pytest.mark.parametrize(
        "lost",
        [
            "REVOKE SELECT ON event_log FROM cairn_runtime",
            "REVOKE DELETE ON views.goal_status FROM cairn_runtime",
            "REVOKE INSERT ON outbox.attempt FROM cairn_runtime",
            "REVOKE EXECUTE ON FUNCTION append_events FROM cairn_runtime",
            "REVOKE USAGE ON SCHEMA views FROM cairn_runtime",
            "GRANT EXECUTE ON FUNCTION append_event TO PUBLIC",
        ],
    )
    async def test_that_were_lost_are_named(self, owner, database, lost):
        await execute(database.admin, lost)
        with pytest.raises(RightsMissing, match=r"lacks 1 of its rights.*cairn migrate"):
            await require_rights(owner)


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresUrls]:
    """A server of this module alone: a role belongs to a whole server."""
    folder = new_folder()
    server = EmbeddedPostgres(folder, settings=HURRIED)
    try:
        urls = run(server.start)
        run(lambda: migrate(urls.owner))
        yield urls
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def without_role(urls: PostgresUrls) -> None:
    """As after a restore into another server: the tables are there, and no role."""
    admin = urls.admin.replace("/postgres?", "/cairn?")
    await execute(admin, "DROP OWNED BY cairn_runtime")
    await execute(admin, "DROP ROLE cairn_runtime")


async def why_it_does_not_open(urls: PostgresUrls) -> str:
    """What a process or a command says that is started meanwhile."""
    with pytest.raises(SessionRefused) as raised:
        async with Cairn.open(Settings(database_url=urls.runtime, key=bytes(32)), connections=1):
            pass
    return explained(raised.value)[1] or ""


class TestTheRole:
    async def test_is_made_again_with_its_rights_and_given_to_the_login(self, own_server):
        connection = await asyncpg.connect(own_server.owner)
        try:
            given = await rights(connection)
            await without_role(own_server)
            with pytest.raises(RightsMissing, match=r"cairn_runtime is missing.*cairn migrate"):
                await require_rights(connection)
            assert "role cairn_runtime is missing" in await why_it_does_not_open(own_server)
            said: list[str] = []
            assert await migrate(own_server.owner, say=said.append, login="cairn") == 0
            assert await rights(connection) == given
        finally:
            await connection.close()
        assert said[0] == "made the role cairn_runtime, which was missing"
        runtime = await asyncpg.connect(
            own_server.runtime, server_settings={"role": "cairn_runtime"}
        )
        await runtime.fetch("SELECT FROM event_log")
        await runtime.close()

    async def test_is_named_with_the_sql_where_the_login_may_not_make_it(self, own_server):
        await without_role(own_server)
        await execute(own_server.admin, "ALTER ROLE cairn_owner NOCREATEROLE")
        try:
            with pytest.raises(RightsMissing, match="superuser: CREATE ROLE cairn_runtime NOLOGIN"):
                await migrate(own_server.owner)
        finally:
            await execute(own_server.admin, "ALTER ROLE cairn_owner CREATEROLE")
            await migrate(own_server.owner, login="cairn")
