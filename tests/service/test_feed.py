"""The feed over HTTP: in order, without a hole, and for those who are told all."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from events.catalogue import types
from projections import feed_page
from projections.told_event import LINKS
from service.auth import Role
from service.feed_types import ALL_TYPES, TypeUnknown, chosen
from tests.service.conftest import Asker, House


async def follow(asker: Asker, after: int = 0, **query: Any) -> list[dict[str, Any]]:
    """Everything after a position, page by page."""
    items: list[dict[str, Any]] = []
    while True:
        words = "&".join(f"{name}={value}" for name, value in query.items())
        page = await asker.get(f"/v1/feed?after={after}&{words}")
        assert all(after < one["position"] <= page["next"] for one in page["items"])
        items += page["items"]
        if page["next"] == after == page["head"]:
            return items
        after = page["next"]


@pytest.fixture
def auditor(house: House) -> Asker:
    return house.asker("auditor", "ann")


class TestAPage:
    @pytest.mark.parametrize("limit", [1, 3, 1000])
    async def test_leaves_nothing_out(self, house: House, clinician: Asker, auditor, limit: int):
        client_id = await clinician.enrol()
        for rating in range(1, 6):
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})
        found = await follow(auditor, limit=limit)
        assert [one["position"] for one in found] == list(range(1, await house.size() + 1))
        recorded = await house.cairn.store.read_practice(house.practice_id)
        assert [(one["type"], one["stream_id"], one["version"]) for one in found] == [
            (one.type, str(one.stream_id), one.version) for one in recorded
        ]

    async def test_has_nothing_of_what_is_sealed(self, clinician: Asker, auditor):
        client_id = await clinician.enrol(display_name="Anna Unmistakable")
        body = {"rating": 3, "note": "unmistakable"}
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", body)
        page = await auditor.ask("GET", "/v1/feed")
        assert "nmistakable" not in page.text
        assert page.headers["cairn-position"] == str(page.json()["next"])
        last = page.json()["items"][-1]
        assert last["link"] == f"/v1/moods/{last['stream_id']}"
        assert set(last) == {
            "position", "type", "category", "stream_id", "version", "client_id", "occurred_at",
            "recorded_at", "link",
        }  # fmt: skip

    async def test_of_some_types_moves_on_over_the_others(self, clinician: Asker, auditor):
        client_id = await clinician.enrol()
        await clinician.set_goal(client_id)
        for rating in (3, 4):
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})
        moods = await follow(auditor, types="mood.*")
        assert [one["type"] for one in moods] == ["mood.logged.v1"] * 2
        both = await follow(auditor, types="goal.set.v1,client.*", limit=1)
        assert [one["type"] for one in both] == ["client.enrolled.v1", "goal.set.v1"]
        page = await auditor.get("/v1/feed?types=template.*")
        assert (page["items"], page["next"]) == ([], page["head"])

    async def test_of_another_practice_is_not_this_ones(self, house: House, clinician: Asker):
        await clinician.enrol()
        stranger = house.asker("auditor", "theirs", practice_id=uuid4())
        page = await stranger.get("/v1/feed")
        assert page.pop("epoch")
        assert page == {"items": [], "next": 0, "head": 0}

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("after=99", "after"),
            ("after=-1", "after"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("types=mood.felt.v1", "types"),
            ("types=", "types"),
            ("types=mood.logged.v1,", "types"),
            ("wait=31", "wait"),
            ("wait=x", "wait"),
        ],
    )
    async def test_is_asked_for_in_known_forms(self, auditor, query: str, parameter: str):
        refused = await auditor.ask("GET", f"/v1/feed?{query}")
        assert (refused.status_code, refused.json()["parameter"]) == (400, parameter)

    @pytest.mark.parametrize("role", ["client", "app", "operator"])
    async def test_is_for_clinicians_and_auditors_alone(
        self, house: House, clinician: Asker, role: Role
    ):
        subject = await clinician.enrol() if role == "client" else "ops"
        assert (await house.asker(role, subject).ask("GET", "/v1/feed")).status_code == 403


class TestAFilter:
    def test_names_what_there_is(self):
        assert chosen(None) == ALL_TYPES == tuple(types())
        assert chosen(["mood.*"]) == ("mood.logged.v1", "mood.corrected.v1", "mood.withdrawn.v1")
        for name in ("mood", "mood.", "*", ".*", "mood.logged.v2", "", "m*", "mo.*", "logged"):
            with pytest.raises(TypeUnknown):
                chosen([name])

    def test_takes_the_names_that_events_had_in_histories_and_on_timelines(self):
        for name in ("goal_deadline_missed", "deadline_missed", "goal_date_passed", "date_passed"):
            assert chosen([name]) == ("goal.deadline_missed.v1",)
        assert chosen(["mood_logged", "goal.reached.*"]) == ("goal.reached.v1", "mood.logged.v1")


class TestWaiting:
    async def test_ends_when_something_happens(self, clinician: Asker, auditor):
        client_id = await clinician.enrol()
        head = (await auditor.get("/v1/feed"))["head"]
        waiting = asyncio.create_task(auditor.get(f"/v1/feed?after={head}&wait=30"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        page = await waiting
        assert [one["type"] for one in page["items"]] == ["mood.logged.v1"]
        assert page["next"] == page["head"] == head + 1

    async def test_goes_on_over_what_was_not_asked_for(self, clinician: Asker, auditor):
        client_id = await clinician.enrol()
        head = (await auditor.get("/v1/feed"))["head"]
        path = f"/v1/feed?after={head}&types=goal.*&wait=30"
        waiting = asyncio.create_task(auditor.get(path))
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await clinician.set_goal(client_id, agreed=False)
        assert [one["type"] for one in (await waiting)["items"]] == ["goal.set.v1"]

    async def test_is_over_after_the_time(self, auditor):
        page = await auditor.get("/v1/feed?after=2&types=goal.*&wait=1")
        assert (page["items"], page["next"]) == ([], page["head"])

    async def test_outlives_a_lost_connection(self, house: House, clinician: Asker, auditor):
        client_id = await clinician.enrol()
        for rating in (3, 4):
            head = (await auditor.get("/v1/feed"))["head"]
            waiting = asyncio.create_task(auditor.get(f"/v1/feed?after={head}&wait=30"))
            await asyncio.sleep(0.1)
            await house.cairn.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})
            assert len((await waiting)["items"]) == 1


async def test_a_follower_misses_nothing_while_many_write(house: House, clinician: Asker, auditor):
    clients = [await clinician.enrol(display_name=f"C{nth}") for nth in range(4)]
    done = asyncio.Event()
    seen: list[int] = []

    async def write(client_id: str) -> None:
        for nth in range(25):
            body = {"rating": 1 + nth % 10}
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", body)

    async def read() -> None:
        after = 0
        while not (done.is_set() and after == await house.size()):
            page = await auditor.get(f"/v1/feed?after={after}&limit=7&wait=1")
            seen.extend(one["position"] for one in page["items"])
            after = page["next"]

    reading = asyncio.create_task(read())
    await asyncio.gather(*map(write, clients))
    done.set()
    await reading
    assert seen == list(range(1, await house.size() + 1))


def test_every_category_has_a_link():
    assert {name.partition(".")[0] for name in ALL_TYPES} == set(LINKS)


async def test_what_a_newer_release_has_recorded_is_not_stepped_over(
    house: House, clinician: Asker, auditor, monkeypatch
):
    client_id = await clinician.enrol()
    head = (await auditor.get("/v1/feed"))["head"]
    await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
    older = [name for name in feed_page.EVERY_TYPE if not name.startswith("mood.")]
    with monkeypatch.context() as release:
        release.setattr(feed_page, "EVERY_TYPE", older)
        page = await auditor.get(f"/v1/feed?after={head}&types=goal.*&wait=1")
        assert (page["items"], page["next"], page["head"]) == ([], head, head)
    page = await auditor.get(f"/v1/feed?after={head}")
    assert [one["type"] for one in page["items"]] == ["mood.logged.v1"]
