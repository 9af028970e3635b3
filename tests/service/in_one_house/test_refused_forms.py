"""Forms that are refused: where nobody is on duty, and what their sender reads all the same."""

from typing import Any
from uuid import uuid4

import pytest

from events.practice import SetDuty
from service.auth import Role
from tests.service.conftest import DUTY, Asker, House, lines_reviewed, say_to_practice
from tests.service.test_openapi import DOCUMENT
from tests.service.test_safety import CALM, ENDORSED, flags, send


class TestThePracticeWithNobodyOnDuty:
    @pytest.fixture
    def house(self, nobody_on_duty: House) -> House:
        return nobody_on_duty

    @pytest.mark.parametrize("form", [{"answers": CALM}, {"answers": [None] * 9}])
    async def test_is_refused_phq9_in_every_form(self, house, clinician, form):
        client_id = await clinician.enrol()
        events = await house.size()
        for asker in (clinician, house.asker("client", client_id), house.asker("app", "diary")):
            refused = await asker.ask(
                "POST", f"/v1/clients/{client_id}/assessments", {"instrument": "phq9", **form}
            )
            assert refused.status_code == 409
            problem = refused.json()
            assert problem["type"] == "/problems/nobody-on-duty"
            assert "PHQ-8" in problem["detail"]
            assert "/v1/practice/duty" in problem["detail"]
        assert await house.size() == events

    @pytest.mark.parametrize("role", ["client", "app"])
    @pytest.mark.parametrize("answers", [ENDORSED, CALM])
    async def test_tells_whoever_answered_where_a_person_is(
        self, house: House, clinician: Asker, role: Role, answers: list[Any]
    ):
        client_id = await clinician.enrol(country="US", language="es")
        asker = house.asker(role, client_id if role == "client" else "diary")
        events = await house.size()
        body = {"instrument": "phq9", "answers": answers}
        path = f"/v1/clients/{client_id}/assessments"
        refused = await asker.ask("POST", path, body)
        problem = refused.json()
        assert (refused.status_code, problem["type"]) == (409, "/problems/nobody-on-duty")
        assert refused.headers["content-type"] == "application/problem+json"
        # What was endorsed waits for a person, though the form is not kept.
        assert await house.size() == events + (answers == ENDORSED)
        # The same lines as go with the answer to a form that is taken, and other words.
        taken = (await asker.do("POST", path, {"instrument": "phq8", "answers": CALM[:-1]}))[
            "safety"
        ]
        assert problem["safety"] == {**taken, "notice": problem["safety"]["notice"]}
        assert "no tiene nada que ver con usted" in problem["safety"]["notice"]
        if answers == ENDORSED:
            assert "espera en una lista de su consulta" in problem["safety"]["notice"]
            assert "nadie la ha leído" in problem["safety"]["notice"]
        else:
            assert "no puede recibir este formulario" in problem["safety"]["notice"]
        assert "Su consulta ya tiene sus respuestas" in taken["notice"]
        assert problem["safety"]["person_notified"] is False
        assert [one["reach"] for one in problem["safety"]["lines"]] == ["988", "911"]
        assert problem["safety"]["language"] == "es"
        # A clinician is there already.
        assert "safety" not in (await clinician.ask("POST", path, body)).json()

    @pytest.mark.parametrize("role", ["client", "app"])
    @pytest.mark.parametrize(
        "form",
        [
            {"instrument": "phq9", "total": 3, "suicide_item": 0},
            {"instrument": "bdi2", "total": 30, "suicide_item": 2},
            {"instrument": "bdi2", "total": 30, "suicide_item": "not_recorded"},
            {"instrument": "core10", "answers": [1] * 10},
        ],
    )
    async def test_is_refused_whatever_a_client_sends_that_asks(
        self, house: House, clinician: Asker, role: Role, form: dict[str, Any]
    ):
        client_id = await clinician.enrol()
        asker = house.asker(role, client_id if role == "client" else "diary")
        events = await house.size()
        refused = await asker.ask("POST", f"/v1/clients/{client_id}/assessments", form)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nobody-on-duty")
        endorses = form.get("suicide_item") == 2 or "answers" in form
        notice = refused.json()["safety"]["notice"]
        expected = "nobody has read it" if endorses else "because nobody is there who would see"
        assert expected in notice
        assert await house.size() == events + endorses

    async def test_names_another_form_for_phq9_alone(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/assessments"
        asked = [
            {"instrument": "phq9", "answers": CALM},
            {"instrument": "core10", "answers": [1] * 10},
        ]
        nine, ten = [(await clinician.ask("POST", path, one)).json()["detail"] for one in asked]
        assert "use PHQ-8 instead of PHQ-9" in nine
        assert "PHQ" not in ten
        assert "use an instrument that does not ask" in ten

    async def test_takes_phq8(self, clinician):
        client_id = await clinician.enrol()
        await send(clinician, client_id, [3] * 8, instrument="phq8")

    async def test_takes_phq9_as_soon_as_somebody_is(self, house, clinician):
        client_id = await clinician.enrol()
        await say_to_practice(house.cairn, lines_reviewed(house.practice_id))
        await say_to_practice(house.cairn, SetDuty(practice_id=house.practice_id, duty=DUTY))
        await send(clinician, client_id, ENDORSED)

    @pytest.mark.parametrize("instrument", ["bdi2", "phq9", "qids_sr16", "core10"])
    async def test_keeps_what_a_clinician_was_told_as_a_flag_on_top(self, clinician, instrument):
        client_id = await clinician.enrol()
        sent = await send(
            clinician, client_id, None, instrument=instrument, total=9, suicide_item=2
        )
        (flag,) = await flags(clinician, "acknowledged=false")
        assert (flag["id"], flag["asked"]) == (sent["flag_id"], [])


class TestARefusedFormOfAClient:
    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_comes_with_whatever_else_refuses_it(
        self, house: House, clinician: Asker, role: Role
    ):
        client_id = await clinician.enrol(country="GB")
        asker = house.asker(role, client_id if role == "client" else "diary")
        path = f"/v1/clients/{client_id}/assessments"
        body = {"instrument": "phq9", "answers": ENDORSED, "total": 27}
        form = await send(asker, client_id, CALM)
        await send(asker, client_id, ENDORSED)  # A flag is open: it is none of these forms'.
        events = await house.size()
        refused = [
            await asker.ask("POST", path, body),
            await asker.ask("PUT", f"/v1/assessments/{form['id']}", {"answers": [9] * 9}),
        ]
        for one in refused:
            assert one.status_code == 422
            reach = [line["reach"] for line in one.json()["safety"]["lines"]]
            assert (reach[0], reach[-1]) == ("116 123", "999")
            assert "This form could not be kept" in one.json()["safety"]["notice"]
            told = one.json()["safety"]
            assert (told["person_asked"], told["person_notified"]) == (True, False)
            assert "nobody has read it so far" in told["notice"]
        # Each is a form of its own: the one by its id, the other by its client and instrument.
        assert await house.size() == events + 2
        # What is not there, or another's, may correct a form that was refused itself: then a
        # client's own token says whose it is, and an app's does not.
        ben = await send(clinician, await clinician.enrol(display_name="Ben"), CALM)
        events = await house.size()
        for form_id in (uuid4(), ben["id"]) if role == "client" else (uuid4(),):
            missing = await asker.ask("PUT", f"/v1/assessments/{form_id}", {"answers": ENDORSED})
            assert missing.status_code == 404
            told = missing.json()["safety"]
            assert "This form could not be kept" in told["notice"]
            assert told["person_asked"] is (role == "client")
        assert await house.size() == events + (2 if role == "client" else 0)
        if role == "client":
            raised = (await clinician.get("/v1/safety-flags"))["items"]
            assert {one["client_id"] for one in raised} == {client_id}

    async def test_comes_with_a_conflict_and_with_what_is_not_theirs_to_correct(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        own, other = await send(anna, client_id, CALM), await send(clinician, client_id, CALM)
        late = await anna.ask(
            "PUT", f"/v1/assessments/{own['id']}", {"answers": ENDORSED}, **{"If-Match": 'W/"7"'}
        )
        theirs = await anna.ask("PUT", f"/v1/assessments/{other['id']}", {"answers": ENDORSED})
        assert [one.status_code for one in (late, theirs)] == [412, 403]
        for one in (late, theirs):
            assert "This form could not be kept" in one.json()["safety"]["notice"]
            assert one.json()["safety"]["person_asked"] is True

    def test_is_documented(self):
        told = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["safety"]
        assert told == {"$ref": "#/components/schemas/SafetyAnswer"}
        posted = DOCUMENT["paths"]["/v1/clients/{client_id}/assessments"]["post"]
        assert "refused" in posted["description"]
        assert "409" in posted["responses"]
