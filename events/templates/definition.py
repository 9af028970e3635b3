"""What a template is: a goal whose numbers and words are still open, in several languages."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.goal_commands import ReviewRhythm
from events.measure import Measure
from events.text import SAYS_SOMETHING, Language

Category = Literal["general_aspects", "pleasure", "achievement", "with_cbt"]
# What of a goal a parameter fills: a number of its measure, the instrument, or its length.
NumberPlace = Literal[
    "amount", "minimum", "reserve", "baseline", "target", "over_periods", "weeks", "days"
]

# Stored templates are decoded within these limits: widen them if need be, never narrow them.
# Python's $ also matches before a last line break: the lookahead says that none is meant.
PARAMETER_NAME = r"^[a-z][a-z0-9_]{0,39}$(?!\n)"
ParameterName = Annotated[str, Meta(pattern=PARAMETER_NAME)]
Label = Annotated[str, Meta(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
Pattern = Annotated[str, Meta(min_length=1, max_length=400, pattern=SAYS_SOMETHING)]
Labels = Annotated[dict[Language, Label], Meta(min_length=1, max_length=8)]
Quantity = Annotated[float, Meta(ge=-1000, le=2000)]
# What is given for a parameter: a number, or words that say what is meant.
Given = (
    Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]
    | Annotated[str, Meta(min_length=1, max_length=100, pattern=SAYS_SOMETHING)]
)


class Number(msgspec.Struct, frozen=True, kw_only=True, tag="number", forbid_unknown_fields=True):
    """A number from `minimum` to `maximum`, in `unit`; whole unless `whole` is false.

    It has to be given where there is no `default`, unless it is `optional`. `example` is a number
    that would do, for a parameter without a default. `fills` says which number of the goal it is;
    one that fills none stands in the statement alone. A percentage is written without a sign: the
    measure of the template says whether it is more or less.
    """

    name: ParameterName
    meaning: Labels
    unit: Annotated[str, Meta(min_length=1, max_length=20)]
    minimum: Quantity
    maximum: Quantity
    default: Quantity | None = None
    example: Quantity | None = None
    optional: bool = False
    whole: bool = True
    fills: NumberPlace | None = None


class Words(msgspec.Struct, frozen=True, kw_only=True, tag="words", forbid_unknown_fields=True):
    """A few words for the statement, such as which activity; the default by language."""

    name: ParameterName
    meaning: Labels
    default: Labels


class Choice(msgspec.Struct, frozen=True, kw_only=True, tag="choice", forbid_unknown_fields=True):
    """One of several instruments, by their ids; the statement says its name."""

    name: ParameterName
    meaning: Labels
    values: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...],
        Meta(min_length=1, max_length=20),
    ]
    default: Annotated[str, Meta(min_length=1, max_length=40)]
    fills: Literal["instrument"] = "instrument"


Parameter = Number | Words | Choice


class Wording(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template in one language.

    In the statement `{minutes}` stands for a parameter of that name, and `{times:once|# times}`
    for the first form where its number is 1, else for the second with the number in place of #.
    `why` asks the client what the goal is good for: the answer is theirs, and no part of this.
    """

    title: Label
    statement: Pattern
    why: Label


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal to begin from. Achievability and why are the client's own, and never in it.

    `measure` holds the numbers that no parameter fills. The goal runs for `days`: something done
    by the day or week ends on the last of them, anything else is due when they are over; with
    `by_next_session` it is due by the next session. With `baseline_days` it starts so many days
    later where no baseline is given, and the baseline is measured until then. The reserve, or its
    default, is for that length: a shorter goal has the same share of it.
    """

    category: Category
    wording: Annotated[dict[Language, Wording], Meta(min_length=1, max_length=8)]
    measure: Measure
    parameters: Annotated[tuple[Parameter, ...], Meta(max_length=12)] = ()
    days: Annotated[int, Meta(ge=1, le=1826)] = 28
    by_next_session: bool = False
    review_every_days: ReviewRhythm = 14
    baseline_days: Annotated[int, Meta(ge=0, le=90)] = 0

    def wording_in(self, language: str) -> tuple[str, Wording]:
        """The wording for a language such as es-MX, else for es, else English, else any."""
        spoken = language.partition("-")[0]
        for one in (language, spoken, "en", *self.wording):
            if one in self.wording:
                return one, self.wording[one]
        raise AssertionError("unreachable: a template has a wording")


def label_in(labels: dict[Language, Label], language: str) -> str:
    """A label in a language such as es-MX, else in es, else in English, else in any."""
    spoken = language.partition("-")[0]
    return next(labels[one] for one in (language, spoken, "en", *labels) if one in labels)
