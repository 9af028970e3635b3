"""What may happen to safety flags: what happens by itself, and what takes a clinician.

There are two aggregates, so that the one that workers and forms use has no word for acknowledging
or closing a flag: nothing but a person's command can.
"""

from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

import msgspec

from events.aggregate import Aggregate
from events.practice_choices import Duty
from events.record import SAFETY_FLAG_CATEGORY
from events.refusals import NotFound, StateRefused
from events.safety_flag import (
    SafetyFlag,
    SafetyFlagAcknowledged,
    SafetyFlagActedOn,
    SafetyFlagClosed,
    SafetyFlagEscalated,
    SafetyFlagEvent,
    SafetyFlagRaised,
    SafetyFlagRaisedUnfiled,
    SafetyFlags,
    SafetyFlagSentAgain,
    evolve,
    pass_over,
)
from events.text import Reason

# Who stands last on the list is asked again so often; from then on everybody on the list is asked
# in turn, one a day, for as long as nobody acknowledges the flag. It is never given up.
AGAIN_LIMIT = 12
LATER_MINUTES = 24 * 60
# A form that is sent again and again is counted so often at once, and then once an hour.
COUNTED_AT_ONCE = 50


class RaiseSafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    """A form endorsed its safety item. `duty` is the practice's list as it is now.

    `afterwards` is what is raised about a form that has been in the log for a while.
    """

    flag_id: UUID
    client_id: UUID
    assessment_id: UUID
    instrument: str
    item: int
    answer: int
    duty: Duty
    now: datetime
    afterwards: bool = False


class EscalateSafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    """A worker saw that nobody has acknowledged it in time, or that nobody had been asked."""

    flag_id: UUID
    duty: Duty
    now: datetime


class RaiseUnfiledFlag(msgspec.Struct, frozen=True, kw_only=True):
    """A form that endorses its safety item was refused. `why` is the refusal's name.

    A flag of this id is open, or there is none of it.
    """

    flag_id: UUID
    client_id: UUID
    instrument: str
    item: int
    answer: int
    why: str
    duty: Duty
    now: datetime
    form_id: UUID | None = None


WatchCommand = RaiseSafetyFlag | RaiseUnfiledFlag | EscalateSafetyFlag


class AcknowledgeSafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    flag_id: UUID


class ActOnSafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, in words; it says as well that the flag was seen."""

    flag_id: UUID
    action: Reason


class CloseSafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    """Why it is closed, and what came of it; it says as well that the flag was seen."""

    flag_id: UUID
    reason: Reason
    outcome: Reason


SafetyFlagCommand = AcknowledgeSafetyFlag | ActOnSafetyFlag | CloseSafetyFlag


class SafetyFlagUnknown(NotFound):
    """This client has no safety flag of this id: check the id."""


class SafetyFlagNotOpen(StateRefused):
    """This safety flag has been closed: what was recorded about it stays as it is."""


def watch(flags: SafetyFlags, command: WatchCommand) -> list[SafetyFlagEvent]:
    """What happens by itself."""
    match command:
        case RaiseSafetyFlag():
            return raise_safety_flag(flags, command)
        case RaiseUnfiledFlag():
            return raise_unfiled_flag(flags, command)
        case EscalateSafetyFlag():
            return escalate_safety_flag(flags, command)
        case _:
            assert_never(command)


def raise_safety_flag(flags: SafetyFlags, command: RaiseSafetyFlag) -> list[SafetyFlagEvent]:
    if command.flag_id in flags.flags:
        return []
    people = command.duty.people
    return [
        SafetyFlagRaised(
            flag_id=command.flag_id,
            client_id=command.client_id,
            assessment_id=command.assessment_id,
            instrument=command.instrument,
            item=command.item,
            answer=command.answer,
            queue=command.duty.queue,
            to=(people[0].subject,) if people else (),
            acknowledge_by=time_out(command.duty, command.now) if people else None,
            afterwards=command.afterwards,
        )
    ]


def raise_unfiled_flag(flags: SafetyFlags, command: RaiseUnfiledFlag) -> list[SafetyFlagEvent]:
    flag = flags.flags.get(command.flag_id)
    if flag is not None:
        if command.answer <= flag.answer and is_counted_already(flag, command.now):
            return []
        return [
            SafetyFlagSentAgain(
                flag_id=command.flag_id,
                why=command.why,
                sent_at=command.now,
                item=command.item,
                answer=command.answer,
            )
        ]
    people = command.duty.people
    return [
        SafetyFlagRaisedUnfiled(
            flag_id=command.flag_id,
            client_id=command.client_id,
            instrument=command.instrument,
            item=command.item,
            answer=command.answer,
            why=command.why,
            sent_at=command.now,
            form_id=command.form_id,
            queue=command.duty.queue,
            to=(people[0].subject,) if people else (),
            acknowledge_by=time_out(command.duty, command.now) if people else None,
        )
    ]


def is_counted_already(flag: SafetyFlag, now: datetime) -> bool:
    """Whether an app that sends a form again and again has been counted for this hour."""
    if flag.sent < COUNTED_AT_ONCE or flag.sent_at is None:
        return False
    return now - flag.sent_at < timedelta(hours=1)


def escalate_safety_flag(flags: SafetyFlags, command: EscalateSafetyFlag) -> list[SafetyFlagEvent]:
    # What the worker has read may be a moment old: the flag itself has the last word.
    flag = flags.flags.get(command.flag_id)
    if flag is None or not flag.is_open or flag.acknowledged:
        return []
    if command.now < (answer_awaited_until(flag, command.duty) or command.now):
        return []
    following = next_rung(flag, command.duty)
    if following is None:
        return []
    return [
        SafetyFlagEscalated(
            flag_id=command.flag_id,
            rung=following,
            to=(command.duty.people[following].subject,),
            acknowledge_by=(
                command.now + timedelta(minutes=LATER_MINUTES)
                if is_asked_daily(flag, command.duty)
                else time_out(command.duty, command.now)
            ),
        )
    ]


def answer_awaited_until(flag: SafetyFlag, duty: Duty) -> datetime | None:
    """How long whoever was asked last has; None where nobody was, or they are off the list now."""
    if flag.asked not in {person.subject for person in duty.people}:
        return None
    return flag.acknowledge_by


def next_rung(flag: SafetyFlag, duty: Duty) -> int | None:
    """The place in the list of whom to ask next; None where nobody is on duty.

    It is the first on the list, as it is now, who has not been asked yet; when everybody has been,
    the last one again, AGAIN_LIMIT times; then all of them in turn, from the first.
    """
    if not duty.people:
        return None
    for place, person in enumerate(duty.people):
        if person.subject not in flag.everybody_asked:
            return place
    if not is_asked_daily(flag, duty):
        return len(duty.people) - 1
    return (flag.again - AGAIN_LIMIT) % len(duty.people)


def is_asked_daily(flag: SafetyFlag, duty: Duty) -> bool:
    """Whether everybody on the list has been asked, and the last one as often as it goes."""
    asked = all(person.subject in flag.everybody_asked for person in duty.people)
    return asked and flag.again >= AGAIN_LIMIT


def time_out(duty: Duty, now: datetime) -> datetime:
    return now + timedelta(minutes=duty.acknowledge_minutes)


def decide(flags: SafetyFlags, command: SafetyFlagCommand) -> list[SafetyFlagEvent]:
    """What takes a clinician. Raises SafetyFlagUnknown, SafetyFlagNotOpen."""
    flag = flags.flags.get(command.flag_id)
    if flag is None:
        raise SafetyFlagUnknown
    match command:
        case AcknowledgeSafetyFlag():
            return seen(flag, command.flag_id)
        case ActOnSafetyFlag():
            return act_on_safety_flag(flag, command)
        case CloseSafetyFlag():
            return close_safety_flag(flag, command)
        case _:
            assert_never(command)


def seen(flag: SafetyFlag, flag_id: UUID) -> list[SafetyFlagEvent]:
    """That it was seen, where that was not said before. Who closes it has seen it."""
    if flag.acknowledged or not flag.is_open:
        return []
    return [SafetyFlagAcknowledged(flag_id=flag_id)]


def act_on_safety_flag(flag: SafetyFlag, command: ActOnSafetyFlag) -> list[SafetyFlagEvent]:
    if command.action == flag.action:
        return []  # The same words: it is on record.
    if not flag.is_open:
        raise SafetyFlagNotOpen
    acted = SafetyFlagActedOn(flag_id=command.flag_id, action=command.action)
    return [*seen(flag, command.flag_id), acted]


def close_safety_flag(flag: SafetyFlag, command: CloseSafetyFlag) -> list[SafetyFlagEvent]:
    if flag.closing == (command.reason, command.outcome):
        return []
    if not flag.is_open:
        raise SafetyFlagNotOpen
    closed = SafetyFlagClosed(
        flag_id=command.flag_id, reason=command.reason, outcome=command.outcome
    )
    return [*seen(flag, command.flag_id), closed]


# For forms and workers.
WATCHED_FLAGS: Aggregate[SafetyFlags, WatchCommand, SafetyFlagEvent] = Aggregate(
    category=SAFETY_FLAG_CATEGORY,
    initial=SafetyFlags(),
    evolve=evolve,
    decide=watch,
    pass_over=pass_over,
)
# For clinicians.
SAFETY_FLAGS: Aggregate[SafetyFlags, SafetyFlagCommand, SafetyFlagEvent] = Aggregate(
    category=SAFETY_FLAG_CATEGORY,
    initial=SafetyFlags(),
    evolve=evolve,
    decide=decide,
    pass_over=pass_over,
)
