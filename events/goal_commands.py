"""What may be asked of a goal: its commands, within the limits of what people write."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from events.goal import CloseReason, Party
from events.measure import Measure, Progress
from events.text import Note, OptionalReason, Reason, Statement, ZoneName

Rating0To10 = Annotated[int, Meta(ge=0, le=10)]
ReviewRhythm = Annotated[int, Meta(ge=1, le=366)]
Level = Annotated[int, Meta(ge=-2, le=2)]
Levels = Annotated[tuple[Statement, ...], Meta(min_length=5, max_length=5)]
Weight = Annotated[float, Meta(ge=1, le=10)]


class AboutGoal(msgspec.Struct, frozen=True, kw_only=True):
    goal_id: UUID
    now: datetime


class SetGoal(AboutGoal, frozen=True, kw_only=True):
    """`starts_on` left out (None) is the client's today."""

    client_id: UUID
    statement: Statement
    measure: Measure
    achievability: Rating0To10
    why: Statement
    due_on: date
    zone: ZoneName
    starts_on: date | None = None
    review_every_days: ReviewRhythm = 14
    replaces: UUID | None = None
    due_session_id: UUID | None = None
    template: str | None = None
    baseline_given: bool | None = None


class AgreeGoal(AboutGoal, frozen=True, kw_only=True):
    parties: frozenset[Party]


class ReviseStatement(AboutGoal, frozen=True, kw_only=True):
    statement: Statement
    reason: Reason
    client_agreed: bool


class ReviseTarget(AboutGoal, frozen=True, kw_only=True):
    measure: Measure
    reason: Reason
    client_agreed: bool


class ReviseDeadline(AboutGoal, frozen=True, kw_only=True):
    due_on: date
    reason: Reason
    client_agreed: bool


class FollowSession(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that the session by which the goal is due lies on this day now."""

    session_id: UUID
    due_on: date


class PauseGoal(AboutGoal, frozen=True, kw_only=True):
    reason: OptionalReason = ""


class ResumeGoal(AboutGoal, frozen=True, kw_only=True):
    reason: OptionalReason = ""


class TakeRest(AboutGoal, frozen=True, kw_only=True):
    """A day on which nothing is asked for, to come or gone by."""

    on: date
    reason: Reason


class WithdrawRest(AboutGoal, frozen=True, kw_only=True):
    on: date


class SetScale(AboutGoal, frozen=True, kw_only=True):
    """What -2, -1, 0, +1 and +2 mean, in this order."""

    levels: Levels
    weight: Weight = 1.0
    baseline_level: Level = -1


class RateLevel(AboutGoal, frozen=True, kw_only=True):
    """`on` left out (None) is the client's today."""

    level: Level
    on: date | None = None
    note: Note = ""


class ReachGoal(AboutGoal, frozen=True, kw_only=True):
    """A person says that the goal is reached, or a worker that a behaviour goal is."""

    progress: Progress | None = None
    evidence_position: int | None = None
    note: Note = ""


class CloseGoal(AboutGoal, frozen=True, kw_only=True):
    reason: CloseReason
    note: Note = ""


class ReopenGoal(AboutGoal, frozen=True, kw_only=True):
    """A goal that was reached or closed goes on, until `due_on` where that is given."""

    reason: Reason
    due_on: date | None = None
    client_agreed: bool = False


class ReplaceGoal(AboutGoal, frozen=True, kw_only=True):
    by_goal_id: UUID
    reason: Reason


class NoticeDeadline(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that this deadline has passed, with the progress on record at that time."""

    due_on: date
    progress: Progress
    evidence_position: int


class NoticeRisk(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that the goal trails the line to this deadline."""

    due_on: date
    progress: Progress
    evidence_position: int


class NoticeTargetMet(AboutGoal, frozen=True, kw_only=True):
    """A worker saw that a goal which is reached once it is done has been done."""

    progress: Progress
    evidence_position: int


GoalCommand = (
    SetGoal
    | AgreeGoal
    | ReviseStatement
    | ReviseTarget
    | ReviseDeadline
    | FollowSession
    | PauseGoal
    | ResumeGoal
    | TakeRest
    | WithdrawRest
    | SetScale
    | RateLevel
    | ReachGoal
    | CloseGoal
    | ReopenGoal
    | ReplaceGoal
    | NoticeDeadline
    | NoticeRisk
    | NoticeTargetMet
)
