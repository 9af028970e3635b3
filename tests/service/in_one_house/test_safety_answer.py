"""What whoever sends a form reads at once: who was asked about it, and who can be reached."""

from typing import Any

import pytest

from service.auth import Role
from tests.service.conftest import (
    Asker,
    House,
)
from tests.service.test_safety import CALM, ENDORSED, flags, send


class TestTheAnswerToTheClient:
    async def sent(
        self, house: House, client_id: str, answers: list[Any], role: Role = "client"
    ) -> dict[str, Any]:
        asker = house.asker(role, client_id if role == "client" else "diary")
        return await send(asker, client_id, answers)

    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_says_that_somebody_was_asked_where_that_is_true(
        self, house: House, clinician: Asker, role: Role
    ):
        client_id = await clinician.enrol(country="GB", language="en-GB")
        sent = await self.sent(house, client_id, ENDORSED, role)
        safety = sent["safety"]
        assert "flag_id" not in sent
        assert (safety["person_asked"], safety["person_notified"]) == (True, False)
        assert "on the list that somebody at your practice looks through" in safety["notice"]
        assert "nobody watches in real time" in safety["notice"]
        assert [one["reach"] for one in safety["lines"]][::3] == ["116 123", "999"]
        assert (safety["country"], safety["language"]) == ("GB", "en")
        assert safety["reviewed_by"] == "Dr Elm"
        assert "checked_by" not in safety  # That is for those who choose the lines.

    async def test_says_that_nobody_was_where_nothing_was_endorsed(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol(country="US")
        safety = (await self.sent(house, client_id, CALM))["safety"]
        assert safety["person_notified"] is False
        assert "Nobody has been notified" in safety["notice"]
        assert [one["reach"] for one in safety["lines"]] == ["988", "911"]

    async def test_speaks_the_clients_language(self, house: House, clinician: Asker):
        client_id = await clinician.enrol(country="ES", language="es-ES")
        safety = (await self.sent(house, client_id, ENDORSED))["safety"]
        assert safety["language"] == "es"
        assert "en la lista que revisa una persona" in safety["notice"]
        assert [one["reach"] for one in safety["lines"]] == ["024", "112"]

    async def test_has_the_practices_own_lines_and_its_country(
        self, house: House, clinician: Asker
    ):
        lines = {
            "lines": [{"name": "Die Dargebotene Hand", "reach": "143", "hours": "day and night"}],
            "reviewed_on": "2026-11-02",
            "reviewed_by": "Dr Elm",
        }
        await clinician.do("PUT", "/v1/practice/crisis-lines/CH", lines)
        client_id = await clinician.enrol()
        safety = (await self.sent(house, client_id, ENDORSED))["safety"]
        assert (safety["country"], safety["lines"][:1]) == ("CH", lines["lines"])
        # The emergency number stays, unless the practice says otherwise.
        assert [one["reach"] for one in safety["lines"]] == ["143", "112"]
        assert (safety["reviewed_by"], safety["reviewed_on"]) == ("Dr Elm", "2026-11-02")
        alone = {**lines, "with_emergency": False}
        await clinician.do("PUT", "/v1/practice/crisis-lines/CH", alone)
        safety = (await self.sent(house, client_id, CALM))["safety"]
        assert safety["lines"] == lines["lines"]

    async def test_is_warmer_where_the_form_does_not_ask(self, house: House, clinician: Asker):
        client_id = await clinician.enrol(country="US")
        anna = house.asker("client", client_id)
        sent = await send(anna, client_id, [1] * 7, instrument="gad7")
        assert sent["safety"]["person_notified"] is False
        assert "Your answers are with your practice now." in sent["safety"]["notice"]
        assert "not read in real time" in sent["safety"]["notice"]
        assert "notified" not in sent["safety"]["notice"]
        assert sent["safety"]["lines"][0]["reach"] == "988"

    async def test_goes_with_a_correction_too(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        form = await send(anna, client_id, CALM)
        corrected = await anna.do("PUT", f"/v1/assessments/{form['id']}", {"answers": ENDORSED})
        assert corrected["safety"]["person_asked"] is True

    async def test_says_what_has_become_of_that_form(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        form = await send(anna, client_id, ENDORSED)
        path = f"/v1/assessments/{form['id']}"
        for answers in (ENDORSED, CALM):  # The same again, under no key; and taken back.
            again = (await anna.do("PUT", path, {"answers": answers}))["safety"]
            assert (again["person_asked"], again["person_notified"]) == (True, False)
        clinician.reads_after(anna)
        (flag,) = await flags(clinician)
        about = f"/v1/clients/{client_id}/safety-flags/{flag['id']}"
        await clinician.do("POST", f"{about}/acknowledge", {})
        seen = (await anna.do("PUT", path, {"answers": CALM, "note": "So."}))["safety"]
        assert (seen["person_asked"], seen["person_notified"]) == (True, True)
        assert "has seen what you had answered" in seen["notice"]

    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_says_nothing_of_what_another_form_has_raised(
        self, house: House, clinician: Asker, role: Role
    ):
        client_id = await clinician.enrol()
        await send(clinician, client_id, None, instrument="bdi2", total=30, suicide_item=2)
        asker = house.asker(role, client_id if role == "client" else "diary")
        for form in ({"answers": CALM}, {"answers": [1] * 7, "instrument": "gad7"}):
            told = (await send(asker, client_id, **form))["safety"]
            assert (told["person_asked"], told["person_notified"]) == (False, False)

    async def test_is_not_for_the_clinician(self, clinician: Asker):
        sent = await send(clinician, await clinician.enrol(), ENDORSED)
        assert "safety" not in sent
