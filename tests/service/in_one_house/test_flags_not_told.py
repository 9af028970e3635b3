"""An app that is told of everything but safety flags can not tell which forms have raised one.

Two practices live through the same, but in one of them nobody endorses the item. What an app is
told differs by ids, times and tokens alone, and tokens say nothing.
"""

import base64
import re
from collections.abc import Awaitable
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest_asyncio

from tests.days import in_days
from tests.service.conftest import House, open_practice
from tests.service.test_subscriptions import PATH, delivering, subscribe
from tests.workers.receivers import Got, receiving
from tests.workers.subscribed import eventually
from workers.deadlines import sweep_deadlines
from workers.outbox import read_standing
from workers.suggestions import sweep_suggestions

# Forms and moods, a goal that is set and agreed by two, and its date that passes.
LAST_NUMBER = 28
FLAGGED = (False, True, True, False, False, True, False, True, False, False, True, False)
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{48}(?![\w-])")
# By the clock, and by the address of the receiver; a length has the digits of the clock in it.
_OF_ITS_OWN = ("date", "webhook-timestamp", "webhook-signature", "host", "content-length")


class Practice:
    """A practice, its clinician, and an app that is told of all but flags in every way there is."""

    def __init__(self, house: House, practice_id: UUID) -> None:
        self.house = msgspec.structs.replace(house, practice_id=practice_id)
        self.dr = self.house.asker()
        self.app = self.house.asker("app", "diary")
        self.subscription_id = ""
        self.client_id = ""
        self.goal_id = ""
        self.told: list[tuple[str, dict[str, str], Any]] = []

    async def begin(self, url: str) -> "Practice":
        self.client_id = await self.dr.enrol()
        made = await subscribe(self.dr, app="diary", url=url, payload="thin")
        self.subscription_id = str(made["id"])
        self.goal_id = await self.dr.set_goal(self.client_id, due_on=in_days(1))
        return self

    async def is_late(self, *, flags: bool) -> None:
        """The date of the client's goal has passed, and the workers have looked at it."""
        cairn, now = self.house.cairn, self.house.cairn.clock() + timedelta(days=3)
        await eventually(lambda: is_swept(sweep_deadlines(cairn, now), "missed"))
        outcome = "held" if flags else "offered"
        await eventually(lambda: is_swept(sweep_suggestions(cairn, now), outcome))
        await self.asks("GET", f"/v1/goals/{self.goal_id}")
        await self.asks("GET", f"/v1/clients/{self.client_id}")
        await self.asks("GET", f"{PATH}/{self.subscription_id}/events?after={2 * len(FLAGGED)}")

    async def is_answered(self, *, flags: bool) -> None:
        """Forms by the client; of each the app is told, and reads where it can."""
        anna = self.house.asker("client", self.client_id)
        path = f"/v1/clients/{self.client_id}/assessments"
        for flagged in FLAGGED:
            last = 2 if flagged and flags else 0
            form = {"instrument": "phq9", "answers": [1, 1, 1, 1, 1, 1, 1, 1, last]}
            await anna.do("POST", path, form)
            self.app.reads_after(anna)
            await self.asks("GET", f"/v1/clients/{self.client_id}")
            await self.asks("GET", f"{PATH}/{self.subscription_id}/events?limit=2")
            # What the app writes itself lies before or after what it is not told of.
            await self.asks("POST", f"/v1/clients/{self.client_id}/moods", {"rating": 5})
        for after in range(0, 2 * len(FLAGGED), 5):
            events = f"{PATH}/{self.subscription_id}/events?limit=5&after={after}"
            await self.asks("GET", events)

    async def asks(self, method: str, path: str, body: Any = None) -> None:
        await eventually(self.is_planned)
        answer = await self.app.ask(method, path, body)
        assert answer.status_code in (200, 201), answer.text
        self.told.append((f"{method} {path}", dict(answer.headers), answer.json()))

    async def is_planned(self) -> bool:
        """Whether the worker has looked at all that has happened."""
        subject = self.house.practice_id, UUID(self.subscription_id)
        standing = await read_standing(self.house.cairn.pool, subject)
        return standing.planned >= await self.house.cairn.store.head(self.house.practice_id)

    async def is_delivered(self) -> bool:
        subject = self.house.practice_id, UUID(self.subscription_id)
        standing = await read_standing(self.house.cairn.pool, subject)
        deliveries = f"{PATH}/{self.subscription_id}/deliveries?stage=waiting"
        waiting = (await self.dr.get(deliveries))["items"]
        return standing.last_number == LAST_NUMBER and not waiting


async def is_swept(sweep: Awaitable[dict[str, int]], outcome: str) -> bool:
    """Whether a sweep has come to this of a goal; the view that names the goal may be behind."""
    return (await sweep).get(outcome) == 1


def plainly(told: Any) -> str:
    """What was told as text, each id, time and token by where it first came."""
    text = _TIME.sub("a time", msgspec.json.encode(told).decode())
    for pattern in (_TOKEN, _ID):
        for nth, found in enumerate(dict.fromkeys(pattern.findall(text))):
            text = text.replace(found, f"number {nth}")
    return text


def by_webhook(got: list[Got]) -> list[Any]:
    """What came by webhook, in the order of the numbers, without what differs by the clock."""
    told = [
        (
            {name: said for name, said in one.headers.items() if name not in _OF_ITS_OWN},
            msgspec.json.decode(one.body),
        )
        for one in got
    ]
    return sorted(told, key=lambda one: one[1]["data"]["number"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def practices(shared_house: House) -> dict[str, tuple[Practice, list[Any]]]:
    """The one with flags and the one without, and what a webhook was told of each."""
    lived: dict[str, tuple[Practice, list[Any]]] = {}
    for name, flags in (("with", True), ("without", False)):
        async with receiving() as receiver, delivering(shared_house):
            practice_id = await open_practice(shared_house.cairn, "Elm Street")
            practice = await Practice(shared_house, practice_id).begin(receiver.url())
            await practice.is_answered(flags=flags)
            await practice.is_late(flags=flags)
            await eventually(practice.is_delivered)
            raised = (await practice.dr.get("/v1/safety-flags"))["items"]
            assert bool(raised) == flags
            lived[name] = practice, by_webhook(receiver.got)
    return lived


class TestWhatAnAppIsTold:
    async def test_is_the_same_whether_forms_have_raised_flags_or_not(
        self, practices: dict[str, tuple[Practice, list[Any]]]
    ):
        told = {name: practice.told for name, (practice, _) in practices.items()}
        assert len(told["with"]) == len(told["without"]) > 3 * len(FLAGGED)
        for one, other in zip(told["with"], told["without"], strict=True):
            assert plainly(without_clock(one)) == plainly(without_clock(other))
        sent = {name: plainly(got) for name, (_, got) in practices.items()}
        assert sent["with"] == sent["without"]
        assert sent["with"].count("assessment.scored.v1") >= len(FLAGGED)
        assert "goal.deadline_missed.v1" in sent["with"]

    async def test_has_no_token_that_comes_twice_but_for_one_and_the_same_event(
        self, practices: dict[str, tuple[Practice, list[Any]]]
    ):
        """Two that were alike would say that nothing lies between."""
        practice, got = practices["with"]
        of_events: dict[tuple[str, int], set[str]] = {}
        others: list[str] = []
        for _, headers, body in practice.told:
            others.append(headers["cairn-position"])
            if "items" in body:
                for event in body["items"]:
                    of_events.setdefault(named(event), set()).add(event["position"])
        for _, body in got:
            of_events[named(body["data"])].add(body["data"]["position"])
        assert {len(tokens) for tokens in of_events.values()} == {1}
        tokens = [token for found in of_events.values() for token in found] + others
        assert len(tokens) == len(set(tokens))

    async def test_has_tokens_from_which_no_threshold_tells_the_flags(
        self, practices: dict[str, tuple[Practice, list[Any]]]
    ):
        """The steps between forms, read out of any piece of their tokens as of a number."""
        practice, _ = practices["with"]
        events = await practice.dr.get(f"{PATH}/{practice.subscription_id}/events?limit=200")
        forms = [one for one in events["items"] if one["category"] == "assessment"]
        steps = [later["position"] - one["position"] for one, later in pairwise(events["items"])]
        assert set(steps) == {1, 2}  # To a clinician the holes are the flags.
        told = await token_by_stream(practice)
        sealed = [base64.urlsafe_b64decode(told[one["stream_id"]]) for one in forms]
        for width in (1, 2, 4, 8):
            for at in range(36 - width + 1):
                numbers = [int.from_bytes(one[at : at + width]) for one in sealed]
                assert not tells_apart(numbers, FLAGGED)


def named(event: dict[str, Any]) -> tuple[str, int]:
    """What tells an event from every other."""
    return event["stream_id"], event["version"]


async def token_by_stream(practice: Practice) -> dict[str, str]:
    practice.app.position = None
    page = await practice.app.get(f"{PATH}/{practice.subscription_id}/events?limit=200")
    return {one["stream_id"]: one["position"] for one in page["items"]}


def tells_apart(numbers: list[int], flagged: tuple[bool, ...]) -> bool:
    """Whether the forms with a flag lie one step farther from the one before, all of them."""
    steps = [later - one for one, later in pairwise(numbers)]
    return len(set(steps)) == 2 and [step == max(steps) for step in steps] == list(flagged[1:])


def without_clock(told: tuple[str, dict[str, str], Any]) -> tuple[str, dict[str, str], Any]:
    route, headers, body = told
    return route, {name: said for name, said in headers.items() if name not in _OF_ITS_OWN}, body
