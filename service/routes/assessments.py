"""/v1/assessments: filled-in questionnaires, recorded, corrected and withdrawn."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from events.answering import Answered
from events.assessment import (
    ASSESSMENT,
    Answers,
    CorrectAssessment,
    ScoreAssessment,
    WithdrawAssessment,
)
from events.instruments import Difficulty, SuicideItem
from events.measure import ScoreValue
from events.moment import dated
from events.practice_reading import read_practice
from events.text import Note
from service.asked import Asked
from service.commands import change, read_stream, receipt
from service.entry_answers import AssessmentAnswer, assessment_answer, read_entry
from service.forms import correct_form, safety_answer_of_form, take_form
from service.operations import LOGGERS, READERS, Receipt, command, read
from service.routes.moods import TAG, Instant, Withdrawal
from service.safety_answer import SafetyAnswer

InstrumentId = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=40, description="The id of an instrument: phq9, bdi2."),
]


SuicideItemSaid = Annotated[
    SuicideItem | None,
    msgspec.Meta(
        description="How the item about suicide was answered, from 0 up, or `not_recorded`: needed "
        "with a total, which hides it, of every instrument that has such an item."
    ),
]
DifficultySaid = Annotated[
    Difficulty | None,
    msgspec.Meta(
        description="How difficult the problems have made daily life, where the instrument asks "
        "(PHQ-9): 0 not at all, 3 extremely. It counts in no number."
    ),
]


EXAMPLES: dict[str, Any] = {
    "answers": {
        "instrument": "phq8",
        "occurred_at": "2026-03-01T09:00:00+01:00",
        "answers": [2, 2, 2, 2, 1, 2, 1, 1],
    },
    "answer_left_out": {"instrument": "gad7", "answers": [2, 2, 1, None, 0, 1, 1]},
    "total_with_suicide_item": {
        "instrument": "phq9",
        "occurred_at": "2026-02-02T09:00:00+01:00",
        "total": 12,
        "suicide_item": 0,
    },
    "total_that_does_not_tell": {
        "instrument": "bdi2",
        "occurred_at": "2026-02-02T09:00:00+01:00",
        "total": 28,
        "suicide_item": "not_recorded",
    },
    "item_about_suicide_endorsed": {
        "instrument": "phq9",
        "answers": [3, 3, 2, 3, 2, 3, 2, 2, 1],
    },
}


class NewAssessment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers in the order of the items, null for one left out; or the total, in points.

    Complete answers come to a total by the instrument's own rule; given too, it must be theirs.
    A form with answers missing has none.
    """

    # What the first release did not have, for events.record.digest.
    LATER: ClassVar = ("suicide_item", "difficulty")

    instrument: InstrumentId
    total: ScoreValue | None = None
    occurred_at: Instant | None = None
    answers: Answers | None = None
    note: Note = ""
    id: UUID | None = None
    suicide_item: SuicideItemSaid = None
    difficulty: DifficultySaid = None


class AssessmentCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The score is said anew, as for a new one; a time or note left out stays."""

    LATER: ClassVar = ("suicide_item", "difficulty")

    total: ScoreValue | None = None
    occurred_at: Instant | None = None
    answers: Answers | None = None
    note: Note | None = None
    suicide_item: SuicideItemSaid = None
    difficulty: DifficultySaid = None


class AssessmentReceipt(Receipt, frozen=True, kw_only=True):
    """A receipt, and what the form came to: a total where it is complete, else none.

    `prorated` is an estimate for a form with few enough answers missing: no score, and counted
    nowhere as one. Clinicians are told `flag_id`, the safety flag that the form raised; clients and
    their apps `safety`, to be shown to the client at once.
    """

    complete: bool
    total: float | None
    prorated: float | None
    flag_id: UUID | UnsetType = UNSET
    safety: SafetyAnswer | UnsetType = UNSET


@post(
    "/v1/clients/{client_id:uuid}/assessments",
    **command(
        roles=LOGGERS,
        tag=TAG,
        creates=True,
        answers=AssessmentReceipt,
        examples=EXAMPLES,
    ),
)
async def score_assessment(
    client_id: FromPath[UUID], data: JSONBody[NewAssessment], asked: NamedDependency[Asked]
) -> Response[AssessmentReceipt]:
    """Record a filled-in questionnaire: its answers, or its total alone.

    What a client or their app has sent is answered with `safety`, to be shown to the client at
    once: in the receipt, and in the problem where the form is refused. Where nobody is on duty to
    see an answer about suicide, a form that asks about it is refused (409): its answers, whoever
    sends them, and what a client or an app sends at all. A total with `suicide_item` that a
    clinician records tells of a form that somebody has seen, and is taken, with its flag.
    """
    await asked.require_client(client_id)
    assessment_id = asked.new_id(data.id)
    occurred_at = data.occurred_at or asked.now
    answered = await take_form(
        asked,
        ASSESSMENT.stream(asked.practice_id, assessment_id, client_id=client_id),
        ScoreAssessment(
            assessment_id=assessment_id,
            client_id=client_id,
            instrument=data.instrument,
            total=data.total,
            occurred_at=occurred_at,
            now=asked.now,
            answers=data.answers,
            suicide_item=data.suicide_item,
            difficulty=data.difficulty,
            note=data.note,
            missing_allowed=await missing_allowed(asked, data.answers),
        ),
        cause=asked.cause("score_assessment", client_id, data),
        occurred_at=dated(occurred_at, now=asked.now),
    )
    return await assessed(asked, answered, assessment_id, created=True)


@get(
    "/v1/assessments/{assessment_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=AssessmentAnswer, conditional=True, of_record=True),
)
async def show_assessment(
    assessment_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[AssessmentAnswer]:
    """A form as it stands, with every revision, and the ETag that correcting it asks for.

    It comes from the log itself, so it is never late. An app reads what it has recorded itself, and
    what a subscription of its own tells it.
    """
    shown = await read_entry(asked, ASSESSMENT, assessment_id)
    return Response(await assessment_answer(shown), headers=shown.headers)


@put(
    "/v1/assessments/{assessment_id:uuid}",
    **command(
        roles=LOGGERS,
        tag=TAG,
        conditional=True,
        answers=AssessmentReceipt,
        example={"answers": [2, 2, 2, 2, 1, 2, None, 1]},
    ),
)
async def correct_assessment(
    assessment_id: FromPath[UUID],
    data: JSONBody[AssessmentCorrection],
    asked: NamedDependency[Asked],
) -> Response[AssessmentReceipt]:
    """Correct an assessment, or complete it; the first version stays in the log."""
    answered = await correct_form(
        asked,
        assessment_id,
        CorrectAssessment(
            assessment_id=assessment_id,
            total=data.total,
            now=asked.now,
            occurred_at=data.occurred_at,
            answers=data.answers,
            suicide_item=data.suicide_item,
            difficulty=data.difficulty,
            note=data.note,
            missing_allowed=await missing_allowed(asked, data.answers),
        ),
        cause=asked.cause("correct_assessment", assessment_id, data),
    )
    return await assessed(asked, answered, assessment_id)


@delete(
    "/v1/assessments/{assessment_id:uuid}",
    **command(
        roles=LOGGERS,
        tag=TAG,
        conditional=True,
        body_optional=True,
        example={"reason": "Scored twice."},
    ),
)
async def withdraw_assessment(
    assessment_id: FromPath[UUID], data: JSONBody[Withdrawal], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Withdraw an assessment that was recorded in error; it stays in the log."""
    outcome = await change(
        asked,
        ASSESSMENT,
        assessment_id,
        WithdrawAssessment(assessment_id=assessment_id, reason=data.reason),
        cause=asked.cause("withdraw_assessment", assessment_id, data),
    )
    return receipt(asked, outcome, assessment_id, etag=True)


async def missing_allowed(asked: Asked, answers: Answers | None) -> dict[str, int]:
    """How many answers may be missing by the practice's norms; looked up where some are."""
    if answers is None or None not in answers:
        return {}
    practice = await read_practice(asked.cairn.store, asked.practice_id)
    return practice.missing_allowed


async def assessed(
    asked: Asked, answered: Answered, assessment_id: UUID, *, created: bool = False
) -> Response[AssessmentReceipt]:
    """The receipt with what the form came to: what was recorded, or is there already."""
    outcome, flag = answered.outcome, answered.flag
    if outcome.events:
        form = ASSESSMENT.fold(outcome.events)
    else:
        found = await read_stream(asked, ASSESSMENT, assessment_id)
        # A repeat is answered as the form was then, whatever has become of it since.
        then: list[Any] = [one.event for one in found.past[: outcome.version]]
        form = ASSESSMENT.fold(then)
    plain = receipt(
        asked,
        outcome,
        assessment_id,
        status=201 if created else 200,
        location=f"/v1/assessments/{assessment_id}" if created else None,
        etag=not created,
    )
    answer = AssessmentReceipt(
        **msgspec.structs.asdict(plain.content),
        complete=form.total is not None,
        total=form.total,
        prorated=form.prorated,
        flag_id=flag.flag_id if flag and asked.principal.role == "clinician" else UNSET,
        safety=await safety_answer_of_form(asked, answered, assessment_id, form.instrument),
    )
    return Response(answer, status_code=plain.status_code, headers=plain.headers)


handlers = (score_assessment, show_assessment, correct_assessment, withdraw_assessment)
