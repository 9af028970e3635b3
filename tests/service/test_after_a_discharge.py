"""After a discharge no goal begins and none goes on, over HTTP, and in the same instant too."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.days import day
from tests.service.conftest import Asker, House, walking

WAITS = (0, 2, 5, 10, 20, 40, 80, 160)
TEMPLATE = {"template": "mindfulness_daily", "achievability": 7, "why": "It calms me."}


def without_due(**changes: Any) -> dict[str, Any]:
    body = walking(**changes)
    del body["due_on"]
    return body


async def discharged(
    clinician: Asker, client_id: str, *, after_milliseconds: int = 0
) -> httpx.Response:
    await asyncio.sleep(after_milliseconds / 1000)
    return await clinician.ask("POST", f"/v1/clients/{client_id}/discharge", {})


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["type"]) == (409, "/problems/client-not-enrolled")


class TestAfterADischarge:
    @pytest.mark.parametrize(
        "body",
        [
            walking(),
            walking(id=str(uuid4())),
            TEMPLATE,
            # Not that no session is scheduled: none can be.
            without_due(by_next_session=True),
        ],
        ids=["plain", "with an id", "from a template", "by the next session"],
    )
    async def test_no_goal_is_set(self, house: House, clinician: Asker, body: Any) -> None:
        client_id = await clinician.enrol()
        await discharged(clinician, client_id)
        events = await house.size()
        for asker in (clinician, house.asker("client", client_id)):
            assert refused(await asker.ask("POST", f"/v1/clients/{client_id}/goals", body))
        assert await house.size() == events

    async def test_no_goal_takes_anothers_place(self, house: House, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        await discharged(clinician, client_id)
        events = await house.size()
        body = {"goal": walking(), "reason": "A step that fits."}
        assert refused(await clinician.ask("POST", f"/v1/goals/{goal_id}/replace", body))
        assert await house.size() == events

    async def test_no_proposal_is_agreed(self, house: House, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, agreed=False)
        path = f"/v1/goals/{goal_id}/agree"
        once = await clinician.ask("POST", path, {}, Idempotency_Key=(why := str(uuid4())))
        await discharged(clinician, client_id)
        both = {"parties": ["client", "clinician"]}
        assert refused(await clinician.ask("POST", path, both))
        assert refused(await house.asker("client", client_id).ask("POST", path, {}))
        again = await clinician.ask("POST", path, {}, Idempotency_Key=why)
        assert (again.status_code, again.json()) == (200, once.json())
        assert (await clinician.get(f"/v1/goals/{goal_id}"))["stage"] == "proposed"

    async def test_no_goal_goes_on(self, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        paused, closed = [await clinician.set_goal(client_id) for _ in range(2)]
        await clinician.do("POST", f"/v1/goals/{paused}/pause", {})
        await clinician.do("POST", f"/v1/goals/{closed}/close", {"reason": "other"})
        await discharged(clinician, client_id)
        assert refused(await clinician.ask("POST", f"/v1/goals/{paused}/resume", {}))
        reopening = {"reason": "So"}
        assert refused(await clinician.ask("POST", f"/v1/goals/{closed}/reopen", reopening))

    async def test_what_was_said_of_a_goal_is_finished(self, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        await discharged(clinician, client_id)
        path = f"/v1/goals/{goal_id}"
        await clinician.do("POST", f"{path}/check-ins", {"amount": 20})
        await clinician.do("PUT", f"{path}/scale", {"levels": ["a", "b", "c", "d", "e"]})
        await clinician.do("POST", f"{path}/level", {"level": 1})
        await clinician.do("POST", f"{path}/close", {"reason": "treatment_ended"})
        assert (await clinician.get(path))["stage"] == "closed"


class TestInTheSameInstant:
    """Each is recorded before the discharge, or refused: the log never has it after that."""

    async def test_as_a_new_goal(self, house: House, clinician: Asker) -> None:
        seen = set()
        # Each time a little later, until goals come first.
        for wait in WAITS:
            client_id = await clinician.enrol()
            path = f"/v1/clients/{client_id}/goals"
            setting = [clinician.ask("POST", path, walking()) for _ in range(12)]
            leaving = discharged(clinician, client_id, after_milliseconds=wait)
            *answers, gone = await asyncio.gather(*setting, leaving)
            assert gone.status_code == 200
            seen |= self.all_before(answers, gone)
        assert 201 in seen

    async def test_as_another_that_takes_its_place(self, clinician: Asker) -> None:
        for wait in WAITS:
            client_id = await clinician.enrol()
            goals = [await clinician.set_goal(client_id) for _ in range(4)]
            body = {"goal": walking(), "reason": "A step that fits."}
            asking = [clinician.ask("POST", f"/v1/goals/{one}/replace", body) for one in goals]
            *answers, gone = await asyncio.gather(
                *asking, discharged(clinician, client_id, after_milliseconds=wait)
            )
            self.all_before(answers, gone)

    async def test_as_an_agreement_or_a_session(self, clinician: Asker) -> None:
        for wait in WAITS:
            client_id = await clinician.enrol()
            goals = [await clinician.set_goal(client_id, agreed=False) for _ in range(3)]
            both = {"parties": ["client", "clinician"]}
            asking = [clinician.ask("POST", f"/v1/goals/{one}/agree", both) for one in goals]
            at = {"starts_at": f"{day(7)}T10:00:00+01:00"}
            path = f"/v1/clients/{client_id}/sessions"
            asking += [clinician.ask("POST", path, at) for _ in range(3)]
            *answers, gone = await asyncio.gather(
                *asking, discharged(clinician, client_id, after_milliseconds=wait)
            )
            self.all_before(answers, gone)

    @staticmethod
    def all_before(answers: list[httpx.Response], gone: httpx.Response) -> set[int]:
        """The statuses that were answered, once none was recorded after the discharge."""
        for answer in answers:
            if answer.status_code == 409:
                assert refused(answer)
            else:
                assert answer.status_code in (200, 201), answer.text
                assert answer.json()["position"] < gone.json()["position"]
        return {one.status_code for one in answers}
