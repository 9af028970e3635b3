"""How someone's scores on one instrument went: each beside where it came from, and the trend."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events import change
from events.change import ReliableChange, Yardstick, percent_change, yardstick_of
from events.instruments import Instrument
from events.moment import day_of
from projections.assessment_trend import AssessmentEntry
from projections.theil_sen import Trend, trend_of


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a score means, for those who treat: told to clinicians and auditors alone.

    `band` is the instrument's name for the range the total lies in. `reliable` is the change from
    the baseline with its Jacobson-Truax class, absent where the instrument's error is not known.
    `noticed` says whether the score is as much better as people notice themselves, `response` and
    `remission` are as the instrument's literature has them: all three absent where it gives no
    number, or where the baseline can not carry it. The baseline itself has none of them.
    """

    band: str | None
    reliable: ReliableChange | None
    noticed: bool | None
    response: bool | None
    remission: bool | None


class ScorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A score beside where it came from, in the instrument's points; down is negative.

    `percent_from_baseline` is absent where the baseline is 0, because it is undefined there, and
    on an instrument whose scores have no zero, as a T-score.
    `change_from_best` compares with the best score up to this one: 0 where this one is the best.
    `difficulty` is the answer, from 0 to 3, to how difficult the problems have made daily life,
    where it was given: it counts in no number. `version` is that of the record, above 1 where it
    was corrected, and `instrument_version` that of the form.
    """

    assessment_id: UUID
    occurred_at: datetime
    total: float
    change_from_baseline: float
    percent_from_baseline: float | None
    change_from_previous: float | None
    change_from_best: float
    standing: Standing | None
    version: int
    difficulty: int | None = None
    instrument_version: int = 1


class IncompleteForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form with answers missing: it has no total and counts in no number of the trend.

    `prorated` is what its total might have been, where few enough answers are missing to say so;
    `answered` of `asked` questions have an answer. Versions are as those of a score.
    """

    assessment_id: UUID
    occurred_at: datetime
    answered: int
    asked: int
    prorated: float | None
    version: int
    difficulty: int | None = None
    instrument_version: int = 1


class ScoreTrend(msgspec.Struct, frozen=True, kw_only=True):
    """Scores of one instrument in the order of time. Without scores there is no baseline.

    `baseline` is the first score there is and `best` the best, whether they lie in the days asked
    for or not; the points, the trend over them and the incomplete forms do. The slope is in
    points a week.
    """

    baseline: float | None
    baseline_at: datetime | None
    best: float | None
    trend: Trend
    points: tuple[ScorePoint, ...]
    incomplete: tuple[IncompleteForm, ...]


def score_trend(
    rows: Iterable[AssessmentEntry],
    instrument: Instrument,
    *,
    zone: str,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> ScoreTrend:
    """The scores of one instrument from an instant to before another, of all that there are.

    The trend is over the days of the client's `zone`, as that of moods and a replan's pace are:
    two weeks are fourteen days, whether or not the clocks have changed between.
    Instruments are never mixed in a series: not even BDI and BDI-II.
    """
    kept = sorted(
        (row for row in rows if row.instrument == instrument.id),
        key=lambda row: (row.occurred_at, row.founded),
    )
    scores = [(row, row.total) for row in kept if row.total is not None]
    points = tuple(
        point for point in points_of(scores, instrument) if within(point, from_at, to_at)
    )
    best = (min if instrument.better == "lower" else max)(
        (total for _, total in scores), default=None
    )
    return ScoreTrend(
        baseline=scores[0][1] if scores else None,
        baseline_at=scores[0][0].occurred_at if scores else None,
        best=best,
        trend=trend_of(
            [day_of(point.occurred_at, zone).toordinal() for point in points],
            [point.total for point in points],
        ),
        points=points,
        incomplete=tuple(
            incomplete_form(row)
            for row in kept
            if row.total is None and within(row, from_at, to_at)
        ),
    )


def within(
    one: ScorePoint | AssessmentEntry, from_at: datetime | None, to_at: datetime | None
) -> bool:
    return (from_at is None or one.occurred_at >= from_at) and (
        to_at is None or one.occurred_at < to_at
    )


def points_of(
    scores: Sequence[tuple[AssessmentEntry, float]], instrument: Instrument
) -> Iterator[ScorePoint]:
    """Every score, in the order of time, beside the first, the one before and the best so far."""
    yardstick = yardstick_of(instrument)
    previous: float | None = None
    best: float | None = None
    for row, total in scores:
        baseline = scores[0][1]
        best = total if best is None else better_of(instrument, best, total)
        yield ScorePoint(
            assessment_id=row.assessment_id,
            occurred_at=row.occurred_at,
            total=total,
            change_from_baseline=total - baseline,
            percent_from_baseline=percent_from(instrument, baseline, total),
            change_from_previous=None if previous is None else total - previous,
            change_from_best=total - best,
            standing=standing(instrument, yardstick, None if previous is None else baseline, total),
            version=row.version,
            difficulty=row.difficulty,
            instrument_version=row.instrument_version,
        )
        previous = total


def percent_from(instrument: Instrument, baseline: float, total: float) -> float | None:
    """The change in percent; None where 0 is no absence of anything: half a T-score is nothing."""
    return percent_change(baseline, total) if instrument.zero_is_none else None


def better_of(instrument: Instrument, one: float, other: float) -> float:
    return min(one, other) if instrument.better == "lower" else max(one, other)


def standing(
    instrument: Instrument, yardstick: Yardstick | None, baseline: float | None, total: float
) -> Standing:
    """What a total means by itself, and beside a baseline where there is one before it."""
    band = instrument.band_of(total)
    reliable = noticed = response = remission = None
    if baseline is not None:
        noticed = change.noticed(instrument, baseline, total)
        response = change.response(instrument, baseline, total)
        remission = change.remission(instrument, baseline, total)
        if yardstick is not None:
            reliable = change.reliable_change(yardstick, baseline, total)
    return Standing(
        band=None if band is None else band.name,
        reliable=reliable,
        noticed=noticed,
        response=response,
        remission=remission,
    )


def incomplete_form(row: AssessmentEntry) -> IncompleteForm:
    answers = row.answers or ()
    return IncompleteForm(
        assessment_id=row.assessment_id,
        occurred_at=row.occurred_at,
        answered=sum(answer is not None for answer in answers),
        asked=len(answers),
        prorated=row.prorated,
        version=row.version,
        difficulty=row.difficulty,
        instrument_version=row.instrument_version,
    )


def without_standing(trend: ScoreTrend) -> ScoreTrend:
    """The same facts without a verdict, for the client's own eyes."""
    points = tuple(msgspec.structs.replace(point, standing=None) for point in trend.points)
    return msgspec.structs.replace(trend, points=points)
