"""`cairn doctor`: what is wrong with the views, and what to do about it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

import click
import msgspec

from events.two_clocks import TOLERANCE
from migrations.rights import find_missing
from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp, TriedAgain
from projections.doctor import Doctor
from projections.faults import NAMED, Diagnosis, Fault
from service.console.connection import opened
from service.console.degraded import WHY_NOT_READY, show_degraded, with_degraded, with_not_ready
from service.console.output import (
    as_json_option,
    moment,
    print_json,
    print_table,
    print_text,
    progress,
    say,
)

SHOWN = 50
TO_FOLLOWERS = (
    "Whoever follows the log is told to begin anew, and the processes of Cairn end and start again."
)
# What was compared, and no more than that.
ALL_IS_WELL = (
    "Nothing is set aside, and every event of the log can be read. The queue of flags is what the "
    "log says. In every other view each client, goal, entry, session and suggestion of the log has "
    "its row, and every row opens and is in clear what it is under its seal."
)


@click.command()
@click.option(
    "--retry", is_flag=True, help="First try again what is set aside, whichever release did that."
)
@click.option(
    "--new-epoch",
    is_flag=True,
    help="First draw a new epoch: whoever follows is told that the log was restored.",
)
@as_json_option
def doctor(retry: bool, new_epoch: bool, as_json: bool) -> int:
    """Say what can not be shown and what does not fit the log, and what to do about each.

    An event that a view can not take is set aside for that view. It is named here until it can be
    taken: after an upgrade the projector tries again by itself, and --retry does so now. Every
    event is opened once, and named if it can not be read. So is a view that says it has come
    further than the log goes, or that has not begun; a subscription that says it has looked further
    than the log goes; a row that is not there, or is not what it is under its seal; and of the
    queue of flags whatever differs from the log. Which flags are open
    is read from the log whatever is named here. Where the clock of this machine and that of the
    database do not agree, that is said. So is a process that is missing, a sweep that does not end,
    a view that is behind, and a practice, or a whole log, in which nothing can be recorded. The
    exit code is 1 while anything is wrong.

    Where the end of the log was lost, a position may hold another event than was told before. After
    a restore by hand say so with --new-epoch: it draws a new epoch, and whoever follows the log of
    the one before is told to begin anew. (`cairn restore` draws one by itself.)

    \b
    Examples:
      cairn doctor
      cairn doctor --retry --json
      cairn doctor --new-epoch
    """
    found = asyncio.run(look(retry=retry, new_epoch=new_epoch))
    if as_json:
        print_json(found)
        return int(not found.is_well)
    if found.findings:
        show(found)
    else:
        print_text(ALL_IS_WELL)
    if isinstance(found.clock_ahead_seconds, int):
        print_text(clocks_told(found.clock_ahead_seconds))
    if found.degraded:
        show_degraded(found.degraded)
    for sentence in also_told(found):
        print_text(sentence)
    return int(not found.is_well)


async def look(*, retry: bool, new_epoch: bool) -> Diagnosis:
    async with opened() as cairn:
        if new_epoch:
            say(f"The new epoch is {await cairn.epochs.draw()}. {TO_FOLLOWERS}")
        if retry:
            again = CatchUp(cairn.pool, cairn.keyring, PROJECTIONS)
            tried = await again.try_all_again(every=True)
            say(tried_told(tried))
        with progress("doctor", total=None) as show_progress:
            found = await Doctor(cairn.pool, cairn.keyring).look(show_progress)
        if abs(cairn.clocks.difference) > TOLERANCE:
            seconds = round(cairn.clocks.seconds_ahead())
            found = msgspec.structs.replace(found, clock_ahead_seconds=seconds)
        found = await with_not_ready(await with_degraded(found, cairn.pool), cairn.health)
        epoch = cairn.epochs.current
        if (missing := (await find_missing(cairn.pool)).sentence) is not None:
            found = msgspec.structs.replace(found, rights_missing=[missing])
        return msgspec.structs.replace(
            found,
            epoch=epoch.epoch,
            new_epoch_needed_since=epoch.doubted_at or msgspec.UNSET,
        )


def also_told(found: Diagnosis) -> Iterator[str]:
    """What is wrong with no one event or row, and what may tell of a restore in parts."""
    if isinstance(found.not_ready, str):
        yield WHY_NOT_READY[found.not_ready]
    if isinstance(found.new_epoch_needed_since, datetime):
        yield (
            f"Since {moment(found.new_epoch_needed_since)} the end of the log is gone, as after a "
            "restore from a backup, and nobody is told events. Say `cairn doctor --new-epoch`."
        )
    if found.rights_missing is not msgspec.UNSET:
        yield from found.rights_missing
    if found.keys_without_events is not msgspec.UNSET:
        yield (
            f"The log has nothing of clients that have keys ({found.keys_without_events}). An "
            "enrolment that was cut off leaves such a key. Were there many, the log was restored "
            "from an older backup than data_key."
        )
    if found.clients_without_key is not msgspec.UNSET:
        yield (
            f"Clients whose events are in the log have no key ({found.clients_without_key}), "
            "and nobody can read these events. Was no key destroyed on purpose, then "
            "data_key was restored from an older backup than the log."
        )


def tried_told(tried: TriedAgain) -> str:
    """What is said of trying again: a page is what one view has of one client."""
    if not tried.tried:
        return "Nothing is set aside, so nothing was tried again."
    pages = "1 client's page" if tried.tried == 1 else f"{tried.tried} clients' pages"
    return f"Tried again: {pages}, {tried.taken} of them can be shown now."


def clocks_told(ahead: int) -> str:
    """What is said where two clocks do not agree, and what to do."""
    way = "ahead of" if ahead > 0 else "behind"
    return (
        f"The clock of this machine is {abs(ahead)} seconds {way} that of the database: set the "
        "wrong one right. Nothing is refused meanwhile; what is recorded is dated by the earlier "
        "of the two that is not behind the log, and marked (clock_doubted)."
    )


def show(found: Diagnosis) -> None:
    """A row for each, and each piece of advice once."""
    shown = found.findings[:SHOWN]
    print_table(
        ("what", "view, position", "practice", "why", "since"),
        [cells(one) for one in shown],
        whole=("practice",),
    )
    for advice in dict.fromkeys(one.advice for one in shown):
        print_text(advice)
    more = len(found.findings) - len(shown) + found.more
    if more:
        say(f"{more} more are not shown here; --json shows up to {NAMED:,} of each kind.")


def cells(one: Fault) -> tuple[str, ...]:
    """One finding: what it is, where it lies, and since when."""
    about = one.type or ("" if one.flag_id is None else f"flag {one.flag_id}")
    if one.kind == "subscription_ahead":
        about = str(one.stream_id)
    ends = None if one.head is None else f"the log ends at {one.head}"
    if one.until is not None:
        ends = f"to {one.until}"
    position = None if one.position is None else str(one.position)
    place = ", ".join(part for part in (position, ends) if part)
    where = "\n".join(part for part in (one.view, place) if part)
    why = "\n".join(part for part in (one.why, one.release) if part)
    what = "\n".join(part for part in (one.kind.replace("_", " "), about) if part)
    return what, where, str(one.practice_id), why, moment(one.since)
