"""Every receipt of a mood, a check-in or a rest day tells its client where a person is."""

from typing import Any

import pytest

from service.asked import SELF_REPORTERS
from service.auth import Role
from service.openapi import operations
from tests.days import day, in_days
from tests.service.answering import APP
from tests.service.conftest import Asker, House

WHY = {"reason": "Counted twice."}
ROUTES: dict[str, Any] = {
    "POST /v1/clients/{client_id}/moods": {"rating": 4},
    "PUT /v1/moods/{mood_id}": {"rating": 5},
    "DELETE /v1/moods/{mood_id}": WHY,
    "POST /v1/goals/{goal_id}/check-ins": {"amount": 20},
    "PUT /v1/check-ins/{check_in_id}": {"amount": 25},
    "DELETE /v1/check-ins/{check_in_id}": WHY,
    "POST /v1/goals/{goal_id}/rest-days": {"on": in_days(3), "reason": "A feast."},
    "DELETE /v1/goals/{goal_id}/rest-days/{on}": None,
}
ROLES: dict[str, frozenset[Role]] = {
    f"{method.upper()} {path}": operation.roles
    for path, method, _, operation in operations(APP)
    if method != "get" and any(word in path for word in ("/moods", "/check-ins", "/rest-days"))
}


def test_every_route_is_asked() -> None:
    assert ROLES.keys() == ROUTES.keys()


@pytest.mark.parametrize(
    ("route", "role"),
    [(route, role) for route in ROUTES for role in sorted(ROLES[route] & SELF_REPORTERS)],
)
async def test_carries_safety(house: House, clinician: Asker, route: str, role: Role) -> None:
    client_id = await clinician.enrol(country="US")
    goal_id = await clinician.set_goal(client_id)
    asker = house.asker(role, client_id if role == "client" else "diary")
    mood = await asker.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
    done = await asker.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20})
    rested = {"on": day(5), "reason": "A feast."}
    await clinician.do("POST", f"/v1/goals/{goal_id}/rest-days", rested)
    method, _, template = route.partition(" ")
    path = template.format(
        client_id=client_id, goal_id=goal_id, mood_id=mood["id"], check_in_id=done["id"], on=day(5)
    )
    body = ROUTES[route]
    answer = await asker.ask(method, path, body)
    assert answer.status_code in (200, 201), answer.text
    told = answer.json()["safety"]
    assert [one["reach"] for one in told["lines"]] == ["988", "911"]
    assert told["notice"].startswith("Thank you. What you sent is with your practice now. Notes")
    assert (told["person_asked"], told["person_notified"]) == (False, False)
    again = await clinician.ask(method, path, body)
    assert "safety" not in again.json()
