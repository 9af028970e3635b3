"""Who may do what: every route with every role, other clients, other practices, bad tokens."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from service.app import create_routes
from service.auth import ROLES, Role, SubjectRefused, issue_token
from service.openapi import operations
from tests.service.conftest import TODAY, Asker, House, bearer, open_practice

ROUTES = [
    (method.upper(), path, operation.roles)
    for path, method, _, operation in operations(create_routes(TODAY))
    if operation.roles
]


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
            answer = await asker.ask(method, path, {} if method != "GET" else None)
            if role in roles:
                assert answer.status_code != 403, (method, path)
            else:
                assert answer.status_code == 403, (method, path)
                assert answer.json()["type"] == "/problems/role-not-allowed"
        assert await house.size() == events

    async def test_auditors_read_everything_and_write_nothing(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        auditor = house.asker("auditor", "audit")
        auditor.position = clinician.position
        for path in (
            "/v1/clients",
            f"/v1/clients/{client_id}",
            f"/v1/clients/{client_id}/goals",
            f"/v1/goals/{goal_id}",
            f"/v1/goals/{goal_id}/history",
            f"/v1/clients/{client_id}/trends/mood",
            f"/v1/clients/{client_id}/trends/phq9",
            f"/v1/clients/{client_id}/timeline",
            "/v1/suggestions",
        ):
            await auditor.get(path)

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
        anna_id, ben_id = await clinician.enrol(), await clinician.enrol()
        goal_id = await clinician.set_goal(anna_id)
        mood = await clinician.do("POST", f"/v1/clients/{anna_id}/moods", {"rating": 5})
        check_in = await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 5})
        await expect_nothing(house.asker("client", ben_id), anna_id, goal_id, mood, check_in)


class TestWhatAClinicianRecorded:
    async def test_is_corrected_by_clinicians(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        rated = await clinician.do(
            "POST", f"/v1/clients/{client_id}/assessments", {"instrument": "ham_d17", "total": 20}
        )
        path = f"/v1/assessments/{rated['id']}"
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            for method, body in (("PUT", {"total": 3}), ("DELETE", {"reason": "Too high."})):
                assert (await asker.ask(method, path, body)).status_code == 403
        assert (await clinician.ask("PUT", path, {"total": 19})).status_code == 200

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
        anna_id = await clinician.enrol()
        goal_id = await clinician.set_goal(anna_id)
        mood = await clinician.do("POST", f"/v1/clients/{anna_id}/moods", {"rating": 5})
        check_in = await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 5})
        other = await open_practice(house.cairn, "Oak Lane")
        stranger = house.asker("clinician", "dr-oak", practice_id=other)
        await expect_nothing(stranger, anna_id, goal_id, mood, check_in)
        assert (await stranger.get("/v1/clients"))["items"] == []

    async def test_that_were_never_opened_have_nothing(self, house: House):
        stranger = house.asker("clinician", "dr-no", practice_id=uuid4())
        body = {"display_name": "A", "zone": "UTC"}
        answer = await stranger.ask("POST", "/v1/clients", body)
        assert answer.status_code == 404


async def expect_nothing(
    stranger: Asker, client_id: str, goal_id: str, mood: Any, check_in: Any
) -> None:
    """Everything of somebody else answers as what does not exist does, and nothing is written."""
    events = await stranger.house.size()
    unknown = await stranger.ask("GET", f"/v1/goals/{uuid4()}")
    for method, path, body in (
        ("GET", f"/v1/clients/{client_id}", None),
        ("GET", f"/v1/clients/{client_id}/goals", None),
        ("POST", f"/v1/clients/{client_id}/goals", _walking()),
        ("GET", f"/v1/clients/{client_id}/timeline", None),
        ("GET", f"/v1/clients/{client_id}/trends/mood", None),
        ("GET", f"/v1/clients/{client_id}/trends/phq9", None),
        ("POST", f"/v1/clients/{client_id}/moods", {"rating": 5}),
        ("POST", f"/v1/clients/{client_id}/assessments", {"instrument": "phq9", "total": 5}),
        ("GET", f"/v1/goals/{goal_id}", None),
        ("GET", f"/v1/goals/{goal_id}?as_of=2026-01-01T00:00:00Z", None),
        ("GET", f"/v1/goals/{goal_id}/history", None),
        ("POST", f"/v1/goals/{goal_id}/agree", {}),
        ("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 5}),
        ("PUT", f"/v1/moods/{mood['id']}", {"rating": 1}),
        ("DELETE", f"/v1/moods/{mood['id']}", {"reason": "No."}),
        ("PUT", f"/v1/check-ins/{check_in['id']}", {"amount": 1}),
        ("DELETE", f"/v1/check-ins/{check_in['id']}", {"reason": "No."}),
    ):
        answer = await stranger.ask(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert without_instance(answer) == without_instance(unknown), (method, path)
    assert await stranger.house.size() == events


def without_instance(answer: httpx.Response) -> dict[str, Any]:
    return {name: told for name, told in answer.json().items() if name != "instance"}


def _walking() -> dict[str, Any]:
    return {
        "statement": "Walk",
        "measure": {"type": "frequency", "amount": 1, "unit": "times", "per": "day"},
        "achievability": 8,
        "why": "Air.",
        "due_on": str(datetime.now(UTC).date() + timedelta(days=30)),
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
            "/schema/assets/start.js",
            "/schema/assets/swagger-ui.css",
            "/schema/assets/swagger-ui-bundle.js",
            "/problems",
            "/problems/goal-not-open",
        ):
            assert (await house.http.get(path)).status_code == 200, path
        assert (await house.http.get("/")).headers["location"] == "/schema"
