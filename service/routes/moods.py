"""/v1/moods: mood entries, logged, corrected and withdrawn."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events.moment import dated
from events.mood import MOOD, CorrectMood, LogMood, Rating, WithdrawMood
from events.text import Note, Reason, Tags
from service.asked import Asked
from service.commands import change, start
from service.entry_answers import MoodAnswer, mood_answer, read_entry
from service.forms import EntryReceipt, changed_receipt, entry_receipt
from service.operations import LOGGERS, READERS, command, read

TAG = "entries"
Instant = Annotated[
    datetime,
    msgspec.Meta(
        description="When it happened for the person, with their offset from UTC.",
        extra_json_schema={"format": "date-time"},
    ),
]


class NewMood(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mood from 1 to 10. Without `occurred_at` it is now."""

    rating: Rating
    occurred_at: Instant | None = None
    note: Note = ""
    tags: Tags = ()
    id: UUID | None = None


class MoodCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    rating: Rating | None = None
    occurred_at: Instant | None = None
    note: Note | None = None
    tags: Tags | None = None


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry was made in error, and why.

    The whole body may be left out: some proxies take the body of a DELETE away. Then the record has
    no reason. A reason never goes into the address, which others write down.
    """

    reason: Reason = ""


@post(
    "/v1/clients/{client_id:uuid}/moods",
    **command(
        roles=LOGGERS,
        tag=TAG,
        creates=True,
        answers=EntryReceipt,
        example={
            "rating": 6,
            "occurred_at": "2026-03-01T21:30:00+01:00",
            "note": "Walked by the lake.",
            "tags": ["outdoors"],
        },
    ),
)
async def log_mood(
    client_id: FromPath[UUID], data: JSONBody[NewMood], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Log a mood entry.

    It may arrive days late, with its own time. An app that is offline chooses the id, and sends
    it as often as it likes.
    """
    await asked.require_client(client_id)
    mood_id = asked.new_id(data.id)
    occurred_at = data.occurred_at or asked.now
    outcome = await start(
        asked,
        MOOD,
        MOOD.stream(asked.practice_id, mood_id, client_id=client_id),
        LogMood(
            mood_id=mood_id,
            client_id=client_id,
            rating=data.rating,
            occurred_at=occurred_at,
            now=asked.now,
            note=data.note,
            tags=data.tags,
        ),
        cause=asked.cause("log_mood", client_id, data),
        occurred_at=dated(occurred_at, now=asked.now),
    )
    return await entry_receipt(asked, outcome, mood_id, client_id, location=f"/v1/moods/{mood_id}")


@get(
    "/v1/moods/{mood_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=MoodAnswer, conditional=True, of_record=True),
)
async def show_mood(mood_id: FromPath[UUID], asked: NamedDependency[Asked]) -> Response[MoodAnswer]:
    """A mood entry as it stands, with every revision, and the ETag that correcting it asks for.

    It comes from the log itself, so it is never late. An app reads what it has recorded itself, and
    what a subscription of its own tells it.
    """
    shown = await read_entry(asked, MOOD, mood_id)
    return Response(mood_answer(shown), headers=shown.headers)


@put(
    "/v1/moods/{mood_id:uuid}",
    **command(
        roles=LOGGERS, tag=TAG, conditional=True, answers=EntryReceipt, example={"rating": 7}
    ),
)
async def correct_mood(
    mood_id: FromPath[UUID], data: JSONBody[MoodCorrection], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Correct a mood entry; the first version stays in the log."""
    outcome = await change(
        asked,
        MOOD,
        mood_id,
        CorrectMood(
            mood_id=mood_id,
            now=asked.now,
            rating=data.rating,
            occurred_at=data.occurred_at,
            note=data.note,
            tags=data.tags,
        ),
        cause=asked.cause("correct_mood", mood_id, data),
    )
    return await changed_receipt(asked, outcome, mood_id)


@delete(
    "/v1/moods/{mood_id:uuid}",
    **command(
        roles=LOGGERS,
        tag=TAG,
        conditional=True,
        body_optional=True,
        answers=EntryReceipt,
        example={"reason": "Entered for the wrong day."},
    ),
)
async def withdraw_mood(
    mood_id: FromPath[UUID], data: JSONBody[Withdrawal], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Withdraw a mood entry that was made in error; it no longer counts, and stays in the log."""
    outcome = await change(
        asked,
        MOOD,
        mood_id,
        WithdrawMood(mood_id=mood_id, reason=data.reason),
        cause=asked.cause("withdraw_mood", mood_id, data),
    )
    return await changed_receipt(asked, outcome, mood_id)


handlers = (log_mood, show_mood, correct_mood, withdraw_mood)
