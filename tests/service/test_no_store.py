"""No answer about people is kept by anything on its way: `cache-control: no-store` on every one."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from events.store import StoreUnavailable
from service.app import create_routes
from service.auth import ROLES
from service.bodies import BODY_LIMIT_BYTES
from service.openapi import dated, operations
from service.operations import Operation
from tests.controls import MONDAY
from tests.days import today
from tests.service.conftest import Asker, House
from tests.service.in_one_house.test_who_may import belongings, end_streams_soon

OPERATIONS = [
    (method.upper(), path, operation)
    for path, method, _, operation in operations(create_routes(MONDAY))
]
ABOUT_PEOPLE = [one for one in OPERATIONS if one[2].roles]
PATHS = sorted({path for _, path, _ in ABOUT_PEOPLE})
# Documents that are the same for everybody: these alone may be kept, and for how long they say.
KEPT = {
    "/schema/asyncapi.json",
    "/schema/events",
    "/schema/events/goal.reached.v1",
    "/schema/problems.json",
    "/schema/assets/start.js",
    "/schema/assets/swagger-ui.css",
}
OPEN = ("/", "/healthz", "/readyz", "/schema", "/schema/openapi.json", "/problems", "/schema/none",
        "/problems/goal-not-open", "/problems/none")  # fmt: skip


def told(answer: httpx.Response) -> list[str]:
    """What an answer says about being kept, each time it says so."""
    return answer.headers.get_list("cache-control")


def unknown(template: str) -> str:
    """An address of the route at which there is nothing."""
    path = re.sub(r"\{\w+_id\}", str(uuid4()), template)
    return path.format(instrument="nothing", on=today(), number=9, country="ZZ")


async def say(
    house: House, asker: Asker, method: str, path: str, operation: Operation, body: Any
) -> httpx.Response:
    if operation.streamed:
        end_streams_soon(house)
    if method == "GET":
        return await asker.ask(method, path)
    return await asker.ask(method, path, body)


class TestEveryAnswer:
    def test_there_are_as_many_routes_as_the_document_has(self):
        assert len(ABOUT_PEOPLE) > 70
        assert {path for _, path, operation in OPERATIONS if not operation.roles} <= {*OPEN, *KEPT}

    async def test_to_who_may_ask(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        ids["country"] = "CH"
        statuses = set()
        # What only looks comes first, so that there is still everything to look at.
        for method, template, operation in sorted(ABOUT_PEOPLE, key=lambda one: one[0] != "GET"):
            for role in sorted(operation.roles):
                subject = ids["client_id"] if role == "client" else "someone"
                asker = house.asker(role, subject)
                body = dated(operation.example, today())
                for path in (template.format(**ids), unknown(template)):
                    answer = await say(house, asker, method, path, operation, body)
                    assert told(answer) == ["no-store"], (method, template, role)
                    statuses.add((method, answer.status_code))
        assert {("GET", 200), ("GET", 404), ("POST", 200), ("POST", 201), ("POST", 404),
                ("PUT", 200), ("PUT", 404), ("PATCH", 200), ("DELETE", 200),
                ("DELETE", 404)} <= statuses  # fmt: skip

    async def test_to_who_may_not(self, house: House):
        for method, template, operation in ABOUT_PEOPLE:
            for role in sorted(set(ROLES) - operation.roles):
                asker = house.asker(role, str(uuid4()))
                refused = await say(house, asker, method, unknown(template), operation, {})
                assert (refused.status_code, told(refused)) == (403, ["no-store"]), template
            for headers in ({}, {"Authorization": "Bearer x.y.z"}):
                refused = await house.http.request(method, unknown(template), headers=headers)
                assert (refused.status_code, told(refused)) == (401, ["no-store"]), template

    async def test_to_what_can_not_be_read(self, house: House, clinician: Asker):
        statuses = set()
        long = b'"' + b"x" * BODY_LIMIT_BYTES + b'"'
        for method, template, operation in ABOUT_PEOPLE:
            role = min(operation.roles)
            headers = house.asker(role, str(uuid4())).headers
            for more, content in (
                ({"Content-Type": "application/json"}, b"{"),
                ({"Content-Type": "application/json"}, b'{"no_such_field": 1}'),
                ({"Content-Type": "application/json"}, long),
                ({"Content-Type": "text/plain"}, b"hello"),
                ({"Idempotency-Key": "none", "Cairn-Position": "none", "If-Match": "none"}, b""),
            ):
                sent = {**headers, **more}
                answer = await house.http.request(
                    method, f"{unknown(template)}?nothing=1", headers=sent, content=content
                )
                assert told(answer) == ["no-store"], (method, template, more)
                answer = await house.http.request(
                    "POST" if method == "GET" else method, unknown(template),
                    headers=sent, content=content,
                )  # fmt: skip
                assert told(answer) == ["no-store"], (method, template, more)
                statuses.add(answer.status_code)
        assert {400, 403, 405, 413, 415, 422} <= statuses

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH"])
    async def test_to_whatever_else_an_address_is_asked(
        self, house: House, clinician: Asker, method: str
    ):
        statuses = set()
        for path in (*map(unknown, PATHS), "/nowhere", "/v1", "/v1/clients/anna"):
            answer = await clinician.ask(method, path)
            assert told(answer) == ["no-store"], (method, path)
            assert told(await house.http.request(method, path)) == ["no-store"], (method, path)
            statuses.add(answer.status_code)
        assert {"HEAD": {200, 404, 405}, "OPTIONS": {204, 404}}.get(method, {405}) <= statuses

    @pytest.mark.parametrize(
        ("broken", "status"), [(RuntimeError, 500), (StoreUnavailable, 503), (OSError, 503)]
    )
    async def test_where_something_broke(
        self, house: House, clinician: Asker, broken: type[Exception], status: int
    ):
        client_id = await clinician.enrol()

        async def break_down(*_: object) -> None:
            raise broken

        house.cairn.enrolled.require = break_down  # type: ignore[method-assign, assignment]
        for method, path in (
            ("POST", f"/v1/clients/{client_id}/moods"),
            ("GET", f"/v1/clients/{client_id}/goals"),
        ):
            answer = await clinician.ask(method, path, {"rating": 4} if method == "POST" else None)
            assert (answer.status_code, told(answer)) == (status, ["no-store"])

    async def test_where_a_view_is_behind(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        pool = house.cairn.pool
        async with pool.acquire() as held, held.transaction():
            await held.execute("SELECT FROM views.checkpoint FOR UPDATE")
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
            late = await clinician.ask("GET", f"/v1/clients/{client_id}")
        assert (late.status_code, told(late)) == (503, ["no-store"])


class TestWhatIsTheSameForEverybody:
    async def test_alone_may_be_kept(self, house: House):
        for path in sorted(KEPT):
            answer = await house.http.get(path)
            assert (answer.status_code, told(answer)) == (200, ["public, max-age=86400"]), path
        for path in OPEN:
            assert told(await house.http.get(path)) == ["no-store"], path
