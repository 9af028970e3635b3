"""How routes take forms: with the flag that an answer raises, and what its sender reads at once."""

from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import msgspec

from events import assessment, client, instruments
from events.answering import Answered, begin_assessment
from events.answering import correct_assessment as correct
from events.assessment import CorrectAssessment, ScoreAssessment
from events.client import Client
from events.crisis import Told, crisis_help, notice, spoken
from events.decider import NotFound, Rejected
from events.practice_reading import read_practice
from events.record import Cause
from events.safety_flag import SafetyFlags
from events.safety_interlock import NobodyOnDuty, read_flags
from events.store import RecordUnreadable, Stream, VersionConflict, read_state
from service.asked import SELF_REPORTERS, Asked
from service.auth import RoleNotAllowed
from service.commands import mismatch
from service.safety_answer import FormRefused, SafetyAnswer


async def take_form(
    asked: Asked,
    stream: Stream,
    command: ScoreAssessment,
    *,
    cause: Cause,
    occurred_at: datetime,
) -> Answered:
    """Record a new form, or answer as the first time.

    Raises what refuses it, NobodyOnDuty too: inside a FormRefused where the client has sent it.
    """
    taking = begin_assessment(
        asked.cairn.store,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        self_reported=asked.principal.role in SELF_REPORTERS,
    )
    return await told_where(asked, command.client_id, taking)


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
    client_id = asked.principal.client_id
    if client_id is None and asked.principal.role in SELF_REPORTERS:
        past = await asked.cairn.store.read_stream(
            stream.practice_id, stream.category, stream.stream_id
        )
        client_id = past[0].client_id if past else None
    correcting = correct(
        asked.cairn.store,
        stream,
        command,
        cause=cause,
        expected=asked.expected,
        admit=asked.admit_recorder,
    )
    return await told_where(asked, client_id, correcting)


async def told_where(asked: Asked, client_id: UUID | None, taking: Awaitable[Answered]) -> Answered:
    """What came of a form. Raises FormRefused where the client, or their app, has sent it.

    Whatever was answered: somebody who has just said that they would be better off dead, and reads
    that the form was not taken, is told where a person can be reached. What the answers say is not
    asked, because a form that was refused may not say it well, and the lines do no harm.
    """
    try:
        return await taking
    except NotFound:
        raise  # Nothing is said about what is not theirs.
    except (Rejected, RoleNotAllowed, VersionConflict) as found:
        refusal = mismatch(asked) if isinstance(found, VersionConflict) else found
        told: Told = "nobody_on_duty" if isinstance(found, NobodyOnDuty) else "refused"
        safety = await safety_answer(asked, client_id, told)
        if isinstance(safety, SafetyAnswer):
            raise FormRefused(refusal, safety) from None
        raise refusal from None


async def safety_answer_of_form(
    asked: Asked, answered: Answered, assessment_id: UUID, instrument_id: str
) -> SafetyAnswer | msgspec.UnsetType:
    """What goes with a form that was taken."""
    client_id = answered.client_id
    if client_id is None or asked.principal.role not in SELF_REPORTERS:
        return msgspec.UNSET
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
) -> SafetyAnswer | msgspec.UnsetType:
    """What goes with the answer to a form that the client has sent, or their app for them."""
    if client_id is None or asked.principal.role not in SELF_REPORTERS:
        return msgspec.UNSET
    choices = await read_practice(asked.cairn.store, asked.practice_id)
    whom = await client_told(asked, client_id)
    found = crisis_help(whom.country or choices.country, whom.language, choices.crisis_lines)
    return SafetyAnswer(
        person_asked=told in {"asked", "seen"},
        person_notified=told == "seen",
        notice=notice(whom.language, told, has_helpline=found.has_helpline),
        language=spoken(whom.language),
        country=found.country,
        lines=found.lines,
        reviewed_on=found.reviewed_on,
        reviewed_by=found.reviewed_by,
    )


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
