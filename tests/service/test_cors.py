"""Pages of other origins: closed unless a setting names them, and never with cookies."""

from collections.abc import AsyncIterator

import httpx
import pytest

from service.app import create_app
from tests.service.conftest import Asker, House

PAGE = "https://app.example.org"
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}


@pytest.fixture
async def pages(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The API, which lets pages of one origin read its answers."""
    app = create_app(house.cairn, origins=frozenset({PAGE}))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http:
        yield http


def allowed(answer: httpx.Response) -> str | None:
    origin: str | None = answer.headers.get("access-control-allow-origin")
    return origin


class TestAPageOfAnOriginThatIsNamed:
    async def test_may_ask_beforehand_without_a_token(self, pages: httpx.AsyncClient):
        answer = await pages.options("/v1/goals/x/deadline", headers={"Origin": PAGE, **PREFLIGHT})
        assert (answer.status_code, answer.content) == (204, b"")
        assert allowed(answer) == PAGE
        assert "PUT" in answer.headers["access-control-allow-methods"].split(", ")
        sent = answer.headers["access-control-allow-headers"].lower().split(", ")
        assert {"authorization", "content-type", "if-match", "idempotency-key"} <= set(sent)
        assert answer.headers["vary"] == "Origin"

    async def test_reads_answers_and_refusals_with_their_headers(
        self, pages: httpx.AsyncClient, clinician: Asker
    ):
        client_id = await clinician.enrol()
        form = f"/v1/clients/{client_id}/assessments"
        for path, headers, status in (
            ("/v1/clients", clinician.headers, 200),
            ("/v1/nothing", clinician.headers, 404),
            ("/v1/clients", {}, 401),
        ):
            answer = await pages.get(path, headers={**headers, "Origin": PAGE})
            assert (answer.status_code, allowed(answer)) == (status, PAGE)
            read = answer.headers["access-control-expose-headers"].lower().split(", ")
            assert {"etag", "location", "retry-after", "cairn-position"} <= set(read)
            assert "Origin" in answer.headers.get_list("vary")
            assert "access-control-allow-credentials" not in answer.headers
        refused = await pages.post(form, json={}, headers={"Origin": PAGE})
        assert (refused.status_code, allowed(refused)) == (401, PAGE)
        assert refused.json()["safety"]["lines"]


class TestAnyOtherPage:
    @pytest.mark.parametrize(
        "origin", ["https://app.example.org.evil.example", "http://app.example.org", "null"]
    )
    async def test_reads_nothing(self, pages: httpx.AsyncClient, clinician: Asker, origin: str):
        asked = await pages.options("/v1/clients", headers={"Origin": origin, **PREFLIGHT})
        assert (asked.status_code, allowed(asked)) == (401, None)
        answer = await pages.get("/v1/clients", headers={**clinician.headers, "Origin": origin})
        assert (answer.status_code, allowed(answer)) == (200, None)
        assert "Origin" in answer.headers.get_list("vary")

    async def test_reads_nothing_where_no_origin_is_named(self, clinician: Asker, house: House):
        asked = await house.http.options("/v1/clients", headers={"Origin": PAGE, **PREFLIGHT})
        assert (asked.status_code, allowed(asked)) == (401, None)
        answer = await clinician.ask("GET", "/v1/clients", Origin=PAGE)
        assert (answer.status_code, allowed(answer)) == (200, None)
        assert "Origin" not in answer.headers.get("vary", "")
