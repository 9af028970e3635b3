"""The deadlines sweep, before the date: goals that are reached as soon as they are done."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from events.goal import GoalDeadlineMissed, GoalReached
from events.measure import Count, Frequency, Milestone, RelativeFrequency
from tests.workers.diary import Diary, noon
from tests.workers.site import Crashed, Crashing, Site
from workers.deadlines import notice_target_met, sweep_deadlines
from workers.sweeping import Bookmarks, sweep

START, DUE = date(2026, 1, 4), date(2026, 3, 1)
SOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
FIVE = Count(amount=5)
A_HALF_MORE = RelativeFrequency(percent=50, unit="times", per="week", baseline=1)


async def swept(site: Site, diary: Diary, now: datetime = SOON) -> dict[str, int]:
    await site.project(diary)
    counts = await sweep_deadlines(site, now)
    await site.project(diary)
    return counts


async def reached(diary: Diary) -> list[Any]:
    return [one for one in await diary.log() if isinstance(one.event, GoalReached)]


def after(days: int) -> datetime:
    return noon(START + timedelta(days=days))


class TestATargetThatIsMet:
    async def test_is_recorded_with_the_entry_that_met_it(self, site):
        diary = await site.diary(zone="Europe/Zurich")
        goal_id = await diary.goal(FIVE, starts_on=START, due_on=DUE)
        for days, amount in ((1, 2), (9, 2), (4, 1)):
            await diary.did(goal_id, amount=amount, at=after(days))
        assert await swept(site, diary) == {"reached": 1}
        (recorded,) = await reached(diary)
        assert recorded.event.goal_id == goal_id
        assert (recorded.event.progress.fraction, recorded.event.progress.latest) == (1.0, 5.0)
        assert recorded.event.evidence_position == recorded.position - 1
        # The last that was made, not the last that was told.
        assert recorded.occurred_at == after(9)
        assert recorded.actor == "worker:deadlines"

    async def test_may_be_a_milestone(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(Milestone(), starts_on=START, due_on=DUE)
        assert await swept(site, diary, after(3)) == {}
        await diary.did(goal_id, amount=1, at=after(1))
        assert await swept(site, diary) == {"reached": 1}

    @pytest.mark.parametrize(("days", "came_of_it"), [(43, "reached"), (42, "missed")])
    async def test_of_a_rate_is_that_of_its_last_stretch(self, site, days, came_of_it):
        diary = await site.diary()
        goal_id = await diary.goal(A_HALF_MORE, starts_on=START, due_on=DUE)
        # The fortnight that ends with the goal begins on its 43rd day.
        for nth in (1, 2):
            await diary.did(goal_id, amount=3, at=after(nth))
        assert await swept(site, diary, after(3)) == {}
        await diary.did(goal_id, amount=3, at=after(days))
        assert await swept(site, diary, datetime(2026, 3, 2, 12, tzinfo=UTC)) == {came_of_it: 1}

    async def test_is_recorded_once(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(Milestone(), starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=1, at=after(1))
        await site.project(diary)
        first = await sweep_deadlines(site, SOON)
        second = await sweep_deadlines(site, SOON)  # The view lags.
        assert (first, second) == ({"reached": 1}, {"already_so": 1})
        assert await swept(site, diary) == {}
        assert len(await reached(diary)) == 1

    async def test_of_a_rhythm_is_kept_up_until_the_date(self, site):
        diary = await site.diary()
        measure = Frequency(amount=1, unit="times", per="week", reserve=7)
        goal_id = await diary.goal(measure, starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=1, at=after(1))
        assert await swept(site, diary) == {}
        assert await swept(site, diary, datetime(2026, 3, 2, 12, tzinfo=UTC)) == {"reached": 1}

    async def test_is_not_one_while_the_goal_rests(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(FIVE, starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=4, at=after(1))
        await diary.pause(goal_id, now=after(2))
        await diary.did(goal_id, amount=1, at=after(3))
        assert await swept(site, diary) == {}
        await diary.resume(goal_id, now=after(5))
        assert await swept(site, diary) == {"reached": 1}
        (recorded,) = await reached(diary)
        assert recorded.occurred_at == after(5)  # It was not under way before.

    async def test_is_from_when_so_little_was_asked(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(FIVE, starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=3, at=after(1))
        await diary.aim(goal_id, Count(amount=3), now=after(8))
        assert await swept(site, diary) == {"reached": 1}
        (recorded,) = await reached(diary)
        assert recorded.occurred_at == after(8)

    async def test_is_none_once_its_entry_is_withdrawn(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(Milestone(), starts_on=START, due_on=DUE)
        entry_id = await diary.did(goal_id, amount=1, at=after(1))
        await site.project(diary)
        await diary.undid(entry_id, now=SOON)
        counts = await sweep(
            "targets_met",
            site.views.targets_met,
            lambda owed: notice_target_met(site, owed, SOON),
            bookmarks=Bookmarks(),
        )
        assert counts == {"already_so": 1}
        assert await swept(site, diary) == {}
        assert await reached(diary) == []

    async def test_counts_although_the_date_has_passed_meanwhile(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(FIVE, starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=4, at=after(1))
        later = datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert await swept(site, diary, later) == {"missed": 1}
        # A phone was offline: the fifth was in time, and nobody had heard of it.
        await diary.did(goal_id, amount=1, at=noon(DUE))
        assert await swept(site, diary, later + timedelta(hours=1)) == {"reached": 1}
        kinds = [type(one.event) for one in await diary.log()][-3:]
        assert GoalDeadlineMissed in kinds
        assert kinds[-1] is GoalReached
        (recorded,) = await reached(diary)
        assert recorded.occurred_at == noon(DUE)

    async def test_is_not_by_what_came_after_the_date(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(Milestone(), starts_on=START, due_on=DUE)
        await diary.did(goal_id, amount=1, at=noon(DUE + timedelta(days=1)))
        later = datetime(2026, 3, 3, 12, tzinfo=UTC)
        assert await swept(site, diary, later) == {"missed": 1}
        assert await swept(site, diary, later) == {}

    @pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("at", range(1, 5))
    async def test_is_recorded_once_wherever_the_worker_dies(self, site, at, done):
        diary = await site.diary()
        goal_id = await diary.goal(Milestone(), starts_on=START, due_on=DUE)
        await diary.did(goal_id, at=after(1))
        await site.project(diary)
        crashing = Crashing(site.store, at=at, after=done)
        with suppress(Crashed):
            await sweep_deadlines(site.with_store(crashing), SOON)
            assert crashing.calls < at  # It had done its work in fewer calls.
        await sweep_deadlines(site, SOON)
        assert len(await reached(diary)) == 1
