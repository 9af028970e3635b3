"""What is told of a goal, to whom."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events.goal import Party, Stage
from events.measure import Measure, Progress
from projections.event_names import history_kind
from projections.goal_history import Revision
from projections.goal_progress import progress_at
from projections.goal_status import (
    Course,
    GoalStatus,
    course,
    days_left,
    pauses_of,
)
from projections.smart_review import Finding
from projections.told_event import POSITION_FIELDS
from projections.told_position import ToldPosition
from service.operations import Receipt

# Why of these is a note that a clinician made; of a revision it is the reason that was agreed on.
_NOTED = frozenset({"level_rated", "reached", "closed", "reopened"})


class LatestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The newest evidence that counts. `value` is a total, or an amount in the goal's unit.

    `position` is where the log has it: a number for clinicians and auditors, else a token.
    """

    value: float
    occurred_at: datetime
    entry_id: UUID
    position: ToldPosition


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which nothing is asked for, and why."""

    on: date
    reason: str


class PausedDays(msgspec.Struct, frozen=True, kw_only=True):
    """Days on which the goal rests: from one day to before another, None while it goes on."""

    from_on: date
    until_on: date | None = None


class GoalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a goal stands.

    `revisions` counts changes of statement, target and deadline, `dates_passed` deadlines that
    came and went short of it. `course` is absent unless the goal is under way; what is at risk is
    told to clinicians. Nothing is asked for on `rests`, and during `pauses`, whose `until_on` is
    the first day after them. With `due_session_id` the deadline is the day of that session.
    `version` is the ETag's, `days_left` negative once the date has passed.
    """

    id: UUID
    client_id: UUID
    statement: str
    stage: Stage
    course: Course | None
    measure: Measure
    progress: Progress
    latest: LatestAnswer | None
    achievability: int
    why: str
    starts_on: date
    due_on: date
    due_session_id: UUID | None
    days_left: int | None
    zone: str
    review_every_days: int
    rests: tuple[Rest, ...]
    pauses: tuple[PausedDays, ...]
    agreed: tuple[Party, ...]
    set_at: datetime
    ended_at: datetime | None
    close_reason: str | None
    template: str | None
    replaces: UUID | None
    replaced_by: UUID | None
    revisions: int
    dates_passed: int
    version: int


class GoalReceipt(Receipt, frozen=True, kw_only=True):
    """A receipt, and for a clinician what a SMART review asks about the goal, as things are now.

    A repeat has no `review`: what would be asked may have changed since the goal was set.
    """

    review: tuple[Finding, ...] | UnsetType = UNSET


class GoalPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[GoalAnswer]
    next: str | None


class GoalHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was ever changed about a goal, oldest first, in pages."""

    goal_id: UUID
    revisions: list[Revision]
    next: str | None


def goal_answer(row: GoalStatus, *, now: datetime, told_all: bool) -> GoalAnswer:
    """A goal with its positions as numbers: for a terminal, or to be told by `goal_told`."""
    goal, found = row.goal, course(row, now)
    if found != "past_its_date" and not told_all:
        # Told when it is on course, a client would read "at risk" out of the silence; an app acts
        # for clients.
        found = None
    return GoalAnswer(
        id=row.goal_id,
        client_id=row.client_id,
        statement=goal.statement,
        stage=goal.stage,
        course=found,
        measure=row.measure,
        progress=progress_at(row, now),
        latest=latest_answer(row),
        achievability=goal.achievability,
        why=goal.why,
        starts_on=goal.starts_on,
        due_on=goal.due_on,
        due_session_id=goal.due_session_id,
        days_left=days_left(row, now),
        zone=goal.zone,
        review_every_days=goal.review_every_days,
        rests=tuple(Rest(on=on, reason=why) for on, why in sorted(goal.rests.items())),
        pauses=tuple(PausedDays(from_on=one, until_on=end) for one, end in pauses_of(row)),
        agreed=tuple(sorted(goal.agreed)),
        set_at=row.set_at,
        ended_at=row.ended_at,
        close_reason=goal.close_reason,
        template=goal.template,
        replaces=goal.replaces,
        replaced_by=goal.replaced_by,
        revisions=row.revisions,
        dates_passed=row.dates_passed,
        version=row.version,
    )


def latest_answer(row: GoalStatus) -> LatestAnswer | None:
    if row.latest is None:
        return None
    return LatestAnswer(**msgspec.structs.asdict(row.latest))


def etag(version: int) -> str:
    return f'W/"{version}"'


def told_to_client(step: Revision, position: ToldPosition) -> Revision:
    """In the words a client reads (a date passes, nobody misses it), without a clinician's note."""
    changes = tuple(one for one in step.changes if one.field not in POSITION_FIELDS)
    step = msgspec.structs.replace(step, position=position, changes=changes)
    if step.kind in _NOTED and is_by_clinician(step.actor):
        step = msgspec.structs.replace(step, why="")
    return msgspec.structs.replace(step, kind=history_kind(step.type, for_the_client=True))


def is_by_clinician(actor: str) -> bool:
    return actor.startswith("clinician:")
