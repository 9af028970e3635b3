"""The timeline: everything of a client, as entries that a screen can show."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.record import Recorded, Unreadable
from projections.event_names import timeline_kind
from projections.told_event import LINKS, link_to
from projections.told_position import ToldPosition


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a client. `type` is the type of the event, as in the feed.

    `position` is its place in the practice's log: a number, or a token for the client.
    `corrected` and `withdrawn` mark an entry that a later event has corrected or taken back.
    `details` is what the event says; None where it can not be read. `link` is where that to which
    it happened is shown; None where this release does not know its category. `kind` is the former
    name of the type ("mood_logged"): use `type`.
    """

    position: ToldPosition
    type: str
    kind: str
    subject_id: UUID
    category: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    details: dict[str, Any] | None
    link: str | None
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
    after = types[recorded.version - 1 :]
    return TimelineEntry(
        position=recorded.position,
        type=recorded.type,
        kind=timeline_kind(recorded.type),
        subject_id=recorded.stream_id,
        category=recorded.category,
        version=recorded.version,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        details=details_of(recorded),
        link=link_to(recorded) if recorded.category in LINKS else None,
        corrected=any(is_one_of(_CORRECTING, type_) for type_ in after),
        withdrawn=any(is_one_of(_WITHDRAWING, type_) for type_ in after),
    )


# What becomes of an entry, whatever its category and the version of the event's form. A form that
# is completed later, or found to be incomplete, was corrected, too.
_CORRECTING = frozenset({"corrected", "completed", "left_incomplete"})
_WITHDRAWING = frozenset({"withdrawn"})


def is_one_of(happenings: frozenset[str], type_: str) -> bool:
    return type_.split(".")[1] in happenings


def details_of(recorded: Recorded) -> dict[str, Any] | None:
    if isinstance(recorded.event, Unreadable):
        return None
    said: dict[str, Any] = msgspec.to_builtins(recorded.event)
    return {field: value for field, value in said.items() if field not in ("type", "client_id")}
