"""What becomes of the safety flags in the demonstration: who was asked, who saw them, and then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never
from uuid import UUID

from events.record import Cause
from events.safety_flag import SafetyFlags
from events.safety_flag_decisions import (
    SAFETY_FLAGS,
    WATCHED_FLAGS,
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    EscalateSafetyFlag,
    SafetyFlagCommand,
)
from events.safety_interlock import read_flags
from events.store import EventStore
from events.transact import handle
from service.demonstration import entries
from service.demonstration.deeds import Deed, FlagStepTaken, Life
from service.demonstration.furniture import DUTY
from service.demonstration.plan import Acknowledge, ActOn, AskTheNext, CloseFlag
from workers.safety import ACTOR

INSTRUMENT = "phq9"


class FlagMissing(Exception):
    """The demonstration expects a flag of this form, and the form has raised none."""


def flag_steps(life: Life) -> Iterator[Deed]:
    """The steps are dated from the hour at which the form was sent."""
    for step in life.person.flag_steps:
        yield FlagStepTaken(
            at=entries.sent_at(life, step.form_day) + timedelta(hours=step.hours),
            command_id=life.new_command_id(),
            client_id=life.client_id,
            actor=ACTOR if isinstance(step.act, AskTheNext) else f"clinician:{step.by}",
            form_id=entries.form_id_of(life, INSTRUMENT, step.form_day),
            act=step.act,
        )


async def take_flag_step(
    store: EventStore, practice_id: UUID, deed: FlagStepTaken, *, cause: Cause
) -> None:
    """Issue the command that a step stands for. Raises FlagMissing."""
    read = await read_flags(store, practice_id, deed.client_id)
    flags: SafetyFlags = read.state
    flag_id = next(
        (one for one, flag in flags.flags.items() if flag.assessment_id == deed.form_id), None
    )
    if flag_id is None:
        raise FlagMissing
    match deed.act:
        case AskTheNext():
            asking = EscalateSafetyFlag(flag_id=flag_id, duty=DUTY, now=deed.at)
            await handle(
                store, WATCHED_FLAGS, read.stream, asking, cause=cause, occurred_at=deed.at
            )
            return
        case Acknowledge():
            command: SafetyFlagCommand = AcknowledgeSafetyFlag(flag_id=flag_id)
        case ActOn(action):
            command = ActOnSafetyFlag(flag_id=flag_id, action=action)
        case CloseFlag(reason, outcome):
            command = CloseSafetyFlag(flag_id=flag_id, reason=reason, outcome=outcome)
        case _:
            assert_never(deed.act)
    await handle(store, SAFETY_FLAGS, read.stream, command, cause=cause, occurred_at=deed.at)
