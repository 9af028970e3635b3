"""runner: each event once to each view, whoever runs, whatever breaks."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from events.goal import GoalStatementRevised
from events.mood import MoodLogged
from projections import goal_status_fold, mood_trend
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.catch_up import CatchUp
from projections.runner import Projector
from tests.conftest import execute
from tests.projections.past import (
    ANNA,
    BEN,
    PRACTICE,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    day,
    goal_set,
    mood,
    rows,
    scored,
)

OTHER = UUID(int=2)


def ordinary(entries: int = 20) -> Log:
    log = Log().add(anna_enrolled(), goal_set(), *agreed())
    for nth in range(entries):
        log.add(mood(nth, 1 + nth % 10, day(nth)), scored(nth, 24 - nth, day(nth)))
    return log


FAIL = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.practice_id::text LIKE '%0030_' THEN RAISE 'damaged' USING ERRCODE = 'XX001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fail BEFORE INSERT ON views.caseload FOR EACH ROW EXECUTE FUNCTION fail()
"""


@asynccontextmanager
async def failing_server(database):
    """Some practices can not be written to, meanwhile."""
    await execute(database.admin, FAIL)
    try:
        yield
    finally:
        await execute(database.admin, "DROP FUNCTION fail() CASCADE")


@asynccontextmanager
async def running(*projectors: Projector):
    stop = asyncio.Event()
    tasks = [asyncio.create_task(one.run(stop)) for one in projectors]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def from_zero(record, practice_id=PRACTICE) -> dict[str, Any]:
    """What the views must hold: everything that the log has, folded from its first event."""
    log = await record.store.read_practice(practice_id, limit=100_000)
    return {one.name: rows(one, log) for one in PROJECTIONS}


class TestCatchUp:
    async def test_builds_every_view(self, record):
        await record.keep(ordinary().kept)
        assert await record.projector().catch_up(PRACTICE) == 45
        assert await record.everything() == await from_zero(record)
        assert len(await record.documents(mood_trend.projection)) == 20

    async def test_goes_on_where_it_stopped_in_batches_of_any_size(self, record):
        log = ordinary().kept
        await record.keep(log[:17])
        await record.projector(batch_events=3).catch_up(PRACTICE)
        await record.keep(log[17:])
        assert await record.projector(batch_events=7).catch_up(PRACTICE) == 27
        assert await record.everything() == await from_zero(record)
        assert await record.projector().catch_up(PRACTICE) == 0

    async def test_what_fails_in_the_middle_leaves_nothing_behind(self, record, monkeypatch):
        await record.keep(ordinary().kept)
        broken = PROJECTIONS[-2]
        failing = [*PROJECTIONS[:-2], _with(broken, evolve=_fails), PROJECTIONS[-1]]
        with pytest.raises(MemoryError):
            await record.projector(projections=failing).catch_up(PRACTICE)
        assert await record.views.position(PRACTICE, "goal_status") == 0
        assert await record.documents(PROJECTIONS[0]) == {}
        await record.projector().catch_up(PRACTICE)
        assert await record.everything() == await from_zero(record)

    async def test_a_view_that_is_ahead_is_not_given_an_event_twice(self, record):
        said = GoalStatementRevised(
            goal_id=WALK, from_statement="a", statement="b", reason="c", client_agreed=True
        )
        log = ordinary().add(said, said, said).kept
        await record.keep(log[:-1])
        await record.projector(projections=[goal_status_fold.projection]).catch_up(PRACTICE)
        await record.keep(log[-1:])
        await record.projector().catch_up(PRACTICE)
        assert await record.everything() == await from_zero(record)

    async def test_a_checkpoint_never_goes_back(self, record, database):
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        reached = await record.views.position(PRACTICE, "caseload")
        # A view far behind is brought forward; those that are ahead stay where they are.
        await record.pool.execute(
            "UPDATE views.checkpoint SET position = 0 WHERE view = 'mood_trend'"
        )
        await record.projector(batch_events=5).catch_up(PRACTICE)
        for view in VIEW_NAMES:
            assert await record.views.position(PRACTICE, view) == reached
        assert await record.everything() == await from_zero(record)

    async def test_a_view_far_behind_does_not_hold_up_the_others(self, record, monkeypatch):
        monkeypatch.setattr("projections.catch_up.PIECE_EVENTS", 5)
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await _forget(record, "mood_trend")
        last = await record.keep([mood_now(99)])
        catching_up = CatchUp(record.pool, record.keyring, PROJECTIONS)
        applied = await catching_up.batch(PRACTICE, limit=50_000)
        assert (applied.events, applied.more) == (1 + 5, True)
        for view in VIEW_NAMES:
            there = await record.views.position(PRACTICE, view)
            assert there == (5 if view == "mood_trend" else last), view
        # And it goes with them again, once it is near.
        assert await record.projector(batch_events=9).catch_up(PRACTICE) == last - 5
        assert await record.everything() == await from_zero(record)

    async def test_a_view_far_behind_that_fails_undoes_nothing_of_the_others(
        self, record, monkeypatch
    ):
        monkeypatch.setattr("projections.catch_up.PIECE_EVENTS", 5)
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await _forget(record, "mood_trend")
        last = await record.keep(Log().add(goal_set(UUID(int=0xC9))).kept)
        failing = [
            _with(one, evolve=_fails) if one.name == "mood_trend" else one for one in PROJECTIONS
        ]
        with pytest.raises(MemoryError):
            await record.projector(projections=failing).catch_up(PRACTICE)
        assert await record.views.position(PRACTICE, "goal_status") == last
        await record.projector().catch_up(PRACTICE)
        assert await record.everything() == await from_zero(record)

    async def test_leaves_alone_what_another_runner_holds(self, record):
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await record.keep(Log().add(goal_set(UUID(int=0xC9))).kept)
        async with record.pool.acquire() as other, other.transaction():
            await other.execute("SELECT 1 FROM views.checkpoint FOR UPDATE")
            assert await record.projector().catch_up(PRACTICE) == 0
        assert await record.projector().catch_up(PRACTICE) == 1

    async def test_a_practice_that_does_not_exist_is_nothing(self, record):
        assert await record.projector().catch_up(OTHER) == 0
        assert await record.pool.fetchval("SELECT count(*) FROM views.checkpoint") == 0


def mood_now(nth):
    (recorded,) = Log().add(mood(nth, 5, day(nth))).kept
    return recorded


async def _forget(record, view):
    """As it is for a view that this version has added."""
    await record.pool.execute(f"DELETE FROM views.{view}")
    await record.pool.execute("DELETE FROM views.checkpoint WHERE view = $1", view)


def _with(projection, **changes):
    return replace(projection, **changes)


def _fails(page, recorded):
    raise MemoryError  # No event's fault: nothing is set aside.


class TestErased:
    async def test_rows_of_a_client_whose_key_is_gone_are_dropped(self, record, database):
        log = Log().add(anna_enrolled(), anna_enrolled(client_id=BEN), mood(1, 5, day(0)))
        await record.keep(log.add(_mood_of(BEN)).kept)
        await record.projector().catch_up(PRACTICE)
        assert len(await record.documents(mood_trend.projection)) == 2
        await _erase(database, ANNA)
        await record.keep(Log().add(mood(2, 5, day(1))).kept)
        record.keyring._cached.clear()
        projector = record.projector()
        await projector.catch_up(PRACTICE)
        (kept,) = (await record.documents(mood_trend.projection)).values()
        assert kept.client_id == BEN
        assert await record.views.client(PRACTICE, ANNA, now=day(1)) is None

    async def test_a_view_built_from_zero_never_shows_them(self, record, database):
        await record.keep(Log().add(anna_enrolled(), goal_set(), mood(1, 5, day(0))).kept)
        await _erase(database, ANNA)
        record.keyring._cached.clear()
        assert await record.projector().catch_up(PRACTICE) == 4
        assert all(rows == {} for rows in (await record.everything()).values())


def _mood_of(client_id):
    return MoodLogged(mood_id=UUID(int=0xBEE), client_id=client_id, rating=4, occurred_at=day(0))


async def _erase(database, client_id):
    connection = await asyncpg.connect(database.owner)
    await connection.execute("DELETE FROM data_key WHERE subject_id = $1", client_id)
    await connection.close()


class TestRun:
    async def test_sees_what_is_appended(self, record):
        async with running(record.projector()):
            last = await record.keep(ordinary().kept)
            assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=10)
        assert await record.everything() == await from_zero(record)

    async def test_two_at_once_share_the_work_and_nothing_is_applied_twice(self, record):
        practices = [UUID(int=100 + nth) for nth in range(6)]
        one, two = (record.projector(batch_events=4) for _ in range(2))
        async with running(one, two):
            lasts = {}
            for practice_id in practices:
                await record.open_practice(practice_id)
                lasts[practice_id] = await record.keep(ordinary(8).kept, practice_id=practice_id)
            for practice_id, last in lasts.items():
                assert await record.views.wait_for(practice_id, last, VIEW_NAMES, seconds=20)
        for practice_id in practices:
            assert await record.everything(practice_id) == await from_zero(record, practice_id)
        assert one.applied + two.applied == sum(lasts.values()) + 1

    async def test_does_not_rest_between_batches(self, record):
        last = await record.keep(ordinary().kept)
        async with running(record.projector(batch_events=2)):
            assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=10)

    async def test_finds_what_no_notification_told(self, record):
        await record.keep(ordinary().kept)

        async def nowhere():
            raise ConnectionRefusedError

        deaf = Projector(record.pool, record.keyring, nowhere)
        async with running(deaf):
            assert await record.views.wait_for(PRACTICE, 40, VIEW_NAMES, seconds=10)

    async def test_comes_back_when_its_connections_are_cut(self, record, database):
        async with running(record.projector()):
            log = ordinary(60).kept
            await record.keep(log[:60])
            admin = await asyncpg.connect(database.admin)
            for first in range(60, len(log), 16):
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                last = await record.keep(log[first : first + 16])
            await admin.close()
            assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=8)
        assert await record.everything() == await from_zero(record)

    async def test_practices_whose_rows_are_locked_hold_up_no_other(self, record, database):
        """More of them than there are lanes, so that each lane meets one."""
        stuck = [UUID(int=200 + nth) for nth in range(4)]
        log = ordinary(2).kept
        for practice_id in stuck:
            await record.open_practice(practice_id)
            await record.keep(log, practice_id=practice_id)
            await record.projector().catch_up(practice_id)
        admin = await asyncpg.connect(database.admin)
        async with admin.transaction():
            await admin.execute("SELECT 1 FROM views.caseload FOR UPDATE")
            lasts = {
                one: await record.keep(Log().add(scored(50, 3, day(50))).kept, practice_id=one)
                for one in stuck
            }
            async with running(record.projector()):
                await asyncio.sleep(0.3)  # Each lane waits for a lock.
                last = await record.keep(ordinary(4).kept)
                assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=15)
                for one in stuck:
                    assert await record.views.position(one, "caseload") < lasts[one]
                await admin.execute("ROLLBACK AND CHAIN")
                for one, at in lasts.items():
                    assert await record.views.wait_for(one, at, VIEW_NAMES, seconds=20)
        await admin.close()

    async def test_a_practice_at_which_the_server_fails_holds_up_no_other(self, record, database):
        """Such an error looks like a server that is away, and is these practices' alone."""
        bad = [UUID(int=0x300 + nth) for nth in range(4)]
        async with failing_server(database):
            for practice_id in bad:
                await record.open_practice(practice_id)
                await record.keep(ordinary(2).kept, practice_id=practice_id)
            async with running(record.projector()):
                await asyncio.sleep(2)  # By now whoever took it for an outage would rest for long.
                for nth in range(4):
                    last = await record.keep([mood_now(60 + nth)] if nth else ordinary(4).kept)
                    assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=1.5)
            for practice_id in bad:
                assert await record.views.position(practice_id, "caseload") == 0

    async def test_stops_when_told(self, record):
        stop = asyncio.Event()
        task = asyncio.create_task(record.projector().run(stop))
        await asyncio.sleep(0.05)
        stop.set()
        await asyncio.wait_for(task, 5)
