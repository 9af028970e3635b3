"""/v1/assessments: scores of questionnaires, recorded, corrected and withdrawn."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events import assessment
from events.assessment import Answers, CorrectAssessment, ScoreAssessment, WithdrawAssessment
from events.measure import ScoreValue
from events.store import Stream
from events.text import Note
from service.asked import Asked
from service.commands import change, receipt, start
from service.operations import LOGGERS, Receipt, command
from service.routes.moods import TAG, Instant, Withdrawal

InstrumentId = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=40, description="The id of an instrument: phq9, bdi2."),
]


class NewAssessment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An instrument's total, in its points. Answers, where given, must add up to it."""

    instrument: InstrumentId
    total: ScoreValue
    occurred_at: Instant | None = None
    answers: Answers | None = None
    note: Note = ""
    id: UUID | None = None


class AssessmentCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The total is said anew, with its answers or without; a time or note left out stays."""

    total: ScoreValue
    occurred_at: Instant | None = None
    answers: Answers | None = None
    note: Note | None = None


@post(
    "/v1/clients/{client_id:uuid}/assessments",
    **command(
        roles=LOGGERS,
        tag=TAG,
        creates=True,
        example={
            "instrument": "phq9",
            "total": 14,
            "occurred_at": "2026-03-01T09:00:00+01:00",
            "answers": [2, 2, 2, 2, 1, 2, 1, 1, 1],
        },
    ),
)
async def score_assessment(
    client_id: FromPath[UUID], data: JSONBody[NewAssessment], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Record the score of a questionnaire."""
    await asked.require_client(client_id)
    assessment_id = asked.new_id(data.id)
    occurred_at = data.occurred_at or asked.now
    outcome = await start(
        asked,
        assessment.decider,
        Stream(
            practice_id=asked.practice_id,
            stream_id=assessment_id,
            category=assessment.CATEGORY,
            client_id=client_id,
        ),
        ScoreAssessment(
            assessment_id=assessment_id,
            client_id=client_id,
            instrument=data.instrument,
            total=data.total,
            occurred_at=occurred_at,
            now=asked.now,
            answers=data.answers,
            note=data.note,
        ),
        cause=asked.cause("score_assessment", client_id, data),
        occurred_at=occurred_at,
    )
    location = f"/v1/assessments/{assessment_id}"
    return receipt(outcome, assessment_id, status=201, location=location)


@put(
    "/v1/assessments/{assessment_id:uuid}", **command(roles=LOGGERS, tag=TAG, example={"total": 13})
)
async def correct_assessment(
    assessment_id: FromPath[UUID],
    data: JSONBody[AssessmentCorrection],
    asked: NamedDependency[Asked],
) -> Response[Receipt]:
    """Correct an assessment; the first version stays in the log."""
    outcome = await change(
        asked,
        assessment.decider,
        assessment.CATEGORY,
        assessment_id,
        CorrectAssessment(
            assessment_id=assessment_id,
            total=data.total,
            now=asked.now,
            occurred_at=data.occurred_at,
            answers=data.answers,
            note=data.note,
        ),
        cause=asked.cause("correct_assessment", assessment_id, data),
    )
    return receipt(outcome, assessment_id)


@delete(
    "/v1/assessments/{assessment_id:uuid}",
    **command(roles=LOGGERS, tag=TAG, example={"reason": "Scored twice."}),
)
async def withdraw_assessment(
    assessment_id: FromPath[UUID], data: JSONBody[Withdrawal], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Withdraw an assessment that was recorded in error; it stays in the log."""
    outcome = await change(
        asked,
        assessment.decider,
        assessment.CATEGORY,
        assessment_id,
        WithdrawAssessment(assessment_id=assessment_id, reason=data.reason),
        cause=asked.cause("withdraw_assessment", assessment_id, data),
    )
    return receipt(outcome, assessment_id)


handlers = (score_assessment, correct_assessment, withdraw_assessment)
