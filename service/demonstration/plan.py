"""How the demonstration is written down: people, their entries and their goals, by day.

Days are numbered from 0, the first; the last that anything happens on is LAST_DAY. A deadline may
lie beyond it.
"""

from datetime import time
from typing import Literal

import msgspec

from events.goal import CloseReason, Party
from events.measure import Frequency, Measure, Milestone, Score, TargetPercent
from events.suggestion import Kind

DAYS = 84
LAST_DAY = DAYS - 1
BOTH: frozenset[Party] = frozenset({"clinician", "client"})
CLINICIAN: frozenset[Party] = frozenset({"clinician"})


class Moods(msgspec.Struct, frozen=True, kw_only=True):
    """Daily ratings that wander along a line from `first` to `last`, by at most `swing`.

    `gaps` are days without an entry, first and last. `late` days were entered so many days
    afterwards; `corrected` ones were set right the next day, `withdrawn` ones taken back.
    """

    first: float
    last: float
    swing: float = 1.5
    begins: int = 0
    ends: int = LAST_DAY
    gaps: tuple[tuple[int, int], ...] = ()
    evenings: bool = False
    notes: dict[int, str] = {}
    tags: dict[int, tuple[str, ...]] = {}
    late: dict[int, int] = {}
    corrected: dict[int, int] = {}
    withdrawn: dict[int, str] = {}


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of one instrument by day; `corrected` ones were set right the next day."""

    instrument: str
    totals: dict[int, int]
    corrected: dict[int, int] = {}
    withdrawn: dict[int, str] = {}


class Forms(msgspec.Struct, frozen=True, kw_only=True):
    """Forms of one instrument that were answered item by item, at home, by day.

    None is an item that was left out; `corrected` ones were answered anew the next day.
    """

    instrument: str
    answers: dict[int, tuple[int | None, ...]]
    corrected: dict[int, tuple[int | None, ...]] = {}


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """When they meet: each day was agreed on two weeks before, or on the day of enrolment.

    `moved` ones were moved to a day, on a day, for a reason; `cancelled` ones on a day.
    """

    days: tuple[int, ...]
    clock: time = time(15)
    moved: dict[int, tuple[int, int, str]] = {}
    cancelled: dict[int, tuple[int, str]] = {}


class AskTheNext(msgspec.Struct, frozen=True):
    """Nobody has acknowledged the flag in time: the next on duty is asked, by the worker."""


class Acknowledge(msgspec.Struct, frozen=True):
    """Somebody on duty has seen the flag."""


class ActOn(msgspec.Struct, frozen=True):
    action: str


class CloseFlag(msgspec.Struct, frozen=True):
    reason: str
    outcome: str


class FlagStep(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the flag that the form of `form_day` has raised, `hours` after it."""

    form_day: int
    hours: float
    by: str
    act: AskTheNext | Acknowledge | ActOn | CloseFlag


class MoveDeadline(msgspec.Struct, frozen=True, kw_only=True):
    due: int
    reason: str
    client_agreed: bool = True


class ChangeTarget(msgspec.Struct, frozen=True, kw_only=True):
    measure: Measure
    reason: str
    client_agreed: bool = True


class Pause(msgspec.Struct, frozen=True):
    reason: str


class Reach(msgspec.Struct, frozen=True):
    note: str


class Rest(msgspec.Struct, frozen=True):
    """This day is not asked for."""

    reason: str


class SetLevels(msgspec.Struct, frozen=True, kw_only=True):
    """What -2, -1, 0, +1 and +2 mean for this goal."""

    levels: tuple[str, str, str, str, str]
    weight: float = 1.0


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    level: int
    note: str


class Close(msgspec.Struct, frozen=True, kw_only=True):
    reason: CloseReason
    note: str


class Replace(msgspec.Struct, frozen=True, kw_only=True):
    """Put another goal of the same person in the place of this one; it is set by this act."""

    by: "Goal"
    reason: str


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """Accept the suggestion that the passing of the deadline brought, or its option."""

    kind: Kind
    option: int | None = None
    reason: str = ""


class Reshape(msgspec.Struct, frozen=True, kw_only=True):
    """Edit the words of the suggestion that the passing of the deadline brought."""

    kind: Kind
    sentences: tuple[str, ...]


class Dismiss(msgspec.Struct, frozen=True, kw_only=True):
    """Put a suggestion aside."""

    kind: Kind
    reason: str


class LetRead(msgspec.Struct, frozen=True, kw_only=True):
    """Release a suggestion to the client."""

    kind: Kind


Act = (
    MoveDeadline
    | ChangeTarget
    | Pause
    | Rest
    | SetLevels
    | Rate
    | Reach
    | Close
    | Replace
    | Take
    | Reshape
    | Dismiss
    | LetRead
)


class CheckIns(msgspec.Struct, frozen=True, kw_only=True):
    """What was done towards a goal, on each of these days."""

    days: tuple[int, ...]
    amount: float = 1.0
    notes: dict[int, str] = {}
    corrected: dict[int, float] = {}


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal, set on day `on` and due on day `due`.

    `agreed_by` agree on that day; `acts` are what became of the goal, by day. With a `template`
    the statement, the measure and the days come from there, and `due` says the same day. With
    `by_session` it is due by the session that was agreed on for that day.
    """

    key: str
    on: int
    due: int
    why: str
    achievability: int
    statement: str = ""
    measure: Measure = Milestone()
    template: str | None = None
    parameters: dict[str, float | str] = {}
    by_session: int | None = None
    review_every_days: int = 14
    agreed_by: frozenset[Party] = BOTH
    acts: tuple[tuple[int, Act], ...] = ()
    check_ins: tuple[CheckIns, ...] = ()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who does not exist. `hour` is when they usually write, in their own zone."""

    key: str
    name: str
    zone: str
    language: Literal["en", "es"] = "en"
    country: str | None = None
    enrolled: int = 0
    hour: int = 19
    moods: Moods
    scores: tuple[Scores, ...] = ()
    forms: tuple[Forms, ...] = ()
    flag_steps: tuple[FlagStep, ...] = ()
    sessions: Sessions | None = None
    goals: tuple[Goal, ...] = ()


def every(first: int, last: int, *, days: int, but: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Every so many days from `first` to `last`, a few left out."""
    return tuple(day for day in range(first, last + 1, days) if day not in but)


def on_weekdays(first: int, last: int, *places: int, but: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The days whose place in the week (0 to 6, from day 0) is one of these."""
    return tuple(day for day in range(first, last + 1) if day % 7 in places and day not in but)


def half(instrument: str, baseline: float) -> Score:
    """Half of a first score."""
    return Score(instrument=instrument, baseline=baseline, target=TargetPercent(percent=-50))


def times_a_week(times: float, *, baseline: float = 0.0, reserve: int = 0) -> Frequency:
    return Frequency(amount=times, unit="times", per="week", reserve=reserve, baseline=baseline)
