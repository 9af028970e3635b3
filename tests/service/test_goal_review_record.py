"""SMART review over HTTP: what the record knows of a client, and of goals like theirs."""

from typing import Any

import pytest

from tests.days import day
from tests.service.conftest import Asker, House, halving, walking

REVIEW = "/v1/goals/review"


def at_noon(days: int) -> str:
    """Noon of a day in Zurich, or one o'clock in summer: the same day whenever a clock changes."""
    return f"{day(days)}T12:00:00+01:00"


def codes(review: Any) -> list[str]:
    return [one["code"] for one in review]


class TestWhatTheRecordKnows:
    async def test_the_client_s_own_pace(self, clinician: Asker):
        client_id = await clinician.enrol()
        for week in range(6):
            await clinician.do(
                "POST",
                f"/v1/clients/{client_id}/assessments",
                {
                    "instrument": "bdi2",
                    "total": 30 - week,
                    "occurred_at": at_noon(-1 - 7 * (5 - week)),
                    "suicide_item": 0,
                },
            )
        await clinician.get(f"/v1/clients/{client_id}/trends/bdi2")
        review = await clinician.do("POST", REVIEW, {**halving(), "client_id": client_id})
        finding = next(one for one in review["findings"] if one["code"] == "pace_beyond_own")
        assert finding["numbers"]["required_per_week"] == 14 / 8
        assert finding["numbers"]["own_per_week"] == pytest.approx(1.0, abs=0.01)
        # Of nobody in particular nothing is known.
        review = await clinician.do("POST", REVIEW, halving())
        assert codes(review["findings"]) == []

    async def test_what_the_client_kept_before(self, clinician: Asker):
        client_id = await clinician.enrol()
        before = await clinician.set_goal(client_id, starts_on=day(-28))
        for days in (2, 9, 16, 23):
            body = {"amount": 60, "occurred_at": at_noon(-days)}
            await clinician.do("POST", f"/v1/goals/{before}/check-ins", body)
        await clinician.get(f"/v1/goals/{before}")
        measure = {**walking()["measure"], "baseline": 30}
        body = {**walking(), "measure": measure, "client_id": client_id}
        review = await clinician.do("POST", REVIEW, body)
        finding = next(one for one in review["findings"] if one["code"] == "more_than_kept")
        assert finding["numbers"] == {"asked": 150, "kept": 60, "periods": 4, "left_out": 0}
        shown = await clinician.get(f"/v1/goals/{before}")
        assert shown["statement"] in finding["question"]

    async def test_what_was_kept_leaves_days_of_rest_out(self, clinician: Asker):
        client_id = await clinician.enrol()
        before = await clinician.set_goal(client_id, starts_on=day(-28))
        for days in (2, 9, 16, 23):
            amount = 200 if days > 14 else 10
            body = {"amount": amount, "occurred_at": at_noon(-days)}
            await clinician.do("POST", f"/v1/goals/{before}/check-ins", body)
        path = f"/v1/goals/{before}/rest-days"
        for on in (day(-12), day(-5)):
            await clinician.do("POST", path, {"on": on, "reason": "Ill."})
        await clinician.get(f"/v1/goals/{before}")
        measure = {**walking()["measure"], "amount": 300, "baseline": 30}
        body = {**walking(), "measure": measure, "client_id": client_id}
        review = await clinician.do("POST", REVIEW, body)
        finding = next(one for one in review["findings"] if one["code"] == "more_than_kept")
        assert finding["numbers"] == {"asked": 300, "kept": 200, "periods": 2, "left_out": 2}

    async def test_the_goal_of_the_same_template_before_a_newer_one(self, clinician: Asker):
        client_id = await clinician.enrol()
        of_template = {"template": "mindfulness_daily", "parameters": {"days": 20}}
        daily = {"type": "frequency", "amount": 5, "unit": "times", "per": "day"}
        for first, amount, parts in ((-35, 1, of_template), (-30, 3, {"measure": daily})):
            body = {**walking(starts_on=day(first), measure=None), **parts}
            made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
            for nth in range(first, 0):
                check_in = {"amount": amount, "occurred_at": at_noon(nth)}
                await clinician.do("POST", f"/v1/goals/{made['id']}/check-ins", check_in)
            await clinician.get(f"/v1/goals/{made['id']}")
        asked = {"client_id": client_id, "achievability": 7, "why": "My evenings."}
        asked |= {"template": "mindfulness_daily", "parameters": {"times": 4, "baseline": 1}}
        (finding,) = (await clinician.do("POST", REVIEW, asked))["findings"]
        assert (finding["code"], finding["numbers"]["kept"]) == ("more_than_kept", 1)
        pleasure = {**asked, "template": "pleasurable_activity_daily"}
        pleasure |= {"parameters": {"activities": 4, "baseline": 1}}
        (finding,) = (await clinician.do("POST", REVIEW, pleasure))["findings"]
        assert (finding["code"], finding["numbers"]["kept"]) == ("more_than_kept", 3)

    async def test_the_baseline_that_was_measured(self, clinician: Asker):
        client_id = await clinician.enrol()
        measure = {"type": "relative_frequency", "percent": 25, "unit": "times", "per": "week"}
        measure |= {"baseline_from_on": day(-28)}
        body = {**walking(starts_on=day(-14)), "measure": measure}
        goal_id = (await clinician.do("POST", f"/v1/clients/{client_id}/goals", body))["id"]
        path = f"/v1/goals/{goal_id}/review"
        assert codes((await clinician.get(path))["findings"]) == ["baseline_zero"]
        for days in (16, 18, 20, 22, 24, 26):
            done = {"amount": 1, "occurred_at": at_noon(-days)}
            await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", done)
        await clinician.get(f"/v1/goals/{goal_id}")
        (finding,) = (await clinician.get(path))["findings"]
        assert (finding["code"], finding["numbers"]["baseline"]) == ("change_within_chance", 3)

    async def test_how_often_similar_goals_were_reached(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {
            "template": "attend_one_party",
            "achievability": 6,
            "why": "My friends will be there.",
            "client_id": client_id,
        }
        for nth in range(10):
            review = await clinician.do("POST", REVIEW, body)
            assert codes(review["findings"]) == []
            await end_a_party(clinician, client_id, reached=nth < 4)
        for _ in range(3):
            # One that nobody agreed to has not been tried.
            await end_a_party(clinician, client_id, reached=False, agreed=False)
        await clinician.get(f"/v1/clients/{client_id}/goals?stage=reached")
        forget(clinician.house)
        review = await clinician.do("POST", REVIEW, body)
        (finding,) = review["findings"]
        assert finding["code"] == "similar_goals_reached"
        assert finding["numbers"] == {"reached": 4, "ended": 10, "percent": 40}
        # Something else that is done once has no more in common with a party.
        milestone = {**body, "template": None, "statement": "See my aunt in May 3rd's week"}
        milestone |= {"measure": {"type": "milestone"}, "due_on": day(30)}
        review = await clinician.do("POST", REVIEW, milestone)
        assert review["findings"] == []


def forget(house: House) -> None:
    """As if a minute had passed."""
    house.cairn.similar_goals._known.clear()


async def end_a_party(
    clinician: Asker, client_id: str, *, reached: bool, agreed: bool = True
) -> None:
    goal = {"template": "attend_one_party", "achievability": 5, "why": "Friends.", "id": None}
    made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", goal)
    path = f"/v1/goals/{made['id']}"
    if agreed:
        await clinician.do("POST", f"{path}/agree", {"parties": ["client", "clinician"]})
    if reached:
        await clinician.do("POST", f"{path}/reach", {})
    else:
        await clinician.do("POST", f"{path}/close", {"reason": "clients_choice"})
