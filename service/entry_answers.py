"""What is shown of an entry, to whom: as it stands now, and every revision of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events import instruments
from events.aggregate import Aggregate
from events.assessment import Assessment, StoredSuicideItem
from events.check_in import CheckIn
from events.mood import Mood
from events.record import Recorded
from events.store import read_state
from projections.entry_history import (
    EntryHistory,
    EntryRevision,
    entry_of,
    without_fields,
    without_notes,
)
from projections.told_position import event_named
from service.app_reading import AppReading, reading_of
from service.asked import SELF_REPORTERS, Asked
from service.forms import safety_answer_about
from service.goal_answers import etag, is_by_clinician
from service.safety_answer import SafetyAnswer

# What of a form tells how its item about death or self-harm was answered.
ABOUT_SAFETY = ("answers", "suicide_item")


class EntryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands. A `withdrawn` entry counts no more, and shows its last values.

    `occurred_at` is when it happened for the person, `recorded_by` who recorded it first, as a role
    and a pseudonym. `version` is the ETag's. A note that a clinician has written is for clinicians
    and auditors: to clients and apps it is "".
    """

    id: UUID
    client_id: UUID
    occurred_at: datetime
    note: str
    withdrawn: bool
    recorded_by: str
    version: int
    revisions: list[EntryRevision]


class MoodAnswer(EntryAnswer, frozen=True, kw_only=True):
    """A mood entry as it stands; `rating` is from 1 to 10.

    A `withdrawn` entry counts no more, and shows its last values. `version` is the ETag's.
    """

    rating: int
    tags: tuple[str, ...]


class CheckInAnswer(EntryAnswer, frozen=True, kw_only=True):
    """An amount that was done towards a goal, in the goal's own unit.

    A `withdrawn` check-in counts no more, and shows its last values. `version` is the ETag's.
    """

    goal_id: UUID
    amount: float


class AssessmentAnswer(EntryAnswer, frozen=True, kw_only=True):
    """A form as it stands. A `withdrawn` form counts no more, and shows its last values.

    `total` is in the instrument's points, and null where answers are missing: then `prorated` may
    be an estimate, which counts nowhere. `answers` are in the order of the items, null for one left
    out; all of it is null where the total alone was recorded. `version` is the ETag's. Of an
    instrument that asks about death or self-harm `answers` and `suicide_item` are left out for an
    app that is not told of safety flags, unless the app has sent all of the form itself. Of a form
    that a client or an app has sent, they are told `safety`, as in the receipt.
    """

    instrument: str
    complete: bool
    total: float | None
    prorated: float | None
    answers: tuple[int | None, ...] | UnsetType | None = UNSET
    suicide_item: StoredSuicideItem | UnsetType = UNSET
    difficulty: int | None
    safety: SafetyAnswer | UnsetType = UNSET


class ShownEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry without what whoever asks may not read; `hides_answers` says that answers are such.

    `position` is how far the log had come before the entry was read.
    """

    asked: Asked
    past: Sequence[Recorded]
    entry: EntryHistory
    hides_answers: bool
    position: int

    @property
    def headers(self) -> dict[str, str]:
        return self.asked.headers_at(self.position, ETag=etag(len(self.past)))

    @property
    def is_self_reported(self) -> bool:
        """Whether a client or an app has recorded the entry, and one of them asks."""
        recorded_by = self.past[0].actor.partition(":")[0]
        return {recorded_by, self.asked.principal.role} <= SELF_REPORTERS

    def fields_of_any(self) -> dict[str, Any]:
        """The fields that every entry has."""
        first, state = self.past[0], self.entry.state
        return {
            "id": first.stream_id,
            "client_id": first.client_id,
            "occurred_at": state.occurred_at,
            "note": state.note,
            "withdrawn": state.stage == "withdrawn",
            "recorded_by": first.actor,
            "version": len(self.past),
            "revisions": [self.told(one.revision) for one in self.entry.steps],
        }

    def told(self, revision: EntryRevision) -> EntryRevision:
        """A revision with its position as whoever asks is told it."""
        of = event_named(self.past[0].stream_id, revision.version)
        position = self.asked.told_position(revision.position, of=of)
        return msgspec.structs.replace(revision, position=position)


async def read_entry(
    asked: Asked, aggregate: Aggregate[Any, Any, Any], entry_id: UUID
) -> ShownEntry:
    """An entry, from the log. Raises NotFound, RecordUnreadable; RecordBroken, which is one."""
    reading = await reading_of(asked)
    position = await asked.position_of_log()
    stream = aggregate.stream(asked.practice_id, entry_id)
    read = await read_state(asked.cairn.store, aggregate, stream, admit=reading.admit)
    return shown_entry(reading, read.past, position=position)


def shown_entry(reading: AppReading, past: Sequence[Recorded], *, position: int) -> ShownEntry:
    """An entry, of which every event opens, and which whoever asks may read."""
    entry, asked = entry_of(past), reading.asked
    if asked.principal.role in SELF_REPORTERS:
        entry = without_notes(entry, is_by_clinician)
    hides = asks_about_safety(entry) and not reading.sees_answers_about_safety(past)
    return ShownEntry(
        asked=asked,
        past=past,
        entry=without_fields(entry, *ABOUT_SAFETY) if hides else entry,
        hides_answers=hides,
        position=position,
    )


def asks_about_safety(entry: EntryHistory) -> bool:
    """Whether it is a form of an instrument that asks about death or self-harm, or may be one."""
    if not isinstance(entry.state, Assessment):
        return False
    instrument = instruments.known().get(entry.state.instrument)
    return instrument is None or instrument.safety_item is not None


def mood_answer(shown: ShownEntry) -> MoodAnswer:
    state: Mood = shown.entry.state
    return MoodAnswer(**shown.fields_of_any(), rating=state.rating, tags=state.tags)


def check_in_answer(shown: ShownEntry) -> CheckInAnswer:
    state: CheckIn = shown.entry.state
    assert state.goal_id is not None  # noqa: S101 - for the type checker: it was logged
    return CheckInAnswer(**shown.fields_of_any(), goal_id=state.goal_id, amount=state.amount)


async def assessment_answer(shown: ShownEntry) -> AssessmentAnswer:
    """With what has become of the form, for the client or the app that has sent it."""
    asked, first = shown.asked, shown.past[0]
    state: Assessment = shown.entry.state
    safety: SafetyAnswer | UnsetType = UNSET
    if shown.is_self_reported and not shown.hides_answers:
        safety = await safety_answer_about(
            asked, first.client_id, first.stream_id, state.instrument
        )
    return AssessmentAnswer(
        **shown.fields_of_any(),
        instrument=state.instrument,
        complete=state.total is not None,
        total=state.total,
        prorated=state.prorated,
        answers=UNSET if shown.hides_answers else state.answers,
        suicide_item=UNSET if shown.hides_answers else state.suicide_item,
        difficulty=state.difficulty,
        safety=safety,
    )
