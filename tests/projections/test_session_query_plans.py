"""The calendar's reads and the sweep of deadlines to move stay on their indexes."""

import pytest

from projections import session_queries
from tests.conftest import filled_database
from tests.projections.test_query_plans import (
    CLIENT,
    DUE,
    FILL_GOALS,
    MANY,
    NOW,
    PRACTICE,
    explain,
    pages,
    planning,
    scans,
)

FILL_SESSIONS = f"""
INSERT INTO views.session_calendar (
  practice_id, session_id, client_id, starts_at, stage, position, body
)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  gen_random_uuid(), md5((nth / 500)::text)::uuid,
  '2026-05-31'::timestamptz + (nth % 500 - 250) * interval '1 day',
  CASE WHEN nth % 3 = 0 THEN 'held' ELSE 'scheduled' END, nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
FILL_ATTAINMENT = f"""
INSERT INTO views.goal_attainment (practice_id, client_id, position, body)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid, md5(nth::text)::uuid, nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
MOVE_SOME = "UPDATE views.goal_status SET deadline_moved = true WHERE suggestions_owed"


FILLS = (FILL_GOALS, MOVE_SOME, FILL_SESSIONS, FILL_ATTAINMENT)
ANALYZED = ("views.goal_status", "views.session_calendar", "views.goal_attainment")


@pytest.fixture(scope="module")
def filled(servers, template):
    analyze = (f"ANALYZE {table}" for table in ANALYZED)
    with filled_database(servers, template, *FILLS, *analyze) as made:
        yield made


@pytest.fixture
async def many(filled):
    async with planning(filled) as connection:
        yield connection


async def test_a_sweep_costs_what_has_moved_not_what_exists(many):
    plan = await explain(many, session_queries.OWED_FOLLOWINGS, "NULL", "NULL", "NULL", "100")
    assert scans(plan) == {"goal_status_moved"}
    assert 0 < plan["Actual Rows"] <= DUE
    assert pages(plan) <= 2 * DUE + 10


@pytest.mark.parametrize(
    "sql", [session_queries.READ_SESSIONS_AHEAD, session_queries.READ_SESSIONS_PAST]
)
@pytest.mark.parametrize("stage", ["NULL", "'scheduled'"])
async def test_a_page_of_sessions_costs_a_page(many, sql, stage):
    first = await explain(many, sql, PRACTICE, CLIENT, NOW, stage, "NULL", "20")
    after = await many.fetchval(
        "SELECT session_id FROM views.session_calendar"
        f" WHERE practice_id = {PRACTICE} AND client_id = {CLIENT} LIMIT 1"
    )
    later = await explain(many, sql, PRACTICE, CLIENT, NOW, stage, f"'{after}'", "20")
    for plan in (first, later):
        assert scans(plan) == {"session_calendar_client", "session_calendar_pkey"}
        assert pages(plan) <= 100
    assert first["Actual Rows"] == 20


async def test_a_client_s_attainment_is_one_row(many):
    plan = await explain(many, session_queries.READ_GOAL_ATTAINMENT, PRACTICE, CLIENT)
    assert scans(plan) == {"goal_attainment_pkey"}
    assert pages(plan) <= 5
