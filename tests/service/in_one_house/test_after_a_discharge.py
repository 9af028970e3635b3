"""After a discharge no goal begins and none goes on, over HTTP, and in the same instant too."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from events.record import Cause, Receipt, Step
from service.auth import Role
from tests.days import day, in_days
from tests.service.conftest import Asker, House, walking
from tests.service.in_one_house.test_suggestions import offer

TEMPLATE = {"template": "mindfulness_daily", "achievability": 7, "why": "It calms me."}


def without_due(**changes: Any) -> dict[str, Any]:
    body = walking(**changes)
    del body["due_on"]
    return body


async def discharged(clinician: Asker, client_id: str) -> httpx.Response:
    return await clinician.ask("POST", f"/v1/clients/{client_id}/discharge", {})


def refused(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["type"]) == (409, "/problems/client-not-enrolled")


REASON = {"reason": "So.", "client_agreed": True}
# What makes a plan, or keeps one going.
PLANNING = [
    ("PUT", "deadline", {"due_on": in_days(70), **REASON}),
    (
        "PUT",
        "target",
        {
            "measure": {"type": "frequency", "amount": 100, "unit": "minutes", "per": "week"},
            **REASON,
        },
    ),
    ("PUT", "statement", {"statement": "Walk outside", **REASON}),
    ("POST", "pause", {}),
    ("POST", "rest-days", {"on": in_days(2), "reason": "A wedding."}),
]


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

    @pytest.mark.parametrize(("method", "path", "body"), PLANNING)
    async def test_no_plan_is_changed(
        self, house: House, clinician: Asker, method: str, path: str, body: Any
    ) -> None:
        client_id = await clinician.enrol()
        said, unsaid = [await clinician.set_goal(client_id) for _ in range(2)]
        key = {"Idempotency-Key": str(uuid4())}
        first = await clinician.ask(method, f"/v1/goals/{said}/{path}", body, **key)
        assert first.status_code == 200, first.text
        await discharged(clinician, client_id)
        events = await house.size()
        assert refused(await clinician.ask(method, f"/v1/goals/{unsaid}/{path}", body))
        again = await clinician.ask(method, f"/v1/goals/{said}/{path}", body, **key)
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert await house.size() == events

    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_a_client_takes_no_rest_and_reports_nothing_new(
        self, house: House, clinician: Asker, role: Role
    ) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        asker = house.asker(role, client_id if role == "client" else "diary")
        path, key = f"/v1/goals/{goal_id}/check-ins", {"Idempotency-Key": str(uuid4())}
        first = await asker.ask("POST", path, {"amount": 20}, **key)
        await discharged(clinician, client_id)
        events = await house.size()
        late = await asker.ask("POST", path, {"amount": 25})
        assert (late.status_code, late.json()["type"]) == (409, "/problems/entry-after-discharge")
        again = await asker.ask("POST", path, {"amount": 20}, **key)
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        if role == "client":
            rest = {"on": day(2), "reason": "A wedding."}
            assert refused(await asker.ask("POST", f"/v1/goals/{goal_id}/rest-days", rest))
        assert await house.size() == events

    async def test_what_a_client_did_before_it_is_taken_late(
        self, house: House, clinician: Asker
    ) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        before = datetime.now(UTC).isoformat()
        await discharged(clinician, client_id)
        anna = house.asker("client", client_id)
        late = {"amount": 20, "occurred_at": before}
        made = await anna.do("POST", f"/v1/goals/{goal_id}/check-ins", late)
        await anna.do("PUT", f"/v1/check-ins/{made['id']}", {"amount": 25})
        await anna.do("DELETE", f"/v1/check-ins/{made['id']}", {"reason": "Counted twice."})

    async def test_no_replan_is_accepted(self, house: House, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        said, unsaid = [await offer(house, client_id, goal_id) for _ in range(2)]
        reframing = await offer(house, client_id, goal_id, kind="reframing")
        key, body = {"Idempotency-Key": str(uuid4())}, {"option": 0, "client_agreed": True}
        first = await clinician.ask("POST", f"/v1/suggestions/{said}/accept", body, **key)
        assert first.status_code == 200, first.text
        other = await clinician.set_goal(client_id)
        unsaid = await offer(house, client_id, other)
        await discharged(clinician, client_id)
        events = await house.size()
        assert refused(await clinician.ask("POST", f"/v1/suggestions/{unsaid}/accept", body))
        again = await clinician.ask("POST", f"/v1/suggestions/{said}/accept", body, **key)
        assert (again.status_code, again.json()) == (200, first.json())
        assert await house.size() == events
        for waiting in (unsaid, reframing):
            await clinician.do("POST", f"/v1/suggestions/{waiting}/dismiss", {"reason": "Ended."})

    async def test_what_was_said_of_a_goal_is_finished(self, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        rested = await clinician.set_goal(client_id)
        rest = {"on": day(2), "reason": "A wedding."}
        await clinician.do("POST", f"/v1/goals/{rested}/rest-days", rest)
        await discharged(clinician, client_id)
        await clinician.do("DELETE", f"/v1/goals/{rested}/rest-days/{day(2)}", None)
        await clinician.do("POST", f"/v1/goals/{rested}/reach", {})
        path = f"/v1/goals/{goal_id}"
        await clinician.do("POST", f"{path}/check-ins", {"amount": 20})
        await clinician.do("PUT", f"{path}/scale", {"levels": ["a", "b", "c", "d", "e"]})
        await clinician.do("POST", f"{path}/level", {"level": 1})
        await clinician.do("POST", f"{path}/close", {"reason": "treatment_ended"})
        assert (await clinician.get(path))["stage"] == "closed"


class Held:
    """A store in which goals and sessions wait just before they are appended, until they go on."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.arrived, self.go_on = asyncio.Event(), asyncio.Event()

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        if any(step.events and step.category in ("goal", "session") for step in steps):
            self.arrived.set()
            await self.go_on.wait()
        receipt: Receipt = await self._store.append(practice_id, steps, cause=cause)
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


Ask = Callable[[Asker, str], Awaitable[tuple[str, Any]]]


async def new_goal(_: Asker, client_id: str) -> tuple[str, Any]:
    return f"/v1/clients/{client_id}/goals", walking()


async def other_goal(clinician: Asker, client_id: str) -> tuple[str, Any]:
    goal_id = await clinician.set_goal(client_id)
    body = {"goal": walking(), "reason": "A step that fits."}
    return f"/v1/goals/{goal_id}/replace", body


async def agreement(clinician: Asker, client_id: str) -> tuple[str, Any]:
    goal_id = await clinician.set_goal(client_id, agreed=False)
    return f"/v1/goals/{goal_id}/agree", {"parties": ["client", "clinician"]}


async def pause(clinician: Asker, client_id: str) -> tuple[str, Any]:
    return f"/v1/goals/{await clinician.set_goal(client_id)}/pause", {}


async def rest_day(clinician: Asker, client_id: str) -> tuple[str, Any]:
    goal_id = await clinician.set_goal(client_id)
    return f"/v1/goals/{goal_id}/rest-days", {"on": day(2), "reason": "A wedding."}


async def acceptance(clinician: Asker, client_id: str) -> tuple[str, Any]:
    goal_id = await clinician.set_goal(client_id)
    replan = await offer(clinician.house, client_id, goal_id)
    return f"/v1/suggestions/{replan}/accept", {"option": 0, "client_agreed": True}


async def session(_: Asker, client_id: str) -> tuple[str, Any]:
    return f"/v1/clients/{client_id}/sessions", {"starts_at": f"{day(7)}T10:00:00+01:00"}


@pytest.mark.parametrize(
    "prepare", [new_goal, other_goal, agreement, pause, rest_day, acceptance, session]
)
class TestInTheSameInstant:
    """Each is recorded before the discharge, or refused: the log never has it after that."""

    async def test_is_refused_where_the_discharge_is_recorded_first(
        self, house: House, clinician: Asker, prepare: Ask
    ) -> None:
        client_id = await clinician.enrol()
        path, body = await prepare(clinician, client_id)
        events = await house.size()
        held = Held(house.cairn.store)
        house.cairn.store = held  # type: ignore[assignment]
        asking = asyncio.create_task(house.asker().ask("POST", path, body))
        await asyncio.wait_for(held.arrived.wait(), 10)
        # By what was read the client is enrolled, and nothing of it is recorded yet.
        assert (await discharged(clinician, client_id)).status_code == 200
        held.go_on.set()
        assert refused(await asking)
        assert await house.size() == events + 1

    async def test_is_recorded_where_it_comes_first(self, clinician: Asker, prepare: Ask) -> None:
        client_id = await clinician.enrol()
        path, body = await prepare(clinician, client_id)
        answer = await clinician.ask("POST", path, body)
        gone = await discharged(clinician, client_id)
        assert (answer.status_code, gone.status_code) in ((200, 200), (201, 200))
        assert answer.json()["position"] < gone.json()["position"]
