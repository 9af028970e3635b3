"""The questionnaires over HTTP, and what becomes of forms that are filled in."""

from typing import Any

import pytest

from events import instruments
from tests.days import day
from tests.service.conftest import Asker, House

GAD7 = {"instrument": "gad7", "answers": [2, 2, 1, 0, 1, 2, 0]}


async def on_duty(clinician: Asker) -> None:
    """Somebody looks at safety flags, so that the PHQ-9 may be asked."""
    people = [{"subject": "dr-elm", "name": "Dr Elm"}]
    await clinician.do("PUT", "/v1/practice/duty", {"people": people})


async def forms_of(clinician: Asker) -> tuple[str, str]:
    """A new client, and where their forms go."""
    client_id = await clinician.enrol()
    return client_id, f"/v1/clients/{client_id}/assessments"


class TestTheList:
    async def test_has_every_instrument(self, clinician: Asker) -> None:
        listed = (await clinician.get("/v1/instruments"))["items"]
        assert [one["id"] for one in listed] == list(instruments.known())
        (bdi2,) = [one for one in listed if one["id"] == "bdi2"]
        assert bdi2 == {
            "id": "bdi2",
            "version": 1,
            "name": "BDI-II",
            "full_name": "Beck Depression Inventory, second edition",
            "minimum": 0.0,
            "maximum": 63.0,
            "better": "lower",
            "respondent": "self",
            "may_ship_items": False,
            "answers_kept": False,
            "asks_about_safety": True,
        }

    @pytest.mark.parametrize("role", ["clinician", "client", "auditor", "app"])
    async def test_is_for_every_role(self, house: House, clinician: Asker, role: Any) -> None:
        client_id = await clinician.enrol()
        asker = house.asker(role, client_id)
        assert len((await asker.get("/v1/instruments"))["items"]) == len(instruments.known())
        assert (await asker.get("/v1/instruments/gad7"))["name"] == "GAD-7"


class TestOne:
    async def test_shows_the_items_where_the_licence_allows_them(self, clinician: Asker) -> None:
        phq9 = await clinician.get("/v1/instruments/phq9")
        assert [item["number"] for item in phq9["items"]] == list(range(1, 10))
        assert phq9["items"][8]["loinc"] == "44260-8"
        assert "Pfizer" in phq9["notice"]
        assert phq9["safety_item"] == {"numbers": [9], "highest": 3}
        bdi2 = await clinician.get("/v1/instruments/bdi2")
        assert (bdi2["items"], bdi2["may_ship_items"], bdi2["scoring"]) == ([], False, None)

    async def test_shows_the_notice_of_loinc_with_its_codes(self, clinician: Asker) -> None:
        for name, has_codes in {"phq9": True, "bdi2": True, "core10": False}.items():
            one = await clinician.get(f"/v1/instruments/{name}")
            assert ("Regenstrief Institute" in one["codes_notice"]) is has_codes

    async def test_lays_the_practices_norms_over(self, clinician: Asker) -> None:
        norms = {"cut_off": 11, "source": "our clinic, 2025"}
        await clinician.do("PUT", "/v1/practice/norms/phq9", norms)
        phq9 = await clinician.get("/v1/instruments/phq9")
        assert (phq9["cut_off"], phq9["sources"]["cut_off"]) == (11, "our clinic, 2025")
        assert phq9["reliable_change"] == 6

    async def test_has_the_practices_bands_noticed_change_and_missing_answers(
        self, clinician: Asker
    ) -> None:
        bands = [
            {"id": "well", "name": "Well", "minimum": 0, "maximum": 7},
            {"id": "ill", "name": "Ill", "minimum": 8, "maximum": 21},
        ]
        own = {
            "bands": bands,
            "noticed_change": {"points": 2, "percent": None},
            "missing_allowed": 0,
        }
        before = await clinician.get("/v1/instruments/gad7")
        assert {"bands", "noticed_change", "missing_allowed"} <= set(before["defaults"])
        await clinician.do("PUT", "/v1/practice/norms/gad7", {**own, "source": "ours"})
        gad7 = await clinician.get("/v1/instruments/gad7")
        assert (gad7["bands"], gad7["noticed_change"]) == (bands, own["noticed_change"])
        assert gad7["scoring"]["missing_allowed"] == 0
        assert {gad7["sources"][name] for name in own} == {"ours"}
        assert set(before["defaults"]) - set(gad7["defaults"]) == set(own)

    async def test_says_how_its_reliability_was_found(self, clinician: Asker) -> None:
        assert (await clinician.get("/v1/instruments/phq9"))["reliability_kind"] == "test_retest"
        qids = await clinician.get("/v1/instruments/qids_sr16")
        assert qids["reliability_kind"] == "internal_consistency"
        norms = {"standard_deviation": 4, "reliability": 0.8, "source": "our clinic, 2025"}
        await clinician.do("PUT", "/v1/practice/norms/qids_sr16", norms)
        assert (await clinician.get("/v1/instruments/qids_sr16"))["reliability_kind"] is None
        said = {**norms, "reliability_kind": "test_retest"}
        await clinician.do("PUT", "/v1/practice/norms/qids_sr16", said)
        qids = await clinician.get("/v1/instruments/qids_sr16")
        assert qids["reliability_kind"] == "test_retest"
        assert qids["defaults"] == ["cut_off", "response_percent", "remission", "bands"]

    async def test_without_a_zero_carries_no_percentage(self, clinician: Asker) -> None:
        client_id = await clinician.enrol()
        goal = {
            "statement": "Feel lighter",
            "why": "To get out of bed.",
            "achievability": 7,
            "measure": {
                "type": "score",
                "instrument": "promis_depression_t",
                "baseline": 66,
                "target": {"type": "percent_change", "percent": -20},
            },
            "due_on": day(60),
        }
        for path in (f"/v1/clients/{client_id}/goals", "/v1/goals/review"):
            body = goal if "clients" in path else {**goal, "client_id": client_id}
            answer = await clinician.ask("POST", path, body)
            told = answer.json()
            assert (answer.status_code, told["type"], told["pointer"]) == (
                422,
                "/problems/percent-of-no-zero",
                "/measure/target",
            )
            assert "value or a band" in told["detail"]

    @pytest.mark.parametrize("unknown", ["phq", "PHQ9", "__init__"])
    async def test_is_not_found_where_there_is_none(self, clinician: Asker, unknown: str) -> None:
        answer = await clinician.ask("GET", f"/v1/instruments/{unknown}")
        assert answer.status_code == 404


class TestAForm:
    async def test_is_prorated_by_the_practices_norms(self, clinician: Asker) -> None:
        _, path = await forms_of(clinician)
        one_out = {"instrument": "gad7", "answers": [2, 2, 1, None, 1, 2, 1]}
        taken = await clinician.do("POST", path, one_out)
        assert taken["prorated"] == 10.5
        norms = {"source": "Ours.", "missing_allowed": 0}
        await clinician.do("PUT", "/v1/practice/norms/gad7", norms)
        assert (await clinician.do("POST", path, one_out))["prorated"] is None
        corrected = f"/v1/assessments/{taken['id']}"
        assert (await clinician.do("PUT", corrected, {"answers": one_out["answers"]}))[
            "prorated"
        ] is None

    async def test_answers_with_the_total_that_was_computed(self, clinician: Asker) -> None:
        client_id, path = await forms_of(clinician)
        taken = await clinician.do("POST", path, GAD7)
        assert (taken["complete"], taken["total"], taken["prorated"]) == (True, 8, None)
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/gad7")
        assert [point["total"] for point in trend["points"]] == [8]

    async def test_is_completed_later_and_until_then_counts_for_nothing(
        self, clinician: Asker
    ) -> None:
        await on_duty(clinician)
        client_id, path = await forms_of(clinician)
        form = {"instrument": "phq9", "answers": [2, 2, 2, 2, None, 2, 1, 1, 0]}
        taken = await clinician.do("POST", path, form)
        assert (taken["complete"], taken["total"], taken["prorated"]) == (False, None, 13.5)
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/phq9")
        assert trend["points"] == []
        at = f"/v1/assessments/{taken['id']}"
        completed = await clinician.do("PUT", at, {"answers": [2, 2, 2, 2, 1, 2, 1, 1, 0]})
        assert (completed["complete"], completed["total"], completed["version"]) == (True, 13, 2)
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/phq9")
        assert [point["total"] for point in trend["points"]] == [13]
        again = await clinician.do("PUT", at, {"answers": [2, 2, 2, None, 1, 2, 1, 1, 0]})
        assert (again["complete"], again["version"]) == (False, 3)
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/phq9")
        assert trend["points"] == []

    async def test_answers_the_same_when_it_is_sent_again(self, clinician: Asker) -> None:
        _, path = await forms_of(clinician)
        key = {"Idempotency_Key": "0198a000-0000-7000-8000-0000000000aa"}
        first = await clinician.ask("POST", path, GAD7, **key)
        again = await clinician.ask("POST", path, GAD7, **key)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        # What is already so answers with what is there.
        same = await clinician.do("PUT", first.headers["location"], {"answers": GAD7["answers"]})
        assert (same["total"], same["version"]) == (8, 1)

    @pytest.mark.parametrize(
        ("body", "problem", "pointer"),
        [
            ({"instrument": "gad7"}, "score-missing", "/answers"),
            ({**GAD7, "total": 9}, "total-not-of-the-answers", "/total"),
            ({**GAD7, "answers": [1, 2]}, "answers-do-not-fit", "/answers"),
            (
                {"instrument": "gad7", "answers": [1, 1, 1, 1, 1, 1, None], "total": 6},
                "incomplete-form-has-no-total",
                "/total",
            ),
            ({"instrument": "bdi2", "total": 20}, "suicide-item-required", "/suicide_item"),
            (
                {"instrument": "bdi2", "total": 20, "suicide_item": 4},
                "suicide-item-out-of-range",
                "/suicide_item",
            ),
            ({**GAD7, "suicide_item": 0}, "suicide-item-not-asked", "/suicide_item"),
            ({"instrument": "promis_depression_t", "answers": [1]}, "answers-not-kept", "/answers"),
            ({"instrument": "who5", "total": 50}, "score-outside-the-instrument", "/total"),
        ],
    )
    async def test_is_refused_in_words_that_say_why(
        self, clinician: Asker, body: Any, problem: str, pointer: str
    ) -> None:
        _, path = await forms_of(clinician)
        answer = await clinician.ask("POST", path, body)
        assert answer.status_code == 422
        told = answer.json()
        assert (told["type"], told["pointer"]) == (f"/problems/{problem}", pointer)

    @pytest.mark.parametrize("suicide_item", [0, "not_recorded"])
    async def test_of_a_bdi_says_how_the_hidden_item_was_answered(
        self, clinician: Asker, suicide_item: Any
    ) -> None:
        client_id, path = await forms_of(clinician)
        body = {"instrument": "bdi2", "total": 20, "suicide_item": suicide_item}
        assert (await clinician.do("POST", path, body))["total"] == 20
        timeline = await clinician.get(f"/v1/clients/{client_id}/timeline")
        assert timeline["items"][0]["details"]["suicide_item"] == suicide_item

    async def test_takes_no_other_word_for_the_hidden_item(self, clinician: Asker) -> None:
        _, path = await forms_of(clinician)
        body = {"instrument": "bdi2", "total": 20, "suicide_item": "low"}
        answer = await clinician.ask("POST", path, body)
        assert answer.status_code == 422
        assert answer.json()["pointer"] == "/suicide_item"
        assert "low" not in answer.json()["detail"].split()
