"""Who may do what: every route with every role, other clients, other practices, bad tokens."""

import asyncio
import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from service.app import create_routes
from service.asked import SELF_REPORTERS
from service.auth import ROLES, Role, SubjectRefused, Tokens, issue_token
from service.openapi import dated, operations
from service.routes.templates import EXAMPLE as TEMPLATE
from service.streams import Streams
from tests.controls import MONDAY
from tests.days import day, today
from tests.service.conftest import Asker, House, bearer, open_practice
from tests.service.in_one_house.test_suggestions import offer
from tests.workers.leasing import leased
from workers.goal_of_event import GoalsOfEvents
from workers.planning import plan

SUBSCRIPTION = {"name": "Diary", "app": "diary", "after": 0}

OPERATIONS = [
    (method.upper(), path, operation)
    for path, method, _, operation in operations(create_routes(MONDAY))
    if operation.roles
]
ROUTES = [(method, path, operation.roles) for method, path, operation in OPERATIONS]

STREAMS = {path for _, path, operation in OPERATIONS if operation.streamed}


def end_streams_soon(house: House) -> None:
    """A stream is read to its end here, and by itself it has none."""
    house.cairn.streams = Streams(house.cairn.clock)
    asyncio.get_running_loop().call_later(0.1, house.cairn.streams.stop)


class TestRoles:
    async def test_open_the_routes_that_name_them_and_no_others(self, house: House):
        for role in ROLES:
            await self.try_everything(house, role)

    async def try_everything(self, house: House, role: Role) -> None:
        subject = str(uuid4()) if role == "client" else "someone"
        asker = house.asker(role, subject)
        events = await house.size()
        for method, template, roles in ROUTES:
            path = re.sub(r"\{\w+_id\}", str(uuid4()), template).replace("{instrument}", "phq9")
            path = path.replace("{on}", day(0)).replace("{number}", "1")
            if template in STREAMS:
                end_streams_soon(house)
            answer = await asker.ask(method, path, {} if method != "GET" else None)
            if role in roles:
                assert answer.status_code != 403, (method, path)
            else:
                assert answer.status_code == 403, (method, path)
                assert answer.json()["type"] == "/problems/role-not-allowed"
        assert await house.size() == events

    async def test_operators_read_the_metrics_and_nothing_of_any_practice(
        self, house: House, clinician: Asker
    ):
        operator = house.asker("operator", "ops")
        metrics = await operator.ask("GET", "/metrics")
        assert (metrics.status_code, "cairn_safety_flags" in metrics.text) == (200, True)
        told = json.loads(
            base64.urlsafe_b64decode(operator.headers["Authorization"].split(".")[1] + "==")
        )
        assert told["practice"] == "00000000-0000-0000-0000-000000000000"
        for method, _, roles in ROUTES:
            assert (method == "GET" and roles == {"operator"}) or "operator" not in roles
        for role in ROLES:
            subject = await clinician.enrol() if role == "client" else "someone"
            answer = await house.asker(role, subject).ask("GET", "/metrics")
            assert answer.status_code == (200 if role == "operator" else 403)

    async def test_auditors_read_everything_and_write_nothing(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        auditor = house.asker("auditor", "audit")
        auditor.reads_after(clinician)
        read = [path for method, path, roles in ROUTES if method == "GET" and "auditor" in roles]
        assert {path for method, path, _ in ROUTES if method == "GET"} - set(read) == {
            "/v1/goals/{goal_id}/review",
            "/metrics",
        }
        for path in read:
            if path in STREAMS:
                end_streams_soon(house)
            answer = await auditor.ask("GET", path.format(**ids))
            assert answer.status_code == 200, (path, answer.text)

    async def test_apps_log_for_clients(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        app = house.asker("app", "phone")
        mood = await app.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
        await app.do("PUT", f"/v1/moods/{mood['id']}", {"rating": 6})
        row = await app.get(f"/v1/clients/{client_id}")
        assert row["last_entry"]["kind"] == "mood"


class TestClients:
    async def test_live_in_their_own_record(self, house: House, clinician: Asker):
        anna_id = await clinician.enrol()
        anna = house.asker("client", anna_id)
        goal = await anna.do("POST", f"/v1/clients/{anna_id}/goals", _walking())
        await anna.do("POST", f"/v1/goals/{goal['id']}/agree", {})
        await anna.do("POST", f"/v1/goals/{goal['id']}/check-ins", {"amount": 10})
        mood = await anna.do("POST", f"/v1/clients/{anna_id}/moods", {"rating": 5})
        await anna.do("PUT", f"/v1/moods/{mood['id']}", {"rating": 6})
        for path in (
            f"/v1/clients/{anna_id}",
            f"/v1/clients/{anna_id}/goals",
            f"/v1/clients/{anna_id}/timeline",
            f"/v1/clients/{anna_id}/trends/mood",
            f"/v1/goals/{goal['id']}",
            f"/v1/goals/{goal['id']}/history",
            "/v1/suggestions",
        ):
            await anna.get(path)

    async def test_do_not_agree_for_their_clinician(self, house: House, clinician: Asker):
        anna_id = await clinician.enrol()
        goal_id = await clinician.set_goal(anna_id, agreed=False)
        anna = house.asker("client", anna_id)
        body = {"parties": ["client", "clinician"]}
        refused = await anna.ask("POST", f"/v1/goals/{goal_id}/agree", body)
        assert refused.status_code == 403

    async def test_see_nothing_of_each_other(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        ben_id = await clinician.enrol()
        await expect_nothing(house.asker("client", ben_id), "client", ids)


class TestWhatAClinicianRecorded:
    async def test_is_corrected_by_clinicians(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        rated = await clinician.do(
            "POST",
            f"/v1/clients/{client_id}/assessments",
            {"instrument": "ham_d17", "total": 20, "suicide_item": 0},
        )
        path = f"/v1/assessments/{rated['id']}"
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            for method, body in (("PUT", {"total": 3}), ("DELETE", {"reason": "Too high."})):
                assert (await asker.ask(method, path, body)).status_code == 403
        assert (
            await clinician.ask("PUT", path, {"total": 19, "suicide_item": 0})
        ).status_code == 200

    async def test_does_not_bind_what_clients_recorded_themselves(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        client = house.asker("client", client_id)
        logged = await client.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        corrected = await client.ask("PUT", f"/v1/moods/{logged['id']}", {"rating": 5})
        assert corrected.status_code == 200


class TestPractices:
    async def test_see_nothing_of_each_other(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        other = await open_practice(house.cairn, "Oak Lane")
        stranger = house.asker("clinician", "dr-oak", practice_id=other)
        await expect_nothing(stranger, "clinician", ids)
        for path in ("/v1/clients", "/v1/safety-flags", "/v1/suggestions"):
            assert (await stranger.get(path))["items"] == []

    async def test_that_were_never_opened_have_nothing(self, house: House):
        stranger = house.asker("clinician", "dr-no", practice_id=uuid4())
        body = {"display_name": "A", "zone": "UTC"}
        answer = await stranger.ask("POST", "/v1/clients", body)
        assert answer.status_code == 404


async def belongings(house: House, clinician: Asker, client_id: str) -> dict[str, str]:
    """One of everything that belongs to a client, by its name in addresses."""
    goal_id = await clinician.set_goal(client_id)
    about = f"/v1/clients/{client_id}"
    endorsed = {"instrument": "phq9", "answers": [1, 0, 0, 0, 0, 0, 0, 0, 1]}
    session = {"starts_at": f"{day(3)}T14:00:00Z"}
    made = {
        "mood_id": await clinician.do("POST", f"{about}/moods", {"rating": 5}),
        "check_in_id": await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 5}),
        "assessment_id": await clinician.do("POST", f"{about}/assessments", endorsed),
        "session_id": await clinician.do("POST", f"{about}/sessions", session),
        "template_id": await clinician.do("POST", "/v1/templates", TEMPLATE),
        "subscription_id": await clinician.do("POST", "/v1/subscriptions", SUBSCRIPTION),
    }
    rest = {"on": day(0), "reason": "A wedding."}
    await clinician.do("POST", f"/v1/goals/{goal_id}/rest-days", rest)
    await planned(house, made["subscription_id"]["id"])
    flags = (await clinician.get(f"{about}/safety-flags"))["items"]
    return {
        "client_id": client_id,
        "goal_id": goal_id,
        "suggestion_id": await offer(house, client_id, goal_id),
        "flag_id": flags[0]["id"],
        "instrument": "phq9",
        "on": day(0),
        "number": "1",
        **{name: str(one["id"]) for name, one in made.items()},
    }


async def planned(house: House, subscription_id: str) -> None:
    """What it tells is numbered, as a worker does it: none may run beside this."""
    cairn = house.cairn
    subject = house.practice_id, UUID(subscription_id)
    goals = GoalsOfEvents(cairn.store, cairn.keyring)
    async with leased(cairn, subject) as lease:
        await plan(cairn, lease, goals=goals, now=cairn.clock())


async def expect_nothing(stranger: Asker, role: Role, ids: dict[str, str]) -> None:
    """Everything of somebody else answers as what does not exist does, and nothing is written."""
    events = await stranger.house.size()
    unknown = await stranger.ask("GET", f"/v1/goals/{uuid4()}")
    tried = 0
    for method, template, operation in OPERATIONS:
        whose = set(re.findall(r"\{(\w+_id)\}", template))
        # Templates belong to the practice: its clients read them.
        if not whose or (whose == {"template_id"} and role == "client"):
            continue
        # Nobody agrees for both in a client's token, whoever's goal it is.
        body = {} if template.endswith("/agree") else dated(operation.example, today())
        answer = await stranger.ask(method, template.format(**ids), body)
        if role not in operation.roles:
            assert answer.status_code == 403, (method, template)
            continue
        assert answer.status_code == 404, (method, template, answer.text)
        told = without_instance(answer)
        # Whoever sends a form is told where a person is, and nothing about whose form it is.
        is_form = "assessments" in template and method in {"POST", "PUT"}
        assert ("safety" in told) == (is_form and role in SELF_REPORTERS), (method, template)
        told.pop("safety", None)
        assert told == without_instance(unknown), (method, template)
        tried += 1
    assert tried > 15
    then = await stranger.ask("GET", f"/v1/goals/{ids['goal_id']}?as_of=2026-01-01T00:00:00Z")
    assert without_instance(then) == without_instance(unknown)
    assert await stranger.house.size() == events


def without_instance(answer: httpx.Response) -> dict[str, Any]:
    return {name: told for name, told in answer.json().items() if name != "instance"}


def _walking() -> dict[str, Any]:
    return {
        "statement": "Walk",
        "measure": {"type": "frequency", "amount": 1, "unit": "times", "per": "day"},
        "achievability": 8,
        "why": "Air.",
        "due_on": day(30),
    }


class TestTokens:
    async def refused(self, house: House, headers: dict[str, str]) -> None:
        for path in ("/v1/clients", "/metrics", "/nowhere", f"/v1/goals/{uuid4()}"):
            answer = await house.http.get(path, headers=headers)
            assert answer.status_code == 401, (path, headers)
            assert answer.headers["www-authenticate"] == 'Bearer realm="cairn"'
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"] == "/problems/token-refused"

    async def test_that_are_none_are_refused(self, house: House):
        await self.refused(house, {})
        for header in (
            "",
            "Bearer",
            "Bearer ",
            "Bearer x.y.z",
            "Basic YTpi",
            "Bearer " + "x" * 9999,
        ):
            await self.refused(house, {"Authorization": header})

    async def test_that_have_expired_are_refused(self, house: House):
        past = datetime.now(UTC) - timedelta(days=40)
        await self.refused(house, bearer(house.token(now=past)))

    async def test_expire_while_they_are_in_use(self, house: House):
        asker = house.asker(lifetime=timedelta(seconds=30))
        await asker.get("/v1/clients")
        house.cairn.clock = lambda: datetime.now(UTC) + timedelta(seconds=31)
        assert (await asker.ask("GET", "/v1/clients")).status_code == 401

    async def test_signed_otherwise_are_refused(self, house: House):
        stolen = issue_token(b"x" * 32, practice_id=house.practice_id, role="app", subject="x")
        await self.refused(house, bearer(stolen))
        _, claims, _ = house.token().split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
        await self.refused(house, bearer(f"{head}.{claims}."))
        secret = house.cairn.master.derive("tokens")
        known = jwt.decode(house.token(), secret, algorithms=["HS256"])
        for algorithm in ("HS384", "HS512"):
            await self.refused(house, bearer(jwt.encode(known, secret * 2, algorithm=algorithm)))

    async def test_of_an_operator_are_of_no_practice_whichever_they_name(self, house: House):
        secret = house.cairn.master.derive("tokens")
        known = jwt.decode(house.token(), secret, algorithms=["HS256"])
        token = jwt.encode({**known, "role": "operator"}, secret, algorithm="HS256")
        assert Tokens(secret).principal(f"Bearer {token}".encode()).practice_id == UUID(int=0)

    async def test_with_other_claims_are_refused(self, house: House):
        secret = house.cairn.master.derive("tokens")
        known = jwt.decode(house.token(), secret, algorithms=["HS256"])
        for changes in (
            {"role": "admin"},
            {"role": ["app"]},
            {"iss": "someone"},
            {"practice": "x"},
            {"practice": 5},
            {"sub": "a b"},
            {"role": "client", "sub": "anna"},
            {"exp": "x"},
        ):
            token = jwt.encode({**known, **changes}, secret, algorithm="HS256")
            await self.refused(house, bearer(token))
        for missing in ("role", "iss", "practice", "sub", "exp", "iat"):
            fewer = {name: claim for name, claim in known.items() if name != missing}
            await self.refused(house, bearer(jwt.encode(fewer, secret, algorithm="HS256")))

    def test_are_issued_for_believable_subjects(self):
        wrong: list[tuple[Role, str]] = [
            ("client", "anna"),
            ("app", ""),
            ("app", "a b"),
            ("app", "x" * 65),
            ("clinician", "Dr Müller"),
        ]
        for role, subject in wrong:
            with pytest.raises(SubjectRefused):
                issue_token(b"k" * 32, practice_id=uuid4(), role=role, subject=subject)

    async def test_are_not_needed_for_what_is_the_same_for_everybody(self, house: House):
        for path in (
            "/healthz",
            "/readyz",
            "/schema",
            "/schema/openapi.json",
            "/schema/asyncapi.json",
            "/schema/events",
            "/schema/events/goal.reached.v1",
            "/schema/assets/start.js",
            "/schema/assets/swagger-ui.css",
            "/schema/assets/swagger-ui-bundle.js",
            "/problems",
            "/problems/goal-not-open",
        ):
            assert (await house.http.get(path)).status_code == 200, path
        assert (await house.http.get("/")).headers["location"] == "/schema"
