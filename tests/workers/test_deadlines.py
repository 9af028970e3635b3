"""The deadlines sweep: on chosen dates, in any zone, with entries late, corrected or unreadable."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from events.goal import GoalDeadlineMissed, GoalFoundAtRisk, GoalReached, GoalTargetMet
from events.measure import Frequency
from tests.workers.diary import ONCE_A_DAY, PHQ9_FROM_24, Diary, noon
from tests.workers.site import (
    Crashed,
    Crashing,
    Meddling,
    Site,
    break_seal,
    destroy_key,
    postgres_site,
)
from workers.deadlines import notice_deadline, sweep_deadlines
from workers.sweeping import Bookmarks, sweep

START, DUE = date(2026, 1, 4), date(2026, 3, 1)
AFTER = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAILY = Frequency(amount=1, unit="times", per="day")


async def swept(site: Site, diary: Diary, now: datetime = AFTER) -> dict[str, int]:
    await site.project(diary)
    counts = await sweep_deadlines(site, now)
    await site.project(diary)
    return counts


async def facts(diary: Diary) -> list[object]:
    kinds = GoalDeadlineMissed | GoalReached | GoalTargetMet | GoalFoundAtRisk
    return [one.event for one in await diary.log() if isinstance(one.event, kinds)]


class TestAPassedDeadline:
    async def test_is_recorded_as_missed_with_what_was_reached(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.scored(17, at=noon(date(2026, 2, 20)))
        assert await swept(site, diary) == {"missed": 1}
        (missed,) = await facts(diary)
        assert isinstance(missed, GoalDeadlineMissed)
        assert (missed.goal_id, missed.due_on, missed.progress.latest) == (goal_id, DUE, 17)
        recorded = (await diary.log())[-1]
        assert missed.evidence_position == recorded.position - 1
        assert recorded.actor == "worker:deadlines"
        assert recorded.occurred_at == datetime(2026, 3, 2, tzinfo=UTC)

    async def test_is_recorded_once(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await swept(site, diary)
        assert await swept(site, diary) == {}
        assert len(await facts(diary)) == 1

    async def test_is_recorded_once_while_the_view_lags(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)
        first = await sweep_deadlines(site, AFTER)
        second = await sweep_deadlines(site, AFTER)
        assert (first, second) == ({"missed": 1}, {"already_so": 1})
        assert len(await facts(diary)) == 1

    async def test_of_a_practised_goal_is_reached(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 1, 6))
        for day in range(3):
            await diary.did(goal_id, at=noon(START + timedelta(days=day)))
        assert await swept(site, diary) == {"reached": 1}
        (reached,) = await facts(diary)
        assert isinstance(reached, GoalReached)
        assert reached.progress is not None
        assert reached.progress.periods_met == 3

    async def test_of_a_score_at_its_target_waits_for_a_person(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.scored(12, at=noon(date(2026, 2, 20)))
        assert await swept(site, diary) == {"target_met": 1}
        assert await swept(site, diary) == {}
        assert await diary.types(of="goal.reached") == []

    async def test_counts_what_happened_by_then_however_late_it_arrives(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 1, 5))
        await diary.did(goal_id, at=noon(date(2026, 1, 6)))  # A day after: it does not count.
        await diary.did(goal_id, at=noon(date(2026, 1, 4)))
        await diary.did(goal_id, at=noon(date(2026, 1, 5)))
        assert await swept(site, diary, noon(date(2026, 1, 8))) == {"reached": 1}

    async def test_counts_a_score_of_the_next_day_for_nothing(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.scored(20, at=noon(date(2026, 2, 20)))
        await diary.scored(10, at=noon(date(2026, 3, 2)))
        assert await swept(site, diary, AFTER + timedelta(days=1)) == {"missed": 1}
        (missed,) = await facts(diary)
        assert isinstance(missed, GoalDeadlineMissed)
        assert missed.progress.latest == 20

    async def test_is_reached_after_all_by_evidence_that_comes_late(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 1, 5))
        await diary.did(goal_id, at=noon(START))
        midnight = datetime(2026, 1, 6, 0, 30, tzinfo=UTC)
        assert await swept(site, diary, midnight) == {"missed": 1}
        await diary.did(goal_id, at=noon(date(2026, 1, 6)))  # After the date: no evidence of it.
        assert await swept(site, diary, midnight + timedelta(hours=13)) == {}
        # A phone was offline: the second evening's entry arrives two days later.
        await diary.did(goal_id, at=noon(date(2026, 1, 5)))
        await site.project(diary)
        late = midnight + timedelta(days=2)
        first = await sweep_deadlines(site, late)
        second = await sweep_deadlines(site, late)  # The view lags.
        assert (first, second) == ({"reached": 1}, {"already_so": 1})
        assert await swept(site, diary, late) == {}
        missed, reached = await facts(diary)
        assert isinstance(missed, GoalDeadlineMissed)
        assert isinstance(reached, GoalReached)
        assert (await diary.log())[-1].occurred_at == datetime(2026, 1, 6, tzinfo=UTC)

    async def test_is_reached_after_all_where_its_last_day_was_one_of_rest(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 1, 6))
        for day in range(2):
            await diary.did(goal_id, at=noon(START + timedelta(days=day)))
        assert await swept(site, diary, noon(date(2026, 1, 7))) == {"missed": 1}
        await diary.rests(goal_id, date(2026, 1, 6), now=noon(date(2026, 1, 7)))
        assert await swept(site, diary, noon(date(2026, 1, 8))) == {"reached": 1}

    async def test_of_a_score_is_met_and_missed_as_its_evidence_changes(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        entry_id = await diary.scored(12, at=noon(date(2026, 2, 20)))
        expected = {"target_met": 1}, {"missed": 1}, {"target_met": 1}, {"missed": 1}
        for nth, (total, counts) in enumerate(zip((12, 18, 11, 19), expected, strict=True)):
            now = AFTER + timedelta(hours=nth)
            if nth:
                await diary.rescored(entry_id, total, now=now)
            assert await swept(site, diary, now) == counts
            assert await swept(site, diary, now) == {}
        assert len(await facts(diary)) == 4

    async def test_is_reached_after_all_once_less_is_asked_for(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(ONCE_A_DAY, starts_on=START, due_on=date(2026, 1, 10))
        for day in range(4):
            await diary.did(goal_id, at=noon(START + timedelta(days=day)))
        assert await swept(site, diary, noon(date(2026, 1, 11))) == {"missed": 1}
        less = Frequency(amount=1, unit="times", per="day", reserve=3)
        await diary.aim(goal_id, less, now=noon(date(2026, 1, 12)))
        assert await swept(site, diary, noon(date(2026, 1, 13))) == {"reached": 1}
        # So little is in force from its revision on.
        assert (await diary.log())[-1].occurred_at == noon(date(2026, 1, 12))

    async def test_sees_corrections_and_withdrawals(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(ONCE_A_DAY, starts_on=START, due_on=date(2026, 1, 7))
        days = [await diary.did(goal_id, at=noon(date(2026, 1, day))) for day in (4, 5)]
        await diary.undid(days[1], now=noon(date(2026, 1, 6)))
        assert await swept(site, diary, noon(date(2026, 1, 8))) == {"missed": 1}
        other = await site.diary()
        await other.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        score = await other.scored(20, at=noon(date(2026, 2, 20)))
        await other.rescored(score, 12, now=noon(date(2026, 2, 21)))
        assert await swept(site, other) == {"target_met": 1}

    async def test_is_another_one_once_it_was_moved_away_and_back(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await swept(site, diary)
        today = noon(DUE)  # A clock that was set back: the deadline may be today once more.
        await diary.move(goal_id, date(2026, 4, 1), now=today)
        await diary.move(goal_id, DUE, now=today)
        assert await swept(site, diary) == {"missed": 1}
        assert len(await facts(diary)) == 2


class TestADeadlineThatHasNotPassed:
    @pytest.mark.parametrize("now", [noon(DUE), datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)])
    async def test_is_left_alone(self, site, now):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE, review_every_days=60)
        assert await swept(site, diary, now) == {}

    @pytest.mark.parametrize(
        ("zone", "passes_at"),
        [
            ("Pacific/Kiritimati", datetime(2026, 3, 1, 10, tzinfo=UTC)),
            ("America/Los_Angeles", datetime(2026, 3, 2, 8, tzinfo=UTC)),
            ("Asia/Kathmandu", datetime(2026, 3, 1, 18, 15, tzinfo=UTC)),
        ],
    )
    async def test_passes_when_the_day_is_over_for_the_client(self, site, zone, passes_at):
        diary = await site.diary(zone=zone)
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE, review_every_days=60)
        assert await swept(site, diary, passes_at - timedelta(seconds=1)) == {}
        assert await swept(site, diary, passes_at) == {"missed": 1}

    @pytest.mark.parametrize(
        ("zone", "due_on", "passes_at"),
        [
            # The day of 23 hours, the day of 25 hours, and a midnight that does not exist.
            ("Europe/Madrid", date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
            ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 2, 5, tzinfo=UTC)),
            ("Africa/Cairo", date(2026, 4, 23), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ],
    )
    async def test_passes_on_time_when_clocks_change(self, site, zone, due_on, passes_at):
        diary = await site.diary(zone=zone)
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=due_on, review_every_days=366)
        assert await swept(site, diary, passes_at - timedelta(seconds=1)) == {}
        assert await swept(site, diary, passes_at) == {"missed": 1}

    async def test_counts_check_ins_on_the_clients_own_days(self, site):
        diary = await site.diary(zone="America/Los_Angeles")
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 1, 5))
        # Late in the evening of each day there, which is the next day in UTC.
        for day in (4, 5):
            await diary.did(goal_id, at=datetime(2026, 1, day + 1, 7, 30, tzinfo=UTC))
        assert await swept(site, diary, noon(date(2026, 1, 8))) == {"reached": 1}


class TestAGoalNotUnderWay:
    async def test_is_left_alone_as_a_proposal(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE, agreed=False)
        assert await swept(site, diary) == {}

    async def test_is_left_alone_while_paused(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.pause(goal_id, now=noon(date(2026, 2, 1)))
        assert await swept(site, diary) == {}

    async def test_is_left_alone_where_the_view_does_not_know_yet(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)
        await diary.close(goal_id, now=noon(date(2026, 2, 1)))
        assert await sweep_deadlines(site, AFTER) == {"already_so": 1}
        assert await facts(diary) == []

    async def test_is_left_alone_where_its_deadline_was_moved_meanwhile(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)
        await diary.move(goal_id, date(2026, 4, 1), now=noon(DUE))
        assert await sweep_deadlines(site, AFTER) == {"already_so": 1}

    async def test_is_left_alone_where_its_deadline_is_moved_at_that_moment(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)

        async def move() -> None:
            await diary.move(goal_id, date(2026, 4, 1), now=noon(DUE))

        meddled = site.with_store(Meddling(site.store, move))
        assert await sweep_deadlines(meddled, AFTER) == {"already_so": 1}
        assert await facts(diary) == []


class TestAGoalAtRisk:
    async def test_is_found_once_for_a_deadline(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.scored(23, at=noon(date(2026, 1, 20)))
        now = noon(date(2026, 2, 10))
        assert await swept(site, diary, now) == {"at_risk": 1}
        assert await swept(site, diary, now + timedelta(days=1)) == {}
        (found,) = await facts(diary)
        assert isinstance(found, GoalFoundAtRisk)
        assert (found.due_on, found.progress.latest) == (DUE, 23)

    async def test_is_not_looked_for_before_the_first_review(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE, review_every_days=30)
        assert await swept(site, diary, noon(date(2026, 2, 1))) == {}
        assert await swept(site, diary, noon(date(2026, 2, 4))) == {"at_risk": 1}

    async def test_is_judged_by_what_had_happened_on_that_day(self, site):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await diary.scored(14, at=noon(date(2026, 2, 8)))
        assert await swept(site, diary, noon(date(2026, 2, 9))) == {}

    async def test_is_found_on_a_past_day_whatever_came_later(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(DAILY, starts_on=START, due_on=date(2026, 2, 2))
        await diary.did(goal_id, at=noon(date(2026, 1, 5)))
        await site.project(diary)
        # Imported while the view has not seen it: what is done on a day still to come.
        for day in range(20, 27):
            await diary.did(goal_id, at=noon(date(2026, 1, day)))
        assert await sweep_deadlines(site, noon(date(2026, 1, 19))) == {"at_risk": 1}
        (found,) = await facts(diary)
        assert isinstance(found, GoalFoundAtRisk)
        assert found.progress.entries == 1

    async def test_may_be_found_anew_for_another_deadline(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        now = noon(date(2026, 2, 10))
        assert await swept(site, diary, now) == {"at_risk": 1}
        await diary.move(goal_id, date(2026, 3, 8), now=now)
        assert await swept(site, diary, now) == {"at_risk": 1}


class TestSeveralWorkers:
    async def test_record_each_deadline_once(self, site, database):
        diaries = [await site.diary() for _ in range(3)]
        for diary in diaries:
            for _ in range(4):
                await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
            await site.project(diary)
        async with postgres_site(database.runtime) as other:
            both = await asyncio.gather(sweep_deadlines(site, AFTER), sweep_deadlines(other, AFTER))
        assert sum(counts.get("missed", 0) for counts in both) == 12
        assert {outcome for counts in both for outcome in counts} <= {"missed", "already_so"}
        for diary in diaries:
            assert len(await facts(diary)) == 4


class TestAWorkerThatDies:
    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("at", range(1, 5))
    async def test_leaves_each_deadline_recorded_once(self, site, at, after):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)
        crashing = Crashing(site.store, at=at, after=after)
        with suppress(Crashed):
            await sweep_deadlines(site.with_store(crashing), AFTER)
            assert crashing.calls < at  # It had done its work in fewer calls.
        await sweep_deadlines(site, AFTER)
        assert len(await facts(diary)) == 1
        assert await swept(site, diary) == {}


class TestAPoisonedGoal:
    async def test_stops_no_other(self, site, database):
        poisoned, healthy = await site.diary(), await site.diary()
        await poisoned.goal(PHQ9_FROM_24, starts_on=START, due_on=date(2026, 2, 1))
        await healthy.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(poisoned)
        await site.project(healthy)
        await break_seal(database.admin, poisoned)
        bookmarks = Bookmarks()
        first = await sweep_deadlines(site, AFTER, bookmarks=bookmarks)
        assert first == {"failed": 1, "missed": 1}
        assert len(await facts(healthy)) == 1
        await site.project(healthy)
        assert await sweep_deadlines(site, AFTER, bookmarks=bookmarks) == {"skipped": 1}

    async def test_whose_key_is_gone_is_counted_as_unreadable(self, site, database):
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(diary)
        await destroy_key(database.admin, diary)
        async with postgres_site(database.runtime) as reopened:
            assert await sweep_deadlines(reopened, AFTER) == {"unreadable": 1}

    async def test_does_not_fill_every_batch(self, site, database):
        poisoned = await site.diary()
        for _ in range(5):
            await poisoned.goal(PHQ9_FROM_24, starts_on=START, due_on=date(2026, 2, 1))
        healthy = await site.diary()
        await healthy.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        await site.project(poisoned)
        await site.project(healthy)
        await break_seal(database.admin, poisoned)
        bookmarks = Bookmarks()
        counts = [await small_sweep(site, bookmarks) for _ in range(4)]
        # Those of the same client that open go on, too.
        assert sum(one.get("missed", 0) for one in counts) == 5
        assert len(await facts(healthy)) == 1


async def small_sweep(site: Site, bookmarks: Bookmarks) -> dict[str, int]:
    """A sweep that looks at two goals at most."""
    return await sweep(
        "deadlines",
        partial(site.views.deadlines_passed, AFTER),
        lambda owed: notice_deadline(site, owed, AFTER),
        bookmarks=bookmarks,
        page_size=2,
        pages=1,
    )
