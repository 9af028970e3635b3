"""`cairn project`: the projector."""

import asyncio
from collections.abc import Awaitable, Callable

import click
import uvloop

from projections.heartbeat import Heartbeat, beating
from projections.runner import Projector
from service.console.connection import opened
from service.console.output import as_json_option, print_json
from service.console.process import begin_process, tokens_of, until_stopped
from service.console.sweeping import catch_up_all
from service.ids import drawn_id
from service.metrics_listener import telling
from service.process_metrics import ProjectorMetrics
from service.settings import Settings
from service.wiring import Cairn


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
