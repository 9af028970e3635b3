"""The door of forms: which addresses it sees, how long it waits, and what it answers then."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from service.app import create_app
from service.console.sweeping import catch_up_all
from service.in_time import UNFINISHED, in_time
from service.settings import Settings
from service.unfiled_forms import form_address
from tests.conftest import Database, execute
from tests.service.conftest import Asker, House, opened_house
from tests.service.test_openapi import DOCUMENT
from tests.service.test_safety import CALM, ENDORSED, flags, send
from tests.service.test_unfiled_forms import FORM, unfiled

ONE = "0f5b1c9e-7c1d-4a51-9f3e-1d6a52f0a002"
HEX = UUID(ONE).hex


@pytest.fixture
async def anna(house: House, clinician: Asker) -> tuple[Asker, str]:
    client_id = await clinician.enrol(country="US", language="es")
    return house.asker("client", client_id), client_id


async def post(asker: Asker, client_id: str, content: Any, **headers: str) -> httpx.Response:
    """A form as bytes, or as they come one by one."""
    sent = {**asker.headers, "content-type": "application/json"}
    return await asker.house.http.post(
        f"/v1/clients/{client_id}/assessments",
        content=content,
        headers={**sent, **{name.replace("_", "-"): told for name, told in headers.items()}},
    )


class TestAnAddress:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    @pytest.mark.parametrize("one", [ONE, HEX, f"urn:uuid:{ONE}", f"{{{ONE}}}", ONE.upper()])
    def test_is_seen_whatever_the_method_and_however_it_is_written(
        self, method: str, one: str
    ) -> None:
        for path in (
            f"/v1/clients/{one}/assessments",
            f"/v1/clients/{one}//assessments",
            f"//v1/clients/{one}/assessments//",
        ):
            address = form_address(method, path)
            assert address is not None
            assert address.client_id == UUID(ONE)
        for path in (f"/v1/assessments/{one}", f"/v1//assessments/{one}/"):
            address = form_address(method, path)
            assert address is not None
            assert address.assessment_id == UUID(ONE)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", f"/v1/clients/{ONE}/assessments"),
            ("DELETE", f"/v1/assessments/{ONE}"),
            ("POST", f"/v1/clients/{ONE}/moods"),
            ("POST", "/v1/clients/x/assessments"),
            ("POST", f"/v1/clients/{ONE}/assessments/{ONE}"),
            ("PUT", "/v1/assessments/-----------------------------------"),
        ],
    )
    def test_of_something_else_is_none(self, method: str, path: str) -> None:
        assert form_address(method, path) is None

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/v1/clients/{hex}/assessments", 422),
            ("POST", "/v1/clients/{id}//assessments", 422),
            ("POST", "//v1/clients/{id}/assessments", 422),
            ("POST", "/v1/clients/{id}/assessments//", 422),
            ("POST", "/v1/clients/urn:uuid:{id}/assessments", 422),
            ("POST", "/v1/clients/%7B{id}%7D/assessments", 422),
            ("POST", "/v1/clients%2F{id}%2Fassessments", 422),
            ("PUT", "/v1/clients/{id}/assessments", 405),
            ("PATCH", "/v1/clients/{id}/assessments", 405),
            ("PUT", "/v1/assessments/{form_hex}", 422),
            ("POST", "/v1/assessments/{form_id}", 405),
            ("PATCH", "/v1/assessments/{form_id}", 405),
        ],
    )
    async def test_that_the_routes_take_or_refuse_loses_no_endorsed_item(
        self,
        house: House,
        clinician: Asker,
        anna: tuple[Asker, str],
        method: str,
        path: str,
        status: int,
    ) -> None:
        asker, client_id = anna
        form_id = (await send(asker, client_id, CALM))["id"]
        path = path.format(
            id=client_id, hex=UUID(client_id).hex, form_id=form_id, form_hex=UUID(form_id).hex
        )
        # httpx would make a host of what comes after two slashes.
        url = httpx.URL("http://cairn.test").copy_with(raw_path=path.encode())
        answer = await house.http.request(
            method, url, json={**FORM, "mood": 3}, headers=asker.headers
        )
        assert answer.status_code == status
        assert answer.json()["safety"]["person_asked"] is True
        (flag,) = await unfiled(clinician)
        assert (flag["client_id"], flag["item"], flag["answer"]) == (client_id, 9, 1)


class TestABody:
    async def test_that_stalls_is_looked_at_as_far_as_it_came(
        self, clinician: Asker, anna: tuple[Asker, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.form_door.BODY_SECONDS", 0.2)
        asker, client_id = anna

        async def stalling() -> AsyncIterator[bytes]:
            yield b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2'
            await asyncio.sleep(60)

        answer = await post(asker, client_id, stalling())
        assert answer.status_code == 408
        assert answer.json()["type"] == "/problems/body-not-complete"
        assert answer.headers["connection"] == "close"
        assert answer.json()["safety"]["person_asked"] is True
        (flag,) = await unfiled(clinician)
        assert (flag["answer"], flag["why"]) == (2, "body-not-complete")

    async def test_whose_sender_has_gone_is_looked_at_as_far_as_it_came(
        self, house: House, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        authorization = asker.headers["Authorization"].encode()
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"authorization", authorization), (b"content-type", b"application/json")],
        }
        piece = b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2'
        coming = [
            {"type": "http.request", "body": piece, "more_body": True},
            {"type": "http.disconnect"},
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return coming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        app: Any = create_app(house.cairn)
        await app(scope, receive, send)
        assert sent[0]["status"] == 408
        (flag,) = await unfiled(clinician)
        assert (flag["answer"], flag["why"]) == (2, "body-not-complete")

    @pytest.mark.parametrize("size", [70_000, 900_000, 1_200_000])
    async def test_that_is_too_large_is_looked_at_up_to_a_limit(
        self, clinician: Asker, anna: tuple[Asker, str], size: int
    ) -> None:
        body = json.dumps({"note": "x" * size, **FORM}).encode()

        async def in_pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 50_000):
                yield body[start : start + 50_000]

        answer = await post(*anna, in_pieces())
        assert answer.status_code == 413
        assert [one["reach"] for one in answer.json()["safety"]["lines"]] == ["988", "911"]
        assert len(await unfiled(clinician)) == (1 if size < 2**20 else 0)

    async def test_that_is_compressed_is_looked_at(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        body = gzip.compress(b'{"instrument": "PHQ-9", "answers": [0,0,0,0,0,0,0,0,3]}')
        answer = await post(*anna, body, content_encoding="gzip")
        assert answer.status_code in (400, 422)
        (flag,) = await unfiled(clinician)
        assert (flag["instrument"], flag["answer"]) == ("phq9", 3)

    async def test_of_no_known_form_is_on_the_queue_as_one_of_an_unknown(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        answer = await post(*anna, b'{"suicide_item": 2}')
        assert answer.status_code == 422
        (flag,) = await unfiled(clinician)
        assert (flag["instrument"], flag["item"], flag["answer"]) == ("unknown", 0, 2)


class TestAClinician:
    async def test_is_told_the_flag_that_a_refused_form_raised(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        _, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        refused = (await clinician.ask("POST", path, {**FORM, "mood": 3})).json()
        (flag,) = await unfiled(clinician)
        assert (refused["flag_id"], "safety" in refused) == (flag["id"], False)
        calm = await clinician.ask("POST", path, {"instrument": "phq9", "answers": CALM, "mood": 3})
        assert "flag_id" not in calm.json()

    def test_is_told_so_in_the_document(self) -> None:
        told = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["flag_id"]
        assert (told["type"], told["format"]) == ("string", "uuid")


class TestAClientWhoseKeyIsGone:
    @pytest.mark.parametrize("more", [[], [0]], ids=["a sound form", "a malformed one"])
    async def test_is_refused_for_good_and_not_asked_to_try_again(
        self, anna: tuple[Asker, str], settings: Settings, database: Database, more: list[int]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/assessments/{(await send(asker, client_id, CALM))['id']}"
        await execute(database.admin, f"DELETE FROM data_key WHERE subject_id = '{client_id}'")
        async with opened_house(settings) as restarted:
            answer = await restarted.http.put(
                path, json={"answers": [*ENDORSED, *more]}, headers=asker.headers
            )
        assert (answer.status_code, "retry-after" in answer.headers) == (409, False)
        assert answer.json()["type"] == "/problems/record-unreadable"
        assert answer.json()["safety"]["person_asked"] is False


class TestADatabaseThatHangs:
    @pytest.fixture(autouse=True)
    def seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("service.form_door.ANSWER_SECONDS", 0.5)
        monkeypatch.setattr("service.last_known.BESIDE_SECONDS", 0.2)

    @pytest.mark.parametrize("mode", ["ACCESS EXCLUSIVE", "EXCLUSIVE"])
    async def test_is_answered_soon_and_what_was_begun_goes_on(
        self,
        house: House,
        clinician: Asker,
        anna: tuple[Asker, str],
        database: Database,
        mode: str,
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)
        path, chosen = f"/v1/clients/{client_id}/assessments", str(uuid4())
        admin = await asyncpg.connect(database.admin)
        try:
            async with admin.transaction():
                await admin.execute(f"LOCK TABLE event_log IN {mode} MODE")
                began = time.monotonic()
                answer = await asker.ask("POST", path, {**FORM, "id": chosen})
                assert time.monotonic() - began < 5
        finally:
            await admin.close()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        told = answer.json()["safety"]
        assert [one["reach"] for one in told["lines"]] == ["988", "911"]
        assert (told["person_asked"], told["language"], told["country"]) == (False, "es", "US")
        # Sent again it is there once, and nothing is left behind.
        again = await asker.do("POST", path, {**FORM, "id": chosen})
        assert again["safety"]["person_asked"] is True
        assert len(await flags(clinician)) == 1
        if UNFINISHED:
            await asyncio.wait(UNFINISHED, timeout=10)
        assert not UNFINISHED

    async def test_beside_a_recorded_form_does_not_fail_it(
        self,
        house: House,
        clinician: Asker,
        anna: tuple[Asker, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def hanging(*_: object, **__: object) -> None:
            await asyncio.sleep(60)

        monkeypatch.setattr("service.forms.BESIDE_SECONDS", 1.0)  # Beyond the door's own patience.
        monkeypatch.setattr("service.forms.read_flags", hanging)
        asker, client_id = anna
        assert (await send(asker, client_id, ENDORSED))["safety"]["person_asked"] is True
        await catch_up_all(house.cairn)
        (flag,) = await flags(clinician)
        assert flag["unfiled"] is False


class TestInTime:
    async def test_does_not_wait_for_what_does_not_end(self) -> None:
        ended = asyncio.Event()

        async def stubborn() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await ended.wait()
                raise RuntimeError  # Nobody hears it.

        async with asyncio.timeout(5):
            with pytest.raises(TimeoutError):
                await in_time(stubborn(), 0.01)
        assert len(UNFINISHED) == 1
        ended.set()
        await asyncio.sleep(0.01)
        assert not UNFINISHED

    async def test_answers_and_raises_what_the_work_does(self) -> None:
        async def work(divisor: int) -> float:
            await asyncio.sleep(0)
            return 6 / divisor

        assert await in_time(work(2), 1) == 3
        with pytest.raises(ZeroDivisionError):
            await in_time(work(0), 1)

    async def test_ends_the_work_of_whoever_is_cancelled(self) -> None:
        ended = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        waiting = asyncio.create_task(in_time(work(), 60))
        await asyncio.sleep(0.01)
        waiting.cancel()
        async with asyncio.timeout(5):
            await ended.wait()
