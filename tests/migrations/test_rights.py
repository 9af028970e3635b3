"""What the run-time role may do to every table and function that there is, and what it may not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from events.sql import statement
from projections.catalogue import VIEW_NAMES
from projections.sql import statement as view_statement
from tests.conftest import Database

RUNTIME = {"role": "cairn_runtime"}
SCHEMAS = ("public", "views", "outbox")
# It sets no path (migration 0017); TestTheRunTimeRole leads it astray in vain.
ALL_NAMES_IN_FULL = "append_event"
APPEND_FUNCTIONS = {"append_event", "append_events", "append_events_of_practices"}

TABLES = """
SELECT n.nspname AS schema_name, c.relname AS table_name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
ORDER BY 1, 2
"""
OWNERS = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner) AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind <> 'i'
UNION ALL
SELECT n.nspname, pg_get_userbyid(n.nspowner)
FROM pg_namespace n
WHERE n.nspname IN ('views', 'outbox')
UNION ALL
SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner)
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1)
"""
FUNCTIONS = """
SELECT
  p.proname AS name,
  p.prosecdef AS with_its_owners_rights,
  p.proconfig AS settings,
  has_function_privilege('cairn_runtime', p.oid, 'EXECUTE') AS may_call,
  NOT EXISTS (
    SELECT
    FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    WHERE a.grantee = 0
  ) AS closed_to_others
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1)
"""

# What takes a table away, empties or changes it, or hangs something on it. {} is the table.
ON_A_TABLE = (
    "DROP TABLE {}",
    "DROP TABLE {} CASCADE",
    "TRUNCATE {}",
    "TRUNCATE {} CASCADE",
    "ALTER TABLE {} ADD COLUMN stone text",
    "ALTER TABLE {} DROP COLUMN practice_id",
    "ALTER TABLE {} RENAME TO stone",
    "ALTER TABLE {} SET SCHEMA pg_temp",
    "ALTER TABLE {} OWNER TO cairn_runtime",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {} SET (autovacuum_enabled = off)",
    "CREATE INDEX ON {} ((true))",
    "CREATE RULE stone AS ON INSERT TO {} DO INSTEAD NOTHING",
    "CREATE TRIGGER stone BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "COMMENT ON TABLE {} IS 'stone'",
    "REINDEX TABLE {}",
    "CLUSTER {}",
)
ON_A_SCHEMA = (
    "CREATE TABLE {}.stone (name text)",
    "CREATE VIEW {}.stone AS SELECT 1 AS name",
    "CREATE FUNCTION {}.stone() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE SEQUENCE {}.stone",
    "CREATE TYPE {}.stone AS (name text)",
    "ALTER SCHEMA {} RENAME TO stone",
    "ALTER SCHEMA {} OWNER TO cairn_runtime",
    "DROP SCHEMA {} CASCADE",
)
ELSEWHERE = (
    "CREATE SCHEMA stone",
    "CREATE EXTENSION file_fdw",
    "CREATE ROLE stone",
    "ALTER ROLE cairn_owner PASSWORD 'stone'",
    "SET ROLE cairn_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION cairn_owner",
    "SET session_replication_role = replica",
    "COPY data_key TO PROGRAM 'cat'",
    "COPY data_key FROM '/etc/hosts'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT lo_import('/etc/hosts')",
    "DROP FUNCTION append_event",
    "ALTER FUNCTION append_event SECURITY INVOKER",
    "SELECT refused_appends(gen_random_uuid(), '{}', '{}', '{}', '{}', '{}', '{}')",
    "SELECT views.require_view('caseload')",
)


@pytest.fixture
async def runtime(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the product makes them."""
    connection = await asyncpg.connect(database.runtime, server_settings=RUNTIME)
    yield connection
    await connection.close()


async def tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch(TABLES, list(SCHEMAS))
    found = [f"{row['schema_name']}.{row['table_name']}" for row in rows]
    assert {"public.event_log", "views.checkpoint", "outbox.attempt"} <= set(found)
    return found


async def not_refused(connection: asyncpg.Connection, statements: list[str]) -> list[str]:
    """Those of the statements that Postgres does not refuse for want of a right."""
    allowed = []
    for one in statements:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute(one)
        except asyncpg.InsufficientPrivilegeError:  # 42501
            continue
        except asyncpg.PostgresError as other:
            allowed.append(f"{one}: {other}")
        else:
            allowed.append(one)
        finally:
            await transaction.rollback()
    return allowed


class TestTheRunTimeRole:
    @pytest.mark.parametrize("dangerous", ON_A_TABLE)
    async def test_changes_no_table(self, runtime, dangerous):
        said = [dangerous.format(table) for table in await tables(runtime)]
        assert await not_refused(runtime, said) == []

    @pytest.mark.parametrize("dangerous", ON_A_SCHEMA)
    async def test_makes_and_takes_away_nothing(self, runtime, dangerous):
        said = [dangerous.format(schema) for schema in SCHEMAS]
        assert await not_refused(runtime, said) == []

    async def test_becomes_nobody_else_and_reaches_no_file(self, runtime):
        assert await not_refused(runtime, list(ELSEWHERE)) == []

    async def test_owns_nothing(self, runtime):
        owners = await runtime.fetch(OWNERS, list(SCHEMAS))
        mine = [row["name"] for row in owners if row["owner"] in ("cairn_runtime", "cairn")]
        assert owners
        assert mine == []

    async def test_writes_only_what_it_must(self, runtime):
        rights = {
            table: {
                right
                for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
                if await runtime.fetchval("SELECT has_table_privilege($1, $2)", table, right)
            }
            for table in await tables(runtime)
        }
        assert rights.pop("public.event_log") == set()
        assert rights.pop("public.practice_log") == set()
        assert rights.pop("public.migration") == set()
        assert rights.pop("public.head_at_upgrade") == set()
        assert rights.pop("public.heartbeat") == {"INSERT", "UPDATE", "DELETE"}
        assert rights.pop("public.epoch") == set()
        assert rights.pop("public.epoch_head") == set()
        assert rights.pop("public.data_key") == {"INSERT"}
        assert rights.pop("public.id_key") == {"INSERT"}  # It is never rotated.
        assert rights.pop("outbox.attempt") == {"INSERT"}
        for table in ("outbox.subscription", "outbox.delivery"):
            assert rights.pop(table) == {"INSERT", "UPDATE"}
        for table in (*VIEW_NAMES, "checkpoint", "set_aside"):
            assert rights.pop(f"views.{table}") == {"INSERT", "UPDATE", "DELETE"}
        assert rights == {}

    @pytest.mark.parametrize(
        "change",
        [
            "INSERT INTO event_log SELECT * FROM event_log",
            "INSERT INTO event_log DEFAULT VALUES",
            "COPY event_log FROM STDIN",
            "UPDATE event_log SET recorded_at = now()",
            "DELETE FROM event_log",
            "MERGE INTO event_log USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
            "SELECT * FROM event_log FOR UPDATE",
            "LOCK TABLE event_log IN SHARE MODE",
            "INSERT INTO practice_log VALUES (gen_random_uuid(), 7, now())",
            "UPDATE practice_log SET position = 0",
            "DELETE FROM practice_log",
            "SELECT * FROM practice_log FOR UPDATE",
            "LOCK TABLE practice_log IN SHARE MODE",
            "UPDATE data_key SET wrapped = ''",
            "DELETE FROM data_key",
            "UPDATE id_key SET wrapped = ''",
            "DELETE FROM id_key",
            "INSERT INTO head_at_upgrade VALUES (gen_random_uuid(), 7)",
            "UPDATE head_at_upgrade SET position = 7",
            "DELETE FROM head_at_upgrade",
            "UPDATE outbox.attempt SET disclosed = false",
            "DELETE FROM outbox.attempt",
            "DELETE FROM outbox.delivery",
            "DELETE FROM outbox.subscription",
            "INSERT INTO migration VALUES (99, 'stone', '')",
        ],
    )
    async def test_changes_no_row_of_these(self, runtime, change):
        assert await not_refused(runtime, [change]) == []

    @pytest.mark.parametrize("function", ["make_beside", "analyze_beside", "swap_beside"])
    @pytest.mark.parametrize(
        "name",
        [
            "checkpoint", "set_aside", "caseload_beside", "weather", "event_log",
            "public.event_log", "", "%",
            'caseload"; DROP TABLE event_log; --', "caseload'; DROP TABLE event_log; --",
            "pg_class", "CASELOAD", "caseload ", "views.caseload",
        ],
    )  # fmt: skip
    async def test_builds_nothing_anew_but_views(self, runtime, function, name):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no view of this name"):
            await runtime.execute(view_statement(function), name)

    async def test_builds_no_table_anew_whose_rows_it_may_not_delete(self, runtime, database):
        owner = await asyncpg.connect(database.owner)
        try:
            await owner.execute("CREATE TABLE views.stone (practice_id uuid PRIMARY KEY)")
            await owner.execute("GRANT SELECT, INSERT, UPDATE ON views.stone TO cairn_runtime")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await runtime.execute(view_statement("make_beside"), "stone")
            await owner.execute("GRANT DELETE ON views.stone TO cairn_runtime")
            await runtime.execute(view_statement("make_beside"), "stone")
        finally:
            await owner.close()

    async def test_is_not_led_astray_by_what_it_makes_itself(self, runtime):
        # Names in the functions are looked up in the owner's schemas, whatever the caller's are.
        await runtime.execute("CREATE TEMPORARY TABLE event_log (position bigint)")
        await runtime.execute("CREATE TEMPORARY TABLE practice_log (practice_id uuid)")
        await runtime.execute("SET search_path = pg_temp")
        sql = statement("append_events").replace("append_events(", "public.append_events(")
        with pytest.raises(asyncpg.PostgresError) as refused:
            await runtime.fetch(
                sql, "00000000-0000-0000-0000-000000000001", datetime.now(UTC), [0], [True],
                [None], ["mood"], [1], [None], ["mood.logged.v1"], [b""], [""], [None], [None],
                [None],
            )  # fmt: skip
        assert refused.value.sqlstate == "CA404"  # It looked into the true head, and found none.

    @pytest.mark.parametrize("said_now", [timedelta(), timedelta(hours=1)])
    async def test_is_not_led_astray_where_an_append_comes_alone(
        self, runtime, database, said_now: timedelta
    ):
        practice_id, client_id = uuid4(), uuid4()
        now = datetime.now(UTC)
        about = (b"", "tester", uuid4(), uuid4(), now)
        await runtime.fetch(
            statement("append_events"), practice_id, now, [0], [True], [practice_id], ["practice"],
            [1], [None], ["practice.opened.v1"], *([one] for one in about),
        )  # fmt: skip
        # As the owner, none of this would be looked at: it would be the owner's rights that obey.
        await runtime.execute(
            "CREATE FUNCTION pg_temp.spy() RETURNS boolean LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'led astray as %', current_user; END $$"
        )
        for table in ("event_log", "practice_log"):
            await runtime.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})")
        for type_ in ("uuid", "text", "bytea", "timestamptz", "int4", "int8", "bool", "record"):
            await runtime.execute(
                f"CREATE DOMAIN pg_temp.{type_} AS pg_catalog.text CHECK (pg_temp.spy())"
            )
        for function in ("clock_timestamp()", "now()"):
            await runtime.execute(
                f"CREATE FUNCTION pg_temp.{function} RETURNS pg_catalog.timestamptz LANGUAGE sql"
                " AS $$ SELECT 'infinity'::pg_catalog.timestamptz FROM pg_temp.spy() $$"
            )
        await runtime.execute("SET search_path = pg_temp, pg_catalog")
        recorded = await runtime.fetchval(
            "SELECT public.append_event"
            "($1, $2, $3, 'mood', 1, $3, 'mood.logged.v1', $4, $5, $6, $7, $8)",
            practice_id, now + said_now, client_id, *about,
        )  # fmt: skip
        assert recorded == 2
        owner = await asyncpg.connect(database.owner)
        try:
            found = "SELECT position FROM event_log WHERE stream_id = $1"
            assert await owner.fetchval(found, client_id) == 2
        finally:
            await owner.close()


class TestFunctions:
    async def test_that_work_with_their_owners_rights_look_nowhere_else(self, runtime):
        functions = await runtime.fetch(FUNCTIONS, list(SCHEMAS))
        powerful = [one for one in functions if one["with_its_owners_rights"]]
        assert {one["name"] for one in powerful} > APPEND_FUNCTIONS
        for one in powerful:
            if one["name"] == ALL_NAMES_IN_FULL:
                assert one["settings"] is None
                continue
            (path,) = [s for s in one["settings"] or [] if s.startswith("search_path=")]
            assert path.removeprefix("search_path=").split(", ")[0] == "pg_catalog", one["name"]

    async def test_are_called_by_the_run_time_role_and_by_nobody_else(self, runtime):
        functions = await runtime.fetch(FUNCTIONS, list(SCHEMAS))
        assert [one["name"] for one in functions if not one["closed_to_others"]] == []
        called = {one["name"] for one in functions if one["may_call"]}
        assert called == APPEND_FUNCTIONS | {
            "make_beside", "analyze_beside", "swap_beside", "analyze_deliveries",
            "draw_epoch", "doubt_epoch",
        }  # fmt: skip


async def test_the_login_may_nothing_without_its_role(database: Database):
    connection = await asyncpg.connect(database.runtime)
    try:
        said = [f"SELECT FROM {table}" for table in await tables(connection)]
        assert await not_refused(connection, said) == ["SELECT FROM public.migration"]
    finally:
        await connection.close()
