"""The document and the pages: complete, honest about what is strict, and without the internet."""

import builtins
import json
import keyword
import re
from typing import Any, get_args

import msgspec
from jsonschema_rs import validator_for

from events.measure import Measure
from events.refusals import Rejected
from projections.tracking import NoticeKind
from service.app import create_routes
from service.openapi import dated, operations
from service.problems import STATUSES, catalogue, status_of
from service.routes.schema import PAGE, START
from tests.controls import MONDAY
from tests.service.conftest import Asker, House

APP = create_routes(MONDAY)
DOCUMENT: dict[str, Any] = json.loads(APP.state.document)

# Names that a module in JavaScript could no longer use as they are.
OF_JAVASCRIPT = {
    *(
        "Array",
        "Boolean",
        "Date",
        "Element",
        "Error",
        "Event",
        "File",
        "Function",
        "History",
        "Map",
    ),
    *(
        "Node",
        "Notification",
        "Number",
        "Object",
        "Option",
        "Promise",
        "Range",
        "Record",
        "Request",
    ),
    *("Response", "Set", "String", "Symbol", "Text", "default"),
}

TABLE = """\
POST /v1/clients
GET /v1/clients
GET /v1/clients/{client_id}
PATCH /v1/clients/{client_id}
POST /v1/clients/{client_id}/discharge
POST /v1/clients/{client_id}/goals
GET /v1/clients/{client_id}/goals
GET /v1/feed
GET /v1/feed/stream
GET /v1/goals/{goal_id}
GET /v1/goals/{goal_id}/history
GET /v1/goals/{goal_id}/review
GET /v1/goals/{goal_id}/periods
POST /v1/goals/review
GET /v1/templates
POST /v1/templates
GET /v1/templates/{template_id}
POST /v1/templates/{template_id}/retire
POST /v1/templates/{template_id}/restore
POST /v1/goals/{goal_id}/agree
POST /v1/goals/{goal_id}/pause
POST /v1/goals/{goal_id}/resume
POST /v1/goals/{goal_id}/reach
POST /v1/goals/{goal_id}/close
POST /v1/goals/{goal_id}/reopen
POST /v1/goals/{goal_id}/replace
PUT /v1/goals/{goal_id}/deadline
PUT /v1/goals/{goal_id}/target
PUT /v1/goals/{goal_id}/statement
POST /v1/goals/{goal_id}/rest-days
GET /v1/goals/{goal_id}/rest-days/{on}
DELETE /v1/goals/{goal_id}/rest-days/{on}
POST /v1/goals/{goal_id}/check-ins
GET /v1/goals/{goal_id}/check-ins
POST /v1/clients/{client_id}/moods
POST /v1/clients/{client_id}/assessments
GET /v1/moods/{mood_id}
PUT /v1/moods/{mood_id}
DELETE /v1/moods/{mood_id}
GET /v1/assessments/{assessment_id}
PUT /v1/assessments/{assessment_id}
DELETE /v1/assessments/{assessment_id}
GET /v1/check-ins/{check_in_id}
PUT /v1/check-ins/{check_in_id}
DELETE /v1/check-ins/{check_in_id}
GET /v1/instruments
GET /v1/instruments/{instrument}
GET /v1/clients/{client_id}/trends/mood
GET /v1/clients/{client_id}/trends/{instrument}
GET /v1/clients/{client_id}/timeline
PUT /v1/goals/{goal_id}/scale
POST /v1/goals/{goal_id}/level
GET /v1/clients/{client_id}/goal-attainment
POST /v1/clients/{client_id}/sessions
GET /v1/clients/{client_id}/sessions
GET /v1/sessions/{session_id}
POST /v1/sessions/{session_id}/move
POST /v1/sessions/{session_id}/hold
POST /v1/sessions/{session_id}/cancel
GET /v1/suggestions
GET /v1/suggestions/{suggestion_id}
POST /v1/suggestions/{suggestion_id}/accept
POST /v1/suggestions/{suggestion_id}/edit
POST /v1/suggestions/{suggestion_id}/dismiss
POST /v1/suggestions/{suggestion_id}/release
GET /v1/safety-flags
GET /v1/clients/{client_id}/safety-flags
GET /v1/clients/{client_id}/safety-flags/{flag_id}
POST /v1/clients/{client_id}/safety-flags/{flag_id}/acknowledge
POST /v1/clients/{client_id}/safety-flags/{flag_id}/act
POST /v1/clients/{client_id}/safety-flags/{flag_id}/close
GET /v1/crisis-information
GET /v1/practice
PATCH /v1/practice
PUT /v1/practice/duty
PUT /v1/practice/crisis-lines/{country}
PUT /v1/practice/norms/{instrument}
PUT /v1/practice/tracking
PUT /v1/practice/release
POST /v1/subscriptions
GET /v1/subscriptions
GET /v1/subscriptions/{subscription_id}
DELETE /v1/subscriptions/{subscription_id}
POST /v1/subscriptions/{subscription_id}/pause
POST /v1/subscriptions/{subscription_id}/resume
POST /v1/subscriptions/{subscription_id}/rotate-secret
POST /v1/subscriptions/{subscription_id}/replay
POST /v1/subscriptions/{subscription_id}/test
POST /v1/subscriptions/{subscription_id}/dead-letters/replay
GET /v1/subscriptions/{subscription_id}/events
GET /v1/subscriptions/{subscription_id}/stream
GET /v1/subscriptions/{subscription_id}/deliveries
GET /v1/subscriptions/{subscription_id}/deliveries/{number}
GET /healthz
GET /readyz
GET /metrics
"""


def described() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def examples_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The bodies that an operation shows, by name."""
    content = operation["requestBody"]["content"]["application/json"]
    if "example" in content:
        return {"": content["example"]}
    return {name: one["value"] for name, one in content["examples"].items()}


class TestTheDocument:
    def test_has_the_whole_table_and_nothing_else(self):
        assert sorted(f"{method} {path}" for method, path, _ in described()) == sorted(
            TABLE.splitlines()
        )

    def test_is_openapi_3_1(self):
        assert DOCUMENT["openapi"] == "3.1.0"
        assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"

    def test_has_no_reference_that_leads_nowhere(self):
        for place in re.findall(r'"\$ref":"#/([^"]+)"', APP.state.document.decode()):
            found: Any = DOCUMENT
            for step in place.split("/"):
                found = found[step]

    def test_says_of_every_operation_what_it_does_and_may_refuse(self):
        names = [operation["operationId"] for _, _, operation in described()]
        assert len(names) == len(set(names))
        for method, path, operation in described():
            assert operation["summary"], path
            assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
            if "/v1/" in path:
                assert {"400", "401", "403", "500", "503"} <= set(operation["responses"]), path
            if "{" in path:
                assert "404" in operation["responses"], path
            if "requestBody" in operation:
                assert {"413", "415", "422"} <= set(operation["responses"]), (method, path)

    def test_has_an_example_that_fits_for_every_body(self):
        for path, _, handler, operation in operations(APP):
            data = handler.parsed_fn_signature.parameters.get("data")
            if data is not None:
                assert operation.examples, path
                for example in operation.examples.values():
                    msgspec.convert(dated(example, MONDAY), data.annotation)

    async def test_has_examples_that_are_accepted_today(self, house: House, clinician: Asker):
        shown = (await house.http.get("/schema/openapi.json")).json()

        def example(path: str, method: str = "post") -> Any:
            return next(iter(examples_of(shown["paths"][path][method]).values()))

        for choice in ("duty", "tracking", "release"):
            path = f"/v1/practice/{choice}"
            await clinician.do("PUT", path, example(path, "put"))
        lines = example("/v1/practice/crisis-lines/{country}", "put")
        await clinician.do("PUT", "/v1/practice/crisis-lines/CH", lines)
        norms = example("/v1/practice/norms/{instrument}", "put")
        await clinician.do("PUT", "/v1/practice/norms/bdi2", norms)
        made = await clinician.do("POST", "/v1/clients", example("/v1/clients"))
        client = "/v1/clients/{client_id}"
        goal = "/v1/goals/{goal_id}"
        about = f"/v1/clients/{made['id']}"
        for entries in ("moods", "assessments"):
            await clinician.do("POST", f"{about}/{entries}", example(f"{client}/{entries}"))
        met = await clinician.do("POST", f"{about}/sessions", example(f"{client}/sessions"))
        for step in ("move", "cancel"):
            body = example("/v1/sessions/{session_id}/" + step)
            await clinician.do("POST", f"/v1/sessions/{met['id']}/{step}", body)
        made = await clinician.do("POST", f"{about}/goals", example(f"{client}/goals"))
        about = f"/v1/goals/{made['id']}"
        await clinician.do("POST", f"{about}/agree", example(f"{goal}/agree"))
        await clinician.do("POST", f"{about}/check-ins", example(f"{goal}/check-ins"))
        await clinician.do("POST", f"{about}/rest-days", example(f"{goal}/rest-days"))
        for part in ("deadline", "target", "statement"):
            await clinician.do("PUT", f"{about}/{part}", example(f"{goal}/{part}", "put"))
        await clinician.do("PUT", f"{about}/scale", example(f"{goal}/scale", "put"))
        await clinician.do("POST", f"{about}/level", example(f"{goal}/level"))
        for step in ("pause", "resume", "replace"):
            await clinician.do("POST", f"{about}/{step}", example(f"{goal}/{step}"))

    def test_has_schemas_that_refuse_unknown_fields(self):
        for _, path, operation in described():
            if "requestBody" not in operation:
                continue
            content = operation["requestBody"]["content"]["application/json"]
            schema = {**DOCUMENT, **content["schema"]}
            validator = validator_for(schema)
            for example in examples_of(operation).values():
                assert validator.is_valid(example), path
                assert not validator.is_valid({**example, "surprise": 1}), path

    def test_has_an_example_of_each_way_to_set_a_goal_and_to_answer_a_form(self):
        goals = examples_of(DOCUMENT["paths"]["/v1/clients/{client_id}/goals"]["post"]).values()
        assert {one["measure"]["type"] for one in goals if "measure" in one} == {
            measure.__struct_config__.tag for measure in get_args(Measure)
        }
        targets = [one["measure"]["target"]["type"] for one in goals if "target" in str(one)]
        assert {"percent_change", "band"} <= set(targets)
        assert any(one.get("by_next_session") for one in goals)
        assert any("template" in one for one in goals)
        path = "/v1/clients/{client_id}/assessments"
        forms = list(examples_of(DOCUMENT["paths"][path]["post"]).values())
        assert any(one["instrument"] == "phq9" and one.get("answers", [0])[-1] > 0 for one in forms)
        assert {0, "not_recorded"} <= {one.get("suicide_item") for one in forms}
        assert any(None in one.get("answers", ()) for one in forms)

    def test_says_which_kinds_come_with_numbers_and_who_is_told(self):
        schemas = DOCUMENT["components"]["schemas"]
        assert all(kind in schemas["Attention"]["description"] for kind in get_args(NoticeKind))
        assert "auditors" in schemas["ClientAnswer"]["description"]
        sessions = DOCUMENT["paths"]["/v1/clients/{client_id}/sessions"]["get"]
        assert "ahead" in sessions["description"]


class TestWhatGeneratorsMakeOfIt:
    def test_are_types_whose_names_are_identifiers_and_mean_nothing_else(self):
        taken = {*dir(builtins), *keyword.kwlist, *OF_JAVASCRIPT}
        for kind, components in DOCUMENT["components"].items():
            names = [name.lower() for name in components]
            assert len(names) == len(set(names)), kind
            for name in components:
                assert re.fullmatch("[A-Za-z][A-Za-z0-9]*", name), (kind, name)
                assert name not in taken, (kind, name)

    def test_are_fields_that_may_be_left_out_where_they_have_a_default(self):
        """A `default` makes generators ask for the field: it is told in words alone."""
        told = 0
        for name, schema in DOCUMENT["components"]["schemas"].items():
            for field, one in schema.get("properties", {}).items():
                assert "default" not in one, (name, field)
                if "Default: " in one.get("description", ""):
                    assert field not in schema.get("required", []), (name, field)
                    told += 1
        assert told > 150

    def test_are_words_that_say_which_default_it_is(self):
        fields = DOCUMENT["components"]["schemas"]["NewGoal"]["properties"]
        assert fields["by_next_session"]["description"] == "Default: false."
        assert fields["parameters"]["description"].endswith("by name. Default: {}.")
        fields = DOCUMENT["components"]["schemas"]["NewTemplate"]["properties"]
        assert fields["days"]["description"].endswith("Default: 28.")


class TestThePages:
    async def test_load_everything_from_here(self, house: House):
        for text in (PAGE, START):
            assert not re.findall(r"(?:https?:)?//[a-z]", text)
        addresses = re.findall(r'(?:src|href|url)(?:=|: )"([^"]+)"', PAGE + START)
        assert len(addresses) == 5
        for address in addresses:
            answer = await house.http.get(address)
            assert answer.status_code == 200, address
            assert answer.content
        page = await house.http.get("/schema")
        assert "default-src 'self'" in page.headers["content-security-policy"]

    async def test_explain_every_refusal(self, house: House):
        listed = (await house.http.get("/problems")).text
        for slug, refusal in catalogue().items():
            assert f'href="/problems/{slug}"' in listed
            page = await house.http.get(f"/problems/{slug}")
            assert page.status_code == 200
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert f"Status {status_of(refusal)}" in page.text
        codes = (await house.http.get("/schema/problems.json")).json()
        assert [one["type"] for one in codes] == [f"/problems/{slug}" for slug in catalogue()]
        assert all(one["status"] and one["title"] and one["detail"] for one in codes)
        unknown = await house.http.get("/problems/none-such")
        assert unknown.status_code == 404


class TestRefusals:
    def test_are_codes_in_the_document_each_at_its_status(self):
        listed = {
            (told["status"]["const"], code.removeprefix("/problems/"))
            for answer in DOCUMENT["components"]["responses"].values()
            for told in [answer["content"]["application/problem+json"]["schema"]["properties"]]
            for code in told["type"]["enum"]
        }
        known = {(status_of(refusal), slug) for slug, refusal in catalogue().items()}
        assert listed == {one for one in known if one[0] != 405}

    def test_are_sentences_with_a_status(self):
        for slug, refusal in catalogue().items():
            sentence = " ".join((refusal.__doc__ or "").split())
            assert sentence.endswith("."), slug
            assert len(sentence) < 160, slug
            assert 400 <= status_of(refusal) < 600, slug

    def test_are_all_in_the_catalogue(self):
        known = set(catalogue())
        assert "goal-not-open" in known
        assert "suggestion-outdated" in known
        assert "version-mismatch" in known
        assert len(known) > 40
        assert Rejected not in catalogue().values()
        assert len(STATUSES) > 15
