"""A client's safety flags after each event of the log, those among them that can not be read."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from events.record import Recorded, Unreadable
from events.safety_flag import RAISING, SafetyFlagEvent, named_by, unnamed_flag_id
from projections.safety_queue import SafetyFlagRow, evolve

FlagPage = Mapping[UUID, SafetyFlagRow]

change = msgspec.structs.replace


def page_of(recorded: Iterable[Recorded]) -> FlagPage:
    """All flags of one client, from all events of their stream."""
    page: FlagPage = {}
    for one in recorded:
        page = page_after(page, one)
    return page


def page_after(page: FlagPage, recorded: Recorded) -> FlagPage:
    """A client's flags by their ids, after one event that concerns them.

    One that raises a flag and does not open is a flag that can not be read: it waits for a person
    like any other. No other event that does not open changes anything. Of a client whose key is
    gone there are none.
    """
    event = recorded.event
    if isinstance(event, Unreadable):
        return {} if event.why is None else with_unreadable(page, recorded)
    if not isinstance(event, SafetyFlagEvent):
        return page
    flags = dict(page)
    unnamed_id = named_by(event, known=page, unnamed=unnamed_in(page, recorded.practice_id))
    if unnamed_id is not None:
        flags[event.flag_id] = change(flags.pop(unnamed_id), flag_id=event.flag_id)
    try:
        flags.update(evolve(flags, recorded))
    except Exception:  # noqa: BLE001 - whatever it raises, no flag is lost
        return with_unreadable(page, recorded)
    return flags


def with_unreadable(page: FlagPage, recorded: Recorded) -> FlagPage:
    """The flags with one that can not be read, where this event raises it."""
    if recorded.type not in RAISING or recorded.client_id is None:
        return page
    flag_id = unnamed_flag_id(recorded.practice_id, recorded.position)
    row = SafetyFlagRow(
        flag_id=flag_id,
        client_id=recorded.client_id,
        assessment_id=None,
        instrument=None,
        item=None,
        answer=None,
        queue="",
        raised_at=recorded.occurred_at,
        raised_position=recorded.position,
        next_at=recorded.occurred_at,
        version=recorded.version,
        recorded_at=recorded.recorded_at,
    )
    return {**page, flag_id: row}


def unnamed_in(page: FlagPage, practice_id: UUID) -> Iterable[UUID]:
    """The flags that have no id but that of their place."""
    return (
        flag_id
        for flag_id, row in page.items()
        if not row.is_readable and flag_id == unnamed_flag_id(practice_id, row.raised_position)
    )
