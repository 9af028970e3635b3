"""Entries as the evidence of goals: how check-ins, assessments and mood entries reach them.

Two more rows of a client lie among the goals, for goals that are yet to be set: all assessments,
and the newest mood entries with the goals for which such entries count.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec

from events.assessment import AssessmentEvent, AssessmentLeftIncomplete, AssessmentWithdrawn
from events.check_in import CheckInEvent, CheckInWithdrawn
from events.ids import public_id
from events.measure import Measure, Score, fed_by_moods
from events.moment import day_of
from events.mood import MoodEvent, MoodWithdrawn
from events.record import Recorded
from projections.goal_status import GoalStatus, Mark
from projections.rows import Changes, Page

# A goal that mood entries count for starts on the day it is set, or later: these are enough for
# the entries that were made earlier on that day.
MOODS_KEPT: Final = 16
MOODS_LIMIT: Final = 32

change = msgspec.structs.replace


class ClientScore(msgspec.Struct, frozen=True, array_like=True, gc=False):
    instrument: str
    total: float
    occurred_at: datetime
    position: int
    founded: int

    def mark(self, zone: str) -> Mark:
        """The same, as evidence for a goal in this zone."""
        on = day_of(self.occurred_at, zone)
        return Mark(self.total, self.occurred_at, on, self.position, self.founded)


class ClientScores(msgspec.Struct, frozen=True, kw_only=True, tag="scores"):
    """All assessments of a client: a goal may be set, or its target revised, after them.

    Lies among the goals under an id computed from the client's.
    """

    client_id: UUID
    scores: dict[UUID, ClientScore]


class ClientMood(msgspec.Struct, frozen=True, array_like=True, gc=False):
    entry_id: UUID
    occurred_at: datetime
    position: int
    founded: int

    def mark(self, zone: str) -> Mark:
        """One time, as evidence for a goal in this zone."""
        on = day_of(self.occurred_at, zone)
        return Mark(1.0, self.occurred_at, on, self.position, self.founded)


class ClientMoods(msgspec.Struct, frozen=True, kw_only=True, tag="moods"):
    """A client's newest mood entries, and the goals for which mood entries count.

    Lies among the goals under an id computed from the client's.
    """

    client_id: UUID
    moods: tuple[ClientMood, ...] = ()
    fed: tuple[UUID, ...] = ()


@lru_cache(maxsize=4096)
def scores_key(client_id: UUID) -> UUID:
    return public_id("goal_status scores", client_id.bytes)


@lru_cache(maxsize=4096)
def moods_key(client_id: UUID) -> UUID:
    return public_id("goal_status moods", client_id.bytes)


def moods_of(page: Page, client_id: UUID) -> ClientMoods:
    known = page.get(moods_key(client_id))
    return known if isinstance(known, ClientMoods) else ClientMoods(client_id=client_id)


def scores_for(measure: Measure, zone: str, known: Any) -> dict[UUID, Mark]:
    """The client's totals on the instrument of a measure, from before the goal was set, too."""
    if not (isinstance(measure, Score) and isinstance(known, ClientScores)):
        return {}
    return {
        entry_id: score.mark(zone)
        for entry_id, score in known.scores.items()
        if score.instrument == measure.instrument
    }


def with_check_in(page: Page, recorded: Recorded, event: CheckInEvent) -> Changes:
    row = page.get(event.goal_id)
    if not isinstance(row, GoalStatus):
        return {}
    mark = None
    if not isinstance(event, CheckInWithdrawn):
        mark = Mark(
            event.amount,
            event.occurred_at,
            day_of(event.occurred_at, row.goal.zone),
            recorded.position,
            founded_at(row.check_ins.get(event.check_in_id), recorded),
        )
    kept = with_mark(row, row.check_ins, event.check_in_id, mark)
    if kept is None:
        return {}
    return {row.goal_id: change(row, check_ins=kept, position=recorded.position)}


def founded_at(known: Mark | ClientScore | ClientMood | None, recorded: Recorded) -> int:
    """The position at which an entry was first made."""
    return recorded.position if known is None else known.founded


def with_mark(
    row: GoalStatus, marks: dict[UUID, Mark], entry_id: UUID, mark: Mark | None
) -> dict[UUID, Mark] | None:
    """The evidence with an entry as it is now, or without it; None where nothing changes.

    Once the goal has ended, entries made about a later time are not kept: it would grow for ever.
    """
    if mark is None:
        kept = {one: known for one, known in marks.items() if one != entry_id}
        return kept if len(kept) < len(marks) else None
    over = row.ended_at is not None and mark.occurred_at > row.ended_at
    return None if over and entry_id not in marks else {**marks, entry_id: mark}


def with_assessment(page: Page, recorded: Recorded, event: AssessmentEvent) -> Changes:
    client_id = recorded.client_id
    if client_id is None:
        return {}
    key = scores_key(client_id)
    known = page.get(key)
    scores = dict(known.scores) if isinstance(known, ClientScores) else {}
    score = None
    # An incomplete form has no total: to a goal it is as if it were not there.
    if isinstance(event, AssessmentWithdrawn | AssessmentLeftIncomplete):
        scores.pop(event.assessment_id, None)
    else:
        founded = founded_at(scores.get(event.assessment_id), recorded)
        score = ClientScore(
            event.instrument, event.total, event.occurred_at, recorded.position, founded
        )
        scores[event.assessment_id] = score
    changes: dict[UUID, Any] = {key: ClientScores(client_id=client_id, scores=scores)}
    for goal_id, row in page.items():
        if not (isinstance(row, GoalStatus) and isinstance(row.measure, Score)):
            continue
        if row.measure.instrument == event.instrument:
            mark = None if score is None else score.mark(row.goal.zone)
            kept = with_mark(row, row.scores, event.assessment_id, mark)
            if kept is not None:
                changes[goal_id] = change(row, scores=kept, position=recorded.position)
    return changes


def with_mood(page: Page, recorded: Recorded, event: MoodEvent) -> Changes:
    """A mood entry is remembered, and counts for the goals that mood entries count for."""
    client_id = recorded.client_id
    if client_id is None:
        return {}
    key = moods_key(client_id)
    known = page.get(key)
    moods, fed = (known.moods, known.fed) if isinstance(known, ClientMoods) else ((), ())
    entry_id, entry = event.mood_id, None
    rows = [row for goal_id in fed if isinstance(row := page.get(goal_id), GoalStatus)]
    before: Mark | ClientMood | None = None
    if recorded.version > 1:
        before = next((one for one in moods if one.entry_id == entry_id), None)
        # One that is too old to be among the newest is known to the goals that it counts for.
        for row in rows:
            before = before or row.check_ins.get(entry_id)
        moods = tuple(one for one in moods if one.entry_id != entry_id)
    if not isinstance(event, MoodWithdrawn):
        founded = founded_at(before, recorded)
        entry = ClientMood(entry_id, event.occurred_at, recorded.position, founded)
        moods = newest((*moods, entry))
    changes: dict[UUID, Any] = {key: ClientMoods(client_id=client_id, moods=moods, fed=fed)}
    for row in rows:
        mark = None if entry is None else entry.mark(row.goal.zone)
        counted = with_mark(row, row.check_ins, entry_id, mark)
        if counted is not None:
            changes[row.goal_id] = change(row, check_ins=counted, position=recorded.position)
    return changes


def newest(moods: tuple[ClientMood, ...]) -> tuple[ClientMood, ...]:
    """The newest entries in the person's own time, once there are too many."""
    if len(moods) <= MOODS_LIMIT:
        return moods
    return tuple(sorted(moods, key=lambda one: (one.occurred_at, one.entry_id))[-MOODS_KEPT:])


def moods_for(row: GoalStatus, page: Page) -> dict[UUID, Mark]:
    """The client's newest mood entries, as evidence for a goal that they count for."""
    if not fed_by_moods(row.measure):
        return {}
    return {one.entry_id: one.mark(row.goal.zone) for one in moods_of(page, row.client_id).moods}


def fed_from_now(page: Page, row: GoalStatus) -> Changes:
    """A new goal, with the mood entries there were before it if they count for it."""
    if not fed_by_moods(row.measure):
        return {row.goal_id: row}
    known = moods_of(page, row.client_id)
    return {
        row.goal_id: change(row, check_ins=moods_for(row, page)),
        moods_key(row.client_id): change(known, fed=(*known.fed, row.goal_id)),
    }
