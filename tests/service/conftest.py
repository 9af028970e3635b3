"""The API on a real database with a projector beside it, and a person to ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from events import practice
from events.crisis import country_lines
from events.practice import OpenPractice, PracticeCommand, SetCrisisLines, SetDuty
from events.practice_choices import CrisisInformation, Duty, DutyPerson
from events.record import Cause, digest
from events.transact import handle
from projections.runner import Projector
from projections.told_position import SealedPositions
from service.app import create_app
from service.auth import Role, issue_token
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database, Servers, copy_database, name_database, run
from tests.controls import ZURICH
from tests.days import day, in_days, reckoned
from tests.service.demonstrated import Demonstrated, DemonstrationOf, demonstrations

KEY = b"thirty-two bytes for these tests"
DUTY = Duty(people=(DutyPerson(subject="dr-elm", name="Dr Elm"),))


class House(msgspec.Struct, kw_only=True):
    """A practice behind its API."""

    cairn: Cairn
    http: httpx.AsyncClient
    practice_id: UUID

    def token(self, role: Role = "clinician", subject: str = "dr-elm", **changes: Any) -> str:
        return issue_token(
            self.cairn.master.derive("tokens"),
            **{"practice_id": self.practice_id, "role": role, "subject": subject, **changes},
        )

    def asker(self, role: Role = "clinician", subject: str = "dr-elm", **changes: Any) -> "Asker":
        return Asker(house=self, headers=bearer(self.token(role, subject, **changes)))

    async def size(self) -> int:
        """How many events there are, over all practices."""
        return int(await self.cairn.pool.fetchval("SELECT count(*) FROM event_log"))


class Asker(msgspec.Struct, kw_only=True):
    """Somebody with a token. What they read is as new as what they last wrote.

    Days that a body or a path leaves open (tests/days.py) are reckoned when it is sent.
    """

    house: House
    headers: dict[str, str]
    position: str | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {**self.headers, **{name.replace("_", "-"): told for name, told in headers.items()}}
        if method == "GET" and self.position is not None:
            sent.setdefault("Cairn-Position", self.position)
        answer = await self.house.http.request(
            method, reckoned(path), json=reckoned(body), headers=sent
        )
        if method != "GET" and "cairn-position" in answer.headers:
            self.position = answer.headers["cairn-position"]
        return answer

    def reads_after(self, other: "Asker") -> None:
        """See what another has written: see `reads_up_to`."""
        if other.position is not None and other.position.isdecimal():
            self.reads_up_to(int(other.position))
        else:
            self.position = other.position

    def reads_up_to(self, position: int) -> None:
        """See what is at a position of the log: it is sent as a token, which everybody may send."""
        sealed = SealedPositions(self.house.cairn.master)
        self.position = sealed.token(self.house.practice_id, position)

    async def get(self, path: str, **headers: str) -> Any:
        answer = await self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def do(self, method: str, path: str, body: Any, **headers: str) -> Any:
        answer = await self.ask(method, path, body, **headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def enrol(self, **changes: Any) -> str:
        """Of a country of their own somebody has looked over the crisis lines first."""
        if country := changes.get("country"):
            reviewed = {"lines": [], "reviewed_on": day(0), "reviewed_by": "Dr Elm"}
            await self.do("PUT", f"/v1/practice/crisis-lines/{country}", reviewed)
        body = {"display_name": "Anna", "zone": ZURICH, **changes}
        return str((await self.do("POST", "/v1/clients", body))["id"])

    async def set_goal(self, client_id: str, *, agreed: bool = True, **changes: Any) -> str:
        body = {**walking(), **changes}
        goal_id = str((await self.do("POST", f"/v1/clients/{client_id}/goals", body))["id"])
        if agreed:
            parties = {"parties": ["client", "clinician"]}
            await self.do("POST", f"/v1/goals/{goal_id}/agree", parties)
        return goal_id


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def walking(**changes: Any) -> dict[str, Any]:
    """A goal that is measured by check-ins."""
    return {
        "statement": "Walk for half an hour on five days a week",
        "measure": {"type": "frequency", "amount": 150, "unit": "minutes", "per": "week"},
        "achievability": 7,
        "why": "I sleep better then.",
        "due_on": in_days(56),
        **changes,
    }


def halving(**changes: Any) -> dict[str, Any]:
    """A goal that is measured by scores."""
    return walking(
        statement="Half the score in eight weeks",
        measure={
            "type": "score",
            "instrument": "bdi2",
            "baseline": 28,
            "target": {"type": "percent_change", "percent": -50},
        },
        **changes,
    )


async def open_practice(cairn: Cairn, name: str = "Elm Street", *, on_duty: bool = True) -> UUID:
    """A practice, with Dr Elm on duty unless told otherwise: then it is refused PHQ-9.

    Whoever is on duty has looked over the crisis lines first.
    """
    practice_id = uuid4()
    opening = OpenPractice(practice_id=practice_id, name=name, zone=ZURICH, country="CH")
    await say_to_practice(cairn, opening)
    if on_duty:
        await say_to_practice(cairn, lines_reviewed(practice_id))
        await say_to_practice(cairn, SetDuty(practice_id=practice_id, duty=DUTY))
    return practice_id


def lines_reviewed(practice_id: UUID, country: str = "CH") -> SetCrisisLines:
    """Dr Elm has looked over the lines that come with Cairn, on the day they were written."""
    on = country_lines()[country].written_on
    reviewed = CrisisInformation(lines=(), reviewed_on=on, reviewed_by="Dr Elm")
    now = datetime.combine(on, time(12), UTC)
    return SetCrisisLines(practice_id=practice_id, country=country, information=reviewed, now=now)


async def say_to_practice(cairn: Cairn, command: PracticeCommand) -> None:
    practice_id = command.practice_id
    await handle(
        cairn.store,
        practice.PRACTICE,
        practice.PRACTICE.stream(practice_id, practice_id),
        command,
        cause=Cause(
            command_id=uuid4(), actor="cli:test", content=digest("test"), correlation=uuid4()
        ),
        occurred_at=cairn.clock(),
    )


@asynccontextmanager
async def projecting(cairn: Cairn) -> AsyncIterator[Projector]:
    """A projector that runs while the block does."""
    stop = asyncio.Event()
    projector = Projector(cairn.pool, cairn.keyring, cairn.connect)
    running = asyncio.create_task(projector.run(stop))
    try:
        yield projector
    finally:
        stop.set()
        await running


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(database_url=database.runtime, key=KEY)


class Filled(msgspec.Struct, frozen=True):
    """A database to copy, in which a practice is open."""

    template: str
    practice_id: UUID


@pytest.fixture(scope="session")
def filled(servers: Servers, template: str) -> Filled:
    """The practice that `house` serves, opened and projected once: each test has a copy."""
    made = name_database(servers, "cairn_filled")
    copy_database(servers, made.name, template)

    async def fill() -> UUID:
        settings = Settings(database_url=made.runtime, key=KEY)
        async with Cairn.open(settings, connections=6) as cairn:
            practice_id = await open_practice(cairn)
            await Projector(cairn.pool, cairn.keyring, cairn.connect).catch_up(practice_id)
            return practice_id

    return Filled(made.name, run(fill))


@pytest.fixture(scope="session")
def demonstration_of(servers: Servers, template: str) -> DemonstrationOf:
    return demonstrations(servers, template, KEY)


@pytest.fixture
def demonstrated(demonstration_of: DemonstrationOf) -> Demonstrated:
    """The record of the test has the demonstration in it, as `cairn demo` loads it today."""
    return demonstration_of(datetime.now(UTC))


@asynccontextmanager
async def opened_house(
    settings: Settings, *, on_duty: bool = True, practice_id: UUID | None = None
) -> AsyncIterator[House]:
    """A practice that is served: that of the id, else a new one."""
    async with Cairn.open(settings, connections=6) as cairn:
        transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http,
            projecting(cairn),
        ):
            practice_id = practice_id or await open_practice(cairn, on_duty=on_duty)
            yield House(cairn=cairn, http=http, practice_id=practice_id)


@pytest.fixture
async def house(settings: Settings, filled: Filled) -> AsyncIterator[House]:
    async with opened_house(settings, practice_id=filled.practice_id) as opened:
        yield opened


@pytest.fixture
def clinician(house: House) -> Asker:
    return house.asker()
