"""sessions, after a discharge: no deadline follows its session any more, and none waits for it."""

from datetime import date, timedelta

from tests.workers.diary import noon
from tests.workers.site import Meddling, break_seal
from tests.workers.test_sessions import (
    DAILY,
    FRIDAY,
    MONDAY,
    NEXT_TUESDAY,
    WEDNESDAY,
    at_three,
    due_by_friday,
    followed,
    followings,
)
from workers.deadlines import sweep_deadlines
from workers.sessions import sweep_sessions


class TestASessionThatMoved:
    async def test_after_a_discharge_leaves_the_deadline_where_it_was(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await diary.leaves()
        assert await followed(site, diary, noon(WEDNESDAY)) == {"discharged": 1}
        assert await followings(diary) == []
        # It passes there: no sweep waits for ever until it follows.
        after = noon(FRIDAY + timedelta(days=2))
        assert await sweep_deadlines(site, after) == {"missed": 1}

    async def test_after_a_discharge_that_does_not_open_leaves_no_deadline_waiting(
        self, site, database
    ):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await diary.leaves()
        await break_seal(database.admin, diary)
        assert await followed(site, diary, noon(WEDNESDAY)) == {"discharged": 1}
        assert await sweep_deadlines(site, noon(FRIDAY + timedelta(days=2))) == {"missed": 1}

    async def test_after_a_discharge_hides_no_goal_that_is_at_risk(self, site):
        diary = await site.diary()
        session_id = await diary.meets(at_three(date(2026, 3, 30)), now=noon(MONDAY))
        await diary.goal(
            DAILY, starts_on=MONDAY, due_on=date(2026, 3, 30), due_session_id=session_id
        )
        await diary.meets_at(session_id, at_three(date(2026, 3, 31)), now=noon(WEDNESDAY))
        await diary.leaves()
        await site.project(diary)
        assert await sweep_deadlines(site, noon(date(2026, 3, 23))) == {"at_risk": 1}

    async def test_is_not_followed_where_a_discharge_comes_in_between(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await site.project(diary)
        meddled = site.with_store(Meddling(site.store, diary.leaves))
        assert await sweep_sessions(meddled, noon(WEDNESDAY)) == {"discharged": 1}
        assert await followings(diary) == []
