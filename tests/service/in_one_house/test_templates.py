"""Templates over HTTP: listed, added, retired, restored, and goals made of them."""

from uuid import uuid4

import pytest

from service.routes.templates import EXAMPLE
from tests.days import day
from tests.service.conftest import Asker, House

WHY = {"achievability": 6, "why": "I want my evenings back."}


class TestListing:
    async def test_has_what_comes_with_cairn_in_the_language_of_the_practice(
        self, clinician: Asker
    ):
        items = (await clinician.get("/v1/templates"))["items"]
        assert len(items) == 14
        assert {one["category"] for one in items} == {
            "general_aspects",
            "pleasure",
            "achievement",
            "with_cbt",
        }
        assert not any(one["own"] or one["retired"] for one in items)
        assert {one["language"] for one in items} == {"en"}

    async def test_is_by_category_and_language(self, clinician: Asker):
        path = "/v1/templates?category=with_cbt&language=es-MX"
        items = (await clinician.get(path))["items"]
        assert [one["id"] for one in items] == [
            "affirmations_daily",
            "attend_one_party",
            "core_beliefs_daily",
            "triggers_by_next_session",
        ]
        assert items[1]["wording"]["title"] == "Asistir a una fiesta"
        assert items[1]["languages"] == ["en", "es"]

    @pytest.mark.parametrize("query", ["category=sports", "language=Spanish", "retired=perhaps"])
    async def test_refuses_what_is_not_one(self, clinician: Asker, query: str):
        answer = await clinician.ask("GET", f"/v1/templates?{query}")
        assert answer.status_code == 400

    async def test_shows_one_with_its_parameters(self, house: House, clinician: Asker):
        client = house.asker("client", await clinician.enrol())
        shown = await client.get("/v1/templates/half_the_score")
        parameters = {one["name"]: one for one in shown["parameters"]}
        assert parameters["baseline"]["required"]
        assert parameters["percent"] | {"meaning": ""} == {
            "name": "percent",
            "kind": "number",
            "meaning": "",
            "required": False,
            "unit": "percent",
            "minimum": 5,
            "maximum": 90,
            "whole": True,
            "default": 50,
            "example": None,
            "values": None,
            "fills": "target",
        }
        missing = await client.ask("GET", "/v1/templates/none_such")
        assert missing.status_code == 404


class TestTheirOwn:
    async def test_are_added_once_shown_and_used(self, clinician: Asker):
        template_id = str(uuid4())
        body = {**EXAMPLE, "id": template_id}
        first = await clinician.ask("POST", "/v1/templates", body)
        assert first.status_code == 201
        assert first.headers["location"] == f"/v1/templates/{template_id}"
        again = await clinician.ask("POST", "/v1/templates", body)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["idempotency-replayed"] == "true"
        other = await clinician.ask("POST", "/v1/templates", {**body, "days": 40})
        assert other.json()["type"] == "/problems/template-id-taken"
        shown = await clinician.get(f"/v1/templates/{template_id}")
        assert (shown["own"], shown["wording"]["title"]) == (True, "Swim")
        client_id = await clinician.enrol(language="es")
        made = await clinician.do(
            "POST",
            f"/v1/clients/{client_id}/goals",
            {"template": template_id, "parameters": {"times": 3}, **WHY},
        )
        goal = await clinician.get(f"/v1/goals/{made['id']}")
        assert goal["statement"] == "Nadar 3 veces por semana durante 6 semanas"
        assert goal["measure"]["amount"] == 3
        assert goal["template"] == template_id

    async def test_are_refused_where_they_make_no_goal(self, clinician: Asker):
        broken = {**EXAMPLE, "measure": {**EXAMPLE["measure"], "reserve": 30}}
        refused = await clinician.ask("POST", "/v1/templates", broken)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/reserve-too-large")

    async def test_are_of_one_practice(self, house: House, clinician: Asker):
        template_id = (await clinician.do("POST", "/v1/templates", EXAMPLE))["id"]
        stranger = house.asker("clinician", "dr-oak", practice_id=uuid4())
        assert (await stranger.ask("GET", f"/v1/templates/{template_id}")).status_code == 404
        nowhere = await stranger.ask("POST", "/v1/templates", EXAMPLE)
        assert nowhere.status_code == 404


class TestRetiring:
    async def test_offers_no_longer_and_restoring_does_once_more(self, clinician: Asker):
        client_id = await clinician.enrol()
        goals = f"/v1/clients/{client_id}/goals"
        body = {"template": "attend_one_party", "id": str(uuid4()), **WHY}
        made = await clinician.ask("POST", goals, body)
        assert made.status_code == 201
        path = "/v1/templates/attend_one_party"
        retired = await clinician.do("POST", f"{path}/retire", {"reason": "We have our own."})
        again = await clinician.do("POST", f"{path}/retire", {})
        assert again["version"] == retired["version"] == 1
        offered = (await clinician.get("/v1/templates"))["items"]
        assert "attend_one_party" not in {one["id"] for one in offered}
        listed = (await clinician.get("/v1/templates?retired=true"))["items"]
        assert [one["id"] for one in listed] == ["attend_one_party"]
        assert (await clinician.get(path))["retired"]
        refused = await clinician.ask("POST", goals, {**body, "id": str(uuid4())})
        assert refused.json()["type"] == "/problems/template-not-offered"
        assert refused.json()["pointer"] == "/template"
        # What was set stays, and saying it again answers the same.
        repeat = await clinician.ask("POST", goals, body)
        assert repeat.status_code == 201
        assert repeat.headers["idempotency-replayed"] == "true"
        assert (await clinician.get(f"/v1/goals/{body['id']}"))["template"] == "attend_one_party"
        restored = await clinician.do("POST", f"{path}/restore", None)
        assert restored["version"] == 2
        await clinician.do("POST", goals, {**body, "id": str(uuid4())})

    async def test_is_about_templates_that_there_are(self, clinician: Asker):
        for step, body in (("retire", {}), ("restore", None)):
            answer = await clinician.ask("POST", f"/v1/templates/none_such/{step}", body)
            assert answer.status_code == 404
        # Restoring what is offered is already so, even before the library has begun.
        restored = await clinician.do("POST", "/v1/templates/half_the_score/restore", None)
        assert restored["version"] == 0


class TestGoalsOfTemplates:
    async def test_take_everything_from_there_unless_it_is_given(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {"template": "half_the_score", "parameters": {"baseline": 30}, **WHY}
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
        goal = await clinician.get(f"/v1/goals/{made['id']}")
        assert goal["statement"] == "Bring my BDI-II score down by 50 percent within 8 weeks"
        assert goal["measure"]["target"] == {"type": "percent_change", "percent": -50}
        assert goal["due_on"] == day(56)
        assert goal["review_every_days"] == 14
        own = {**body, "statement": "My own words", "due_on": day(70), "review_every_days": 7}
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", own)
        goal = await clinician.get(f"/v1/goals/{made['id']}")
        assert (goal["statement"], goal["due_on"]) == ("My own words", day(70))
        assert goal["review_every_days"] == 7

    async def test_say_how_long_they_run_until_a_deadline_that_is_sent(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {"template": "mindfulness_daily", "due_on": day(6), **WHY}
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
        goal = await clinician.get(f"/v1/goals/{made['id']}")
        assert goal["statement"] == "Practise mindfulness once a day for 7 days"
        assert (goal["measure"]["reserve"], goal["due_on"]) == (1, day(6))
        # What the statement would contradict is refused, before it is set and when it is.
        for wrong, slug, pointer in (
            ({"due_on": day(2)}, "deadline-outside-the-template", "/due_on"),
            ({"parameters": {"days": 30}}, "deadline-not-as-told", "/due_on"),
            ({"due_on": None, "by_next_session": True}, "length-is-told",
             "/by_next_session"),
        ):  # fmt: skip
            for path in (f"/v1/clients/{client_id}/goals", "/v1/goals/review"):
                refused = await clinician.ask("POST", path, {**body, **wrong})
                problem = refused.json()
                assert refused.status_code == 422
                assert (problem["type"], problem["pointer"]) == (f"/problems/{slug}", pointer)

    @pytest.mark.parametrize(
        ("changes", "slug", "pointer"),
        [
            ({"template": "half_the_score"}, "parameter-missing", "/parameters/baseline"),
            ({"parameters": {"minutes": 5}}, "parameter-unknown", "/parameters/minutes"),
            ({"parameters": {"times": 99}}, "parameter-does-not-fit", "/parameters/times"),
            ({"parameters": {"times": "x"}}, "parameter-does-not-fit", "/parameters/times"),
            (
                {"parameters": {"reserve": 14, "days": 7}},
                "reserve-too-large",
                "/parameters/reserve",
            ),
            ({"parameters": {"Times!": 1}}, "body-invalid", "/parameters"),
            ({"template": "no_such_thing"}, "template-unknown", "/template"),
            ({"template": None, "parameters": {"times": 1}}, "body-invalid", "/parameters"),
            ({"template": None}, "body-invalid", "/statement"),
            ({"template": None, "statement": "Walk"}, "body-invalid", "/measure"),
            ({"starts_on": "9999-12-31"}, "time-out-of-range", "/starts_on"),
        ],
    )
    async def test_name_what_is_missing_or_does_not_fit(
        self, clinician: Asker, changes: dict[str, object], slug: str, pointer: str
    ):
        client_id = await clinician.enrol()
        body = {"template": "mindfulness_daily", **WHY, **changes}
        refused = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        assert refused.status_code == 422
        problem = refused.json()
        assert (problem["type"], problem["pointer"]) == (f"/problems/{slug}", pointer)

    async def test_are_due_by_the_next_session_where_they_say_so(self, clinician: Asker):
        client_id = await clinician.enrol()
        goals = f"/v1/clients/{client_id}/goals"
        body = {"template": "triggers_by_next_session", **WHY}
        refused = await clinician.ask("POST", goals, body)
        assert refused.json()["type"] == "/problems/no-session-scheduled"
        session = {"starts_at": f"{day(9)}T15:00:00+00:00"}
        await clinician.do("POST", f"/v1/clients/{client_id}/sessions", session)
        made = await clinician.do("POST", goals, body)
        assert (await clinician.get(f"/v1/goals/{made['id']}"))["due_on"] == day(9)

    async def test_may_take_the_place_of_another(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        goal = {"template": "social_activities_up", **WHY}
        body = {"goal": goal, "reason": "This fits better."}
        path = f"/v1/goals/{goal_id}/replace"
        first = await clinician.ask("POST", path, body, Idempotency_Key=str(uuid4()))
        assert first.status_code == 201
        shown = await clinician.get(first.headers["location"])
        assert (shown["template"], shown["starts_on"]) == ("social_activities_up", day(14))
        # Nothing to make a goal of: the refusal names the place within the body.
        missing = {"goal": WHY, "reason": "x"}
        refused = await clinician.ask("POST", f"/v1/goals/{shown['id']}/replace", missing)
        assert refused.json()["pointer"] == "/goal/statement"

    async def test_may_be_set_by_clients_who_are_asked_nothing(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        client = house.asker("client", client_id)
        body = {"template": "mindfulness_daily", **WHY, "achievability": 1}
        made = await client.do("POST", f"/v1/clients/{client_id}/goals", body)
        assert "review" not in made
