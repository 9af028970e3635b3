"""Where each goal stands: a row per goal, with the evidence that its progress is computed from."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from events.goal import OPEN_STAGES, Party, Stage
from events.goal_days import days_excused
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


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which nothing is asked for, and why."""

    on: date
    reason: str


class PausedDays(msgspec.Struct, frozen=True, kw_only=True):
    """Days on which the goal rests: from one day to before another, None while it goes on."""

    from_on: date
    until_on: date | None = None


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
    """One goal. Every SMART part is a field; `measure` holds baseline and target.

    `revisions` counts the changes of statement, target and deadline, `missed` how often a deadline
    was recorded as missed, and `answered` how often late evidence has answered that. `missed_on`,
    `at_risk_on` and `target_met_on` are the deadlines for which that was recorded and holds,
    `noticed_position` is where the log has the last of the first and the third, and `met_by_date`
    says whether the target was met by such a deadline, by all that is known now. `passes_at` is the
    end of `due_on` in the goal's zone. `risk_at` is the instant from which the goal, without new
    evidence, trails the straight line to its deadline: absent where that would come after the
    deadline. `version` is that of the goal's stream (the ETag), `position` the last event of the
    log that concerned the goal, `revised_position` the last that changed its measure or deadline,
    `rested_position` the last that changed its days of rest, `in_force_at` when the goal came to be
    under way as it is now, `reopened_position` where it was reopened. `reached_met` says that the
    target was met when the goal was called reached, and `no_longer_met` that it is not any more,
    because its evidence was corrected or withdrawn. `paused_on` is the first day of a pause that
    goes on, also while the goal has ended: reopened, the goal has rested until then.

    With `due_session_id` the goal is due on the day of that session: `session_on`, in the goal's
    zone, is where that day lies now, and `session_id` is whose it is (the next one's where that
    session was cancelled). Both are absent where there is no session to go by.

    `scores` are the client's totals on the instrument of a score measure, `check_ins` what was
    done towards the goal (or the mood entries that count for it), both by entry; those before the
    goal's first day do not count, but for a baseline that is measured.
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
    answered: int = 0
    missed_on: date | None = None
    at_risk_on: date | None = None
    target_met_on: date | None = None
    met_by_date: bool | None = None
    noticed_position: int = 0
    reached_met: bool = False
    no_longer_met: bool = False
    reopened_position: int | None = None
    version: int
    position: int
    revised_position: int
    rested_position: int = 0
    in_force_at: datetime | None = None
    due_session_id: UUID | None = None
    template: str | None = None
    baseline_given: bool = False
    session_id: UUID | None = None
    session_on: date | None = None
    rests: tuple[Rest, ...] = ()
    pauses: tuple[PausedDays, ...] = ()
    paused_on: date | None = None
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
        """Whether what came of this deadline has been recorded, as it is known by now."""
        if self.met_by_date is False:
            return self.missed_on == self.due_on
        if self.met_by_date and not ends_when_met(self.measure):
            return self.target_met_on == self.due_on
        # What is reached as soon as it is met is not waiting for its date (see target_met).
        return self.due_on in (self.missed_on, self.target_met_on)

    @property
    def dates_passed(self) -> int:
        """How many deadlines came and went short of the target, by what is known now."""
        return self.missed - self.answered

    @property
    def risk_noticed(self) -> bool:
        return self.at_risk_on == self.due_on

    @property
    def deadline_moved(self) -> bool:
        """Whether the session by which the goal is due has another day now that can be followed."""
        if not self.is_open or self.due_session_id is None or self.session_on is None:
            return False
        if (self.session_id, self.session_on) == (self.due_session_id, self.due_on):
            return False
        return can_be_due(self.measure, starts_on=self.starts_on, due_on=self.session_on)

    @property
    def target_met(self) -> bool:
        """Whether the goal is under way and has all that it is reached by, before its date."""
        met = (
            self.stage is Stage.ACTIVE and ends_when_met(self.measure) and self.progress.target_met
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
        if self.stage is not Stage.ACTIVE or self.missed_on != self.due_on or self.deadline_moved:
            return ()
        if self.met_by_date:
            return ()  # By what is known now; a worker is about to say so.
        made = {
            offer.kind
            for offer in self.offers.values()
            # What was made when the same date was noticed before belongs to that.
            if offer.due_on == self.due_on
            and offer.looked_at >= self.noticed_position
            and (offer.status != "withdrawn" or offer.looked_at < self.revised_position)
        }
        return tuple(kind for kind in KINDS if kind not in made)

    def withdrawn(self, kind: Kind) -> int:
        """How many suggestions of a kind about this deadline have been withdrawn so far."""
        return sum(
            (offer.kind, offer.due_on, offer.status) == (kind, self.due_on, "withdrawn")
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
                self.stage is not Stage.ACTIVE
                or offer.due_on != self.due_on
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
        first = counted_from(self.measure, self.starts_on)
        return not {mark.position for mark in marks}.issuperset(offer.positions) or any(
            mark.position > offer.looked_at and first <= mark.on <= offer.due_on for mark in marks
        )


def excused_days(row: GoalStatus) -> frozenset[date]:
    """The days of the goal's time for which nothing is asked, as events/goal_days.py has them.

    A pause that goes on excuses nothing yet, so that to resume never takes anything away.
    """
    if not (row.rests or row.pauses):
        return frozenset()
    rests = (rest.on for rest in row.rests)
    pauses = ((one.from_on, one.until_on) for one in row.pauses if one.until_on is not None)
    return days_excused(row.measure, rests, pauses, first=row.starts_on, last=row.due_on)


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
