"""`cairn practice duty`, `tracking`, `release`: how a practice works.

Each says what is chosen; told nothing, it shows how it is.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import click
import msgspec

from events.duty import NobodyWouldBeAsked
from events.practice import (
    PRACTICE,
    Practice,
    PracticeCommand,
    SetDuty,
    SetRelease,
    SetTracking,
)
from events.practice_choices import Duty, DutyPerson, Tracking
from events.practice_reading import read_practice
from events.record import Cause, digest
from events.transact import handle
from service.console.cells import Cell, line
from service.console.connection import chosen_practice, opened, practice_option
from service.console.output import as_json_option, is_meant, print_json, print_table, say
from service.duty import with_what_is_on_record
from service.ids import drawn_id
from service.wiring import Cairn

ACTOR = "cli:practice"
# How a person is reached: a telephone number keeps to its line.
REACH = "reach"

# What is wanted of a practice, as it is at a moment.
Wanted = Callable[[UUID, Practice, datetime], PracticeCommand | None]


async def chosen(practice_id: UUID | None, wanted: Wanted) -> Practice:
    """The practice, after what is wanted of it; None is wanted by whoever only looks."""
    async with opened() as cairn:
        found = await chosen_practice(cairn, practice_id)
        state = await read_practice(cairn.store, found)
        command = wanted(found, state, cairn.clock())
        if command is None:
            return state
        await issue(cairn, found, checked(command))
        return await read_practice(cairn.store, found)


async def issue(
    cairn: Cairn, practice_id: UUID, command: PracticeCommand, *, command_id: UUID | None = None
) -> None:
    """Issue a command to a practice; under the same `command_id` it counts once."""
    await handle(
        cairn.store,
        PRACTICE,
        PRACTICE.stream(practice_id, practice_id),
        with_what_is_on_record(cairn, command) if isinstance(command, SetDuty) else command,
        cause=Cause(
            command_id=command_id or drawn_id(),
            actor=ACTOR,
            content=digest("practice", msgspec.to_builtins(command)),
            correlation=drawn_id(),
        ),
        occurred_at=cairn.clock(),
    )


def checked(command: PracticeCommand) -> PracticeCommand:
    """The command, if it keeps within its limits. Raises click.UsageError."""
    try:
        return msgspec.convert(msgspec.to_builtins(command), type(command))
    except msgspec.ValidationError as refused:
        fault, _, place = str(refused).partition(" - at `")
        field = place.strip("`$.").rpartition(".")[2] or "option"
        raise click.UsageError(
            f"{field.replace('_', ' ')}: {fault[:1].lower()}{fault[1:]}."
        ) from None


def tell(practice_id: UUID | None, wanted: Wanted, show: Callable[[Practice], Any],
         rows: Callable[[Practice], tuple[Sequence[str], Sequence[Sequence[Cell]]]],
         *, as_json: bool) -> None:  # fmt: skip
    """Do what is wanted, and print how it is from now on."""
    state = asyncio.run(chosen(practice_id, wanted))
    if as_json:
        print_json(show(state))
        return
    columns, lines = rows(state)
    if lines:
        print_table(columns, lines, whole=(REACH,))
    else:
        click.echo("The practice has said nothing of it: what comes with Cairn is in force.")


def pairs(words: Sequence[str], option: str, example: str) -> list[tuple[str, str]]:
    """What stands before and after the first = of each. Raises click.UsageError."""
    split = [word.partition("=") for word in words]
    if not all(before.strip() and after.strip() for before, _, after in split):
        raise click.UsageError(f"{option}: expected two parts with = between, such as {example}.")
    return [(before.strip(), after.strip()) for before, _, after in split]


@click.command()
@practice_option
@click.option(
    "--person",
    "people",
    multiple=True,
    metavar="SUBJECT=NAME",
    help="Somebody who looks at safety flags, as the subject of their token and their name; "
    "again for each, in the order in which they are asked.",
)
@click.option("--nobody", is_flag=True, help="Nobody is on duty: PHQ-9 is refused from now on.")
@click.option("--yes", is_flag=True, help="With --nobody: although safety flags are open.")
@click.option("--queue", help="What the list is called.")
@click.option("--minutes", type=click.IntRange(1, 1440), help="To acknowledge, before the next.")
@as_json_option
def duty(
    practice_id: UUID | None,
    people: tuple[str, ...],
    nobody: bool,
    yes: bool,
    queue: str | None,
    minutes: int | None,
    as_json: bool,
) -> int:
    """Show or say who looks at safety flags; the people who are named replace the list.

    With --nobody it asks first where safety flags are open: nobody would be asked to look at them.

    \b
    Example:
      cairn practice duty --person "anna=Anna Keller" --person "dr-elm=Dr Elm" \\
        --minutes 30
    """
    if people and nobody:
        raise click.UsageError("Say either --person or --nobody.")
    named = tuple(
        DutyPerson(subject=subject, name=name)
        for subject, name in pairs(people, "--person", '"anna=Anna Keller"')
    )

    def choose(*, although_flags_are_open: bool) -> None:
        def wanted(practice_id: UUID, state: Practice, _now: datetime) -> SetDuty | None:
            if not (people or nobody or queue or minutes):
                return None
            new = Duty(
                queue=queue or state.duty.queue,
                people=named if people or nobody else state.duty.people,
                acknowledge_minutes=minutes or state.duty.acknowledge_minutes,
            )
            return SetDuty(
                practice_id=practice_id, duty=new, although_flags_are_open=although_flags_are_open
            )

        tell(practice_id, wanted, lambda state: state.duty, duty_rows, as_json=as_json)

    try:
        choose(although_flags_are_open=yes)
    except NobodyWouldBeAsked as refused:
        if not is_meant("Go on?", because=with_nobody(refused)):
            say("Nothing was changed.")
            return 1
        choose(although_flags_are_open=True)
    return 0


def with_nobody(refused: NobodyWouldBeAsked) -> str:
    """What the person at the terminal is told before the duty list is emptied."""
    waiting = refused.facts["open_flags"]
    flags = "1 safety flag is open" if waiting == 1 else f"{waiting} safety flags are open"
    return f"{flags}. With nobody on duty nobody is asked to look."


def duty_rows(state: Practice) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    duty = state.duty
    minutes = str(duty.acknowledge_minutes)
    rows: list[tuple[Cell, ...]] = [
        (str(nth), line(duty.queue), person.subject, line(person.name), minutes)
        for nth, person in enumerate(duty.people, start=1)
    ]
    nobody: list[tuple[Cell, ...]] = [("", line(duty.queue), "nobody is on duty", "", minutes)]
    return ("", "queue", "subject", "name", "minutes"), rows or nobody


@click.command()
@practice_option
@click.option("--sessions", type=click.IntRange(1, 100), help="Sessions without improvement.")
@click.option("--weeks", type=click.IntRange(1, 260), help="Or weeks without.")
@click.option("--assessments", type=click.IntRange(1, 50), help="Or assessments not recorded.")
@as_json_option
def tracking(
    practice_id: UUID | None,
    sessions: int | None,
    weeks: int | None,
    assessments: int | None,
    as_json: bool,
) -> None:
    """Show or say after how long without change the clinician is asked to look.

    \b
    Example:
      cairn practice tracking --sessions 6 --weeks 8 --assessments 2
    """

    def wanted(practice_id: UUID, state: Practice, _now: datetime) -> SetTracking | None:
        if sessions is None and weeks is None and assessments is None:
            return None
        now = state.tracking
        new = Tracking(
            sessions_without_change=sessions or now.sessions_without_change,
            weeks_without_change=weeks or now.weeks_without_change,
            assessments_not_recorded=assessments or now.assessments_not_recorded,
        )
        return SetTracking(practice_id=practice_id, tracking=new)

    def rows(state: Practice) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
        now = msgspec.to_builtins(state.tracking)
        return ("", "at most"), [(name.replace("_", " "), str(most)) for name, most in now.items()]

    tell(practice_id, wanted, lambda state: state.tracking, rows, as_json=as_json)


@click.command()
@practice_option
@click.option(
    "--automatic/--by-hand",
    default=None,
    help="Whether reframings of behaviour goals go to the client by themselves.",
)
@as_json_option
def release(practice_id: UUID | None, automatic: bool | None, as_json: bool) -> None:
    """Show or say whether reframings of behaviour goals are released by themselves.

    Those of symptom goals never are, and none while a safety flag of the client is open.

    \b
    Example:
      cairn practice release --by-hand
    """

    def wanted(practice_id: UUID, _state: Practice, _now: datetime) -> SetRelease | None:
        return (
            None if automatic is None else SetRelease(practice_id=practice_id, automatic=automatic)
        )

    def rows(state: Practice) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
        how = "automatic" if state.automatic_release else "by hand"
        return ("", "released"), [("reframings of behaviour goals", how)]

    tell(
        practice_id,
        wanted,
        lambda state: {"automatic": state.automatic_release},
        rows,
        as_json=as_json,
    )


CHOICES = (duty, tracking, release)
