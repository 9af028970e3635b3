"""The exercises of cognitive therapy as goals, each walked from its proposal to what came of it."""

from collections.abc import AsyncIterator

import pytest

from service.settings import Settings
from tests.service.walking import Walk, instant, local, on, walking

DAILY = {"type": "frequency", "amount": 1, "unit": "times", "per": "day"}
FIVE_TRIGGERS = {"type": "count", "amount": 5, "unit": "times"}


@pytest.fixture
async def anna(settings: Settings) -> AsyncIterator[Walk]:
    async with walking(settings) as walk:
        yield walk


class TestThreeDailyLivingSkillsADay:
    async def test_credits_every_day_by_its_part(self, anna: Walk) -> None:
        goal_id = await anna.sets_out({**DAILY, "amount": 3}, on(8))
        for day, skills in ((2, 3), (3, 3), (4, 2), (5, 3), (6, 1), (8, 3)):
            for nth in range(skills):
                await anna.does(goal_id, on(day), hour=8 + 4 * nth)
        made = await anna.progress(goal_id)
        # Four whole days, two thirds, one third, and a day without.
        assert made["fraction"] == pytest.approx(5 / 7)
        assert (made["periods_met"], made["periods_partly"], made["periods"]) == (4, 2, 7)
        assert made["latest"] == 15.0
        assert await anna.swept(on(9)) == {"missed": 1}
        assert await anna.offered() == ["reframing", "replan"]


class TestOneAchievementNamedEachDay:
    async def test_rests_while_it_is_paused(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(DAILY, on(22))
        await anna.does_daily(goal_id, on(2), on(8))
        anna.it_is(on(9), 9)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/pause", {"reason": "In hospital."})
        # The pause takes nothing away, and gives nothing before it is over.
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(7 / 21)
        anna.it_is(on(14), 9)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/resume", {"reason": "At home."})
        resumed = await anna.shown(goal_id)
        assert resumed["progress"]["excused"] == 5
        assert resumed["progress"]["fraction"] == pytest.approx(7 / 16)
        assert resumed["pauses"] == [{"from_on": "2026-03-09", "until_on": "2026-03-14"}]
        await anna.does_daily(goal_id, on(14), on(22))
        assert await anna.swept(on(23)) == {"reached": 1}
        done = await anna.progress(goal_id)
        assert (done["fraction"], done["periods_met"]) == (1.0, 16)


class TestTwentyMinutesOfVisualisationADay:
    async def test_credits_the_minimum_version(self, anna: Walk) -> None:
        measure = {**DAILY, "amount": 20, "unit": "minutes", "minimum": 5}
        goal_id = await anna.sets_out(measure, on(11))
        minutes = {2: 20, 3: 20, 4: 5, 6: 12, 7: 20, 8: 3, 9: 25, 10: 5, 11: 20}
        for day, amount in minutes.items():
            await anna.does(goal_id, on(day), amount)
        made = await anna.progress(goal_id)
        # 1 + 1 + .5 + 0 + .6 + 1 + .15 + 1 + .5 + 1 of ten days; 130 minutes of 200.
        assert made["fraction"] == pytest.approx(0.675)
        assert made["unclamped"] == pytest.approx(0.65)
        assert (made["periods_met"], made["periods_partly"]) == (5, 4)
        assert await anna.swept(on(12)) == {"missed": 1}
        assert (await anna.shown(goal_id))["course"] == "past_its_date"


class TestChallengingCoreBeliefsDaily:
    async def test_is_found_at_risk_and_comes_most_of_the_way(self, anna: Walk) -> None:
        goal_id = await anna.sets_out({**DAILY, "reserve": 4}, on(29))
        await anna.does_daily(goal_id, on(2), on(8))
        assert await anna.swept(on(16), hour=12) == {}
        # 4/28 + 24/28 * (7/24 + .15) of 28 days: half past two on the fifteenth day.
        assert await anna.swept(on(16), hour=15) == {"at_risk": 1}
        assert (await anna.shown(goal_id))["course"] == "at_risk"
        assert (await anna.client.get(f"/v1/goals/{goal_id}"))["course"] is None
        await anna.does_daily(goal_id, on(17), on(29))
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(20 / 24)
        assert await anna.swept(on(30)) == {"missed": 1}
        assert await anna.offered() == ["reframing", "replan"]
        smaller = {"measure": {**DAILY, "reserve": 8}, "reason": "Five days a week are enough.",
                   "client_agreed": True}  # fmt: skip
        await anna.clinician.do("PUT", f"/v1/goals/{goal_id}/target", smaller)
        assert (await anna.progress(goal_id))["fraction"] == 1.0
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reach", {})
        assert (await anna.shown(goal_id))["stage"] == "reached"
        assert await anna.swept(on(31)) == {}
        assert await anna.offered() == []


class TestFiveTriggersByTheNextSession:
    async def meets(self, anna: Walk, day: int) -> str:
        path = f"/v1/clients/{anna.client_id}/sessions"
        body = {"starts_at": local(on(day), 15).isoformat()}
        return str((await anna.clinician.do("POST", path, body))["id"])

    async def test_is_reached_with_the_fifth(self, anna: Walk) -> None:
        session_id = await self.meets(anna, 9)
        goal_id = await self.set_out(anna)
        shown = await anna.shown(goal_id)
        assert (shown["due_on"], shown["due_session_id"]) == ("2026-03-09", session_id)
        await anna.does(goal_id, on(4), 2)
        assert (await anna.progress(goal_id))["fraction"] == 0.4
        anna.it_is(on(6), 9)
        moved = {"starts_at": local(on(12), 15).isoformat(), "reason": "A conference."}
        await anna.clinician.do("POST", f"/v1/sessions/{session_id}/move", moved)
        assert await anna.swept(on(7)) == {}
        followed = await anna.shown(goal_id)
        assert (followed["due_on"], followed["days_left"]) == ("2026-03-12", 5)
        await anna.does(goal_id, on(10), 2)
        assert (await anna.progress(goal_id))["fraction"] == 0.8
        assert await anna.swept(on(11)) == {}
        await anna.does(goal_id, on(11), hour=20)
        assert await anna.swept(on(11), hour=21) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["stage"], done["progress"]["latest"]) == ("reached", 5.0)
        assert instant(done["ended_at"]) == local(on(11), 20)
        assert "deadline_followed" in await anna.steps(goal_id)

    async def test_comes_to_the_session_with_three(self, anna: Walk) -> None:
        await self.meets(anna, 9)
        goal_id = await self.set_out(anna)
        await anna.does(goal_id, on(5), 3)
        assert await anna.swept(on(9), hour=16) == {}
        assert await anna.swept(on(10)) == {"missed": 1}
        assert (await anna.progress(goal_id))["fraction"] == 0.6

    async def set_out(self, anna: Walk) -> str:
        await anna.swept(on(2), hour=11)
        return await anna.sets_out(FIVE_TRIGGERS, None, by_next_session=True)


class TestThreeAffirmationsADay:
    async def test_counts_the_days_as_the_client_sees_them(self, anna: Walk) -> None:
        anna.it_is(on(25), 8)
        goal_id = await anna.sets_out({**DAILY, "amount": 3}, on(3, 4))
        days = [on(day) for day in range(25, 32)] + [on(day, 4) for day in (1, 2, 3)]
        for day in days:
            # Just after midnight, and just before the next: on 29 March these are 22 hours.
            await anna.does(goal_id, day, hour=8 if day == days[0] else 0, minute=5)
            await anna.does(goal_id, day, hour=12)
            await anna.does(goal_id, day, hour=23, minute=50)
            count = days.index(day) + 1
            assert (await anna.progress(goal_id))["periods_met"] == count
        assert await anna.swept(on(4, 4)) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["stage"], done["progress"]["latest"]) == ("reached", 30.0)
