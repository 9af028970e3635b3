"""Views that somebody with the run-time login wrote to: one bad row takes no page down."""

import pytest

from projections.catalogue import VIEW_NAMES
from projections.waiting import NAMELESS
from tests.conftest import Database, execute
from tests.days import day
from tests.service.conftest import Asker, House
from tests.service.test_bad_events import answered


async def all_caught_up(house: House) -> None:
    head = await house.cairn.store.head(house.practice_id)
    assert await house.cairn.views.wait_for(house.practice_id, head, VIEW_NAMES, seconds=10)


async def names(clinician: Asker, query: str = "") -> dict[str, str]:
    items = (await clinician.get(f"/v1/clients{query}"))["items"]
    return {one["id"]: one["display_name"] for one in items}


async def waiting(clinician: Asker, client_id: str) -> list[tuple[str, str | None]]:
    found = await clinician.get(f"/v1/clients/{client_id}")
    return [(one["kind"], one.get("view")) for one in found["attention"]]


BREAKS = [
    "UPDATE views.caseload SET body = 'x' WHERE client_id = $1",
    "UPDATE views.caseload SET body = body || 'x' WHERE client_id = $1",
]


class TestOneRowThatDoesNotOpen:
    @pytest.mark.parametrize("statement", BREAKS)
    async def test_leaves_its_client_nameless_and_all_others_as_they_are(
        self, house: House, clinician: Asker, statement: str
    ):
        broken, other = await clinician.enrol(), await clinician.enrol()
        flag_id = await answered(clinician, broken)
        await all_caught_up(house)
        await house.cairn.pool.execute(statement, broken)
        assert await names(clinician) == {broken: NAMELESS, other: "Anna"}
        assert await names(clinician, "?attention=true") == {broken: NAMELESS}
        assert await waiting(clinician, broken) == [
            ("safety_flag", None), ("not_shown", "caseload"),
        ]  # fmt: skip
        flags = (await clinician.get("/v1/safety-flags"))["items"]
        assert [one["id"] for one in flags] == [flag_id]

    async def test_also_one_whose_data_key_does_not_unwrap(
        self, house: House, clinician: Asker, database: Database
    ):
        broken, other = await clinician.enrol(), await clinician.enrol()
        await all_caught_up(house)
        await execute(
            database.admin,
            f"UPDATE data_key SET wrapped = wrapped || 'x' WHERE subject_id = '{broken}'",
        )
        house.cairn.keyring._cached.clear()
        assert await names(clinician) == {broken: NAMELESS, other: "Anna"}

    @pytest.mark.parametrize("view", ["tracking", "goal_status", "suggestion_queue", "mood_trend"])
    async def test_of_another_view_is_left_out(self, house: House, clinician: Asker, view: str):
        client_id = await clinician.enrol()
        goals = {await clinician.set_goal(client_id) for _ in range(2)}
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        await all_caught_up(house)
        await house.cairn.pool.execute(
            f"UPDATE views.{view} SET body = 'x' WHERE ctid = (SELECT min(ctid) FROM views.{view})"
        )
        assert await names(clinician) == {client_id: "Anna"}
        shown = await clinician.get(f"/v1/clients/{client_id}/goals")
        assert {one["id"] for one in shown["items"]} <= goals
        await clinician.get(f"/v1/clients/{client_id}")
        await clinician.get("/v1/suggestions")
        await clinician.get(f"/v1/clients/{client_id}/trends/mood?from={day(-1)}&to={day(1)}")


class TestRowsThatAreGone:
    async def test_whoever_has_a_flag_is_not_missing(self, house: House, clinician: Asker):
        flagged, other = await clinician.enrol(), await clinician.enrol()
        await answered(clinician, flagged)
        await all_caught_up(house)
        await house.cairn.pool.execute("DELETE FROM views.caseload")
        assert await names(clinician, "?attention=true") == {flagged: NAMELESS}
        assert await waiting(clinician, flagged) == [
            ("safety_flag", None), ("not_shown", "caseload"),
        ]  # fmt: skip
        # Who is asked for alone is there, too.
        assert await waiting(clinician, other) == [("not_shown", "caseload")]

    async def test_nobody_else_of_whom_nothing_is_known_is_made_up(
        self, house: House, clinician: Asker
    ):
        await clinician.enrol()
        unknown = await clinician.ask("GET", f"/v1/clients/{house.practice_id}")
        assert unknown.status_code == 404


async def test_one_checkpoint_ahead_takes_no_other_page_down(house: House, clinician: Asker):
    client_id = await clinician.enrol()
    await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
    await all_caught_up(house)
    await house.cairn.pool.execute(
        "UPDATE views.checkpoint SET position = 1000000 WHERE view = 'mood_trend'"
    )
    await house.cairn.pool.execute(
        "INSERT INTO views.checkpoint VALUES ($1, 'nope', 1000000)", house.practice_id
    )
    assert await names(clinician) == {client_id: "Anna"}
    await clinician.get(f"/v1/clients/{client_id}/goals")
    # What the view has is shown; that it has come to a position is not said.
    trend = f"/v1/clients/{client_id}/trends/mood"
    behind = await clinician.ask("GET", trend)
    assert (behind.status_code, behind.json()["type"].rpartition("/")[2]) == (503, "view-behind")
    clinician.position = None
    assert (await clinician.ask("GET", trend)).status_code == 200
    await house.cairn.health.report()
    lag = (await house.http.get("/readyz")).json()["lag"]
    assert min(lag.values()) >= 0
