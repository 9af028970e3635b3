"""SMART review over HTTP: before a goal is set, when it is, and afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from events import practice
from events.practice import ChangePracticeSettings
from events.record import Cause, digest
from events.store import Stream, handle
from service.routes.goal_review import EXAMPLE
from tests.service.conftest import Asker, House, day, halving, walking

REVIEW = "/v1/goals/review"


def codes(review: Any) -> list[str]:
    return [one["code"] for one in review]


def vague(**changes: Any) -> dict[str, Any]:
    return {**EXAMPLE, "due_on": day(56), **changes}


class TestADryRun:
    async def test_of_the_seed_s_vague_goal_asks_letter_by_letter(self, clinician: Asker):
        review = await clinician.do("POST", REVIEW, vague())
        assert [(one["letter"], one["code"], one["blocks"]) for one in review["findings"]] == [
            ("S", "statement_vague", False),
            ("M", "target_within_error", False),
            ("M", "percent_of_low_baseline", False),
            ("A", "achievability_low", False),
            ("R", "why_missing", True),
            ("T", "review_after_deadline", False),
        ]
        assert review["settable"] is False
        error = review["findings"][1]
        assert error["numbers"]["reliable_change"] == pytest.approx(9.35, abs=0.005)
        assert "= 9.35 points" in error["arithmetic"]

    async def test_records_nothing(self, house: House, clinician: Asker):
        events = await house.size()
        await clinician.do("POST", REVIEW, vague())
        await clinician.do("POST", REVIEW, {})
        assert await house.size() == events

    async def test_of_nothing_asks_for_every_part(self, clinician: Asker):
        review = await clinician.do("POST", REVIEW, {})
        assert codes(review["findings"]) == [
            "statement_missing",
            "measure_missing",
            "achievability_missing",
            "why_missing",
            "deadline_missing",
        ]
        assert all(one["blocks"] for one in review["findings"])

    async def test_of_a_whole_goal_blocks_nothing(self, clinician: Asker):
        review = await clinician.do("POST", REVIEW, walking())
        assert review["settable"] is True
        assert codes(review["findings"]) == ["baseline_missing"]

    @pytest.mark.parametrize(("baseline", "flagged"), [(16, True), (24, False)])
    async def test_of_half_the_bdi(self, clinician: Asker, baseline: int, flagged: bool):
        measure = {**halving()["measure"], "baseline": baseline}
        review = await clinician.do("POST", REVIEW, {**walking(), "measure": measure})
        assert ("target_within_error" in codes(review["findings"])) is flagged
        assert ("percent_of_low_baseline" in codes(review["findings"])) is flagged

    async def test_speaks_the_language_of_the_practice(self, house: House, clinician: Asker):
        practice = house.practice_id
        await speak_spanish(house)
        review = await clinician.do("POST", REVIEW, {"achievability": 2})
        assert practice == house.practice_id
        low = next(one for one in review["findings"] if one["code"] == "achievability_low")
        assert low["question"].startswith("El cliente lo valora en 2 de 10.")

    async def test_takes_a_template_with_its_number_still_open(self, clinician: Asker):
        body = {"template": "half_the_score", "why": "My evenings.", "achievability": 7}
        review = await clinician.do("POST", REVIEW, body)
        assert codes(review["findings"]) == [
            "statement_missing",
            "parameter_missing",
            "deadline_missing",
        ]
        body["parameters"] = {"baseline": 16}
        review = await clinician.do("POST", REVIEW, body)
        assert codes(review["findings"]) == ["target_within_error", "percent_of_low_baseline"]
        assert review["settable"] is True

    async def test_asks_about_a_band_that_is_met(self, clinician: Asker):
        measure = {
            "type": "score",
            "instrument": "phq9",
            "baseline": 8,
            "target": {"type": "band", "band": "non_clinical"},
        }
        review = await clinician.do("POST", REVIEW, {**walking(), "measure": measure})
        assert codes(review["findings"]) == ["band_already_met"]
        assert review["settable"] is False

    @pytest.mark.parametrize(
        ("changes", "slug"),
        [
            ({"due_on": day(-2)}, "deadline-in-the-past"),
            ({"due_on": day(3), "by_next_session": True}, "deadline-not-one"),
            ({"zone": "Mars/Olympus"}, "unknown-zone"),
            ({"starts_on": "9999-12-31"}, "time-out-of-range"),
            (
                {"measure": {**halving()["measure"], "baseline": 99}},
                "target-outside-the-instrument",
            ),
            ({"measure": {"type": "score", "instrument": "x"}}, "unknown-instrument"),
            (
                {"measure": {"type": "score", "instrument": "bdi2", "baseline": -1}},
                "target-outside-the-instrument",
            ),
            ({"parameters": {"times": 1}}, "body-invalid"),
            ({"template": "none_such"}, "template-unknown"),
            ({"template": "half_the_score", "parameters": {"percent": 900}}, None),
        ],
    )
    async def test_refuses_what_could_not_be_set_either(
        self, clinician: Asker, changes: dict[str, Any], slug: str | None
    ):
        refused = await clinician.ask("POST", REVIEW, vague(**changes))
        assert refused.status_code == 422
        assert refused.json()["type"] == f"/problems/{slug or 'parameter-does-not-fit'}"

    async def test_of_somebody_else_s_client_finds_nobody(self, clinician: Asker):
        refused = await clinician.ask("POST", REVIEW, vague(client_id=str(uuid4())))
        assert refused.status_code == 404

    async def test_is_for_clinicians_and_their_apps(self, house: House, clinician: Asker):
        client = house.asker("client", await clinician.enrol())
        assert (await client.ask("POST", REVIEW, {})).status_code == 403
        await house.asker("app", "planner").do("POST", REVIEW, {})

    async def test_says_that_no_session_is_scheduled(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {**walking(), "by_next_session": True, "client_id": client_id}
        del body["due_on"]
        review = await clinician.do("POST", REVIEW, body)
        assert "deadline_missing" in codes(review["findings"])
        assert review["settable"] is False


class TestWhatTheRecordKnows:
    async def test_the_client_s_own_pace(self, clinician: Asker):
        client_id = await clinician.enrol()
        for week in range(6):
            at = datetime.now(UTC) - timedelta(weeks=5 - week, hours=1)
            await clinician.do(
                "POST",
                f"/v1/clients/{client_id}/assessments",
                {
                    "instrument": "bdi2",
                    "total": 30 - week,
                    "occurred_at": at.isoformat(),
                    "suicide_item": 0,
                },
            )
        await clinician.get(f"/v1/clients/{client_id}/trends/bdi2")
        review = await clinician.do("POST", REVIEW, {**halving(), "client_id": client_id})
        finding = next(one for one in review["findings"] if one["code"] == "pace_beyond_own")
        assert finding["numbers"]["required_per_week"] == 14 / 8
        assert finding["numbers"]["own_per_week"] == pytest.approx(1.0, abs=0.01)
        # Of nobody in particular nothing is known.
        review = await clinician.do("POST", REVIEW, halving())
        assert codes(review["findings"]) == []

    async def test_what_the_client_kept_before(self, clinician: Asker):
        client_id = await clinician.enrol()
        before = await clinician.set_goal(client_id, starts_on=day(-28))
        for days in (2, 9, 16, 23):
            at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            body = {"amount": 60, "occurred_at": at}
            await clinician.do("POST", f"/v1/goals/{before}/check-ins", body)
        await clinician.get(f"/v1/goals/{before}")
        measure = {**walking()["measure"], "baseline": 30}
        body = {**walking(), "measure": measure, "client_id": client_id}
        review = await clinician.do("POST", REVIEW, body)
        finding = next(one for one in review["findings"] if one["code"] == "more_than_kept")
        assert finding["numbers"] == {"asked": 150, "kept": 60, "periods": 4}

    async def test_how_often_similar_goals_were_reached(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {
            "template": "attend_one_party",
            "achievability": 6,
            "why": "My friends will be there.",
            "client_id": client_id,
        }
        for nth in range(10):
            review = await clinician.do("POST", REVIEW, body)
            assert codes(review["findings"]) == []
            await end_a_party(clinician, client_id, reached=nth < 4)
        await clinician.get(f"/v1/clients/{client_id}/goals?stage=reached")
        forget(clinician.house)
        review = await clinician.do("POST", REVIEW, body)
        (finding,) = review["findings"]
        assert finding["code"] == "similar_goals_reached"
        assert finding["numbers"] == {"reached": 4, "ended": 10, "percent": 40}
        # Measured the same way, without the template.
        milestone = {**body, "template": None, "statement": "See my aunt in May 3rd's week"}
        milestone |= {"measure": {"type": "milestone"}, "due_on": day(30)}
        review = await clinician.do("POST", REVIEW, milestone)
        assert codes(review["findings"]) == ["similar_goals_reached"]
        assert "measured like this one" in review["findings"][0]["question"]


def forget(house: House) -> None:
    """As if ten minutes had passed."""
    house.cairn.similar_goals._known.clear()


async def end_a_party(clinician: Asker, client_id: str, *, reached: bool) -> None:
    goal = {"template": "attend_one_party", "achievability": 5, "why": "Friends.", "id": None}
    made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", goal)
    path = f"/v1/goals/{made['id']}"
    await clinician.do("POST", f"{path}/agree", {"parties": ["client", "clinician"]})
    if reached:
        await clinician.do("POST", f"{path}/reach", {})
    else:
        await clinician.do("POST", f"{path}/close", {"reason": "clients_choice"})


async def speak_spanish(house: House) -> None:
    """The practice's language becomes Spanish."""
    await handle(
        house.cairn.store,
        practice.decider,
        Stream(
            practice_id=house.practice_id,
            stream_id=house.practice_id,
            category=practice.CATEGORY,
        ),
        ChangePracticeSettings(practice_id=house.practice_id, language="es"),
        cause=Cause(
            command_id=uuid4(), actor="cli:test", content=digest("es"), correlation=uuid4()
        ),
        occurred_at=datetime.now(UTC),
    )


class TestSettingAGoal:
    async def test_answers_the_clinician_with_the_same_findings_and_blocks_nothing(
        self, clinician: Asker
    ):
        client_id = await clinician.enrol()
        body = {**vague(), "why": "Feel less depressed"}
        review = await clinician.do("POST", REVIEW, {**body, "client_id": client_id})
        made = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        assert made.status_code == 201
        assert made.json()["review"] == review["findings"]
        assert "why_repeats_statement" in codes(review["findings"])
        # Afterwards it can be asked for again, by clinicians.
        later = await clinician.get(f"/v1/goals/{made.json()['id']}/review")
        assert later["findings"] == review["findings"]
        assert later["settable"] is True

    async def test_says_the_same_when_it_is_repeated(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {**vague(why="Evenings."), "id": str(uuid4())}
        first = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        await clinician.get(f"/v1/goals/{body['id']}")
        again = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json()

    async def test_keeps_a_client_s_review_for_the_clinician(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        client = house.asker("client", client_id)
        made = await client.do("POST", f"/v1/clients/{client_id}/goals", vague(why="Evenings."))
        assert "review" not in made
        path = f"/v1/goals/{made['id']}/review"
        assert (await client.ask("GET", path)).status_code == 403
        clinician.position = client.position
        assert "statement_vague" in codes((await clinician.get(path))["findings"])
        assert (await clinician.ask("GET", f"/v1/goals/{uuid4()}/review")).status_code == 404
