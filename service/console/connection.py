"""How commands reach the record: the servers that are named, or those of a running `cairn up`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import click
import msgspec

from events.practice import Practice
from events.practice_reading import read_practice
from events.store import RecordUnreadable
from service import logs
from service.console.output import say
from service.running import with_running_servers
from service.settings import Settings
from service.wiring import Cairn

CONNECTIONS = 8
LISTED_PRACTICES = 20
# What is said of a practice that can not be read.
ASK_DOCTOR = "Ask `cairn doctor`."


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


def for_a_person(settings: Settings) -> Settings:
    """The settings of one command: it says by itself what it has met, and logs errors alone.

    Another level in CAIRN_LOG than `info`, which is that of whoever says nothing, is kept to.
    """
    if settings.log_level != "info":
        return settings
    return msgspec.structs.replace(settings, log_level="error")


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator[Cairn]:
    """The record, for one command. Raises what `settings_in_use` and Cairn.open raise."""
    settings = settings or for_a_person(settings_in_use())
    with logs.on_standard_error(settings):
        async with Cairn.open(settings, connections=CONNECTIONS) as cairn:
            yield cairn


async def chosen_practice(cairn: Cairn, practice_id: UUID | None) -> UUID:
    """The practice that was named, if there is one; else the only one. Raises Choice.

    A practice that can not be read is chosen by its id, or where there is no other.
    """
    known = await cairn.store.practices()
    if practice_id is not None:
        if practice_id not in known:
            raise Choice("There is no practice of this id: see `cairn practice list`.")
        return practice_id
    if not known:
        raise Choice("There is no practice yet: add one with `cairn practice add`.")
    if len(known) == 1:
        return known[0]
    names: dict[UUID, str] = {}
    unreadable: list[UUID] = []
    for one in known:
        found = await readable(cairn, one)
        if found is None:
            unreadable.append(one)
        else:
            names[one] = found.name
        if len(names) == LISTED_PRACTICES:
            break
    if len(names) != 1:
        raise Choice(several(names, unreadable))
    (only,) = names
    # Said each time: whoever has two practices, one of them damaged, may mean the other.
    say(
        f"Practice {only}, {names[only]}, is chosen: no other can be read. {ASK_DOCTOR} "
        "`cairn practice list` names the others."
    )
    return only


def several(names: Mapping[UUID, str], unreadable: Sequence[UUID]) -> str:
    """What is said where a practice has to be chosen: those that can be read come first."""
    rows = [f"\n  {one}  {name}" for one, name in names.items()]
    rows += [f"\n  {one}  can not be read: ask `cairn doctor`" for one in unreadable]
    listed = "".join(rows[:LISTED_PRACTICES])
    return f"There are several practices; choose one with --practice:{listed}"


async def readable(cairn: Cairn, practice_id: UUID) -> Practice | None:
    """The practice; None where the log does not say what it is called, or has no key to it."""
    try:
        found = await read_practice(cairn.store, practice_id)
    except RecordUnreadable:
        return None
    return found if found.name else None
