"""Checkpoints that somebody wrote by hand, or that a restored log left: nobody trusts them."""

import asyncio

import pytest

from projections.catalogue import VIEW_NAMES
from projections.rebuild import rebuild
from tests.projections.conftest import Record
from tests.projections.past import PRACTICE
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import from_zero, mood_now, ordinary, running

AHEAD = "UPDATE views.checkpoint SET position = 1000000 WHERE view = 'mood_trend'"
UNKNOWN = "INSERT INTO views.checkpoint SELECT practice_id, 'nope', 1000000 FROM practice_log"


@pytest.fixture
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
