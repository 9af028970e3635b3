"""Where each goal stands: a row per goal, with the evidence that its progress is computed from."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from math import fsum
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.goal import OPEN_STAGES, Party, Stage
from events.measure import (
    Frequency,
    Measure,
    Progress,
    Score,
    periods,
    progress_of_frequency,
    progress_of_score,
)
from events.moment import day_of, end_of, start_of
from events.suggestion import Kind, Status

Course = Literal["on_course", "at_risk", "past_its_date"]

# How far behind the straight line to its deadline a goal may be, as a share of the whole way.
TOLERANCE = 0.15
KINDS: tuple[Kind, ...] = ("reframing", "replan")


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """One piece of evidence: a total or an amount, when it was true, and where the log has it.

    `on` is the day in the goal's zone.
    """

    value: float
    occurred_at: datetime
    on: date
    position: int


class LatestEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The newest evidence that counts. `value` is a total, or an amount in the goal's unit."""

    value: float
    occurred_at: datetime
    entry_id: UUID
    position: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion that was made for this goal, when the log reached `looked_at`."""

    kind: Kind
    due_on: date
    status: Status
    looked_at: int


class GoalStatus(msgspec.Struct, frozen=True, kw_only=True, tag="goal"):
    """One goal. Every SMART part is a field; `measure` holds baseline and target.

    `revisions` counts the changes of statement, target and deadline, `missed` the deadlines that
    passed without the goal being reached. `missed_on`, `at_risk_on` and `target_met_on` are the
    deadlines for which that has been recorded. `passes_at` is the end of `due_on` in the goal's
    zone. `risk_at` is the instant from which the goal, without new evidence, trails the straight
    line to its deadline: absent where that would come after the deadline. `version` is that of
    the goal's stream (the ETag), `position` the last event of the log that concerned the goal,
    `revised_position` the last that changed its measure or deadline.

    `scores` are the client's totals on the instrument of a score measure, `check_ins` what was
    done towards the goal, both by entry; those before the goal's first day do not count.
    """

    goal_id: UUID
    client_id: UUID
    statement: str
    stage: Stage
    measure: Measure
    achievability: int
    why: str
    starts_on: date
    due_on: date
    zone: str
    review_every_days: int
    set_at: datetime
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    agreed: tuple[Party, ...] = ()
    ended_at: datetime | None = None
    close_reason: str | None = None
    revisions: int = 0
    missed: int = 0
    missed_on: date | None = None
    at_risk_on: date | None = None
    target_met_on: date | None = None
    version: int
    position: int
    revised_position: int
    progress: Progress = Progress()
    latest: LatestEvidence | None = None
    passes_at: datetime
    risk_at: datetime | None = None
    offers: dict[UUID, Offer] = {}
    scores: dict[UUID, Mark] = {}
    check_ins: dict[UUID, Mark] = {}

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES

    @property
    def deadline_noticed(self) -> bool:
        """Whether what came of this deadline has been recorded."""
        return self.due_on in (self.missed_on, self.target_met_on)

    @property
    def risk_noticed(self) -> bool:
        return self.at_risk_on == self.due_on

    @property
    def kinds_owed(self) -> tuple[Kind, ...]:
        """The kinds of suggestion that the passing of this deadline still calls for."""
        if self.stage is not Stage.ACTIVE or self.missed_on != self.due_on:
            return ()
        made = {offer.kind for offer in self.offers.values() if offer.due_on == self.due_on}
        return tuple(kind for kind in KINDS if kind not in made)

    @property
    def outdated(self) -> tuple[UUID, ...]:
        """The open suggestions that no longer fit, because the goal has moved on since."""
        return tuple(
            suggestion_id
            for suggestion_id, offer in self.offers.items()
            if offer.status in ("offered", "edited")
            and (
                self.stage is not Stage.ACTIVE
                or offer.due_on != self.due_on
                or offer.looked_at < self.revised_position
            )
        )


def evidence(row: GoalStatus, *, until: datetime | None = None) -> dict[UUID, Mark]:
    """What counts for this goal, by entry: what was so from its first day on until it ended.

    With `until` only what was so before that instant.
    """
    entries = row.scores if isinstance(row.measure, Score) else row.check_ins
    starts_on, ended_at = row.starts_on, row.ended_at
    return {
        entry_id: mark
        for entry_id, mark in entries.items()
        if mark.on >= starts_on
        and (ended_at is None or mark.occurred_at <= ended_at)
        and (until is None or mark.occurred_at < until)
    }


def latest_of(marks: dict[UUID, Mark]) -> LatestEvidence | None:
    """The newest by the person's own time; of two at the same moment the later in the log."""
    if not marks:
        return None
    entry_id, mark = max(marks.items(), key=lambda one: (one[1].occurred_at, one[1].position))
    return LatestEvidence(
        value=mark.value,
        occurred_at=mark.occurred_at,
        entry_id=entry_id,
        position=mark.position,
    )


def progress_from(row: GoalStatus, marks: dict[UUID, Mark]) -> Progress:
    """How far these pieces of evidence bring the goal."""
    if isinstance(row.measure, Frequency):
        by_day: defaultdict[date, list[float]] = defaultdict(list)
        for mark in marks.values():
            by_day[mark.on].append(mark.value)
        return progress_of_frequency(
            row.measure,
            # fsum, because the order in which entries arrive must not make a difference.
            {day: fsum(amounts) for day, amounts in by_day.items()},
            len(marks),
            row.starts_on,
            row.due_on,
        )
    latest = latest_of(marks)
    return progress_of_score(row.measure, None if latest is None else latest.value, len(marks))


def progress_until(row: GoalStatus, instant: datetime) -> Progress:
    """What had been reached before an instant, from the evidence known now."""
    return progress_from(row, evidence(row, until=instant))


def settle(row: Any) -> Any:
    """Compute what follows from the rest of a row: progress, latest evidence, the instants."""
    if not isinstance(row, GoalStatus):
        return row
    marks = evidence(row)
    progress = progress_from(row, marks)
    passes_at = end_of(row.due_on, row.zone)
    return msgspec.structs.replace(
        row,
        progress=progress,
        latest=latest_of(marks),
        passes_at=passes_at,
        risk_at=risk_from(row, progress, passes_at),
    )


def risk_from(row: GoalStatus, progress: Progress, passes_at: datetime) -> datetime | None:
    """When the straight line from start to deadline is more than TOLERANCE ahead of the progress.

    Never before the first review, and never after the deadline, which is another matter.
    """
    starts_at = start_of(row.starts_on, row.zone)
    free = share_kept_free(row)
    due = free + (1 - free) * min(1.0, progress.fraction + TOLERANCE)
    trails_at = starts_at + (passes_at - starts_at) * due
    reviewed_at = start_of(row.starts_on + timedelta(days=row.review_every_days), row.zone)
    risk_at = max(trails_at, reviewed_at)
    return risk_at if risk_at < passes_at else None


def share_kept_free(row: GoalStatus) -> float:
    """The share of a goal's time that its reserve covers: nothing is lost while that lasts."""
    if not isinstance(row.measure, Frequency):
        return 0.0
    return row.measure.reserve / periods(row.measure, row.starts_on, row.due_on)


def course(row: GoalStatus, now: datetime) -> Course | None:
    """How the goal does at an instant; None where it is not under way."""
    if row.stage is not Stage.ACTIVE:
        return None
    if now >= row.passes_at:
        return "past_its_date"
    if row.risk_at is not None and now >= row.risk_at:
        return "at_risk"
    return "on_course"


def days_left(row: GoalStatus, now: datetime) -> int | None:
    """Days to the deadline on the client's calendar, 0 on the day itself; None once it ended."""
    if not row.is_open:
        return None
    return (row.due_on - day_of(now, row.zone)).days
