"""How commands reach the record: the servers that are named, or those of a running `cairn up`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import click

from events.practice_reading import read_practice
from service import logs
from service.running import with_running_servers
from service.settings import Settings
from service.wiring import Cairn

CONNECTIONS = 8
LISTED_PRACTICES = 20


class Choice(click.ClickException):
    """Which practice is meant is not clear, or there is none; the message says what to do."""

    exit_code = 1


practice_option = click.option(
    "--practice",
    "practice_id",
    type=click.UUID,
    metavar="ID",
    help="The practice; may be left out where there is only one.",
)


def settings_in_use() -> Settings:
    """The settings, with running servers' addresses. Raises SettingRefused, NothingRuns."""
    return with_running_servers(Settings.from_env())


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator[Cairn]:
    """The record, for one command. Raises what `settings_in_use` and Cairn.open raise."""
    settings = settings or settings_in_use()
    with logs.on_standard_error(settings):
        async with Cairn.open(settings, connections=CONNECTIONS) as cairn:
            yield cairn


async def chosen_practice(cairn: Cairn, practice_id: UUID | None) -> UUID:
    """The practice that was named, if there is one; else the only one. Raises Choice."""
    known = await cairn.store.practices()
    if practice_id is not None:
        if practice_id not in known:
            raise Choice("There is no practice of this id: see `cairn practice list`.")
        return practice_id
    if not known:
        raise Choice("There is no practice yet: add one with `cairn practice add`.")
    if len(known) > 1:
        names = [await name_of(cairn, one) for one in known[:LISTED_PRACTICES]]
        listed = "".join(f"\n  {one}  {name}" for one, name in zip(known, names, strict=False))
        raise Choice(f"There are several practices; choose one with --practice:{listed}")
    return known[0]


async def name_of(cairn: Cairn, practice_id: UUID) -> str:
    return (await read_practice(cairn.store, practice_id)).name
