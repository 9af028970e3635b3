"""A record that does not open, or whose key is gone, is told to nobody who may not see it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Database
from tests.projections.breaking import as_owner
from tests.service.conftest import Asker, House

WITHDRAW = {"reason": "entered in error"}


@pytest.fixture(params=["a broken body", "a key that is gone"])
async def annas(
    request: pytest.FixtureRequest, house: House, clinician: Asker, database: Database
) -> dict[str, str]:
    """What Anna has; none of it opens any more."""
    client_id = await clinician.enrol()
    anna = house.asker("client", client_id)
    goal_id = await clinician.set_goal(client_id)
    mood = await anna.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
    form = {"instrument": "gad7", "answers": [1] * 7}
    made = await anna.do("POST", f"/v1/clients/{client_id}/assessments", form)
    if request.param == "a broken body":
        await as_owner(
            database, "UPDATE event_log SET body = body || 'x' WHERE client_id = $1", client_id
        )
    else:
        await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", client_id)
        house.cairn.keyring._cached.clear()
    return {"client": client_id, "goal": goal_id, "mood": mood["id"], "form": made["id"]}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/moods/{mood}", None),
        ("GET", "/v1/assessments/{form}", None),
        ("GET", "/v1/goals/{goal}/rest-days/2026-03-01", None),
        ("PUT", "/v1/moods/{mood}", {"rating": 5}),
        ("DELETE", "/v1/moods/{mood}", WITHDRAW),
        ("PUT", "/v1/assessments/{form}", {"answers": [2] * 7}),
        ("DELETE", "/v1/assessments/{form}", WITHDRAW),
        ("POST", "/v1/goals/{goal}/check-ins", {"amount": 5}),
    ],
)
async def test_reads_the_same_as_none_to_somebody_else(
    house: House, clinician: Asker, annas: dict[str, str], method: str, path: str, body: Any
) -> None:
    ben = house.asker("client", await clinician.enrol(display_name="Ben"))
    nobodys = {name: str(uuid4()) for name in annas}
    told = []
    for named in (annas, nobodys):
        answer = await ben.ask(method, path.format(**named), body)
        problem = answer.json()
        told.append((answer.status_code, {**problem, "instance": None}))
    assert told[0] == told[1]
    assert told[0][0] == 404
    hers = await house.asker("client", annas["client"]).ask(method, path.format(**annas), body)
    assert hers.status_code == 409


async def test_gets_no_other_key_under_its_id(
    house: House, clinician: Asker, annas: dict[str, str]
) -> None:
    known = await house.cairn.pool.fetchval("SELECT count(*) FROM data_key")
    again = {"id": annas["client"], "display_name": "Anna", "zone": "Europe/Zurich"}
    assert (await clinician.ask("POST", "/v1/clients", again)).status_code == 409
    assert await house.cairn.pool.fetchval("SELECT count(*) FROM data_key") == known
