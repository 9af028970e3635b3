"""The goals people set in therapy, each walked from its proposal to what came of it.

What is done in the sessions and between them; the exercises of cognitive therapy are in
test_walks_with_cbt.py.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from service.settings import Settings
from tests.service.walking import Walk, instant, local, on, walking

DAILY = {"type": "frequency", "amount": 1, "unit": "times", "per": "day"}
HALF_THE_SCORE = {
    "type": "score",
    "instrument": "bdi2",
    "baseline": 28,
    "target": {"type": "percent_change", "percent": -50},
}
NON_CLINICAL = {
    "type": "score",
    "instrument": "bdi2",
    "baseline": 31,
    "target": {"type": "band", "band": "non_clinical"},
}
ONE_PARTY = {"type": "milestone"}


@pytest.fixture
async def anna(settings: Settings) -> AsyncIterator[Walk]:
    async with walking(settings) as walk:
        yield walk


class TestHalfTheDepressiveSymptomsInEightWeeks:
    async def test_is_reached_when_people_say_so(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(HALF_THE_SCORE, on(27, 4))
        assert (await anna.progress(goal_id))["entries"] == 0
        await anna.scores(on(9), 27)
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(1 / 14)
        await anna.scores(on(23), 22)
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(6 / 14)
        await anna.scores(on(6, 4), 18)
        await anna.scores(on(20, 4), 14)
        assert (await anna.shown(goal_id))["progress"]["fraction"] == 1.0
        # Symptoms come and go: nothing is recorded before the date, and people decide then.
        assert await anna.swept(on(27, 4)) == {}
        assert await anna.swept(on(28, 4)) == {"target_met": 1}
        assert (await anna.shown(goal_id))["stage"] == "active"
        assert await anna.offered() == []
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reach", {"note": "It holds."})
        done = await anna.shown(goal_id)
        assert (done["stage"], done["progress"]["latest"]) == ("reached", 14.0)
        assert await anna.steps(goal_id) == ["set", "agreed", "agreed", "target_met", "reached"]

    async def test_waits_for_the_clinician_again_where_a_score_was_mistaken(
        self, anna: Walk
    ) -> None:
        goal_id = await anna.sets_out(HALF_THE_SCORE, on(27, 4))
        await anna.scores(on(20, 4), 20)
        assert await anna.swept(on(28, 4)) == {"missed": 1}
        # The sheet of the last session is found: it was 14, and not 20.
        (point,) = (await anna.clinician.get(f"/v1/clients/{anna.client_id}/trends/bdi2"))["points"]
        path = f"/v1/assessments/{point['assessment_id']}"
        anna.it_is(on(28, 4), 9)
        await anna.clinician.do("PUT", path, {"total": 14, "suicide_item": 0})
        assert await anna.swept(on(28, 4), hour=10) == {"target_met": 1}
        assert (await anna.shown(goal_id))["dates_passed"] == 0
        assert await anna.offered() == []
        assert await anna.waiting() == ["target_met"]
        # And it was 24 after all.
        anna.it_is(on(28, 4), 11)
        await anna.clinician.do("PUT", path, {"total": 24, "suicide_item": 0})
        assert await anna.swept(on(28, 4), hour=12) == {"missed": 1}
        assert (await anna.shown(goal_id))["dates_passed"] == 1
        assert await anna.offered() == ["reframing", "replan"]
        assert "target_met" not in await anna.waiting()
        assert "deadline_passed" in await anna.waiting()


class TestANonClinicalLevelInSixMonths:
    async def test_passes_its_date_with_what_was_reached(self, anna: Walk) -> None:
        norms = {"source": "Seggar 2002", "cut_off": 14.29}
        await anna.clinician.do("PUT", "/v1/practice/norms/bdi2", norms)
        goal_id = await anna.sets_out(NON_CLINICAL, on(2, 9))
        shown = await anna.shown(goal_id)
        assert shown["measure"]["target"] == {
            "type": "band", "band": "non_clinical", "value": 14.0,
        }  # fmt: skip
        # The target stays where it was set, whatever the practice goes by later.
        await anna.clinician.do("PUT", "/v1/practice/norms/bdi2", {**norms, "cut_off": 20})
        await anna.scores(on(1, 5), 26)
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(5 / 17)
        await anna.scores(on(24, 8), 20)
        assert await anna.swept(on(2, 9), hour=23) == {"at_risk": 1}
        assert await anna.swept(on(3, 9)) == {"missed": 1}
        passed = await anna.shown(goal_id)
        assert (passed["stage"], passed["course"]) == ("active", "past_its_date")
        assert passed["progress"]["fraction"] == pytest.approx(11 / 17)
        assert passed["measure"]["target"]["value"] == 14.0
        assert await anna.offered() == ["reframing", "replan"]

    async def test_is_the_instruments_own_where_the_practice_says_nothing(self, anna: Walk) -> None:
        goal_id = await anna.proposes(NON_CLINICAL, on(2, 9))
        assert (await anna.shown(goal_id))["measure"]["target"]["value"] == 19.0

    async def test_is_not_given_by_hand(self, anna: Walk) -> None:
        target = {"type": "band", "band": "non_clinical", "value": 5}
        body = {"statement": "Less of it", "measure": {**NON_CLINICAL, "target": target},
                "achievability": 7, "why": "So.", "due_on": str(on(2, 9))}  # fmt: skip
        path = f"/v1/clients/{anna.client_id}/goals"
        refused = await anna.clinician.ask("POST", path, body)
        assert (refused.status_code, refused.json()["type"]) == (
            422,
            "/problems/band-value-differs",
        )


class TestMindfulnessOnceADayForAMonth:
    async def test_is_reached_with_rest_and_reserve(self, anna: Walk) -> None:
        goal_id = await anna.sets_out({**DAILY, "reserve": 2}, on(31))
        await anna.does_daily(goal_id, on(2), on(13))
        rest = f"/v1/goals/{goal_id}/rest-days"
        await anna.client.do("POST", rest, {"on": str(on(14)), "reason": "My sister's wedding."})
        await anna.client.do("POST", rest, {"on": str(on(15)), "reason": "Travelling home."})
        await anna.does(goal_id, on(16))
        # Thirty days, two of rest, two in reserve: twenty-six are asked for.
        halfway = await anna.shown(goal_id)
        assert halfway["progress"] == {
            "fraction": 0.5, "unclamped": 0.5, "latest": 13.0, "entries": 13,
            "periods_met": 13, "periods": 30, "periods_partly": 0, "excused": 2,
            "baseline": None, "target": None,
        }  # fmt: skip
        assert halfway["rests"] == [
            {"on": "2026-03-14", "reason": "My sister's wedding."},
            {"on": "2026-03-15", "reason": "Travelling home."},
        ]
        await anna.does_daily(goal_id, on(17), on(19))
        await anna.does_daily(goal_id, on(21), on(26))
        await anna.does_daily(goal_id, on(28), on(31))  # The 29th has 23 hours.
        assert (await anna.shown(goal_id))["stage"] == "active"
        assert await anna.swept(on(1, 4)) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["stage"], done["progress"]["fraction"]) == ("reached", 1.0)
        assert (done["progress"]["periods_met"], done["progress"]["excused"]) == (26, 2)
        # It was over when the day was, by summer time now.
        assert instant(done["ended_at"]) == local(on(1, 4), 0)

    async def test_is_a_day_short_when_the_rest_is_withdrawn(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(DAILY, on(8))
        rest = f"/v1/goals/{goal_id}/rest-days"
        await anna.client.do("POST", rest, {"on": str(on(5)), "reason": "A day in bed."})
        await anna.does_daily(goal_id, on(2), on(4))
        await anna.does_daily(goal_id, on(6), on(8))
        assert (await anna.progress(goal_id))["fraction"] == 1.0
        answer = await anna.client.ask("DELETE", f"{rest}/{on(5)}")
        assert answer.status_code == 200
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(6 / 7)
        assert await anna.swept(on(9)) == {"missed": 1}


class TestADailyMoodRating:
    async def test_is_fed_by_the_mood_entries_themselves(self, anna: Walk) -> None:
        # This morning's entry comes before the goal, and counts: it is of the first day.
        await anna.feels(on(2), 4, hour=8)
        anna.it_is(on(2), 10)
        measure = {**DAILY, "reserve": 1, "source": "mood_entries"}
        goal_id = await anna.sets_out(measure, on(15))
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(1 / 13)
        refused = await anna.client.ask("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 1})
        problem = refused.json()
        assert (refused.status_code, problem["type"]) == (409, "/problems/goal-fed-by-moods")
        assert "log a mood" in problem["detail"]
        for day in range(3, 9):
            await anna.feels(on(day), 3 + day % 5)
        await anna.feels(on(8), 6, hour=22)  # Twice on one day is that day.
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(7 / 13)
        wrong = await anna.feels(on(9), 5)
        assert (await anna.progress(goal_id))["periods_met"] == 8
        await anna.client.do("DELETE", f"/v1/moods/{wrong}", {"reason": "Not mine."})
        assert (await anna.progress(goal_id))["periods_met"] == 7
        await anna.feels(on(9), 5)
        for day in (11, 12, 13, 14):  # Nothing on the tenth: that is what the reserve is for.
            await anna.feels(on(day), 6)
        assert (await anna.progress(goal_id))["fraction"] == pytest.approx(12 / 13)
        late = await anna.feels(on(14), 7, hour=23)
        earlier = {"occurred_at": local(on(15), 7).isoformat()}
        anna.it_is(on(15), 9)
        await anna.client.do("PUT", f"/v1/moods/{late}", earlier)
        assert await anna.swept(on(16)) == {"reached": 1}
        done = await anna.progress(goal_id)
        assert (done["fraction"], done["periods_met"], done["periods"]) == (1.0, 13, 14)

    async def test_is_set_from_today_on(self, anna: Walk) -> None:
        measure = {**DAILY, "source": "mood_entries"}
        body = {"statement": "My mood, daily", "measure": measure, "achievability": 7,
                "why": "So.", "due_on": str(on(15)), "starts_on": "2026-03-01"}  # fmt: skip
        path = f"/v1/clients/{anna.client_id}/goals"
        refused = await anna.clinician.ask("POST", path, body)
        assert refused.status_code == 422
        assert refused.json()["type"] == "/problems/mood-entries-count-from-today"


class TestOnePleasurableActivityADay:
    async def test_passes_its_date_with_nine_of_fourteen(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(DAILY, on(15))
        await anna.does_daily(goal_id, on(2), on(7))
        await anna.does_daily(goal_id, on(12), on(14))
        assert await anna.swept(on(15), hour=12) == {}
        assert await anna.swept(on(16)) == {"missed": 1}
        passed = await anna.shown(goal_id)
        assert passed["progress"]["fraction"] == pytest.approx(9 / 14)
        assert (passed["course"], passed["dates_passed"]) == ("past_its_date", 1)
        assert await anna.offered() == ["reframing", "replan"]
        # The client reads that a date has passed, and nothing about anybody.
        told = await anna.client.get(f"/v1/goals/{goal_id}/history")
        assert told["revisions"][-1]["kind"] == "date_passed"


class TestGratitudeJournalingDaily:
    async def test_counts_what_a_phone_tells_days_later(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(DAILY, on(15))
        await anna.does_daily(goal_id, on(2), on(12))
        # In the mountains there is no network, and the date passes at midnight.
        assert await anna.swept(on(16)) == {"missed": 1}
        assert await anna.offered() == ["reframing", "replan"]
        anna.it_is(on(18), 9)
        for day in (13, 14, 15):
            assert await anna.swept(on(18), hour=8) == {}
            body = {"amount": 1, "occurred_at": local(on(day), 21).isoformat()}
            await anna.client.do("POST", f"/v1/goals/{goal_id}/check-ins", body)
        assert await anna.swept(on(18), hour=10) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["progress"]["periods_met"], done["progress"]["fraction"]) == (14, 1.0)
        assert instant(done["ended_at"]) == local(on(16), 0)
        # What was said about a date that was not met is answered.
        assert (done["course"], done["dates_passed"]) == (None, 0)
        assert await anna.offered() == []
        assert (await anna.steps(goal_id))[-2:] == ["deadline_missed", "reached"]


class TestSocialActivitiesUpByAQuarter:
    async def test_is_reached_in_the_two_weeks_before_its_date(self, anna: Walk) -> None:
        measure = {
            "type": "relative_frequency",
            "percent": 25,
            "unit": "times",
            "per": "week",
            "baseline_from_on": str(on(2)),
        }
        six_weeks_on = on(16) + timedelta(weeks=6, days=-1)
        goal_id = await anna.sets_out(measure, six_weeks_on, starts_on=str(on(16)))
        for day in (3, 7, 10, 14):
            await anna.does(goal_id, on(day))
        anna.it_is(on(16), 9)
        # Four times in two weeks are two a week; a quarter more are two and a half.
        begun = await anna.progress(goal_id)
        assert (begun["baseline"], begun["target"], begun["fraction"]) == (2.0, 2.5, 0.0)
        assert (begun["entries"], begun["latest"]) == (0, None)
        for day in (18, 21, 25, 28):
            await anna.does(goal_id, on(day))
        assert (await anna.progress(goal_id))["latest"] == 2.0
        await anna.does(goal_id, on(29))
        met = await anna.progress(goal_id)
        assert (met["latest"], met["fraction"]) == (2.5, 1.0)
        # It is a level: it is judged at the date, and without an entry it falls from day to day.
        assert await anna.swept(on(29), hour=22) == {}
        anna.it_is(on(8, 4), 9)
        assert (await anna.progress(goal_id))["latest"] == 1.0
        for day in (15, 18, 20, 22, 25):
            await anna.does(goal_id, on(day, 4))
        assert await anna.swept(on(27, 4)) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["stage"], instant(done["ended_at"])) == ("reached", local(on(27, 4), 0))
        assert (done["progress"]["latest"], done["progress"]["fraction"]) == (2.5, 1.0)

    async def test_passes_its_date_where_the_rate_stays(self, anna: Walk) -> None:
        measure = {"type": "relative_frequency", "percent": 50, "unit": "times", "per": "week",
                   "baseline": 2}  # fmt: skip
        goal_id = await anna.sets_out(measure, on(12, 4))
        for day in (3, 6, 10, 12, 14, 16):
            await anna.does(goal_id, on(day))
        # Six in the fortnight from the third are three a week: there, for now.
        assert (await anna.progress(goal_id))["fraction"] == 1.0
        for day in (30, 31):
            await anna.does(goal_id, on(day))
        for day in (3, 7, 12):
            await anna.does(goal_id, on(day, 4))
        assert await anna.swept(on(13, 4)) == {"missed": 1}
        # Five in the last fortnight: two and a half a week, half of the way to three.
        passed = await anna.shown(goal_id)
        assert (passed["progress"]["latest"], passed["progress"]["fraction"]) == (2.5, 0.5)

    async def test_is_at_risk_once_it_has_fallen(self, anna: Walk) -> None:
        measure = {"type": "relative_frequency", "percent": 25, "unit": "times", "per": "week",
                   "baseline": 2}  # fmt: skip
        goal_id = await anna.sets_out(measure, on(12, 4))
        for day in (3, 6, 10, 12, 14, 15):
            await anna.does(goal_id, on(day))
        assert (await anna.shown(goal_id))["course"] == "on_course"
        # And then nothing: what was done falls out of the last fortnight day by day.
        assert await anna.swept(on(19), hour=22) == {}
        assert await anna.swept(on(27), hour=12) == {"at_risk": 1}
        assert await anna.waiting() == ["at_risk"]
        # Somebody says that it is reached all the same: what the day shows is kept with it.
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reach", {"note": "For now."})
        history = await anna.clinician.get(f"/v1/goals/{goal_id}/history")
        (kept,) = [
            one["to_value"]
            for one in history["revisions"][-1]["changes"]
            if one["field"] == "progress"
        ]
        assert kept["latest"] == (await anna.progress(goal_id))["latest"] == 1.0


class TestAttendOneParty:
    async def test_is_reached_once_it_is_done(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        assert await anna.swept(on(21), hour=12) == {}
        waiting = await anna.shown(goal_id)
        assert (waiting["progress"]["fraction"], waiting["course"]) == (0.0, "on_course")
        await anna.does(goal_id, on(21), hour=23)
        assert (await anna.shown(goal_id))["stage"] == "active"
        assert await anna.swept(on(22)) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert (done["stage"], done["progress"]["fraction"]) == ("reached", 1.0)
        assert instant(done["ended_at"]) == local(on(21), 23)
        assert await anna.swept(on(29)) == {}

    async def test_may_pass_its_date(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        assert await anna.swept(on(29)) == {"missed": 1}
        passed = await anna.shown(goal_id)
        assert (passed["progress"]["fraction"], passed["stage"]) == (0.0, "active")
        assert await anna.offered() == ["reframing", "replan"]
