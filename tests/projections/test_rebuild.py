"""rebuild: from zero beside the old view, then swapped; nobody sees a half-built one."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings

from projections import mood_trend
from projections.catalogue import VIEW_NAMES
from projections.catch_up import ENSURE_CHECKPOINTS
from projections.doctor import Doctor
from projections.rebuild import ONE_AT_A_TIME, Rebuild, RebuildUnderWay, UnknownView, rebuild
from tests.conftest import copied_database, run
from tests.projections.conftest import Record, opened_record
from tests.projections.lives import lives
from tests.projections.past import ANNA, PRACTICE, Log, day, mood
from tests.projections.test_runner import OTHER, from_zero, ordinary, running

# What is raised where Postgres has ended a session.
LOST = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError)
INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisprimary
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'views'
ORDER BY c.relname
"""
TABLES = """
SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relacl::text AS rights
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'views' AND c.relkind = 'r'
ORDER BY c.relname
"""


def unheard(done: int, total: int) -> None:
    """Nobody watches."""


async def test_a_rebuilt_view_is_what_it_was(record):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    before = await record.everything()
    done = await rebuild(record.pool, record.keyring, None, unheard)
    assert (done.events, done.set_aside, done.set_back) == (45, {}, [])
    assert await record.everything() == before == await from_zero(record)


@pytest.mark.parametrize("view", VIEW_NAMES)
async def test_one_view_can_be_rebuilt_alone(record, view):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    await record.pool.execute(f"DELETE FROM views.{view}")
    await rebuild(record.pool, record.keyring, view, unheard)
    assert await record.everything() == await from_zero(record)


@given(life=lives)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_live_and_rebuilt_agree_whatever_happened(servers, template, monkeypatch, life: Log):
    # Small steps: several reads before a write, and several writes of one row.
    monkeypatch.setattr("projections.catch_up.EVENTS_READ_AT_ONCE", 3)
    monkeypatch.setattr("projections.rebuild.BATCH_EVENTS", 5)
    monkeypatch.setattr("projections.rebuild.HELD_ROWS", 7)

    async def compare():
        async with opened_record(made.runtime) as record:
            half = len(life.kept) // 2
            await record.keep(life.kept[:half])
            await record.projector(batch_events=10).catch_up(PRACTICE)
            await record.keep(life.kept[half:])
            await record.projector(batch_events=1_000).catch_up(PRACTICE)
            live = await record.everything()
            doctor = Doctor(record.pool, record.keyring)
            assert (await doctor.look()).findings == []
            await rebuild(record.pool, record.keyring, None, unheard)
            assert await record.everything() == live == await from_zero(record)
            assert (await doctor.look()).findings == []

    with copied_database(servers, template) as made:
        run(compare)


async def test_takes_over_names_keys_indexes_and_owner(record):
    await record.keep(ordinary(2).kept)
    before = await record.pool.fetch(INDEXES), await record.pool.fetch(TABLES)
    for _ in range(2):
        await rebuild(record.pool, record.keyring, None, unheard)
    assert (await record.pool.fetch(INDEXES), await record.pool.fetch(TABLES)) == before


async def test_goes_on_from_where_the_rebuilt_view_is(record):
    await record.keep(ordinary().kept)
    # Nothing was projected before: the rebuilt view is ahead of all others.
    await rebuild(record.pool, record.keyring, "mood_trend", unheard)
    assert await record.views.position(PRACTICE, "mood_trend") == 45
    assert await record.views.position(PRACTICE, "caseload") == 0
    await record.keep(Log().add(mood(900, 3, day(2))).kept)
    await record.projector().catch_up(PRACTICE)
    assert await record.everything() == await from_zero(record)


async def test_removes_rows_that_the_log_does_not_know(record):
    await record.keep(ordinary(2).kept)
    await record.projector().catch_up(PRACTICE)
    await record.pool.execute(
        "INSERT INTO views.mood_trend SELECT practice_id, gen_random_uuid(), client_id,"
        " occurred_at, position, body FROM views.mood_trend"
    )
    await rebuild(record.pool, record.keyring, "mood_trend", unheard)
    assert len(await record.documents(mood_trend.projection)) == 2


async def test_says_how_far_it_is(record):
    await record.keep(ordinary().kept)
    told = []
    await rebuild(record.pool, record.keyring, None, lambda done, total: told.append((done, total)))
    assert told[-1] == (45, 45)
    assert told == sorted(told)


async def test_refuses_a_view_that_there_is_not(record):
    with pytest.raises(UnknownView):
        await rebuild(record.pool, record.keyring, "weather", unheard)


async def test_only_one_at_a_time(record):
    async with record.pool.acquire() as other:
        await other.execute("SELECT pg_advisory_lock($1)", ONE_AT_A_TIME)
        with pytest.raises(RebuildUnderWay):
            await rebuild(record.pool, record.keyring, None, unheard)


async def test_one_that_is_stopped_loses_its_lock_and_ends(record, database, monkeypatch):
    monkeypatch.setattr("projections.rebuild.SILENT_SECONDS", 1.0)
    await record.keep(ordinary().kept)
    free = []

    async def is_free() -> bool:
        other = await asyncpg.connect(database.admin)
        try:
            return bool(await other.fetchval("SELECT pg_try_advisory_lock($1)", ONE_AT_A_TIME))
        finally:
            await other.close()

    def stopped(_done: int, _total: int) -> None:
        time.sleep(2.0)  # Nothing else of this process goes on, as after SIGSTOP.
        with ThreadPoolExecutor() as beside:
            free.append(beside.submit(asyncio.run, is_free()).result())

    with pytest.raises(LOST):
        await rebuild(record.pool, record.keyring, None, stopped)
    assert free == [True]
    await rebuild(record.pool, record.keyring, None, unheard)
    assert [row["name"] for row in await record.pool.fetch(TABLES) if "beside" in row["name"]] == []


class Enough(Exception):
    """Somebody lost patience with a rebuild."""


async def test_an_interrupted_one_leaves_the_old_view_and_the_next_one_works(record):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    before = await record.everything()

    def interrupt(done: int, total: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        await rebuild(record.pool, record.keyring, None, interrupt)
    assert await record.everything() == before
    await record.projector().catch_up(PRACTICE)
    await rebuild(record.pool, record.keyring, None, unheard)
    assert await record.everything() == before
    assert [row["name"] for row in await record.pool.fetch(TABLES) if "beside" in row["name"]] == []


async def test_a_failed_swap_is_as_if_it_had_not_been(record, monkeypatch):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    before = await record.everything()

    async def fail(*_):
        raise Enough

    with monkeypatch.context() as planted:
        planted.setattr("projections.rebuild.swap_table", fail)
        with pytest.raises(Enough):
            await rebuild(record.pool, record.keyring, None, unheard)
    assert await record.everything() == before
    assert await record.views.position(PRACTICE, "caseload") == 45


class TestWhileTheServiceGoesOn:
    async def test_nothing_is_lost_and_readers_always_see_a_whole_view(self, record: Record):
        await record.keep(ordinary(40).kept)
        await record.projector().catch_up(PRACTICE)
        stop = asyncio.Event()
        seen: list[int] = []

        async def write() -> int:
            last = 0
            for nth in range(100, 400):
                last = await record.keep(Log().add(mood(nth, 5, day(nth))).kept)
                if stop.is_set():
                    break
            return last

        async def read() -> None:
            while not stop.is_set():
                seen.append(len(await record.views.moods(PRACTICE, ANNA)))
                await asyncio.sleep(0)

        async with running(record.projector(batch_events=20), record.projector()):
            writing, reading = asyncio.create_task(write()), asyncio.create_task(read())
            for view in (None, "mood_trend", "caseload", None):
                await rebuild(record.pool, record.keyring, view, unheard)
            last = await writing
            assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=20)
            stop.set()
            await reading
        assert await record.everything() == await from_zero(record)
        assert seen
        assert seen[0] >= 40
        assert seen == sorted(seen), "a reader saw fewer entries than before"

    async def test_a_practice_that_appears_during_the_rebuild_is_in_both(self, record):
        await record.keep(ordinary(5).kept)
        appeared: list[asyncio.Task[None]] = []

        def appear(done: int, total: int) -> None:
            if not appeared:
                appeared.append(asyncio.create_task(begin()))

        async def begin() -> None:
            await record.open_practice(OTHER)
            await record.keep(ordinary(5).kept, practice_id=OTHER)
            await record.projector().catch_up(OTHER)

        await rebuild(record.pool, record.keyring, None, appear)
        await appeared[0]
        await record.projector().catch_up(PRACTICE)
        await record.projector().catch_up(OTHER)
        assert await record.everything(OTHER) == await from_zero(record, OTHER)
        assert await record.everything() == await from_zero(record)

    async def test_a_runner_in_the_middle_of_its_work_is_waited_for(self, record, monkeypatch):
        await record.keep(ordinary(5).kept)
        projector = record.projector()
        swap = Rebuild._swap
        committing: list[asyncio.Task[None]] = []

        async def after_a_runner_has_begun(self: Rebuild) -> None:
            # A practice that this rebuild has not read; its rows go to the old table.
            await record.open_practice(OTHER)
            await record.keep(ordinary(5).kept, practice_id=OTHER)
            begun = asyncio.Event()
            committing.append(asyncio.create_task(work_slowly(begun)))
            await asyncio.wait_for(begun.wait(), 10)
            await swap(self)

        async def work_slowly(begun: asyncio.Event) -> None:
            await record.pool.execute(ENSURE_CHECKPOINTS, OTHER, list(VIEW_NAMES))
            async with record.pool.acquire() as connection, connection.transaction():
                await projector._catch_up._apply(
                    connection, OTHER, 100, trailing=False, careful=set()
                )
                begun.set()
                await asyncio.sleep(0.2)

        monkeypatch.setattr(Rebuild, "_swap", after_a_runner_has_begun)
        await rebuild(record.pool, record.keyring, None, unheard)
        await committing[0]
        await projector.catch_up(OTHER)
        assert await record.everything(OTHER) == await from_zero(record, OTHER)

    async def test_a_reader_that_takes_long_delays_the_swap_and_nobody_else(
        self, record, monkeypatch
    ):
        monkeypatch.setattr("projections.rebuild.SWAP_PAUSE_SECONDS", 0.05)
        monkeypatch.setattr("projections.rebuild.SWAP_LOCK_SECONDS", 0.05)
        await record.keep(ordinary(5).kept)
        slow = await record.connect()
        reading = slow.transaction()
        await reading.start()
        await slow.fetch("SELECT 1 FROM views.caseload")
        rebuilding = asyncio.create_task(rebuild(record.pool, record.keyring, None, unheard))
        await asyncio.sleep(0.3)
        assert not rebuilding.done()
        assert await record.projector().catch_up(PRACTICE) == 15
        await reading.rollback()
        await slow.close()
        await rebuilding
        assert await record.everything() == await from_zero(record)
