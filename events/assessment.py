"""An assessment: a filled-in instrument at one moment, corrected or withdrawn if need be."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from events import instruments
from events.aggregate import Aggregate
from events.instruments import Difficulty, Endorsed, SuicideItem
from events.measure import ScoreValue
from events.moment import believable, said_ahead
from events.refusals import StateRefused, require_all
from events.text import Note, OptionalReason

# In the order of the items; null is an item that was left out.
Answers = Annotated[tuple[Annotated[int, Meta(ge=0, le=100)] | None, ...], Meta(max_length=100)]

# As it is stored: from 0 up, or said not to be recorded, or not said.
StoredSuicideItem = int | Literal["not_recorded"] | None

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class AssessmentFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one assessment.

    `instrument_version` is that of the form by whose wording and rule the answers and the total
    were taken; before it was recorded there was one version of each. Where the sender's clock was
    ahead, `said_at` is what that clock said, `occurred_at` our own.
    """


class AssessmentScored(AssessmentFact, frozen=True, kw_only=True, tag="assessment.scored.v1"):
    assessment_id: UUID
    client_id: UUID
    instrument: str
    total: float
    occurred_at: datetime
    answers: tuple[int, ...] | None = None
    note: str = ""
    suicide_item: StoredSuicideItem = None
    difficulty: int | None = None
    instrument_version: int = 1
    said_at: datetime | UnsetType = UNSET


class AssessmentCorrected(AssessmentFact, frozen=True, kw_only=True, tag="assessment.corrected.v1"):
    assessment_id: UUID
    instrument: str
    from_total: float
    total: float
    from_occurred_at: datetime
    occurred_at: datetime
    answers: tuple[int, ...] | None = None
    note: str = ""
    suicide_item: StoredSuicideItem = None
    difficulty: int | None = None
    instrument_version: int = 1
    said_at: datetime | UnsetType = UNSET


class AssessmentWithdrawn(AssessmentFact, frozen=True, kw_only=True, tag="assessment.withdrawn.v1"):
    assessment_id: UUID
    instrument: str
    reason: str


class AssessmentLeftIncomplete(
    AssessmentFact, frozen=True, kw_only=True, tag="assessment.left_incomplete.v1"
):
    """A form with answers missing (None): there is no total, `prorated` is an estimate.

    From a correction, `from_total` is the total that no longer stands.
    """

    assessment_id: UUID
    client_id: UUID
    instrument: str
    answers: tuple[int | None, ...]
    occurred_at: datetime
    prorated: float | None = None
    from_total: float | None = None
    from_occurred_at: datetime | None = None
    note: str = ""
    difficulty: int | None = None
    instrument_version: int = 1
    said_at: datetime | UnsetType = UNSET


class AssessmentCompleted(AssessmentFact, frozen=True, kw_only=True, tag="assessment.completed.v1"):
    """A form that was incomplete has a total now."""

    assessment_id: UUID
    instrument: str
    total: float
    from_occurred_at: datetime
    occurred_at: datetime
    answers: tuple[int, ...] | None = None
    note: str = ""
    suicide_item: StoredSuicideItem = None
    difficulty: int | None = None
    instrument_version: int = 1
    said_at: datetime | UnsetType = UNSET


AssessmentEvent = (
    AssessmentScored
    | AssessmentCorrected
    | AssessmentWithdrawn
    | AssessmentLeftIncomplete
    | AssessmentCompleted
)


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one assessment. An incomplete one has no total."""

    stage: Literal["unset", "kept", "withdrawn"] = "unset"
    client_id: UUID | None = None
    instrument: str = ""
    total: float | None = None
    prorated: float | None = None
    occurred_at: datetime | None = None
    answers: tuple[int | None, ...] | None = None
    suicide_item: StoredSuicideItem = None
    difficulty: int | None = None
    note: str = ""


def evolve(assessment: Assessment, event: AssessmentEvent) -> Assessment:
    match event:
        case AssessmentScored():
            return with_total(msgspec.structs.replace(assessment, client_id=event.client_id), event)
        case AssessmentCorrected() | AssessmentCompleted():
            return with_total(assessment, event)
        case AssessmentLeftIncomplete():
            return Assessment(
                stage="kept",
                client_id=event.client_id,
                instrument=event.instrument,
                prorated=event.prorated,
                occurred_at=event.occurred_at,
                answers=event.answers,
                difficulty=event.difficulty,
                note=event.note,
            )
        case AssessmentWithdrawn():
            return msgspec.structs.replace(assessment, stage="withdrawn")
        case _:
            assert_never(event)


def with_total(
    assessment: Assessment, event: AssessmentScored | AssessmentCorrected | AssessmentCompleted
) -> Assessment:
    return Assessment(
        stage="kept",
        client_id=assessment.client_id,
        instrument=event.instrument,
        total=event.total,
        occurred_at=event.occurred_at,
        answers=event.answers,
        suicide_item=event.suicide_item,
        difficulty=event.difficulty,
        note=event.note,
    )


class ScoreAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is in the instrument's points; `answers`, where complete, must come to it.

    Without a total it is computed from the answers. `suicide_item` is how the item about suicide
    was answered, which a total alone would hide. `difficulty` is the question about daily life that
    is asked with some forms and counts in no number. `missing_allowed` says by instrument how many
    answers may be missing for a prorated value, where the practice has a number of its own.
    """

    assessment_id: UUID
    client_id: UUID
    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    occurred_at: datetime
    now: datetime
    total: ScoreValue | None = None
    answers: Answers | None = None
    suicide_item: SuicideItem | None = None
    difficulty: Difficulty | None = None
    note: Note = ""
    missing_allowed: dict[str, int] = {}


class CorrectAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """The score is said anew, as for a new one; a time or note left out stays."""

    assessment_id: UUID
    now: datetime
    total: ScoreValue | None = None
    occurred_at: datetime | None = None
    answers: Answers | None = None
    suicide_item: SuicideItem | None = None
    difficulty: Difficulty | None = None
    note: Note | None = None
    missing_allowed: dict[str, int] = {}


class WithdrawAssessment(msgspec.Struct, frozen=True, kw_only=True):
    assessment_id: UUID
    reason: OptionalReason


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
    tally = tally_of(command, command.instrument, occurred_at=command.occurred_at)
    version = instruments.named(command.instrument).version
    occurred_at = believable(command.occurred_at, now=command.now)
    said_at = said_ahead(command.occurred_at, now=command.now)
    if tally.total is None:
        return [
            AssessmentLeftIncomplete(
                assessment_id=command.assessment_id,
                client_id=command.client_id,
                instrument=command.instrument,
                answers=command.answers or (),
                prorated=tally.prorated,
                occurred_at=occurred_at,
                said_at=said_at,
                note=command.note,
                difficulty=command.difficulty,
                instrument_version=version,
            )
        ]
    return [
        AssessmentScored(
            assessment_id=command.assessment_id,
            client_id=command.client_id,
            instrument=command.instrument,
            total=tally.total,
            occurred_at=occurred_at,
            said_at=said_at,
            answers=complete(command.answers),
            suicide_item=command.suicide_item,
            difficulty=command.difficulty,
            instrument_version=version,
            note=command.note,
        )
    ]


def tally_of(
    command: ScoreAssessment | CorrectAssessment, instrument: str, *, occurred_at: datetime
) -> instruments.Tally:
    """What the form comes to. Raises all that the form can be refused for, at once."""
    reckon = partial(
        instruments.tally,
        instrument,
        total=command.total,
        answers=command.answers,
        suicide_item=command.suicide_item,
        missing_allowed=command.missing_allowed.get(instrument),
    )
    require_all(
        reckon,
        lambda: instruments.require_difficulty(instrument, command.difficulty),
        lambda: believable(occurred_at, now=command.now),
    )
    return reckon()


def correct_assessment(assessment: Assessment, command: CorrectAssessment) -> list[AssessmentEvent]:
    if assessment.stage != "kept" or assessment.occurred_at is None or not assessment.client_id:
        raise AssessmentNotKept
    said_to_be = command.occurred_at or assessment.occurred_at
    tally = tally_of(command, assessment.instrument, occurred_at=said_to_be)
    version = instruments.named(assessment.instrument).version
    occurred_at = believable(said_to_be, now=command.now)
    said_at = said_ahead(command.occurred_at, now=command.now)
    note = assessment.note if command.note is None else command.note
    corrected: AssessmentEvent
    if tally.total is None:
        corrected = AssessmentLeftIncomplete(
            assessment_id=command.assessment_id,
            client_id=assessment.client_id,
            instrument=assessment.instrument,
            answers=command.answers or (),
            prorated=tally.prorated,
            from_total=assessment.total,
            from_occurred_at=assessment.occurred_at,
            occurred_at=occurred_at,
            said_at=said_at,
            note=note,
            difficulty=command.difficulty,
            instrument_version=version,
        )
    elif assessment.total is None:
        corrected = AssessmentCompleted(
            assessment_id=command.assessment_id,
            instrument=assessment.instrument,
            total=tally.total,
            from_occurred_at=assessment.occurred_at,
            occurred_at=occurred_at,
            said_at=said_at,
            answers=complete(command.answers),
            suicide_item=command.suicide_item,
            difficulty=command.difficulty,
            instrument_version=version,
            note=note,
        )
    else:
        corrected = AssessmentCorrected(
            assessment_id=command.assessment_id,
            instrument=assessment.instrument,
            from_total=assessment.total,
            total=tally.total,
            from_occurred_at=assessment.occurred_at,
            occurred_at=occurred_at,
            said_at=said_at,
            answers=complete(command.answers),
            suicide_item=command.suicide_item,
            difficulty=command.difficulty,
            instrument_version=version,
            note=note,
        )
    return [] if evolve(assessment, corrected) == assessment else [corrected]


def complete(answers: tuple[int | None, ...] | None) -> tuple[int, ...] | None:
    """The answers of a form that has a total: none of them is missing."""
    if answers is None:
        return None
    return tuple(answer for answer in answers if answer is not None)


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


def endorsed(event: AssessmentEvent) -> Endorsed | None:
    """The item about death or self-harm that this form answers with more than 0, if any."""
    match event:
        case AssessmentScored() | AssessmentCorrected() | AssessmentCompleted():
            return instruments.endorsed(
                event.instrument, event.answers, event.suicide_item, total=event.total
            )
        case AssessmentLeftIncomplete():
            return instruments.endorsed(event.instrument, event.answers)
        case AssessmentWithdrawn():
            return None
        case _:
            assert_never(event)


def all_endorsed(form: Assessment) -> tuple[Endorsed, ...]:
    """The items about death or self-harm that a form, as it stands, answers with more than 0."""
    if form.stage == "unset":
        return ()
    return instruments.all_endorsed(
        form.instrument, form.answers, form.suicide_item, total=form.total
    )


ASSESSMENT: Aggregate[Assessment, AssessmentCommand, AssessmentEvent] = Aggregate(
    category="assessment", initial=Assessment(), evolve=evolve, decide=decide
)
