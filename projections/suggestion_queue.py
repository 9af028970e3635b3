"""The clinician's queue: a row per suggestion, and what has become of it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events.record import Recorded
from events.suggestion import (
    Evidence,
    Kind,
    Option,
    Status,
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionEvent,
    SuggestionOffered,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from projections.rows import Changes, Column, Page, Projection, types_of

change = msgspec.structs.replace


class SuggestionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One suggestion as it stands: `sentences` and `options` as last edited.

    `option` is the place of the accepted option, from 0. `released_sentences` is what the client
    may read. `offered_position` is where it was offered in the log, which orders the queue.
    `decided_at` and `decided_by` belong to whoever accepted, dismissed or withdrew it, or released
    it undecided. `version` is that of the suggestion's stream.
    """

    suggestion_id: UUID
    client_id: UUID
    goal_id: UUID
    kind: Kind
    status: Status
    due_on: date
    language: str
    sentences: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: Evidence
    offered_at: datetime
    offered_position: int
    decided_at: datetime | None = None
    decided_by: str | None = None
    option: int | None = None
    dismiss_reason: str = ""
    released_at: datetime | None = None
    released_sentences: tuple[str, ...] | None = None
    version: int


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if isinstance(event, SuggestionOffered):
        return {event.suggestion_id: offered(recorded, event)}
    row = page.get(recorded.stream_id)
    if not (isinstance(row, SuggestionRow) and isinstance(event, SuggestionEvent)):
        return {}
    return {row.suggestion_id: change(evolve_row(row, recorded, event), version=recorded.version)}


def suggestion_of(past: Iterable[Recorded]) -> SuggestionRow | None:
    """One suggestion by all events of its stream; None where it was never offered."""
    page: dict[UUID, SuggestionRow] = {}
    for one in past:
        page.update(evolve(page, one))
    return next(iter(page.values()), None)


def offered(recorded: Recorded, event: SuggestionOffered) -> SuggestionRow:
    return SuggestionRow(
        suggestion_id=event.suggestion_id,
        client_id=event.client_id,
        goal_id=event.goal_id,
        kind=event.kind,
        status="offered",
        due_on=event.due_on,
        language=event.language,
        sentences=event.sentences,
        options=event.options,
        evidence=event.evidence,
        offered_at=recorded.occurred_at,
        offered_position=recorded.position,
        version=recorded.version,
    )


def evolve_row(row: SuggestionRow, recorded: Recorded, event: SuggestionEvent) -> SuggestionRow:
    match event:
        case SuggestionOffered():
            return row
        case SuggestionEdited():
            return change(row, status="edited", sentences=event.sentences, options=event.options)
        case SuggestionAccepted():
            return change(decided(row, recorded), status="accepted", option=event.option)
        case SuggestionDismissed():
            return change(decided(row, recorded), status="dismissed", dismiss_reason=event.reason)
        case SuggestionReleased():
            return change(
                row if row.decided_at else decided(row, recorded),
                status="released",
                released_at=recorded.occurred_at,
                released_sentences=event.sentences,
            )
        case SuggestionWithdrawn():
            return change(decided(row, recorded), status="withdrawn")
        case _:
            assert_never(event)


def decided(row: SuggestionRow, recorded: Recorded) -> SuggestionRow:
    return change(row, decided_at=recorded.occurred_at, decided_by=recorded.actor)


projection = Projection(
    name="suggestion_queue",
    key="suggestion_id",
    row=SuggestionRow,
    columns=(Column("status", "text"), Column("offered_position", "bigint")),
    clear=lambda row: (row.status, row.offered_position),
    types=types_of(*SuggestionEvent.__args__),
    founding=types_of(SuggestionOffered),
    touches=lambda recorded: (recorded.stream_id,),
    evolve=evolve,
)
