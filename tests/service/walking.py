"""One client's way with a goal, over the real API, on a clock that a test sets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import msgspec

from service.app import create_app
from service.auth import Role, issue_token
from service.console.sweeping import catch_up_all, sweep_once
from service.settings import Settings
from service.wiring import Cairn
from tests.service.conftest import Asker, House, bearer, open_practice

ZONE = "Europe/Zurich"
MONDAY = date(2026, 3, 2)
A_YEAR = timedelta(days=365)


def on(day: int, month: int = 3) -> date:
    """A day of that spring."""
    return date(2026, month, day)


def local(day: date, hour: int = 18, minute: int = 0) -> datetime:
    """A time of a day where Anna lives; the clocks there go forward on 29 March."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(ZONE))


class Clock:
    """Stands where it was put."""

    def __init__(self) -> None:
        self.now = local(MONDAY, 10)

    def __call__(self) -> datetime:
        return self.now


class Walk(msgspec.Struct, kw_only=True):
    """Anna, her clinician, and the day it is."""

    house: House
    clock: Clock
    clinician: Asker
    client: Asker
    client_id: str

    def it_is(self, day: date, hour: int = 18, minute: int = 0) -> None:
        self.clock.now = local(day, hour, minute)

    async def proposes(self, measure: dict[str, Any], due_on: date | None, **more: Any) -> str:
        """The clinician proposes a goal; nobody has agreed to it yet."""
        body = {
            "statement": "What we have talked about",
            "measure": measure,
            "achievability": 7,
            "why": "I would like to have my evenings back.",
            **({} if due_on is None else {"due_on": str(due_on)}),
            **more,
        }
        path = f"/v1/clients/{self.client_id}/goals"
        goal_id = str((await self.clinician.do("POST", path, body))["id"])
        assert (await self.shown(goal_id))["stage"] == "proposed"
        return goal_id

    async def agree(self, goal_id: str) -> None:
        """Each for themselves: with the second the goal is under way."""
        await self.clinician.do("POST", f"/v1/goals/{goal_id}/agree", {})
        assert (await self.shown(goal_id))["stage"] == "proposed"
        await self.client.do("POST", f"/v1/goals/{goal_id}/agree", {})
        assert (await self.shown(goal_id))["stage"] == "active"

    async def sets_out(self, measure: dict[str, Any], due_on: date | None, **more: Any) -> str:
        goal_id = await self.proposes(measure, due_on, **more)
        await self.agree(goal_id)
        return goal_id

    async def does(
        self, goal_id: str, day: date, amount: float = 1, *, hour: int = 18, minute: int = 0
    ) -> None:
        """The client checks in when it has just been done."""
        self.it_is(day, hour, minute)
        await self.client.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": amount})

    async def does_daily(self, goal_id: str, first: date, last: date, amount: float = 1) -> None:
        for nth in range((last - first).days + 1):
            await self.does(goal_id, first + timedelta(days=nth), amount)

    async def feels(self, day: date, rating: int, *, hour: int = 21) -> str:
        self.it_is(day, hour)
        path = f"/v1/clients/{self.client_id}/moods"
        return str((await self.client.do("POST", path, {"rating": rating}))["id"])

    async def scores(self, day: date, total: float, **more: Any) -> None:
        """The clinician notes a total of the BDI-II, whose item about suicide was answered 0."""
        self.it_is(day, 11)
        body = {"instrument": "bdi2", "total": total, "suicide_item": 0, **more}
        await self.clinician.do("POST", f"/v1/clients/{self.client_id}/assessments", body)

    async def shown(self, goal_id: str) -> dict[str, Any]:
        """The goal as the clinician sees it now."""
        await catch_up_all(self.house.cairn)
        goal: dict[str, Any] = await self.clinician.get(f"/v1/goals/{goal_id}")
        return goal

    async def progress(self, goal_id: str) -> dict[str, Any]:
        progress: dict[str, Any] = (await self.shown(goal_id))["progress"]
        return progress

    async def swept(self, day: date, hour: int = 0, minute: int = 30) -> dict[str, int]:
        """What the workers' sweep over deadlines records at half past midnight of a day."""
        self.it_is(day, hour, minute)
        return (await sweep_once(self.house.cairn, self.clock.now))["deadlines"]

    async def steps(self, goal_id: str) -> list[str]:
        """What has happened to the goal, in words."""
        history = await self.clinician.get(f"/v1/goals/{goal_id}/history")
        return [one["kind"] for one in history["revisions"]]

    async def offered(self) -> list[str]:
        """The kinds of suggestion that wait for the clinician."""
        await catch_up_all(self.house.cairn)
        page = await self.clinician.get(f"/v1/suggestions?status=open&client={self.client_id}")
        return sorted(one["kind"] for one in page["items"])

    async def waiting(self) -> list[str]:
        """What waits for the clinician, in the caseload's words."""
        await catch_up_all(self.house.cairn)
        (row,) = (await self.clinician.get("/v1/clients"))["items"]
        return [one["kind"] for one in row["attention"]]


def instant(told: str) -> datetime:
    return datetime.fromisoformat(told)


@asynccontextmanager
async def walking(settings: Settings) -> AsyncIterator[Walk]:
    """Anna is enrolled on Monday morning, in a practice of her own."""
    clock = Clock()
    async with Cairn.open(settings, connections=6, clock=clock) as cairn:
        transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http:
            practice_id = await open_practice(cairn)
            house = House(cairn=cairn, http=http, practice_id=practice_id)
            client_id = uuid4()

            def asker(role: Role, subject: str) -> Asker:
                return Asker(house=house, headers=bearer(token(cairn, practice_id, role, subject)))

            walk = Walk(
                house=house,
                clock=clock,
                clinician=asker("clinician", "dr-elm"),
                client=asker("client", str(client_id)),
                client_id=str(client_id),
            )
            await walk.clinician.enrol(zone=ZONE, id=str(client_id))
            await catch_up_all(cairn)
            yield walk


def token(cairn: Cairn, practice_id: UUID, role: Role, subject: str) -> str:
    return issue_token(
        cairn.master.derive("tokens"),
        practice_id=practice_id,
        role=role,
        subject=subject,
        now=cairn.clock(),
        lifetime=A_YEAR,
    )
