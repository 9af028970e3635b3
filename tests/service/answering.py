"""A practice in which everything is asked once, and what each operation answered."""

import asyncio
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from service.app import create_routes
from service.auth import Role
from service.console.sweeping import catch_up_all, sweep_once
from service.openapi import answer_to, dated, operations
from service.operations import ONLY
from tests.service.conftest import Asker, bearer, open_practice
from tests.service.walking import MONDAY, ZONE, Walk, local, token
from tests.workers.subscribed import eventually
from workers.deliveries import Deliveries
from workers.outbox import read_attempts
from workers.posting import Poster

APP = create_routes(MONDAY)
EXAMPLES = Path("service/openapi_examples.json")
LONGEST_LIST = 5
TOKEN = "q3ZbV0xW8kLr5mTn1CwYpDfGhJsAe7uKXoIiB2dQvN4zR6tM"
# Lists go by id: Anna comes first.
MARA = "eeeeeeee-eeee-4eee-aeee-eeeeeeeeeeee"
LAST_ID = "ffffffff-ffff-4fff-bfff-ffffffffffff"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN = re.compile(r'("position": )"[A-Za-z0-9_-]{48}"')
_RECORDED = re.compile(r'("(?:recorded_at|asked_at)": )"[^"]*"')
WORDS = {"reason": "It was too much at once.", "client_agreed": True}
WALKING = {"type": "frequency", "amount": 3, "unit": "times", "per": "week", "reserve": 1}
BDI = {"type": "percent_change", "percent": -50}
SWIM: dict[str, Any] = {
    "category": "pleasure",
    "wording": {
        "en": {"title": "Swim", "statement": "Swim once a week", "why": "What is it like?"}
    },
    "measure": {"type": "frequency", "amount": 1, "unit": "times", "per": "week"},
    "days": 42,
}


def routes() -> list[tuple[str, re.Pattern[str], str]]:
    """Every operation: its method, its path, and its name."""
    return [
        (method.upper(), re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), handler.handler_name)
        for path, method, handler, operation in operations(APP)
        if operation.answers is not None and not operation.streamed
    ]


class Noting(Asker, kw_only=True):
    """Asks, and notes the first answer of each operation."""

    told: dict[str, Any]
    walk: Walk

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        await catch_up_all(self.walk.house.cairn)
        answer = await super().ask(method, path, body, **headers)
        assert answer.status_code in (200, 201), answer.text
        for known, pattern, name in routes():
            if known == method and pattern.fullmatch(path.partition("?")[0]):
                self.told.setdefault(name, answer.json())
                break
        return answer


async def everything_asked(walk: Walk) -> dict[str, Any]:
    """What every operation answered, by its name."""
    told: dict[str, Any] = {}

    def noting(asker: Asker) -> Noting:
        return Noting(house=asker.house, headers=asker.headers, told=told, walk=walk)

    anna, dr = noting(walk.client), noting(walk.clinician)
    for path in ("/healthz", "/readyz"):
        await dr.get(path)
    told.update(await to_every_example(walk))
    await practice_choices(dr)
    about = f"/v1/clients/{walk.client_id}"
    goal_id = await goals(dr, about)
    await entries(walk, anna, dr, about, goal_id)
    await goal_life(walk, dr, about, goal_id)
    await safety(anna, dr, about)
    await suggestions(walk, dr, about)
    await subscriptions(walk, dr, about)
    for path in ("", "/goals", "/sessions", "/goal-attainment", "/timeline?limit=5"):
        await dr.get(about + path)
    await dr.get("/v1/clients?limit=1")
    await dr.do("PATCH", about, {"display_name": "Anna K."})
    await dr.do("POST", f"{about}/discharge", {"reason": "completed"})
    return told


async def to_every_example(walk: Walk) -> dict[str, Any]:
    """What is answered to each of the bodies that the document shows by name, and the caseload.

    In a practice of its own, to a client of whom an earlier score is known, who answers that day.
    """
    told: dict[str, Any] = {}
    cairn = walk.house.cairn
    practice_id = await open_practice(cairn, "Elm Street")

    def noting(role: Role, subject: str) -> Noting:
        headers = bearer(token(cairn, practice_id, role, subject))
        return Noting(house=walk.house, headers=headers, told={}, walk=walk)

    dr, mara = noting("clinician", "dr-elm"), noting("client", MARA)
    await dr.enrol(display_name="Mara", zone=ZONE, id=MARA)
    session = {"starts_at": "2026-03-09T14:00:00+01:00"}
    await dr.do("POST", f"/v1/clients/{MARA}/sessions", session)
    for path, method, handler, operation in operations(APP):
        for name, example in operation.examples.items():
            if name == ONLY:
                continue
            body = dated(example, MONDAY)
            asker = mara if "answers" in body else dr
            said = await asker.do(method.upper(), path.replace("{client_id}", MARA), body)
            told[answer_to(handler.handler_name, name)] = said
            if handler.handler_name == "set_goal":
                both = {"parties": ["clinician", "client"]}
                await dr.do("POST", f"/v1/goals/{said['id']}/agree", both)
    told["list_clients"] = await dr.get("/v1/clients?attention=true&limit=1")
    told["show_client"] = await dr.get(f"/v1/clients/{MARA}")
    return told


async def practice_choices(dr: Noting) -> None:
    examples = {
        path: operation.example
        for path, method, _, operation in operations(APP)
        if path.startswith("/v1/practice/") and method == "put"
    }
    for path, example in examples.items():
        place = path.replace("{country}", "CH").replace("{instrument}", "phq9")
        body = dated(example, MONDAY)
        if "reviewed_on" in body:
            body["reviewed_on"] = str(MONDAY)
        if "norms" in path:
            body = {"remission": 4, "source": "Our own clients."}
        await dr.do("PUT", place, body)
    await dr.do("PATCH", "/v1/practice", {"name": "Elm Street"})
    await dr.do("PUT", "/v1/practice/release", {"automatic": False})
    await dr.do("PUT", "/v1/practice/duty", {"people": [{"subject": "dr-elm", "name": "Dr Elm"}]})
    made = await dr.do("POST", "/v1/templates", SWIM)
    await dr.do("POST", f"/v1/templates/{made['id']}/retire", {"reason": "The pool is closed."})
    await dr.do("POST", f"/v1/templates/{made['id']}/restore", {})
    for path in (
        "/v1/practice",
        "/v1/feed?limit=3",
        "/v1/crisis-information",
        "/v1/instruments/phq9",
        "/v1/instruments",
        "/v1/templates/half_the_score",
        "/v1/templates",
    ):
        await dr.get(path)
    ben = {"id": LAST_ID, "display_name": "Ben", "zone": "Europe/Zurich"}
    await dr.do("POST", "/v1/clients", ben)


async def goals(dr: Noting, about: str) -> str:
    """A goal is reviewed, set and agreed; its id."""
    goal = {
        "statement": "Walk outside",
        "measure": WALKING,
        "achievability": 3,
        "why": "I sleep better when I have been outside.",
        "due_on": str(MONDAY + timedelta(weeks=6)),
    }
    await dr.do("POST", "/v1/goals/review", goal)
    goal_id = str((await dr.do("POST", f"{about}/goals", goal))["id"])
    await dr.do("POST", f"/v1/goals/{goal_id}/agree", {"parties": ["clinician", "client"]})
    return goal_id


async def entries(walk: Walk, anna: Noting, dr: Noting, about: str, goal_id: str) -> None:
    mood = await anna.do("POST", f"{about}/moods", {"rating": 4, "note": "Walked anyway."})
    await anna.do("PUT", f"/v1/moods/{mood['id']}", {"rating": 5})
    await anna.get(f"/v1/moods/{mood['id']}")
    await anna.do("DELETE", f"/v1/moods/{mood['id']}", {"reason": "Of another day."})
    form = {"instrument": "gad7", "answers": [2, 2, 1, 1, 0, 1, 1], "difficulty": 1}
    made = await anna.do("POST", f"{about}/assessments", form)
    form = {"answers": [2, 2, 1, 1, 1, 1, 1]}
    await anna.do("PUT", f"/v1/assessments/{made['id']}", form)
    await anna.get(f"/v1/assessments/{made['id']}")
    await anna.do("DELETE", f"/v1/assessments/{made['id']}", {"reason": "Twice."})
    path = f"/v1/goals/{goal_id}/check-ins"
    done = await anna.do("POST", path, {"amount": 1})
    await anna.do("PUT", f"/v1/check-ins/{done['id']}", {"amount": 2})
    for shown in (f"/v1/check-ins/{done['id']}", path, f"/v1/goals/{goal_id}/periods"):
        await anna.get(shown)
    await anna.do("DELETE", f"/v1/check-ins/{done['id']}", {"reason": "Of another day."})
    await anna.do("POST", path, {"amount": 1, "note": "By the lake."})
    rest = MONDAY + timedelta(days=3)
    path = f"/v1/goals/{goal_id}/rest-days"
    await anna.do("POST", path, {"on": str(rest), "reason": "A cold."})
    await anna.get(f"{path}/{rest}")
    await anna.do("DELETE", f"{path}/{rest}", None)
    await anna.do("POST", path, {"on": str(rest), "reason": "A cold."})
    await dr.get(f"{about}/trends/mood")


async def goal_life(walk: Walk, dr: Noting, about: str, goal_id: str) -> None:
    path = f"/v1/goals/{goal_id}"
    levels = ["Stays in", "Once a week", "Twice a week", "Three times", "Every day"]
    await dr.do("PUT", f"{path}/scale", {"levels": levels})
    await dr.do("POST", f"{path}/level", {"level": 0, "note": "Rated together."})
    due_on = str(MONDAY + timedelta(weeks=7))
    await dr.do("PUT", f"{path}/deadline", {"due_on": due_on, **WORDS})
    await dr.do("PUT", f"{path}/target", {"measure": {**WALKING, "amount": 2}, **WORDS})
    await dr.do("PUT", f"{path}/statement", {"statement": "Walk by the lake", **WORDS})
    await dr.do("POST", f"{path}/pause", {"reason": "Holidays."})
    await dr.do("POST", f"{path}/resume", {})
    for shown in ("", "/history", "/review"):
        await dr.get(path + shown)
    goal = {"achievability": 6, "why": "I want my evenings back.", "template": "half_the_score"}
    goal["parameters"] = {"instrument": "phq9", "baseline": 18, "weeks": 8}
    await dr.do("POST", f"{path}/replace", {"goal": goal, "reason": "A wider aim."})
    for end, body in (("reach", {"note": "Together."}), ("close", {"reason": "other"})):
        milestone = {"type": "milestone"}
        ended = await walk.sets_out(milestone, MONDAY + timedelta(days=30))
        await dr.do("POST", f"/v1/goals/{ended}/{end}", body)
    await dr.do("POST", f"/v1/goals/{ended}/reopen", {"reason": "Closed by mistake."})
    await dr.do("POST", f"/v1/goals/{ended}/close", {"reason": "other"})
    made = await dr.do("POST", f"{about}/sessions", {"starts_at": "2026-03-09T14:00:00+01:00"})
    path = f"/v1/sessions/{made['id']}"
    await dr.do("POST", f"{path}/move", {"starts_at": "2026-03-10T14:00:00+01:00"})
    await dr.get(path)
    await dr.do("POST", f"{path}/cancel", {"reason": "A public holiday."})
    made = await dr.do("POST", f"{about}/sessions", {"starts_at": "2026-03-01T14:00:00+01:00"})
    await dr.do("POST", f"/v1/sessions/{made['id']}/hold", {})


async def safety(anna: Noting, dr: Noting, about: str) -> None:
    form = {"instrument": "phq9", "answers": [2, 2, 2, 2, 1, 2, 2, 1, 1]}
    await anna.do("POST", f"{about}/assessments", form)
    (flag,) = (await dr.get("/v1/safety-flags"))["items"]
    path = f"{about}/safety-flags/{flag['id']}"
    await dr.do("POST", f"{path}/acknowledge", {})
    await dr.do("POST", f"{path}/act", {"action": "Called, and spoke for an hour."})
    for shown in (f"{about}/safety-flags", path):
        await dr.get(shown)
    await dr.do("POST", f"{path}/close", {"reason": "We met.", "outcome": "A safety plan."})


async def suggestions(walk: Walk, dr: Noting, about: str) -> None:
    """A goal whose date passes with a part of it done."""
    first = MONDAY + timedelta(days=1)
    walk.it_is(first)
    goal_id = await walk.sets_out({**WALKING, "per": "day", "amount": 10}, MONDAY + timedelta(20))
    for nth in range(1, 20):
        await walk.does(goal_id, first + timedelta(days=nth), 4 + nth % 5)
    await sweep_once(walk.house.cairn, local(MONDAY + timedelta(22), 1))
    walk.it_is(date(2026, 3, 24))
    items = (await dr.get(f"/v1/suggestions?client={walk.client_id}"))["items"]
    by_kind = {one["kind"]: one["id"] for one in items}
    reframing = f"/v1/suggestions/{by_kind['reframing']}"
    sentences = next(one["sentences"] for one in items if one["kind"] == "reframing")
    await dr.get(f"/v1/suggestions/{by_kind['replan']}")
    await dr.do("POST", f"{reframing}/edit", {"sentences": sentences[:2]})
    await dr.do("POST", f"{reframing}/accept", {})
    await dr.do("POST", f"{reframing}/release", {})
    await dr.do("POST", f"/v1/suggestions/{by_kind['replan']}/dismiss", {})


async def subscriptions(walk: Walk, dr: Noting, about: str) -> None:
    """Somebody is told, whose server has no address yet."""
    cairn, practice_id = walk.house.cairn, walk.house.practice_id
    whom = {"name": "Diary", "url": "https://diary.example/cairn", "app": "diary"}
    made = await dr.do("POST", "/v1/subscriptions", {**whom, "categories": ["goal", "mood"]})
    path = f"/v1/subscriptions/{made['id']}"
    await dr.do("POST", f"{about}/moods", {"rating": 6})
    subject = practice_id, UUID(made["id"])
    async with Poster(resolve=nowhere) as poster:
        running = asyncio.create_task(Deliveries(cairn, poster).run())
        await eventually(lambda: read_attempts(cairn.pool, subject, 1))
        for shown in ("", "/deliveries", "/events", "/deliveries/1"):
            await dr.get(path + shown)
        await dr.get("/v1/subscriptions")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await dr.do("POST", f"{path}/test", None)
    await dr.do("POST", f"{path}/replay", {"after": made["position"] - 1})
    await dr.do("POST", f"{path}/dead-letters/replay", {"numbers": [1]})
    await dr.do("POST", f"{path}/rotate-secret", {"previous_for_hours": 24})
    await dr.do("POST", f"{path}/pause", {"reason": "Their server moves this week."})
    await dr.do("POST", f"{path}/resume", None)
    await dr.do("DELETE", path, {"reason": "The app is no longer used."})


async def nowhere(host: str, port: int) -> list[str]:
    """A name that leads to no address."""
    raise OSError


def calm(told: dict[str, Any]) -> dict[str, Any]:
    """The answers as examples: short lists, ids in the order in which they come, one day.

    All tokens of positions are one, as good as any: nobody can read them.
    """
    text = json.dumps(shortened(told), ensure_ascii=False, indent=1)
    ids = {found: nth for nth, found in enumerate(dict.fromkeys(_UUID.findall(text)), start=1)}
    text = _UUID.sub(lambda one: f"01a20c0f-12ba-7000-8000-{ids[one[0]]:012x}", text)
    text = _TOKEN.sub(rf'\1"{TOKEN}"', text)
    calmed: dict[str, Any] = json.loads(_RECORDED.sub(r'\1"2026-03-02T09:00:00Z"', text))
    return calmed


def shortened(value: Any) -> Any:
    match value:
        case dict():
            return {name: shortened(inner) for name, inner in value.items()}
        case list():
            kept = value[:2] if len(value) > LONGEST_LIST else value
            return [shortened(inner) for inner in kept]
        case _:
            return value
