"""A suggestion as the clinician, an app and the client see one."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.measure import Progress
from events.suggestion import (
    OPEN,
    Evidence,
    Kind,
    Option,
    Status,
)
from projections.suggestion_queue import SuggestionRow

StatusFilter = Literal[
    "open", "offered", "edited", "accepted", "dismissed", "released", "withdrawn"
]


class SuggestionFields(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion as it stands, without the evidence it was computed from."""

    id: UUID
    client_id: UUID
    goal_id: UUID
    kind: Kind
    status: Status
    due_on: date
    language: str
    sentences: tuple[str, ...]
    options: tuple[Option, ...]
    offered_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    option: int | None
    dismiss_reason: str
    released_at: datetime | None
    released_sentences: tuple[str, ...] | None
    version: int


class SuggestionAnswer(SuggestionFields, frozen=True, kw_only=True, tag="draft", tag_field="as"):
    """A suggestion as the clinician sees it, with the evidence it was computed from."""

    evidence: Evidence


class EvidenceTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a suggestion was computed from, without where in the log that lies."""

    progress: Progress
    numbers: dict[str, float]
    formula: str


class SuggestionTold(SuggestionFields, frozen=True, kw_only=True, tag="told", tag_field="as"):
    """A suggestion as shown to an app that a subscription tells of suggestions."""

    evidence: EvidenceTold


class ReleasedAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="released", tag_field="as"):
    """A suggestion as the client reads it: the words that were released to them."""

    id: UUID
    goal_id: UUID
    language: str
    sentences: tuple[str, ...]
    released_at: datetime


def draft(row: SuggestionRow) -> SuggestionAnswer:
    return SuggestionAnswer(**fields_of(row), evidence=row.evidence)


def fields_of(row: SuggestionRow) -> dict[str, Any]:
    """What a row has under the same names, and the id."""
    names = [name for name in SuggestionFields.__struct_fields__ if name != "id"]
    return {"id": row.suggestion_id, **{name: getattr(row, name) for name in names}}


def told_to_app(row: SuggestionRow) -> SuggestionTold:
    evidence = row.evidence
    return SuggestionTold(
        **fields_of(row),
        evidence=EvidenceTold(
            progress=evidence.progress, numbers=evidence.numbers, formula=evidence.formula
        ),
    )


def released(row: SuggestionRow) -> list[ReleasedAnswer]:
    """What the client may read of a suggestion: nothing before it was released."""
    if row.released_sentences is None or row.released_at is None:
        return []
    return [
        ReleasedAnswer(
            id=row.suggestion_id,
            goal_id=row.goal_id,
            language=row.language,
            sentences=row.released_sentences,
            released_at=row.released_at,
        )
    ]


def statuses(asked_for: StatusFilter | None) -> tuple[Status, ...] | None:
    if asked_for is None:
        return None
    return OPEN if asked_for == "open" else (asked_for,)
