"""One broken event of the templates or of a subscription hides no other."""

import pytest

from service.routes.templates import EXAMPLE
from tests.conftest import Database
from tests.projections.breaking import as_owner
from tests.service.conftest import Asker, House
from tests.service.test_subscriptions import subscribe

BREAK = (
    "UPDATE event_log SET body = body || 'x'"
    " WHERE practice_id = $1 AND type = $2 AND position = (SELECT min(position) FROM event_log"
    " WHERE practice_id = $1 AND type = $2)"
)


class TestTemplates:
    @pytest.fixture
    async def own(self, house: House, clinician: Asker, database: Database) -> list[str]:
        """Two templates of the practice, the event of the first of which does not open."""
        made = [(await clinician.do("POST", "/v1/templates", EXAMPLE))["id"] for _ in range(2)]
        await as_owner(database, BREAK, house.practice_id, "template.added.v1")
        return made

    async def test_all_others_are_listed(self, clinician: Asker, own: list[str]):
        items = (await clinician.get("/v1/templates"))["items"]
        assert [one["id"] for one in items if one["own"]] == own[1:]
        assert len(items) == 15

    async def test_one_that_came_with_cairn_makes_a_goal(self, clinician: Asker, own: list[str]):
        client_id = await clinician.enrol()
        body = {
            "template": "attend_one_party", "achievability": 6, "why": "I want my evenings back.",
        }  # fmt: skip
        await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)

    async def test_another_can_be_added_and_retired(self, clinician: Asker, own: list[str]):
        added = (await clinician.do("POST", "/v1/templates", EXAMPLE))["id"]
        retiring = {"reason": "Nobody uses it."}
        await clinician.do("POST", f"/v1/templates/{added}/retire", retiring)
        items = (await clinician.get("/v1/templates?retired=true"))["items"]
        assert added in [one["id"] for one in items]


class TestSubscriptions:
    async def test_the_others_are_listed_and_the_broken_one_is_named(
        self, house: House, clinician: Asker, database: Database
    ):
        broken = (await subscribe(clinician, app="diary"))["id"]
        other = (await subscribe(clinician, app="watch"))["id"]
        await as_owner(database, BREAK, house.practice_id, "subscription.created.v1")
        found = await clinician.get("/v1/subscriptions")
        assert [one["id"] for one in found["items"]] == [other]
        assert found["broken"] == [broken]
        alone = await clinician.ask("GET", f"/v1/subscriptions/{broken}")
        assert alone.status_code == 409
