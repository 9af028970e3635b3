"""Where each goal stands: a row per goal, with the evidence that its progress is computed from."""

from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID

import msgspec

from events import goal_days
from events.goal import Goal, Stage, pauses_gone_by
from events.goal_noticing import can_be_due
from events.measure import Measure, Progress, Score, ends_when_met
from events.moment import day_of
from events.progress import counted_from
from events.suggestion import OPEN, Kind, Status

Course = Literal["on_course", "at_risk", "past_its_date"]

KINDS: tuple[Kind, ...] = ("reframing", "replan")


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One piece of evidence: a total or an amount, when it was true, and where the log has it.

    `on` is the day in the goal's zone. `position` is that of the entry as it is now, `founded` that
    at which it was first made: of two entries of one moment the one made later is the newer, and a
    correction does not change which. A row has hundreds of them, and none can be part of a cycle:
    the collector of garbage does not look.
    """

    value: float
    occurred_at: datetime
    on: date
    position: int
    founded: int


class LatestEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The newest evidence that counts. `value` is a total, or an amount in the goal's unit."""

    value: float
    occurred_at: datetime
    entry_id: UUID
    position: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion that was made for this goal, when the log reached `looked_at`.

    `positions` are those of the entries it was computed from, while nobody has decided.
    """

    kind: Kind
    due_on: date
    status: Status
    looked_at: int
    positions: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class GoalStatus(msgspec.Struct, frozen=True, kw_only=True, tag="goal"):
    """One goal: its own state, and what the log adds to that.

    `goal` is the aggregate's state as its stream makes it, and `version` that of the stream (the
    ETag). `position` is the last event of the log that concerned the goal, `revised_position` the
    last that changed its measure or deadline, `rested_position` the last that changed its days of
    rest, `reopened_position` where it was reopened, and `noticed_position` where the log has the
    last record of what came of a deadline. `in_force_at` is when the goal came to be under way as
    it is now. `revisions` counts the changes of statement, target and deadline that people made,
    `missed` how often a deadline was recorded as missed, and `answered` how often late evidence has
    answered that.

    `met_by_date` says whether the target was met by a deadline that was noticed, by all that is
    known now, `no_longer_met` that what the goal was reached by was corrected or withdrawn.
    `passes_at` is the end of the deadline in the goal's zone. `risk_at` is the instant from which
    the goal, without new evidence, trails the straight line to its deadline: absent where that
    would come after the deadline.

    Where the goal is due by a session, `session_on` is the day, in the goal's zone, on which that
    session lies now, and `session_id` is whose day it is (the next one's where that session was
    cancelled). Both are absent where there is no session to go by.

    `scores` are the client's totals on the instrument of a score measure, `check_ins` what was
    done towards the goal (or the mood entries that count for it), both by entry; those before the
    goal's first day do not count, but for a baseline that is measured.
    """

    goal_id: UUID
    client_id: UUID
    goal: Goal
    set_at: datetime
    ended_at: datetime | None = None
    revisions: int = 0
    missed: int = 0
    answered: int = 0
    met_by_date: bool | None = None
    noticed_position: int = 0
    no_longer_met: bool = False
    reopened_position: int | None = None
    version: int
    position: int
    revised_position: int
    rested_position: int = 0
    in_force_at: datetime | None = None
    session_id: UUID | None = None
    session_on: date | None = None
    progress: Progress = Progress()
    latest: LatestEvidence | None = None
    passes_at: datetime
    risk_at: datetime | None = None
    offers: dict[UUID, Offer] = {}
    scores: dict[UUID, Mark] = {}
    check_ins: dict[UUID, Mark] = {}

    @property
    def measure(self) -> Measure:
        """What the goal is measured by: every goal that was set has a measure."""
        return cast("Measure", self.goal.measure)

    @property
    def deadline_noticed(self) -> bool:
        """Whether what came of this deadline has been recorded, as it is known by now."""
        if self.met_by_date is False:
            return self.goal.missed_on == self.goal.due_on
        if self.met_by_date and not ends_when_met(self.measure):
            return self.goal.target_met_on == self.goal.due_on
        # What is reached as soon as it is met is not waiting for its date (see target_met).
        return self.goal.due_on in (self.goal.missed_on, self.goal.target_met_on)

    @property
    def dates_passed(self) -> int:
        """How many deadlines came and went short of the target, by what is known now."""
        return self.missed - self.answered

    @property
    def risk_noticed(self) -> bool:
        return self.goal.at_risk_on == self.goal.due_on

    @property
    def deadline_moved(self) -> bool:
        """Whether the session by which the goal is due has another day now that can be followed."""
        if not self.goal.is_open or self.goal.due_session_id is None or self.session_on is None:
            return False
        if (self.session_id, self.session_on) == (self.goal.due_session_id, self.goal.due_on):
            return False
        return can_be_due(self.measure, starts_on=self.goal.starts_on, due_on=self.session_on)

    @property
    def target_met(self) -> bool:
        """Whether the goal is under way and has all that it is reached by, before its date."""
        met = (
            self.goal.stage is Stage.ACTIVE
            and ends_when_met(self.measure)
            and self.progress.target_met
        )
        if not met or self.reopened_position is None:
            return met
        # Somebody has said that what there was until then had not reached it.
        return any(mark.position > self.reopened_position for mark in self.check_ins.values())

    @property
    def kinds_owed(self) -> tuple[Kind, ...]:
        """The kinds of suggestion that the passing of this deadline still calls for.

        One that was withdrawn because entries changed calls for another; one that a revision
        made pointless does not.
        """
        if (
            self.goal.stage is not Stage.ACTIVE
            or self.goal.missed_on != self.goal.due_on
            or self.deadline_moved
        ):
            return ()
        if self.met_by_date:
            return ()  # By what is known now; a worker is about to say so.
        made = {
            offer.kind
            for offer in self.offers.values()
            # What was made when the same date was noticed before belongs to that.
            if offer.due_on == self.goal.due_on
            and offer.looked_at >= self.noticed_position
            and (offer.status != "withdrawn" or offer.looked_at < self.revised_position)
        }
        return tuple(kind for kind in KINDS if kind not in made)

    def withdrawn(self, kind: Kind) -> int:
        """How many suggestions of a kind about this deadline have been withdrawn so far."""
        return sum(
            (offer.kind, offer.due_on, offer.status) == (kind, self.goal.due_on, "withdrawn")
            for offer in self.offers.values()
        )

    @property
    def outdated(self) -> tuple[UUID, ...]:
        """The open suggestions that no longer fit: the goal moved on, or entries changed since."""
        return tuple(
            suggestion_id
            for suggestion_id, offer in self.offers.items()
            if offer.is_open
            and (
                self.goal.stage is not Stage.ACTIVE
                or offer.due_on != self.goal.due_on
                or offer.looked_at
                < max(self.revised_position, self.rested_position, self.noticed_position)
                or self.has_other_entries(offer)
            )
        )

    def has_other_entries(self, offer: Offer) -> bool:
        """Whether an entry that counted was corrected or withdrawn, or one up to the date came.

        What came about a later time is news, and makes nothing untrue that was said of the date.
        """
        marks = (self.scores if isinstance(self.measure, Score) else self.check_ins).values()
        first = counted_from(self.measure, self.goal.starts_on)
        return not {mark.position for mark in marks}.issuperset(offer.positions) or any(
            mark.position > offer.looked_at and first <= mark.on <= offer.due_on for mark in marks
        )


def rested(row: GoalStatus) -> Goal:
    """The goal's own state; a pause that went on when the goal ended was over then."""
    goal = row.goal
    if row.ended_at is None or goal.paused_on is None:
        return goal
    ended_on = day_of(row.ended_at, goal.zone)
    return msgspec.structs.replace(goal, pauses=pauses_gone_by(goal, ended_on))


def excused_days(row: GoalStatus) -> frozenset[date]:
    """The days of the goal's time for which nothing is asked, as events/goal_days.py has them."""
    return goal_days.excused_days(rested(row), row.goal.due_on)


def pauses_of(row: GoalStatus) -> list[tuple[date, date | None]]:
    """The goal's pauses, each from its first day to before another: None while the pause goes on.

    A pause that was over on its first day is none: it has excused nothing.
    """
    pauses: list[tuple[date, date | None]] = [*sorted(rested(row).pauses)]
    if row.goal.paused_on is not None and row.ended_at is None:
        pauses.append((row.goal.paused_on, None))
    return pauses


def course(row: GoalStatus, now: datetime) -> Course | None:
    """How the goal does at an instant; None where it is not under way."""
    if row.goal.stage is not Stage.ACTIVE:
        return None
    if now >= row.passes_at:
        return "past_its_date"
    if row.risk_at is not None and now >= row.risk_at:
        return "at_risk"
    return "on_course"


def days_left(row: GoalStatus, now: datetime) -> int | None:
    """Days to the deadline on the client's calendar, 0 on the day itself; None once it ended."""
    if not row.goal.is_open:
        return None
    return (row.goal.due_on - day_of(now, row.goal.zone)).days
