"""The worker process: sweeping by itself, asked through arq, and without Redis or Postgres."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from redis.asyncio import Redis

from service.embedded import EmbeddedRedis
from tests.conftest import Database
from tests.workers.diary import PHQ9_FROM_24, Diary, noon
from tests.workers.site import Site, as_admin, postgres_site
from workers.main import JOB_SECONDS, QUEUE, Sweeps, build_worker, redis_settings, run_worker

START, DUE = date(2026, 1, 4), date(2026, 3, 1)
AFTER = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEVER_BY_ITSELF = 3600.0


@asynccontextmanager
async def working(
    site: Site, redis_url: str | None, *, sweep_every_seconds: float = 0.05
) -> AsyncIterator[None]:
    """A worker and a projector at work; both must end within seconds of being told to."""
    site.now = AFTER
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(
            run_worker(site, redis_url, stop, sweep_every_seconds=sweep_every_seconds)
        ),
        asyncio.create_task(site.projector.run(stop)),
    ]
    try:
        yield
        for task in tasks:
            assert not task.done(), task
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks)


async def due_goal(site: Site) -> Diary:
    diary = await site.diary()
    await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
    await diary.scored(17, at=noon(date(2026, 2, 20)))
    return diary


async def eventually(holds: Callable[[], Awaitable[bool]], *, seconds: float = 15) -> None:
    give_up_at = asyncio.get_running_loop().time() + seconds
    while not await holds():
        assert asyncio.get_running_loop().time() < give_up_at
        await asyncio.sleep(0.05)


async def answered(diary: Diary) -> None:
    """Wait until the deadline is recorded as missed and both suggestions are there; once each."""

    async def all_there() -> bool:
        with suppress(*LOST):
            return len(await diary.types(of="suggestion")) >= 2
        return False

    await eventually(all_there)
    await asyncio.sleep(0.3)  # Time in which a second one could come.
    assert await diary.types(of="goal.deadline") == ["goal.deadline_missed.v1"]
    assert await diary.types(of="suggestion") == ["suggestion.offered.v1"] * 2


@asynccontextmanager
async def jobs(redis_url: str) -> AsyncIterator[ArqRedis]:
    """The way in which anybody asks a worker for a job."""
    pool = await create_pool(
        RedisSettings.from_dsn(redis_url),
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        default_queue_name=QUEUE,
    )
    try:
        yield pool
    finally:
        await pool.aclose(close_connection_pool=True)


class TestAWorker:
    async def test_sweeps_by_itself(self, site, redis_url):
        diary = await due_goal(site)
        async with working(site, redis_url):
            await answered(diary)

    async def test_needs_no_redis(self, site):
        diary = await due_goal(site)
        async with working(site, None):
            await answered(diary)

    async def test_sweeps_while_redis_is_away(self, site, tmp_path):
        diary = await due_goal(site)
        async with working(site, f"unix://{tmp_path}/nobody.sock"):
            await answered(diary)

    @pytest.mark.parametrize("job", ["sweep_deadlines", "cron:deadlines"])
    async def test_sweeps_when_asked_through_arq(self, site, redis_url, job):
        async with working(site, redis_url, sweep_every_seconds=NEVER_BY_ITSELF):
            await asyncio.sleep(0.3)  # Its first own sweeps are over, and found nothing.
            diary = await due_goal(site)
            await site.project(diary)

            async def recorded() -> bool:
                return await diary.types(of="goal.deadline") == ["goal.deadline_missed.v1"]

            async with jobs(redis_url) as pool:
                # The projector may be at it: ask as often as cron would, only sooner.
                async def asked() -> bool:
                    await pool.enqueue_job(job)
                    return await recorded()

                await eventually(asked)

    async def test_keeps_no_result_and_no_job(self, site, redis_url):
        async with working(site, redis_url), jobs(redis_url) as pool:
            await pool.enqueue_job("sweep_suggestions", _job_id="asked-once")

            async def gone() -> bool:
                return not await pool.zcard(QUEUE) and not await pool.keys("arq:job:*")

            await eventually(gone)
            assert await pool.keys("arq:result:*") == []
            # So the same may be asked for another time.
            assert await pool.enqueue_job("sweep_suggestions", _job_id="asked-once") is not None

    async def test_runs_no_pickle(self, site, redis_url, tmp_path):
        diary = await due_goal(site)
        proof = tmp_path / "ran"
        job = {"t": 1, "f": "sweep_deadlines", "a": (Touch(proof),), "k": {}, "et": 1}
        async with jobs(redis_url) as pool:
            await pool.set("arq:job:evil", pickle.dumps(job))
            await pool.zadd(QUEUE, {"evil": 1})
            async with working(site, redis_url):

                async def refused() -> bool:
                    return not await pool.zcard(QUEUE)

                await eventually(refused)
                await answered(diary)
        assert not proof.exists()


class Touch:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


class TestTwoWorkers:
    async def test_record_everything_once_while_redis_is_flushed(self, site, database, redis_url):
        diaries = [await due_goal(site) for _ in range(6)]
        async with (
            postgres_site(database.runtime) as other,
            Redis.from_url(redis_url) as redis,
            working(site, redis_url),
            working(other, redis_url),
            jobs(redis_url) as pool,
        ):
            for _ in range(10):
                await pool.enqueue_job("sweep_deadlines")
                await pool.enqueue_job("sweep_suggestions")
                await asyncio.sleep(0.03)
                await redis.flushall()
            for diary in diaries:
                await answered(diary)


class TestRedisThatRestarts:
    async def test_takes_no_worker_down(self, site, tmp_path):
        server = EmbeddedRedis(tmp_path)
        url = server.start()
        try:
            async with working(site, url, sweep_every_seconds=NEVER_BY_ITSELF):
                await asyncio.sleep(0.3)
                server.stop()
                await asyncio.sleep(0.5)
                assert server.start() == url
                diary = await due_goal(site)
                await site.project(diary)

                async def recorded() -> bool:
                    async with jobs(url) as pool:
                        await pool.enqueue_job("sweep_deadlines")
                    return await diary.types(of="goal.deadline") == ["goal.deadline_missed.v1"]

                await eventually(recorded, seconds=25)
        finally:
            server.stop()


class TestPostgresThatLosesItsBackends:
    async def test_takes_no_worker_down(self, site, database, redis_url):
        async with working(site, redis_url):
            for _ in range(5):
                diary = await due_goal_despite(site, database)
                await as_admin(database.admin, KILL_BACKENDS)
                await answered(diary)

    async def test_is_waited_for(self, site, database, monkeypatch):
        """A database that refuses everybody for a while."""
        diary = await due_goal(site)
        name = database.name
        async with working(site, None):
            await as_admin(
                database.admin.replace(f"/{name}?", "/postgres?"),
                f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false",
                KILL_BACKENDS_OF.format(name),
            )
            await asyncio.sleep(1)
            await as_admin(
                database.admin.replace(f"/{name}?", "/postgres?"),
                f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true",
            )
            await answered(diary)


KILL_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
KILL_BACKENDS_OF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


async def due_goal_despite(site: Site, database: Database) -> Diary:
    """A due goal, set by somebody who tries again when a connection is lost."""
    while True:
        try:
            return await due_goal(site)
        except LOST:
            await asyncio.sleep(0.05)


class TestTheArqWorker:
    async def test_is_built_as_it_must_be(self, site, redis_url):
        worker = build_worker(Sweeps(site), redis_url, wake_deliveries=dict)
        assert sorted(worker.functions) == [
            "cron:deadlines", "cron:deliveries", "cron:safety", "cron:sessions",
            "cron:suggestions", "sweep_deadlines", "sweep_safety", "sweep_sessions",
            "sweep_suggestions", "wake_deliveries",
        ]  # fmt: skip
        assert [one.second for one in worker.cron_jobs] == [15, 45, 0, 30, {20, 50}]
        assert all(one.timeout_s == JOB_SECONDS for one in worker.functions.values())
        assert all(not one.keep_result_s for one in worker.functions.values())
        assert worker.keep_result_s == 0
        assert worker.job_deserializer is msgspec.msgpack.decode

    @pytest.mark.parametrize(
        "url", ["redis://elsewhere:7000/3", "unix:///run/redis.sock", "rediss://:word@host/0"]
    )
    def test_outlives_a_restart_by_its_settings(self, url):
        settings = redis_settings(url)
        assert settings.retry is not None
        assert settings.retry_on_error
        assert settings.retry_on_timeout

    @pytest.mark.parametrize(
        ("url", "login", "password", "socket"),
        [
            ("redis://anna:a%2Fb%40c%3A%25@host:7000/3", "anna", "a/b@c:%", None),
            ("unix://:word@/run/our%20files/redis.sock", None, "word", "/run/our files/redis.sock"),
            ("rediss://host/0", None, None, None),
        ],
    )
    def test_takes_a_url_apart_as_it_is_meant(self, url, login, password, socket):
        settings = redis_settings(url)
        assert (settings.username, settings.password) == (login, password)
        assert settings.unix_socket_path == socket
