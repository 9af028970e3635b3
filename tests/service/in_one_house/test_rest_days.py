"""Rest days over HTTP: who may take one, when it is refused, and that it is said once."""

from typing import Any
from uuid import uuid4

import pytest

from service.auth import Role
from tests.days import day, in_days, reckoned
from tests.service.conftest import Asker, House, halving

DAILY = {"type": "frequency", "amount": 1, "unit": "times", "per": "day"}
REST = {"on": in_days(3), "reason": "At my sister's wedding."}


async def daily_goal(clinician: Asker, **changes: Any) -> tuple[str, str]:
    client_id = await clinician.enrol()
    return client_id, await clinician.set_goal(client_id, measure=DAILY, due_on=day(9), **changes)


class TestARestDay:
    async def test_is_taken_and_shown(self, house: House, clinician: Asker) -> None:
        client_id, goal_id = await daily_goal(clinician)
        anna = house.asker("client", client_id)
        answer = await anna.ask("POST", f"/v1/goals/{goal_id}/rest-days", REST)
        assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"4"')
        shown = await anna.get(f"/v1/goals/{goal_id}")
        assert shown["rests"] == [reckoned(REST)]
        assert (shown["progress"]["excused"], shown["version"]) == (1, 4)
        history = await clinician.get(f"/v1/goals/{goal_id}/history")
        taken = history["revisions"][-1]
        assert (taken["kind"], taken["why"], taken["actor"]) == (
            "rest_taken", REST["reason"], f"client:{client_id}",
        )  # fmt: skip
        assert taken["changes"] == [{"field": "on", "from_value": None, "to_value": day(3)}]

    async def test_is_taken_once(self, house: House, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        path, key = f"/v1/goals/{goal_id}/rest-days", str(uuid4())
        first = await clinician.ask("POST", path, REST, Idempotency_Key=key)
        events = await house.size()
        again = await clinician.ask("POST", path, REST, Idempotency_Key=key)
        assert (again.status_code, again.json()) == (200, first.json())
        anew = await clinician.ask("POST", path, {**REST, "reason": "Another."})
        assert anew.status_code == 200
        assert await house.size() == events

    async def test_is_withdrawn(self, house: House, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        path = f"/v1/goals/{goal_id}/rest-days"
        await clinician.do("POST", path, REST)
        answer = await clinician.ask("DELETE", f"{path}/{day(3)}", If_Match='W/"4"')
        assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"5"')
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["rests"], shown["progress"]["excused"]) == ([], 0)
        events = await house.size()
        again = await clinician.ask("DELETE", f"{path}/{day(3)}")
        assert again.status_code == 200
        assert await house.size() == events

    async def test_goes_by_the_version_that_was_seen(self, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        path = f"/v1/goals/{goal_id}/rest-days"
        refused = await clinician.ask("POST", path, REST, If_Match='W/"2"')
        assert refused.status_code == 412

    @pytest.mark.parametrize(
        ("on", "status", "slug"),
        [
            (in_days(-1), 422, "rest-outside-the-goal"),
            (in_days(10), 422, "rest-outside-the-goal"),
            ("2026-02-30", 422, "body-invalid"),
        ],
    )
    async def test_lies_in_the_goals_time(
        self, clinician: Asker, on: str, status: int, slug: str
    ) -> None:
        _, goal_id = await daily_goal(clinician)
        refused = await clinician.ask("POST", f"/v1/goals/{goal_id}/rest-days", {**REST, "on": on})
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{slug}")

    async def test_is_one_of_half_the_days_at_most(self, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        path = f"/v1/goals/{goal_id}/rest-days"
        for nth in range(5):
            await clinician.do("POST", path, {**REST, "on": day(nth)})
        refused = await clinician.ask("POST", path, {**REST, "on": day(5)})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many-rests")

    async def test_belongs_to_what_is_practised(self, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, **halving())
        refused = await clinician.ask("POST", f"/v1/goals/{goal_id}/rest-days", REST)
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/rest-only-where-practised"

    async def test_is_nobody_elses(self, house: House, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        ben = house.asker("client", str(uuid4()))
        for method, path in (("POST", ""), ("DELETE", f"/{day(3)}")):
            body = REST if method == "POST" else None
            hidden = await ben.ask(method, f"/v1/goals/{goal_id}/rest-days{path}", body)
            assert hidden.status_code == 404
        roles: tuple[Role, ...] = ("app", "auditor")
        for role in roles:
            asker = house.asker(role, "somebody")
            refused = await asker.ask("POST", f"/v1/goals/{goal_id}/rest-days", REST)
            assert refused.status_code == 403

    async def test_has_a_day_in_its_address(self, clinician: Asker) -> None:
        _, goal_id = await daily_goal(clinician)
        unknown = await clinician.ask("DELETE", f"/v1/goals/{goal_id}/rest-days/tomorrow")
        assert unknown.status_code == 404
