"""How routes take forms: with the flag that an answer raises, and what its sender reads at once."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response
from msgspec import UNSET, UnsetType

from events import assessment, client, instruments
from events.answering import Answered, begin_assessment
from events.answering import correct_assessment as correct
from events.assessment import CorrectAssessment, ScoreAssessment
from events.client import Client
from events.crisis import Told
from events.record import Cause
from events.safety_flag import SafetyFlags
from events.safety_interlock import read_flags
from events.store import Outcome, RecordUnreadable, Stream, VersionConflict, read_state
from service.asked import SELF_REPORTERS, Asked
from service.commands import mismatch, receipt
from service.operations import Receipt
from service.safety_answer import SafetyAnswer


async def take_form(
    asked: Asked,
    stream: Stream,
    command: ScoreAssessment,
    *,
    cause: Cause,
    occurred_at: datetime,
) -> Answered:
    """Record a new form, or answer as the first time.

    Raises what refuses it, NobodyOnDuty too; the door tells the client where a person is.
    """
    return await begin_assessment(
        asked.cairn.store,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        self_reported=asked.principal.role in SELF_REPORTERS,
    )


async def correct_form(
    asked: Asked, assessment_id: UUID, command: CorrectAssessment, *, cause: Cause
) -> Answered:
    """Correct a form that the asker may see.

    It is taken even where nobody is on duty: the question was asked long ago, and an answer that is
    there is not turned away.
    """
    stream = Stream(
        practice_id=asked.practice_id, stream_id=assessment_id, category=assessment.CATEGORY
    )
    try:
        return await correct(
            asked.cairn.store,
            stream,
            command,
            cause=cause,
            expected=asked.expected,
            admit=asked.admit_recorder,
        )
    except VersionConflict:
        raise mismatch(asked) from None


async def safety_answer_of_form(
    asked: Asked, answered: Answered, assessment_id: UUID, instrument_id: str
) -> SafetyAnswer | UnsetType:
    """What goes with a form that was taken."""
    client_id = answered.client_id
    if client_id is None or asked.principal.role not in SELF_REPORTERS:
        return UNSET
    told: Told = "taken"
    if instruments.named(instrument_id).safety_item is not None:
        told = await told_of_form(asked, client_id, assessment_id)
    return await safety_answer(asked, client_id, told)


async def told_of_form(asked: Asked, client_id: UUID, assessment_id: UUID) -> Told:
    """Who was asked about a form that asks about death or self-harm: about it, and no other."""
    flags: SafetyFlags = (await read_flags(asked.cairn.store, asked.practice_id, client_id)).state
    newest = next(reversed(flags.of_form(assessment_id)), None)
    if newest is None or newest.asked is None:
        return "not_asked"
    return "seen" if newest.acknowledged else "asked"


async def safety_answer(
    asked: Asked, client_id: UUID | None, told: Told
) -> SafetyAnswer | UnsetType:
    """What goes with the answer to a form that the client has sent, or their app for them."""
    if client_id is None or asked.principal.role not in SELF_REPORTERS:
        return UNSET
    known = asked.cairn.last_known
    await known.look(asked.cairn.store, asked.practice_id, client_id, now=asked.now)
    return known.answer(asked.practice_id, client_id, told)


class EntryReceipt(Receipt, frozen=True, kw_only=True):
    """A receipt; a client or an app is told with it where a person can be reached, and that notes
    are not read."""

    safety: SafetyAnswer | UnsetType = UNSET


async def entry_receipt(
    asked: Asked,
    outcome: Outcome,
    subject_id: UUID,
    client_id: UUID | None,
    *,
    location: str | None = None,
    etag: bool = False,
) -> Response[EntryReceipt]:
    """The answer to an entry; new where it has a `location`."""
    status = 200 if location is None else 201
    made = receipt(asked, outcome, subject_id, status=status, location=location, etag=etag)
    return Response(
        EntryReceipt(
            **msgspec.structs.asdict(made.content), safety=await entry_safety(asked, client_id)
        ),
        status_code=made.status_code,
        headers=made.headers,
    )


async def corrected_receipt(
    asked: Asked, outcome: Outcome, category: str, entry_id: UUID
) -> Response[EntryReceipt]:
    """The answer to a correction, told to the client whose entry it is."""
    client_id = asked.principal.client_id
    if client_id is None and asked.principal.role in SELF_REPORTERS:
        past = await asked.cairn.store.read_stream(asked.practice_id, category, entry_id)
        client_id = past[0].client_id if past else None
    return await entry_receipt(asked, outcome, entry_id, client_id, etag=True)


async def entry_safety(asked: Asked, client_id: UUID | None) -> SafetyAnswer | UnsetType:
    """What goes with a mood, a check-in or a rest day that a client or their app has sent.

    As it was last known: an entry asks the log for it every few minutes.
    """
    if client_id is None or asked.principal.role not in SELF_REPORTERS:
        return UNSET
    known = asked.cairn.last_known
    if not known.is_fresh(asked.practice_id, client_id, asked.now):
        await known.look(asked.cairn.store, asked.practice_id, client_id, now=asked.now)
    return known.answer(asked.practice_id, client_id, "entry")


async def client_told(asked: Asked, client_id: UUID) -> Client:
    """The country and language that a client has, if the record knows any: it says who, not what.

    Where a person can be reached is told to everybody, whoever they are and whatever is kept of
    them.
    """
    stream = Stream(practice_id=asked.practice_id, stream_id=client_id, category=client.CATEGORY)
    with suppress(RecordUnreadable):
        state: Client = (await read_state(asked.cairn.store, client.decider, stream)).state
        return state
    return client.decider.initial
