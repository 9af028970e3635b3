"""A goal's check-ins one by one, and its days or weeks: in pages, and never late."""

from typing import Any

import pytest

from tests.conftest import Database
from tests.days import day
from tests.projections.breaking import as_owner
from tests.service.conftest import Asker, House, halving
from tests.service.test_subscriptions import subscribe

DAILY = {"type": "frequency", "amount": 10, "unit": "minutes", "per": "day", "minimum": 2}


async def all_of(asker: Asker, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await asker.get(f"{path}?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


class TestCheckIns:
    @pytest.mark.parametrize("role", ["clinician", "client", "app"])
    async def test_come_newest_first_in_pages_with_what_became_of_each(
        self, house: House, clinician: Asker, role: Any
    ):
        client_id = await clinician.enrol()
        walk, swim = [await clinician.set_goal(client_id) for _ in range(2)]
        anna = house.asker("client", client_id)
        path = f"/v1/goals/{walk}/check-ins"
        made = []
        for nth in range(5):
            made.append((await anna.do("POST", path, {"amount": 10 + nth}))["id"])
            await anna.do("POST", f"/v1/goals/{swim}/check-ins", {"amount": 1})
        await anna.do("PUT", f"/v1/check-ins/{made[1]}", {"amount": 99})
        await anna.do("DELETE", f"/v1/check-ins/{made[3]}", {"reason": "Twice."})
        await subscribe(clinician, app="diary", categories=["check_in"], after=0)
        subject = {"client": client_id, "app": "diary"}.get(role, "dr-elm")
        asker = house.asker(role, subject)  # Without a position: what was written is there.
        for limit in (2, 5, 50):
            shown = await all_of(asker, path, limit)
            assert [one["id"] for one in shown] == made[::-1]
            assert [one["amount"] for one in shown] == [14, 13, 12, 99, 10]
            assert [one["withdrawn"] for one in shown] == [False, True, False, False, False]
        assert (await asker.get(f"/v1/check-ins/{made[1]}"))["goal_id"] == walk

    async def test_of_a_goal_are_shown_to_an_app_as_far_as_it_may_read_them(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        path = f"/v1/goals/{goal_id}/check-ins"
        app = house.asker("app", "diary")
        own = []
        for nth in range(3):
            await clinician.do("POST", path, {"amount": 1 + nth})
            own.append((await app.do("POST", path, {"amount": 5}))["id"])
        assert [one["id"] for one in await all_of(app, path, 2)] == own[::-1]
        await subscribe(clinician, app="diary", goals=[goal_id], after=0)
        assert len(await all_of(app, path, 2)) == 6

    async def test_that_do_not_open_hide_no_other(
        self, house: House, clinician: Asker, database: Database
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        path = f"/v1/goals/{goal_id}/check-ins"
        first, second = [(await clinician.do("POST", path, {"amount": 5}))["id"] for _ in range(2)]
        await clinician.do("PUT", f"/v1/check-ins/{first}", {"amount": 6})
        await as_owner(
            database,
            "UPDATE event_log SET body = body || 'x' WHERE stream_id = $1 AND version = 2",
            first,
        )
        page = await clinician.get(path)
        assert ([one["id"] for one in page["items"]], page["broken"]) == ([second], [first])

    async def test_are_nobody_elses(self, house: House, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        ben = house.asker("client", await clinician.enrol(display_name="Ben"))
        for what in ("check-ins", "periods"):
            assert (await ben.ask("GET", f"/v1/goals/{goal_id}/{what}")).status_code == 404


class TestPeriods:
    async def test_say_what_was_done_and_what_counts(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, measure=DAILY, starts_on=day(-3))
        path = f"/v1/goals/{goal_id}"
        for days, amount in ((-3, 6), (-3, 6), (-2, 3), (-1, 1)):
            at = f"{day(days)}T12:00:00+01:00"
            await clinician.do("POST", f"{path}/check-ins", {"amount": amount, "occurred_at": at})
        await clinician.do("POST", f"{path}/rest-days", {"on": day(-1), "reason": "A wedding."})
        for limit in (3, 50):
            periods = await all_of(clinician, f"{path}/periods", limit)
            assert [(one["number"], one["from_on"], one["to_on"]) for one in periods] == [
                (nth + 1, day(nth - 3), day(nth - 3)) for nth in range(4)
            ]
            assert [one["done"] for one in periods] == [12, 3, 1, 0]
            assert [one["entries"] for one in periods] == [2, 1, 1, 0]
            assert [one["credit"] for one in periods] == [1, 0.5, 0.1, 0]
            assert [one["excused"] for one in periods] == [0, 0, 1, 0]
        shown = await clinician.get(path)
        assert shown["progress"]["periods_met"] == 1

    async def test_are_none_of_a_score(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol(), **halving())
        assert await all_of(clinician, f"/v1/goals/{goal_id}/periods", 5) == []
