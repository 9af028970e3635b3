"""The worker process: its sweeps and its deliveries, and the same asked for through arq.

Postgres remembers what has been done, so nothing here has to: Redis may be emptied, restarted or
missing, a worker killed at any step, or a second one running, and each fact is recorded once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC
from typing import Any, Final, Protocol
from urllib.parse import unquote

import msgspec
import structlog
from arq import cron, func
from arq.connections import RedisSettings
from arq.worker import Worker
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from events.ending import ended
from workers.deadlines import sweep_deadlines
from workers.deliveries import Deliveries
from workers.delivering import DeliverySite
from workers.leases import LEASE_SECONDS
from workers.posting import Poster
from workers.redis_faults import fault_of, find_redis_fault
from workers.safety import sweep_safety
from workers.sessions import sweep_sessions
from workers.suggestions import sweep_suggestions
from workers.sweeping import Bookmarks, Counts, is_away
from workers.worksite import Worksite

SWEEP_EVERY_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
# After a kill a job waits for this long and ten seconds more: short, though nothing depends on it.
JOB_SECONDS = 30
CLOSING_SECONDS = 2.0
REDIS_RETRIES = 20
# Of all subscriptions together: so many that those who do not answer leave room for the others.
MOST_POSTS = 1_000
QUEUE: Final = "cairn:queue"
# Nothing was done: the views lag by a moment, something was set aside and told of before, waits
# for a safety flag to be closed, or nobody is there to be asked about one, which the metrics tell.
QUIET: Final = frozenset({"already_so", "skipped", "held", "nobody_on_duty"})

log = structlog.get_logger()


class WorkerSite(Worksite, DeliverySite, Protocol):
    """What a worker process works with. The service's wiring is one."""

    @property
    def any_network(self) -> bool: ...


class NoteSweep(Protocol):
    """Told that a sweep has ended, and what came of it."""

    def __call__(self, sweep: str, counts: Counts, /) -> None: ...


def unheard(_sweep: str, _counts: Counts) -> None:
    """Nobody watches."""


class Sweeps:
    """The sweeps of one process, one at a time each, whoever asks for them."""

    def __init__(self, cairn: Worksite, note_sweep: NoteSweep = unheard) -> None:
        self._cairn = cairn
        self._note_sweep = note_sweep
        self._bookmarks = Bookmarks()
        self._turns = {
            "safety": asyncio.Lock(),
            "sessions": asyncio.Lock(),
            "deadlines": asyncio.Lock(),
            "suggestions": asyncio.Lock(),
        }

    async def safety(self) -> Counts:
        async with self._turns["safety"]:
            counts = await sweep_safety(self._cairn, self._cairn.clock(), bookmarks=self._bookmarks)
        return self._ended("safety", counts)

    async def sessions(self) -> Counts:
        async with self._turns["sessions"]:
            counts = await sweep_sessions(
                self._cairn, self._cairn.clock(), bookmarks=self._bookmarks
            )
        return self._ended("sessions", counts)

    async def deadlines(self) -> Counts:
        async with self._turns["deadlines"]:
            counts = await sweep_deadlines(
                self._cairn, self._cairn.clock(), bookmarks=self._bookmarks
            )
        return self._ended("deadlines", counts)

    async def suggestions(self) -> Counts:
        async with self._turns["suggestions"]:
            counts = await sweep_suggestions(
                self._cairn, self._cairn.clock(), bookmarks=self._bookmarks
            )
        return self._ended("suggestions", counts)

    def _ended(self, sweep: str, counts: Counts) -> Counts:
        self._note_sweep(sweep, counts)
        return told(sweep, counts)


def told(worker: str, counts: Counts) -> Counts:
    """Log how many there were of what; nothing else leaves a sweep."""
    if counts.keys() - QUIET:
        log.info("worker_swept", worker=worker, **counts)
    return counts


async def run_worker(
    cairn: WorkerSite,
    redis_url: str | None,
    stop: asyncio.Event,
    *,
    sweep_every_seconds: float = SWEEP_EVERY_SECONDS,
    note_sweep: NoteSweep = unheard,
    lease_seconds: float = LEASE_SECONDS,
) -> None:
    """Work until `stop` is set. Without a Redis there are the worker's own sweeps alone.

    `lease_seconds` is for how long a worker from which nothing is heard keeps its subscriptions.
    """
    sweeps = Sweeps(cairn, note_sweep)
    async with Poster(any_network=cairn.any_network, most_at_once=MOST_POSTS) as poster:
        deliveries = Deliveries(cairn, poster, lease_seconds=lease_seconds)
        works: list[Coroutine[Any, Any, None]] = [
            sweep_forever(sweeps.safety, every_seconds=sweep_every_seconds),
            sweep_forever(sweeps.sessions, every_seconds=sweep_every_seconds),
            sweep_forever(sweeps.deadlines, every_seconds=sweep_every_seconds),
            sweep_forever(sweeps.suggestions, every_seconds=sweep_every_seconds),
            deliveries.run(),
        ]
        if redis_url is not None:
            works.append(take_jobs_forever(sweeps, redis_url, wake_deliveries=deliveries.wake))
        await run_until(stop, works)


async def run_until(stop: asyncio.Event, works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Until `stop` is set, or one of them raises: then that is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        faults = await ended(stopping, *tasks)
    for fault in faults:
        if fault is not None:
            raise fault


async def sweep_forever(sweep: Callable[[], Awaitable[Counts]], *, every_seconds: float) -> None:
    """Sweep, wait, sweep again; after a failure, while the database is away above all, wait longer.

    A sweep that fails stops no other one, and not what is delivered.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            await sweep()
        except Exception as error:
            if is_away(error):
                log.warning("worker_waits_for_the_database", seconds=pause)
            else:
                log.exception("worker_sweep_failed", seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        else:
            pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(every_seconds)


async def take_jobs_forever(
    sweeps: Sweeps, redis_url: str, *, wake_deliveries: Callable[[], Counts]
) -> None:
    """Run an arq worker; when Redis takes it down, say why and begin another."""
    pause = FIRST_PAUSE_SECONDS
    loop = asyncio.get_running_loop()
    while True:
        # Asked first, because arq tries again for half a minute before it says anything.
        why = await find_redis_fault(redis_url)
        if why is None:
            began = loop.time()
            worker = build_worker(sweeps, redis_url, wake_deliveries=wake_deliveries)
            try:
                await worker.async_run()
            except (RedisError, OSError, TimeoutError) as error:
                why = fault_of(error)
            finally:
                await close(worker)
            if loop.time() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
        log.warning("worker_waits_for_redis", seconds=pause, why=why)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


async def close(worker: Worker) -> None:
    """Let go of Redis and of running jobs; they are level-triggered, so none is lost.

    Not arq's own close: that writes to Redis, which may be why we are here.
    """
    jobs = list(worker.tasks.values())
    for job in jobs:
        job.cancel()
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(CLOSING_SECONDS):
            await asyncio.gather(*jobs, return_exceptions=True)
            pool = worker.pool
            if pool is not None:
                await pool.aclose(close_connection_pool=True)


def build_worker(
    sweeps: Sweeps, redis_url: str, *, wake_deliveries: Callable[[], Counts]
) -> Worker:
    """An arq worker with the sweeps as jobs, and each of them every minute by cron.

    The job of the deliveries makes those who serve subscriptions look, as a notification does.

    Jobs carry no arguments and no pickles, their results are not kept, and they are not retried:
    what is still owed will be seen again.
    """

    async def safety(ctx: Any, *_: Any, **__: Any) -> Counts:  # noqa: ARG001 - as arq calls it
        return await sweeps.safety()

    async def sessions(ctx: Any, *_: Any, **__: Any) -> Counts:  # noqa: ARG001 - the same
        return await sweeps.sessions()

    async def deadlines(ctx: Any, *_: Any, **__: Any) -> Counts:  # noqa: ARG001 - the same
        return await sweeps.deadlines()

    async def suggestions(ctx: Any, *_: Any, **__: Any) -> Counts:  # noqa: ARG001 - the same
        return await sweeps.suggestions()

    async def deliveries(ctx: Any, *_: Any, **__: Any) -> Counts:  # noqa: ARG001 - the same
        return wake_deliveries()

    return Worker(
        functions=[
            func(safety, name="sweep_safety", timeout=JOB_SECONDS, max_tries=1),
            func(sessions, name="sweep_sessions", timeout=JOB_SECONDS, max_tries=1),
            func(deadlines, name="sweep_deadlines", timeout=JOB_SECONDS, max_tries=1),
            func(suggestions, name="sweep_suggestions", timeout=JOB_SECONDS, max_tries=1),
            func(deliveries, name="wake_deliveries", timeout=JOB_SECONDS, max_tries=1),
        ],
        cron_jobs=[
            cron(safety, name="cron:safety", second=15, timeout=JOB_SECONDS),
            cron(sessions, name="cron:sessions", second=45, timeout=JOB_SECONDS),
            cron(deadlines, name="cron:deadlines", second=0, timeout=JOB_SECONDS),
            cron(suggestions, name="cron:suggestions", second=30, timeout=JOB_SECONDS),
            cron(deliveries, name="cron:deliveries", second={20, 50}, timeout=JOB_SECONDS),
        ],
        queue_name=QUEUE,
        redis_settings=redis_settings(redis_url),
        handle_signals=False,  # The command that runs the process decides when it ends.
        job_timeout=JOB_SECONDS,
        keep_result=0,
        max_tries=1,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        timezone=UTC,
    )


def redis_settings(redis_url: str) -> RedisSettings:
    """Settings that outlive a restart of Redis. Raises RuntimeError for another scheme."""
    settings = RedisSettings.from_dsn(redis_url)
    # arq leaves a URL's parts as they are written there; a password may have any character.
    settings.username = unquote(settings.username) if settings.username else None
    settings.password = unquote(settings.password) if settings.password else None
    if settings.unix_socket_path is not None:
        settings.unix_socket_path = unquote(settings.unix_socket_path)
    settings.retry = Retry(ExponentialBackoff(cap=2, base=0.1), REDIS_RETRIES)
    settings.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    settings.retry_on_timeout = True
    settings.conn_retries = 0  # take_jobs_forever tries again, and says so.
    return settings
