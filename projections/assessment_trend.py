"""How someone's scores went: a row per assessment, and the change from baseline along them."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events.assessment import (
    AssessmentCorrected,
    AssessmentEvent,
    AssessmentScored,
    AssessmentWithdrawn,
)
from events.record import Recorded
from projections.rows import Changes, Column, Page, Projection, types_of


class AssessmentTrend(msgspec.Struct, frozen=True, kw_only=True):
    """One assessment that was kept. `total` is in the instrument's points.

    `position` is where its last version lies in the log, `version` that of its stream; above 1
    the assessment was corrected.
    """

    assessment_id: UUID
    client_id: UUID
    instrument: str
    total: float
    occurred_at: datetime
    answers: tuple[int, ...] | None
    note: str
    recorded_at: datetime
    position: int
    version: int


def evolve_row(
    row: AssessmentTrend | None, recorded: Recorded, event: AssessmentEvent
) -> AssessmentTrend | None:
    match event:
        case AssessmentScored():
            return AssessmentTrend(
                assessment_id=event.assessment_id,
                client_id=event.client_id,
                instrument=event.instrument,
                total=event.total,
                occurred_at=event.occurred_at,
                answers=event.answers,
                note=event.note,
                recorded_at=recorded.recorded_at,
                position=recorded.position,
                version=recorded.version,
            )
        case AssessmentCorrected():
            return row and msgspec.structs.replace(
                row,
                total=event.total,
                occurred_at=event.occurred_at,
                answers=event.answers,
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
    if isinstance(event, AssessmentScored | AssessmentCorrected | AssessmentWithdrawn):
        return {recorded.stream_id: evolve_row(page.get(recorded.stream_id), recorded, event)}
    return {}


projection = Projection(
    name="assessment_trend",
    key="assessment_id",
    row=AssessmentTrend,
    columns=(Column("occurred_at", "timestamptz"),),
    clear=lambda row: (row.occurred_at,),
    types=types_of(AssessmentScored, AssessmentCorrected, AssessmentWithdrawn),
    founding=types_of(AssessmentScored),
    touches=lambda recorded: (recorded.stream_id,),
    evolve=evolve,
)


class ScorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A score beside where it came from, in the instrument's points; down is negative.

    `percent_from_baseline` is absent where the baseline is 0, because it is undefined there.
    """

    assessment_id: UUID
    occurred_at: datetime
    total: float
    change_from_baseline: float
    percent_from_baseline: float | None
    change_from_previous: float | None
    version: int


class ScoreTrend(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one instrument in the order of time. Without scores there may be no baseline."""

    instrument: str
    baseline: float | None
    points: tuple[ScorePoint, ...]


def change_from_baseline(
    scores: Iterable[AssessmentTrend],
    *,
    instrument: str,
    baseline: float | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> ScoreTrend:
    """The scores of one instrument from an instant to before another, of all that there are.

    Instruments are never mixed in a series. The baseline is the one given (a goal's), else the
    first score in time, whether it lies in the range or not.
    """
    kept = sorted(
        (score for score in scores if score.instrument == instrument),
        key=lambda score: (score.occurred_at, score.position),
    )
    if not kept:
        return ScoreTrend(instrument=instrument, baseline=baseline, points=())
    first = kept[0].total if baseline is None else baseline
    points: list[ScorePoint] = []
    previous: float | None = None
    for score in kept:
        change, last, previous = score.total - first, previous, score.total
        if (from_at and score.occurred_at < from_at) or (to_at and score.occurred_at >= to_at):
            continue
        points.append(
            ScorePoint(
                assessment_id=score.assessment_id,
                occurred_at=score.occurred_at,
                total=score.total,
                change_from_baseline=change,
                percent_from_baseline=100 * change / first if first else None,
                change_from_previous=None if last is None else score.total - last,
                version=score.version,
            )
        )
    return ScoreTrend(instrument=instrument, baseline=first, points=tuple(points))
