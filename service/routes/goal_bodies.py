"""What is sent about a goal: the bodies of the routes in goals.py and goal_life.py."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import msgspec

from events.goal import CloseReason, Party
from events.goal_decisions import Rating0To10, ReviewRhythm
from events.measure import Measure
from events.text import Note, OptionalReason, Reason, Statement, ZoneName

# A span of time in an example stands for the day that far from today (service/openapi.py).
EXAMPLE = {
    "statement": "Walk for half an hour on five days a week",
    "measure": {"type": "frequency", "amount": 150, "unit": "minutes", "per": "week"},
    "achievability": 7,
    "why": "I sleep better when I have been outside.",
    "due_on": timedelta(weeks=12),
    "review_every_days": 14,
}


class NewGoal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal, with every SMART part.

    `why` are the client's own words, `achievability` their rating from 0 to 10. Without
    `starts_on` it starts today, without `zone` it goes by the client's own time zone.
    """

    statement: Statement
    measure: Measure
    achievability: Rating0To10
    why: Statement
    due_on: date
    starts_on: date | None = None
    zone: ZoneName | None = None
    review_every_days: ReviewRhythm = 14
    id: UUID | None = None


ClientAgreed = Annotated[
    bool, msgspec.Meta(description="Whether the client agreed to this revision.")
]


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has agreed; left out, the one who asks. A clinician may record both."""

    parties: Annotated[tuple[Party, ...], msgspec.Meta(min_length=1, max_length=2)] | None = None


class RevisedDeadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    due_on: date
    reason: Reason
    client_agreed: ClientAgreed


class RevisedTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The measure with its baseline and target, as it is from now on."""

    measure: Measure
    reason: Reason
    client_agreed: ClientAgreed


class RevisedStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    statement: Statement
    reason: Reason
    client_agreed: ClientAgreed


class Pause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class Resumption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class Reaching(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: Note = ""


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal ends without being reached, for a reason that blames nobody."""

    reason: CloseReason
    note: Note = ""


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The goal that takes the place of this one, and why."""

    goal: NewGoal
    reason: Reason
