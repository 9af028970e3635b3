"""By which clock an append is dated: the database's and the caller's watch each other.

The same rule as the database's recording_time (migration 0012), which a test holds beside it.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from events.ids import DerivedIds
from events.record import Cause, digest

TOLERANCE: Final = timedelta(minutes=2)


# The one fact that a log records by itself. Its name and fields are the storage format: add a field
# with a default, never rename or remove one.
class PracticeClockCorrected(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="practice.clock_corrected.v1"
):
    """A wrong clock had dated the practice's last event `from_at`; from here on it is `to_at`."""

    practice_id: UUID
    from_at: datetime
    to_at: datetime


class RecordingTime(msgspec.Struct, frozen=True, kw_only=True):
    """When an append is recorded, and whether the clocks were too far apart to be believed.

    `floor_ahead` says that both clocks agree, and that the practice's last event lies ahead of
    both: a wrong clock has dated that event, and practice.clock_corrected has to come first.
    """

    recorded_at: datetime
    doubted: bool
    floor_ahead: bool


def are_apart(one: datetime, other: datetime) -> bool:
    """Whether two clocks differ by more than two minutes."""
    return abs(one - other) > TOLERANCE


def recording_time(floor: datetime, *, database: datetime, caller: datetime) -> RecordingTime:
    """By which of two clocks an append is dated; `floor` is when the last event was recorded.

    Where the clocks agree it is the database's. Where they do not, it is the earlier of the two
    that is not more than two minutes behind the floor; where both are behind, it is the floor.
    """
    earlier, later = sorted((database, caller))
    doubted = are_apart(database, caller)
    if not doubted:
        ahead = floor - later > TOLERANCE
        return RecordingTime(recorded_at=max(database, floor), doubted=False, floor_ahead=ahead)
    believed = next((one for one in (earlier, later) if floor - one <= TOLERANCE), floor)
    return RecordingTime(recorded_at=max(believed, floor), doubted=True, floor_ahead=False)


def clock_cause(ids: DerivedIds, version: int) -> Cause:
    """Why the log itself corrects its clock: once for each version of the practice's stream."""
    command_id = ids.of("clock_correction", version)
    return Cause(
        command_id=command_id,
        actor="log:clock",
        content=digest("correct_clock", version),
        correlation=command_id,
    )
