"""What was recorded is answered as recorded, whatever the log says right after the append."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from events.postgres import PostgresStore
from events.store import StoreUnavailable
from service.auth import Role
from service.last_known import LastKnown
from tests.days import day
from tests.service.conftest import Asker, House
from tests.service.test_safety import CALM, ENDORSED, send

Deafen = Callable[[], None]


@pytest.fixture(params=["refusing", "hanging"])
def deafen(house: House, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Deafen:
    """From the next append on the log answers no more: it refuses, or says nothing at all."""
    monkeypatch.setattr("service.last_known.BESIDE_SECONDS", 0.05)
    monkeypatch.setattr("service.forms.BESIDE_SECONDS", 0.05)
    store: PostgresStore = house.cairn.store

    async def deaf(*_: object, **__: object) -> None:
        if request.param == "hanging":
            await asyncio.sleep(60)
        raise StoreUnavailable

    def now() -> None:
        append = store.append

        async def appended(*sent: Any, **named: Any) -> Any:
            receipt = await append(*sent, **named)
            for reading in ("read_stream", "read_first", "read_flags", "read_client", "head"):
                monkeypatch.setattr(store, reading, deaf)
            return receipt

        monkeypatch.setattr(store, "append", appended)

    return now


@pytest.mark.parametrize(
    ("role", "what"),
    [
        *(
            (role, what)
            for role in ("client", "app")
            for what in (
                "mood",
                "check-in",
                "mood corrected",
                "check-in corrected",
                "mood withdrawn",
                "check-in withdrawn",
            )
        ),
        ("client", "rest day"),  # An app takes none.
    ],
)
async def test_an_entry(
    house: House, clinician: Asker, deafen: Deafen, role: Role, what: str
) -> None:
    client_id = await clinician.enrol(country="US")
    goal_id = await clinician.set_goal(client_id)
    asker = house.asker(role, client_id if role == "client" else "diary")
    mood = await asker.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
    done = await asker.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20})
    house.cairn.last_known = LastKnown()  # As after a start: the log has to be asked.
    size = await house.size()
    sent: dict[str, tuple[str, str, dict[str, Any]]] = {
        "mood": ("POST", f"/v1/clients/{client_id}/moods", {"rating": 4}),
        "check-in": ("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20}),
        "rest day": (
            "POST",
            f"/v1/goals/{goal_id}/rest-days",
            {"on": day(3), "reason": "A feast."},
        ),
        "mood corrected": ("PUT", f"/v1/moods/{mood['id']}", {"rating": 4}),
        "check-in corrected": ("PUT", f"/v1/check-ins/{done['id']}", {"amount": 25}),
        "mood withdrawn": ("DELETE", f"/v1/moods/{mood['id']}", {"reason": "Twice."}),
        "check-in withdrawn": ("DELETE", f"/v1/check-ins/{done['id']}", {"reason": "Twice."}),
    }
    deafen()
    answer = await asker.ask(*sent[what])
    assert answer.status_code in (200, 201), answer.text
    assert "What you sent is with your practice now" in answer.json()["safety"]["notice"]
    assert answer.json()["safety"]["lines"]
    assert await house.size() == size + 1


@pytest.mark.parametrize("role", ["client", "app", "clinician"])
@pytest.mark.parametrize("corrected", [False, True])
async def test_a_form(
    house: House, clinician: Asker, deafen: Deafen, role: Role, corrected: bool
) -> None:
    client_id = await clinician.enrol(country="US")
    asker = house.asker(role, client_id if role == "client" else "dr-elm")
    form = await send(asker, client_id, CALM)
    size = await house.size()
    deafen()
    path = f"/v1/clients/{client_id}/assessments"
    body: dict[str, Any] = {"instrument": "phq9", "answers": ENDORSED}
    if corrected:
        path, body = f"/v1/assessments/{form['id']}", {"answers": ENDORSED}
    answer = await asker.ask("PUT" if corrected else "POST", path, body)
    assert answer.status_code == (200 if corrected else 201), answer.text
    assert await house.size() == size + 2
    if role == "clinician":
        assert "flag_id" in answer.json()
        return
    told = answer.json()["safety"]
    assert (told["person_asked"], told["person_notified"]) == (True, False)
    assert [one["reach"] for one in told["lines"]] == ["988", "911"]


async def test_a_calm_form_is_said_to_be_taken(
    house: House, clinician: Asker, deafen: Deafen
) -> None:
    client_id = await clinician.enrol(country="US")
    asker = house.asker("client", client_id)
    await send(asker, client_id, CALM)
    deafen()
    told = (await send(asker, client_id, CALM))["safety"]
    assert "Your answers are with your practice now" in told["notice"]
    assert told["person_asked"] is False
