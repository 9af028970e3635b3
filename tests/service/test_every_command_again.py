"""The same command with the same key is answered the same, whatever has changed since.

Everything that a request stands on is made different between the two: norms, duty, templates, the
calendar, the goal, the client's own record, and the day.
"""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from events.practice import ChangePracticeSettings
from service.app import create_routes
from service.openapi import operations
from service.operations import Operation
from service.routes.templates import EXAMPLE as TEMPLATE
from tests.controls import MONDAY
from tests.days import day
from tests.service.conftest import Asker, House, halving, say_to_practice, walking
from tests.service.in_one_house.test_suggestions import offer

COMMANDS = {
    (method.upper(), path): operation
    for path, method, _, operation in operations(create_routes(MONDAY))
    if operation.command
}
WHY = {"reason": "It fits better.", "client_agreed": True}
TO_THE_CUT_OFF = {
    "type": "score",
    "instrument": "bdi2",
    "baseline": 28,
    "target": {"type": "band", "band": "non_clinical"},
}
SWIMMING = walking(statement="Swim once a week")
ENDORSED = [0, 0, 0, 0, 0, 0, 0, 0, 1]
LATER = timedelta(days=900)
LONG = 2 * LATER
# What is told of now, not of what was recorded.
OF_NOW = ("review", "safety")
LASTING = ("etag", "location", "cairn-position", "idempotency-replayed")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A command, who sent it, and what was answered."""

    asker: Asker
    operation: Operation
    method: str
    path: str
    body: Any
    headers: dict[str, str]
    answer: httpx.Response

    def told_again(self) -> dict[str, Any]:
        """How a repeat is answered."""
        return {**told(self.answer), "idempotency-replayed": "true"}

    async def again(self) -> httpx.Response:
        return await self.asker.ask(self.method, self.path, self.body, **self.headers)


class Saying:
    """Says commands, and remembers them."""

    def __init__(self, clinician: Asker) -> None:
        self.clinician = clinician
        self.said: list[Said] = []
        self.covered: set[tuple[str, str]] = set()

    async def say(self, method: str, path: str, body: Any = None, **places: str) -> str:
        """Send it as the clinician, with a key or under the id it brings; answers that id."""
        return await self.say_as(self.clinician, method, path, body, **places)

    async def say_as(
        self, asker: Asker, method: str, path: str, body: Any = None, /, **places: str
    ) -> str:
        headers = {} if brings_an_id(body) else {"Idempotency_Key": key()}
        where = path.format(**places)
        answer = await asker.ask(method, where, body, **headers)
        assert answer.status_code in (200, 201), (method, where, answer.text)
        assert "idempotency-replayed" not in answer.headers, (method, where)
        self.covered.add((method, path))
        self.said.append(
            Said(
                asker=asker,
                operation=COMMANDS[method, path],
                method=method,
                path=where,
                body=body,
                headers=headers,
                answer=answer,
            )
        )
        return str(answer.json()["id"])


def brings_an_id(body: Any) -> bool:
    """Whether the new thing's id is chosen: a repeat is known by it, without a key."""
    return isinstance(body, dict) and "id" in {**body, **body.get("goal", {})}


def key() -> str:
    return str(uuid4())


async def say_everything(house: House, saying: Saying) -> str:
    """Every command that there is; answers the client about whom most of them are."""
    say = saying.say
    for client_body in ({}, {"id": key()}):
        body = {"display_name": "Anna", "zone": "Europe/Zurich", **client_body}
        client_id = await say("POST", "/v1/clients", body)
    of_client = {"client_id": client_id}
    await say("PATCH", "/v1/clients/{client_id}", {"zone": "Europe/London"}, **of_client)
    await say_the_practice(saying)
    await say_the_library(saying)
    await say_sessions(saying, of_client)
    await say_goals(saying, of_client)
    await say_entries(house, saying, of_client)
    await say_suggestions(house, saying, client_id)
    await say_flags(saying, of_client)
    await say_subscriptions(saying)
    other = await say("POST", "/v1/clients", {"display_name": "Ben", "zone": "UTC"})
    await say("POST", "/v1/clients/{client_id}/discharge", {}, client_id=other)
    return client_id


async def say_the_practice(saying: Saying) -> None:
    await saying.say("PATCH", "/v1/practice", {"name": "Oak Street"})
    await saying.say("PATCH", "/v1/practice", {"name": "Elm Street North"})
    duty = {"people": [{"subject": "dr-elm", "name": "Dr Elm"}], "acknowledge_minutes": 45}
    await saying.say("PUT", "/v1/practice/duty", duty)
    lines = {
        "lines": [{"name": "Somebody", "reach": "143"}],
        "reviewed_on": day(-1),
        "reviewed_by": "Dr Elm",
    }
    await saying.say("PUT", "/v1/practice/crisis-lines/{country}", lines, country="CH")
    norms = {"standard_deviation": 10, "reliability": 0.9, "cut_off": 14, "source": "Ours."}
    await saying.say("PUT", "/v1/practice/norms/{instrument}", norms, instrument="bdi2")
    tracking = {"sessions_without_change": 5, "weeks_without_change": 7}
    await saying.say("PUT", "/v1/practice/tracking", tracking)
    await saying.say("PUT", "/v1/practice/release", {"automatic": True})


async def say_the_library(saying: Saying) -> None:
    for body in (TEMPLATE, {**TEMPLATE, "id": key()}):
        await saying.say("POST", "/v1/templates", body)
    named = {"template_id": "mindfulness_daily"}
    await saying.say("POST", "/v1/templates/{template_id}/retire", {"reason": "Ours."}, **named)
    await saying.say("POST", "/v1/templates/{template_id}/restore", **named)


async def say_sessions(saying: Saying, of_client: dict[str, str]) -> None:
    at = f"{day(7)}T10:00:00+01:00"
    path = "/v1/clients/{client_id}/sessions"
    for more in ({}, {"id": key()}):
        held = await saying.say("POST", path, {"starts_at": at, **more}, **of_client)
    moved = {"starts_at": f"{day(8)}T10:00:00+01:00", "reason": "The train."}
    await saying.say("POST", "/v1/sessions/{session_id}/move", moved, session_id=held)
    gone = await saying.clinician.do(
        "POST", path.format(**of_client), {"starts_at": f"{day(-1)}T10:00:00+01:00"}
    )
    await saying.say("POST", "/v1/sessions/{session_id}/hold", {}, session_id=gone["id"])
    await saying.say("POST", "/v1/sessions/{session_id}/cancel", {}, session_id=held)


async def say_goals(saying: Saying, of_client: dict[str, str]) -> None:
    say = saying.say
    path = "/v1/clients/{client_id}/goals"
    at = f"{day(9)}T10:00:00+01:00"
    sessions = f"/v1/clients/{of_client['client_id']}/sessions"
    await saying.clinician.do("POST", sessions, {"starts_at": at})
    from_template = {
        "template": "mindfulness_daily",
        "achievability": 7,
        "why": "It calms me.",
    }
    by_session = {**walking(), "by_next_session": True}
    del by_session["due_on"]
    for body in (from_template, by_session, {**walking(), "id": key()}, halving()):
        goal_id = await say("POST", path, body, **of_client)
    banded = await say("POST", path, {**halving(), "measure": TO_THE_CUT_OFF}, **of_client)
    # As it was read, with the score that the band stood for.
    measure = (await saying.clinician.get(f"/v1/goals/{banded}"))["measure"]
    await say("POST", path, {**halving(), "measure": measure}, **of_client)
    revised = {"measure": measure, **WHY}
    await say("PUT", "/v1/goals/{goal_id}/target", revised, goal_id=goal_id)
    both = {"parties": ["client", "clinician"]}
    await say("POST", "/v1/goals/{goal_id}/agree", both, goal_id=goal_id)
    in_words = {"statement": "In other words", **WHY}
    await say("PUT", "/v1/goals/{goal_id}/statement", in_words, goal_id=goal_id)
    later = {"due_on": day(70), **WHY}
    await say("PUT", "/v1/goals/{goal_id}/deadline", later, goal_id=goal_id)
    levels = {"levels": ["a", "b", "c", "d", "e"]}
    await say("PUT", "/v1/goals/{goal_id}/scale", levels, goal_id=goal_id)
    await say("POST", "/v1/goals/{goal_id}/level", {"level": 1}, goal_id=goal_id)
    await say("POST", "/v1/goals/{goal_id}/pause", {"reason": "Away."}, goal_id=goal_id)
    await say("POST", "/v1/goals/{goal_id}/resume", {"reason": "Back."}, goal_id=goal_id)
    await say("POST", "/v1/goals/{goal_id}/reach", {"note": "Yes."}, goal_id=goal_id)
    reopened = {"reason": "Not yet.", "due_on": day(80), "client_agreed": True}
    await say("POST", "/v1/goals/{goal_id}/reopen", reopened, goal_id=goal_id)
    await say("POST", "/v1/goals/{goal_id}/close", {"reason": "other"}, goal_id=banded)
    for new in (SWIMMING, {**from_template, "id": key()}):
        old = await saying.clinician.set_goal(of_client["client_id"])
        body = {"goal": new, "reason": "The knee."}
        await say("POST", "/v1/goals/{goal_id}/replace", body, goal_id=old)


async def say_entries(house: House, saying: Saying, of_client: dict[str, str]) -> None:
    anna = house.asker("client", of_client["client_id"], lifetime=LONG)
    say = partial(saying.say_as, anna)
    for kind, path, body in (
        ("mood", "/v1/clients/{client_id}/moods", {"rating": 5}),
        ("assessment", "/v1/clients/{client_id}/assessments", {"instrument": "bdi2", "total": 20}),
    ):
        if kind == "assessment":
            body["suicide_item"] = 0
        where = f"/v1/{kind}s/{{{kind}_id}}"
        for more in ({}, {"id": key()}):
            made = await say("POST", path, {**body, **more}, **of_client)
        place = {f"{kind}_id": made}
        corrected = {**{name: said for name, said in body.items() if name != "instrument"}}
        corrected |= {"rating": 6} if kind == "mood" else {"total": 21}
        await say("PUT", where, corrected, **place)
        await say("DELETE", where, {"reason": "Not mine."}, **place)
    goal_id = await saying.clinician.set_goal(of_client["client_id"])
    place = {"goal_id": goal_id}
    rest = {"on": day(3), "reason": "A wedding."}
    await say("POST", "/v1/goals/{goal_id}/rest-days", rest, **place)
    await say("DELETE", "/v1/goals/{goal_id}/rest-days/{on}", on=day(3), **place)
    path = "/v1/goals/{goal_id}/check-ins"
    for more in ({}, {"id": key()}):
        made = await say("POST", path, {"amount": 20, **more}, **place)
    place = {"check_in_id": made}
    await say("PUT", "/v1/check-ins/{check_in_id}", {"amount": 25}, **place)
    await say("DELETE", "/v1/check-ins/{check_in_id}", {"reason": "Twice."}, **place)
    await saying.clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})


async def say_suggestions(house: House, saying: Saying, client_id: str) -> None:
    goal_id = await saying.clinician.set_goal(client_id)
    first, second, third = [
        await offer(house, client_id, goal_id, kind=kind)
        for kind in ("reframing", "reframing", "replan")
    ]
    path = "/v1/suggestions/{suggestion_id}"
    words = {"sentences": ["The date has passed."]}
    await saying.say("POST", f"{path}/edit", words, suggestion_id=first)
    await saying.say("POST", f"{path}/release", suggestion_id=first)
    await saying.say("POST", f"{path}/dismiss", {"reason": "We spoke."}, suggestion_id=second)
    taken = {"option": 0, "client_agreed": True}
    await saying.say("POST", f"{path}/accept", taken, suggestion_id=third)


async def say_flags(saying: Saying, of_client: dict[str, str]) -> None:
    """A form that somebody recorded, corrected since; and what is said about its flag."""
    form = {"instrument": "phq9", "answers": ENDORSED}
    form_id = await saying.say("POST", "/v1/clients/{client_id}/assessments", form, **of_client)
    flag = {**of_client, "flag_id": saying.said[-1].answer.json()["flag_id"]}
    path = "/v1/clients/{client_id}/safety-flags/{flag_id}"
    await saying.say("POST", f"{path}/acknowledge", **flag)
    await saying.say("POST", f"{path}/act", {"action": "Called."}, **flag)
    done = {"reason": "We met.", "outcome": "A plan."}
    await saying.say("POST", f"{path}/close", done, **flag)
    corrected = {"answers": [1, *ENDORSED[1:]]}
    await saying.say("PUT", "/v1/assessments/{assessment_id}", corrected, assessment_id=form_id)


async def say_subscriptions(saying: Saying) -> None:
    for more in ({}, {"id": key()}):
        body = {"name": "Diary", "url": "https://diary.example/cairn", **more}
        made = await saying.say("POST", "/v1/subscriptions", body)
    path, of_it = "/v1/subscriptions/{subscription_id}", {"subscription_id": made}
    await saying.say("POST", f"{path}/test", **of_it)
    await saying.say("POST", f"{path}/replay", {"since": f"{day(-1)}T00:00:00Z"}, **of_it)
    await saying.say("POST", f"{path}/dead-letters/replay", {"numbers": [1]}, **of_it)
    await saying.say("POST", f"{path}/rotate-secret", {"previous_for_hours": 0}, **of_it)
    await saying.say("POST", f"{path}/pause", {"reason": "They move."}, **of_it)
    await saying.say("POST", f"{path}/resume", **of_it)
    await saying.say("DELETE", path, {"reason": "Gone."}, **of_it)


async def change_everything(house: House, clinician: Asker, client_id: str) -> None:
    """Nothing is as it was when the commands were said."""
    form = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 3]}
    await clinician.do("POST", f"/v1/clients/{client_id}/assessments", form)
    norms = {"cut_off": 15, "source": "Others."}
    await clinician.do("PUT", "/v1/practice/norms/bdi2", norms)
    await clinician.do("PUT", "/v1/practice/norms/phq9", {"cut_off": 12, "source": "Others."})
    nobody = {"people": [], "although_flags_are_open": True}
    await clinician.do("PUT", "/v1/practice/duty", nobody)
    retired = "/v1/templates/mindfulness_daily/retire"
    await clinician.do("POST", retired, {})
    for one in (await clinician.get(f"/v1/clients/{client_id}/sessions"))["items"]:
        if one["stage"] == "scheduled":
            await clinician.do("POST", f"/v1/sessions/{one['id']}/cancel", {})
    for one in (await clinician.get(f"/v1/clients/{client_id}/goals?stage=active"))["items"]:
        await clinician.do("POST", f"/v1/goals/{one['id']}/close", {"reason": "other"})
    details = {"zone": "Pacific/Auckland", "language": "es"}
    await clinician.do("PATCH", f"/v1/clients/{client_id}", details)
    await clinician.do("POST", f"/v1/clients/{client_id}/discharge", {})
    now = house.cairn.clock
    house.cairn.clock = lambda: now() + LATER


class TestEveryCommand:
    async def test_is_answered_as_the_first_time(self, house: House):
        clinician = house.asker(lifetime=LONG)
        saying = Saying(clinician)
        client_id = await say_everything(house, saying)
        assert COMMANDS.keys() - saying.covered == set()
        await change_everything(house, clinician, client_id)
        events = await house.size()
        others = [said for said in saying.said if told(await said.again()) != said.told_again()]
        assert [(said.method, said.path, said.body) for said in others] == []
        assert await house.size() == events

    async def test_looks_at_if_match_or_refuses_it(self, house: House, clinician: Asker):
        saying = Saying(clinician)
        await say_everything(house, saying)
        events = await house.size()
        others = []
        for said in saying.said:
            if said.headers == {}:
                continue  # A repeat, by the id that it brings.
            answer = await said.asker.ask(
                said.method, said.path, said.body, Idempotency_Key=key(), If_Match='W/"999"'
            )
            refused = 412 if said.operation.conditional else 400
            if answer.status_code != refused:
                others.append((said.method, said.path, answer.text))
        assert others == []
        # But that a form with an answer about suicide could not be filed.
        kept = await house.cairn.pool.fetch("SELECT type FROM event_log ORDER BY position")
        unfiled = {row["type"] for row in kept[events:]}
        assert unfiled <= {"safety_flag.raised_unfiled.v1", "safety_flag.sent_again.v1"}

    async def test_with_nothing_to_say_takes_nothing(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        rest = {"on": day(3), "reason": "A wedding."}
        await clinician.do("POST", f"/v1/goals/{goal_id}/rest-days", rest)
        await clinician.do("POST", "/v1/templates/mindfulness_daily/retire", {})
        for method, path in (
            ("DELETE", f"/v1/goals/{goal_id}/rest-days/{day(3)}"),
            ("POST", "/v1/templates/mindfulness_daily/restore"),
        ):
            events = await house.size()
            refused = await clinician.ask(method, path, {"reason": "Said, and not ignored."})
            assert refused.status_code == 422, refused.text
            assert await house.size() == events
            assert (await clinician.ask(method, path)).status_code == 200

    @pytest.mark.parametrize("language", ["en", "es"])
    async def test_of_enrolment_keeps_the_language_it_had(
        self, house: House, clinician: Asker, language: str
    ):
        await set_language(house, language)
        body = {"display_name": "Mara", "zone": "UTC", "id": key()}
        made = await clinician.do("POST", "/v1/clients", body)
        await set_language(house, "fr")
        assert (await clinician.do("POST", "/v1/clients", body)) == made
        shown = await clinician.get(f"/v1/clients/{made['id']}")
        assert shown["language"] == language


def told(answer: httpx.Response) -> dict[str, Any]:
    """An answer without what is told of now."""
    body = {name: said for name, said in answer.json().items() if name not in OF_NOW}
    headers = {name: answer.headers.get(name) for name in LASTING}
    return {"status": answer.status_code, "body": body, **headers}


async def set_language(house: House, language: str) -> None:
    changing = ChangePracticeSettings(practice_id=house.practice_id, language=language)
    await say_to_practice(house.cairn, changing)
