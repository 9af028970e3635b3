"""A refusal points at what was wrong, says so, and says what to do: body by body."""

import re
from string import Formatter
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from service.bodies import BodyInvalid, decode
from service.faults import PATTERNS
from service.openapi import body_of, operations
from service.pointing import place_of
from service.routes.goal_bodies import NewGoal, Replacement
from service.routes.templates import NewTemplate
from tests.days import day, in_days
from tests.service.answering import APP, SWIM
from tests.service.conftest import Asker, walking
from tests.service.in_one_house.test_suggestions import offer

GOALS = "/v1/clients/{client}/goals"
SCORES = "/v1/clients/{client}/assessments"
MOODS = "/v1/clients/{client}/moods"
MEETINGS = "/v1/clients/{client}/sessions"
TOLD = "/v1/subscriptions"
DIARY = {"name": "Diary", "url": "https://diary.example/cairn"}
WHY = {"reason": "So.", "client_agreed": True}
PERCENT = {"type": "percent_change", "percent": -50}
EDGE = "9999-12-31T23:59:59-23:59"


def score(**changes: Any) -> dict[str, Any]:
    return {"type": "score", "instrument": "bdi2", "baseline": 28, "target": PERCENT, **changes}


def aiming(target: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return walking(measure=score(target=target, **changes))


def more_often(**changes: Any) -> dict[str, Any]:
    measure = {"type": "relative_frequency", "percent": 25, "baseline": 4, "per": "week"}
    return walking(measure={**measure, "unit": "times", **changes})


def often(**changes: Any) -> dict[str, Any]:
    measure = {"type": "frequency", "amount": 3, "unit": "times", "per": "week"}
    return walking(measure={**measure, **changes})


def from_template(template: str, **parameters: Any) -> dict[str, Any]:
    return {
        "template": template,
        "parameters": parameters,
        "achievability": 6,
        "why": "I want my evenings back.",
    }


# What is sent, where the fault is said to be, and what is said of it.
REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    (GOALS, "POST", walking(due_on="9999-12-31"), "/due_on", "1900 to 2200"),
    (GOALS, "POST", walking(starts_on="1850-01-01"), "/starts_on", "1900 to 2200"),
    (GOALS, "POST", walking(due_on=in_days(-1)), "/due_on", "has passed"),
    (GOALS, "POST", walking(due_on=None), "/due_on", "send one of the two"),
    (GOALS, "POST", walking(starts_on=in_days(9), due_on=in_days(8)), "/due_on",
     "before the goal's first"),
    (GOALS, "POST", walking(zone="Mars/Olympus"), "/zone", "IANA"),
    (GOALS, "POST", walking(statement=" "), "/statement", "not blank"),
    ("/v1/clients", "POST", {"display_name": "A", "zone": "UTC", "language": "English"},
     "/language", "such as es"),
    ("/v1/clients", "POST", {"display_name": "A", "zone": "UTC", "country": "ch"}, "/country",
     "such as CH"),
    (GOALS, "POST", walking(measure=None), "/measure", "required"),
    (GOALS, "POST", walking(measure=score(baseline=64)), "/measure/baseline", "from 0 to 63"),
    (GOALS, "POST", walking(measure=score(instrument="x")), "/measure/instrument", "No instrument"),
    (GOALS, "POST", aiming({"type": "value", "value": 64}), "/measure/target", "0 to 63"),
    (GOALS, "POST", aiming({"type": "value", "value": 40}), "/measure/target", "the lower one"),
    (GOALS, "POST", aiming({"type": "band", "band": "x"}), "/measure/target/band", "no band"),
    (GOALS, "POST", aiming({"type": "band", "band": "minimal"}, baseline=9), "/measure/target/band",
     "lies in this band already"),
    (GOALS, "POST", aiming({"type": "band", "band": "minimal", "value": 2}),
     "/measure/target/value", "leave it out"),
    (GOALS, "POST", aiming({"type": "value"}), "/measure/target/value", "required"),
    (GOALS, "POST", aiming({"type": "x"}), "/measure/target/type", "percent_change, value"),
    (GOALS, "POST", often(minimum=3), "/measure/minimum", "lower it"),
    (GOALS, "POST", often(source="mood_entries", unit="minutes"), "/measure/unit", "no minutes"),
    (GOALS, "POST", often(amount=0), "/measure/amount", "Expected"),
    (GOALS, "POST", more_often(baseline=None), "/measure/baseline", "send one of the two"),
    (GOALS, "POST", more_often(baseline=None, baseline_from_on="0001-01-01"),
     "/measure/baseline_from_on", "1900 to 2200"),
    (GOALS, "POST", more_often(baseline=None, baseline_from_on=in_days(-3)),
     "/measure/baseline_from_on", "seven days"),
    (GOALS, "POST", more_often(over_periods=20), "/measure/over_periods", "take fewer"),
    (GOALS, "POST", more_often(percent=900, baseline=1400), "/measure/percent", "smaller"),
    (GOALS, "POST", walking(by_next_session=True), "/due_on", "send one of the two"),
    (GOALS, "POST", from_template("no_such"), "/template", "list of templates"),
    (GOALS, "POST", from_template("half_the_score"), "/parameters/baseline", "needs a value"),
    (GOALS, "POST", from_template("half_the_score", baseline="x"), "/parameters/baseline", "range"),
    (GOALS, "POST", from_template("half_the_score", baseline=28, weeks=900), "/parameters/weeks",
     "range"),
    (GOALS, "POST", from_template("half_the_score", baseline=28.5), "/parameters/baseline",
     "from 0 to 63"),
    (GOALS, "POST", {**from_template("social_activities_up"), "starts_on": in_days(3)},
     "/starts_on", "Fewer than seven days"),
    (GOALS, "POST", {**from_template("social_activities_up", weeks=6), "starts_on": in_days(3)},
     "/starts_on", "Fewer than seven days"),
    ("/v1/goals/{goal}/reopen", "POST", {}, "/reason", "required"),
    ("/v1/templates", "POST",
     {**SWIM, "wording": {"en": {**SWIM["wording"]["en"], "title": "{x}"}}},
     "/wording", "statement's alone"),
    (GOALS, "POST", from_template("half_the_score", baseline=[]), "/parameters/baseline",
     "Expected"),
    (GOALS, "POST", walking(parameters={"weeks": 8}), "/parameters", "belong to a template"),
    (SCORES, "POST", {"instrument": "phq9"}, "/answers", "at the least"),
    (SCORES, "POST", {"instrument": "phq9", "answers": [0] * 8}, "/answers", "and 8 answers"),
    (SCORES, "POST", {"instrument": "phq9", "answers": [0, 0, 4, *[0] * 6]}, "/answers/2",
     "Item 3 is answered from 0 to 3"),
    (SCORES, "POST", {"instrument": "phq9", "answers": [0, "x"]}, "/answers/1", "Expected"),
    (SCORES, "POST", {"instrument": "gad7", "total": 22}, "/total", "from 0 to 21"),
    (SCORES, "POST", {"instrument": "phq8", "answers": [0] * 8, "total": 1}, "/total", "computed"),
    (SCORES, "POST", {"instrument": "x", "total": 1}, "/instrument", "list of instruments"),
    (SCORES, "POST", {"instrument": "bdi2", "total": 1}, "/suicide_item", "say in"),
    (SCORES, "POST", {"instrument": "gad7", "total": 1, "occurred_at": f"{in_days(2)}T00:00:00Z"},
     "/occurred_at", "ahead"),
    (MOODS, "POST", {"rating": 5, "occurred_at": EDGE}, "/occurred_at", "1900 to 2200"),
    (MOODS, "POST", {"rating": 5, "occurred_at": f"{in_days(-1)}T09:00:00"}, "/occurred_at",
     "offset"),
    (MEETINGS, "POST", {"starts_at": EDGE}, "/starts_at", "1900 to 2200"),
    (MEETINGS, "POST", {"starts_at": f"{in_days(900)}T09:00:00Z"}, "/starts_at", "two years"),
    (MEETINGS, "POST", {"starts_at": f"{in_days(9)}T09:00:00"}, "/starts_at", "no offset"),
    ("/v1/clients", "POST", {"display_name": "A", "zone": "Mars"}, "/zone", "IANA"),
    ("/v1/goals/{goal}/deadline", "PUT", {"due_on": "9999-12-31", **WHY}, "/due_on", "1900"),
    ("/v1/goals/{goal}/deadline", "PUT", {"due_on": in_days(4000), **WHY}, "/due_on", "five years"),
    ("/v1/goals/{goal}/target", "PUT", {"measure": score(baseline=-1), **WHY},
     "/measure/baseline", "from 0 to 63"),
    ("/v1/goals/{goal}/target", "PUT", {"measure": often(reserve=99)["measure"], **WHY},
     "/measure/reserve", "smaller"),
    ("/v1/goals/{goal}/replace", "POST", {"goal": walking(due_on=in_days(-1)), "reason": "So."},
     "/goal/due_on", "has passed"),
    ("/v1/goals/{goal}/replace", "POST", {"goal": often(minimum=9), "reason": "So."},
     "/goal/measure/minimum", "lower it"),
    ("/v1/goals/{goal}/replace", "POST",
     {"goal": from_template("half_the_score", weeks=8), "reason": "So."},
     "/goal/parameters/baseline", "needs a value"),
    ("/v1/goals/{goal}/rest-days", "POST", {"on": in_days(900), "reason": "Away."}, "/on",
     "between"),
    ("/v1/goals/{goal}/check-ins", "POST", {"amount": 1, "occurred_at": EDGE}, "/occurred_at",
     "1900 to 2200"),
    ("/v1/goals/{scaled}/level", "POST", {"level": 1, "on": in_days(1)}, "/on", "ahead"),
    ("/v1/goals/{scaled}/level", "POST", {"level": 1, "on": "0001-01-01"}, "/on", "1900"),
    ("/v1/goals/{scaled}/level", "POST", {"level": 3}, "/level", "<= 2"),
    ("/v1/goals/{scaled}/scale", "PUT", {"levels": ["a"] * 4}, "/levels", "length"),
    ("/v1/goals/{goal}/agree", "POST", {"parties": ["both"]}, "/parties/0", "client, clinician"),
    ("/v1/goals/{goal}/statement", "PUT", {"statement": "", **WHY}, "/statement", "length"),
    ("/v1/goals/{goal}/pause", "POST", {"reason": "x" * 501}, "/reason", "length"),
    ("/v1/goals/{goal}/resume", "POST", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/goals/{goal}/reach", "POST", {"note": 1}, "/note", "Expected str"),
    ("/v1/goals/{goal}/close", "POST", {"reason": "x"}, "/reason", "circumstances_changed"),
    ("/v1/goals/{goal}/replace", "POST", {"goal": walking(zone="Mars"), "reason": "So."},
     "/goal/zone", "IANA"),
    ("/v1/goals/review", "POST", {"achievability": 11}, "/achievability", "<= 10"),
    ("/v1/clients/{client}", "PATCH", {"zone": "Mars"}, "/zone", "IANA"),
    ("/v1/clients/{client}/discharge", "POST", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/moods/{mood}", "PUT", {"rating": 11}, "/rating", "<= 10"),
    ("/v1/moods/{mood}", "PUT", {"rating": 5, "occurred_at": f"{in_days(3)}T00:00:00Z"},
     "/occurred_at", "ahead"),
    ("/v1/moods/{mood}", "DELETE", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/check-ins/{check_in}", "PUT", {"amount": -1}, "/amount", ">= 0"),
    ("/v1/assessments/{form}", "PUT", {"total": 22}, "/total", "from 0 to 21"),
    ("/v1/assessments/{form}", "PUT", {"answers": [0] * 6}, "/answers", "and 6 answers"),
    ("/v1/sessions/{session}/move", "POST", {"starts_at": f"{in_days(-1)}T09:00:00Z"}, "/starts_at",
     "gone by"),
    ("/v1/sessions/{session}/move", "POST", {"starts_at": EDGE}, "/starts_at", "1900 to 2200"),
    ("/v1/suggestions/{suggestion}/accept", "POST", {"option": 4}, "/option", "no such option"),
    ("/v1/suggestions/{suggestion}/edit", "POST", {"sentences": ["a", ""]}, "/sentences/1",
     "length"),
    ("/v1/clients/{client}/safety-flags/{flag}/act", "POST", {}, "/action", "required"),
    ("/v1/clients/{client}/safety-flags/{flag}/close", "POST", {"reason": "x"}, "/outcome",
     "required"),
    ("/v1/templates", "POST", {**SWIM, "measure": often(reserve=40)["measure"]},
     "/measure/reserve", "smaller"),
    ("/v1/templates", "POST", {**SWIM, "wording": {"en": {**SWIM["wording"]["en"], "why": 1}}},
     "/wording/en/why", "Expected str"),
    ("/v1/templates", "POST", {**SWIM, "parameters": [{"type": "number"}]}, "/parameters/0/name",
     "required"),
    ("/v1/check-ins/{check_in}", "DELETE", {"reason": ""}, "/reason", "length"),
    ("/v1/assessments/{form}", "DELETE", {"reason": " "}, "/reason", "blank"),
    ("/v1/sessions/{session}/cancel", "POST", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/suggestions/{suggestion}/dismiss", "POST", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/templates/half_the_score/retire", "POST", {"reason": 1}, "/reason", "Expected str"),
    ("/v1/practice", "PATCH", {"zone": "Mars"}, "/zone", "IANA"),
    ("/v1/practice/crisis-lines/CH", "PUT", {"lines": [{"name": "A", "reach": ""}]},
     "/lines/0/reach", "length"),
    ("/v1/practice/duty", "PUT", {"people": [{"subject": "a", "name": ""}]}, "/people/0/name",
     "length"),
    ("/v1/practice/duty", "PUT", {"people": [{"subject": "a", "name": "A"}] * 2},
     "/people/1/subject", "twice"),
    ("/v1/practice/norms/bdi2", "PUT", {"cut_off": 64, "source": "S"}, "/cut_off", "outside"),
    ("/v1/practice/norms/bdi2", "PUT", {"cut_off": 14}, "/source", "required"),
    ("/v1/practice/tracking", "PUT", {"weeks_without_change": 0}, "/weeks_without_change", ">= 1"),
    ("/v1/practice/release", "PUT", {"automatic": "yes"}, "/automatic", "Expected bool"),
    (TOLD, "POST", {"name": "Diary"}, "/url", "webhook's url, or the subject"),
    (TOLD, "POST", {**DIARY, "url": "http://diary.example"}, "/url", "https"),
    (TOLD, "POST", {**DIARY, "url": "https://127.1/"}, "/url", "private network"),
    (TOLD, "POST", {**DIARY, "app": "a b"}, "/app", "as in its token"),
    (TOLD, "POST", {"name": "D", "app": "diary", "payload": "full"}, "/payload", "signed"),
    (TOLD, "POST", {**DIARY, "types": ["mood.felt.v1"]}, "/types", "all of a category"),
    (TOLD, "POST", {**DIARY, "categories": ["moods"]}, "/categories", "or a category"),
    (TOLD, "POST", {**DIARY, "goals": [str(uuid4())]}, "/goals/0", "not one of this"),
    (TOLD, "POST", {**DIARY, "clients": [str(uuid4())]}, "/clients/0", "not one of this"),
    (TOLD, "POST", {**DIARY, "after": 9_999}, "/after", "not come that far"),
    (TOLD, "POST", {**DIARY, "since": f"{in_days(-1)}T00:00:00"}, "/since", "Expected"),
    (TOLD, "POST", {**DIARY, "since": f"{in_days(1)}T00:00:00Z"}, "/since", "still to come"),
    (TOLD, "POST", {**DIARY, "after": 1, "since": f"{in_days(-1)}T00:00:00Z"}, "/since", "one of"),
    (f"{TOLD}/{{subscription}}/pause", "POST", {"reason": 1}, "/reason", "Expected str"),
    (f"{TOLD}/{{subscription}}", "DELETE", {"reason": 1}, "/reason", "Expected str"),
    (f"{TOLD}/{{subscription}}/rotate-secret", "POST", {"previous_for_hours": 169},
     "/previous_for_hours", "<= 168"),
    (f"{TOLD}/{{subscription}}/replay", "POST", {"after": 0}, "/after", "begins after"),
    (f"{TOLD}/{{subscription}}/replay", "POST", {"after": 9_999}, "/after", "not come that far"),
    (f"{TOLD}/{{subscription}}/dead-letters/replay", "POST", {"numbers": [0]}, "/numbers/0",
     ">= 1"),
    (f"{TOLD}/{{subscription}}/dead-letters/replay", "POST", {"numbers": [2**63]}, "/numbers/0",
     "<= 4611686018427387904"),
]  # fmt: skip


async def made(clinician: Asker, kind: str, client_id: str, goal_id: str) -> str:
    """Something of a kind, for a path to be about: its id."""
    about = f"/v1/clients/{client_id}"
    if kind == "suggestion":
        return await offer(clinician.house, client_id, goal_id)
    if kind == "flag":
        form = {"instrument": "phq9", "answers": [*[0] * 8, 1]}
        return str((await clinician.do("POST", f"{about}/assessments", form))["flag_id"])
    if kind == "subscription":
        return str((await clinician.do("POST", TOLD, DIARY))["id"])
    path, body = {
        "mood": (f"{about}/moods", {"rating": 5}),
        "check_in": (f"/v1/goals/{goal_id}/check-ins", {"amount": 5}),
        "form": (f"{about}/assessments", {"instrument": "gad7", "total": 5}),
        "session": (f"{about}/sessions", {"starts_at": f"{day(5)}T09:00:00Z"}),
    }[kind]
    return str((await clinician.do("POST", path, body))["id"])


@pytest.mark.parametrize(
    ("path", "method", "body", "pointer", "words"), REFUSED, ids=lambda one: str(one)[:60]
)
async def test_points_at_the_fault(
    clinician: Asker, path: str, method: str, body: dict[str, Any], pointer: str, words: str
) -> None:
    ids = {"client": await clinician.enrol()}
    asked = [name for _, name, _, _ in Formatter().parse(path) if name and name not in ids]
    if asked:
        ids["goal"] = ids["scaled"] = await clinician.set_goal(ids["client"])
    for kind in asked:
        if kind == "scaled":
            levels = {"levels": ["a", "b", "c", "d", "e"]}
            await clinician.do("PUT", f"/v1/goals/{ids['scaled']}/scale", levels)
        elif kind not in ids:
            ids[kind] = await made(clinician, kind, ids["client"], ids["goal"])
    answer = await clinician.ask(method, path.format(**ids), body)
    problem = answer.json()
    assert answer.status_code == 422, problem
    assert problem["pointer"] == pointer, problem
    assert problem["faults"][0]["pointer"] == pointer, problem
    assert problem["faults"][0]["detail"] == problem["detail"], problem
    assert words in problem["detail"], problem


def test_every_body_with_a_field_is_in_the_table() -> None:
    def shape(path: str) -> str:
        filled = re.sub("bdi2|CH|half_the_score", "{}", path)
        return re.sub(r"\{[^}]*\}", "{}", filled)

    tried = {(method, shape(path)) for path, method, *_ in REFUSED}
    taken = {
        (method.upper(), shape(path))
        for path, method, handler, _ in operations(APP)
        if (body := body_of(handler)) is not None and body.__struct_fields__
    }
    assert taken - tried == set()


async def test_names_the_header_where_no_id_was_sent(clinician: Asker) -> None:
    path = f"/v1/clients/{await clinician.enrol()}/moods"
    key = str(uuid4())
    await clinician.do("POST", path, {"rating": 5}, Idempotency_Key=key)
    problem = (await clinician.ask("POST", path, {"rating": 6}, Idempotency_Key=key)).json()
    assert problem["type"] == "/problems/content-mismatch"
    assert problem["parameter"] == "Idempotency-Key"
    assert "pointer" not in problem
    chosen = {"rating": 6, "id": key}
    assert (await clinician.ask("POST", path, chosen)).json()["pointer"] == "/id"


async def test_carries_the_facts_for_other_words(clinician: Asker) -> None:
    path = f"/v1/clients/{await clinician.enrol()}/assessments"
    sent = {"instrument": "phq8", "answers": [0, 0, 0, 0, 0, 0, 0, 9]}
    problem = (await clinician.ask("POST", path, sent)).json()
    assert problem["type"] == "/problems/answer-outside-the-item"
    assert problem["facts"] == {"item": 8, "highest": 3}


def test_every_pattern_of_a_body_is_put_into_words() -> None:
    bodies = [
        body
        for _, _, handler, _ in operations(APP)
        if (body := body_of(handler)) is not None and body.__struct_fields__
    ]
    _, schemas = msgspec.json.schema_components(bodies)
    patterns = set(re.findall(r"'pattern': ('[^']*')", str(schemas)))
    assert patterns
    assert patterns - set(PATTERNS) == set()


class TestAMap:
    """msgspec leaves the key out; whoever has sent the body looks for it."""

    def refused(self, body: bytes, type_: Any = NewTemplate) -> BodyInvalid:
        with pytest.raises(BodyInvalid) as refused:
            decode(body, type_)
        return refused.value

    def test_is_pointed_into_by_its_key(self) -> None:
        body = b'{"category":"pleasure","wording":{"en":{"title":"a","statement":"b","why":"c"},'
        refused = self.refused(body + b'"es":{"title":"a","statement":1,"why":"c"}}}')
        assert refused.faults[0].pointer == "/wording/es/statement"
        refused = self.refused(body + b'"es":{"title":"a","why":"c"}}}')
        assert refused.faults[0].pointer == "/wording/es/statement"
        refused = self.refused(body + b'"es":"x"}}')
        assert refused.faults[0].pointer == "/wording/es"

    def test_keeps_a_key_to_itself_that_is_no_name(self) -> None:
        refused = self.refused(b'{"category":"pleasure","wording":{"She said no":1}}')
        assert refused.faults[0].pointer == "/wording"

    def test_is_pointed_at_where_the_key_itself_is_wrong(self) -> None:
        body = b'{"achievability":5,"why":"x","parameters":{"///":1}}'
        assert self.refused(body, NewGoal).faults[0].pointer == "/parameters"
        body = b'{"goal":{"achievability":5,"why":"x","parameters":{"a":1,"b":[]}},"reason":"x"}'
        assert self.refused(body, Replacement).faults[0].pointer == "/goal/parameters/b"


class TestPlaceOf:
    def test_is_what_was_said_in_place_of_the_field(self) -> None:
        made = NewGoal(achievability=5, why="x", template="t", parameters={"weeks": 3})
        assert place_of("/measure/reserve", made).pointer == "/parameters"
        whole = Replacement(goal=made, reason="x")
        assert place_of("/measure/weeks", made).pointer == "/parameters/weeks"
        alone = NewGoal(achievability=5, why="x", template="t")
        assert place_of("/measure/reserve", alone).pointer == "/template"
        assert place_of("/measure/reserve", whole).pointer == "/goal/parameters"

    def test_is_the_parameter_of_a_request_without_a_body(self) -> None:
        assert place_of("/from", None).parameter == "from"

    def test_is_nowhere_where_nothing_like_it_was_asked_for(self) -> None:
        found = place_of("/nowhere", NewGoal(achievability=5, why="x"))
        assert not isinstance(found.pointer, str)
        assert not isinstance(found.parameter, str)
