"""SMART review over HTTP: before a goal is set, when it is, and afterwards."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from events import practice
from events.practice import ChangePracticeSettings
from events.record import Cause, digest
from events.templates import built_in, missing_parameters
from events.transact import handle
from service.routes.goal_examples import REVIEWS
from tests.days import day, in_days
from tests.service.conftest import Asker, House, halving, walking

REVIEW = "/v1/goals/review"


def codes(review: Any) -> list[str]:
    return [one["code"] for one in review]


def vague(**changes: Any) -> dict[str, Any]:
    return {**REVIEWS["a_goal"], "due_on": day(56), **changes}


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

    @pytest.mark.parametrize("due_on", [None, in_days(42)])
    async def test_asks_what_a_rate_is_to_rise_from(self, clinician: Asker, due_on: str | None):
        measure = {"type": "relative_frequency", "percent": 25, "unit": "times", "per": "week"}
        body = {"measure": measure, "statement": "See three friends", "achievability": 7,
                "why": "My evenings.", "due_on": due_on}  # fmt: skip
        review = await clinician.do("POST", REVIEW, body)
        (finding, *_) = review["findings"]
        assert (finding["code"], finding["blocks"]) == ("baseline_missing", True)
        assert "in a usual week" in finding["question"]
        assert review["settable"] is False

    @pytest.mark.parametrize(
        ("measure", "slug"),
        [
            ({"type": "relative_frequency", "percent": 25, "baseline": 0}, "baseline-zero"),
            (
                {"type": "relative_frequency", "percent": 25, "baseline_from_on": in_days(-3)},
                "baseline-time-too-short",
            ),
            ({"type": "frequency", "amount": 3, "minimum": 5}, "minimum-too-large"),
        ],
        ids=lambda one: str(one)[:40],
    )
    async def test_refuses_numbers_that_can_not_be_meant_whenever_it_is_due(
        self, clinician: Asker, measure: dict[str, Any], slug: str
    ):
        body = {"measure": {"unit": "times", "per": "week", **measure}}
        refused = await clinician.ask("POST", REVIEW, body)
        assert refused.status_code == 422
        assert refused.json()["type"] == f"/problems/{slug}"

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
        (finding,) = review["findings"]
        assert (finding["code"], finding["blocks"]) == ("parameter_missing", True)
        assert finding["arithmetic"] == "baseline: from 0 to 63."
        assert review["settable"] is False
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
            ({"due_on": in_days(-2)}, "deadline-in-the-past"),
            ({"due_on": in_days(3), "by_next_session": True}, "deadline-not-one"),
            ({"zone": "Mars/Olympus"}, "unknown-zone"),
            ({"starts_on": "9999-12-31"}, "time-out-of-range"),
            (
                {"measure": {**halving()["measure"], "baseline": 99}},
                "baseline-outside-the-instrument",
            ),
            ({"measure": {"type": "score", "instrument": "x"}}, "unknown-instrument"),
            (
                {"measure": {"type": "score", "instrument": "bdi2", "baseline": -1}},
                "baseline-outside-the-instrument",
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

    async def test_is_for_clinicians_alone(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", walking())
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            asker.reads_after(clinician)
            for body in ({}, {"client_id": client_id}):
                assert (await asker.ask("POST", REVIEW, body)).status_code == 403
            shown = await asker.ask("GET", f"/v1/goals/{made['id']}/review")
            assert shown.status_code == 403

    async def test_says_that_a_deadline_is_one_day_or_the_session(self, clinician: Asker):
        both = await clinician.ask("POST", REVIEW, {"due_on": day(3), "by_next_session": True})
        assert both.json()["type"] == "/problems/deadline-not-one"
        # Of nobody in particular no session is known, whatever the practice has on its calendar.
        review = await clinician.do("POST", REVIEW, {"template": "triggers_by_next_session"})
        assert codes(review["findings"]) == [
            "achievability_missing",
            "why_missing",
            "deadline_missing",
        ]
        assert review["findings"][-1]["question"].startswith("Whose next session is meant")

    @pytest.mark.parametrize("template_id", sorted(built_in()))
    async def test_of_a_template_alone_asks_for_what_is_the_client_s_own(
        self, clinician: Asker, template_id: str
    ):
        review = await clinician.do("POST", REVIEW, {"template": template_id})
        asked = [one["code"] for one in review["findings"] if one["blocks"]]
        own = ["achievability_missing", "why_missing"]
        needed = ["parameter_missing"] if missing_parameters(built_in()[template_id], {}) else []
        session = ["deadline_missing"] if built_in()[template_id].by_next_session else []
        assert asked == [*needed, *own, *session]

    async def test_asks_nothing_of_a_baseline_that_a_template_was_given(self, clinician: Asker):
        body = {"template": "mindfulness_daily", "why": "My evenings.", "achievability": 7}
        review = await clinician.do("POST", REVIEW, body)
        assert codes(review["findings"]) == ["baseline_missing"]
        body["parameters"] = {"baseline": 0}
        review = await clinician.do("POST", REVIEW, body)
        assert review["findings"] == []
        client_id = await clinician.enrol()
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
        assert made["review"] == []
        body["parameters"] = {"baseline": 2}
        review = await clinician.do("POST", REVIEW, body)
        assert codes(review["findings"]) == ["baseline_meets_amount"]

    async def test_asks_about_a_rise_that_chance_brings_about(self, clinician: Asker):
        body = {
            "template": "social_activities_up",
            "parameters": {"baseline": 3},
            "why": "My friends.",
            "achievability": 7,
        }
        review = await clinician.do("POST", REVIEW, body)
        (finding,) = review["findings"]
        assert finding["code"] == "change_within_chance"
        assert finding["numbers"]["by_chance"] == 26
        assert finding["numbers"]["by_chance_longer"] == 14
        body["parameters"] = {"baseline": 3, "percent": 100, "last_weeks": 4}
        assert (await clinician.do("POST", REVIEW, body))["findings"] == []

    async def test_says_that_no_session_is_scheduled(self, clinician: Asker):
        client_id = await clinician.enrol()
        body = {**walking(), "by_next_session": True, "client_id": client_id}
        del body["due_on"]
        review = await clinician.do("POST", REVIEW, body)
        assert "deadline_missing" in codes(review["findings"])
        assert review["findings"][-1]["question"].startswith("No session is scheduled yet.")
        assert review["settable"] is False


async def speak_spanish(house: House) -> None:
    """The practice's language becomes Spanish."""
    await handle(
        house.cairn.store,
        practice.PRACTICE,
        practice.PRACTICE.stream(house.practice_id, house.practice_id),
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

    @pytest.mark.parametrize("percent", [25, 1000])
    async def test_is_refused_numbers_that_can_not_be_meant(self, clinician: Asker, percent: int):
        client_id = await clinician.enrol()
        measure = {"type": "relative_frequency", "percent": percent, "unit": "times",
                   "per": "week", "baseline": 1e-9}  # fmt: skip
        body = walking(measure=measure)
        refused = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        assert refused.status_code == 422
        problem = refused.json()
        assert (problem["type"], problem["pointer"]) == (
            "/problems/baseline-zero",
            "/measure/baseline",
        )

    async def test_is_reviewed_once_and_answers_the_rest_when_it_is_repeated(
        self, clinician: Asker
    ):
        client_id = await clinician.enrol()
        body = {**vague(why="Evenings."), "id": str(uuid4())}
        first = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        await clinician.get(f"/v1/goals/{body['id']}")
        again = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body)
        assert again.headers["idempotency-replayed"] == "true"
        told = first.json()
        del told["review"]
        assert again.json() == told

    async def test_is_asked_the_same_afterwards(self, clinician: Asker):
        client_id = await clinician.enrol()
        question = "What would you like to notice more of?"
        body = {"template": "mindfulness_daily", "parameters": {"baseline": 0},
                "achievability": 6, "why": question}  # fmt: skip
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
        assert codes(made["review"]) == ["why_repeats_statement"]
        path = f"/v1/goals/{made['id']}"
        assert (await clinician.get(f"{path}/review"))["findings"] == made["review"]
        # A baseline that was told belongs to the measure it was told with.
        measure = {"type": "frequency", "amount": 2, "unit": "times", "per": "day", "baseline": 1}
        why = {"reason": "More.", "client_agreed": True}
        for baseline in (1, 0):
            aim = {"measure": {**measure, "baseline": baseline}, **why}
            await clinician.do("PUT", f"{path}/target", aim)
        later = codes((await clinician.get(f"{path}/review"))["findings"])
        assert later == ["baseline_missing", "why_repeats_statement"]

    async def test_in_the_place_of_another_is_reviewed_in_the_same_way(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        new = {**vague(why="Feel less depressed"), "id": str(uuid4())}
        path, key = f"/v1/goals/{goal_id}/replace", str(uuid4())
        body = {"goal": new, "reason": "The knee."}
        made = await clinician.ask("POST", path, body, Idempotency_Key=key)
        assert made.status_code == 201
        later = await clinician.get(f"/v1/goals/{new['id']}/review")
        assert made.json()["review"] == later["findings"]
        assert "why_repeats_statement" in codes(made.json()["review"])
        again = await clinician.ask("POST", path, body, Idempotency_Key=key)
        assert "review" not in again.json()

    async def test_keeps_a_client_s_review_for_the_clinician(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        client = house.asker("client", client_id)
        made = await client.do("POST", f"/v1/clients/{client_id}/goals", vague(why="Evenings."))
        assert "review" not in made
        path = f"/v1/goals/{made['id']}/review"
        assert (await client.ask("GET", path)).status_code == 403
        clinician.reads_after(client)
        assert "statement_vague" in codes((await clinician.get(path))["findings"])
        assert (await clinician.ask("GET", f"/v1/goals/{uuid4()}/review")).status_code == 404
