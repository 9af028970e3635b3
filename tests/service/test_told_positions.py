"""Clients, apps and webhooks are told no position of the log, on any route; clinicians are."""

import itertools
from typing import Any
from uuid import UUID, uuid5

import pytest
from httpx_sse import ServerSentEvent

from events.catalogue import types
from tests.conftest import Database
from tests.days import day
from tests.service.conftest import Asker, House, walking
from tests.service.in_one_house.test_suggestions import offer
from tests.service.in_one_house.test_who_may import planned
from tests.service.outside import FAR, Outsider, go_far, outsider, positions_in, told_by
from tests.service.streaming import Reader, serving
from tests.service.test_subscriptions import PATH, delivering, subscribe
from tests.workers.receivers import receiving
from tests.workers.subscribed import envelopes, eventually

FORM = {"instrument": "gad7", "answers": [2, 2, 1, 1, 0, 1, 1]}
ENDORSED = {"instrument": "phq9", "answers": [1, 0, 0, 0, 0, 0, 0, 0, 2]}
MILESTONE = {"type": "milestone"}
ALL_BUT_FLAGS = sorted({one.partition(".")[0] for one in types()} - {"safety_flag", "subscription"})


@pytest.fixture
async def far(house: House, database: Database) -> House:
    """The practice, with positions that are like no other number."""
    await go_far(house, database)
    return house


class Scene:
    """A client with something of everything, and an app that is told of it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.dr = house.asker()
        self.client: Outsider
        self.app = outsider(house, "app", "diary")
        self.about = ""
        self.goal_id = self.reached_id = ""
        self.subscription_id = self.suggestion_id = ""
        self.entries: list[str] = []

    async def begin(self) -> "Scene":
        client_id = await self.dr.enrol()
        self.client = outsider(self.house, "client", client_id)
        self.about = f"/v1/clients/{client_id}"
        told = await subscribe(self.dr, app="diary")
        self.subscription_id = str(told["id"])
        self.goal_id = await self.dr.set_goal(client_id)
        self.reached_id = await self.dr.set_goal(client_id, measure=MILESTONE)
        await self.dr.get(f"/v1/goals/{self.reached_id}")  # What is seen there is kept with it.
        await self.dr.do("POST", f"/v1/goals/{self.reached_id}/reach", {"note": "Together."})
        self.suggestion_id = await offer(self.house, client_id, self.goal_id, kind="reframing")
        await self.dr.do("POST", f"/v1/suggestions/{self.suggestion_id}/release", None)
        # What has to be named is told as well, so that nothing of it is hidden for another reason.
        named = ["safety_flag", "subscription", "suggestion"]
        await subscribe(self.dr, app="diary", categories=named, after=FAR)
        return self

    async def is_written_in(self, asker: Outsider) -> None:
        """Every command that is open to the role of who asks."""
        goal = f"/v1/goals/{self.goal_id}"
        made = await asker.do("POST", f"{self.about}/moods", {"rating": 4})
        self.entries = [f"/v1/moods/{made['id']}"]
        await asker.do("PUT", f"/v1/moods/{made['id']}", {"rating": 5})
        await asker.do("DELETE", f"/v1/moods/{made['id']}", {"reason": "Another day."})
        for form in (FORM, ENDORSED):
            made = await asker.do("POST", f"{self.about}/assessments", form)
            kept = f"/v1/assessments/{made['id']}"
            await asker.do("PUT", kept, {"answers": form["answers"], "note": "At noon."})
            self.entries.append(kept)
        await asker.do("DELETE", kept, {"reason": "Twice."})
        made = await asker.do("POST", f"{goal}/check-ins", {"amount": 20})
        await asker.do("PUT", f"/v1/check-ins/{made['id']}", {"amount": 25})
        await asker.do("DELETE", f"/v1/check-ins/{made['id']}", {"reason": "Twice."})
        self.entries.append(f"/v1/check-ins/{made['id']}")
        await asker.do("POST", f"{goal}/check-ins", {"amount": 20})
        if asker.role == "client":
            own = await asker.do("POST", f"{self.about}/goals", walking())
            await asker.do("POST", f"/v1/goals/{own['id']}/agree", {})
            await asker.do("POST", f"{goal}/rest-days", {"on": day(3), "reason": "A wedding."})
            await asker.do("DELETE", f"{goal}/rest-days/{day(3)}", None)
        else:
            at = {"starts_at": f"{day(7)}T10:00:00Z"}
            path = f"/v1/sessions/{(await asker.do('POST', f'{self.about}/sessions', at))['id']}"
            await asker.do("POST", f"{path}/move", {"starts_at": f"{day(8)}T10:00:00Z"})
            await asker.do("POST", f"{path}/cancel", {"reason": "The train."})

    async def is_read(self, asker: Outsider) -> None:
        """Every read that is open to the role of who asks, and lists page by page."""
        at = {"starts_at": f"{day(9)}T10:00:00Z"}
        session = await self.dr.do("POST", f"{self.about}/sessions", at)
        asker.reads_after(self.dr)
        goal = f"/v1/goals/{self.goal_id}"
        now = self.house.cairn.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for path in (
            self.about,
            f"{self.about}/goals?limit=1",
            goal,
            f"{goal}?as_of={now}",
            f"{goal}/history?limit=1",
            f"/v1/goals/{self.reached_id}/history",
            "/v1/templates",
            "/v1/templates/half_the_score",
            f"{self.about}/goal-attainment",
            f"{self.about}/sessions",
            f"/v1/sessions/{session['id']}",
            "/v1/instruments",
            "/v1/instruments/phq9",
            f"{self.about}/trends/mood",
            f"{self.about}/trends/phq9",
            "/v1/crisis-information",
            "/v1/practice",
            *self.entries,
            f"{goal}/check-ins?limit=1",
            f"{goal}/periods?limit=1",
            f"{goal}/rest-days/{day(3)}",
        ):
            await asker.get(path)
        # While a flag is open a client reads no suggestion; an app reads what it is told.
        reads = await asker.ask("GET", f"/v1/suggestions/{self.suggestion_id}")
        assert reads.status_code == (404 if asker.role == "client" else 200)
        if asker.role == "client":
            await asker.get("/v1/suggestions")
            await pages(asker, f"{self.about}/timeline?limit=2")
        else:
            await planned(self.house, self.subscription_id)
            await asker.get("/v1/clients?limit=1")
            await asker.get(f"{PATH}/{self.subscription_id}")
            flags = await asker.get(f"{self.about}/safety-flags?limit=1")
            assert flags["next"] is not None
            await asker.get(f"{self.about}/safety-flags/{flags['items'][0]['id']}")
            after: Any = 0
            for _ in range(100):
                path = f"{PATH}/{self.subscription_id}/events"
                page = await asker.get(f"{path}?limit=3&after={after}")
                after = page["next"]
                if after == page["last"]:
                    break


async def pages(asker: Asker, path: str) -> list[Any]:
    """Every item of a list that comes in pages."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = await asker.get(f"{path}{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        assert len(page["items"]) == 2, "a page has a hole where something is kept back"
        cursor = f"&cursor={page['next']}"


class TestOnEveryRoute:
    async def test_neither_a_client_nor_an_app_is_told_a_position(self, far: House):
        scene = await Scene(far).begin()
        for asker in (scene.client, scene.app):
            await scene.is_written_in(asker)
            await scene.is_read(asker)
        events = f"GET {PATH}/{{subscription_id}}/stream"
        assert scene.client.routes_left() == set()
        assert scene.app.routes_left() == {events}
        async with serving(far.cairn) as url:
            told = await streamed(url, scene.app, scene.subscription_id)
        scene.app.told += [(events, one) for one in told]
        for asker in (scene.client, scene.app):
            given_away = [
                f"{asker.role}: {route}{at}"
                for route, told in asker.told
                for at in positions_in(told)
            ]
            assert given_away == []

    async def test_a_clinician_and_an_auditor_are_told_numbers(self, far: House):
        scene = await Scene(far).begin()
        await scene.is_written_in(scene.client)
        await planned(far, scene.subscription_id)
        auditor = far.asker("auditor", "ann")
        for asker in (scene.dr, auditor):
            told = [
                await asker.get(f"{PATH}/{scene.subscription_id}/events"),
                await asker.get(f"/v1/goals/{scene.goal_id}/history"),
                await asker.get(f"{scene.about}/timeline"),
            ]
            for answer in told:
                steps = answer.get("items") or answer["revisions"]
                assert all(one["position"] > FAR for one in steps)
            [reached] = [one for one in steps if one["kind"] == "goal_reached"]
            assert reached["details"]["evidence_position"] > FAR
            goal = await asker.ask("GET", f"/v1/goals/{scene.goal_id}")
            assert goal.json()["latest"]["position"] > FAR
            assert int(goal.headers["cairn-position"]) > FAR

    async def test_nobody_counts_by_how_far_views_are_behind(self, far: House, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.get(f"/v1/clients/{client_id}")
        holding = await far.cairn.connect()
        try:
            async with holding.transaction():
                # The projector waits for whoever holds the checkpoints.
                await holding.execute("SELECT FROM views.checkpoint FOR UPDATE")
                await clinician.do("POST", f"/v1/clients/{client_id}/assessments", ENDORSED)
                assert set((await far.cairn.views.lag()).values()) == {2}
                told = (await far.http.get("/readyz")).json()
                assert set(told["lag"].values()) == {0}
        finally:
            await holding.close()


class TestAWebhook:
    @pytest.mark.parametrize("payload", ["thin", "full"])
    @pytest.mark.parametrize("app", ["diary", None])
    async def test_is_told_no_position(self, far: House, payload: str, app: str | None):
        async with receiving() as receiver, delivering(far):
            scene = await Scene(far).begin()
            whom = {
                "url": receiver.url(),
                "payload": payload,
                "after": FAR,
                "app": app,
                "categories": ALL_BUT_FLAGS,
            }
            made = await subscribe(scene.dr, **whom)
            await scene.is_written_in(scene.client)
            path = f"{PATH}/{made['id']}"
            await scene.dr.do("POST", f"{path}/test", None)
            await eventually(lambda: is_delivered(scene.dr, path, "subscription.tested.v1"))
        assert {"goal.reached.v1", "suggestion.offered.v1", "assessment.scored.v1"} <= {
            one["type"] for one in envelopes(receiver)
        }
        told = [one for got in receiver.got for one in told_by(got)]
        assert [at for one in told for at in positions_in(one)] == []
        # An id that is made of a position by a formula that anybody knows tells the position.
        head = await far.cairn.store.head(far.practice_id)
        ids = {UUID(one["partitionkey"]) for one in envelopes(receiver)}
        known = {UUID(made["id"]), far.practice_id, *ids}
        tried = itertools.product(known, range(FAR, head + 1))
        assert {uuid5(name, str(position)) for name, position in tried} & ids == set()

    async def test_of_a_full_payload_has_everything_else(self, far: House):
        async with receiving() as receiver, delivering(far):
            scene = await Scene(far).begin()
            whom = {
                "url": receiver.url(),
                "after": FAR,
                "payload": "full",
                "categories": ALL_BUT_FLAGS,
            }
            path = f"{PATH}/{(await subscribe(scene.dr, **whom))['id']}"
            await scene.dr.do("POST", f"{path}/test", None)
            await eventually(lambda: is_delivered(scene.dr, path, "subscription.tested.v1"))
        bodies = {one["type"]: one["data"].get("body") for one in envelopes(receiver)}
        assert bodies["goal.reached.v1"]["note"] == "Together."
        assert bodies["suggestion.offered.v1"]["evidence"]["formula"] == "none"


async def is_delivered(clinician: Asker, path: str, type_: str) -> bool:
    """Whether the newest event that a webhook was told is of this type, and nothing waits."""
    page = await clinician.get(f"{path}/deliveries")
    waiting = (await clinician.get(f"{path}/deliveries?stage=waiting"))["items"]
    return bool(page["items"]) and page["items"][0]["type"] == type_ and not waiting


async def streamed(url: str, app: Outsider, subscription_id: str) -> list[Any]:
    """What a stream of a subscription tells an app, from its beginning."""
    path = f"{PATH}/{subscription_id}/stream"
    last = next(told["last"] for _, told in reversed(app.told) if "last" in told)
    reader = await Reader(url, app.headers, path).connect()
    events: list[ServerSentEvent] = await reader.take(last)
    await reader.close()
    return [{"id": one.id, "event": one.event, "data": one.json()} for one in events]
