"""What a SMART review looks at, and what it finds."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.instruments import Instrument
from events.measure import (
    Count,
    Frequency,
    Milestone,
    Per,
    RelativeFrequency,
    Score,
    ScoreValue,
    TargetBand,
    TargetPercent,
    TargetValue,
)

Letter = Literal["S", "M", "A", "R", "T"]
Alike = Literal["template", "score", "rate", "rise", "moods"]
Code = Literal[
    "statement_missing",
    "statement_vague",
    "measure_missing",
    "parameter_missing",
    "baseline_missing",
    "target_missing",
    "target_within_error",
    "percent_of_low_baseline",
    "band_already_met",
    "baseline_meets_amount",
    "baseline_zero",
    "change_within_chance",
    "achievability_missing",
    "achievability_low",
    "pace_beyond_own",
    "more_than_kept",
    "similar_goals_reached",
    "why_missing",
    "why_repeats_statement",
    "deadline_missing",
    "review_after_deadline",
]


class OpenScore(msgspec.Struct, frozen=True, kw_only=True, tag="score", forbid_unknown_fields=True):
    """A score whose baseline or target may still be open."""

    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    baseline: ScoreValue | None = None
    target: TargetValue | TargetPercent | TargetBand | None = None

    @property
    def complete(self) -> Score | None:
        """The measure, if it has both."""
        if self.baseline is None or self.target is None:
            return None
        return Score(instrument=self.instrument, baseline=self.baseline, target=self.target)


OpenMeasure = OpenScore | Frequency | RelativeFrequency | Count | Milestone


class OpenParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A number that a template needs and was not given: its name, what it means, and its range."""

    name: str
    meaning: str
    minimum: float
    maximum: float


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A goal, or as much of one as there is. A band has its value.

    `template_why` is the question of the goal's template, `open_parameters` are those that have to
    be given and were not. `client_named` says whether it is known whose goal it is,
    `baseline_given` that a baseline of 0 was meant; `measured_rate` is the baseline that was
    measured where none was given.
    """

    statement: str | None = None
    measure: OpenMeasure | None = None
    achievability: int | None = None
    why: str | None = None
    starts_on: date
    due_on: date | None = None
    by_next_session: bool = False
    client_named: bool = True
    review_every_days: int = 14
    template: str | None = None
    template_why: str = ""
    open_parameters: tuple[OpenParameter, ...] = ()
    baseline_given: bool = False
    measured_rate: float | None = None


class Dated(msgspec.Struct, frozen=True, array_like=True):
    """A total, and when it was true, in days on any one scale."""

    days: float
    value: float


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was done towards an earlier goal that is measured alike, and what that goal was.

    In half of its `periods` or more it was `amount` or more, empty ones included. The `left_out`
    are whole days or weeks with a day of rest or of a pause in them.
    """

    amount: float
    periods: int
    left_out: int = 0
    per: Per
    statement: str


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the practice's similar goals that ended were reached, and by what they are alike.

    By their template; by their instrument and kind of target; by what is counted, and by day or
    week, of which so much is asked for or so much more; or by mood entries being what is counted.
    """

    alike: Alike
    reached: int
    ended: int


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the record knows that a goal is compared with.

    `instrument` has the practice's norms laid over its own numbers; `scores` are the client's
    totals on it, of the last half year.
    """

    instrument: Instrument | None = None
    scores: tuple[Dated, ...] = ()
    kept: Kept | None = None
    similar: Similar | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the clinician about one letter of SMART.

    `arithmetic` shows the numbers that the question comes from, each of them in `numbers` by its
    name; both are empty where there is nothing to count. `blocks` says that the goal can not be
    set like this, because a part is missing; nothing else is a reason not to.
    """

    letter: Letter
    code: Code
    question: str
    arithmetic: str = ""
    numbers: dict[str, float] = {}
    blocks: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding before it is worded. `words` names its sentences, `names` what is no number."""

    letter: Letter
    code: Code
    words: str
    numbers: dict[str, float] = {}
    names: dict[str, str] = {}
    blocks: bool = False
