"""Whoever sends a body with several faults is told all of them at once."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from service.bodies import BodyInvalid, decode
from service.faults import MOST_FAULTS, MOST_PLACES, Fault, Walk
from service.openapi import body_of, dated, operations
from service.routes.templates import NewTemplate
from tests.controls import MONDAY
from tests.days import in_days
from tests.house.tree import ROOT
from tests.service.answering import APP
from tests.service.conftest import Asker, walking

SECRET = "Anna drank again"
WRONG: tuple[Any, ...] = (None, True, "", SECRET, -10_000_000, 0.5, [], [SECRET], {}, {SECRET: 1})


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body as small as one can be that has every kind of fault."""

    name: str
    count: int = 0
    tags: list[str] = []
    lines: dict[str, "Line"] = {}


def bodies() -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every documented body: its type and each of its examples."""
    for _, _, handler, operation in operations(APP):
        for example in operation.examples.values():
            yield body_of(handler), dated(example, MONDAY)


def refused(plain: Any, type_: Any) -> tuple[Fault, ...]:
    with pytest.raises(BodyInvalid) as found:
        decode(msgspec.json.encode(plain), type_)
    return found.value.faults


def pointers(plain: Any, type_: Any = Line) -> list[str]:
    return [one.pointer for one in refused(plain, type_)]


def said_of(plain: Any, type_: Any) -> str | None:
    """What msgspec says of a body; None where the body fits."""
    try:
        msgspec.convert(plain, type_)
    except msgspec.ValidationError as said:
        return str(said)
    return None


class TestAllFaults:
    def test_are_told_in_the_order_of_the_body_and_then_what_is_missing(self):
        body = {
            "tags": ["a", 1, "b", 2],
            "count": "x",
            "colour": 1,
            "lines": {"en": {"name": 1, "count": []}, "es": {}},
        }
        assert pointers(body) == [
            "/tags/1",
            "/tags/3",
            "/count",
            "",
            "/lines/en/name",
            "/lines/en/count",
            "/lines/es/name",
            "/name",
        ]

    def test_are_told_once_each(self):
        body = {"name": "a", "one": 1, "two": 2, SECRET: 3, SECRET + "!": 4}
        assert [one.detail for one in refused(body, Line)] == [
            "There is no field `one` here.",
            "There is no field `two` here.",
            "There is no field here.",
        ]

    def test_are_no_more_than_a_bound(self):
        assert len(pointers({"name": "a", "tags": [1] * 400})) == MOST_FAULTS

    def test_are_looked_for_in_a_bounded_part_of_the_body(self):
        long: dict[str, Any] = {"name": "a", "tags": ["a"] * 2 * MOST_PLACES}
        # msgspec has refused the body all the same: its own fault is told.
        assert pointers({**long, "count": SECRET}) == ["/count"]
        assert SECRET not in str(refused({**long, SECRET: 1}, Line))

    def test_include_a_list_that_is_too_long_and_what_lies_in_it(self):
        parameters = [{"type": "number"}] * 13
        found = pointers({"category": "pleasure", "parameters": parameters}, NewTemplate)
        assert found[0] == "/parameters"
        assert "/parameters/0/name" in found
        assert "/parameters/1/name" in found


class TestAnyBody:
    """The walk and msgspec agree on every body that the API takes."""

    def test_has_no_fault_where_msgspec_finds_none(self):
        tried = 0
        for type_, example in bodies():
            assert list(Walk().at(type_, example, "")) == []
            tried += 1
        assert tried > 60

    def test_has_the_fault_that_msgspec_finds_first(self):
        """At the same place, by msgspec's own pointer, and in words that repeat nothing."""
        tried = 0
        for type_, example in bodies():
            for name in example:
                for wrong in WRONG:
                    body = {**example, name: wrong}
                    said = said_of(body, type_)
                    if said is not None:
                        faults = refused(body, type_)
                        place = said.partition(" - at `$")[2].partition("[...]")[0]
                        steps = place.strip("`").replace("[", ".").replace("]", "").split(".")
                        assert faults[0].pointer.startswith("/".join(steps)), said
                        assert SECRET not in str(faults)
                        tried += 1
        assert tried > 1_000

    def test_has_every_fault_that_msgspec_would_find_one_after_the_other(self):
        for type_, example in bodies():
            wrong = {name: {SECRET: 1} for name in example}
            expected = {name for name in wrong if said_of({**example, name: wrong[name]}, type_)}
            if expected:
                found = {one.pointer.split("/")[1] for one in refused(wrong, type_)}
                assert found == expected


class TestTheAnswer:
    async def test_has_them_all_and_the_first_where_it_has_always_been(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/moods"
        body = {"rating": 11, "tags": [1], "mode": "x", "occurred_at": "yesterday"}
        problem = (await clinician.ask("POST", path, body)).json()
        assert [one["pointer"] for one in problem["faults"]] == [
            "/rating",
            "/tags/0",
            "",
            "/occurred_at",
        ]
        assert {one["type"] for one in problem["faults"]} == {problem["type"]}
        assert problem["pointer"] == "/rating"
        assert problem["detail"] == problem["faults"][0]["detail"] == "Expected int <= 10."

    async def test_is_what_the_page_for_apps_shows(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/moods"
        problem = (await clinician.ask("POST", path, {"rating": 11, "tags": [1]})).json()
        page = (ROOT / "docs" / "apps.md").read_text(encoding="utf-8")
        shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
        assert {**problem, "instance": shown["instance"]} == shown

    async def test_has_safety_beside_them_where_it_was_a_form(self, clinician: Asker):
        client_id = await clinician.enrol()
        person = clinician.house.asker("client", client_id)
        body = {"instrument": "phq9", "answers": "none", "total": "x"}
        answer = await person.ask("POST", f"/v1/clients/{client_id}/assessments", body)
        problem = answer.json()
        assert [one["pointer"] for one in problem["faults"]] == ["/answers", "/total"]
        assert problem["safety"]

    async def test_has_all_that_the_rules_about_a_goal_refuse(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/goals"
        measure = {"type": "frequency", "amount": 3, "unit": "times", "per": "week", "minimum": 3}
        body = walking(zone="Mars/Olympus", due_on=in_days(-2), measure=measure)
        problem = (await clinician.ask("POST", path, body)).json()
        assert [(one["pointer"], one["type"]) for one in problem["faults"]] == [
            ("/zone", "/problems/unknown-zone"),
            ("/due_on", "/problems/deadline-in-the-past"),
            ("/measure/minimum", "/problems/minimum-too-large"),
        ]
        assert problem["type"] == "/problems/unknown-zone"
        assert problem["pointer"] == "/zone"

    async def test_has_every_parameter_that_a_template_lacks(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/goals"
        body = {"template": "half_the_score", "achievability": 6, "why": "So."}
        wrong = {**body, "parameters": {"baseline": "x", "weeks": 900}}
        problem = (await clinician.ask("POST", path, wrong)).json()
        found = [one["pointer"] for one in problem["faults"]]
        assert found == ["/parameters/baseline", "/parameters/weeks"]
        problem = (await clinician.ask("POST", path, {**body, "parameters": {"x": 1}})).json()
        kinds = [one["type"].removeprefix("/problems/") for one in problem["faults"]]
        assert kinds == ["parameter-unknown", "parameter-missing"]

    async def test_has_every_answer_of_a_form_that_is_outside_its_item(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/assessments"
        answers = [0, 4, 0, 9, *[0] * 5]
        body = {"instrument": "phq9", "answers": answers, "occurred_at": "1850-01-01T00:00:00Z"}
        problem = (await clinician.ask("POST", path, body)).json()
        found = [(one["pointer"], one.get("facts")) for one in problem["faults"]]
        assert found == [
            ("/answers/1", {"item": 2, "highest": 3}),
            ("/answers/3", {"item": 4, "highest": 3}),
            ("/occurred_at", None),
        ]

    async def test_has_an_unknown_instrument_once(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/assessments"
        body = {"instrument": "x", "total": 1, "difficulty": 1}
        problem = (await clinician.ask("POST", path, body)).json()
        assert [one["pointer"] for one in problem["faults"]] == ["/instrument"]

    async def test_has_all_that_a_subscription_names_and_is_not_there(self, clinician: Asker):
        nobody = [str(UUID(int=1)), str(UUID(int=2))]
        body = {"name": "D", "app": "diary", "types": ["mood.felt.v1"], "clients": nobody}
        problem = (await clinician.ask("POST", "/v1/subscriptions", body)).json()
        assert [one["pointer"] for one in problem["faults"]] == [
            "/types",
            "/clients/0",
            "/clients/1",
        ]

    async def test_has_each_part_of_the_norms_that_is_not_sound(self, clinician: Asker):
        body = {"source": "S", "cut_off": 64, "remission": 80, "missing_allowed": 90}
        problem = (await clinician.ask("PUT", "/v1/practice/norms/bdi2", body)).json()
        found = [one["pointer"] for one in problem["faults"]]
        assert found == ["/cut_off", "/remission", "/missing_allowed"]

    async def test_has_what_a_goal_without_a_template_lacks(self, clinician: Asker):
        path = f"/v1/clients/{await clinician.enrol()}/goals"
        body = walking(statement=None, measure=None, parameters={"weeks": 8}, due_on=in_days(9))
        problem = (await clinician.ask("POST", path, body)).json()
        found = [one["pointer"] for one in problem["faults"]]
        assert found == ["/parameters", "/statement", "/measure"]
