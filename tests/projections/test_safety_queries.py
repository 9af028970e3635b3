"""The questions the queue of safety flags answers, and that each costs what waits, not what was."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from events.safety_flag import SafetyFlagAcknowledged, SafetyFlagClosed
from projections import safety_queries
from projections.rebuild import rebuild
from projections.safety_queries import count_flags, flags, flags_of_client, flags_to_escalate
from projections.safety_queue import projection
from tests.ids import flags_id
from tests.projections.conftest import Record
from tests.projections.past import ANNA, NINE, PRACTICE, Log, anna_enrolled
from tests.projections.test_query_plans import MANY, NOW, explain, pages, scans
from tests.projections.test_safety_queue import ESCALATED, FLAG, HALF_PAST, OTHER, raised

SHORTLY = HALF_PAST + timedelta(seconds=1)
THIRD = UUID(int=0xF1A8)


def closed(flag_id: UUID) -> SafetyFlagClosed:
    return SafetyFlagClosed(flag_id=flag_id, reason="We met", outcome="A plan is agreed")


async def project(record: Record, *facts) -> None:
    await record.keep(Log().add(anna_enrolled(), *facts).kept)
    await record.projector().catch_up(PRACTICE)


class TestTheQueue:
    async def test_has_the_newest_first_and_goes_on_from_a_position(self, record):
        await project(record, raised(), raised(OTHER), raised(THIRD))
        page = await flags(record.views, PRACTICE, is_open=True, limit=2)
        assert [one.flag_id for one in page] == [THIRD, OTHER]
        rest = await flags(
            record.views, PRACTICE, is_open=True, before=page[-1].raised_position, limit=2
        )
        assert [one.flag_id for one in rest] == [FLAG]

    async def test_is_asked_for_what_is_open_or_acknowledged(self, record):
        seen = SafetyFlagAcknowledged(flag_id=OTHER)
        await project(record, raised(), raised(OTHER), raised(THIRD), seen, closed(THIRD))

        async def found(**asked) -> list[UUID]:
            return [one.flag_id for one in await flags(record.views, PRACTICE, **asked)]

        assert await found(is_open=True) == [OTHER, FLAG]
        assert await found(is_open=True, acknowledged=False) == [FLAG]
        assert await found(is_open=True, acknowledged=True) == [OTHER]
        assert await found(is_open=False) == [THIRD]

    async def test_is_the_practices_own(self, record):
        await project(record, raised())
        assert await flags(record.views, UUID(int=2), is_open=True) == []

    async def test_of_one_client_comes_from_the_log(self, record):
        await project(record, raised(), raised(OTHER), raised(THIRD), closed(THIRD))
        found = await flags_of_client(record.store, PRACTICE, ANNA)
        assert [one.flag_id for one in found] == [OTHER, FLAG, THIRD]
        rows = await record.documents(projection)
        assert {one.flag_id: one for one in found} == rows

    async def test_is_the_same_when_it_is_built_again(self, record):
        await project(record, raised(), raised(OTHER), ESCALATED, closed(OTHER))
        before = await record.documents(projection)
        await record.pool.execute("UPDATE views.safety_queue SET is_open = false")
        await rebuild(record.pool, record.keyring, "safety_queue", lambda done, of: None)
        assert await record.documents(projection) == before


class TestWhatAWorkerIsOwed:
    async def test_is_every_flag_whose_time_is_up_the_longest_first(self, record):
        await project(record, raised(), raised(OTHER, to=()), raised(THIRD), closed(THIRD))
        owed = await flags_to_escalate(record.views, HALF_PAST)
        assert [one.flag_id for one in owed] == [OTHER, FLAG]
        assert [one.since_at for one in owed] == [NINE, HALF_PAST]
        assert await flags_to_escalate(record.views, HALF_PAST, after=owed[0]) == owed[1:]
        early = HALF_PAST - timedelta(seconds=1)
        assert [one.flag_id for one in await flags_to_escalate(record.views, early)] == [OTHER]

    async def test_is_nothing_where_somebody_has_seen_it(self, record):
        await project(record, raised(), SafetyFlagAcknowledged(flag_id=FLAG))
        assert await flags_to_escalate(record.views, SHORTLY) == []


async def test_flags_are_counted_over_all_practices(record):
    assert await count_flags(record.views) == safety_queries.FlagCounts(
        open=0, unacknowledged=0, oldest_open_seconds=0.0, oldest_unacknowledged_seconds=0.0
    )
    await project(record, raised())
    await asyncio.sleep(0.05)
    seen = SafetyFlagAcknowledged(flag_id=FLAG)
    log = Log().add(anna_enrolled(), raised(), raised(OTHER), seen)
    await record.keep(log.kept[2:])
    await record.projector().catch_up(PRACTICE)
    counted = await count_flags(record.views)
    assert (counted.open, counted.unacknowledged) == (2, 1)
    assert counted.oldest_open_seconds > counted.oldest_unacknowledged_seconds + 0.04 > 0


# Most flags were closed long ago; a few wait.
FILL = f"""
INSERT INTO views.safety_queue (
  practice_id, flag_id, client_id, is_open, acknowledged, next_at, raised_position, position, body
)
SELECT
  ('00000000-0000-0000-0000-00000000000' || nth % 2)::uuid,
  gen_random_uuid(), md5((nth / 5)::text)::uuid, nth % 997 = 0, nth % 2 = 0,
  CASE WHEN nth % 997 = 0 THEN '2026-05-01'::timestamptz + nth * interval '1 second' END,
  nth, nth, '\\x00'
FROM generate_series(1, {MANY}) AS nth
"""
OF_PRACTICE = "'00000000-0000-0000-0000-000000000001'"


@pytest.fixture
async def many(pool: asyncpg.Pool):
    await pool.execute(FILL)
    async with pool.acquire() as connection:
        await connection.execute("ANALYZE views.safety_queue")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


async def test_a_sweep_costs_what_is_due_not_what_exists(many):
    asked = ("NULL", "NULL", "NULL", "100", NOW)
    plan = await explain(many, safety_queries.OWED_ESCALATIONS, *asked)
    assert scans(plan) == {"safety_queue_next"}
    assert plan["Actual Rows"] == MANY // 997
    assert pages(plan) <= 2 * MANY // 997 + 10


async def test_the_open_queue_does_not_cost_what_was_closed_long_ago(many):
    asked = (OF_PRACTICE, "true", "NULL", "NULL", "50")
    plan = await explain(many, safety_queries.READ_SAFETY_QUEUE, *asked)
    assert scans(plan) == {"safety_queue_order"}
    assert pages(plan) <= 30


async def test_counting_costs_what_is_open(many):
    plan = await explain(many, safety_queries.COUNT_SAFETY_FLAGS)
    assert "safety_queue_open" in scans(plan)
    assert pages(plan) <= 100


def test_a_flag_lies_in_the_stream_of_its_client():
    assert Log().add(raised()).kept[0].stream_id == flags_id(ANNA)
