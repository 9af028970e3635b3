"""`cairn rebuild`: build views anew from the log while the service goes on."""

import asyncio

import click

from projections.catalogue import VIEW_NAMES
from projections.rebuild import RebuildUnderWay
from projections.rebuild import rebuild as rebuild_views
from service.console.connection import Choice, opened
from service.console.output import as_json_option, print_json, progress


@click.command(epilog=f"Views: {', '.join(VIEW_NAMES)}.")
@click.argument("view", required=False, type=click.Choice(VIEW_NAMES), metavar="[VIEW]")
@as_json_option
def rebuild(view: str | None, as_json: bool) -> None:
    """Build VIEW anew from the log, or all views, beside the old ones, and swap them in.

    The service keeps answering meanwhile, from the old views. Stopping it leaves them as they are.

    \b
    Example:
      cairn rebuild goal_status
    """
    events = asyncio.run(rebuild_now(view))
    names = [view] if view else list(VIEW_NAMES)
    if as_json:
        print_json({"views": names, "events": events})
    else:
        click.echo(f"Rebuilt {', '.join(names)} from {events} events.")


async def rebuild_now(view: str | None) -> int:
    async with opened() as cairn:
        with progress("rebuild", total=None) as show:
            try:
                return await rebuild_views(cairn.pool, cairn.keyring, view, show)
            except RebuildUnderWay:
                raise Choice("Another rebuild is under way: wait for it to end.") from None
