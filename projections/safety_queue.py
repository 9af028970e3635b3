"""The queue of safety flags: a row per flag, who was asked to look, and what has been done."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from events.practice import Practice, PracticeDutySet
from events.record import Recorded
from events.safety_flag import (
    SafetyFlagAcknowledged,
    SafetyFlagActedOn,
    SafetyFlagClosed,
    SafetyFlagEscalated,
    SafetyFlagEvent,
    SafetyFlagRaised,
    SafetyFlagRaisedUnfiled,
    SafetyFlagSentAgain,
)
from projections.rows import Changes, Column, Page, Projection, types_of

# How many the row of a flag carries, the newest: all of them are in the log.
ASKED_KEPT = 40
ACTIONS_KEPT = 40

change = msgspec.structs.replace


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was asked to look: at first, or because nobody had acknowledged the flag."""

    at: datetime
    to: tuple[str, ...]
    acknowledge_by: datetime | None


class SafetyAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a clinician did about a flag."""

    at: datetime
    by: str
    action: str


class SafetyFlagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One flag as it stands. It carries what was answered, and no judgement on it.

    `item` is the place of the endorsed item in its form, from 1. `next_at` is when a worker looks
    at the flag next: when its time is up; at once where nobody has been asked, or somebody who is
    on duty no more; None where somebody takes care of it. `asked` and `actions` are the newest,
    `asked_before` and `acted_before` how many there were before those. `raised_position` is where
    it was raised in the log, which orders the queue, and `recorded_at` when. `version` is that of
    the client's stream of flags.

    `unfiled` says that the form could not be filed: then there is no `assessment_id`, `why` is the
    name of the last refusal, `form_id` the id that was chosen for the form, if any was,
    `times_sent` how often the form came, and `answer` the highest that it endorsed.

    Of a flag whose raising does not open nobody knows the form, its item and the answer: they are
    None, and the flag waits for a person all the same.
    """

    flag_id: UUID
    client_id: UUID
    assessment_id: UUID | None
    instrument: str | None
    item: int | None
    answer: int | None
    queue: str
    raised_at: datetime
    raised_position: int
    unfiled: bool = False
    why: str = ""
    form_id: UUID | None = None
    times_sent: int = 1
    asked: tuple[Asking, ...] = ()
    next_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    actions: tuple[SafetyAction, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None
    reason: str = ""
    outcome: str = ""
    version: int
    asked_before: int = 0
    acted_before: int = 0
    afterwards: bool = False
    recorded_at: datetime | None = None

    @property
    def is_readable(self) -> bool:
        return self.instrument is not None

    @property
    def times_asked(self) -> int:
        return self.asked_before + len(self.asked)

    @property
    def times_acted(self) -> int:
        return self.acted_before + len(self.actions)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


def evolve(page: Page, recorded: Recorded) -> Changes:
    event = recorded.event
    if not isinstance(event, SafetyFlagEvent):
        return {}
    if isinstance(event, SafetyFlagRaised | SafetyFlagRaisedUnfiled):
        return {event.flag_id: raised(recorded, event)}
    row = page.get(event.flag_id)
    if not isinstance(row, SafetyFlagRow):
        return {}
    return {row.flag_id: change(evolve_row(row, recorded, event), version=recorded.version)}


def raised(recorded: Recorded, event: SafetyFlagRaised | SafetyFlagRaisedUnfiled) -> SafetyFlagRow:
    unfiled = event if isinstance(event, SafetyFlagRaisedUnfiled) else None
    row = SafetyFlagRow(
        flag_id=event.flag_id,
        client_id=event.client_id,
        assessment_id=event.assessment_id if isinstance(event, SafetyFlagRaised) else None,
        unfiled=unfiled is not None,
        why=unfiled.why if unfiled else "",
        form_id=unfiled.form_id if unfiled else None,
        instrument=event.instrument,
        item=event.item,
        answer=event.answer,
        queue=event.queue,
        raised_at=recorded.occurred_at,
        raised_position=recorded.position,
        next_at=recorded.occurred_at,
        version=recorded.version,
        afterwards=isinstance(event, SafetyFlagRaised) and event.afterwards,
        recorded_at=recorded.recorded_at,
    )
    return asked_next(row, recorded, event.to, event.acknowledge_by) if event.to else row


def evolve_row(row: SafetyFlagRow, recorded: Recorded, event: SafetyFlagEvent) -> SafetyFlagRow:
    match event:
        case SafetyFlagRaised() | SafetyFlagRaisedUnfiled():
            return row
        case SafetyFlagSentAgain():
            return sent_again(row, recorded, event)
        case SafetyFlagEscalated():
            return asked_next(row, recorded, event.to, event.acknowledge_by)
        case SafetyFlagAcknowledged():
            return change(
                row,
                acknowledged_at=recorded.occurred_at,
                acknowledged_by=recorded.actor,
                next_at=None,
            )
        case SafetyFlagActedOn():
            action = SafetyAction(at=recorded.occurred_at, by=recorded.actor, action=event.action)
            return change(
                row,
                actions=(*row.actions, action)[-ACTIONS_KEPT:],
                acted_before=max(0, row.times_acted + 1 - ACTIONS_KEPT),
            )
        case SafetyFlagClosed():
            return change(
                row,
                closed_at=recorded.occurred_at,
                closed_by=recorded.actor,
                reason=event.reason,
                outcome=event.outcome,
                next_at=None,
            )
        case _:
            assert_never(event)


def sent_again(row: SafetyFlagRow, recorded: Recorded, event: SafetyFlagSentAgain) -> SafetyFlagRow:
    """A higher answer than before is a new one: nobody has seen it yet, and a worker looks."""
    counted = change(row, times_sent=row.times_sent + 1, why=event.why)
    if event.answer is None or event.answer <= (row.answer or 0):
        return counted
    higher = change(counted, item=event.item, answer=event.answer)
    if row.acknowledged_at is None:
        return higher
    return change(higher, acknowledged_at=None, acknowledged_by=None, next_at=recorded.occurred_at)


def asked_next(
    row: SafetyFlagRow, recorded: Recorded, to: tuple[str, ...], acknowledge_by: datetime | None
) -> SafetyFlagRow:
    asking = Asking(at=recorded.occurred_at, to=to, acknowledge_by=acknowledge_by)
    return change(
        row,
        asked=(*row.asked, asking)[-ASKED_KEPT:],
        asked_before=max(0, row.times_asked + 1 - ASKED_KEPT),
        next_at=acknowledge_by,
    )


def settle(row: SafetyFlagRow, practice: Practice) -> SafetyFlagRow:
    """When a worker looks next: at once where whoever was asked last is off the duty list now."""
    if row.next_at is None or not row.asked:
        return row
    last = row.asked[-1]
    on_list = {person.subject for person in practice.duty.people}
    awaited = on_list.issuperset(last.to) or not on_list
    next_at = last.acknowledge_by if awaited else last.at
    return row if next_at == row.next_at else change(row, next_at=next_at)


def flag_of(recorded: Recorded) -> tuple[UUID, ...]:
    """A client's flags share one stream: which of them it is stands in the event."""
    event = recorded.event
    return (event.flag_id,) if isinstance(event, SafetyFlagEvent) else ()


projection = Projection(
    name="safety_queue",
    key="flag_id",
    row=SafetyFlagRow,
    columns=(
        Column("is_open", "boolean"),
        Column("acknowledged", "boolean"),
        Column("next_at", "timestamptz"),
        Column("raised_position", "bigint"),
    ),
    clear=lambda row: (
        row.is_open,
        row.acknowledged_at is not None,
        row.next_at,
        row.raised_position,
    ),
    types=types_of(*SafetyFlagEvent.__args__),
    # No row's key is its stream, which all flags of a client share.
    founding=frozenset(),
    touches=flag_of,
    evolve=evolve,
    settings=types_of(PracticeDutySet),
    settle_by=settle,
)
