"""Whoever breaks two rules about values in one body is told both at once: body by body."""

import re
from string import Formatter
from typing import Any

import pytest

from service.openapi import body_of, operations
from tests.days import in_days
from tests.service.answering import APP, SWIM
from tests.service.conftest import Asker, walking
from tests.service.in_one_house.test_pointers import (
    GOALS,
    MEETINGS,
    MOODS,
    SCORES,
    TOLD,
    WHY,
    aiming,
    from_template,
    made,
    more_often,
    often,
    score,
)

FAR = "2300-01-01T00:00:00Z"
# A UUID of version 1, which is not for a caller to choose.
OURS = "c232ab00-9414-11ec-b3c8-9f6bdeced846"
NO_ID = ("/id", "id-not-choosable")
NO_ZONE = ("/zone", "unknown-zone")
OVER = ("/due_on", "deadline-in-the-past")
NO_YEAR = ("/occurred_at", "time-out-of-range")
LOW = ("/measure/baseline", "baseline-outside-the-instrument")
NO_BAND = ("/measure/target/band", "unknown-band")
LARGE = ("/measure/minimum", "minimum-too-large")
NORMS = "/v1/practice/norms"
WORDS = SWIM["wording"]["en"]
NUMBER = {
    "type": "number",
    "name": "times",
    "meaning": {"en": "How often"},
    "unit": "times",
    "minimum": 1,
    "maximum": 7,
}


def swimming(
    *parameters: dict[str, Any], wording: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    worded = {"en": {**WORDS, **(wording or {})}}
    return {**SWIM, "wording": worded, "parameters": list(parameters), **changes}


def bands(*ends: tuple[str, int, int]) -> dict[str, Any]:
    named = [{"id": id_, "name": id_, "minimum": low, "maximum": high} for id_, low, high in ends]
    return {"source": "S", "bands": named}


# What is sent, and where each of its faults is, by which rule.
BROKEN: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    (GOALS, "POST",
     walking(zone="Mars", due_on=in_days(-2), id=OURS, measure=often(
         minimum=3, unit="minutes", source="mood_entries")["measure"]),
     [NO_ZONE, OVER, LARGE, ("/measure/unit", "mood-entries-are-counted"), NO_ID]),
    (GOALS, "POST", walking(starts_on="1850-01-01", due_on=in_days(-2)),
     [("/starts_on", "time-out-of-range"), OVER]),
    (GOALS, "POST",
     walking(starts_on=in_days(-3), measure=often(
         reserve=99, minimum=3, source="mood_entries")["measure"]),
     [LARGE, ("/measure/reserve", "reserve-too-large"),
      ("/starts_on", "mood-entries-count-from-today")]),
    (GOALS, "POST", walking(zone="Mars", starts_on=in_days(0), measure=often(
        reserve=99)["measure"]), [NO_ZONE, ("/measure/reserve", "reserve-too-large")]),
    (GOALS, "POST", {**aiming({"type": "band", "band": "x"}, baseline=64), "zone": "Mars"},
     [NO_BAND, LOW, NO_ZONE]),
    (GOALS, "POST",
     {**aiming({"type": "band", "band": "minimal", "value": 2}, baseline=64), "id": OURS},
     [("/measure/target/value", "band-value-differs"), LOW, NO_ID]),
    (GOALS, "POST", aiming({"type": "value", "value": 70}, baseline=64),
     [LOW, ("/measure/target", "target-outside-the-instrument")]),
    (GOALS, "POST", walking(measure=score(instrument="promis_depression_t", baseline=500)),
     [("/measure/target", "percent-of-no-zero"), LOW]),
    (GOALS, "POST", more_often(baseline=None, over_periods=20),
     [("/measure/baseline", "baseline-unclear"),
      ("/measure/over_periods", "window-longer-than-the-goal")]),
    (GOALS, "POST", {**more_often(baseline=None), "due_on": in_days(-2)},
     [OVER, ("/measure/baseline", "baseline-unclear")]),
    (GOALS, "POST", {**often(minimum=3), "by_next_session": True, "zone": "Mars", "id": OURS},
     [("/due_on", "deadline-not-one"), NO_ZONE, LARGE, NO_ID]),
    (GOALS, "POST",
     {**from_template("half_the_score", baseline="x", other=1), "zone": "Mars",
      "starts_on": "1850-01-01", "due_on": in_days(-2), "id": OURS},
     [NO_ZONE, ("/parameters/other", "parameter-unknown"),
      ("/parameters/baseline", "parameter-does-not-fit"), ("/starts_on", "time-out-of-range"),
      OVER, NO_ID]),
    (GOALS, "POST", {**from_template("half_the_score", weeks=900), "by_next_session": True,
                     "due_on": in_days(9)},
     [("/parameters/baseline", "parameter-missing"),
      ("/parameters/weeks", "parameter-does-not-fit"),
      ("/by_next_session", "length-is-told"), ("/due_on", "deadline-not-one")]),
    (GOALS, "POST", {**from_template("no_such"), "zone": "Mars", "due_on": in_days(-2),
                     "measure": often(minimum=3)["measure"]},
     [("/template", "template-unknown"), NO_ZONE, OVER, LARGE]),
    ("/v1/goals/review", "POST",
     {"zone": "Mars", "due_on": in_days(-2), "starts_on": "1850-01-01",
      "measure": often(minimum=3, unit="minutes", source="mood_entries")["measure"]},
     [NO_ZONE, ("/starts_on", "time-out-of-range"), OVER, LARGE,
      ("/measure/unit", "mood-entries-are-counted")]),
    ("/v1/goals/review", "POST",
     {"template": "half_the_score", "parameters": {"baseline": "x"}, "due_on": in_days(-2),
      "measure": score(baseline=64, target={"type": "band", "band": "x"})},
     [("/parameters/baseline", "parameter-does-not-fit"), OVER, LOW, NO_BAND]),
    ("/v1/goals/review", "POST",
     {"due_on": in_days(9), "by_next_session": True, "measure": often(minimum=3)["measure"]},
     [("/due_on", "deadline-not-one"), LARGE]),
    ("/v1/goals/{goal}/replace", "POST",
     {"goal": walking(zone="Mars", due_on=in_days(-2), id=OURS), "reason": "So."},
     [("/goal/id", "id-not-choosable"), ("/goal/zone", "unknown-zone"),
      ("/goal/due_on", "deadline-in-the-past")]),
    ("/v1/goals/{goal}/replace", "POST",
     {"goal": {**often(minimum=3), "id": "{goal}", "due_on": in_days(-2)}, "reason": "So."},
     [("/goal/id", "replaced-by-itself"), ("/goal/due_on", "deadline-in-the-past"),
      ("/goal/measure/minimum", "minimum-too-large")]),
    ("/v1/goals/{goal}/replace", "POST",
     {"goal": {**aiming({"type": "band", "band": "x"}), "id": "{goal}", "zone": "Mars"},
      "reason": "So."},
     [("/goal/measure/target/band", "unknown-band"), ("/goal/zone", "unknown-zone"),
      ("/goal/id", "replaced-by-itself")]),
    ("/v1/goals/{goal}/target", "PUT",
     {"measure": often(minimum=3, reserve=99)["measure"], **WHY},
     [LARGE, ("/measure/reserve", "reserve-too-large")]),
    ("/v1/goals/{goal}/target", "PUT",
     {"measure": score(baseline=64, target={"type": "band", "band": "x"}), **WHY}, [NO_BAND, LOW]),
    ("/v1/goals/{goal}/target", "PUT",
     {"measure": score(baseline=64, target={"type": "value", "value": 70}), **WHY},
     [LOW, ("/measure/target", "target-outside-the-instrument")]),
    ("/v1/clients", "POST", {"display_name": "A", "zone": "Mars", "id": OURS}, [NO_ID, NO_ZONE]),
    (MOODS, "POST", {"rating": 5, "occurred_at": FAR, "id": OURS}, [NO_ID, NO_YEAR]),
    ("/v1/goals/{goal}/check-ins", "POST", {"amount": 5, "occurred_at": FAR, "id": OURS},
     [NO_ID, NO_YEAR]),
    (MEETINGS, "POST", {"starts_at": FAR, "id": OURS},
     [NO_ID, ("/starts_at", "time-out-of-range")]),
    (SCORES, "POST",
     {"instrument": "phq9", "answers": [0, 4, 0, 9, *[0] * 5], "total": 99, "suicide_item": 1,
      "occurred_at": FAR, "id": OURS},
     [NO_ID, ("/total", "score-outside-the-instrument"),
      ("/answers/1", "answer-outside-the-item"), ("/answers/3", "answer-outside-the-item"),
      ("/suicide_item", "suicide-item-not-asked"), NO_YEAR]),
    (SCORES, "POST", {"instrument": "phq9", "total": 99, "suicide_item": 4},
     [("/total", "score-outside-the-instrument"), ("/suicide_item", "suicide-item-out-of-range")]),
    (SCORES, "POST", {"instrument": "bdi2", "total": 99, "difficulty": 1},
     [("/total", "score-outside-the-instrument"), ("/suicide_item", "suicide-item-required"),
      ("/difficulty", "difficulty-not-asked")]),
    (SCORES, "POST", {"instrument": "bdi2", "total": 99, "answers": [0], "suicide_item": 0},
     [("/total", "score-outside-the-instrument"), ("/answers", "answers-not-kept")]),
    ("/v1/assessments/{form}", "PUT",
     {"total": 99, "answers": [0] * 6, "suicide_item": 0, "occurred_at": FAR},
     [("/total", "score-outside-the-instrument"), ("/answers", "answers-do-not-fit"),
      ("/suicide_item", "suicide-item-not-asked"), NO_YEAR]),
    ("/v1/templates", "POST",
     swimming({**NUMBER, "example": 9}, wording={"title": "{x}", "statement": "Swim {y}"},
              measure=often(reserve=99)["measure"], id=OURS),
     [NO_ID, ("/parameters", "parameter-range-empty"), ("/wording", "words-name-no-parameter"),
      ("/wording", "open-place-in-title"), ("/measure/reserve", "reserve-too-large")]),
    ("/v1/templates", "POST",
     swimming({**NUMBER, "whole": False, "fills": "days"}, {**NUMBER, "name": "b", "default": 8,
                                                            "fills": "target"}),
     [("/parameters", "parameter-without-example"), ("/parameters", "length-not-whole"),
      ("/parameters", "parameter-range-empty"), ("/parameters", "parameter-fills-nothing")]),
    ("/v1/templates", "POST", swimming(NUMBER, {**NUMBER, "default": 2}, wording={"why": "{x}"}),
     [("/parameters", "parameters-alike"), ("/parameters", "parameter-without-example"),
      ("/wording", "open-place-in-title")]),
    ("/v1/practice/duty", "PUT",
     {"people": [{"subject": one, "name": "A"} for one in ("a b", "dr-elm", "dr-elm", "c d")]},
     [("/people/0/subject", "duty-subject-not-staff"),
      ("/people/2/subject", "duty-names-somebody-twice"),
      ("/people/3/subject", "duty-subject-not-staff")]),
    ("/v1/practice/crisis-lines/AQ", "PUT",
     {"lines": [], "reviewed_on": in_days(3), "reviewed_by": "Dr Elm"},
     [("/reviewed_on", "review-day-not-believable"), ("/lines", "no-lines-to-review")]),
    (f"{NORMS}/bdi2", "PUT",
     {"source": "S", "cut_off": 64, "remission": 80, "noticed_change": {"points": 90},
      "missing_allowed": 2, "standard_deviation": 90, "reliability_kind": "test_retest"},
     [("/cut_off", "cut-off-outside-the-instrument"),
      ("/remission", "remission-outside-the-instrument"),
      ("/noticed_change/points", "noticed-change-too-large"),
      ("/missing_allowed", "no-prorated-value"), ("/reliability_kind", "reliability-left-out"),
      ("/standard_deviation", "deviation-too-large")]),
    (f"{NORMS}/bdi2", "PUT", {"source": "S", "cut_off": 64, "reliable_change": 900},
     [("/cut_off", "cut-off-outside-the-instrument"),
      ("/reliable_change", "reliable-change-too-large")]),
    (f"{NORMS}/promis_depression_t", "PUT",
     {"source": "S", "response_percent": 50, "noticed_change": {"points": 900, "percent": 5}},
     [("/noticed_change/points", "noticed-change-too-large"),
      ("/noticed_change/percent", "noticed-percent-of-no-zero"),
      ("/response_percent", "response-of-no-zero")]),
    (f"{NORMS}/bdi2", "PUT", bands(("a", 1, 13), ("a", 15, 70), ("c", 99, 63)),
     [("/bands/0/minimum", "bands-do-not-cover-the-range"), ("/bands/1/id", "band-id-taken"),
      ("/bands/1/minimum", "bands-do-not-cover-the-range"),
      ("/bands/1/maximum", "band-ends-nowhere"), ("/bands/2/maximum", "band-ends-nowhere")]),
    (TOLD, "POST",
     {"name": "D", "url": "http://10.0.0.1/x", "types": ["x"], "after": 9_999, "id": OURS},
     [("/types", "event-type-unknown"), ("/after", "position-ahead"), NO_ID,
      ("/url", "url-not-encrypted"), ("/url", "url-not-public")]),
    (TOLD, "POST", {"name": "D", "since": "2199-01-01T00:00:00Z", "clients": [OURS]},
     [("/clients/0", "chosen-unknown"), ("/since", "since-ahead"), ("/url", "nobody-to-tell")]),
    (TOLD, "POST", {"name": "D", "app": "d", "payload": "full", "after": 9_999},
     [("/after", "position-ahead"), ("/payload", "full-needs-webhook")]),
    (TOLD, "POST", {"name": "D", "url": "https://10.0.0.1/x", "id": OURS},
     [NO_ID, ("/url", "url-not-public")]),
]  # fmt: skip

# Bodies of which one field at most is judged by a rule, and all others by the document alone.
ONE_RULE = {
    ("DELETE", "/v1/assessments/{}"),
    ("DELETE", "/v1/check-ins/{}"),
    ("DELETE", "/v1/moods/{}"),
    ("DELETE", "/v1/subscriptions/{}"),
    ("PATCH", "/v1/clients/{}"),  # The zone: of a country the state of the record is asked.
    ("PATCH", "/v1/practice"),  # As above.
    ("POST", "/v1/clients/{}/discharge"),
    ("POST", "/v1/clients/{}/safety-flags/{}/act"),
    ("POST", "/v1/clients/{}/safety-flags/{}/close"),
    ("POST", "/v1/goals/{}/agree"),
    ("POST", "/v1/goals/{}/close"),
    ("POST", "/v1/goals/{}/level"),
    ("POST", "/v1/goals/{}/pause"),
    ("POST", "/v1/goals/{}/reach"),
    ("POST", "/v1/goals/{}/reopen"),
    ("POST", "/v1/goals/{}/rest-days"),
    ("POST", "/v1/goals/{}/resume"),
    ("POST", "/v1/sessions/{}/cancel"),
    ("POST", "/v1/sessions/{}/move"),
    ("POST", "/v1/subscriptions/{}/dead-letters/replay"),
    ("POST", "/v1/subscriptions/{}/pause"),
    ("POST", "/v1/subscriptions/{}/replay"),
    ("POST", "/v1/subscriptions/{}/rotate-secret"),
    ("POST", "/v1/suggestions/{}/accept"),  # What an option says is tried below.
    ("POST", "/v1/suggestions/{}/dismiss"),
    ("POST", "/v1/suggestions/{}/edit"),
    ("POST", "/v1/templates/{}/retire"),
    ("PUT", "/v1/check-ins/{}"),
    ("PUT", "/v1/goals/{}/deadline"),
    ("PUT", "/v1/goals/{}/scale"),
    ("PUT", "/v1/goals/{}/statement"),
    ("PUT", "/v1/moods/{}"),
    ("PUT", "/v1/practice/release"),
    ("PUT", "/v1/practice/tracking"),
}


def filled(body: Any, ids: dict[str, str]) -> Any:
    """The body with the ids in their places."""
    match body:
        case dict():
            return {name: filled(one, ids) for name, one in body.items()}
        case "{goal}":
            return ids["goal"]
    return body


def told(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["pointer"], one["type"].removeprefix("/problems/")) for one in problem["faults"]]


@pytest.mark.parametrize(
    ("path", "method", "body", "faults"), BROKEN, ids=lambda one: str(one)[:60]
)
async def test_is_told_beside_the_others(
    clinician: Asker, path: str, method: str, body: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    ids = {"client": await clinician.enrol()}
    for _, kind, _, _ in Formatter().parse(path):
        if kind and kind not in ids:
            ids["goal"] = ids.get("goal") or await clinician.set_goal(ids["client"])
        if kind and kind not in ids:
            ids[kind] = await made(clinician, kind, ids["client"], ids["goal"])
    answer = await clinician.ask(method, path.format(**ids), filled(body, ids))
    problem = answer.json()
    assert answer.status_code == 422, problem
    assert told(problem) == faults
    assert (problem["pointer"], problem["detail"]) == (
        faults[0][0],
        problem["faults"][0]["detail"],
    )


def test_every_body_is_in_a_table() -> None:
    """A new body breaks two of its rules in BROKEN, or has no two of them."""

    def shape(path: str) -> str:
        return re.sub(r"\{[^}]*\}|(?<=norms/)\w+|(?<=lines/)[A-Z]+", "{}", path)

    tried = {(method, shape(path)) for path, method, *_ in BROKEN}
    taken = {
        (method.upper(), shape(path))
        for path, method, handler, _ in operations(APP)
        if (body := body_of(handler)) is not None and body.__struct_fields__
    }
    assert tried & ONE_RULE == set()
    assert tried | ONE_RULE == taken


async def test_of_an_option_is_told_beside_the_others(clinician: Asker) -> None:
    client_id = await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    path = f"/v1/suggestions/{await made(clinician, 'suggestion', client_id, goal_id)}"
    measures = (often(minimum=3)["measure"], score(target={"type": "band", "band": "x"}))
    options = [
        {
            "proposal": {"type": "new_target", "measure": measure, "due_on": in_days(-2)},
            "words": f"Way {nth}.",
        }
        for nth, measure in enumerate(measures)
    ]
    await clinician.do("POST", f"{path}/edit", {"options": options})
    first = (await clinician.ask("POST", f"{path}/accept", {"option": 0})).json()
    # A suggestion's option is named by its number, whatever lies in it.
    assert [kind for _, kind in told(first)] == ["deadline-in-the-past", "minimum-too-large"]
    second = (await clinician.ask("POST", f"{path}/accept", {"option": 1})).json()
    assert [kind for _, kind in told(second)] == ["unknown-band", "deadline-in-the-past"]
    assert {one for one, _ in [*told(first), *told(second)]} == {"/option"}


async def test_of_the_body_is_not_told_as_one_of_a_header(clinician: Asker) -> None:
    path = f"/v1/clients/{await clinician.enrol()}/moods"
    sent = {"rating": 5, "occurred_at": FAR}
    problem = (await clinician.ask("POST", path, sent, Idempotency_Key=OURS)).json()
    assert problem["parameter"] == "Idempotency-Key"
    assert "faults" not in problem
