"""sessions: a goal that is due by a session is due on the day on which that session is now."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from events.goal import GoalDeadlineFollowed, GoalDeadlineMissed, GoalReached
from events.measure import Count, Frequency
from projections.session_queries import deadlines_to_move
from tests.workers.diary import Diary, noon
from tests.workers.site import (
    Crashed,
    Crashing,
    Meddling,
    Site,
    destroy_key,
    postgres_site,
)
from workers.deadlines import sweep_deadlines
from workers.sessions import sweep_sessions
from workers.suggestions import sweep_suggestions

MONDAY = date(2026, 3, 2)
WEDNESDAY = date(2026, 3, 4)
FRIDAY = date(2026, 3, 6)
NEXT_TUESDAY = date(2026, 3, 10)
NEXT_FRIDAY = date(2026, 3, 13)
FIVE_TRIGGERS = Count(amount=5, unit="times")
DAILY = Frequency(amount=1, unit="times", per="day", reserve=2)


def at_three(on: date, zone: str = "UTC") -> datetime:
    return datetime.combine(on, time(15), ZoneInfo(zone))


async def due_by_friday(diary: Diary, measure: Any = FIVE_TRIGGERS) -> tuple[UUID, UUID]:
    """A session on Friday and a goal that is due by it, set on Monday."""
    session_id = await diary.meets(at_three(FRIDAY), now=noon(MONDAY))
    goal_id = await diary.goal(measure, starts_on=MONDAY, due_on=FRIDAY, due_session_id=session_id)
    return session_id, goal_id


async def followed(site: Site, diary: Diary, now: datetime) -> dict[str, int]:
    await site.project(diary)
    return await sweep_sessions(site, now)


async def followings(diary: Diary) -> list[GoalDeadlineFollowed]:
    return [one.event for one in await diary.log() if isinstance(one.event, GoalDeadlineFollowed)]


async def due_on(site: Site, diary: Diary, goal_id: UUID) -> date:
    await site.project(diary)
    row = await site.views.goal(diary.practice_id, goal_id)
    assert row is not None
    assert not row.deadline_moved
    return row.goal.due_on


class TestASessionThatMoves:
    async def test_takes_the_deadline_with_it(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {"followed": 1}
        assert await followings(diary) == [
            GoalDeadlineFollowed(
                goal_id=goal_id, from_on=FRIDAY, due_on=NEXT_TUESDAY, session_id=session_id
            )
        ]
        recorded = (await diary.log())[-1]
        assert (recorded.actor, recorded.occurred_at) == ("worker:sessions", noon(WEDNESDAY))
        assert await due_on(site, diary, goal_id) == NEXT_TUESDAY

    async def test_on_the_same_day_changes_nothing(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(FRIDAY) + timedelta(hours=2), now=noon(MONDAY))
        assert await followed(site, diary, noon(MONDAY)) == {}

    async def test_away_back_and_away_again_is_followed_each_time(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        for on in (NEXT_TUESDAY, FRIDAY, NEXT_TUESDAY):
            await diary.meets_at(session_id, at_three(on), now=noon(WEDNESDAY))
            assert await followed(site, diary, noon(WEDNESDAY)) == {"followed": 1}
            assert await due_on(site, diary, goal_id) == on
        assert len(await followings(diary)) == 3

    async def test_away_and_back_before_anybody_looked_is_nothing(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        for on in (NEXT_TUESDAY, FRIDAY):
            await diary.meets_at(session_id, at_three(on), now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {}

    async def test_to_an_earlier_day_brings_the_deadline_forward(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(WEDNESDAY), now=noon(MONDAY))
        assert await followed(site, diary, noon(MONDAY)) == {"followed": 1}
        assert await due_on(site, diary, goal_id) == WEDNESDAY

    async def test_takes_a_paused_and_a_proposed_goal_along_and_no_ended_one(self, site):
        diary = await site.diary()
        session_id, paused = await due_by_friday(diary)
        await diary.pause(paused, now=noon(MONDAY))
        of_session: dict[str, Any] = {
            "starts_on": MONDAY, "due_on": FRIDAY, "due_session_id": session_id,
        }  # fmt: skip
        proposed = await diary.goal(FIVE_TRIGGERS, agreed=False, **of_session)
        ended = await diary.goal(FIVE_TRIGGERS, **of_session)
        await diary.close(ended, now=noon(MONDAY))
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {"followed": 2}
        assert [await due_on(site, diary, one) for one in (paused, proposed, ended)] == [
            NEXT_TUESDAY, NEXT_TUESDAY, FRIDAY,
        ]  # fmt: skip

    async def test_leaves_a_date_alone_that_people_have_chosen(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.move(goal_id, NEXT_FRIDAY, now=noon(MONDAY))
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {}
        assert await due_on(site, diary, goal_id) == NEXT_FRIDAY

    async def test_leaves_the_date_where_the_goal_could_not_be_judged_by_then(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary, DAILY)
        await diary.meets_at(session_id, at_three(MONDAY), now=noon(MONDAY))
        assert await followed(site, diary, noon(MONDAY)) == {}
        assert await due_on(site, diary, goal_id) == FRIDAY

    async def test_before_the_goal_was_set_is_seen_all_the_same(self, site):
        diary = await site.diary()
        session_id = await diary.meets(at_three(FRIDAY), now=noon(MONDAY))
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(MONDAY))
        # Whoever set the goal had seen the calendar of a moment ago.
        goal_id = await diary.goal(
            FIVE_TRIGGERS, starts_on=MONDAY, due_on=FRIDAY, due_session_id=session_id
        )
        assert await followed(site, diary, noon(MONDAY)) == {"followed": 1}
        assert await due_on(site, diary, goal_id) == NEXT_TUESDAY


class TestASessionThatIsCancelled:
    async def test_hands_the_deadline_to_the_next_one(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        following = await diary.meets(at_three(NEXT_FRIDAY), now=noon(MONDAY))
        nearer = await diary.meets(at_three(NEXT_TUESDAY), now=noon(MONDAY))
        await diary.calls_off(session_id, now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {"followed": 1}
        assert await due_on(site, diary, goal_id) == NEXT_TUESDAY
        await diary.calls_off(nearer, now=noon(FRIDAY))
        assert await followed(site, diary, noon(FRIDAY)) == {"followed": 1}
        assert [one.session_id for one in await followings(diary)] == [nearer, following]

    async def test_passes_over_what_is_held_cancelled_or_gone_by(self, site):
        diary = await site.diary()
        held = await diary.meets(at_three(MONDAY), now=noon(MONDAY))
        await diary.met(held, now=at_three(MONDAY))
        await diary.meets(at_three(MONDAY), now=noon(MONDAY))  # Nobody said what came of it.
        session_id, goal_id = await due_by_friday(diary)
        cancelled = await diary.meets(at_three(NEXT_TUESDAY), now=noon(MONDAY))
        await diary.calls_off(cancelled, now=noon(MONDAY))
        await diary.calls_off(session_id, now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {}
        assert await due_on(site, diary, goal_id) == FRIDAY

    async def test_leaves_the_date_until_another_is_scheduled(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.calls_off(session_id, now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {}
        assert await due_on(site, diary, goal_id) == FRIDAY
        await diary.meets(at_three(NEXT_FRIDAY), now=noon(FRIDAY))
        assert await followed(site, diary, noon(FRIDAY)) == {"followed": 1}
        assert await due_on(site, diary, goal_id) == NEXT_FRIDAY

    async def test_of_another_client_is_none_of_this_one_s(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        other = await Diary(site.store, practice_id=diary.practice_id).enrol()
        await other.meets(at_three(NEXT_TUESDAY), now=noon(MONDAY))
        await diary.calls_off(session_id, now=noon(WEDNESDAY))
        assert await followed(site, diary, noon(WEDNESDAY)) == {}
        assert await due_on(site, diary, goal_id) == FRIDAY


class TestTheDayOfASession:
    @pytest.mark.parametrize(
        ("zone", "starts_at", "on"),
        [
            # The night in which the clocks go forward, and that in which they go back.
            ("Europe/Zurich", datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 29)),
            ("Europe/Zurich", datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
            ("Europe/Zurich", datetime(2026, 3, 29, 22, tzinfo=UTC), date(2026, 3, 30)),
            ("Europe/Zurich", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
            ("Pacific/Kiritimati", datetime(2026, 3, 9, 10, tzinfo=UTC), date(2026, 3, 10)),
            ("America/Los_Angeles", datetime(2026, 3, 11, 6, 59, tzinfo=UTC), date(2026, 3, 10)),
        ],
    )
    async def test_is_that_of_the_goal_s_own_zone(self, site, zone, starts_at, on):
        diary = await site.diary(zone=zone)
        session_id = await diary.meets(at_three(FRIDAY, zone), now=noon(MONDAY, zone))
        goal_id = await diary.goal(
            FIVE_TRIGGERS, starts_on=MONDAY, due_on=FRIDAY, due_session_id=session_id
        )
        await diary.meets_at(session_id, starts_at, now=noon(MONDAY, zone))
        assert await followed(site, diary, noon(MONDAY, zone)) == {"followed": 1}
        assert await due_on(site, diary, goal_id) == on


class TestADeadlineThatHasPassed:
    async def test_is_not_noticed_while_it_is_about_to_follow(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=at_three(FRIDAY))
        await site.project(diary)
        saturday = noon(FRIDAY + timedelta(days=1))
        assert await sweep_deadlines(site, saturday) == {"already_so": 1}
        assert await followed(site, diary, saturday) == {"followed": 1}
        await site.project(diary)
        assert await sweep_deadlines(site, saturday) == {}
        assert await due_on(site, diary, goal_id) == NEXT_TUESDAY

    async def test_leaves_no_suggestion_once_its_session_has_moved(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        saturday = noon(FRIDAY + timedelta(days=1))
        await site.project(diary)
        assert await sweep_deadlines(site, saturday) == {"missed": 1}
        await site.project(diary)
        assert await sweep_suggestions(site, saturday) == {"offered": 1}
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=saturday)
        assert await followed(site, diary, saturday) == {"followed": 1}
        await site.project(diary)
        assert await sweep_suggestions(site, saturday) == {"withdrawn": 1}
        await site.project(diary)
        row = await site.views.goal(diary.practice_id, goal_id)
        assert row is not None
        assert (row.missed, row.goal.missed_on, row.revisions) == (1, None, 0)
        assert {offer.status for offer in row.offers.values()} == {"withdrawn"}

    async def test_calls_for_no_suggestion_once_its_session_has_moved(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        saturday = noon(FRIDAY + timedelta(days=1))
        await site.project(diary)
        await sweep_deadlines(site, saturday)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=saturday)
        await site.project(diary)
        assert await sweep_suggestions(site, saturday) == {}

    async def test_follows_to_a_day_gone_by_where_no_worker_ran(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        weeks_later = noon(NEXT_FRIDAY + timedelta(weeks=3))
        assert await followed(site, diary, weeks_later) == {"followed": 1}
        await site.project(diary)
        assert await sweep_deadlines(site, weeks_later) == {"missed": 1}
        assert await due_on(site, diary, goal_id) == NEXT_TUESDAY


class TestFiveTriggersByTheNextSession:
    """A walk: the session moves twice, four are named, it is held, the fifth comes in time."""

    async def test_is_reached_by_the_day_on_which_the_session_is_held(self, site):
        diary = await site.diary(zone="Europe/Zurich")
        zone = "Europe/Zurich"
        session_id = await diary.meets(at_three(FRIDAY, zone), now=noon(MONDAY, zone))
        goal_id = await diary.goal(
            FIVE_TRIGGERS, starts_on=MONDAY, due_on=FRIDAY, due_session_id=session_id
        )
        for nth in range(3):
            await diary.did(goal_id, at=noon(MONDAY, zone) + timedelta(hours=nth))
        for on in (NEXT_TUESDAY, NEXT_FRIDAY):
            await diary.meets_at(session_id, at_three(on, zone), now=noon(WEDNESDAY, zone))
            assert await followed(site, diary, noon(WEDNESDAY, zone)) == {"followed": 1}
        await diary.did(goal_id, at=noon(NEXT_TUESDAY, zone))
        await site.project(diary)
        assert await sweep_deadlines(site, noon(NEXT_TUESDAY, zone)) == {}
        await diary.did(goal_id, at=at_three(NEXT_FRIDAY, zone))
        await diary.met(session_id, now=at_three(NEXT_FRIDAY, zone))
        await site.project(diary)
        assert await sweep_deadlines(site, at_three(NEXT_FRIDAY, zone)) == {"reached": 1}
        (reached,) = [one.event for one in await diary.log() if isinstance(one.event, GoalReached)]
        assert reached.progress is not None
        assert (reached.progress.fraction, reached.progress.entries) == (1.0, 5)
        assert [(one.from_on, one.due_on) for one in await followings(diary)] == [
            (FRIDAY, NEXT_TUESDAY), (NEXT_TUESDAY, NEXT_FRIDAY),
        ]  # fmt: skip

    async def test_is_past_its_date_the_day_after_with_four_of_five(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        for nth in range(4):
            await diary.did(goal_id, at=noon(MONDAY) + timedelta(hours=nth))
        await diary.met(session_id, now=at_three(FRIDAY))
        await site.project(diary)
        assert await sweep_deadlines(site, noon(FRIDAY + timedelta(days=1))) == {"missed": 1}
        (missed,) = [
            one.event for one in await diary.log() if isinstance(one.event, GoalDeadlineMissed)
        ]
        assert missed.progress.fraction == 0.8


class TestSeveralWorkers:
    async def test_follow_each_session_once(self, site, database):
        diaries: Sequence[Diary] = [await site.diary() for _ in range(3)]
        for diary in diaries:
            session_id, _ = await due_by_friday(diary)
            await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
            await site.project(diary)
        now = noon(WEDNESDAY)
        async with postgres_site(database.runtime) as other:
            both = await asyncio.gather(sweep_sessions(site, now), sweep_sessions(other, now))
        assert sum(counts.get("followed", 0) for counts in both) == 3
        assert {outcome for counts in both for outcome in counts} <= {"followed", "already_so"}
        for diary in diaries:
            assert len(await followings(diary)) == 1

    async def test_record_nothing_twice_while_the_view_lags(self, site):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await site.project(diary)
        first = await sweep_sessions(site, noon(WEDNESDAY))
        second = await sweep_sessions(site, noon(FRIDAY))
        assert (first, second) == ({"followed": 1}, {"already_so": 1})

    async def test_give_way_to_people(self, site):
        diary = await site.diary()
        session_id, goal_id = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await site.project(diary)

        async def choose() -> None:
            await diary.move(goal_id, NEXT_FRIDAY, now=noon(WEDNESDAY))

        meddled = site.with_store(Meddling(site.store, choose))
        assert await sweep_sessions(meddled, noon(WEDNESDAY)) == {"already_so": 1}
        assert await due_on(site, diary, goal_id) == NEXT_FRIDAY


class TestAWorkerThatDies:
    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("at", range(1, 4))
    async def test_leaves_the_deadline_followed_once(self, site, at, after):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await site.project(diary)
        crashing = Crashing(site.store, at=at, after=after)
        with suppress(Crashed):
            await sweep_sessions(site.with_store(crashing), noon(WEDNESDAY))
            assert crashing.calls < at  # It had done its work in fewer calls.
        await sweep_sessions(site, noon(WEDNESDAY))
        assert len(await followings(diary)) == 1


class TestAGoalThatCanNotBeRead:
    async def test_is_counted_and_left(self, site, database):
        diary = await site.diary()
        session_id, _ = await due_by_friday(diary)
        await diary.meets_at(session_id, at_three(NEXT_TUESDAY), now=noon(WEDNESDAY))
        await site.project(diary)
        assert len(await deadlines_to_move(site.views)) == 1
        await destroy_key(database.admin, diary)
        async with postgres_site(database.runtime) as reopened:
            assert await sweep_sessions(reopened, noon(WEDNESDAY)) == {"unreadable": 1}
