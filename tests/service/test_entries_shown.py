"""An entry is shown as it stands, with every revision, to whoever may read it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.days import day
from tests.projections.breaking import as_owner
from tests.service.conftest import Asker, House
from tests.service.in_one_house.test_sent_positions import no_view_moves
from tests.service.test_subscriptions import subscribe

ENDORSED = [1, 0, 0, 0, 0, 0, 0, 0, 1]
CALM = [1, 0, 0, 0, 0, 0, 0, 0, 0]
NOTE = "Seemed tired; we spoke about the divorce."


@pytest.fixture
async def client_id(clinician: Asker) -> str:
    return await clinician.enrol()


@pytest.fixture
def anna(house: House, client_id: str) -> Asker:
    return house.asker("client", client_id)


def steps(shown: dict[str, Any]) -> list[tuple[str, dict[str, tuple[Any, Any]]]]:
    """The type of each revision, and what it changed: from what, to what."""
    return [
        (
            one["type"],
            {said["field"]: (said["from_value"], said["to_value"]) for said in one["changes"]},
        )
        for one in shown["revisions"]
    ]


class TestAMood:
    async def test_is_shown_at_once_with_the_etag_that_a_correction_takes(
        self, anna: Asker, client_id: str
    ):
        at = f"{day(-3)}T21:30:00+01:00"
        body = {"rating": 4, "occurred_at": at, "note": "Rain.", "tags": ["evening"]}
        made = await anna.ask("POST", f"/v1/clients/{client_id}/moods", body)
        path = made.headers["location"]
        first = await anna.ask("GET", path)
        told = first.json()
        assert (told["rating"], told["note"], told["tags"]) == (4, "Rain.", ["evening"])
        assert (told["client_id"], told["recorded_by"]) == (client_id, f"client:{client_id}")
        assert (told["occurred_at"], told["withdrawn"], told["version"]) == (at, False, 1)
        seen = first.headers["etag"]
        await anna.do("PUT", path, {"rating": 6}, If_Match=seen)
        late = await anna.ask("PUT", path, {"rating": 7}, If_Match=seen)
        assert late.status_code == 412
        again = await anna.ask("GET", path)
        assert (again.json()["rating"], again.headers["etag"]) == (6, 'W/"2"')

    async def test_has_every_revision_and_its_last_values_once_it_is_withdrawn(
        self, anna: Asker, client_id: str
    ):
        made = await anna.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        path = f"/v1/moods/{made['id']}"
        await anna.do("PUT", path, {"rating": 6, "note": "After a walk."})
        await anna.do("DELETE", path, {"reason": "Of another day."})
        told = await anna.get(path)
        assert (told["withdrawn"], told["rating"], told["version"]) == (True, 6, 3)
        logged, corrected, withdrawn = steps(told)
        assert (logged[0], logged[1]["rating"]) == ("mood.logged.v1", (None, 4))
        assert corrected == (
            "mood.corrected.v1",
            {"rating": (4, 6), "note": ("", "After a walk.")},
        )
        assert withdrawn == ("mood.withdrawn.v1", {})
        assert told["revisions"][-1]["why"] == "Of another day."

    async def test_has_a_clinicians_note_for_clinicians_and_auditors_alone(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        body = {"rating": 4, "note": "My own words."}
        path = f"/v1/moods/{(await anna.do('POST', f'/v1/clients/{client_id}/moods', body))['id']}"
        app = house.asker("app", "diary")
        await subscribe(clinician, app="diary", categories=["mood"], after=0)
        # A correction that leaves the note makes it nobody else's.
        await clinician.do("PUT", path, {"rating": 5})
        for asker in (anna, app):
            assert (await asker.get(path))["note"] == "My own words."
        await clinician.do("PUT", path, {"note": NOTE})
        for asker in (anna, app):
            shown = await asker.ask("GET", path)
            assert (NOTE in shown.text, shown.json()["note"]) == (False, "")
            assert "My own words." in shown.text
        await anna.do("PUT", path, {"note": "Mine again."})
        shown = await anna.ask("GET", path)
        assert (NOTE in shown.text, shown.json()["note"]) == (False, "Mine again.")
        for asker in (clinician, house.asker("auditor", "ann")):
            assert NOTE in (await asker.ask("GET", path)).text


async def test_what_was_recorded_is_shown_while_no_view_moves(
    house: House, clinician: Asker, anna: Asker, client_id: str
):
    goal_id = await clinician.set_goal(client_id)
    starts_at = f"{day(3)}T14:00:00Z"
    async with no_view_moves(house):
        for path, body in (
            (f"/v1/clients/{client_id}/moods", {"rating": 4}),
            (f"/v1/clients/{client_id}/assessments", {"instrument": "gad7", "total": 8}),
            (f"/v1/goals/{goal_id}/check-ins", {"amount": 20}),
            (f"/v1/clients/{client_id}/sessions", {"starts_at": starts_at}),
        ):
            made = await clinician.ask("POST", path, body)
            shown = await anna.get(made.headers["location"])
            assert (shown["id"], shown["version"]) == (made.json()["id"], 1), path
        done = f"/v1/goals/{goal_id}/check-ins"
        assert [one["amount"] for one in (await anna.get(done))["items"]] == [20]


class TestAForm:
    async def test_is_shown_with_its_answers_and_what_has_become_of_it(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        form = {"instrument": "phq9", "answers": ENDORSED, "difficulty": 1}
        made = await anna.do("POST", f"/v1/clients/{client_id}/assessments", form)
        path = f"/v1/assessments/{made['id']}"
        told = await anna.get(path)
        assert (told["instrument"], told["total"], told["complete"]) == ("phq9", 2, True)
        assert (told["answers"], told["difficulty"]) == (ENDORSED, 1)
        assert told["safety"] == made["safety"]
        assert (told["safety"]["person_asked"], told["safety"]["person_notified"]) == (True, False)
        flag = (await clinician.get("/v1/safety-flags"))["items"][0]
        flags = f"/v1/clients/{client_id}/safety-flags"
        await clinician.do("POST", f"{flags}/{flag['id']}/acknowledge", None)
        assert (await anna.get(path))["safety"]["person_notified"] is True
        assert "safety" not in await clinician.get(path)
        shown = await clinician.ask("GET", f"{flags}/{flag['id']}")
        assert shown.json()["assessment_id"] == made["id"]
        closing = {"reason": "We met.", "outcome": "A plan."}
        etag = shown.headers["etag"]
        await clinician.do("POST", f"{flags}/{flag['id']}/close", closing, If_Match=etag)
        assert (await clinician.get(f"{flags}/{flag['id']}"))["open"] is False

    async def test_that_was_completed_says_what_it_was_before(self, anna: Asker, client_id: str):
        form = {"instrument": "gad7", "answers": [2, 2, 1, None, 0, 1, 1]}
        made = await anna.do("POST", f"/v1/clients/{client_id}/assessments", form)
        path = f"/v1/assessments/{made['id']}"
        told = await anna.get(path)
        assert (told["complete"], told["total"], told["answers"][3]) == (False, None, None)
        await anna.do("PUT", path, {"answers": [2, 2, 1, 1, 0, 1, 1]})
        told = await anna.get(path)
        assert [one for one, _ in steps(told)] == [
            "assessment.left_incomplete.v1", "assessment.completed.v1",
        ]  # fmt: skip
        assert steps(told)[1][1]["total"] == (None, 8)

    async def test_of_a_clinician_says_nothing_to_the_client_of_being_sent(
        self, clinician: Asker, anna: Asker, client_id: str
    ):
        rated = {"instrument": "ham_d17", "total": 20, "suicide_item": 0, "note": NOTE}
        made = await clinician.do("POST", f"/v1/clients/{client_id}/assessments", rated)
        told = await anna.get(f"/v1/assessments/{made['id']}")
        assert (told["total"], told["note"], "safety" in told) == (20, "", False)


class TestAnApp:
    async def test_reads_what_it_is_told_and_what_it_has_recorded(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        about = f"/v1/clients/{client_id}"
        goal_id = await clinician.set_goal(client_id)
        mood = await anna.do("POST", f"{about}/moods", {"rating": 4})
        done = await anna.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20})
        paths = {"mood": f"/v1/moods/{mood['id']}", "check_in": f"/v1/check-ins/{done['id']}"}
        ben = await clinician.enrol(display_name="Ben")
        chosen = {
            "moods": {"categories": ["mood"]},
            "logged": {"types": ["mood.logged.v1"]},
            "corrected": {"types": ["mood.corrected.v1"]},
            "goal": {"goals": [goal_id]},
            "ben": {"clients": [ben]},
        }
        for app, told in chosen.items():
            await subscribe(clinician, app=app, after=0, **told)
        found = {
            app: {
                name
                for name, path in paths.items()
                if (await house.asker("app", app).ask("GET", path)).status_code == 200
            }
            for app in (*chosen, "nobody")
        }
        assert found == {
            "moods": {"mood"}, "logged": {"mood"}, "corrected": set(), "goal": {"check_in"},
            "ben": set(), "nobody": set(),
        }  # fmt: skip
        nobody = house.asker("app", "nobody")
        own = await nobody.do("POST", f"{about}/moods", {"rating": 4})
        assert (await nobody.get(f"/v1/moods/{own['id']}"))["recorded_by"] == "app:nobody"
        stranger = house.asker("app", "moods", practice_id=uuid4())
        assert (await stranger.ask("GET", paths["mood"])).status_code == 404

    async def test_reads_nothing_once_its_subscription_rests(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        made = await subscribe(clinician, app="diary", categories=["mood"], after=0)
        mood = await anna.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        app, path = house.asker("app", "diary"), f"/v1/moods/{mood['id']}"
        subscription = f"/v1/subscriptions/{made['id']}"
        for method, command, status in (
            ("POST", "/pause", 404), ("POST", "/resume", 200), ("DELETE", "", 404),
        ):  # fmt: skip
            body: dict[str, Any] | None = None if command == "/resume" else {}
            await clinician.do(method, f"{subscription}{command}", body)
            assert (await app.ask("GET", path)).status_code == status, command

    async def test_sees_no_answer_from_which_it_could_tell_a_flag(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        form = {"instrument": "phq9", "answers": ENDORSED}
        made = await anna.do("POST", f"/v1/clients/{client_id}/assessments", form)
        path = f"/v1/assessments/{made['id']}"
        await anna.do("PUT", path, {"answers": CALM})
        gad7 = {"instrument": "gad7", "answers": [2, 2, 1, 1, 0, 1, 1]}
        other = await anna.do("POST", f"/v1/clients/{client_id}/assessments", gad7)
        await subscribe(clinician, app="forms", categories=["assessment"], after=0)
        named = ["assessment", "safety_flag"]
        await subscribe(clinician, app="flags", categories=named, after=0)
        forms, flags = house.asker("app", "forms"), house.asker("app", "flags")
        told = await forms.get(path)
        assert (told["total"], {"answers", "suicide_item", "safety"} & told.keys()) == (1, set())
        assert {"answers", "suicide_item"}.isdisjoint(
            field for _, changes in steps(told) for field in changes
        )
        assert (await forms.get(f"/v1/assessments/{other['id']}"))["answers"] == gad7["answers"]
        about = f"/v1/clients/{client_id}/safety-flags"
        assert (await forms.ask("GET", about)).status_code == 404
        assert (await flags.get(path))["answers"] == CALM
        assert len((await flags.get(about))["items"]) == 1

    async def test_that_has_sent_a_form_reads_it_until_somebody_else_corrects_it(
        self, house: House, clinician: Asker, anna: Asker, client_id: str
    ):
        app = house.asker("app", "diary")
        form = {"instrument": "phq9", "answers": CALM}
        made = await app.do("POST", f"/v1/clients/{client_id}/assessments", form)
        path = f"/v1/assessments/{made['id']}"
        told = await app.get(path)
        assert (told["answers"], told["safety"]) == (CALM, made["safety"])
        await anna.do("PUT", path, {"answers": ENDORSED})
        told = await app.get(path)
        assert (told["version"], {"answers", "safety"} & told.keys()) == (2, set())

    async def test_is_not_told_that_something_is_broken_that_it_may_not_read(
        self, house: House, database: Any, anna: Asker, client_id: str
    ):
        mood = await anna.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        await as_owner(database, "UPDATE event_log SET body = body || 'x' WHERE category = 'mood'")
        path = f"/v1/moods/{mood['id']}"
        assert (await house.asker("app", "diary").ask("GET", path)).status_code == 404
        assert (await anna.ask("GET", path)).json()["type"] == "/problems/record-broken"
