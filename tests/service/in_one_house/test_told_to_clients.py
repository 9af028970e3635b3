"""What a clinician writes for colleagues, and what sums a person up, is not the client's view."""

from typing import Any

from tests.service.conftest import Asker, House, walking

NOTE = "Rated low: we spoke about the divorce."
LEVELS = {"levels": ["Stays in", "Once", "Twice", "Three times", "Every day"]}


async def rated(asker: Asker, client_id: str) -> str:
    goal_id = await asker.set_goal(client_id)
    path = f"/v1/goals/{goal_id}"
    await asker.do("PUT", f"{path}/scale", LEVELS)
    await asker.do("POST", f"{path}/level", {"level": -1, "note": NOTE})
    return goal_id


async def read_all(asker: Asker, path: str, items: str) -> list[Any]:
    """Every page of a list, one at a time."""
    found: list[Any] = []
    cursor = ""
    for _ in range(20):
        page = await asker.get(f"{path}?limit=2{cursor}")
        assert len(page[items]) <= 2
        found += page[items]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    return found


class TestANote:
    async def test_stays_with_clinicians_and_auditors(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await rated(clinician, client_id)
        await clinician.do("POST", f"/v1/goals/{goal_id}/reach", {"note": NOTE})
        other = await clinician.set_goal(client_id)
        await clinician.do("POST", f"/v1/goals/{other}/close", {"reason": "other", "note": NOTE})
        form = {"instrument": "gad7", "total": 5, "note": NOTE}
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", form)
        histories = (f"/v1/goals/{goal_id}/history", f"/v1/goals/{other}/history")
        timeline = f"/v1/clients/{client_id}/timeline"
        auditor, anna = house.asker("auditor"), house.asker("client", client_id)
        for path in (*histories, timeline):
            for asker, told in ((clinician, True), (auditor, True), (anna, False)):
                assert (NOTE in (await asker.ask("GET", path)).text) is told, path
        diary = house.asker("app", "diary")
        for path in histories:
            assert NOTE not in (await diary.ask("GET", path)).text

    async def test_of_the_client_is_theirs_to_read(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        await anna.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4, "note": "Rain."})
        (mood, _) = (await anna.get(f"/v1/clients/{client_id}/timeline"))["items"]
        assert mood["details"]["note"] == "Rain."

    async def test_is_not_the_reason_of_a_revision(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        said = {"statement": "Walk", "reason": "Simpler words.", "client_agreed": True}
        await clinician.do("PUT", f"/v1/goals/{goal_id}/statement", said)
        anna = house.asker("client", client_id)
        revisions = (await anna.get(f"/v1/goals/{goal_id}/history"))["revisions"]
        assert revisions[-1]["why"] == "Simpler words."


class TestATimeline:
    async def test_has_no_flag_of_a_form_that_was_refused(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        form = {"instrument": "phq9", "answers": [1, 0, 0, 0, 0, 0, 0, 0, 2], "surprise": 1}
        for _ in range(2):
            refused = await anna.ask("POST", f"/v1/clients/{client_id}/assessments", form)
            assert refused.status_code == 422
        timeline = f"/v1/clients/{client_id}/timeline"
        told = [one["kind"] for one in (await clinician.get(timeline))["items"]]
        assert told == [
            "safety_flag_sent_again", "safety_flag_raised_unfiled", "client_enrolled",
        ]  # fmt: skip
        told = [one["kind"] for one in (await anna.get(timeline))["items"]]
        assert told == ["client_enrolled"]


class TestATScore:
    async def test_is_told_to_clinicians_and_auditors(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        await rated(clinician, client_id)
        path = f"/v1/clients/{client_id}/goal-attainment"
        for asker in (clinician, house.asker("auditor")):
            asker.reads_after(clinician)
            assert (await asker.get(path))["t_score"] == 40
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            asker.reads_after(clinician)
            told = await asker.get(path)
            assert {"t_score", "t_score_at_baseline", "intercorrelation"}.isdisjoint(told)
            assert (told["goals"][0]["level"], len(told["goals"][0]["levels"])) == (-1, 5)


class TestPages:
    async def test_of_a_history_have_every_step_once(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        for nth in range(6):
            said = {"statement": f"Walk {nth}", "reason": "So.", "client_agreed": True}
            await clinician.do("PUT", f"/v1/goals/{goal_id}/statement", said)
        path = f"/v1/goals/{goal_id}/history"
        whole = await clinician.get(path)
        assert whole["next"] is None
        assert len(whole["revisions"]) == 9
        assert await read_all(clinician, path, "revisions") == whole["revisions"]
        other = await clinician.set_goal(await clinician.enrol())
        cursor = (await clinician.get(f"{path}?limit=1"))["next"]
        refused = await clinician.ask("GET", f"/v1/goals/{other}/history?cursor={cursor}")
        assert refused.status_code == 400

    async def test_of_what_was_attained_have_every_goal_once(self, clinician: Asker):
        client_id = await clinician.enrol()
        goals = [await rated(clinician, client_id) for _ in range(5)]
        await clinician.do("POST", f"/v1/clients/{client_id}/goals", walking())
        path = f"/v1/clients/{client_id}/goal-attainment"
        read = await read_all(clinician, path, "goals")
        assert [one["goal_id"] for one in read] == sorted(goals)
