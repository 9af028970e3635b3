"""What people in the demonstration do: the product's own commands, each with its moment and id."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from events.aggregate import Aggregate, Stream
from events.assessment import CorrectAssessment, ScoreAssessment
from events.goal_commands import ReplaceGoal, SetGoal
from events.moment import zone_named
from service.demonstration.plan import (
    Acknowledge,
    ActOn,
    AskTheNext,
    CloseFlag,
    Dismiss,
    LetRead,
    Person,
    Reshape,
    Take,
)

CLINICIAN_ACTOR = "clinician:demonstration"


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A command for one stream: at which moment it is said, and when what it tells happened."""

    at: datetime
    command_id: UUID
    client_id: UUID
    actor: str
    aggregate: Aggregate[Any, Any, Any]
    stream: Stream
    command: Any
    occurred_at: datetime


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A form that a client sends, or sends anew; it may raise a safety flag."""

    at: datetime
    command_id: UUID
    client_id: UUID
    actor: str
    stream: Stream
    form: ScoreAssessment | CorrectAssessment


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    """Replace a goal and set the new one, in one append."""

    at: datetime
    command_id: UUID
    client_id: UUID
    actor: str
    replace: ReplaceGoal
    set_goal: SetGoal


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody makes of a suggestion; which one it is shows when the moment comes."""

    at: datetime
    command_id: UUID
    client_id: UUID
    actor: str
    goal_id: UUID
    act: Take | Reshape | Dismiss | LetRead


class FlagStepTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the flag that a form has raised; its id shows when the moment comes."""

    at: datetime
    command_id: UUID
    client_id: UUID
    actor: str
    form_id: UUID
    act: Acknowledge | ActOn | AskTheNext | CloseFlag


Deed = Issued | Sent | Swapped | Decided | FlagStepTaken


def wobble(*of: object) -> float:
    """Between -1 and 1: the same for the same things, on every machine."""
    drawn = sha256(" ".join(map(str, of)).encode()).digest()
    return int.from_bytes(drawn[:4], "big") / 2**31 - 1


class Life:
    """One person's days, ids and commands: the same ids in every run, whatever day it is.

    `name_id` gives the id of a name.
    """

    def __init__(
        self, practice_id: UUID, person: Person, *, first_on: date, name_id: Callable[[str], UUID]
    ) -> None:
        self.practice_id = practice_id
        self.person = person
        self._name_id = name_id
        self.client_id = name_id(f"client {person.key}")
        self.own_actor = f"client:{self.client_id}"
        self._first_on = first_on
        self._zone = zone_named(person.zone)
        self._nth = count()

    def day(self, day: int) -> date:
        return self._first_on + timedelta(days=day)

    def at(self, day: int, clock: time) -> datetime:
        """A time on the person's own clock."""
        return datetime.combine(self.day(day), clock, self._zone)

    def new_id(self, *of: object) -> UUID:
        told = " ".join(map(str, of))
        return self._name_id(f"{self.person.key} {told}")

    def new_command_id(self) -> UUID:
        return self.new_id("command", next(self._nth))

    def issued(
        self,
        aggregate: Aggregate[Any, Any, Any],
        stream_id: UUID,
        command: Any,
        *,
        at: datetime,
        actor: str = CLINICIAN_ACTOR,
        occurred_at: datetime | None = None,
    ) -> Issued:
        stream = aggregate.stream(self.practice_id, stream_id, client_id=self.client_id)
        return Issued(
            at=at,
            command_id=self.new_command_id(),
            client_id=self.client_id,
            actor=actor,
            aggregate=aggregate,
            stream=stream,
            command=command,
            occurred_at=occurred_at or at,
        )
