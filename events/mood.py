"""A mood entry: how someone rated a moment from 1 to 10, corrected or withdrawn if need be."""

from datetime import datetime
from typing import Annotated, Any, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from events.aggregate import Aggregate
from events.moment import believable, said_ahead
from events.refusals import StateRefused
from events.text import Note, OptionalReason, Tags

Rating = Annotated[int, Meta(ge=1, le=10)]

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class MoodFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one mood entry.

    Where the sender's clock was ahead, `said_at` is what that clock said, `occurred_at` our own.
    """


class MoodLogged(MoodFact, frozen=True, kw_only=True, tag="mood.logged.v1"):
    mood_id: UUID
    client_id: UUID
    rating: int
    occurred_at: datetime
    note: str = ""
    tags: tuple[str, ...] = ()
    said_at: datetime | UnsetType = UNSET


class MoodCorrected(MoodFact, frozen=True, kw_only=True, tag="mood.corrected.v1"):
    mood_id: UUID
    from_rating: int
    rating: int
    from_occurred_at: datetime
    occurred_at: datetime
    note: str = ""
    tags: tuple[str, ...] = ()
    said_at: datetime | UnsetType = UNSET


class MoodWithdrawn(MoodFact, frozen=True, kw_only=True, tag="mood.withdrawn.v1"):
    mood_id: UUID
    reason: str


MoodEvent = MoodLogged | MoodCorrected | MoodWithdrawn


class Mood(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one entry."""

    stage: Literal["unset", "kept", "withdrawn"] = "unset"
    rating: int = 0
    occurred_at: datetime | None = None
    note: str = ""
    tags: tuple[str, ...] = ()


def evolve(mood: Mood, event: MoodEvent) -> Mood:
    match event:
        case MoodLogged() | MoodCorrected():
            return Mood(
                stage="kept",
                rating=event.rating,
                occurred_at=event.occurred_at,
                note=event.note,
                tags=event.tags,
            )
        case MoodWithdrawn():
            return msgspec.structs.replace(mood, stage="withdrawn")
        case _:
            assert_never(event)


class LogMood(msgspec.Struct, frozen=True, kw_only=True):
    mood_id: UUID
    client_id: UUID
    rating: Rating
    occurred_at: datetime
    now: datetime
    note: Note = ""
    tags: Tags = ()


class CorrectMood(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out (None) stays as it is."""

    mood_id: UUID
    now: datetime
    rating: Rating | None = None
    occurred_at: datetime | None = None
    note: Note | None = None
    tags: Tags | None = None


class WithdrawMood(msgspec.Struct, frozen=True, kw_only=True):
    mood_id: UUID
    reason: OptionalReason


MoodCommand = LogMood | CorrectMood | WithdrawMood


class MoodNotKept(StateRefused):
    """There is no mood entry of this id to change, or it was withdrawn: log a new one."""


def decide(mood: Mood, command: MoodCommand) -> list[MoodEvent]:
    match command:
        case LogMood():
            return log_mood(mood, command)
        case CorrectMood():
            return correct_mood(mood, command)
        case WithdrawMood():
            return withdraw_mood(mood, command)
        case _:
            assert_never(command)


def log_mood(mood: Mood, command: LogMood) -> list[MoodEvent]:
    if mood.stage != "unset":
        return []
    return [
        MoodLogged(
            mood_id=command.mood_id,
            client_id=command.client_id,
            rating=command.rating,
            occurred_at=believable(command.occurred_at, now=command.now),
            said_at=said_ahead(command.occurred_at, now=command.now),
            note=command.note,
            tags=command.tags,
        )
    ]


def correct_mood(mood: Mood, command: CorrectMood) -> list[MoodEvent]:
    if mood.stage != "kept" or mood.occurred_at is None:
        raise MoodNotKept
    occurred_at = believable(command.occurred_at or mood.occurred_at, now=command.now)
    said = {name: getattr(command, name) for name in ("rating", "note", "tags")}
    changed: dict[str, Any] = {
        name: value
        for name, value in {**said, "occurred_at": occurred_at}.items()
        if value is not None and value != getattr(mood, name)
    }
    if not changed:
        return []
    corrected = msgspec.structs.replace(mood, **changed)
    return [
        MoodCorrected(
            mood_id=command.mood_id,
            from_rating=mood.rating,
            rating=corrected.rating,
            from_occurred_at=mood.occurred_at,
            occurred_at=occurred_at,
            said_at=said_ahead(command.occurred_at, now=command.now),
            note=corrected.note,
            tags=corrected.tags,
        )
    ]


def withdraw_mood(mood: Mood, command: WithdrawMood) -> list[MoodEvent]:
    if mood.stage == "withdrawn":
        return []
    if mood.stage != "kept":
        raise MoodNotKept
    return [MoodWithdrawn(mood_id=command.mood_id, reason=command.reason)]


MOOD: Aggregate[Mood, MoodCommand, MoodEvent] = Aggregate(
    category="mood", initial=Mood(), evolve=evolve, decide=decide
)
