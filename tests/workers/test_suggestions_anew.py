"""A draft whose entries are others now: withdrawn, drafted anew once, not accepted meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from events.evidence_since import EvidenceChanged
from events.measure import RelativeFrequency
from events.suggestion import SuggestionOffered, SuggestionWithdrawn
from tests.workers.diary import PHQ9_FROM_24, THRICE_A_WEEK, Diary, noon
from tests.workers.site import Site, postgres_site
from workers.deadlines import sweep_deadlines
from workers.suggestions import sweep_suggestions

START, DUE = date(2026, 1, 4), date(2026, 2, 28)
AFTER = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AFTER + timedelta(hours=1)


class Life(NamedTuple):
    diary: Diary
    goal_id: UUID
    entries: list[UUID]


async def offered(site: Site) -> Life:
    """PHQ-9 from 24 to 17 at the date, and both suggestions drafted."""
    diary = await site.diary()
    goal_id = await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
    entries = [
        await diary.scored(total, at=noon(START + timedelta(days=10 * nth)))
        for nth, total in enumerate((22, 21, 20, 18, 17), start=1)
    ]
    await past_the_date(site, diary)
    return Life(diary, goal_id, entries)


async def past_the_date(site: Site, diary: Diary) -> None:
    await site.project(diary)
    assert await sweep_deadlines(site, AFTER) == {"missed": 1}
    assert await swept(site, diary, AFTER) == {"offered": 1}


async def swept(site: Site, diary: Diary, now: datetime = LATER) -> dict[str, int]:
    await site.project(diary)
    counts = await sweep_suggestions(site, now)
    await site.project(diary)
    return counts


async def offers(diary: Diary) -> list[SuggestionOffered]:
    return [one.event for one in await diary.log() if isinstance(one.event, SuggestionOffered)]


async def open_ones(diary: Diary) -> list[SuggestionOffered]:
    gone = {
        one.event.suggestion_id
        for one in await diary.log()
        if isinstance(one.event, SuggestionWithdrawn)
    }
    return [one for one in await offers(diary) if one.suggestion_id not in gone]


async def corrected(life: Life) -> None:
    await life.diary.rescored(life.entries[-1], 20, now=LATER)


async def withdrawn(life: Life) -> None:
    await life.diary.unscored(life.entries[-1], now=LATER)


async def late(life: Life) -> None:
    await life.diary.scored(15, at=noon(DUE))


CHANGES: dict[str, tuple[Callable[[Life], Awaitable[None]], str]] = {
    "corrected": (corrected, "24 at the start to 20 on 23 February"),
    "withdrawn": (withdrawn, "24 at the start to 18 on 13 February"),
    "late": (late, "24 at the start to 15 on 28 February"),
}


class TestAnEntryThatChanged:
    @pytest.mark.parametrize("name", CHANGES)
    async def test_is_told_by_drafts_of_its_own_once(self, site, name):
        change, told = CHANGES[name]
        life = await offered(site)
        before = await offers(life.diary)
        await change(life)
        assert await swept(site, life.diary) == {"withdrawn": 1}
        assert await swept(site, life.diary) == {"offered": 1}
        assert await swept(site, life.diary) == {}
        drafts = await open_ones(life.diary)
        assert [one.kind for one in drafts] == ["reframing", "replan"]
        assert all(told in one.sentences[1] for one in drafts)
        assert {one.suggestion_id for one in drafts}.isdisjoint(one.suggestion_id for one in before)

    @pytest.mark.parametrize("name", CHANGES)
    async def test_refuses_that_the_draft_is_accepted_meanwhile(self, site, name):
        life = await offered(site)
        await CHANGES[name][0](life)
        for nth, draft in enumerate(await offers(life.diary)):
            with pytest.raises(EvidenceChanged):
                await life.diary.accept(draft.suggestion_id, now=LATER, option=0 if nth else None)
        for _ in range(2):
            await swept(site, life.diary)
        replan = (await open_ones(life.diary))[-1]
        if replan.options:
            await life.diary.accept(replan.suggestion_id, now=LATER, option=0)

    async def test_may_change_as_often_as_it_likes(self, site):
        life = await offered(site)
        for total in (16, 15, 16):
            await life.diary.rescored(life.entries[-1], total, now=LATER)
            assert await swept(site, life.diary) == {"withdrawn": 1}
            assert await swept(site, life.diary) == {"offered": 1}
            drafts = await open_ones(life.diary)
            assert [one.kind for one in drafts] == ["reframing", "replan"]
            assert f"to {total} on 23 February" in drafts[0].sentences[1]
        assert len({one.suggestion_id for one in await offers(life.diary)}) == 8

    async def test_leaves_alone_what_somebody_has_decided(self, site):
        life = await offered(site)
        reframing, replan = await offers(life.diary)
        await life.diary.accept(reframing.suggestion_id, now=LATER)
        await corrected(life)
        assert await swept(site, life.diary) == {"withdrawn": 1}
        assert await swept(site, life.diary) == {"offered": 1}
        drafts = await open_ones(life.diary)
        assert [one.kind for one in drafts] == ["reframing", "replan"]
        assert drafts[0] == reframing
        assert drafts[1].suggestion_id != replan.suggestion_id

    async def test_is_told_once_by_several_workers(self, site, database):
        life = await offered(site)
        await corrected(life)
        async with postgres_site(database.runtime) as other:
            for _ in range(3):
                await site.project(life.diary)
                await sweep_suggestions(site, LATER)
                await sweep_suggestions(other, LATER)
        assert [one.kind for one in await open_ones(life.diary)] == ["reframing", "replan"]
        assert len(await offers(life.diary)) == 4

    async def test_of_another_instrument_changes_nothing(self, site):
        life = await offered(site)
        await life.diary.scored(9, at=noon(DUE), instrument="gad7")
        await life.diary.felt(5, at=noon(DUE))
        assert await swept(site, life.diary) == {}
        replan = (await offers(life.diary))[1]
        await life.diary.accept(replan.suggestion_id, now=LATER, option=0)

    async def test_about_a_day_after_the_date_changes_nothing(self, site):
        life = await offered(site)
        await life.diary.scored(9, at=AFTER)
        assert await swept(site, life.diary) == {}

    async def test_of_a_measured_baseline_counts_as_well(self, site):
        diary = await site.diary()
        measure = RelativeFrequency(
            percent=50, unit="times", per="week", baseline_from_on=START - timedelta(days=14)
        )
        before = START - timedelta(days=7)
        goal_id = await diary.goal(measure, starts_on=START, due_on=DUE)
        entries = [
            await diary.did(goal_id, at=noon(START + timedelta(days=day))) for day in (-7, -6, 3)
        ]
        await past_the_date(site, diary)
        await diary.undid(entries[0], now=LATER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert await swept(site, diary) == {"offered": 1}
        await diary.did(goal_id, at=noon(before))
        assert await swept(site, diary) == {"withdrawn": 1}
        assert await swept(site, diary) == {"offered": 1}

    async def test_may_be_a_day_of_rest(self, site):
        diary = await site.diary()
        goal_id = await diary.goal(THRICE_A_WEEK, starts_on=START, due_on=DUE)
        await diary.did(goal_id, at=noon(START))
        await past_the_date(site, diary)
        await diary.rests(goal_id, DUE, now=LATER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert await swept(site, diary) == {"offered": 1}
        assert "1 day of rest was not asked for." in (await open_ones(diary))[0].sentences[1]
