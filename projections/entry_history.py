"""An entry as it stands, and every revision that it has been through: a mood, a check-in, a form.

The last values of an entry that was withdrawn are shown as everything else that was ever recorded.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from events.aggregate import Aggregate
from events.assessment import ASSESSMENT
from events.check_in import CHECK_IN
from events.mood import MOOD
from events.record import Recorded, Unreadable
from projections.goal_history import FieldChange, changed
from projections.told_position import ToldPosition

ENTRIES: Final[dict[str, Aggregate[Any, Any, Any]]] = {
    one.category: one for one in (MOOD, CHECK_IN, ASSESSMENT)
}
# What of the state of an entry is told, in this order.
FIELDS: Final = {
    MOOD.category: ("rating", "occurred_at", "note", "tags"),
    CHECK_IN.category: ("amount", "occurred_at", "note"),
    ASSESSMENT.category: (
        *("total", "prorated", "answers", "suicide_item", "difficulty", "occurred_at", "note"),
    ),
}
NOTE: Final = "note"

replace = msgspec.structs.replace


class EntryRevision(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of an entry: recorded, corrected or withdrawn.

    `type` is the type of the event, as in the feed. `version` is its place in the entry's stream,
    `position` that in the practice's log: a number, or a token for clients and apps. `changes` are
    the fields that were changed; all that were said, in the first step. `why` is the reason of a
    withdrawal.
    """

    type: str
    version: int
    position: ToldPosition
    actor: str
    occurred_at: datetime
    recorded_at: datetime
    changes: tuple[FieldChange, ...]
    why: str = ""


class EntryStep(msgspec.Struct, frozen=True, kw_only=True):
    """A revision, and who had written the note that the entry had from then on."""

    revision: EntryRevision
    note_by: str


class EntryHistory(msgspec.Struct, frozen=True, kw_only=True):
    """An entry: its state (of the type of its category), and its steps, the first one first."""

    state: Any
    steps: Sequence[EntryStep]

    @property
    def note_by(self) -> str:
        """The actor who wrote the note that the entry has now."""
        return self.steps[-1].note_by


def entry_of(past: Sequence[Recorded]) -> EntryHistory:
    """An entry by all events of its stream. Each of them opens, and there is one at least."""
    aggregate = ENTRIES[past[0].category]
    state, note_by = aggregate.initial, ""
    steps = []
    for one in past:
        assert not isinstance(one.event, Unreadable)  # noqa: S101 - for the type checker
        before, state = state, aggregate.evolve_stored(state, one.event, one.occurred_at)
        if before.note != state.note:
            note_by = one.actor
        steps.append(EntryStep(revision=revision(one, before, state), note_by=note_by))
    return EntryHistory(state=state, steps=steps)


def revision(recorded: Recorded, before: Any, after: Any) -> EntryRevision:
    """What one event has made of an entry."""
    return EntryRevision(
        type=recorded.type,
        version=recorded.version,
        position=recorded.position,
        actor=recorded.actor,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        changes=tuple(
            changed(field, None if recorded.version == 1 else getattr(before, field), value)
            for field in FIELDS[recorded.category]
            if (value := getattr(after, field)) != getattr(before, field)
        ),
        why=getattr(recorded.event, "reason", ""),
    )


def without_fields(entry: EntryHistory, *fields: str) -> EntryHistory:
    """The same without what was ever said in some fields."""
    steps = [
        with_changes(one, (change for change in one.revision.changes if change.field not in fields))
        for one in entry.steps
    ]
    state = replace(entry.state, **dict.fromkeys(fields))
    return replace(entry, state=state, steps=steps)


def without_notes(entry: EntryHistory, is_hidden: Callable[[str], bool]) -> EntryHistory:
    """The same without the notes of some authors, named as actors of the log."""
    steps = []
    written_by = ""
    for one in entry.steps:
        hidden_before, hidden_after = is_hidden(written_by), is_hidden(one.note_by)
        changes = (
            replace(change, from_value=None) if change.field == NOTE and hidden_before else change
            for change in one.revision.changes
            if change.field != NOTE or not hidden_after
        )
        steps.append(with_changes(one, changes))
        written_by = one.note_by
    state = replace(entry.state, note="") if is_hidden(entry.note_by) else entry.state
    return replace(entry, state=state, steps=steps)


def with_changes(step: EntryStep, changes: Iterable[FieldChange]) -> EntryStep:
    return replace(step, revision=replace(step.revision, changes=tuple(changes)))
