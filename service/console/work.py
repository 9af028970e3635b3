"""`cairn work`: the worker."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import click
import uvloop

from projections.degraded import SWEEPS
from projections.heartbeat import Heartbeat, beating
from service.console.connection import opened
from service.console.instants import instant_of
from service.console.output import as_json_option, print_json, print_table
from service.console.process import begin_process, tokens_of, until_stopped
from service.console.sweeping import sweep_once
from service.ids import drawn_id
from service.metrics_listener import telling
from service.process_metrics import WorkerMetrics
from service.settings import Settings
from service.wiring import Cairn
from workers.main import run_worker
from workers.sweeping import Counts


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
