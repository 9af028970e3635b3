"""`cairn safety`: the safety flags that wait for a person, and what a person says about them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

import click
import msgspec
from rich.text import Text

from events.practice_reading import read_practice
from events.record import Cause, digest
from events.refusals import NotFound
from events.refused_form import UNKNOWN_INSTRUMENT, UNKNOWN_ITEM
from events.safety_flag_decisions import (
    SAFETY_FLAGS,
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    SafetyFlagCommand,
)
from events.safety_interlock import read_flags
from events.transact import handle
from projections.safety_queries import flag_of, flags, flags_of_client
from projections.safety_queue import SafetyFlagRow
from service.console.cells import FLAG, NAME, QUIET, Cell, line, name, stacked
from service.console.connection import chosen_practice, opened, practice_option
from service.console.naming import Names, ShownIds, called, flags_shown, names_of
from service.console.output import as_json_option, moment, print_json, print_table, say
from service.ids import drawn_id
from service.past_forms import PastForms, past_forms, raise_afterwards
from service.wiring import Cairn

SHOWN = 200
ALL = 100_000
WHO = "client, flag"
FORM = "form, raised"
# Somebody has to ask the client: the record does not say what was answered.
UNREADABLE = "can not be read"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Flags, their clients' names, how their ids are shown, and whether anybody is on duty.

    Times are told on the clocks of `zone`, the practice's: that is where people on duty look.
    """

    rows: Sequence[SafetyFlagRow]
    names: Mapping[UUID, str]
    ids: ShownIds
    is_duty_kept: bool
    zone: str


@click.group(invoke_without_command=True)
@practice_option
@click.option("--closed", is_flag=True, help="Those that were closed, with the reasons.")
@click.option("--all", "every", is_flag=True, help=f"Not the newest {SHOWN} alone.")
@as_json_option
@click.pass_context
def safety(
    ctx: click.Context, practice_id: UUID | None, closed: bool, every: bool, as_json: bool
) -> None:
    """Show the safety flags that wait for a person, those first that nobody has acknowledged.

    A flag is raised by an answer about death or self-harm, whatever the total. A clinician
    acknowledges it, says what was done, and closes it: here, in their name, or through the API.
    A flag whose record can not be read waits for a person like any other.

    \b
    Examples:
      cairn safety
      cairn safety acknowledge Omar --by anna
    """
    if ctx.invoked_subcommand is not None:
        return
    page = asyncio.run(read(practice_id, is_open=not closed, limit=ALL if every else SHOWN))
    found = page.rows
    if as_json:
        print_json(found)
    elif not found:
        click.echo("No safety flag was closed." if closed else "No safety flag is open.")
    else:
        print_flags(page, closed=closed)
    if len(found) == SHOWN and not every:
        say(f"These are the newest {SHOWN}: see all of them with --all.")


flag_argument = called("FLAG")
by_option = click.option(
    "--by",
    required=True,
    metavar="SUBJECT",
    help="Who says so: somebody on duty, by the subject of their token.",
)


@safety.command()
@flag_argument
@by_option
@practice_option
@as_json_option
def acknowledge(said: str, by: str, practice_id: UUID | None, as_json: bool) -> None:
    """Say that somebody takes care of a flag.

    Nobody else is asked from then on. FLAG is an id, the first letters of an id, or the name of
    the client, where one open flag alone fits.

    \b
    Examples:
      cairn safety acknowledge Omar --by anna
      cairn safety acknowledge 2366a3d5 --by anna
    """
    tell(practice_id, by, said, AcknowledgeSafetyFlag, as_json=as_json)


@safety.command()
@flag_argument
@by_option
@click.option("--action", required=True, help="What was done, in words.")
@practice_option
@as_json_option
def act(said: str, by: str, action: str, practice_id: UUID | None, as_json: bool) -> None:
    """Say what was done about a flag.

    A call, a conversation, a safety plan. FLAG is an id, the first letters of an id, or the name
    of the client, where one open flag alone fits.

    \b
    Example:
      cairn safety act Omar --by anna --action "Called; we meet at three today."
    """
    tell(practice_id, by, said, partial(ActOnSafetyFlag, action=action), as_json=as_json)


@safety.command()
@flag_argument
@by_option
@click.option("--reason", required=True, help="Why it is closed.")
@click.option("--outcome", required=True, help="What came of it.")
@practice_option
@as_json_option
def close(
    said: str, by: str, reason: str, outcome: str, practice_id: UUID | None, as_json: bool
) -> None:
    """Close a flag, with the reason and what came of it. Nothing else closes one.

    FLAG is an id, the first letters of an id, or the name of the client, where one open flag alone
    fits.

    \b
    Example:
      cairn safety close Omar --by anna \\
        --reason "We met." --outcome "A safety plan is agreed."
    """
    closing = partial(CloseSafetyFlag, reason=reason, outcome=outcome)
    tell(practice_id, by, said, closing, as_json=as_json)


# What is said about the flag of an id.
About = Callable[..., SafetyFlagCommand]


def tell(practice_id: UUID | None, by: str, said: str, command: About, *, as_json: bool) -> None:
    """Record what a clinician says about the flag that is meant, and print how it stands."""
    page = asyncio.run(recorded(practice_id, by, said, command))
    (row,) = page.rows
    if as_json:
        print_json(row)
    else:
        print_flags(page, closed=not row.is_open)


async def recorded(practice_id: UUID | None, by: str, said: str, about: About) -> Page:
    """The flag afterwards, from the log.

    Raises click.UsageError, Choice, NotFound and what refuses the command.
    """
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        choices = await read_practice(cairn.store, chosen)
        on_duty = [person.subject for person in choices.duty.people]
        if by not in on_duty:
            raise click.UsageError(
                "--by: expected somebody who is on duty "
                f"({', '.join(on_duty) or 'nobody is'}); others say so with a token of their own."
            )
        flag_id = await Names(cairn=cairn, practice_id=chosen).flag_to_change(said)
        command = within_limits(about(flag_id=flag_id))
        known = await flag_of(cairn.views, chosen, flag_id)
        if known is None:
            raise NotFound
        await handle(
            cairn.store,
            SAFETY_FLAGS,
            (await read_flags(cairn.store, chosen, known.client_id)).stream,
            command,
            cause=Cause(
                command_id=drawn_id(),
                actor=f"cli:{by}",
                content=digest("cli_safety", msgspec.to_builtins(command)),
                correlation=drawn_id(),
            ),
            occurred_at=cairn.clock(),
        )
        of_client = await flags_of_client(cairn.store, chosen, known.client_id)
        rows = [row for row in of_client.rows if row.flag_id == flag_id]
        # Only somebody on duty says anything here.
        return await page_of(cairn, chosen, rows, is_duty_kept=True)


def within_limits(command: SafetyFlagCommand) -> SafetyFlagCommand:
    """The command, if its words keep within their limits. Raises click.UsageError."""
    try:
        return msgspec.convert(msgspec.to_builtins(command), type(command))
    except msgspec.ValidationError as refused:
        fault, _, place = str(refused).partition(" - at `")
        raise click.UsageError(f"--{place.strip('`$.')}: {fault[:1].lower()}{fault[1:]}.") from None


@safety.command("review-past")
@practice_option
@click.option("--raise", "raising", is_flag=True, help="Raise the flags: people on duty are asked.")
@as_json_option
def review_past(practice_id: UUID | None, raising: bool, as_json: bool) -> None:
    """Look for endorsed forms without a flag.

    They are those of an earlier release. Without --raise nothing is written. With it a flag is
    raised for each, marked as raised afterwards, and the people on duty are asked, as for an
    import; a second time there is none left. The whole log is read.

    \b
    Examples:
      cairn safety review-past
      cairn safety review-past --raise
    """
    found, raised = asyncio.run(looked_through(practice_id, raising=raising))
    if as_json:
        print_json({**msgspec.to_builtins(found), "raised": raised})
        return
    rows = [
        ("forms", str(found.forms)),
        ("of those, an item about suicide endorsed", str(found.endorsed)),
        ("of those, without a flag", str(len(found.without_flag))),
        ("flags raised", str(raised)),
        ("totals that do not say how the item was answered", str(found.hidden)),
    ]
    print_table(("", ""), rows)
    if found.without_flag and not raising:
        say("Nothing was written: --raise raises the flags, and asks the people on duty.")


async def looked_through(practice_id: UUID | None, *, raising: bool) -> tuple[PastForms, int]:
    """What was found, and how many flags were raised. Raises NobodyOnDuty."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        found = await past_forms(cairn.store, chosen)
        raised = 0
        for form in found.without_flag if raising else ():
            raised += await raise_afterwards(cairn.store, chosen, form, now=cairn.clock())
    return found, raised


async def read(practice_id: UUID | None, *, is_open: bool, limit: int) -> Page:
    """The newest flags. Of the open flags, those that nobody has acknowledged come first."""
    async with opened() as cairn:
        chosen = await chosen_practice(cairn, practice_id)
        # As the flags are read: what does not open in a practice's record hides none of them.
        settings = (await cairn.views.open_flags.of(chosen)).settings
        is_duty_kept = bool(settings.duty.people)
        if not is_open:
            found = await newest(cairn, chosen, is_open=False, acknowledged=None, limit=limit)
            return await page_of(cairn, chosen, found, is_duty_kept=is_duty_kept)
        waiting = await newest(cairn, chosen, is_open=True, acknowledged=False, limit=limit)
        taken = await newest(cairn, chosen, is_open=True, acknowledged=True, limit=limit)
        return await page_of(cairn, chosen, [*waiting, *taken][:limit], is_duty_kept=is_duty_kept)


async def page_of(
    cairn: Cairn, practice_id: UUID, rows: Sequence[SafetyFlagRow], *, is_duty_kept: bool
) -> Page:
    known = await cairn.views.open_flags.of(practice_id)
    return Page(
        rows=rows,
        names=await names_of(cairn, practice_id, {row.client_id for row in rows}),
        ids=flags_shown([row.flag_id for row in rows], [row.flag_id for row in known.rows]),
        is_duty_kept=is_duty_kept,
        zone=known.settings.zone,
    )


async def newest(
    cairn: Cairn, practice_id: UUID, *, is_open: bool, acknowledged: bool | None, limit: int
) -> list[SafetyFlagRow]:
    """Page by page, at most `limit`."""
    found: list[SafetyFlagRow] = []
    before = None
    while len(found) < limit:
        page = await flags(
            cairn.views, practice_id, is_open=is_open, acknowledged=acknowledged, before=before,
            limit=limit - len(found),
        )  # fmt: skip
        if not page:
            break
        found += page
        before = page[-1].raised_position
    return found


def heads(closed: bool) -> tuple[str, ...]:
    return ("closed by", "reason", "outcome") if closed else ("asked, until", "acknowledged by")


def subject(row: SafetyFlagRow) -> str:
    """Which item of which form; of one that could not be filed also why, and how often it came."""
    if not row.is_readable:
        return UNREADABLE
    form = "unknown form" if row.instrument == UNKNOWN_INSTRUMENT else f"{row.instrument}"
    item = "item about suicide" if row.item == UNKNOWN_ITEM else f"item {row.item}"
    if not row.unfiled:
        return f"{form} {item}"
    times = f", sent {row.times_sent} times" if row.times_sent > 1 else ""
    return f"{form} {item}\nnot filed: {row.why}{times}"


def print_flags(page: Page, *, closed: bool) -> None:
    rows = [cells(row, page) for row in page.rows]
    print_table((WHO, FORM, *heads(closed)), rows, whole=(WHO, FORM))


def cells(row: SafetyFlagRow, page: Page) -> tuple[Cell, ...]:
    """One flag: whose, which item of which form, and who was asked or who has closed it."""
    waits = row.is_open and row.acknowledged_at is None
    who = name(page.names[row.client_id], FLAG if waits else NAME)
    first = (
        stacked(who, Text(page.ids[row.flag_id], QUIET)),
        stacked(subject(row), moment(row.raised_at, page.zone)),
    )
    if not row.is_open:
        return (*first, row.closed_by or "", line(row.reason), line(row.outcome))
    asked = unasked(row, is_duty_kept=page.is_duty_kept)
    if row.asked:
        last = row.asked[-1]
        times = f" ({row.times_asked} times)" if row.times_asked > 1 else ""
        asked = f"{', '.join(last.to)}{times}\n{moment(last.acknowledge_by, page.zone)}"
    return (*first, asked, row.acknowledged_by or "")


def unasked(row: SafetyFlagRow, *, is_duty_kept: bool) -> str:
    """Why nobody was asked: a worker asks whoever is on duty, at its next look."""
    if not is_duty_kept:
        return "nobody is on duty"
    return "nobody was asked yet" if row.acknowledged_at is None else "nobody was asked"
