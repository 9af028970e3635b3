"""HEAD as GET, and answers that are compressed: which ones, and for whom."""

import gzip
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.app import create_routes
from service.auth import Role
from service.compression import LEAST_BYTES, compressed_once
from service.openapi import operations
from tests.controls import MONDAY
from tests.service.conftest import Asker, House
from tests.service.streaming import serving
from tests.service.test_no_store import unknown
from tests.service.wires import Wire, head

GETS = sorted(
    (path, operation)
    for path, method, _, operation in operations(create_routes(MONDAY))
    if method == "get"
)
GZIP = {"Accept-Encoding": "gzip"}
# What differs from one answer to the next.
OWN = {"x-request-id", "date"}


async def raw(asker: Asker, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """An answer whose body is as it came over the line."""
    sent = {**asker.headers, "Accept-Encoding": "identity", **headers}
    if asker.position is not None:
        sent["Cairn-Position"] = asker.position
    request = asker.house.http.build_request(method, path, headers=sent)
    answer = await asker.house.http.send(request, stream=True)
    answer.extensions["raw"] = b"".join([piece async for piece in answer.aiter_raw()])
    return answer


async def many_clients(clinician: Asker) -> None:
    for nth in range(4):
        await clinician.enrol(display_name=f"Client {nth}")


class TestHead:
    async def test_answers_as_a_get_without_its_body(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.set_goal(client_id)
        paths = [
            "/", "/healthz", "/schema/openapi.json", "/problems/goal-not-open", "/nothing",
            f"/v1/clients/{client_id}", f"/v1/clients/{client_id}/goals", "/v1/instruments",
            f"/v1/clients/{uuid4()}", "/v1/feed?after=0", "/v1/feed?nothing=1",
        ]  # fmt: skip
        for path in paths:
            for headers in ({}, GZIP):
                found = await raw(clinician, "GET", path, headers)
                looked = await raw(clinician, "HEAD", path, headers)
                told = [
                    {name: value for name, value in one.headers.items() if name not in OWN}
                    for one in (found, looked)
                ]
                assert looked.status_code == found.status_code, path
                assert told[0] == told[1], path
                assert looked.extensions["raw"] == b""
                assert int(looked.headers["content-length"]) == len(found.extensions["raw"])

    def test_is_taken_wherever_a_get_is(self):
        assert len(GETS) > 25

    async def test_is_taken_at_every_address_that_takes_a_get(self, house: House):
        for path, operation in GETS:
            role: Role = min(operation.roles) if operation.roles else "clinician"
            address = unknown(path)
            answer = await house.asker(role, str(uuid4())).ask("HEAD", address)
            assert answer.status_code != 405, path
            allowed = await house.asker(role).ask("OPTIONS", address)
            assert "HEAD" in allowed.headers["allow"].split(", "), path
            refused = await house.asker(role).ask("TRACE", address)
            assert "HEAD" in refused.headers["allow"].split(", "), path

    async def test_opens_no_stream_and_the_connection_ends(self, house: House, clinician: Asker):
        async with serving(house.cairn) as url:
            wire = await Wire.to(url)
            wire.say(head("HEAD", "/v1/feed/stream?after=0", clinician.headers))
            answer = await wire.answer(has_body=False)
            assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
            assert await wire.ends() == b""
            assert len(house.cairn.streams) == 0
            await wire.hang_up()

    async def test_keeps_the_connection_in_step(self, house: House):
        async with serving(house.cairn) as url:
            wire = await Wire.to(url)
            for method in ("HEAD", "GET", "HEAD", "GET"):
                wire.say(head(method, "/healthz", {}))
                answer = await wire.answer(has_body=method == "GET")
                assert (answer.status, answer.headers["content-length"]) == (200, "17")
            await wire.hang_up()


class TestCompression:
    async def test_is_of_what_is_read_and_long_enough(self, clinician: Asker):
        await many_clients(clinician)
        plain = await raw(clinician, "GET", "/v1/clients", {})
        packed = await raw(clinician, "GET", "/v1/clients", GZIP)
        assert len(plain.extensions["raw"]) >= LEAST_BYTES > len(packed.extensions["raw"])
        assert gzip.decompress(packed.extensions["raw"]) == plain.extensions["raw"]
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        # Whoever keeps one of them must not give it for the other.
        assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
        short = await raw(clinician, "GET", "/healthz", GZIP)
        assert "content-encoding" not in short.headers
        assert short.headers["vary"] == "Accept-Encoding"

    async def test_leaves_the_version_as_it_is(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol(), why="I sleep better. " * 30)
        answers = [await raw(clinician, "GET", f"/v1/goals/{goal_id}", more) for more in ({}, GZIP)]
        assert [one.headers.get("content-encoding") for one in answers] == [None, "gzip"]
        # It is a weak one: the same goal, whatever bytes tell of it.
        assert answers[0].headers["etag"] == answers[1].headers["etag"]

    @pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=x", "identity, *;q=0"])
    async def test_is_not_for_who_does_not_ask(self, clinician: Asker, accepted: str):
        answer = await raw(clinician, "GET", "/v1/instruments", {"Accept-Encoding": accepted})
        assert "content-encoding" not in answer.headers

    async def test_is_not_where_an_answer_has_a_secret_or_repeats_what_was_sent(
        self, clinician: Asker
    ):
        def wanted(nth: int) -> dict[str, Any]:
            return {"name": f"Diary {nth}", "url": f"https://diary.example/{nth}?key={'x' * 200}"}

        for nth in range(6):
            made = await clinician.ask("POST", "/v1/subscriptions", wanted(nth), **GZIP)
            assert made.status_code == 201
            assert "content-encoding" not in made.headers
        for path in ("/v1/subscriptions", made.headers["location"]):
            answer = await raw(clinician, "GET", path, GZIP)
            assert "content-encoding" not in answer.headers
            assert "vary" not in answer.headers
            assert answer.headers["content-length"] == str(len(answer.extensions["raw"]))
        every = await raw(clinician, "GET", "/v1/subscriptions", GZIP)
        assert len(every.extensions["raw"]) > LEAST_BYTES

    async def test_of_a_long_answer_is_the_same(self, clinician: Asker):
        plain = await raw(clinician, "GET", "/schema/openapi.json", {})
        packed = await raw(clinician, "GET", "/schema/openapi.json", GZIP)
        assert gzip.decompress(packed.extensions["raw"]) == plain.extensions["raw"]

    async def test_of_what_who_has_no_token_may_read_is_done_once_and_nothing_else_is_kept(
        self, clinician: Asker
    ):
        compressed_once.cache_clear()
        for path in (*(3 * ["/schema/openapi.json"]), "/v1/instruments"):
            answer = await raw(clinician, "GET", path, GZIP)
            assert answer.headers["content-encoding"] == "gzip"
        kept = compressed_once.cache_info()
        assert (kept.misses, kept.hits, kept.currsize) == (1, 2, 1)
