"""The timeline: everything of a client, as entries that a screen can show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.record import Recorded, Unreadable
from projections.told_position import ToldPosition


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a client. `kind` is the event in words ("mood_logged").

    `position` is its place in the practice's log: a number, or a token for the client.
    `corrected` and `withdrawn` mark an entry that a later event has corrected or taken back.
    `details` is what the event says; None where it can not be read.
    """

    position: ToldPosition
    kind: str
    subject_id: UUID
    category: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    details: dict[str, Any] | None
    corrected: bool = False
    withdrawn: bool = False


def entries(
    recorded: Iterable[Recorded], *, later: Mapping[tuple[str, UUID], Sequence[str]]
) -> list[TimelineEntry]:
    """The events in the order given.

    `later` has, by an entry's category and id, the types of its stream's events from version 2 on,
    in their order, whether they are among the given or not.
    """
    return [entry(one, later.get((one.category, one.stream_id), ())) for one in recorded]


def entry(recorded: Recorded, types: Sequence[str]) -> TimelineEntry:
    after = [name_of(type_) for type_ in types[recorded.version - 1 :]]
    return TimelineEntry(
        position=recorded.position,
        kind=name_of(recorded.type),
        subject_id=recorded.stream_id,
        category=recorded.category,
        version=recorded.version,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        details=details_of(recorded),
        corrected=any(name.endswith(_CORRECTING) for name in after),
        withdrawn=any(name.endswith("_withdrawn") for name in after),
    )


# A form that is completed later, or found to be incomplete, was corrected, too.
_CORRECTING = ("_corrected", "assessment_completed", "assessment_left_incomplete")


def name_of(type_: str) -> str:
    """mood.logged.v1 in words: mood_logged."""
    category, what, _ = type_.split(".")
    return f"{category}_{what}"


def details_of(recorded: Recorded) -> dict[str, Any] | None:
    if isinstance(recorded.event, Unreadable):
        return None
    said: dict[str, Any] = msgspec.to_builtins(recorded.event)
    return {field: value for field, value in said.items() if field not in ("type", "client_id")}
