"""What every language has to be able to say, and how its numbers look."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol, assert_never

import msgspec

from events.measure import Count, Frequency, Measure, Per, RelativeFrequency
from workers.pace import shown
from workers.replan import (
    Dates,
    Lacking,
    MorePeriods,
    MoreTime,
    NearerRate,
    NearerScore,
    Way,
)


class ScoreNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """A score's way so far.

    `percent` is how much of the way to the target that is, 0 to 99; None where the score has
    moved by no more than the measure's own error.
    """

    instrument: str
    baseline: float
    target: float
    latest: float
    latest_on: date
    percent: int | None


class PracticeNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, in how many of `count` days or weeks: all of what was planned, or a part.

    `resting` days were not asked for; what rested altogether is not counted.
    """

    measure: Frequency
    done: float
    count: int
    met: int
    partly: int
    resting: int
    percent: int

    @property
    def tells_of_minimum(self) -> bool:
        """Whether days or weeks may have had the minimum version: in part, or as all of it."""
        measure = self.measure
        some = self.met + self.partly if measure.minimum_credit >= 1 else self.partly
        return measure.minimum is not None and some > 0


class RateNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """The rate before, that of the last days or weeks of the goal's time, and the one aimed for.

    `resting` days of the goal's time were not asked for, and are left out of all of them.
    """

    measure: RelativeFrequency
    baseline: float
    latest: float
    target: float | None
    resting: int
    percent: int


class CountNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """How much was done in all, of how much."""

    measure: Count
    done: float
    percent: int

    @property
    def is_more(self) -> bool:
        """Whether more was done than was asked for."""
        return self.done > self.measure.amount


class MilestoneNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """The day on which it was done."""

    done_on: date


Numbers = ScoreNumbers | PracticeNumbers | RateNumbers | CountNumbers | MilestoneNumbers


class Words(Protocol):
    """One language. `today` decides whether a date needs its year."""

    @property
    def language(self) -> str:
        """The language the words are in: en or es."""
        ...

    def date_passed(self, due_on: date, *, today: date) -> str:
        """That the date has passed, and nothing about anybody."""
        ...

    def moved(self, numbers: Numbers, *, today: date) -> str:
        """The numbers where something moved, with how far along the way that is."""
        ...

    def stood(self, numbers: Numbers, *, today: date) -> str:
        """The numbers alone, where little moved or things got harder."""
        ...

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        """The numbers where they have come to the target after all."""
        ...

    def unrecorded(
        self, measure: Measure, instrument: str | None, since: date, *, today: date
    ) -> str:
        """That there are no entries yet; `instrument` is the name of a score's."""
        ...

    def one_score(self, numbers: ScoreNumbers, *, today: date) -> str:
        """That the score of the first day is the one there is."""
        ...

    def continuum(self) -> str:
        """A line instead of a verdict."""
        ...

    def hard_stretch(self) -> str:
        """Acknowledgement without praise."""
        ...

    def record_is_silent(self) -> str:
        """That no entry is no statement about anybody."""
        ...

    def choose_between(self, ways: Sequence[Way], *, today: date) -> str:
        """The choice handed back, with the ways there are."""
        ...

    def choose_what_follows(self) -> str:
        """The choice handed back where the numbers have arrived."""
        ...

    def look_together(self, *, moved: bool) -> str:
        """The choice handed back where there is no way on to name."""
        ...

    def next_step(self) -> str:
        """How the ways on are meant."""
        ...

    def talk_first(self, lacking: Lacking | None, *, latest_on: date, today: date) -> str:
        """That it helps to talk first, and why there is no way on to name."""
        ...

    def way(self, way: Way, *, today: date) -> str:
        """One way on, as a sentence of its own."""
        ...

    def arithmetic(self, way: Way, *, today: date) -> str:
        """The numbers and the formula of a way on."""
        ...


Noun = Literal["point", "times", "minutes", "day", "week"]


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """A distance, in what it is counted, and when it is crossed: twice, as `Dates` has it.

    `start` is where it begins and `end` where it leads, where those are scores or rates.
    """

    start: float | None
    end: float | None
    distance: float
    noun: Noun
    rate_per: Per | None
    per_week: float
    slower: float
    dates: Dates


def crossing_of(way: MoreTime | MorePeriods | NearerScore | NearerRate) -> Crossing:
    """What a way on crosses by its dates."""
    noun: Noun = "point"
    rate_per: Per | None = None
    start: float | None = None
    end = way.new if isinstance(way, NearerScore | NearerRate) else None
    match way:
        case MorePeriods():
            noun = way.measure.per
        case NearerRate(measure=measure):
            noun, rate_per, start = measure.unit, measure.per, way.start
        case MoreTime(measure=RelativeFrequency() as measure):
            noun, rate_per, start, end = measure.unit, measure.per, way.start, way.target
        case MoreTime(measure=Count() as measure):
            noun = measure.unit
        case NearerScore():
            start = way.start
        case MoreTime():
            start, end = way.start, way.target
        case _:
            assert_never(way)
    dates = way.by if isinstance(way, NearerScore | NearerRate) else way.dates
    if not isinstance(dates, Dates):
        raise TypeError("this way on follows from a date, and not from a distance")
    return Crossing(
        start=start,
        end=end,
        distance=dates.distance,
        noun=noun,
        rate_per=rate_per,
        per_week=way.pace.per_week,
        slower=way.pace.slower,
        dates=dates,
    )


def plain(number: float, *, decimal: str = ".", digits: int = 1) -> str:
    """A number as people write it: no trailing zeros, at most so many decimals."""
    text = f"{number:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", decimal)


def fine(number: float, *, decimal: str = ".") -> str:
    """A number with the three digits that arithmetic goes on with."""
    return plain(shown(number), decimal=decimal, digits=10)


def agreeing(text: str, one: str, many: str) -> str:
    """The form of a word that agrees with a number as it is written."""
    return one if text == "1" else many


def sentence(clause: str) -> str:
    """A clause as a sentence."""
    return f"{clause[0].upper()}{clause[1:]}."
