"""`cairn tail`: what happens in a practice, as it happens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import click
import msgspec

from projections.told_event import ToldEvent, told
from service.console.connection import chosen_practice, opened, practice_option
from service.console.output import moment
from service.feed_types import TypeUnknown, chosen
from service.following import followed
from service.wiring import Cairn

SHOWN_AT_FIRST = 10
PAGE = 500
WAIT_SECONDS = 30.0
# None of them green or red: nothing that happens here is right or wrong.
COLOURS = {
    "goal": "cyan",
    "suggestion": "magenta",
    "safety_flag": "yellow",
    "mood": "blue",
    "check_in": "blue",
    "assessment": "blue",
}


@click.command()
@practice_option
@click.option(
    "--types", help="Types of event, separated by commas: goal.reached.v1,mood.* and the like."
)
@click.option("--client", "client_id", type=click.UUID, metavar="ID", help="Of one client alone.")
@click.option(
    "--after", type=click.IntRange(0), help="Begin after this position; else with the last ten."
)
@click.option("--no-follow", is_flag=True, help="Stop where the log ends now.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each event.")
def tail(
    practice_id: UUID | None,
    types: str | None,
    client_id: UUID | None,
    after: int | None,
    no_follow: bool,
    as_json: bool,
) -> None:
    """Follow what happens in a practice: type, when, to whom, and where it lies in the log.

    What is in an event is sealed and not shown. Ctrl-C ends it.

    \b
    Examples:
      cairn tail
      cairn tail --types "goal.*,suggestion.*" --after 0 --no-follow --json
    """
    try:
        wanted = chosen(None if types is None else types.split(","))
    except TypeUnknown as refused:
        raise click.UsageError(f"--types: {TypeUnknown.__doc__!s}") from refused
    asyncio.run(
        show(practice_id, wanted, client_id, after=after, follow=not no_follow, as_json=as_json)
    )


async def show(
    practice_id: UUID | None,
    types: Sequence[str],
    client_id: UUID | None,
    *,
    after: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    async with opened() as cairn:
        chosen_id = await chosen_practice(cairn, practice_id)
        head = await cairn.store.head(chosen_id)
        if after is not None and after > head:
            raise click.UsageError(f"--after: the log ends at {head}.")
        first = max(0, head - SHOWN_AT_FIRST) if after is None else after
        async for event in events(cairn, chosen_id, types, after=first, follow=follow):
            if client_id in (None, event.client_id):
                click.echo(msgspec.json.encode(event) if as_json else line(event))


async def events(
    cairn: Cairn, practice_id: UUID, types: Sequence[str], *, after: int, follow: bool
) -> AsyncIterator[ToldEvent]:
    while True:
        cairn.epochs.require_telling()
        page = await followed(
            cairn,
            practice_id,
            after=after,
            limit=PAGE,
            types=types,
            wait_seconds=WAIT_SECONDS if follow else 0,
        )
        for event in page.items:
            yield told(event)
        after = page.next
        if after >= page.head and not follow:
            return


def line(event: ToldEvent) -> str:
    """Position, when it was recorded, what happened, to which client, in which stream."""
    what = click.style(f"{event.type:<34}", fg=COLOURS.get(event.category))
    client = str(event.client_id or "")
    return f"{event.position:>7}  {moment(event.recorded_at)}  {what}  {client:<36}  {event.link}"
