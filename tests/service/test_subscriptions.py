"""Subscriptions over HTTP: made by clinicians, read by an app, delivered by the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from events.record import SAFETY_FLAG_CATEGORY as SAFETY_FLAG
from service import subscription_following
from service.subscribing import MOST_SUBSCRIPTIONS
from tests.service.conftest import Asker, House, open_practice
from tests.service.in_one_house.test_who_may import planned
from tests.workers.receivers import Reply, receiving
from tests.workers.subscribed import envelopes, eventually, numbers
from workers.deliveries import Deliveries
from workers.outbox import Standing, count_disabled, read_standing
from workers.posting import Poster

PATH = "/v1/subscriptions"


@asynccontextmanager
async def delivering(house: House) -> AsyncIterator[None]:
    """The worker's deliveries beside the API, which may go to this machine."""
    house.cairn.any_network = True
    async with Poster(any_network=True) as poster:
        running = asyncio.create_task(Deliveries(house.cairn, poster).run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def subscribe(clinician: Asker, **changes: Any) -> dict[str, Any]:
    body = {"name": "Diary", **changes}
    made: dict[str, Any] = await clinician.do("POST", PATH, body)
    return made


async def feel(asker: Asker, client_id: str, *ratings: int) -> None:
    for rating in ratings:
        await asker.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})


class TestAWebhook:
    async def test_gets_what_was_chosen_signed_with_its_secret(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        async with receiving() as receiver, delivering(house):
            made = await subscribe(clinician, url=receiver.url(), categories=["mood"])
            await clinician.set_goal(client_id)
            await feel(clinician, client_id, 3, 4)
            await eventually(lambda: is_so(len(receiver.got) == 2))
            for got in receiver.got:
                assert Webhook(made["secret"]).verify(got.body, got.headers)
            sent = envelopes(receiver)[0]
            seen = await clinician.get(sent["data"]["link"])
            assert seen["rating"] == 3
        path = f"{PATH}/{made['id']}"
        shown = await clinician.get(path)
        assert (shown["stage"], shown["cursor"], shown["last_number"]) == ("active", 2, 2)
        assert shown["public_key"] == made["public_key"]
        assert "secret" not in shown
        page = await clinician.get(f"{path}/deliveries?stage=delivered")
        assert [(one["number"], one["last_outcome"]) for one in page["items"]] == [
            (2, "delivered"), (1, "delivered"),
        ]  # fmt: skip
        [attempt] = (await clinician.get(f"{path}/deliveries/1"))["items"]
        assert (attempt["status"], attempt["disclosed"]) == (200, False)

    async def test_of_the_same_id_in_another_practice_has_another_secret(
        self, house, clinician: Asker
    ):
        made = await subscribe(clinician, url="https://diary.example/cairn")
        other = house.asker("clinician", "oak", practice_id=await open_practice(house.cairn, "Oak"))
        taken = await subscribe(other, url="https://oak.example/", id=made["id"])
        assert taken["secret"] != made["secret"]
        assert taken["public_key"] != made["public_key"]

    async def test_is_not_told_of_the_urls_of_others(self, house, clinician: Asker):
        async with receiving() as receiver, delivering(house):
            await subscribe(
                clinician, url=receiver.url(), payload="full", categories=["subscription"]
            )
            await subscribe(clinician, url="https://secret.example/token")
            await eventually(lambda: is_so(len(receiver.got) == 2))
        assert all("body" not in one["data"] for one in envelopes(receiver))
        assert all(b"secret.example" not in got.body for got in receiver.got)

    async def test_of_a_full_payload_is_on_record_as_a_disclosure(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        async with receiving() as receiver, delivering(house):
            made = await subscribe(clinician, url=receiver.url(), payload="full")
            await clinician.do(
                "POST", f"/v1/clients/{client_id}/moods", {"rating": 3, "note": "Slept badly."}
            )
            await eventually(lambda: is_so(len(receiver.got) == 1))
            assert envelopes(receiver)[0]["data"]["body"]["note"] == "Slept badly."
        auditor = house.asker("auditor", "ann")
        [attempt] = (await auditor.get(f"{PATH}/{made['id']}/deliveries/1"))["items"]
        assert attempt["disclosed"] is True

    async def test_can_be_tried_rotated_replayed_and_ended(self, house, clinician: Asker):
        async with receiving() as receiver, delivering(house):
            made = await subscribe(clinician, url=receiver.url())
            path = f"{PATH}/{made['id']}"
            await clinician.do("POST", f"{path}/test", None)
            await eventually(lambda: is_so(numbers(receiver) == [1]))
            rotated = await clinician.do("POST", f"{path}/rotate-secret", {})
            assert rotated["secret"] != made["secret"]
            await clinician.do("POST", f"{path}/replay", {})
            await eventually(lambda: is_so(numbers(receiver) == [1, 1]))
            for secret in (made["secret"], rotated["secret"]):
                assert Webhook(secret).verify(receiver.got[1].body, receiver.got[1].headers)
            await clinician.do("DELETE", path, {"reason": "No longer used."})
        assert (await clinician.get(PATH))["items"] == []
        assert (await clinician.get(path))["stage"] == "deleted"
        assert (await clinician.get(f"{path}/deliveries"))["items"]
        gone = await clinician.ask("POST", f"{path}/test")
        assert (gone.status_code, gone.json()["type"]) == (404, "/problems/not-found")

    async def test_that_is_gone_is_disabled_and_the_practice_is_told(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        async with receiving(Reply(status=410)) as receiver, delivering(house):
            made = await subscribe(clinician, url=receiver.url())
            await feel(clinician, client_id, 3)

            async def is_disabled() -> bool:
                [shown] = (await clinician.get(PATH))["items"]
                return bool(shown["stage"] == "disabled")

            await eventually(is_disabled)
        shown = await clinician.get(f"{PATH}/{made['id']}")
        assert (shown["disabled_by"], shown["waiting"], shown["cursor"]) == ("gone", 1, 0)
        feed = await clinician.get("/v1/feed?types=subscription.*")
        assert feed["items"][-1]["type"] == "subscription.disabled.v1"

    async def test_may_go_to_the_public_alone_unless_the_operator_lets_it(
        self, house, clinician: Asker
    ):
        for url in ("http://diary.example/", "https://10.0.0.1/", "https://localhost/"):
            refused = await clinician.ask("POST", PATH, {"name": "Diary", "url": url})
            assert (refused.status_code, refused.json()["pointer"]) == (422, "/url")
            assert url not in refused.text
            assert "CAIRN_WEBHOOKS=any" in refused.json()["detail"]
        house.cairn.any_network = True
        await subscribe(clinician, url="http://10.0.0.1:9000/")


class TestAnApp:
    @pytest.fixture
    def app(self, house: House) -> Asker:
        return house.asker("app", "diary")

    async def test_reads_what_its_subscription_tells(self, house, clinician: Asker, app: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary", categories=["mood"])
        await feel(clinician, client_id, 3, 4, 5)
        await planned(house, made["id"])
        path = f"{PATH}/{made['id']}/events"
        page = await app.get(f"{path}?limit=2")
        assert [one["number"] for one in page["items"]] == [1, 2]
        assert (page["next"], page["last"]) == (2, 3)
        rest = await app.get(f"{path}?after=2")
        assert [one["number"] for one in rest["items"]] == [3]
        assert "body" not in rest["items"][0]
        assert (await app.get(f"{path}?after=3"))["items"] == []

    async def test_waits_until_something_happens(self, house, clinician: Asker, app: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        async with delivering(house):
            waiting = asyncio.create_task(app.get(f"{PATH}/{made['id']}/events?wait=30"))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            await feel(clinician, client_id, 3)
            [told] = (await waiting)["items"]
            assert (told["number"], told["type"]) == (1, "mood.logged.v1")

    async def test_reads_what_it_has_written(self, house, clinician: Asker, app: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        async with delivering(house):
            await feel(app, client_id, 3)
            page = await app.get(f"{PATH}/{made['id']}/events")
            assert len(page["items"]) == 1
        await feel(app, client_id, 4)
        late = await app.ask("GET", f"{PATH}/{made['id']}/events")
        assert (late.status_code, late.json()["type"]) == (503, "/problems/view-behind")

    async def test_does_not_ask_ever_so_often_where_no_worker_serves(
        self, house, clinician: Asker, app: Asker, monkeypatch
    ):
        made = await subscribe(clinician, app="diary")
        await clinician.enrol()
        asked = 0

        async def counted(*subject: Any) -> Standing:
            nonlocal asked
            asked += 1
            return await read_standing(*subject)

        monkeypatch.setattr(subscription_following, "read_standing", counted)
        app.position = None
        assert (await app.get(f"{PATH}/{made['id']}/events?wait=2"))["items"] == []
        assert asked < 15

    async def test_is_not_told_what_happens_after_it_was_paused(
        self, house, clinician: Asker, app: Asker
    ):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        async with delivering(house):
            path = f"{PATH}/{made['id']}"
            waiting = asyncio.create_task(app.ask("GET", f"{path}/events?wait=20"))
            await asyncio.sleep(0.1)
            await clinician.do("POST", f"{path}/pause", {})
            await feel(clinician, client_id, 3)
            refused = await waiting
            assert refused.json()["type"] == "/problems/subscription-paused-now"

    async def test_is_not_told_what_happens_after_its_token_expired(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        app = house.asker("app", "diary", lifetime=timedelta(seconds=30))
        auditor = house.asker("auditor", "ann", lifetime=timedelta(seconds=30))
        head = await house.cairn.store.head(house.practice_id)
        async with delivering(house):
            waiting = [
                asyncio.create_task(app.ask("GET", f"{PATH}/{made['id']}/events?wait=20")),
                asyncio.create_task(auditor.ask("GET", f"/v1/feed?after={head}&wait=20")),
            ]
            await asyncio.sleep(0.1)
            later = datetime.now(UTC) + timedelta(seconds=31)
            house.cairn.clock = lambda: later
            await feel(house.asker(now=later), client_id, 3)
            assert [one.status_code for one in await asyncio.gather(*waiting)] == [401, 401]

    async def test_reads_on_while_the_webhook_is_disabled(
        self, house, clinician: Asker, app: Asker
    ):
        client_id = await clinician.enrol()
        async with receiving(Reply(status=410)) as receiver, delivering(house):
            made = await subscribe(clinician, app="diary", url=receiver.url())
            await feel(clinician, client_id, 3)

            async def is_disabled() -> bool:
                shown = await clinician.get(f"{PATH}/{made['id']}")
                return bool(shown["stage"] == "disabled")

            await eventually(is_disabled)
        page = await app.get(f"{PATH}/{made['id']}/events")
        assert [one["number"] for one in page["items"]] == [1]

    async def test_reads_no_other_and_none_that_rests(self, house, clinician: Asker, app: Asker):
        other = await subscribe(clinician, app="another")
        own = await subscribe(clinician, app="diary")
        assert (await app.ask("GET", f"{PATH}/{other['id']}/events")).status_code == 404
        assert (await app.ask("GET", f"{PATH}/{uuid4()}/events")).status_code == 404
        await clinician.do("POST", f"{PATH}/{own['id']}/pause", {})
        resting = await app.ask("GET", f"{PATH}/{own['id']}/events")
        assert resting.json()["type"] == "/problems/subscription-paused-now"
        for path in ("", f"/{own['id']}/deliveries"):
            assert (await app.ask("GET", PATH + path)).status_code == 403
        assert (await app.ask("GET", f"{PATH}/{other['id']}")).status_code == 404
        assert (await app.get(f"{PATH}/{own['id']}"))["stage"] == "paused"

    async def test_is_told_of_safety_flags_where_they_are_named_alone(
        self, house, clinician: Asker, app: Asker
    ):
        client_id = await clinician.enrol()
        all_else = await subscribe(clinician, app="diary")
        named = await subscribe(clinician, app="diary", categories=[SAFETY_FLAG])
        endorsed = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 1]}
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", endorsed)
        told = []
        for made in (all_else, named):
            await planned(house, made["id"])
            page = await app.get(f"{PATH}/{made['id']}/events")
            told.append([one["type"] for one in page["items"]])
        assert told == [["assessment.scored.v1"], ["safety_flag.raised.v1"]]

    async def test_can_not_be_ahead_of_what_was_told(self, house, clinician: Asker, app: Asker):
        made = await subscribe(clinician, app="diary")
        refused = await app.ask("GET", f"{PATH}/{made['id']}/events?after=1")
        assert (refused.status_code, refused.json()["parameter"]) == (400, "after")


class TestAPractice:
    async def test_has_a_limit(self, clinician: Asker):
        key = str(uuid4())
        first = await clinician.do(
            "POST", PATH, {"name": "Diary", "app": "diary"}, Idempotency_Key=key
        )
        for _ in range(MOST_SUBSCRIPTIONS - 1):
            await subscribe(clinician, app="diary")
        refused = await clinician.ask("POST", PATH, {"name": "Diary", "app": "diary"})
        assert refused.json()["type"] == "/problems/too-many-subscriptions"
        again = await clinician.ask(
            "POST", PATH, {"name": "Diary", "app": "diary"}, Idempotency_Key=key
        )
        assert again.json() == first
        await clinician.do("DELETE", f"{PATH}/{first['id']}", {})
        await subscribe(clinician, app="diary")  # Whether a worker has seen the end or not.

    async def test_begins_at_a_time(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        await feel(clinician, client_id, 3)
        recorded = (await house.cairn.store.read_practice(house.practice_id))[-1]
        await feel(clinician, client_id, 4, 5)
        made = await subscribe(
            clinician, app="diary", since=recorded.recorded_at.isoformat(), types=["mood.logged.v1"]
        )
        await planned(house, made["id"])
        page = await clinician.get(f"{PATH}/{made['id']}/events")
        assert len(page["items"]) == 3

    async def test_pages_through_its_deliveries(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        await feel(clinician, client_id, 1, 2, 3, 4, 5)
        await planned(house, made["id"])
        seen: list[int] = []
        cursor = ""
        while True:
            page = await clinician.get(f"{PATH}/{made['id']}/deliveries?limit=2{cursor}")
            seen += [one["number"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == [5, 4, 3, 2, 1]
        for number in (0, 6, 2**63):
            missing = await clinician.ask("GET", f"{PATH}/{made['id']}/deliveries/{number}")
            assert missing.status_code == 404, number


async def is_so(holds: bool) -> bool:
    return holds


class TestAnOperator:
    async def test_sees_that_somebody_is_not_told(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        async with receiving(Reply(status=410)) as receiver, delivering(house):
            await subscribe(clinician, url=receiver.url())
            await subscribe(clinician, app="diary")
            await feel(clinician, client_id, 3)
            operator = house.asker("operator", "ops")

            async def is_counted() -> bool:
                text = (await operator.ask("GET", "/metrics")).text
                return all(
                    line in text
                    for line in (
                        'cairn_subscriptions{stage="active"} 1.0',
                        'cairn_subscriptions{stage="disabled"} 1.0',
                        'cairn_deliveries{stage="waiting"} 1.0',
                        'cairn_deliveries{stage="dead"} 0.0',
                        'cairn_subscriptions_unserved{stage="active"} 0.0',
                        'cairn_subscription_events_behind{stage="active"} 0.0',
                        'cairn_subscription_behind_seconds{stage="disabled"} 0.0',
                    )
                )

            await eventually(is_counted)
        assert await count_disabled(house.cairn.pool, house.practice_id) == 1

    async def test_sees_that_no_worker_looks_at_what_happens(self, house, clinician: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        await feel(clinician, client_id, 3)
        text = (await house.asker("operator", "ops").ask("GET", "/metrics")).text
        assert 'cairn_subscriptions_unserved{stage="active"} 1.0' in text
        assert 'cairn_subscription_events_behind{stage="active"} 2.0' in text
        assert 'cairn_subscription_behind_seconds{stage="active"} 0.0\n' not in text
        shown = (await clinician.ask("GET", f"{PATH}/{made['id']}")).json()
        assert (shown["served"], shown["behind"], shown["waiting"]) == (False, 2, 0)
        assert shown["behind_since"] is not None
