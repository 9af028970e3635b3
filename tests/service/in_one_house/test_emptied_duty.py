"""A duty list over HTTP that is emptied: with flags open only where that is said to be meant."""

from uuid import uuid4

import pytest

from tests.service.conftest import Asker, House
from tests.service.test_safety import CLOSING, flagged

DUTY = "/v1/practice/duty"
MEANT = {"people": [], "although_flags_are_open": True}


async def people(clinician: Asker) -> list[str]:
    shown = await clinician.get("/v1/practice")
    return [one["subject"] for one in shown["duty"]["people"]]


async def test_is_refused_while_a_flag_is_open(house: House, clinician: Asker):
    await flagged(house, clinician)
    before = await house.size()
    refused = await clinician.ask("PUT", DUTY, {"people": []})
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/nobody-would-be-asked")
    assert problem["facts"] == {"open_flags": 1}
    assert "Safety flags that are open: 1" in problem["detail"]
    assert "although_flags_are_open" in problem["detail"]
    assert (await house.size(), await people(clinician)) == (before, ["dr-elm"])


async def test_counts_every_flag_that_is_open(house: House, clinician: Asker):
    await flagged(house, clinician)
    closed_client, closed_flag = await flagged(house, clinician)
    await flagged(house, clinician)
    path = f"/v1/clients/{closed_client}/safety-flags/{closed_flag}/close"
    await clinician.do("POST", path, CLOSING)
    refused = await clinician.ask("PUT", DUTY, {"people": []})
    assert refused.json()["facts"] == {"open_flags": 2}


async def test_is_taken_once_it_is_said_to_be_meant(house: House, clinician: Asker):
    await flagged(house, clinician)
    key = {"Idempotency-Key": str(uuid4())}
    assert (await clinician.ask("PUT", DUTY, {"people": []}, **key)).status_code == 409
    # What was refused was not recorded: the same key may say that it is meant.
    taken = await clinician.ask("PUT", DUTY, MEANT, **key)
    assert taken.status_code == 200, taken.text
    assert await people(clinician) == []


async def test_is_taken_where_no_flag_is_open(house: House, clinician: Asker):
    client_id, flag_id = await flagged(house, clinician)
    await clinician.do("POST", f"/v1/clients/{client_id}/safety-flags/{flag_id}/close", CLOSING)
    await clinician.do("PUT", DUTY, {"people": []})
    assert await people(clinician) == []


async def test_that_was_empty_already_is_taken(house: House, clinician: Asker):
    await flagged(house, clinician)
    await clinician.do("PUT", DUTY, MEANT)
    await clinician.do("PUT", DUTY, {"people": []})
    await clinician.do("PUT", DUTY, {"people": [], "queue": "desk"})


async def test_that_is_replaced_is_taken(house: House, clinician: Asker):
    await flagged(house, clinician)
    await clinician.do("PUT", DUTY, {"people": [{"subject": "dr-oak", "name": "Dr Oak"}]})
    assert await people(clinician) == ["dr-oak"]


@pytest.mark.parametrize("body", [{"people": []}, {"people": [], "queue": "desk"}])
async def test_is_answered_as_it_was_where_it_is_said_again(
    house: House, clinician: Asker, body: dict[str, object]
):
    key = {"Idempotency-Key": str(uuid4())}
    first = await clinician.ask("PUT", DUTY, body, **key)
    await clinician.do("PUT", DUTY, {"people": [{"subject": "dr-oak", "name": "Dr Oak"}]})
    await flagged(house, clinician)
    before = await house.size()
    again = await clinician.ask("PUT", DUTY, body, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (await house.size(), await people(clinician)) == (before, ["dr-oak"])
