"""Whatever is wrong gets a clear refusal that repeats nothing, and writes nothing."""

from typing import Any
from uuid import UUID

import msgspec

from service.app import create_routes
from service.openapi import operations, query_names
from tests.controls import MONDAY
from tests.days import day, in_days, reckoned
from tests.service.conftest import Asker, House, halving, walking
from tests.service.in_one_house.conftest import in_its_loop
from tests.service.in_one_house.test_who_may import belongings

SECRET = "Anna-drank-again"
NOBODY = "6f1f3b1e-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
READS = [
    (path, handler)
    for path, method, handler, operation in operations(create_routes(MONDAY))
    if method == "get" and "clinician" in operation.roles
]


class Scene(msgspec.Struct, kw_only=True):
    """A client with a goal, and how many events that took."""

    house: House
    asker: Asker
    client_id: str
    goal_id: str
    events: int

    async def refuses(
        self, method: str, path: str, body: Any, *, status: int, slug: str, **headers: str
    ) -> dict[str, Any]:
        """Ask, and expect a problem of this name; nothing may be written or repeated."""
        path = path.format(client=self.client_id, goal=self.goal_id)
        content = body if isinstance(body, bytes) else msgspec.json.encode(reckoned(body))
        asked = f"{method} {path} {content[:200]!r} {headers}"
        answer = await self.house.http.request(
            method, path, content=content, headers={**self.asker.headers, **JSON, **headers}
        )
        assert answer.status_code == status, f"{asked}\n{answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["type"] == f"/problems/{slug}", asked
        assert problem["status"] == status
        assert UUID(problem["instance"].removeprefix("urn:uuid:")).version == 7
        assert problem["title"]
        assert problem["detail"]
        assert SECRET not in answer.text, asked
        assert await self.house.size() == self.events, f"something was written by {asked}"
        return problem


@in_its_loop
async def scene(house: House, clinician: Asker) -> Scene:
    client_id = await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    return Scene(
        house=house,
        asker=clinician,
        client_id=client_id,
        goal_id=goal_id,
        events=await house.size(),
    )


MOODS = "/v1/clients/{client}/moods"
GOALS = "/v1/clients/{client}/goals"
SCORES = "/v1/clients/{client}/assessments"
WHY = {"reason": "So.", "client_agreed": True}
FUTURE = f"{in_days(2)}T12:00:00Z"


class TestFields:
    async def test_are_named_when_they_do_not_fit(self, scene: Scene):
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"rating": 0}, "/rating"),
            ({"rating": 11}, "/rating"),
            ({"rating": 5.5}, "/rating"),
            ({"rating": "5"}, "/rating"),
            ({"rating": True}, "/rating"),
            ({"rating": None}, "/rating"),
            ({}, "/rating"),
            ({"rating": 5, "mode": SECRET}, ""),
            ({"rating": 5, SECRET + "!": 1}, ""),
            ({"rating": 5, "note": SECRET * 400}, "/note"),
            ({"rating": 5, "tags": [SECRET * 20]}, "/tags/0"),
            ({"rating": 5, "tags": ["a"] * 21}, "/tags"),
            ({"rating": 5, "id": SECRET}, "/id"),
            ({"rating": 5, "occurred_at": SECRET}, "/occurred_at"),
            ({"rating": 5, "occurred_at": 1_700_000_000}, "/occurred_at"),
            ({"rating": 5, "occurred_at": "2026-02-30T12:00:00Z"}, "/occurred_at"),
        ]
        for body, pointer in wrong:
            problem = await scene.refuses("POST", MOODS, body, status=422, slug="body-invalid")
            assert problem["pointer"] == pointer

    async def test_with_few_values_say_which(self, scene: Scene):
        body = {"reason": SECRET}
        path = "/v1/goals/{goal}/close"
        problem = await scene.refuses("POST", path, body, status=422, slug="body-invalid")
        assert problem["pointer"] == "/reason"
        assert "circumstances_changed" in problem["detail"]
        body = walking(measure={"type": SECRET})
        problem = await scene.refuses("POST", GOALS, body, status=422, slug="body-invalid")
        assert problem["pointer"] == "/measure/type"
        assert "frequency, score" in problem["detail"]


class TestBodies:
    async def test_must_be_strict_json(self, scene: Scene):
        for body in (
            b'{"rating":5',
            b'{"rating":NaN}',
            b'{"rating":Infinity}',
            b'{"rating":-Infinity}',
            b'{"rating":5,"rating":6}',
            b'{"rating":5,"note":"a","note":"a"}',
            b'{"rating":5} {"rating":6}',
            b'{"rating":5,"note":"\xff"}',
            b'{"rating":5,"note":"\\ud800"}',
            b'{"rating":5,"note":"a\\u0000b"}',
            b'{"rating":5,"tags":["\\udc00"]}',
            b'{"rating":' + b"9" * 5000 + b"}",
            b'{"note":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            b'{"note":' + b"[" * 100 + b"]" * 100 + b"}",
            b'\xef\xbb\xbf{"rating":5}',
            b"{'rating':5}",
            b"rating=5",
        ):
            await scene.refuses("POST", MOODS, body, status=400, slug="body-malformed")

    async def test_must_be_objects_with_numbers_that_fit(self, scene: Scene):
        for body in (b"[]", b"null", b"5", b'"x"', b'{"rating":1e400}'):
            await scene.refuses("POST", MOODS, body, status=422, slug="body-invalid")

    async def test_must_be_there(self, scene: Scene):
        await scene.refuses("POST", MOODS, b"", status=400, slug="body-missing")

    async def test_must_not_be_large(self, scene: Scene):
        body = {"rating": 5, "note": "x" * 70_000}
        await scene.refuses("POST", MOODS, body, status=413, slug="body-too-large")

    async def test_must_say_that_they_are_json(self, scene: Scene):
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
        ):
            said = {"Content-Type": kind}
            await scene.refuses(
                "POST", MOODS, {"rating": 5}, status=415, slug="media-type-unknown", **said
            )


class TestValues:
    async def test_that_can_not_be_meant_are_refused(self, scene: Scene):
        wrong: list[tuple[str, dict[str, Any], str]] = [
            (MOODS, {"rating": 5, "occurred_at": "2026-03-01T12:00:00"}, "naive-time"),
            (MOODS, {"rating": 5, "occurred_at": FUTURE}, "time-in-the-future"),
            (MOODS, {"rating": 5, "occurred_at": "1850-01-01T00:00:00Z"}, "time-out-of-range"),
            (MOODS, {"rating": 5, "occurred_at": "0001-01-01T00:00:00+23:59"}, "time-out-of-range"),
            (MOODS, {"rating": 5, "occurred_at": "9999-12-31T23:59:59-23:59"}, "time-out-of-range"),
            (SCORES, {"instrument": "gad7", "total": 22}, "score-outside-the-instrument"),
            (SCORES, {"instrument": "phq9", "total": -1}, "score-outside-the-instrument"),
            (SCORES, {"instrument": "phq9", "total": 4.5}, "score-outside-the-instrument"),
            (SCORES, {"instrument": SECRET, "total": 4}, "unknown-instrument"),
            (SCORES, {"instrument": "phq9", "total": 4, "answers": [1]}, "answers-do-not-fit"),
            (GOALS, walking(due_on=day(-3)), "deadline-in-the-past"),
            (GOALS, walking(starts_on=day(20), due_on=day(10)), "deadline-before-the-start"),
            (GOALS, walking(due_on="2199-01-01"), "deadline-too-far-away"),
            (GOALS, walking(due_on="9999-12-31"), "time-out-of-range"),
            (GOALS, walking(zone="Mars/Olympus"), "unknown-zone"),
            (GOALS, halving(zone="../../etc/passwd"), "unknown-zone"),
            ("/v1/clients", {"display_name": "A", "zone": SECRET}, "unknown-zone"),
        ]
        for path, body, slug in wrong:
            problem = await scene.refuses("POST", path, body, status=422, slug=slug)
            assert problem["pointer"].startswith("/")

    async def test_of_revisions_are_refused(self, scene: Scene):
        path = "/v1/goals/{goal}/deadline"
        past = {"due_on": day(-1), **WHY}
        await scene.refuses("PUT", path, past, status=422, slug="deadline-in-the-past")
        # Without a reason, and without saying whether the client agreed.
        await scene.refuses("PUT", path, {"due_on": day(9)}, status=422, slug="body-invalid")


class TestAddresses:
    async def test_that_lead_nowhere_all_answer_alike(self, scene: Scene):
        for path in (
            f"/v1/clients/{SECRET}",
            "/v1/clients/%00",
            f"/v1/clients/{NOBODY}",
            f"/v1/goals/{NOBODY}",
            f"/v1/goals/{NOBODY}/history",
            f"/v1/clients/{NOBODY}/goals",
            f"/v1/clients/{NOBODY}/timeline",
            f"/v1/clients/{NOBODY}/trends/mood",
            "/v1/clients/{client}/trends/" + SECRET,
            "/v1/" + SECRET,
            "/v2/clients",
        ):
            problem = await scene.refuses("GET", path, b"", status=404, slug="not-found")
            del problem["instance"]
            assert problem == {
                "type": "/problems/not-found",
                "title": "Not found",
                "status": 404,
                "detail": "There is nothing of this id here, or it is not yours to see: "
                "check the id.",
            }

    async def test_say_which_methods_they_take(self, scene: Scene):
        path = f"/v1/clients/{scene.client_id}"
        answer = await scene.asker.ask("DELETE", path)
        assert answer.status_code == 405
        assert answer.json()["type"] == "/problems/method-not-allowed"
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PATCH"}
        answer = await scene.asker.ask("OPTIONS", path)
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PATCH"

    async def test_refuse_a_query_they_do_not_know(self, scene: Scene):
        for query, parameter in (
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("attention=maybe", "attention"),
            ("attention=null", "attention"),
            ("cursor=", "cursor"),
            (f"cursor={SECRET}", "cursor"),
            ("cursor=k6Vnb2Fsc8DA", "cursor"),
            (f"cursor={'k' * 121}", "cursor"),
            (f"limitt={SECRET}", None),
            (f"{SECRET}=1", None),
            ("limit=1&limit=2", "limit"),
            ("%FF=1", None),
        ):
            path = f"/v1/clients?{query}"
            problem = await scene.refuses("GET", path, b"", status=400, slug="parameter-refused")
            assert problem.get("parameter") == parameter
            assert ("parameter" in problem) is (parameter is not None)

    async def test_name_a_parameter_as_it_stands_in_the_address(self, scene: Scene):
        for path, parameter in (
            (f"/v1/clients/{scene.client_id}/trends/mood?to=tomorrow", "to"),
            (f"/v1/clients/{scene.client_id}/trends/phq9?from=yesterday", "from"),
            (f"/v1/clients/{scene.client_id}/goals?course=somewhere", "course"),
            ("/v1/safety-flags?open=maybe", "open"),
            ("/v1/suggestions?client=anna", "client"),
        ):
            problem = await scene.refuses("GET", path, b"", status=400, slug="parameter-refused")
            assert problem["parameter"] == parameter

    async def test_refuse_an_instant_that_is_none(self, scene: Scene):
        for instant in (
            "2026-01-01T00:00:00",
            "2026-01-01",
            SECRET,
            "0",
            "0001-01-01T00:00:00%2B23:59",
            "2999-01-01T00:00:00Z",
            FUTURE,
        ):
            path = f"/v1/goals/{scene.goal_id}?as_of={instant}"
            problem = await scene.refuses("GET", path, b"", status=400, slug="parameter-refused")
            assert problem["parameter"] == "as_of"

    async def test_refuse_days_that_are_no_range(self, scene: Scene):
        for query in (
            "from=2026-03-02&to=2026-03-01",
            "from=0001-01-01",
            "to=9999-12-31",
            "from=yesterday",
        ):
            for trend in ("mood", "phq9"):
                path = f"/v1/clients/{scene.client_id}/trends/{trend}?{query}"
                await scene.refuses("GET", path, b"", status=400, slug="parameter-refused")


class TestHeaders:
    async def test_an_idempotency_key_is_a_uuid(self, scene: Scene):
        for key in ("", "1", SECRET, NOBODY[:-1], "{" + NOBODY + "}"):
            said = {"Idempotency-Key": key}
            problem = await scene.refuses(
                "POST", MOODS, {"rating": 5}, status=400, slug="parameter-refused", **said
            )
            assert problem["parameter"] == "Idempotency-Key"

    async def test_if_match_is_one_etag(self, scene: Scene):
        for etag in ("", "3", '"x"', 'W/"01"', '"1", "2"', SECRET):
            said = {"If-Match": etag}
            path = "/v1/goals/{goal}/pause"
            problem = await scene.refuses(
                "POST", path, {}, status=400, slug="parameter-refused", **said
            )
            assert problem["parameter"] == "If-Match"

    async def test_a_position_is_one_the_log_has(self, scene: Scene):
        for position in ("", "-1", "x", "1.5", "9" * 30, "999999"):
            said = {"Cairn-Position": position}
            problem = await scene.refuses(
                "GET", "/v1/clients", b"", status=400, slug="parameter-refused", **said
            )
            assert problem["parameter"] == "Cairn-Position"


class TestNothing:
    """An empty parameter is refused: a filter that got lost would leave nothing out."""

    async def test_is_no_value_of_any_parameter(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        tried = 0
        for template, handler in READS:
            for parameter in query_names(handler).values():
                path = f"{template.format(**ids)}?{parameter}="
                answer = await clinician.ask("GET", path)
                assert answer.status_code == 400, path
                assert answer.json()["parameter"] == parameter, path
                tried += 1
        assert tried > 40


class TestABlank:
    async def test_is_no_name_and_no_reason(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        before = await house.size()
        deadline = {"due_on": day(70), "reason": "  ", "client_agreed": True}
        for method, path, body in (
            ("POST", "/v1/clients", {"display_name": "   ", "zone": "UTC"}),
            ("PUT", f"/v1/goals/{goal_id}/deadline", deadline),
        ):
            assert (await clinician.ask(method, path, body)).status_code == 422
        assert await house.size() == before
