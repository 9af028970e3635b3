"""A restore is noticed by whoever follows: by pages, streams, subscriptions and webhooks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from service.backing_up import Databases, back_up
from service.restoring import Watched, restore
from service.settings import Settings
from tests.conftest import Database
from tests.service.conftest import KEY, Asker, House, opened_house
from tests.service.in_one_house.test_who_may import planned
from tests.service.streaming import Reader, serving
from tests.service.test_subscriptions import PATH, delivering, feel, is_so, subscribe
from tests.workers.receivers import Receiver, receiving
from tests.workers.subscribed import envelopes, eventually


def quiet(_done: float, _of: float) -> None:
    """Nobody watches."""


class Followed(msgspec.Struct, kw_only=True):
    """What followers have of a practice when its log is put back to where it was before.

    `backed` and `lost` are the head of the log at the backup, and where it had come after.
    `early` and `late` are tokens of an app, of before the backup and of after it.
    """

    house: House
    client_id: str
    subscription_id: str
    epoch: str
    backed: int
    lost: int
    number_backed: int
    number_lost: int
    early: str
    late: str
    receiver: Receiver
    sent: int

    @property
    def path(self) -> str:
        return f"{PATH}/{self.subscription_id}"

    @property
    def app(self) -> Asker:
        return self.house.asker("app", "diary")


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(database_url=database.runtime, key=KEY)


@pytest.fixture
async def followed(
    settings: Settings, database: Database, tmp_path: Path
) -> AsyncIterator[Followed]:
    """Followers by page, by stream, by subscription and by webhook; then an older log is back."""
    databases = Databases(owner=database.owner, runtime=database.runtime)
    file = tmp_path / "cairn.backup"
    async with receiving() as receiver:
        async with opened_house(settings) as house, delivering(house):
            clinician = house.asker()
            client_id = await clinician.enrol()
            made = await subscribe(clinician, app="diary", url=receiver.url(), categories=["mood"])
            app = house.asker("app", "diary")
            path = f"{PATH}/{made['id']}/events"
            await feel(clinician, client_id, 1, 2)
            early = await numbered(app, path, 2)
            feed = await clinician.get("/v1/feed?after=0&limit=1000")
            await eventually(lambda: is_so(len(receiver.got) == 2))
            # What is received and not yet noted would be sent again after the restore.
            await eventually(lambda: settled(clinician, made["id"]))
            await back_up(
                settings, databases, file, replace=False, on_dumped=quiet, on_checked=quiet
            )
            await feel(clinician, client_id, 3, 4, 5)
            late = await numbered(app, path, 5)
            further = await clinician.get("/v1/feed?after=0&limit=1000")
            await eventually(lambda: is_so(len(receiver.got) == 5))
            sent = len(receiver.got)
        watched = Watched(checking=quiet, restoring=quiet, verifying=quiet)
        done = await restore(
            settings, databases, file, replace=True, watched=watched, say=lambda _: None
        )
        assert done.diagnosis is not None
        assert done.diagnosis.findings == []
        async with opened_house(settings) as again:
            yield Followed(
                house=msgspec.structs.replace(again, practice_id=house.practice_id),
                client_id=client_id,
                subscription_id=made["id"],
                epoch=feed["epoch"],
                backed=feed["next"],
                lost=further["next"],
                number_backed=early["next"],
                number_lost=late["next"],
                early=early["items"][-1]["position"],
                late=late["items"][-1]["position"],
                receiver=receiver,
                sent=sent,
            )


async def settled(clinician: Asker, subscription_id: str) -> bool:
    return bool((await clinician.get(f"{PATH}/{subscription_id}"))["waiting"] == 0)


async def numbered(app: Asker, path: str, count: int) -> Any:
    """The first page, once a worker has numbered so many events."""

    async def page() -> Any:
        told = await app.get(path)
        return told if len(told["items"]) == count else None

    return await eventually(page)


def changed(answer: httpx.Response) -> dict[str, Any]:
    """The facts of a refusal because of another epoch."""
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/epoch-changed")
    facts: dict[str, Any] = answer.json()["facts"]
    return facts


class TestWhoFollowsAnOlderEpoch:
    async def test_by_pages_is_told_for_as_long_as_they_ask(self, followed: Followed):
        clinician = followed.house.asker()
        now = (await clinician.get("/v1/feed?after=0"))["epoch"]
        assert now != followed.epoch
        asking = [
            f"/v1/feed?after={followed.lost}",
            f"/v1/feed?after={followed.lost}&epoch={followed.epoch}",
            f"/v1/feed?after={followed.backed + 1}&epoch={followed.epoch}&wait=1",
            f"/v1/feed/stream?after={followed.lost}&epoch={followed.epoch}",
        ]
        for _ in range(2):
            for path in asking:
                facts = changed(await clinician.ask("GET", path))
                assert facts == {"epoch": now, "agreed": followed.backed}
            # The log grows beyond where it was, and holds other events there.
            await feel(clinician, followed.client_id, 6, 6, 6, 6)

    async def test_goes_on_from_where_both_agree(self, followed: Followed):
        clinician = followed.house.asker()
        await feel(clinician, followed.client_id, 7)
        for epoch in (f"&epoch={followed.epoch}", ""):
            page = await clinician.get(f"/v1/feed?after={followed.backed}{epoch}")
            assert [one["type"] for one in page["items"]] == ["mood.logged.v1"]
        after = f"after={page['next']}&epoch={page['epoch']}"
        assert (await clinician.get(f"/v1/feed?{after}"))["items"] == []

    async def test_of_an_epoch_that_this_log_never_had_begins_anew(self, followed: Followed):
        strange = UUID(int=7)
        asked = await followed.house.asker().ask("GET", f"/v1/feed?after=1&epoch={strange}")
        assert changed(asked)["agreed"] == 0

    async def test_by_a_subscription_is_told_the_number(self, followed: Followed):
        app = followed.app
        await feel(followed.house.asker(), followed.client_id, 6, 6, 6, 6)
        await planned(followed.house, followed.subscription_id)
        for kind in ("events", "stream"):
            asked = await app.ask("GET", f"{followed.path}/{kind}?after={followed.number_lost}")
            assert changed(asked)["agreed"] == followed.number_backed == 2
        page = await app.get(f"{followed.path}/events?after={followed.number_backed}")
        assert [one["number"] for one in page["items"]] == [3, 4, 5, 6]

    async def test_by_a_token_is_told_and_one_of_before_is_taken(self, followed: Followed):
        app, path = followed.app, f"/v1/clients/{followed.client_id}"
        for _ in range(2):
            asked = await app.ask("GET", path, Cairn_Position=followed.late)
            assert "agreed" not in changed(asked)
            await feel(followed.house.asker(), followed.client_id, 6, 6, 6, 6)
        taken = await app.ask("GET", path, Cairn_Position=followed.early)
        assert taken.status_code == 200
        own = taken.headers["cairn-position"]
        assert (await app.ask("GET", path, Cairn_Position=own)).status_code == 200

    async def test_by_a_stream_is_told_by_the_id_that_every_client_sends_back(
        self, followed: Followed
    ):
        clinician = followed.house.asker()
        async with serving(followed.house.cairn) as url:
            lost = Reader(url, clinician.headers)
            await lost.connect(Last_Event_ID=str(followed.lost))
            await lost.response.aread()
            assert changed(lost.response)["agreed"] == followed.backed
            await lost.close()
            await feel(clinician, followed.client_id, 6)
            going_on = Reader(url, clinician.headers)
            await going_on.connect(Last_Event_ID=str(followed.backed))
            told = await going_on.next()
            now = (await clinician.get("/v1/feed"))["epoch"]
            assert told.id == f"{followed.backed + 1}@{now}"
            await going_on.close()
            await feel(clinician, followed.client_id, 7)
            again = Reader(url, clinician.headers)
            await again.connect(Last_Event_ID=told.id)
            assert (await again.next()).id == f"{followed.backed + 2}@{now}"
            await again.close()

    async def test_by_a_webhook_has_the_new_epoch_in_the_envelope(self, followed: Followed):
        former = envelopes(followed.receiver)
        assert {one["epoch"] for one in former} == {followed.epoch}
        async with delivering(followed.house):
            await feel(followed.house.asker(), followed.client_id, 9)
            await eventually(lambda: is_so(len(followed.receiver.got) > followed.sent))
        told = envelopes(followed.receiver)[-1]
        now = (await followed.house.asker().get("/v1/feed"))["epoch"]
        assert (told["epoch"], told["data"]["number"]) == (now, 3)
        assert told["id"] not in {one["id"] for one in former}
