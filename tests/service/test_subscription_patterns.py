"""Subscriptions to types by a pattern, as the feed takes them."""

from tests.service.conftest import Asker
from tests.service.in_one_house.test_who_may import planned
from tests.service.test_subscriptions import PATH, subscribe


class TestAPattern:
    async def test_is_kept_as_it_was_said_and_matched_when_an_event_is_told(
        self, house, clinician: Asker
    ):
        client_id = await clinician.enrol()
        app = house.asker("app", "diary")
        made = await subscribe(clinician, app="diary", types=["mood.*", "goal.set.*"])
        assert (await clinician.get(f"{PATH}/{made['id']}"))["types"] == ["mood.*", "goal.set.*"]
        mood = await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        await clinician.set_goal(client_id)
        await clinician.do("DELETE", f"/v1/moods/{mood['id']}", {"reason": "Twice."})
        endorsed = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 1]}
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", endorsed)
        await planned(house, made["id"])
        page = await app.get(f"{PATH}/{made['id']}/events")
        assert [one["type"] for one in page["items"]] == [
            "mood.logged.v1", "goal.set.v1", "mood.withdrawn.v1",
        ]  # fmt: skip

    async def test_that_names_nothing_there_is_is_refused(self, clinician: Asker):
        for name in ("*", ".*", "s*", "safety.*", "mood", "mood.felt.*", "goal_reached"):
            refused = await clinician.ask(
                "POST", PATH, {"name": "Diary", "app": "diary", "types": ["mood.*", name]}
            )
            assert refused.json()["type"] == "/problems/event-type-unknown", name
            assert refused.json()["pointer"] == "/types"
