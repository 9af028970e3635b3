"""/v1/clients/{id}/trends and /timeline: how it went, and everything in order."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from events import client, instruments
from events.catalogue import types as all_types
from events.client import CLIENT
from events.moment import EARLIEST_YEAR, LATEST_YEAR, day_of, end_of, start_of
from events.refusals import NotFound
from events.safety_interlock import is_flag_open
from events.selection import names_type
from projections.event_names import timeline_kind
from projections.timeline import TimelineEntry
from projections.told_event import without_positions
from projections.told_position import event_named
from service.asked import Asked
from service.commands import read_stream
from service.cursors import CURSOR, Place, cursor_of, place_in
from service.goal_answers import is_by_clinician
from service.operations import READERS, RECORD_READERS, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.problems import ParameterRefused
from service.routes.trend_examples import MOOD, SCORES
from service.trend_answers import (
    MoodTrendAnswer,
    ScoreTrendAnswer,
    days_up_to,
    mood_trend_answer,
    score_trend_answer,
)

TAG = "trends"
LIST = "timeline"
LONGEST_DAYS = 3660
# Flags, drafts and notices are for the clinician: a client reads what was released to them.
_FOR_THE_CLINICIAN = ("safety_flag.*", "suggestion.*", "goal.found_at_risk.*", "goal.target_met.*")
_RELEASED = "suggestion.released.*"

FromDay = Annotated[
    date | None,
    QueryParameter(name="from", description="The first day, in the client's own time zone."),
]
ToDay = Annotated[
    date | None,
    QueryParameter(name="to", description="The last day; left out, the client's today."),
]


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    items: list[TimelineEntry]
    next: str | None


@get(
    "/v1/clients/{client_id:uuid}/trends/mood",
    **read(roles=READERS, tag=TAG, answers=MoodTrendAnswer, answer_example=MOOD),
)
async def show_mood_trend(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    from_on: FromDay = None,
    to_on: ToDay = None,
) -> Response[MoodTrendAnswer]:
    """Mood by day: mean, count, low, high, moving average, and which way it went.

    `ewma` is the average of the days' means in which a day counts the less the longer ago it is
    (tau = 7 days). The trend is the Theil-Sen slope with its 95 % interval, the wider the more
    neighbouring days resemble each other; a direction is named from 5 days with entries over 14
    days whose interval excludes zero. Nothing is made up for days without an entry: `coverage`
    says how many have one.
    """
    enrolled = await read_client(asked, client_id)
    first, last = days_asked(from_on, to_on, today=day_of(asked.now, enrolled.zone))
    position = await asked.position_of("mood_trend")
    answer = await mood_trend_answer(
        asked.cairn,
        asked.practice_id,
        client_id,
        zone=enrolled.zone,
        from_on=first,
        to_on=last,
    )
    return Response(answer, headers=asked.headers_at(position))


@get(
    "/v1/clients/{client_id:uuid}/trends/{instrument:str}",
    **read(roles=READERS, tag=TAG, answers=ScoreTrendAnswer, answer_example=SCORES),
)
async def show_score_trend(
    client_id: FromPath[UUID],
    instrument: Annotated[
        str, PathParameter(description="The id of an instrument: phq9, gad7, bdi2.")
    ],
    asked: NamedDependency[Asked],
    from_on: FromDay = None,
    to_on: ToDay = None,
) -> Response[ScoreTrendAnswer]:
    """The scores of one instrument: change from baseline, from best, class, and the trend.

    For clinicians and auditors each score says its band, the reliable change index with its
    Jacobson-Truax class and the numbers it was computed with, whether the score is as much better
    as people notice themselves, response and remission; a practice's own norms are used where it
    has set them. The trend is the Theil-Sen slope over the days of the client's own zone with its
    95 % interval; a direction is named from scores on 5 days over 14 days whose interval excludes
    zero.
    """
    enrolled = await read_client(asked, client_id)
    if (known := instruments.known().get(instrument)) is None:
        raise NotFound
    from_at = instant_at(start_of, from_on, "from", enrolled.zone)
    to_at = instant_at(end_of, to_on, "to", enrolled.zone)
    if from_at and to_at and from_at >= to_at:
        raise ParameterRefused("from", "Expected a first day that does not come after the last.")
    position = await asked.position_of("assessment_trend")
    answer = await score_trend_answer(
        asked.cairn,
        asked.practice_id,
        client_id,
        known,
        zone=enrolled.zone,
        told_all=asked.told_all,
        from_at=from_at,
        to_at=to_at,
    )
    return Response(answer, headers=asked.headers_at(position))


@get(
    "/v1/clients/{client_id:uuid}/timeline",
    **read(roles=RECORD_READERS, tag=TAG, answers=Timeline),
)
async def show_timeline(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[Timeline]:
    """Everything of a client, newest first, in pages.

    It comes from the log itself, so it is never late. What was corrected or withdrawn says so.
    """
    await asked.require_client(client_id)
    before = place_in(cursor, of=LIST).before
    if before is not None:
        before = await asked.sent_position(before, parameter=CURSOR)
    head = await asked.cairn.store.head(asked.practice_id)
    types = await types_told(asked, client_id)
    entries = await asked.cairn.views.timeline(
        asked.practice_id, client_id, before=before, limit=limit, types=types
    )
    last = entries[-1].position if len(entries) == limit else None
    after = None if last is None else cursor_of(Place(of=LIST, before=asked.told_position(last)))
    if asked.principal.role == "client":
        entries = [for_the_client(one, asked) for one in entries]
    return Response(Timeline(items=entries, next=after), headers=asked.headers_at(head))


async def types_told(asked: Asked, client_id: UUID) -> list[str] | None:
    """The types of events that a client is told; None for whoever is told all.

    Of a type that a newer release has recorded nobody here knows whether a client may read it.
    """
    if asked.principal.role != "client":
        return None
    told = [one for one in all_types() if not named_by(_FOR_THE_CLINICIAN, one)]
    if not await is_flag_open(asked.cairn.store, asked.practice_id, client_id):
        told += [one for one in all_types() if names_type(_RELEASED, one)]
    return told


def named_by(patterns: Iterable[str], type_: str) -> bool:
    return any(names_type(one, type_) for one in patterns)


def for_the_client(entry: TimelineEntry, asked: Asked) -> TimelineEntry:
    """In the words a client reads (a date passes, nobody misses it), without a clinician's note."""
    of = event_named(entry.subject_id, entry.version)
    entry = msgspec.structs.replace(entry, position=asked.told_position(entry.position, of=of))
    if entry.details is not None:
        details = without_positions(entry.details)
        if is_by_clinician(entry.actor):
            details.pop("note", None)
        entry = msgspec.structs.replace(entry, details=details)
    return msgspec.structs.replace(entry, kind=timeline_kind(entry.type, for_the_client=True))


async def read_client(asked: Asked, client_id: UUID) -> client.Client:
    """The client as the log knows them. Raises NotFound."""
    asked.principal.require_client(client_id)
    enrolled = await read_stream(asked, CLIENT, client_id)
    known: client.Client = enrolled.state
    return known


def days_asked(from_on: date | None, to_on: date | None, *, today: date) -> tuple[date, date]:
    """The first and the last day; twelve weeks up to today unless said. Raises ParameterRefused."""
    last = believable(to_on, "to") or today
    first = believable(from_on, "from") or days_up_to(last)[0]
    if first > last:
        raise ParameterRefused("from", "Expected a first day that does not come after the last.")
    if (last - first).days >= LONGEST_DAYS:
        raise ParameterRefused("from", "Expected a range of ten years at the most.")
    return first, last


def believable(day: date | None, parameter: str) -> date | None:
    if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ParameterRefused(parameter, "Expected a day between the years 1900 and 2200.")
    return day


def instant_at(
    edge: Callable[[date, str], datetime], day: date | None, parameter: str, zone: str
) -> datetime | None:
    known = believable(day, parameter)
    return None if known is None else edge(known, zone)


handlers = (show_mood_trend, show_score_trend, show_timeline)
