"""A check-in: an amount done towards one goal at one moment, corrected or withdrawn if need be."""

from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events.aggregate import Aggregate
from events.measure import Amount
from events.moment import believable, said_ahead
from events.refusals import StateRefused
from events.text import Note, OptionalReason

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class CheckInFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one check-in.

    Where the sender's clock was ahead, `said_at` is what that clock said, `occurred_at` our own.
    """


class CheckInLogged(CheckInFact, frozen=True, kw_only=True, tag="check_in.logged.v1"):
    check_in_id: UUID
    client_id: UUID
    goal_id: UUID
    amount: float
    occurred_at: datetime
    note: str = ""
    said_at: datetime | UnsetType = UNSET


class CheckInCorrected(CheckInFact, frozen=True, kw_only=True, tag="check_in.corrected.v1"):
    check_in_id: UUID
    goal_id: UUID
    from_amount: float
    amount: float
    from_occurred_at: datetime
    occurred_at: datetime
    note: str = ""
    said_at: datetime | UnsetType = UNSET


class CheckInWithdrawn(CheckInFact, frozen=True, kw_only=True, tag="check_in.withdrawn.v1"):
    check_in_id: UUID
    goal_id: UUID
    reason: str


CheckInEvent = CheckInLogged | CheckInCorrected | CheckInWithdrawn


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one check-in."""

    stage: Literal["unset", "kept", "withdrawn"] = "unset"
    goal_id: UUID | None = None
    amount: float = 0.0
    occurred_at: datetime | None = None
    note: str = ""


def evolve(check_in: CheckIn, event: CheckInEvent) -> CheckIn:
    match event:
        case CheckInLogged() | CheckInCorrected():
            return CheckIn(
                stage="kept",
                goal_id=event.goal_id,
                amount=event.amount,
                occurred_at=event.occurred_at,
                note=event.note,
            )
        case CheckInWithdrawn():
            return msgspec.structs.replace(check_in, stage="withdrawn")
        case _:
            assert_never(event)


class LogCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is in the goal's own unit: times or minutes."""

    check_in_id: UUID
    client_id: UUID
    goal_id: UUID
    amount: Amount
    occurred_at: datetime
    now: datetime
    note: Note = ""


class CorrectCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out (None) stays as it is."""

    check_in_id: UUID
    now: datetime
    amount: Amount | None = None
    occurred_at: datetime | None = None
    note: Note | None = None


class WithdrawCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    check_in_id: UUID
    reason: OptionalReason


CheckInCommand = LogCheckIn | CorrectCheckIn | WithdrawCheckIn


class CheckInNotKept(StateRefused):
    """There is no check-in of this id to change, or it was withdrawn: log a new one."""


def decide(check_in: CheckIn, command: CheckInCommand) -> list[CheckInEvent]:
    match command:
        case LogCheckIn():
            return log_check_in(check_in, command)
        case CorrectCheckIn():
            return correct_check_in(check_in, command)
        case WithdrawCheckIn():
            return withdraw_check_in(check_in, command)
        case _:
            assert_never(command)


def log_check_in(check_in: CheckIn, command: LogCheckIn) -> list[CheckInEvent]:
    if check_in.stage != "unset":
        return []
    return [
        CheckInLogged(
            check_in_id=command.check_in_id,
            client_id=command.client_id,
            goal_id=command.goal_id,
            amount=command.amount,
            occurred_at=believable(command.occurred_at, now=command.now),
            said_at=said_ahead(command.occurred_at, now=command.now),
            note=command.note,
        )
    ]


def correct_check_in(check_in: CheckIn, command: CorrectCheckIn) -> list[CheckInEvent]:
    if check_in.stage != "kept" or check_in.occurred_at is None or check_in.goal_id is None:
        raise CheckInNotKept
    occurred_at = believable(command.occurred_at or check_in.occurred_at, now=command.now)
    said = {name: getattr(command, name) for name in ("amount", "note")}
    changed: dict[str, Any] = {
        name: value
        for name, value in {**said, "occurred_at": occurred_at}.items()
        if value is not None and value != getattr(check_in, name)
    }
    if not changed:
        return []
    corrected = msgspec.structs.replace(check_in, **changed)
    return [
        CheckInCorrected(
            check_in_id=command.check_in_id,
            goal_id=check_in.goal_id,
            from_amount=check_in.amount,
            amount=corrected.amount,
            from_occurred_at=check_in.occurred_at,
            occurred_at=occurred_at,
            said_at=said_ahead(command.occurred_at, now=command.now),
            note=corrected.note,
        )
    ]


def withdraw_check_in(check_in: CheckIn, command: WithdrawCheckIn) -> list[CheckInEvent]:
    if check_in.stage == "withdrawn":
        return []
    if check_in.stage != "kept" or check_in.goal_id is None:
        raise CheckInNotKept
    return [
        CheckInWithdrawn(
            check_in_id=command.check_in_id, goal_id=check_in.goal_id, reason=command.reason
        )
    ]


CHECK_IN: Aggregate[CheckIn, CheckInCommand, CheckInEvent] = Aggregate(
    category="check_in", initial=CheckIn(), evolve=evolve, decide=decide
)
