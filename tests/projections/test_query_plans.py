"""The sweeps and the reads stay on their indexes, however much there is."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from projections import queries, session_queries, similar_goals, waiting
from projections.catch_up import HOLD_CHECKPOINTS
from projections.goal_status_fold import projection
from projections.rows import RowTable
from tests.conftest import Database, filled_database
from tests.contracts.stores import RUNTIME

MANY = 10_000
DUE = 20

# Goals of two practices; a few of them are due, done, at risk, owed suggestions, have outdated ones
# or a session that moved.
FILL_GOALS = f"""
INSERT INTO views.goal_status (
  practice_id, goal_id, client_id, stage, due_on, passes_at, risk_at, deadline_noticed,
  risk_noticed, suggestions_owed, suggestions_outdated, target_met, deadline_moved, position, body
)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  gen_random_uuid(),
  md5((nth / 5)::text)::uuid,
  CASE WHEN nth % 3 = 0 THEN 'closed' ELSE 'active' END,
  '2026-06-01',
  '2026-06-01'::timestamptz + nth * interval '1 minute' - waiting * interval '1 year',
  '2026-05-01'::timestamptz + nth * interval '1 minute' - waiting * interval '1 year',
  false, false, waiting = 1, waiting = 1, waiting = 1, waiting = 1,
  nth, '\\x00'
FROM (
  SELECT nth, CASE WHEN nth % ({MANY} / {DUE}) = 1 THEN 1 ELSE 0 END AS waiting
  FROM generate_series(1, {MANY}) AS nth
) AS every
"""
FILL_MOODS = f"""
INSERT INTO views.mood_trend (practice_id, mood_id, client_id, occurred_at, position, body)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  gen_random_uuid(), md5((nth / 50)::text)::uuid,
  '2026-06-01'::timestamptz + nth * interval '1 minute', nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
FILL_SUGGESTIONS = f"""
INSERT INTO views.suggestion_queue (
  practice_id, suggestion_id, client_id, status, offered_position, position, body
)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  gen_random_uuid(), md5((nth / 5)::text)::uuid,
  CASE WHEN nth % 1000 = 0 THEN 'offered' ELSE 'accepted' END, nth, nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
FILL_TRACKING = f"""
INSERT INTO views.tracking (practice_id, client_id, attention_at, position, body)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  md5(nth::text)::uuid, '2026-05-01'::timestamptz + nth * interval '1 minute', nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
PRACTICE = "'00000000-0000-0000-0000-000000000001'"
CLIENT = "md5('7')::uuid"
NOW = "'2026-05-31'"


FILLS = (FILL_GOALS, FILL_MOODS, FILL_SUGGESTIONS, FILL_TRACKING)
ANALYZED = ("views.goal_status", "views.mood_trend", "views.suggestion_queue")


@pytest.fixture(scope="module")
def filled(servers, template):
    analyze = (f"ANALYZE {table}" for table in ANALYZED)
    with filled_database(servers, template, *FILLS, *analyze) as made:
        yield made


@pytest.fixture
async def many(filled):
    async with planning(filled) as connection:
        yield connection


@asynccontextmanager
async def planning(filled: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the run time, whose statements leave nothing behind."""
    connection = await asyncpg.connect(filled.runtime, server_settings=RUNTIME)
    transaction = connection.transaction()
    await transaction.start()
    # As for a statement that has been used often: planned once, for any values.
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    yield connection
    await transaction.rollback()
    await connection.close()


async def explain(connection, sql: str, *values: str) -> dict[str, Any]:
    """The plan of a statement, run once with these values, with what it touched."""
    await connection.execute(f"PREPARE asked AS {sql}")
    arguments = f"({', '.join(values)})" if values else ""
    plan = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked{arguments}"
    )
    await connection.execute("DEALLOCATE asked")
    found = json.loads(plan)[0]["Plan"]
    assert isinstance(found, dict)
    return found


def scans(plan: dict[str, Any]) -> set[str]:
    """The indexes of a plan, and "a whole table" where it reads one."""
    inner = [one for part in plan.get("Plans", []) for one in scans(part)]
    if plan["Node Type"] == "Seq Scan":
        return {"a whole table", *inner}
    return {plan["Index Name"], *inner} if "Index Name" in plan else set(inner)


def pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


SWEEPS = {
    "goal_status_deadline": (queries.OWED_DEADLINES, ("NULL", "NULL", "NULL", "100", NOW)),
    "goal_status_risk": (
        queries.OWED_RISKS,
        ("NULL", "NULL", "NULL", "100", "'2025-05-31'"),
    ),
    "goal_status_met": (queries.OWED_MET, ("NULL", "NULL", "NULL", "100")),
    "goal_status_moved": (session_queries.OWED_FOLLOWINGS, ("NULL", "NULL", "NULL", "100")),
    "goal_status_owed": (queries.OWED_SUGGESTIONS, ("NULL", "NULL", "NULL", "100")),
    "goal_status_outdated": (queries.OWED_WITHDRAWALS, ("NULL", "NULL", "NULL", "100")),
}


@pytest.mark.parametrize("index", SWEEPS)
async def test_a_sweep_costs_what_is_due_not_what_exists(many, index):
    sql, values = SWEEPS[index]
    plan = await explain(many, sql, *values)
    assert scans(plan) == {index}
    assert 0 < plan["Actual Rows"] <= DUE
    assert pages(plan) <= 2 * DUE + 10


READS = {
    "read_goal": ("goal_status_pkey", queries.READ_GOAL, (PRACTICE, "gen_random_uuid()")),
    "read_goals": (
        "goal_status_client",
        queries.READ_GOALS,
        (PRACTICE, CLIENT, "NULL", "NULL", "NULL", NOW, "NULL", "50"),
    ),
    "read_risks": ("goal_status_client", waiting.READ_RISKS, (PRACTICE, f"ARRAY[{CLIENT}]", NOW)),
    "read_moods": (
        "mood_trend_client",
        queries.READ_MOODS,
        (PRACTICE, CLIENT, "NULL", "NULL", "100"),
    ),
    "load_keys": (
        "goal_status_pkey",
        RowTable(projection).load_keys,
        (PRACTICE, "ARRAY[gen_random_uuid(), gen_random_uuid()]"),
    ),
    "load_clients": (
        "goal_status_client",
        RowTable(projection).load_clients,
        (PRACTICE, f"ARRAY[{CLIENT}]"),
    ),
    "tracking": (
        "tracking_pkey",
        waiting.READ_TRACKING,
        (PRACTICE, f"ARRAY[{CLIENT}]", NOW),
    ),
    "read_ended_goals": (
        "goal_status_ended",
        similar_goals.READ_ENDED_GOALS,
        (PRACTICE, "100", "0"),
    ),
    "hold_checkpoints": (
        "checkpoint_pkey",
        HOLD_CHECKPOINTS,
        (PRACTICE, "ARRAY['goal_status', 'caseload']", "'500ms'"),
    ),
}


@pytest.mark.parametrize("read", READS)
async def test_a_read_stays_on_its_index(many, read):
    index, sql, values = READS[read]
    await many.execute("SET enable_seqscan = off" if read == "hold_checkpoints" else "SELECT 1")
    plan = await explain(many, sql, *values)
    assert scans(plan) == {index}
    assert pages(plan) <= 120


async def test_the_open_queue_does_not_cost_what_was_decided_long_ago(many):
    asked = (PRACTICE, "ARRAY['offered', 'edited']", "NULL", "50")
    plan = await explain(many, queries.READ_SUGGESTIONS, *asked)
    assert scans(plan) == {"suggestion_queue_order", "suggestion_queue_pkey"}
    assert pages(plan) <= 30


async def test_a_clients_suggestions_do_not_cost_those_of_the_others(many):
    asked = (PRACTICE, "ARRAY['offered', 'accepted']", "NULL", "50", CLIENT)
    plan = await explain(many, queries.READ_SUGGESTIONS_OF_CLIENT, *asked)
    assert scans(plan) == {"suggestion_queue_client", "suggestion_queue_pkey"}
    assert pages(plan) <= 30
