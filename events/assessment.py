"""An assessment: an instrument's total at one moment, corrected or withdrawn if need be."""

from datetime import datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events import instruments
from events.decider import Decider, StateRefused
from events.measure import ScoreValue
from events.moment import believable
from events.text import Note, Reason

CATEGORY = "assessment"

Answers = Annotated[tuple[Annotated[int, Meta(ge=0, le=100)], ...], Meta(max_length=100)]

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class AssessmentFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one assessment."""


class AssessmentScored(AssessmentFact, frozen=True, kw_only=True, tag="assessment.scored.v1"):
    assessment_id: UUID
    client_id: UUID
    instrument: str
    total: float
    occurred_at: datetime
    answers: tuple[int, ...] | None = None
    note: str = ""


class AssessmentCorrected(AssessmentFact, frozen=True, kw_only=True, tag="assessment.corrected.v1"):
    assessment_id: UUID
    instrument: str
    from_total: float
    total: float
    from_occurred_at: datetime
    occurred_at: datetime
    answers: tuple[int, ...] | None = None
    note: str = ""


class AssessmentWithdrawn(AssessmentFact, frozen=True, kw_only=True, tag="assessment.withdrawn.v1"):
    assessment_id: UUID
    instrument: str
    reason: str


AssessmentEvent = AssessmentScored | AssessmentCorrected | AssessmentWithdrawn


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one assessment."""

    stage: Literal["unset", "kept", "withdrawn"] = "unset"
    instrument: str = ""
    total: float = 0.0
    occurred_at: datetime | None = None
    answers: tuple[int, ...] | None = None
    note: str = ""


def evolve(assessment: Assessment, event: AssessmentEvent) -> Assessment:
    match event:
        case AssessmentScored() | AssessmentCorrected():
            return Assessment(
                stage="kept",
                instrument=event.instrument,
                total=event.total,
                occurred_at=event.occurred_at,
                answers=event.answers,
                note=event.note,
            )
        case AssessmentWithdrawn():
            return msgspec.structs.replace(assessment, stage="withdrawn")
        case _:
            assert_never(event)


class ScoreAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is in the instrument's points; `answers`, where given, must add up to it."""

    assessment_id: UUID
    client_id: UUID
    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    total: ScoreValue
    occurred_at: datetime
    now: datetime
    answers: Answers | None = None
    note: Note = ""


class CorrectAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """The total is said anew, with its answers or without; a time or note left out stays."""

    assessment_id: UUID
    total: ScoreValue
    now: datetime
    occurred_at: datetime | None = None
    answers: Answers | None = None
    note: Note | None = None


class WithdrawAssessment(msgspec.Struct, frozen=True, kw_only=True):
    assessment_id: UUID
    reason: Reason


AssessmentCommand = ScoreAssessment | CorrectAssessment | WithdrawAssessment


class AssessmentNotKept(StateRefused):
    """There is no assessment of this id to change, or it was withdrawn: record a new one."""


def decide(assessment: Assessment, command: AssessmentCommand) -> list[AssessmentEvent]:
    match command:
        case ScoreAssessment():
            return score_assessment(assessment, command)
        case CorrectAssessment():
            return correct_assessment(assessment, command)
        case WithdrawAssessment():
            return withdraw_assessment(assessment, command)
        case _:
            assert_never(command)


def score_assessment(assessment: Assessment, command: ScoreAssessment) -> list[AssessmentEvent]:
    if assessment.stage != "unset":
        return []
    instruments.require_score(command.instrument, command.total, command.answers)
    return [
        AssessmentScored(
            assessment_id=command.assessment_id,
            client_id=command.client_id,
            instrument=command.instrument,
            total=command.total,
            occurred_at=believable(command.occurred_at, now=command.now),
            answers=command.answers,
            note=command.note,
        )
    ]


def correct_assessment(assessment: Assessment, command: CorrectAssessment) -> list[AssessmentEvent]:
    if assessment.stage != "kept" or assessment.occurred_at is None:
        raise AssessmentNotKept
    instruments.require_score(assessment.instrument, command.total, command.answers)
    corrected = AssessmentCorrected(
        assessment_id=command.assessment_id,
        instrument=assessment.instrument,
        from_total=assessment.total,
        total=command.total,
        from_occurred_at=assessment.occurred_at,
        occurred_at=believable(command.occurred_at or assessment.occurred_at, now=command.now),
        answers=command.answers,
        note=assessment.note if command.note is None else command.note,
    )
    return [] if evolve(assessment, corrected) == assessment else [corrected]


def withdraw_assessment(
    assessment: Assessment, command: WithdrawAssessment
) -> list[AssessmentEvent]:
    if assessment.stage == "withdrawn":
        return []
    if assessment.stage != "kept":
        raise AssessmentNotKept
    return [
        AssessmentWithdrawn(
            assessment_id=command.assessment_id,
            instrument=assessment.instrument,
            reason=command.reason,
        )
    ]


decider: Decider[Assessment, AssessmentCommand, AssessmentEvent] = Decider(
    initial=Assessment(), evolve=evolve, decide=decide
)
