"""`cairn demo`: load the demonstration practice."""

import asyncio

import click
from rich.console import Console

from events.store import RecordUnreadable
from service.console.connection import opened
from service.console.output import as_json_option, print_json, progress
from service.demonstration.load import Loaded, is_wanted, load
from service.ids import drawn_id
from service.settings import Settings
from service.wiring import Cairn


@click.command()
@as_json_option
def demo(as_json: bool) -> None:
    """Load the demonstration: seventeen people who do not exist, over twelve weeks up to today.

    It is a practice of its own and never touches another. Loading it again changes nothing; a
    load that was cut short is completed. `cairn up` does this by itself when the log is empty.

    \b
    Example:
      cairn demo
    """
    loaded = asyncio.run(load_now())
    if as_json:
        print_json(loaded)
    else:
        click.echo(sentence(loaded))


async def load_now() -> Loaded:
    async with opened() as cairn:
        return await load_with_progress(cairn)


async def load_with_progress(cairn: Cairn) -> Loaded:
    with progress("demonstration", total=None) as show:
        return await load(cairn, now=cairn.clock(), run_id=drawn_id(), progress=show)


async def load_where_wanted(settings: Settings, _console: Console) -> str:
    """For `cairn up`: load it into an empty log, and say in a few words what was done."""
    async with opened(settings) as cairn:
        if not await is_wanted(cairn):
            return "not needed: the log is not empty"
        try:
            return sentence(await load_with_progress(cairn))
        except RecordUnreadable:
            # Somebody has put something under its id. No reason to serve nobody.
            return "not loaded: its practice can not be read, see `cairn doctor`"


def sentence(loaded: Loaded) -> str:
    was = "already there: " if loaded.was_there else ""
    return f"{was}{loaded.name}, {loaded.clients} clients, {loaded.events} events"
