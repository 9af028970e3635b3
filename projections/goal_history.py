"""The history of a goal: everything that was ever changed, field by field, by whom and why."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.goal import (
    Goal,
    GoalAgreed,
    GoalClosed,
    GoalDeadlineFollowed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalLevelRated,
    GoalReopened,
    GoalReplaced,
    GoalScaleSet,
    GoalSet,
    GoalStatementRevised,
    GoalTargetRevised,
    evolve,
)
from events.goal_decisions import GOAL
from events.measure import Measure
from events.record import Recorded, Unreadable
from projections.event_names import history_kind
from projections.told_position import ToldPosition


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after; None where there is nothing on that side."""

    field: str
    from_value: Any
    to_value: Any


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of a goal.

    `type` is the type of the event, as in the feed. `version` is its place in the goal's stream,
    `position` that in the practice's log: a number, or a token for clients and apps.
    `client_agreed` is None where the step does not say. `kind` is the former name of the type
    ("deadline_revised"): use `type`.
    """

    type: str
    kind: str
    version: int
    position: ToldPosition
    actor: str
    command_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    changes: tuple[FieldChange, ...]
    why: str = ""
    client_agreed: bool | None = None


# What is not a field of the goal but says who or why, or is known from the address.
_NOT_FIELDS = frozenset({"type", "goal_id", "reason", "note", "client_agreed", "client_id"})


def revisions(recorded: Iterable[Recorded]) -> list[Revision]:
    """Every step of one goal's stream, oldest first. Nothing where the stream is not a goal's."""
    steps, before = [], Goal()
    for one in recorded:
        if one.category == GOAL.category:
            steps.append(revision(one, before))
            if isinstance(one.event, GoalEvent):
                before = evolve(before, one.event)
    return steps


def revision(recorded: Recorded, before: Goal) -> Revision:
    event = recorded.event
    changes: tuple[FieldChange, ...] = ()
    why, client_agreed = "", None
    if not isinstance(event, Unreadable):
        changes = changes_of(event, before)
        why = getattr(event, "note", "") or getattr(event, "reason", "")
        client_agreed = getattr(event, "client_agreed", None)
    return Revision(
        type=recorded.type,
        kind=history_kind(recorded.type),
        version=recorded.version,
        position=recorded.position,
        actor=recorded.actor,
        command_id=recorded.command_id,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        changes=changes,
        why=why,
        client_agreed=client_agreed,
    )


def changes_of(event: Any, before: Goal) -> tuple[FieldChange, ...]:
    match event:
        case GoalStatementRevised():
            return (changed("statement", event.from_statement, event.statement),)
        case GoalDeadlineRevised() | GoalDeadlineFollowed():
            session_id = getattr(event, "session_id", None)
            by_session = changed("due_session_id", before.due_session_id, session_id)
            due = changed("due_on", event.from_on, event.due_on)
            return (due,) if session_id == before.due_session_id else (due, by_session)
        case GoalScaleSet():
            return fields_changed(before.scale, event)
        case GoalLevelRated():
            return fields_changed(before.level, event)
        case GoalTargetRevised():
            return measure_changes(event.from_measure, event.measure)
        case GoalAgreed():
            return (changed(f"agreed.{event.party}", False, True),)
        case GoalReplaced():
            return (changed("replaced_by", None, event.by_goal_id),)
        case GoalReopened():
            return (changed("stage", before.stage, evolve(before, event).stage),)
        case GoalClosed():
            return (changed("close_reason", None, event.reason),)
        case GoalSet():
            return (*fields_set(event), *measure_changes(None, event.measure))
        case _:
            return fields_set(event)


def changed(field: str, from_value: Any, to_value: Any) -> FieldChange:
    return FieldChange(
        field=field,
        from_value=msgspec.to_builtins(from_value),
        to_value=msgspec.to_builtins(to_value),
    )


def fields_set(event: msgspec.Struct) -> tuple[FieldChange, ...]:
    """What an event says for the first time, field by field."""
    return tuple(
        changed(field, None, value)
        for field in event.__struct_fields__
        if field not in _NOT_FIELDS and field != "measure"
        if (value := getattr(event, field)) is not None
    )


def fields_changed(before: msgspec.Struct | None, event: msgspec.Struct) -> tuple[FieldChange, ...]:
    """What an event says anew of something that was said before, field by field."""
    if before is None:
        return fields_set(event)
    return tuple(
        changed(field, getattr(before, field), getattr(event, field))
        for field in event.__struct_fields__
        if field not in _NOT_FIELDS and getattr(before, field) != getattr(event, field)
    )


def measure_changes(before: Measure | None, after: Measure) -> tuple[FieldChange, ...]:
    """The parts of a measure that differ, each under its own name: measure.target."""
    was = {} if before is None else flat(before)
    is_now = flat(after)
    return tuple(
        changed(f"measure.{part}", was.get(part), is_now.get(part))
        for part in dict.fromkeys((*was, *is_now))
        if was.get(part) != is_now.get(part)
    )


def flat(measure: Measure) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(measure)
    return built
