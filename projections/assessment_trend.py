"""How someone's scores went: a row per assessment, incomplete forms among them."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events.assessment import (
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentEvent,
    AssessmentLeftIncomplete,
    AssessmentScored,
    AssessmentWithdrawn,
)
from events.record import Recorded
from projections.rows import Changes, Column, Page, Projection, types_of


class AssessmentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One assessment that was kept. `total` is in the instrument's points.

    An incomplete form has no total and counts in no trend; `prorated` is an estimate of it.
    `difficulty` is how difficult the problems have made daily life, from 0 to 3, where it was said,
    `instrument_version` that of the form that was filled in.
    `founded` is where its first version lies in the log and `position` where its last one does;
    `version` is that of its stream: above 1 the assessment was corrected.
    """

    assessment_id: UUID
    client_id: UUID
    instrument: str
    total: float | None
    occurred_at: datetime
    answers: tuple[int | None, ...] | None
    note: str
    recorded_at: datetime
    founded: int
    position: int
    version: int
    prorated: float | None = None
    difficulty: int | None = None
    instrument_version: int = 1


def evolve_row(
    row: AssessmentEntry | None, recorded: Recorded, event: AssessmentEvent
) -> AssessmentEntry | None:
    match event:
        case AssessmentScored() | AssessmentLeftIncomplete():
            return AssessmentEntry(
                assessment_id=event.assessment_id,
                client_id=event.client_id,
                instrument=event.instrument,
                total=event.total if isinstance(event, AssessmentScored) else None,
                prorated=None if isinstance(event, AssessmentScored) else event.prorated,
                occurred_at=event.occurred_at,
                answers=event.answers,
                difficulty=event.difficulty,
                instrument_version=event.instrument_version,
                note=event.note,
                recorded_at=row.recorded_at if row else recorded.recorded_at,
                founded=row.founded if row else recorded.position,
                position=recorded.position,
                version=recorded.version,
            )
        case AssessmentCorrected() | AssessmentCompleted():
            return row and msgspec.structs.replace(
                row,
                total=event.total,
                prorated=None,
                occurred_at=event.occurred_at,
                answers=event.answers,
                difficulty=event.difficulty,
                instrument_version=event.instrument_version,
                note=event.note,
                position=recorded.position,
                version=recorded.version,
            )
        case AssessmentWithdrawn():
            return None
        case _:
            assert_never(event)


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if isinstance(event, AssessmentEvent):
        return {recorded.stream_id: evolve_row(page.get(recorded.stream_id), recorded, event)}
    return {}


projection = Projection(
    name="assessment_trend",
    key="assessment_id",
    row=AssessmentEntry,
    columns=(Column("occurred_at", "timestamptz"),),
    clear=lambda row: (row.occurred_at,),
    types=types_of(*AssessmentEvent.__args__),
    # Not a form left incomplete: from a correction its row is there already.
    founding=types_of(AssessmentScored),
    touches=lambda recorded: (recorded.stream_id,),
    evolve=evolve,
)
