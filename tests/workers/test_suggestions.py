"""The suggestions sweep: offered once for each missed deadline, withdrawn when outdated."""

import asyncio
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events.acceptance import SuggestionOutdated
from events.goal import GoalDeadlineRevised, GoalTargetRevised
from events.suggestion import NewDeadline, NewTarget, SuggestionOffered, SuggestionWithdrawn
from tests.workers.diary import PHQ9_FROM_24, THRICE_A_WEEK, Diary, noon
from tests.workers.site import Crashed, Crashing, Meddling, Site, break_seal, postgres_site
from workers.deadlines import sweep_deadlines
from workers.suggestions import sweep_suggestions
from workers.sweeping import Bookmarks

START, DUE = date(2026, 1, 4), date(2026, 3, 1)
AFTER = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def missed(site: Site, *, language: str = "en", zone: str = "UTC") -> tuple[Diary, UUID]:
    """A goal on PHQ-9 from 24 to 12 whose deadline was missed at 17."""
    diary = await site.diary(language=language, zone=zone)
    goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
    for nth, total in enumerate((22, 21, 20, 18, 17), start=1):
        await diary.scored(total, at=noon(START + timedelta(days=10 * nth)))
    await past_the_date(site, diary, AFTER)
    return diary, goal_id


async def past_the_date(site: Site, diary: Diary, now: datetime) -> None:
    await site.project(diary)
    assert (await sweep_deadlines(site, now)).get("missed") == 1
    await site.project(diary)


async def swept(site: Site, diary: Diary, now: datetime = AFTER) -> dict[str, int]:
    await site.project(diary)
    counts = await sweep_suggestions(site, now)
    await site.project(diary)
    return counts


async def offered(diary: Diary) -> list[SuggestionOffered]:
    return [one.event for one in await diary.log() if isinstance(one.event, SuggestionOffered)]


async def last(diary: Diary, kind: type[Any]) -> Any:
    return [one.event for one in await diary.log() if isinstance(one.event, kind)][-1]


class TestAMissedDeadline:
    async def test_is_answered_by_a_reframing_and_a_replan(self, site):
        diary, goal_id = await missed(site)
        assert await swept(site, diary) == {"offered": 1}
        reframing, replan = await offered(diary)
        assert [reframing.kind, replan.kind] == ["reframing", "replan"]
        date_passed, moved, continuum, _ = reframing.sentences
        assert date_passed == "The date we set, 1 March, has passed."
        assert moved.endswith(
            "from 24 at the start to 17 on 23 February: 7 points, 58% of the way."
        )
        assert continuum == "This is one point on a line, not a verdict."
        assert reframing.options == ()
        assert [type(one.proposal) for one in replan.options] == [NewDeadline, NewTarget]
        for one in (reframing, replan):
            assert (one.goal_id, one.client_id, one.due_on) == (goal_id, diary.client_id, DUE)
            assert one.evidence.positions == (6, 7, 8, 9, 10)
            assert one.evidence.numbers["latest"] == 17

    async def test_is_answered_in_the_clients_own_language(self, site):
        diary, _ = await missed(site, language="es-MX")
        await swept(site, diary)
        reframing, replan = await offered(diary)
        assert reframing.language == replan.language == "es"
        assert reframing.sentences[0] == "La fecha acordada, el 1 de marzo, ya pasó."

    async def test_is_answered_in_the_language_preferred_now(self, site):
        diary, _ = await missed(site)
        await diary.speaks("es")
        await swept(site, diary)
        assert {one.language for one in await offered(diary)} == {"es"}

    async def test_is_answered_once(self, site):
        diary, _ = await missed(site)
        first, second = await sweep_suggestions(site, AFTER), await sweep_suggestions(site, AFTER)
        assert (first, second) == ({"offered": 1}, {"already_so": 1})
        assert await swept(site, diary) == {}
        assert len(await offered(diary)) == 2

    async def test_is_answered_with_what_is_known_when_a_score_came_late(self, site):
        diary, _ = await missed(site)
        await diary.scored(15, at=noon(date(2026, 2, 27)))
        await swept(site, diary)
        reframing, _ = await offered(diary)
        assert "to 15 on 27 February: 9 points, 75% of the way" in reframing.sentences[1]

    async def test_is_not_answered_once_the_goal_has_moved_on(self, site):
        diary, goal_id = await missed(site)
        await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
        assert await sweep_suggestions(site, AFTER) == {"already_so": 1}
        assert await offered(diary) == []

    async def test_is_not_answered_while_paused(self, site):
        diary, goal_id = await missed(site)
        await diary.pause(goal_id, now=AFTER)
        assert await swept(site, diary) == {}

    async def test_is_not_answered_after_a_discharge_and_not_looked_at_each_time(self, site):
        diary, _ = await missed(site)
        await diary.leaves()
        await site.project(diary)
        bookmarks = Bookmarks()
        assert await sweep_suggestions(site, AFTER, bookmarks=bookmarks) == {"discharged": 1}
        assert await sweep_suggestions(site, AFTER, bookmarks=bookmarks) == {"skipped": 1}
        assert await offered(diary) == []

    async def test_is_not_answered_where_the_discharge_comes_in_between(self, site):
        diary, _ = await missed(site)
        meddled = site.with_store(Meddling(site.store, diary.leaves))
        assert await sweep_suggestions(meddled, AFTER) == {"waiting": 1}
        assert await sweep_suggestions(meddled, AFTER) == {"discharged": 1}
        assert await offered(diary) == []

    async def test_of_a_practised_goal_is_answered_too(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(THRICE_A_WEEK, starts_on=START, due_on=date(2026, 2, 28))
        for week in range(8):
            for day in (0, 3):
                on = START + timedelta(days=7 * week + day)
                await diary.did(goal_id, at=noon(on))
        await past_the_date(site, diary, AFTER)
        await swept(site, diary)
        _, replan = await offered(diary)
        assert "16 times are recorded up to then: 8 of 8 weeks" in replan.sentences[1]
        assert [type(one.proposal) for one in replan.options] == [NewTarget, NewTarget]


class TestSeveralWorkers:
    async def test_offer_each_suggestion_once(self, site, database):
        diaries = [(await missed(site))[0] for _ in range(3)]
        async with postgres_site(database.runtime) as other:
            both = await asyncio.gather(
                sweep_suggestions(site, AFTER),
                sweep_suggestions(other, AFTER),
                # A worker whose clock is a little ahead sees and says other things.
                sweep_suggestions(other, AFTER + timedelta(days=1)),
            )
        assert sum(counts.get("offered", 0) for counts in both) == 3
        assert {outcome for counts in both for outcome in counts} <= {"offered", "already_so"}
        for diary in diaries:
            assert [one.kind for one in await offered(diary)] == ["reframing", "replan"]


class TestAWorkerThatDies:
    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("at", range(1, 4))
    async def test_leaves_both_suggestions_offered_once(self, site, at, after):
        diary, _ = await missed(site)
        crashing = Crashing(site.store, at=at, after=after)
        with suppress(Crashed):
            await sweep_suggestions(site.with_store(crashing), AFTER)
            assert crashing.calls < at  # It had done its work in fewer calls.
        assert len(await offered(diary)) in (0, 2)
        await sweep_suggestions(site, AFTER)
        assert [one.kind for one in await offered(diary)] == ["reframing", "replan"]
        assert await swept(site, diary) == {}

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("at", range(1, 6))
    async def test_leaves_each_outdated_suggestion_withdrawn_once(self, site, at, after):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
        await site.project(diary)
        crashing = Crashing(site.store, at=at, after=after)
        with suppress(Crashed):
            await sweep_suggestions(site.with_store(crashing), AFTER)
            assert crashing.calls < at
        await site.project(diary)
        await sweep_suggestions(site, AFTER)
        assert await diary.types(of="suggestion.withdrawn") == ["suggestion.withdrawn.v1"] * 2


class TestAnOutdatedSuggestion:
    async def test_is_withdrawn_once_the_deadline_was_moved(self, site):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert await swept(site, diary) == {}
        withdrawn = [
            one.event for one in await diary.log() if isinstance(one.event, SuggestionWithdrawn)
        ]
        assert {one.suggestion_id for one in withdrawn} == {
            one.suggestion_id for one in await offered(diary)
        }

    async def test_is_withdrawn_once_the_target_was_revised(self, site):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        await diary.aim(goal_id, THRICE_A_WEEK, now=AFTER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert await swept(site, diary) == {}

    async def test_is_withdrawn_once_the_goal_has_ended(self, site):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        await diary.close(goal_id, now=AFTER)
        assert await swept(site, diary) == {"withdrawn": 1}

    async def test_stays_where_somebody_has_decided(self, site):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        reframing, _ = await offered(diary)
        await diary.accept(reframing.suggestion_id, now=AFTER)
        await diary.close(goal_id, now=AFTER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert (await last(diary, SuggestionWithdrawn)).suggestion_id != reframing.suggestion_id

    async def test_can_not_be_accepted_before_the_sweep_comes(self, site):
        diary, goal_id = await missed(site)
        await swept(site, diary)
        _, replan = await offered(diary)
        await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
        with pytest.raises(SuggestionOutdated):
            await diary.accept(replan.suggestion_id, now=AFTER, option=0)

    async def test_of_a_broken_record_stops_no_other(self, site, database):
        broken, healthy = await missed(site), await missed(site)
        for diary, goal_id in (broken, healthy):
            await swept(site, diary)
            await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
            await site.project(diary)
        await break_seal(database.admin, broken[0])
        assert await sweep_suggestions(site, AFTER) == {"failed": 1, "withdrawn": 1}


class TestTheWholeWalk:
    @pytest.mark.parametrize("option", [0, 1])
    async def test_of_a_score_goal_from_its_setting_to_the_next_deadline(self, site, option):
        diary, _ = await missed(site, zone="America/Los_Angeles", language="es")
        assert await swept(site, diary) == {"offered": 1}
        _, replan = await offered(diary)
        await diary.accept(replan.suggestion_id, now=AFTER, option=option)
        proposal = replan.options[option].proposal
        due_on = proposal.due_on
        assert due_on is not None
        assert (await last(diary, GoalDeadlineRevised)).due_on == due_on
        if isinstance(proposal, NewTarget):
            assert (await last(diary, GoalTargetRevised)).measure == proposal.measure
        # The reframing of the old deadline fits no longer; nothing else is due until the new one.
        assert await swept(site, diary) == {"withdrawn": 1}
        for days in range((due_on - DUE).days):
            now = AFTER + timedelta(days=days)
            await site.project(diary)
            assert (await sweep_deadlines(site, now)).get("missed") is None
            assert await swept(site, diary, now) == {}
        later = noon(due_on + timedelta(days=2))
        await past_the_date(site, diary, later)
        assert await swept(site, diary, later) == {"offered": 1}
        assert len(await offered(diary)) == 4
        assert len({one.suggestion_id for one in await offered(diary)}) == 4

    @pytest.mark.parametrize("option", [0, 1])
    async def test_of_a_practised_goal_that_is_reached_after_its_replan(self, site, option):
        diary = await site.diary()
        goal_id = await diary.goal(THRICE_A_WEEK, starts_on=START, due_on=date(2026, 2, 28))
        for week in range(8):
            for day in (0, 3):
                on = START + timedelta(days=7 * week + day)
                await diary.did(goal_id, at=noon(on))
        now = noon(date(2026, 3, 1))
        await past_the_date(site, diary, now)
        await swept(site, diary, now)
        _, replan = await offered(diary)
        await diary.accept(replan.suggestion_id, now=now, option=option)
        proposal = replan.options[option].proposal
        assert isinstance(proposal, NewTarget)
        assert proposal.due_on is not None
        await swept(site, diary, now)
        at = now
        while at.date() <= proposal.due_on:
            await diary.did(goal_id, at=at, amount=3)
            at += timedelta(days=7)
        await site.project(diary)
        over = noon(proposal.due_on + timedelta(days=1))
        assert await sweep_deadlines(site, over) == {"reached": 1}
        assert await swept(site, diary, over) == {}
