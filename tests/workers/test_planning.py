"""Numbering what happens, whoever else is at it and whatever is in the log."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from events.catalogue import types
from events.selection import Selection
from tests.conftest import Database
from tests.projections.breaking import put
from tests.workers.diary import Diary
from tests.workers.leasing import leased
from tests.workers.one_loop import in_its_loop
from tests.workers.site import Site, as_admin
from tests.workers.subscribed import NOON, all_of, subscribe, walking
from workers import planning
from workers.deadlines import sweep_deadlines
from workers.delivering import Server
from workers.goal_of_event import GoalsOfEvents
from workers.outbox import Subject, read_standing
from workers.planning import plan
from workers.posting import Poster
from workers.suggestions import sweep_suggestions

SPOILT = (
    "ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only",
    (
        "UPDATE event_log SET body = set_byte(body, 20, 255 - get_byte(body, 20))"
        " WHERE category = 'suggestion' AND version = 1"
    ),
    "ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only",
)

WITH_SUGGESTIONS = Selection(categories=("goal", "check_in", "mood", "suggestion"))


@in_its_loop
async def diary(site: Site) -> Diary:
    site.now = NOON
    return await site.diary()


async def plan_all(site: Site, subject: Subject) -> list[str]:
    """The types of what is told, in the order of their numbers."""
    goals = GoalsOfEvents(site.store, site.keyring)
    async with leased(site, subject) as lease:
        for _ in range(50):
            planned = await plan(site, lease, goals=goals, now=site.now)
            if not planned.more:
                break
    return [one.type for one in await all_of(site, subject)]


async def test_a_type_that_a_newer_release_has_is_left_to_its_worker(
    site: Site, diary: Diary, monkeypatch
) -> None:
    subject = await subscribe(site, diary, None)
    known = types()
    older = {name: kind for name, kind in known.items() if not name.startswith("mood.")}
    with monkeypatch.context() as release:
        release.setattr(planning, "all_types", lambda: older)
        await walking(diary)
        await diary.felt(3, at=NOON)
        assert await plan_all(site, subject) == ["goal.set.v1", *["goal.agreed.v1"] * 2]
    assert (await plan_all(site, subject))[3:] == ["mood.logged.v1"]


async def test_a_pattern_tells_the_types_that_a_later_release_adds(
    site: Site, diary: Diary, monkeypatch
) -> None:
    subject = await subscribe(site, diary, None, selection=Selection(types=("mood.*",)))
    older = {name: kind for name, kind in types().items() if name != "mood.logged.v1"}
    with monkeypatch.context() as release:
        release.setattr(planning, "all_types", lambda: older)
        await walking(diary)
        await diary.felt(3, at=NOON)
        assert await plan_all(site, subject) == []
    assert await plan_all(site, subject) == ["mood.logged.v1"]


@pytest.mark.parametrize("at_once", [2, 1_000])
async def test_a_type_that_nobody_with_the_key_wrote_is_passed_over(
    site: Site, diary: Diary, database: Database, monkeypatch, at_once: int
) -> None:
    monkeypatch.setattr(planning, "BATCH_EVENTS", at_once)
    subject = await subscribe(site, diary, None)
    about: Any = {"practice_id": diary.practice_id, "client_id": diary.client_id}
    for nth in range(3):
        await diary.felt(3 + nth, at=NOON)
        for _ in range(5):
            await put(site, database, "mood.zzz.v1", said=None, **about)
    assert await plan_all(site, subject) == ["mood.logged.v1"] * 3
    assert (await read_standing(site.pool, subject)).planned == await site.store.head(subject[0])
    waits = await put(site, database, "mood.zzz.v1", **about)
    await put(site, database, "mood.zzz.v1", said=None, **about)
    await diary.felt(7, at=NOON)
    assert await plan_all(site, subject) == ["mood.logged.v1"] * 3
    assert (await read_standing(site.pool, subject)).planned == waits - 1
    assert [one.number for one in await all_of(site, subject)] == [1, 2, 3]


async def test_what_is_about_a_goal_is_kept_in_order_by_it(site: Site, diary: Diary) -> None:
    subject = await subscribe(site, diary, None, selection=WITH_SUGGESTIONS)
    walk = await walking(diary)
    done = await diary.did(walk, at=NOON)
    await diary.redid(done, 2, now=NOON)
    await diary.undid(done, now=NOON)
    site.now = datetime(2026, 7, 5, 12, tzinfo=UTC)
    await site.project(diary)
    await sweep_deadlines(site, site.now)
    await site.project(diary)
    await sweep_suggestions(site, site.now)
    await diary.felt(3, at=site.now)
    await plan_all(site, subject)
    goals = {one.type.partition(".")[0]: one.goal_id for one in await all_of(site, subject)}
    assert goals == {"goal": walk, "check_in": walk, "suggestion": walk, "mood": None}
    told = [one for one in await all_of(site, subject) if one.type.startswith("check_in")]
    assert [one.goal_id for one in told] == [walk] * 3


async def test_an_event_that_does_not_open_stops_nothing(
    site: Site, diary: Diary, database: Database
) -> None:
    subject = await subscribe(site, diary, None, selection=WITH_SUGGESTIONS)
    await walking(diary)
    site.now = datetime(2026, 7, 5, 12, tzinfo=UTC)
    await site.project(diary)
    await sweep_deadlines(site, site.now)
    await site.project(diary)
    await sweep_suggestions(site, site.now)
    await as_admin(database.admin, *SPOILT)
    await diary.felt(3, at=site.now)
    told = await plan_all(site, subject)
    assert "suggestion.offered.v1" in told
    assert told[-1] == "mood.logged.v1"


async def test_one_who_has_planned_all_does_not_ask_ever_so_often(
    site: Site, diary: Diary, monkeypatch
) -> None:
    subject = await subscribe(site, diary, None)
    goals = GoalsOfEvents(site.store, site.keyring)
    asked = 0
    real = Server._is_planned

    async def counted(server: Server) -> bool:
        nonlocal asked
        asked += 1
        return await real(server)

    monkeypatch.setattr(Server, "_is_planned", counted)
    async with Poster(any_network=True) as poster, leased(site, subject) as lease:
        server = Server(site, lease, poster, goals)
        running = asyncio.create_task(server.run())
        for rating in range(1, 6):
            await diary.felt(rating, at=NOON)
            server.bell.set()
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [one.number for one in await all_of(site, subject)] == [1, 2, 3, 4, 5]
    assert asked < 20


@pytest.mark.parametrize("told", [0, 2])
async def test_what_lies_ahead_of_the_log_is_set_back_to_what_was_told(
    site: Site, diary: Diary, told: int
) -> None:
    subject = await subscribe(site, diary, None)
    for rating in range(1, 1 + told):
        await diary.felt(rating, at=NOON)
    await plan_all(site, subject)
    ahead = "UPDATE outbox.subscription SET planned = planned + 1000 WHERE subscription_id = $1"
    await site.pool.execute(ahead, subject[1])
    await diary.felt(3, at=NOON)
    await plan_all(site, subject)
    assert [one.number for one in await all_of(site, subject)] == list(range(1, told + 2))
    assert (await read_standing(site.pool, subject)).planned == await site.store.head(subject[0])
