"""What somebody appends in the run-time role, but without a key, keeps nobody from being told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from service import tails
from service.feed_types import ALL_TYPES
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database
from tests.projections.breaking import as_owner, put
from tests.service.conftest import Asker, House
from tests.service.streaming import Reader, serving
from tests.service.test_feed import follow
from tests.service.test_flags_without_a_key import Intruder
from tests.service.test_safety import ENDORSED, send
from tests.service.test_subscriptions import PATH, delivering, feel, subscribe

UNKNOWN: Any = {"category": "mood", "type_": "mood.zzz.v1"}


@pytest.fixture
async def intruder(house: House, clinician: Asker) -> Intruder:
    return Intruder(house, await clinician.enrol(country="US"))


@pytest.fixture
def auditor(house: House) -> Asker:
    return house.asker("auditor", "ann")


async def intrude(intruder: Intruder, count: int = 1) -> list[int]:
    """Events of a type that no release has; answers where they lie."""
    found = []
    for _ in range(count):
        position = await intruder.append(uuid4(), client_id=intruder.client_id, **UNKNOWN)
        assert position is not None
        found.append(position)
    return found


class TestTheFeed:
    @pytest.fixture
    async def fakes(self, intruder: Intruder, clinician: Asker) -> set[int]:
        """Where they lie, among moods: one, then several in a row, then the end of the log."""
        fakes: list[int] = []
        for count in (1, 5, 2):
            await feel(clinician, str(intruder.client_id), 3)
            fakes += await intrude(intruder, count)
        return set(fakes)

    @pytest.mark.parametrize("limit", [1, 2, 3, 1000])
    async def test_passes_over_them(self, house: House, auditor, fakes: set[int], limit: int):
        there = [one for one in range(1, await house.size() + 1) if one not in fakes]
        found = await follow(auditor, limit=limit)
        assert [one["position"] for one in found] == there
        moods = await follow(auditor, limit=limit, types="mood.*")
        assert [one["type"] for one in moods] == ["mood.logged.v1"] * 3

    async def test_is_the_same_in_another_process(
        self, house: House, settings: Settings, auditor, fakes: set[int]
    ):
        async with Cairn.open(settings, connections=2) as other:
            with other.tails.following(house.practice_id) as tail:
                page = await tail.page(after=0, limit=1000, types=ALL_TYPES, wait_seconds=0)
            mine = await follow(auditor, limit=1000)
            assert [one.event.position for one in page.items] == [one["position"] for one in mine]
            assert page.next == page.head == await house.size()

    async def test_waits_before_what_a_newer_release_wrote_after_them(
        self, house: House, database: Database, clinician: Asker, intruder: Intruder, auditor,
        fakes: set[int],
    ):  # fmt: skip
        about: Any = {"practice_id": house.practice_id, "client_id": intruder.client_id}
        newer = await put(house.cairn, database, "mood.zzz.v1", **about)
        await intrude(intruder, 2)
        await feel(clinician, str(intruder.client_id), 4)
        page = await auditor.get("/v1/feed?after=0&limit=1000")
        assert (page["next"], page["head"]) == (newer - 1, newer - 1)
        page = await auditor.get(f"/v1/feed?after={newer - 1}&wait=1")
        assert (page["items"], page["next"], page["head"]) == ([], newer - 1, newer - 1)

    async def test_passes_over_what_nobody_can_open_any_more(
        self, house: House, database: Database, clinician: Asker, intruder: Intruder, auditor
    ):
        about: Any = {"practice_id": house.practice_id, "client_id": intruder.client_id}
        newer = await put(house.cairn, database, "mood.zzz.v1", **about)
        other = await clinician.enrol(display_name="Ben")
        assert (await auditor.get("/v1/feed"))["head"] == newer - 1
        # This process remembers the key; others, and this one after a restart, do not.
        await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", intruder.client_id)
        await feel(clinician, other, 4)
        page = await auditor.get(f"/v1/feed?after={newer - 1}&types=mood.*")
        assert [one["client_id"] for one in page["items"]] == [other]


class TestWhoFollows:
    @pytest.fixture
    async def served(self, house: House) -> AsyncIterator[str]:
        async with serving(house.cairn) as url, delivering(house):
            yield url

    @pytest.mark.parametrize("at_once", [2, 500])
    async def test_the_feed_as_a_stream_is_told_what_comes_next(
        self, served: str, clinician: Asker, intruder: Intruder, auditor, monkeypatch, at_once: int
    ):
        monkeypatch.setattr(tails, "READ_EVENTS", at_once)
        reader = await Reader(served, auditor.headers).connect("?types=mood.*&after=0")
        for rating in (3, 4, 5):
            await intrude(intruder, 5)
            await feel(clinician, str(intruder.client_id), rating)
            assert (await reader.next()).event == "mood.logged.v1"
        await reader.close()

    @pytest.mark.parametrize("at_once", [2, 500])
    async def test_the_feed_by_long_polls_is_told_what_comes_next(
        self, clinician: Asker, intruder: Intruder, auditor, monkeypatch, at_once: int
    ):
        monkeypatch.setattr(tails, "READ_EVENTS", at_once)
        head = (await auditor.get("/v1/feed?limit=1000"))["head"]
        waiting = asyncio.create_task(auditor.get(f"/v1/feed?after={head}&wait=10"))
        await asyncio.sleep(0.1)
        await intrude(intruder, 5)
        await asyncio.sleep(0.1)
        await feel(clinician, str(intruder.client_id), 5)
        page = await waiting
        assert [one["type"] for one in page["items"]] == ["mood.logged.v1"]

    async def test_a_subscription_is_told_of_the_next_flag(
        self, served: str, house: House, clinician: Asker, intruder: Intruder
    ):
        client_id = str(intruder.client_id)
        made = await subscribe(clinician, app="diary", categories=["mood", "safety_flag"])
        app = house.asker("app", "diary")
        reader = await Reader(served, app.headers, f"{PATH}/{made['id']}/stream").connect()
        await feel(clinician, client_id, 3)
        await intrude(intruder, 3)
        await send(house.asker("client", client_id), client_id, ENDORSED)
        told = await reader.take(2)
        assert [(one.id, one.event) for one in told] == [
            ("1", "mood.logged.v1"), ("2", "safety_flag.raised.v1"),
        ]  # fmt: skip
        await reader.close()
