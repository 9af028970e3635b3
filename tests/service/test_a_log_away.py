"""Where the log can not be reached: what a client endorses is not refused for good, and where a
person is can be read all the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.conftest import Database
from tests.service.conftest import Asker, House
from tests.service.test_safety import CALM, ENDORSED, send
from tests.service.test_unfiled_forms import FORM, unfiled

How = Literal["read-only", "gone", "hanging"]
AWAY: list[How] = ["read-only", "gone", "hanging"]
CALM_FORM = {"instrument": "phq9", "answers": CALM}
MALFORMED = {
    "an unknown field": (json.dumps({**FORM, "mood": 3}), 422),
    "no JSON": ('{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2', 400),
    "too large": (json.dumps({"note": "x" * 90_000, **FORM}), 413),
    "a total": ('{"instrument": "phq9", "total": 9, "suicide_item": 2, "mood": 3}', 422),
}


@asynccontextmanager
async def away(database: Database, how: How) -> AsyncIterator[None]:
    """The log is not to be had during the block."""
    if how == "hanging":
        admin = await asyncpg.connect(database.admin)
        try:
            async with admin.transaction():
                await admin.execute("LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await admin.close()
        return
    off, on = {
        "read-only": (
            "SET default_transaction_read_only = on",
            "RESET default_transaction_read_only",
        ),
        "gone": ("CONNECTION LIMIT 0", "CONNECTION LIMIT -1"),
    }[how]
    await alter(database, off)
    try:
        yield
    finally:
        await alter(database, on)


async def alter(database: Database, change: str) -> None:
    """Change a database, for all who are connected from now on: nobody else is."""
    admin = await asyncpg.connect(database.admin)
    try:
        await admin.execute("SET default_transaction_read_only = off")
        await admin.execute(f"ALTER DATABASE {database.name} {change}")
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await admin.close()


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.form_door.FLAG_SECONDS", 0.5)
    monkeypatch.setattr("service.last_known.BESIDE_SECONDS", 0.2)
    monkeypatch.setattr("service.routes.safety.BESIDE_SECONDS", 0.2)


@pytest.fixture
async def anna(house: House, clinician: Asker) -> tuple[Asker, str]:
    client_id = await clinician.enrol(country="US", language="es")
    return house.asker("client", client_id), client_id


async def until_recorded(asker: Asker, client_id: str) -> None:
    """The API comes back by itself."""
    async with asyncio.timeout(30):
        while True:
            answer = await asker.ask("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
            if answer.status_code == 201:
                return
            await asyncio.sleep(0.1)


class TestAFormThatWouldBeRefused:
    @pytest.mark.parametrize(
        ("how", "kind"),
        [*(("hanging", kind) for kind in MALFORMED), *((how, "too large") for how in AWAY[:2])],
    )
    async def test_is_unavailable_where_what_it_endorses_may_be_lost(
        self,
        house: House,
        clinician: Asker,
        anna: tuple[Asker, str],
        database: Database,
        how: How,
        kind: str,
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)
        body, refused = MALFORMED[kind]

        async def sent() -> httpx.Response:
            return await house.http.post(
                f"/v1/clients/{client_id}/assessments",
                content=body,
                headers={**asker.headers, "content-type": "application/json"},
            )

        async with away(database, how):
            answer = await sent()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["type"] == "/problems/store-unavailable"
        told = answer.json()["safety"]
        assert (told["person_asked"], told["language"]) == (False, "es")
        assert [one["reach"] for one in told["lines"]] == ["988", "911"]
        # Sent again, it is refused for what it is, and is on the queue once.
        await until_recorded(asker, client_id)
        answer = await sent()
        assert answer.status_code == refused
        assert answer.json()["safety"]["person_asked"] is True
        (flag,) = await unfiled(clinician)
        assert (flag["client_id"], flag["instrument"], flag["item"]) == (client_id, "phq9", 9)

    @pytest.mark.parametrize("how", AWAY)
    async def test_is_refused_at_once_where_it_endorses_nothing(
        self, anna: tuple[Asker, str], database: Database, how: How
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)
        path = f"/v1/clients/{client_id}/assessments"
        async with away(database, how):
            answer = await asker.ask("POST", path, {**CALM_FORM, "mood": 3})
        assert answer.status_code == 422
        assert [one["reach"] for one in answer.json()["safety"]["lines"]] == ["988", "911"]

    @pytest.mark.parametrize("how", AWAY)
    async def test_of_which_only_the_log_knows_the_kind_is_unavailable(
        self, clinician: Asker, anna: tuple[Asker, str], database: Database, how: How
    ) -> None:
        asker, client_id = anna
        form_id = (await send(asker, client_id, CALM))["id"]
        body = {"answers": [*ENDORSED, 0], "mood": 3}
        async with away(database, how):
            answer = await asker.ask("PUT", f"/v1/assessments/{form_id}", body)
        assert answer.status_code == 503
        await until_recorded(asker, client_id)
        answer = await asker.ask("PUT", f"/v1/assessments/{form_id}", body)
        assert answer.status_code == 422
        assert len(await unfiled(clinician)) == 1


@pytest.mark.parametrize("how", AWAY)
class TestCrisisInformation:
    async def test_is_told_as_it_was_last_known(
        self, house: House, anna: tuple[Asker, str], database: Database, how: How
    ) -> None:
        asker, _ = anna
        known = await asker.get("/v1/crisis-information")
        assert [one["reach"] for one in known["lines"]] == ["988", "911"]
        stranger = house.asker("client", str(uuid4()))
        async with away(database, how):
            answer = await asker.ask("GET", "/v1/crisis-information")
            elsewhere = await stranger.get("/v1/crisis-information?country=IE")
            here = await stranger.get("/v1/crisis-information")
        assert (answer.status_code, answer.json()) == (200, known)
        if how != "read-only":
            assert "cairn-position" not in answer.headers
        assert [one["reach"] for one in elsewhere["lines"]] == ["116 123", "112"]
        assert [one["reach"] for one in here["lines"]] == ["143", "112"]
