"""`cairn rebuild`: build views anew from the log while the service goes on."""

import asyncio

import click
import msgspec

from projections.catalogue import VIEW_NAMES
from projections.rebuild import RebuildUnderWay, Rebuilt
from projections.rebuild import rebuild as rebuild_views
from service.console.connection import Choice, opened
from service.console.output import as_json_option, print_json, progress, say


@click.command(epilog=f"Views: {', '.join(VIEW_NAMES)}.")
@click.argument("view", required=False, type=click.Choice(VIEW_NAMES), metavar="[VIEW]")
@as_json_option
def rebuild(view: str | None, as_json: bool) -> int:
    """Build VIEW anew from the log, or all views, beside the old ones, and swap them in.

    The service keeps answering meanwhile, from the old views. Stopping it leaves them as they are.
    An event that a view can not take is set aside, and the exit code is 1: see `cairn doctor`.

    \b
    Example:
      cairn rebuild goal_status
    """
    done = asyncio.run(rebuild_now(view))
    names = [view] if view else list(VIEW_NAMES)
    if as_json:
        print_json({"views": names, **msgspec.to_builtins(done)})
    else:
        click.echo(f"Rebuilt {', '.join(names)} from {done.events} events.")
    for one in done.set_back:
        say(
            f"The view {one.view} of practice {one.practice_id} said that it had come to position "
            f"{one.position}, and the log ends at {one.head}: the view is set back."
        )
    if done.set_aside:
        counted = ", ".join(f"{name} {events}" for name, events in done.set_aside.items())
        say(f"Events were set aside, and are not in these views ({counted}): see `cairn doctor`.")
    return int(bool(done.set_aside))


async def rebuild_now(view: str | None) -> Rebuilt:
    async with opened() as cairn:
        with progress("rebuild", total=None) as show:
            try:
                return await rebuild_views(cairn.pool, cairn.keyring, view, show)
            except RebuildUnderWay:
                raise Choice("Another rebuild is under way: wait for it to end.") from None
