"""How routes take forms: with the flag that an answer raises, and what its sender reads at once."""

from datetime import datetime
from typing import TypeGuard
from uuid import UUID

import msgspec
import structlog
from litestar import Response
from msgspec import UNSET, UnsetType

from events import instruments
from events.aggregate import Stream
from events.answering import Answered, begin_assessment
from events.answering import correct_assessment as correct
from events.assessment import ASSESSMENT, CorrectAssessment, ScoreAssessment
from events.crisis import Told
from events.record import Cause
from events.safety_flag import SafetyFlagRaised, SafetyFlags
from events.safety_interlock import read_flags
from events.store import Outcome, VersionConflict
from service.asked import SELF_REPORTERS, Asked
from service.commands import mismatch, receipt
from service.in_time import in_time
from service.last_known import BESIDE_SECONDS
from service.operations import Receipt
from service.safety_answer import SafetyAnswer

log = structlog.get_logger("cairn.forms")


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
    answered = await begin_assessment(
        asked.cairn.store,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        self_reported=asked.principal.role in SELF_REPORTERS,
    )
    asked.note_recorded()
    return answered


async def correct_form(
    asked: Asked, assessment_id: UUID, command: CorrectAssessment, *, cause: Cause
) -> Answered:
    """Correct a form that the asker may see.

    It is taken even where nobody is on duty: the question was asked long ago, and an answer that is
    there is not turned away.
    """
    stream = ASSESSMENT.stream(asked.practice_id, assessment_id)
    try:
        answered = await correct(
            asked.cairn.store,
            stream,
            command,
            cause=cause,
            expected=asked.expected,
            admit=asked.admit_recorder,
        )
    except VersionConflict:
        raise mismatch(asked) from None
    asked.note_recorded()
    return answered


async def safety_answer_of_form(
    asked: Asked, answered: Answered, assessment_id: UUID, instrument_id: str
) -> SafetyAnswer | UnsetType:
    """What goes with a form that was taken."""
    return await safety_answer_about(
        asked, answered.outcome.client_id, assessment_id, instrument_id, raised=answered.flag
    )


async def safety_answer_about(
    asked: Asked,
    client_id: UUID | None,
    assessment_id: UUID,
    instrument_id: str,
    *,
    raised: SafetyFlagRaised | None = None,
) -> SafetyAnswer | UnsetType:
    """What has become of a form that is recorded, for the client or the app that has sent it.

    `raised` is the flag that was recorded with the form just now, if any was.
    """
    if not reads_it_themselves(client_id, asked):
        return UNSET
    told: Told = "taken"
    instrument = instruments.known().get(instrument_id)
    if instrument is not None and instrument.safety_item is not None:
        told = await told_of_form(asked, client_id, raised, assessment_id)
    known = asked.cairn.last_known
    await known.look_beside(asked.cairn.store, asked.practice_id, client_id, now=asked.now)
    return known.answer(asked.practice_id, client_id, told)


def reads_it_themselves(client_id: UUID | None, asked: Asked) -> TypeGuard[UUID]:
    """Whether the client reads the answer: who has sent something, or whose app has."""
    return client_id is not None and asked.principal.role in SELF_REPORTERS


async def told_of_form(
    asked: Asked, client_id: UUID, raised: SafetyFlagRaised | None, assessment_id: UUID
) -> Told:
    """Who was asked about a form that asks about death or self-harm: about it, and no other."""
    reading = read_flags(asked.cairn.store, asked.practice_id, client_id)
    try:
        flags: SafetyFlags = (await in_time(reading, BESIDE_SECONDS)).state
    except Exception as error:
        # The form is recorded, and is answered as recorded. That it is taken is true of any.
        log.warning("flags_of_form_not_read", exc_info=error, request_id=asked.request_id)
        return "asked" if raised is not None and raised.to else "taken"
    newest = next(reversed(flags.of_form(assessment_id)), None)
    if newest is None or newest.asked is None:
        return "not_asked"
    return "seen" if newest.acknowledged else "asked"


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


async def changed_receipt(
    asked: Asked, outcome: Outcome, subject_id: UUID
) -> Response[EntryReceipt]:
    """The answer to a change of an entry or of a goal, told to the client whose it is."""
    is_told = asked.principal.role in SELF_REPORTERS
    client_id = outcome.client_id if is_told else None
    return await entry_receipt(asked, outcome, subject_id, client_id, etag=True)


async def entry_safety(asked: Asked, client_id: UUID | None) -> SafetyAnswer | UnsetType:
    """What goes with a mood, a check-in or a rest day that a client or their app has sent.

    As it was last known: an entry asks the log for it every few minutes. Where nobody knows whose
    the entry is, it is what the practice has chosen.
    """
    if asked.principal.role not in SELF_REPORTERS:
        return UNSET
    known = asked.cairn.last_known
    if client_id is not None and not known.is_fresh(asked.practice_id, client_id, asked.now):
        await known.look_beside(asked.cairn.store, asked.practice_id, client_id, now=asked.now)
    return known.answer(asked.practice_id, client_id, "entry")
