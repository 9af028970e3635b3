"""What is sent about a goal: the bodies of the routes in goals.py and goal_life.py."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from events.goal import CloseReason, Party
from events.goal_commands import Rating0To10, ReviewRhythm
from events.measure import Measure
from events.templates import Given, ParameterName
from events.text import Note, OptionalReason, Reason, Statement, ZoneName

# A span of time in an example stands for the day that far from today (service/openapi.py).
TemplateId = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Parameters = Annotated[
    dict[ParameterName, Given],
    msgspec.Meta(max_length=12, description="What the template's parameters are to be, by name."),
]
REVIEW_EVERY_DAYS = 14


class NewGoal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal, with every SMART part.

    `why` are the client's own words, `achievability` their rating from 0 to 10. The deadline is
    `due_on` or, `by_next_session`, the day of the next session, which it follows where that moves.
    Without `starts_on` it starts today, without `zone` it goes by the client's own time zone, and
    without `review_every_days` it is looked at every fourteen days. With a `template` and its
    `parameters` the statement, the measure, the days and the deadline come from there, in the
    client's language, unless they are given.
    """

    # What the first release did not have, for events.record.digest.
    LATER: ClassVar = ("by_next_session", "template", "parameters")

    statement: Statement | None = None
    measure: Measure | None = None
    achievability: Rating0To10
    why: Statement
    due_on: date | None = None
    by_next_session: bool = False
    starts_on: date | None = None
    zone: ZoneName | None = None
    review_every_days: ReviewRhythm | None = None
    template: TemplateId | None = None
    parameters: Parameters = {}
    id: UUID | None = None


class WholeGoal(msgspec.Struct, frozen=True, kw_only=True):
    """A new goal with nothing left to its template."""

    statement: str
    measure: Measure
    achievability: int
    why: str
    due_on: date | None
    by_next_session: bool
    starts_on: date | None
    zone: str | None
    review_every_days: int = REVIEW_EVERY_DAYS
    template: str | None = None
    template_why: str = ""
    baseline_given: bool = False


def content_of(data: NewGoal) -> NewGoal:
    """What is asked for: a rhythm that is left out is the usual one, as in the first release."""
    rhythm = data.review_every_days or REVIEW_EVERY_DAYS
    return msgspec.structs.replace(data, review_every_days=rhythm)


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


class Reopening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the goal goes on, and until when where its deadline has passed or is to be another."""

    reason: Reason
    due_on: date | None = None
    client_agreed: ClientAgreed = False


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The goal that takes the place of this one, and why."""

    goal: NewGoal
    reason: Reason
