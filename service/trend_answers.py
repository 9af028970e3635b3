"""What is told of trends, over HTTP and on the command line: how moods and scores went."""

import asyncio
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from events import instruments
from events.instruments import Instrument
from events.moment import end_of, start_of
from events.practice_reading import read_practice
from projections.mood_trend import MoodDay, by_day, lead_in
from projections.score_trend import IncompleteForm, ScorePoint, score_trend, without_standing
from projections.theil_sen import Trend
from service.wiring import Cairn

USUAL_DAYS = 84


class MoodTrendAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Mood by day in the client's zone. A day without an entry is absent, never guessed.

    `coverage` is the share of days that have an entry, from 0 to 1. `trend` is over the days'
    means, each day a point; its slope is in points of the rating a week.
    """

    client_id: UUID
    zone: str
    from_on: date
    to_on: date
    days: tuple[MoodDay, ...]
    days_with_entries: int
    days_in_range: int
    coverage: float
    trend: Trend


class ScoreTrendAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one instrument, each beside the first there is (the baseline).

    `trend` is over the scores in the days asked for; its slope is in points a week. Incomplete
    forms are listed apart and count in no number. What a score means (`standing`) is told to
    clinicians and auditors alone.
    """

    client_id: UUID
    instrument: str
    name: str
    better: str
    minimum: float
    maximum: float
    baseline: float | None
    baseline_at: datetime | None
    best: float | None
    trend: Trend
    points: tuple[ScorePoint, ...]
    incomplete: tuple[IncompleteForm, ...]


def days_up_to(last: date) -> tuple[date, date]:
    """The days that are looked at unless somebody asks for others: twelve weeks."""
    return last - timedelta(days=USUAL_DAYS - 1), last


async def mood_trend_answer(
    cairn: Cairn, practice_id: UUID, client_id: UUID, *, zone: str, from_on: date, to_on: date
) -> MoodTrendAnswer:
    """A client's mood by day. Raises RangeTooLong."""
    entries = await cairn.views.moods(
        practice_id,
        client_id,
        from_at=start_of(lead_in(from_on), zone),
        to_at=end_of(to_on, zone),
    )
    # In a thread: comparing all pairs of very many days takes a while.
    trend = await asyncio.to_thread(by_day, entries, zone=zone, from_on=from_on, to_on=to_on)
    return MoodTrendAnswer(client_id=client_id, zone=zone, **msgspec.structs.asdict(trend))


async def score_trend_answer(
    cairn: Cairn,
    practice_id: UUID,
    client_id: UUID,
    instrument: Instrument,
    *,
    zone: str,
    told_all: bool,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> ScoreTrendAnswer:
    """A client's scores on an instrument, judged by the practice's norms. Raises RangeTooLong.

    `zone` is the client's: the trend goes by their days.

    Who is not `told_all` is told what they are, the facts without a verdict.
    """
    scores = await cairn.views.assessments(practice_id, client_id, instrument=instrument.id)
    practice = await read_practice(cairn.store, practice_id)
    judged_by = instruments.with_norms(instrument, practice.norms.get(instrument.id))
    trend = await asyncio.to_thread(
        score_trend, scores, judged_by, zone=zone, from_at=from_at, to_at=to_at
    )
    if not told_all:
        trend = without_standing(trend)
    return ScoreTrendAnswer(
        client_id=client_id,
        instrument=instrument.id,
        name=instrument.name,
        better=instrument.better,
        minimum=instrument.minimum,
        maximum=instrument.maximum,
        **msgspec.structs.asdict(trend),
    )
