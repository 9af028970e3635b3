"""Checkpoints that somebody wrote by hand, or that a restored log left: nobody trusts them."""

import asyncio

import pytest
from structlog.testing import capture_logs

from projections.ahead import AheadOfLog
from projections.catalogue import VIEW_NAMES
from projections.rebuild import rebuild
from tests.conftest import execute
from tests.projections.conftest import Record, in_its_loop
from tests.projections.past import PRACTICE
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import OTHER, from_zero, mood_now, ordinary, running
from tests.projections.test_set_aside import require_the_end

AHEAD = "UPDATE views.checkpoint SET position = 1000000 WHERE view = 'mood_trend'"
UNKNOWN = "INSERT INTO views.checkpoint SELECT practice_id, 'nope', 1000000 FROM practice_log"


@in_its_loop
async def last(record: Record) -> int:
    """How far the log has come, and all views with it."""
    position = await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    return position


class TestOneAhead:
    async def test_takes_no_other_view_down(self, record, last):
        await record.pool.execute(AHEAD)
        await record.pool.execute(UNKNOWN)
        reached = await record.views.reached(PRACTICE, "caseload")
        assert (reached.position, reached.lead, reached.is_ahead) == (last, last, False)
        reached = await record.views.reached(PRACTICE, "mood_trend")
        assert (reached.position, reached.lead, reached.is_ahead) == (last, last, True)

    async def test_counts_as_behind(self, record, last):
        await record.pool.execute(AHEAD)
        assert await record.views.position(PRACTICE, "mood_trend") == 0
        assert not await record.views.wait_for(PRACTICE, last, ["mood_trend"], seconds=0)
        assert not await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=0)
        assert await record.views.wait_for(PRACTICE, last, ["caseload"], seconds=0)

    async def test_makes_up_for_no_other_lag(self, record, last):
        await record.pool.execute(AHEAD)
        await record.pool.execute("DELETE FROM views.checkpoint WHERE view = 'tracking'")
        lag = await record.views.lag()
        assert lag == dict.fromkeys(VIEW_NAMES, 0) | {"mood_trend": last, "tracking": last}

    async def test_leaves_the_others_to_go_on(self, record, last):
        await record.pool.execute(AHEAD)
        newest = await record.keep([mood_now(99)])
        await record.projector().catch_up(PRACTICE)
        others = [view for view in VIEW_NAMES if view != "mood_trend"]
        assert await record.views.wait_for(PRACTICE, newest, others, seconds=0)


async def test_where_all_are_ahead_one_that_is_set_back_is_read_again(record, last):
    """The log was restored alone."""
    await record.pool.execute("UPDATE views.checkpoint SET position = 1000000")
    await rebuild(record.pool, record.keyring, "caseload", unheard)
    reached = await record.views.reached(PRACTICE, "caseload")
    assert (reached.position, reached.lead, reached.is_ahead) == (last, last, False)


class TestOneThatIsGone:
    async def test_is_made_again_while_the_projector_runs(self, record, last):
        async with running(record.projector()):
            newest = await record.keep([mood_now(98)])
            assert await record.views.wait_for(PRACTICE, newest, VIEW_NAMES, seconds=10)
            await record.pool.execute("DELETE FROM views.checkpoint WHERE view = 'goal_status'")
            assert await record.views.wait_for(PRACTICE, newest, VIEW_NAMES, seconds=10)
        assert await record.everything() == await from_zero(record)

    @pytest.mark.parametrize("view", VIEW_NAMES)
    async def test_leaves_no_row_that_is_counted_twice(self, record, last, view):
        await record.pool.execute("DELETE FROM views.checkpoint WHERE view = $1", view)
        projector = record.projector()
        async with asyncio.timeout(20):
            await projector.catch_up(PRACTICE)
        assert await record.everything() == await from_zero(record)


class TestACheckpointAheadOfTheLog:
    async def test_is_set_back_by_a_rebuild_that_says_so(self, record):
        last = await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute(
            "UPDATE views.checkpoint SET position = 1000 WHERE view = 'mood_trend'"
        )
        async with asyncio.timeout(20):
            done = await rebuild(record.pool, record.keyring, None, unheard)
        assert done.set_back == [
            AheadOfLog(practice_id=PRACTICE, view="mood_trend", position=1000, head=last)
        ]
        await require_the_end(record, last)
        await record.keep([mood_now(99)])
        await record.projector().catch_up(PRACTICE)
        assert await record.everything() == await from_zero(record)

    async def test_also_where_the_practice_has_no_log(self, record):
        await record.pool.execute(
            "INSERT INTO views.checkpoint SELECT $1, view, 7 FROM unnest($2::text[]) AS v (view)",
            OTHER,
            list(VIEW_NAMES),
        )
        async with asyncio.timeout(20):
            done = await rebuild(record.pool, record.keyring, "caseload", unheard)
        assert [(one.practice_id, one.head) for one in done.set_back] == [(OTHER, 0)]
        assert await record.views.position(OTHER, "caseload") == 0
        kept = "SELECT position FROM views.checkpoint WHERE practice_id = $1 AND view = $2"
        assert await record.pool.fetchval(kept, OTHER, "mood_trend") == 7

    async def test_a_log_whose_head_says_more_than_there_is_ends_where_it_ends(
        self, record, database
    ):
        await record.keep(ordinary().kept)
        await execute(database.admin, "UPDATE practice_log SET position = position + 10")
        async with asyncio.timeout(20):
            done = await rebuild(record.pool, record.keyring, None, unheard)
        assert done.events == 45
        assert await record.everything() == await from_zero(record)

    async def test_is_told_by_the_projector(self, record):
        last = await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute(
            "UPDATE views.checkpoint SET position = 1000 WHERE view = 'mood_trend'"
        )
        with capture_logs() as told:
            async with running(record.projector()):
                for _ in range(500):
                    if any(one["event"] == "checkpoint_ahead_of_log" for one in told):
                        break
                    await asyncio.sleep(0.02)
        (line,) = [one for one in told if one["event"] == "checkpoint_ahead_of_log"]
        assert (line["view"], line["position"], line["expected"]) == ("mood_trend", 1000, last)
