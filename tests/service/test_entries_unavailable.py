"""Moods, check-ins and rest days where something is broken: it is told where a person is."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from migrations.runner import migrate
from service.auth import Role
from service.embedded import EmbeddedPostgres
from service.last_known import LastKnown
from service.settings import Settings
from tests.conftest import HURRIED, PREFIX
from tests.days import day, in_days
from tests.service.conftest import KEY, Asker, House, opened_house

WHY = {"reason": "Counted twice."}
SENT: list[tuple[Role, str, str, Any]] = [
    *(
        (role, method, path, body)
        for role in ("client", "app")
        for method, path, body in (
            ("POST", "/v1/clients/{client}/moods", {"rating": 4}),
            ("PUT", "/v1/moods/{mood}", {"rating": 5}),
            ("DELETE", "/v1/moods/{mood}", WHY),
            ("POST", "/v1/goals/{goal}/check-ins", {"amount": 20}),
            ("PUT", "/v1/check-ins/{check_in}", {"amount": 25}),
            ("DELETE", "/v1/check-ins/{check_in}", WHY),
        )
    ),
    ("client", "POST", "/v1/goals/{goal}/rest-days", {"on": in_days(3), "reason": "A feast."}),
    ("client", "DELETE", "/v1/goals/{goal}/rest-days/{rested}", None),
]


class Anna:
    """A client with an entry of each kind, and those who report about her."""

    def __init__(self, house: House, ids: dict[str, str]) -> None:
        self.house = house
        self.ids = ids

    def asker(self, role: Role) -> Asker:
        return self.house.asker(role, self.ids["client"] if role == "client" else "diary")


async def anna_of(house: House) -> Anna:
    dr = house.asker()
    client_id = await dr.enrol(country="US", language="es-US")
    goal_id = await dr.set_goal(client_id)
    anna = Anna(house, {"client": client_id, "goal": goal_id, "rested": day(5)})
    asker = anna.asker("client")
    rest = {"on": day(5), "reason": "A feast."}
    await asker.do("POST", f"/v1/goals/{goal_id}/rest-days", rest)
    mood = await asker.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
    done = await asker.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20})
    anna.ids |= {"mood": mood["id"], "check_in": done["id"]}
    return anna


@pytest.fixture
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """A Postgres of its own, which may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)  # As root the server runs as nobody, who has to get in.
    server = EmbeddedPostgres(folder, settings=HURRIED)
    try:
        await migrate((await server.start()).owner)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_are_told_so_while_postgres_is_stopped(postgres: EmbeddedPostgres) -> None:
    async with opened_house(Settings(database_url=postgres.urls().runtime, key=KEY)) as house:
        anna = await anna_of(house)
        house.cairn.store._writer._patience_seconds = 1.0
        postgres.stop()
        # All at once: the log is waited for before an append is given up.
        answers = await asyncio.gather(
            *(
                anna.asker(role).ask(method, path.format(**anna.ids), body)
                for role, method, path, body in SENT
            ),
        )
        for (role, _, path, _), answer in zip(SENT, answers, strict=True):
            problem = answer.json()
            assert (answer.status_code, problem["type"]) == (503, "/problems/store-unavailable")
            told = problem["safety"]
            assert (told["person_asked"], told["person_notified"]) == (False, False)
            assert "this was not kept" in told["notice"] or "no se ha guardado" in told["notice"]
            # An address of an entry does not say whose the entry is: an app reads what the practice
            # has chosen.
            whose = role == "client" or "/clients/" in path
            assert (told["country"], told["language"]) == (("US", "es") if whose else ("CH", "en"))
            assert told["lines"]
        read = await anna.asker("client").ask("GET", f"/v1/clients/{anna.ids['client']}")
        assert (read.status_code, "safety" in read.json()) == (503, False)
        path = f"/v1/clients/{anna.ids['client']}/moods"
        by_clinician = await house.asker().ask("POST", path, {"rating": 4})
        assert (by_clinician.status_code, "safety" in by_clinician.json()) == (503, False)


@pytest.mark.parametrize("role", ["client", "app"])
async def test_are_told_so_where_we_have_a_fault(
    house: House, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    anna = await anna_of(house)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(house.cairn.store, "append", broken)
    for known in (house.cairn.last_known, LastKnown()):  # As after a start, too.
        house.cairn.last_known = known
        path = f"/v1/clients/{anna.ids['client']}/moods"
        answer = await anna.asker(role).ask("POST", path, {"rating": 4})
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/unexpected")
        assert answer.json()["safety"]["lines"]


async def test_are_told_nothing_of_it_where_they_are_refused(house: House) -> None:
    anna = await anna_of(house)
    path = f"/v1/clients/{anna.ids['client']}/moods"
    answer = await anna.asker("client").ask("POST", path, {"rating": 40})
    assert (answer.status_code, "safety" in answer.json()) == (422, False)
