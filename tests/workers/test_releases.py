"""What waits while a safety flag is open, and what goes to the client by itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events.measure import Count, Frequency, Measure, Milestone, RelativeFrequency
from events.practice import SetRelease
from events.safety_interlock import SafetyFlagOpen
from events.suggestion import (
    SuggestionAccepted,
    SuggestionOffered,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from tests.workers.diary import PHQ9_FROM_24, THRICE_A_WEEK, Diary, noon
from tests.workers.site import Meddling, Site
from workers.deadlines import sweep_deadlines
from workers.suggestions import ACTOR, sweep_suggestions

START, DUE = date(2026, 1, 4), date(2026, 2, 28)
AFTER = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def missed(
    site: Site, measure: Measure, days: list[int], *, automatic: bool = False
) -> tuple[Diary, UUID]:
    """A goal with entries on some of its days, whose date has passed."""
    diary = await site.diary()
    if automatic:
        await chooses(diary, automatic=True)
    goal_id = await diary.goal(measure, starts_on=START, due_on=DUE)
    for nth, day in enumerate(days):
        at = noon(START + timedelta(days=day))
        if measure == PHQ9_FROM_24:
            await diary.scored(22 - nth, at=at)
        elif isinstance(measure, Frequency) and measure.source == "mood_entries":
            await diary.felt(5, at=at)
        else:
            await diary.did(goal_id, at=at)
    await site.project(diary)
    assert (await sweep_deadlines(site, AFTER)).get("missed") == 1
    return diary, goal_id


async def chooses(diary: Diary, *, automatic: bool) -> None:
    choice = SetRelease(practice_id=diary.practice_id, automatic=automatic)
    await diary.chooses(choice, now=AFTER)


async def swept(site: Site, diary: Diary, now: datetime = AFTER) -> dict[str, int]:
    await site.project(diary)
    counts = await sweep_suggestions(site, now)
    await site.project(diary)
    return counts


async def said(diary: Diary, kind: type[Any]) -> list[Any]:
    return [one.event for one in await diary.log() if isinstance(one.event, kind)]


OFTEN = list(range(0, 56, 4))


class TestWhileASafetyFlagIsOpen:
    async def test_nothing_is_offered_until_it_is_closed(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        flag_id = await diary.is_flagged(now=AFTER)
        assert await swept(site, diary) == {"held": 1}
        assert await swept(site, diary) == {"held": 1}
        assert await said(diary, SuggestionOffered) == []
        await diary.is_cleared(flag_id, now=AFTER)
        assert await swept(site, diary) == {"offered": 1}
        assert len(await said(diary, SuggestionOffered)) == 2

    async def test_each_of_them_has_to_be_closed(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        first, second = await diary.is_flagged(now=AFTER), await diary.is_flagged(now=AFTER)
        await diary.is_cleared(first, now=AFTER)
        assert await swept(site, diary) == {"held": 1}
        await diary.is_cleared(second, now=AFTER)
        assert await swept(site, diary) == {"offered": 1}

    async def test_others_get_their_suggestions(self, site):
        flagged, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        other, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        await flagged.is_flagged(now=AFTER)
        await site.project(flagged)
        await site.project(other)
        assert await sweep_suggestions(site, AFTER) == {"held": 1, "offered": 1}
        assert await said(flagged, SuggestionOffered) == []

    async def test_nothing_goes_out_by_itself(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN, automatic=True)
        flag_id = await diary.is_flagged(now=AFTER)
        assert await swept(site, diary) == {"held": 1}
        await diary.is_cleared(flag_id, now=AFTER)
        await swept(site, diary)
        assert len(await said(diary, SuggestionReleased)) == 1

    async def test_a_flag_that_comes_while_the_record_is_read_has_the_last_word(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        await site.project(diary)
        store = FlaggingOnRead(site.store, diary)
        assert await sweep_suggestions(site.with_store(store), AFTER) == {"held": 1}
        assert await said(diary, SuggestionOffered) == []

    async def test_a_flag_that_comes_in_the_instant_of_the_offer_has_it_too(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN, automatic=True)
        await site.project(diary)
        store = Meddling(site.store, lambda: diary.is_flagged(now=AFTER))
        assert await sweep_suggestions(site.with_store(store), AFTER) == {"waiting": 1}
        assert await said(diary, SuggestionOffered) == []
        assert await swept(site, diary) == {"held": 1}

    async def test_nothing_is_accepted(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN)
        await swept(site, diary)
        _, replan = await said(diary, SuggestionOffered)
        flag_id = await diary.is_flagged(now=AFTER)
        with pytest.raises(SafetyFlagOpen):
            await diary.accept(replan.suggestion_id, now=AFTER, option=0)
        assert await said(diary, SuggestionAccepted) == []
        await diary.is_cleared(flag_id, now=AFTER)
        await diary.accept(replan.suggestion_id, now=AFTER, option=0)

    async def test_what_fits_no_longer_is_withdrawn_all_the_same(self, site):
        diary, goal_id = await missed(site, THRICE_A_WEEK, OFTEN)
        await swept(site, diary)
        await diary.is_flagged(now=AFTER)
        await diary.move(goal_id, date(2026, 4, 1), now=AFTER)
        assert await swept(site, diary) == {"withdrawn": 1}
        assert len(await said(diary, SuggestionWithdrawn)) == 2


class FlaggingOnRead(Meddling):
    """A store in which a flag is raised while somebody reads the client's record."""

    def __init__(self, store: Any, diary: Diary) -> None:
        super().__init__(store, lambda: None)
        self._diary = diary
        self._meddle = None

    async def read_client(self, *args: Any, **kwargs: Any) -> Any:
        found = await self._store.read_client(*args, **kwargs)
        await self._diary.is_flagged(now=AFTER)
        return found


BEHAVIOURS: dict[str, tuple[Measure, list[int]]] = {
    "frequency": (THRICE_A_WEEK, OFTEN),
    "mood entries": (
        Frequency(amount=1, unit="times", per="day", source="mood_entries"),
        OFTEN,
    ),
    "count": (Count(amount=30), OFTEN),
    "increase": (
        RelativeFrequency(percent=100, unit="times", per="week", baseline=2),
        [0, 7, 8, 21, 22, 35, 36, 42, 43, 44, 49, 50, 51],
    ),
}


class TestAutomaticRelease:
    @pytest.mark.parametrize("kind", BEHAVIOURS)
    async def test_of_a_behaviour_goals_reframing_where_the_practice_chose_it(self, site, kind):
        measure, days = BEHAVIOURS[kind]
        diary, _ = await missed(site, measure, days, automatic=True)
        assert await swept(site, diary) == {"offered": 1}
        reframing, replan = await said(diary, SuggestionOffered)
        (released,) = await said(diary, SuggestionReleased)
        assert released.suggestion_id == reframing.suggestion_id != replan.suggestion_id
        assert released.sentences == reframing.sentences
        # No clinician has looked at a way on yet: the choice is open.
        assert released.sentences[-1] == "With your clinician you can choose what comes next."
        at = [one for one in await diary.log() if one.type.startswith("suggestion")]
        assert {one.actor for one in at} == {ACTOR}
        assert len({one.command_id for one in at}) == 1
        assert await swept(site, diary) == {}

    async def test_is_made_once_however_often_it_is_swept(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN, automatic=True)
        await site.project(diary)
        first = await sweep_suggestions(site, AFTER)
        second = await sweep_suggestions(site, AFTER + timedelta(days=1))
        assert (first, second) == ({"offered": 1}, {"already_so": 1})
        assert len(await said(diary, SuggestionReleased)) == 1

    @pytest.mark.parametrize("kind", BEHAVIOURS)
    async def test_waits_for_a_clinician_where_the_practice_did_not_choose_it(self, site, kind):
        measure, days = BEHAVIOURS[kind]
        diary, _ = await missed(site, measure, days)
        await swept(site, diary)
        assert await said(diary, SuggestionReleased) == []

    async def test_waits_where_the_practice_has_changed_its_mind(self, site):
        diary, _ = await missed(site, THRICE_A_WEEK, OFTEN, automatic=True)
        await chooses(diary, automatic=False)
        await swept(site, diary)
        assert await said(diary, SuggestionReleased) == []

    async def test_never_concerns_a_score(self, site):
        diary, _ = await missed(site, PHQ9_FROM_24, [10, 20, 30, 40, 50], automatic=True)
        await swept(site, diary)
        assert len(await said(diary, SuggestionOffered)) == 2
        assert await said(diary, SuggestionReleased) == []

    @pytest.mark.parametrize(
        ("measure", "days"),
        [(THRICE_A_WEEK, []), (THRICE_A_WEEK, [0]), (Milestone(), []), (Count(amount=30), [3])],
    )
    async def test_waits_where_little_or_nothing_is_on_record(self, site, measure, days):
        diary, _ = await missed(site, measure, days, automatic=True)
        await swept(site, diary)
        assert len(await said(diary, SuggestionOffered)) == 2
        assert await said(diary, SuggestionReleased) == []
