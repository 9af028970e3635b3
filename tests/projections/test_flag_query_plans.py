"""Reading flags from the log costs what concerns flags, however much else there is in it."""

from uuid import UUID

import pytest

from events import postgres
from events.safety_flag import RAISING
from projections import doctor, open_flags, waiting
from tests.conftest import filled_database
from tests.projections.test_query_plans import (
    CLIENT,
    MANY,
    PRACTICE,
    explain,
    pages,
    planning,
    scans,
)

FLAGS = 20

# Two practices; of a thousand events one is about a flag, and the others are moods.
FILL_LOG = f"""
INSERT INTO event_log (
  practice_id, position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at
)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  nth / 2 + 1,
  CASE WHEN flag THEN md5('flags ' || nth % 40)::uuid ELSE gen_random_uuid() END,
  CASE WHEN flag THEN nth + 1 ELSE 1 END,
  CASE WHEN flag THEN 'safety_flag' ELSE 'mood' END,
  md5((nth / 50)::text)::uuid,
  CASE WHEN flag THEN 'safety_flag.raised.v1' ELSE 'mood.logged.v1' END,
  '\\x00', 'clinician:7f3a', gen_random_uuid(), gen_random_uuid(), now(), now()
FROM (
  SELECT nth, nth % ({MANY} / {FLAGS}) < 2 AS flag
  FROM generate_series(0, {MANY} - 1) AS nth
) AS every
"""
FILL_SET_ASIDE = f"""
INSERT INTO views.set_aside (practice_id, view, position, client_id, stream_id, type, why, release)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  'mood_trend', nth, md5((nth / 5)::text)::uuid, gen_random_uuid(), 'mood.logged.v1', 'x', '1'
FROM generate_series(1, {MANY}) AS nth
"""


FILL_QUEUE = f"""
INSERT INTO views.safety_queue (
  practice_id, flag_id, client_id, is_open, acknowledged, next_at, raised_position, position, body
)
SELECT
  ('00000000-0000-0000-0000-' || lpad((nth % 1000)::text, 12, '0'))::uuid,
  gen_random_uuid(), gen_random_uuid(), true, false, now(), nth, nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
FILLS = (FILL_LOG, FILL_SET_ASIDE, FILL_QUEUE)
ANALYZED = ("event_log", "views.set_aside", "views.safety_queue")


@pytest.fixture(scope="module")
def filled(servers, template):
    analyze = (f"ANALYZE {table}" for table in ANALYZED)
    with filled_database(servers, template, *FILLS, *analyze) as made:
        yield made


@pytest.fixture
async def many(filled):
    async with planning(filled) as connection:
        yield connection


async def test_a_practices_flags(many):
    plan = await explain(many, open_flags.READ_FLAG_EVENTS, PRACTICE, "0", "1000")
    assert scans(plan) == {"event_log_flags"}
    assert plan["Actual Rows"] == FLAGS
    assert pages(plan) <= FLAGS + 10


async def test_who_has_news_of_flags(many):
    everybody = f"'{{{', '.join(str(UUID(int=nth)) for nth in range(1, 101))}}}'"
    positions = f"'{{{', '.join(str(nth) for nth in range(1, 101))}}}'"
    plan = await explain(many, open_flags.FIND_FLAGS_MOVED, everybody, positions, everybody)
    assert scans(plan) == {"event_log_flags", "event_log_pkey"}
    assert pages(plan) <= 100 * 8


async def test_where_flags_were_raised(many):
    asked = (PRACTICE, f"ARRAY{sorted(RAISING)}", "4611686018427387904", "10")
    plan = await explain(many, open_flags.READ_RAISED, *asked)
    assert scans(plan) == {"event_log_flags"}
    assert plan["Actual Rows"] == 10
    assert pages(plan) <= 20


async def test_the_flags_of_some_clients(many):
    clients = "ARRAY[md5('20')::uuid, md5('60')::uuid]"
    plan = await explain(many, postgres.READ_FLAGS, PRACTICE, clients)
    assert scans(plan) <= {"event_log_flags_of_client", "event_log_flags"}
    assert pages(plan) <= FLAGS + 20


async def test_the_flags_of_a_client(many):
    plan = await explain(many, postgres.READ_FLAGS, PRACTICE, "ARRAY[md5('20')::uuid]")
    assert scans(plan) == {"event_log_flags_of_client"}
    assert plan["Actual Rows"] == 1
    assert pages(plan) <= 5


async def test_the_rows_of_a_practice_in_the_queue(many):
    plan = await explain(many, doctor.READ_FLAG_ROWS, PRACTICE)
    assert scans(plan) == {"safety_queue_pkey", "event_log_pkey"}
    # The event by which a row was changed last is looked up: a few pages for each.
    assert pages(plan) <= 5 * MANY / 1000 + 10


async def test_no_index_of_the_queue_is_written_that_no_query_uses(many):
    found = await many.fetch("SELECT indexname FROM pg_indexes WHERE tablename = 'safety_queue'")
    assert [row["indexname"] for row in found] == ["safety_queue_pkey"]


async def test_what_is_not_shown_of_some_clients(many):
    asked = (PRACTICE, f"ARRAY[{CLIENT}]", "ARRAY['mood_trend', 'caseload']")
    plan = await explain(many, waiting.READ_NOT_SHOWN, *asked)
    assert scans(plan) == {"set_aside_client"}
    assert pages(plan) <= 20
