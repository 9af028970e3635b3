"""How someone's mood went: a row per mood entry, and its summary by day in the client's zone."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import fsum
from typing import assert_never
from uuid import UUID

import msgspec

from events.moment import day_of
from events.mood import MoodCorrected, MoodEvent, MoodLogged, MoodWithdrawn
from events.record import Recorded
from projections.ewma import TAU_DAYS, ewma
from projections.rows import Changes, Column, Page, Projection, types_of
from projections.theil_sen import Trend, trend_of

# So long before the first day asked for, the average begins: 0.03 % is left of what was before.
LEAD_IN_DAYS = int(8 * TAU_DAYS)


class MoodEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One mood entry that was kept. `rating` is 1 to 10, `occurred_at` keeps its offset.

    `version` is that of the entry's stream; above 1 the entry was corrected.
    """

    mood_id: UUID
    client_id: UUID
    rating: int
    occurred_at: datetime
    note: str
    tags: tuple[str, ...]
    recorded_at: datetime
    version: int


def evolve_row(row: MoodEntry | None, recorded: Recorded, event: MoodEvent) -> MoodEntry | None:
    match event:
        case MoodLogged():
            return MoodEntry(
                mood_id=event.mood_id,
                client_id=event.client_id,
                rating=event.rating,
                occurred_at=event.occurred_at,
                note=event.note,
                tags=event.tags,
                recorded_at=recorded.recorded_at,
                version=recorded.version,
            )
        case MoodCorrected():
            return row and msgspec.structs.replace(
                row,
                rating=event.rating,
                occurred_at=event.occurred_at,
                note=event.note,
                tags=event.tags,
                version=recorded.version,
            )
        case MoodWithdrawn():
            return None
        case _:
            assert_never(event)


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if isinstance(event, MoodEvent):
        return {recorded.stream_id: evolve_row(page.get(recorded.stream_id), recorded, event)}
    return {}


projection = Projection(
    name="mood_trend",
    key="mood_id",
    row=MoodEntry,
    columns=(Column("occurred_at", "timestamptz"),),
    clear=lambda row: (row.occurred_at,),
    types=types_of(MoodLogged, MoodCorrected, MoodWithdrawn),
    founding=types_of(MoodLogged),
    touches=lambda recorded: (recorded.stream_id,),
    evolve=evolve,
)


class MoodDay(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one day in the client's zone, ratings from 1 to 10.

    `ewma` is the average of the days' means up to this one, in which a day counts the less the
    longer ago it is: after seven days 1/e of what it counted (tau = 7 days).
    """

    on: date
    mean: float
    count: int
    low: int
    high: int
    ewma: float


class MoodByDay(msgspec.Struct, frozen=True, kw_only=True):
    """The days that have entries; a day without any is absent, because nothing is known of it.

    `coverage` is the share of days with an entry, from 0 to 1. The trend is over the days' means,
    each day a point; its slope is in points of the rating a week.
    """

    from_on: date
    to_on: date
    days: tuple[MoodDay, ...]
    days_with_entries: int
    days_in_range: int
    coverage: float
    trend: Trend


def lead_in(from_on: date) -> date:
    """The first day whose entries the averages shown from a day on are made of."""
    earliest = date.min + timedelta(days=LEAD_IN_DAYS)
    return max(from_on, earliest) - timedelta(days=LEAD_IN_DAYS)


def by_day(entries: Iterable[MoodEntry], *, zone: str, from_on: date, to_on: date) -> MoodByDay:
    """Both ends count. Missing days are never filled in: people log less when they feel worse.

    Entries from `lead_in` on are wanted: the averages of the first days shown depend on them.
    """
    ratings: dict[date, list[int]] = defaultdict(list)
    begins_on = lead_in(from_on)
    for entry in entries:
        on = day_of(entry.occurred_at, zone)
        if begins_on <= on <= to_on:
            ratings[on].append(entry.rating)
    known = sorted(ratings)
    means = {on: fsum(ratings[on]) / len(ratings[on]) for on in known}
    averages = ewma([on.toordinal() for on in known], list(means.values()))
    days = tuple(
        MoodDay(
            on=on,
            mean=means[on],
            count=len(ratings[on]),
            low=min(ratings[on]),
            high=max(ratings[on]),
            ewma=average,
        )
        for on, average in zip(known, averages, strict=True)
        if on >= from_on
    )
    in_range = max(0, (to_on - from_on).days + 1)
    return MoodByDay(
        from_on=from_on,
        to_on=to_on,
        days=days,
        days_with_entries=len(days),
        days_in_range=in_range,
        coverage=len(days) / in_range if in_range else 0.0,
        trend=trend_of(
            [day.on.toordinal() for day in days],
            [day.mean for day in days],
            neighbours_alike=True,
        ),
    )
