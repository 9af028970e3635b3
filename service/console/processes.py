"""`cairn up`, `serve`, `project` and `work`: the processes of the service."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

import click
import structlog
import uvloop
from rich.console import Console

from migrations.rights import require_rights
from projections.degraded import SWEEPS
from projections.heartbeat import Heartbeat, beating
from projections.runner import Projector
from service import logs, server, supervisor
from service.auth import Tokens
from service.console.connection import opened, settings_in_use
from service.console.demo import load_where_wanted
from service.console.instants import instant_of
from service.console.output import as_json_option, print_json, print_table
from service.console.sweeping import catch_up_all, sweep_once
from service.console.welcome import welcome
from service.garbage import set_aside_for_good
from service.ids import drawn_id
from service.metrics_listener import telling
from service.process_metrics import ProjectorMetrics, WorkerMetrics
from service.settings import Settings
from service.wiring import Cairn
from workers.main import run_worker
from workers.sweeping import Counts

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.option("--no-demo", is_flag=True, help="Leave an empty log empty.")
@click.option("--no-worker", is_flag=True, help="Run no worker: look with `cairn work --once`.")
def up(no_demo: bool, no_worker: bool) -> int:
    """Run everything on this machine, until Ctrl-C.

    Starts a Postgres and a Redis of its own below CAIRN_VAR (./var), unless DATABASE_URL and
    REDIS_URL name others; migrates; runs the API on PORT (8000), the projector and the worker, and
    starts again what ends. An empty log gets the demonstration practice. Nothing is lost when any
    of it is killed: the next run finds everything.

    \b
    Examples:
      cairn up
      PORT=8001 CAIRN_VAR=./other cairn up --no-demo
    """
    return asyncio.run(
        supervisor.up(
            Settings.from_env(),
            demo=leave_empty if no_demo else load_where_wanted,
            welcome=welcome,
            console=Console(),
            children={
                name: command
                for name, command in supervisor.CHILDREN.items()
                if not (no_worker and name == "worker")
            },
        )
    )


async def leave_empty(_settings: Settings, _console: Console) -> str:
    return "not wanted"


@click.command()
def serve() -> None:
    """Run the API on CAIRN_HOST and PORT (127.0.0.1:8000), until told to stop.

    Any number may run: they share nothing but the database.

    \b
    Example:
      DATABASE_URL=postgresql://cairn@db/cairn PORT=8000 cairn serve
    """
    settings = begin_process("api")

    def ready() -> None:
        structlog.get_logger().info("api_ready", port=settings.port)

    server.run(settings, ready=ready)


@click.command()
@click.option("--once", is_flag=True, help="Bring every view to the end of the log, and stop.")
@as_json_option
def project(once: bool, as_json: bool) -> None:
    """Run the projector, which brings the views forward as the log grows, until told to stop.

    Any number may run: a practice is worked on by one at a time.

    \b
    Examples:
      cairn project
      cairn project --once
    """
    if not once:
        settings = begin_process("projector")
        uvloop.run(until_stopped(settings, run_projector_with(settings)))
        return

    async def catch_up() -> int:
        async with opened() as cairn:
            return await catch_up_all(cairn)

    events = asyncio.run(catch_up())
    if as_json:
        print_json({"events": events})
    else:
        click.echo(f"Every view is up to date; {events} events were applied.")


@click.command()
@click.option("--once", is_flag=True, help="Sweep once, say what came out, and stop.")
@click.option(
    "--at",
    "at",
    metavar="INSTANT",
    help="With --once: the instant to look from, such as 2026-03-01T06:00:00Z; now if left out.",
)
@as_json_option
def work(once: bool, at: str | None, as_json: bool) -> None:
    """Run the worker until told to stop: safety flags, deadlines and risks, suggestions, webhooks.

    Any number may run, with Redis or without: each fact is recorded once, and each subscription is
    served by one of them. With --once it brings the views up to date, sweeps, and prints for how
    many goals something was recorded; nothing is sent then.

    \b
    Examples:
      cairn work
      cairn work --once --at 2026-03-01T06:00:00Z
    """
    if not once:
        if at is not None:
            raise click.UsageError("--at goes with --once.")
        settings = begin_process("worker")
        uvloop.run(until_stopped(settings, run_worker_with(settings)))
        return

    async def sweep() -> tuple[datetime, dict[str, dict[str, int]]]:
        async with opened() as cairn:
            now = cairn.clock()
            instant = now if at is None else instant_named(at, now=now)
            return instant, await sweep_once(cairn, instant)

    instant, counts = asyncio.run(sweep())
    if as_json:
        print_json({"at": instant, **counts})
        return
    rows = [
        (worker, outcome.replace("_", " "), str(count))
        for worker, outcomes in counts.items()
        for outcome, count in sorted(outcomes.items())
    ]
    if rows:
        print_table(("worker", "outcome", "goals"), rows)
    else:
        click.echo("Nothing was owed.")


def instant_named(text: str, *, now: datetime) -> datetime:
    """An instant with its offset, not to come yet. Raises click.UsageError."""
    instant = instant_of(text, option="--at")
    if instant > now:
        raise click.UsageError("--at: this instant is still to come; workers only look back.")
    return instant


def begin_process(name: str) -> Settings:
    """The settings of a process that runs on, its log set up."""
    settings = settings_in_use()
    logs.configure(settings)
    structlog.contextvars.bind_contextvars(process=name)
    return settings


async def until_stopped(
    settings: Settings, run: Callable[[Cairn, asyncio.Event], Awaitable[None]]
) -> None:
    """Run something with the record open, until SIGINT or SIGTERM.

    Raises EpochLeft once the log was restored from a backup: see projections/epochs.py.
    """
    log = structlog.get_logger()
    async with stop_event() as stop, opened(settings) as cairn:
        await require_rights(cairn.pool)
        set_aside_for_good()
        log.info("process_ready")
        ending = asyncio.create_task(set_after(cairn.epochs.left, stop))
        try:
            await run(cairn, stop)
        finally:
            ending.cancel()
        cairn.epochs.require_same()
    log.info("process_stopped")


async def set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


@contextlib.asynccontextmanager
async def stop_event() -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def run_projector_with(settings: Settings) -> Callable[[Cairn, asyncio.Event], Awaitable[None]]:
    async def run(cairn: Cairn, stop: asyncio.Event) -> None:
        projector = Projector(cairn.pool, cairn.keyring, cairn.connect)
        metrics = ProjectorMetrics(
            projector,
            pool=cairn.pool,
            views=cairn.views,
            clock_difference=cairn.clocks.seconds_ahead,
        )
        async with (
            beating(Heartbeat(cairn.pool, "projector", drawn_id())),
            telling(settings.metrics, metrics.text, tokens_of(cairn)),
        ):
            await projector.run(stop)

    return run


def run_worker_with(settings: Settings) -> Callable[[Cairn, asyncio.Event], Awaitable[None]]:
    async def run(cairn: Cairn, stop: asyncio.Event) -> None:
        heartbeat = Heartbeat(cairn.pool, "worker", drawn_id(), SWEEPS)
        metrics = WorkerMetrics(
            heartbeat.seconds_since,
            pool=cairn.pool,
            clock_difference=cairn.clocks.seconds_ahead,
        )

        def note_sweep(sweep: str, counts: Counts) -> None:
            heartbeat.note(sweep)
            metrics.note_sweep(sweep, counts)

        async with (
            beating(heartbeat),
            telling(settings.metrics, metrics.text, tokens_of(cairn)),
        ):
            await run_worker(
                cairn,
                settings.redis_url,
                stop,
                note_sweep=note_sweep,
                lease_seconds=settings.lease_seconds,
            )

    return run


def tokens_of(cairn: Cairn) -> Tokens:
    """Whoever may read the metrics of the API may read those of this process."""
    return Tokens(
        cairn.master.derive("tokens"),
        clock=lambda: cairn.clock().timestamp(),
        scrape_keys=cairn.scrape_keys,
    )
