"""Phrases of English that sentences are made of: numbers, days, rates, and arithmetic."""

from datetime import date
from typing import Literal

import msgspec

from events.measure import Frequency, Per, RelativeFrequency, Unit, fed_by_moods
from workers.replan import MorePeriods, MoreTime, NearerRate, NearerScore, Reached
from workers.words.language import (
    CountNumbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    crossing_of,
    fine,
    plain,
)

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


class EnglishPhrases(msgspec.Struct, frozen=True):
    """What needs to know how a region writes a day: 1 March, or with `month_first` March 1."""

    month_first: bool = False

    def day(self, on: date, today: date) -> str:
        month = MONTHS[on.month - 1]
        if self.month_first:
            year = "" if on.year == today.year else f", {on.year}"
            return f"{month} {on.day}{year}"
        year = "" if on.year == today.year else f" {on.year}"
        return f"{on.day} {month}{year}"

    def went(self, numbers: ScoreNumbers, today: date) -> str:
        return (
            f"Your {numbers.instrument} score went from {plain(numbers.baseline)} at the start "
            f"to {plain(numbers.latest)} on {self.day(numbers.latest_on, today)}"
        )

    def crossed(self, way: MoreTime | MorePeriods | NearerScore | NearerRate, today: date) -> str:
        """A distance over a pace, and over the slower end of its interval, with both days."""
        crossing = crossing_of(way)
        per = "" if crossing.rate_per is None else f" a {crossing.rate_per}"
        dates = crossing.dates
        return (
            f"{counted(crossing.distance, crossing.noun, digits=2)}{per} to go ÷ "
            f"{fine(crossing.per_week)} a week = {counted(dates.weeks, 'week')}: "
            f"{self.day(dates.sooner_on, today)}. By the slower end of the 95% interval, "
            f"{fine(crossing.slower)} a week, {counted(dates.slower_weeks, 'week')}: "
            f"{self.day(dates.due_on, today)}. Days are in whole weeks."
        )


def counted(number: float, noun: str, *, digits: int = 1) -> str:
    one, text = noun.removesuffix("s"), plain(number, digits=digits)
    return f"{text} {one}" if text == "1" else f"{text} {one}s"


def is_are(number: float) -> str:
    return "is" if plain(number) == "1" else "are"


def amount(number: float, unit: Unit) -> str:
    """So much in all."""
    return f"{counted(number, unit)} in all"


def recorded(numbers: PracticeNumbers) -> str:
    noun = "mood note" if fed_by_moods(numbers.measure) else numbers.measure.unit
    return f"{counted(numbers.done, noun)} {is_are(numbers.done)} recorded up to then"


def share(numbers: PracticeNumbers) -> str:
    of, some = counted(numbers.count, numbers.measure.per), numbers.met + numbers.partly
    if not numbers.met:
        return f"{some} of {of} had a part of what was planned"
    detail = f", {numbers.met} of them all of it" if numbers.partly else ""
    return f"{some} of {of} had all or part of what was planned{detail}"


def aside(numbers: PracticeNumbers) -> str:
    """What was not asked for, and what counts in part, as a sentence of its own."""
    said = ""
    if numbers.resting:
        was = "was" if numbers.resting == 1 else "were"
        said += f" {counted(numbers.resting, 'day')} of rest {was} not asked for."
    if numbers.measure.minimum is not None and numbers.partly:
        said += f" The version for a hard day, {small(numbers.measure)}, counts in part."
    return said


def small(measure: Frequency) -> str:
    return counted(measure.minimum or 0.0, measure.unit, digits=2)


def before_and_since(numbers: RateNumbers) -> str:
    measure = numbers.measure
    stretch = counted(measure.over_periods, measure.per)
    fullest = f"fullest {measure.per}" if measure.over_periods == 1 else f"fullest {stretch}"
    target = "" if numbers.target is None else f"; the aim is {pace_of(numbers.target, measure)}"
    return (
        f"At the start it was {pace_of(numbers.baseline, measure)}, "
        f"and in the {fullest} since then {pace_of(numbers.best, measure)}{target}"
    )


def so_far(numbers: CountNumbers) -> str:
    measure = numbers.measure
    if numbers.done <= measure.amount:
        of = counted(measure.amount, measure.unit)
        return f"{plain(numbers.done)} of {of} {is_are(numbers.done)} recorded so far"
    done = counted(numbers.done, measure.unit)
    return f"{done} are recorded so far, where the aim was {plain(measure.amount)}"


def pace_of(number: float, measure: RelativeFrequency) -> str:
    return often(number, measure.unit, measure.per)


def rate(measure: Frequency) -> str:
    return often(measure.amount, measure.unit, measure.per)


def often(number: float, unit: Unit, per: Per) -> str:
    text = plain(number, digits=2)
    if unit == "minutes":
        return f"{counted(number, 'minute', digits=2)} a {per}"
    said = {"1": "once", "2": "twice"}.get(text, f"{text} times")
    return f"{said} a {per}"


def nearer(way: NearerScore | NearerRate) -> str:
    if isinstance(way, NearerRate):
        percent = plain(way.measure.percent)
        return f"{percent} percent more than at the start ({pace_of(way.new, way.measure)})"
    side: Literal["lower", "higher"] = "lower" if way.old < way.start else "higher"
    score = f"a score of {plain(way.new)} or {side}"
    if way.percent is None:
        return score
    change = "less" if way.percent < 0 else "more"
    return f"{plain(abs(way.percent))} percent {change} than at the start ({score})"


def halved(way: NearerScore | NearerRate) -> str:
    """What is halfway, and as what it is taken."""
    old, exactly = plain(way.old, digits=2), plain(way.exactly, digits=2)
    new = plain(way.new, digits=2)
    return f"Halfway from {plain(way.start, digits=2)} to {old} = {exactly}, taken as {new}."


def reached(way: NearerScore | NearerRate, by: Reached) -> str:
    """What a pace comes to by a day, and what the slower end of its interval does."""
    sign = "-" if way.old < way.start else "+"
    return (
        f"{plain(way.start, digits=2)} {sign} {counted(by.weeks, 'week')} × "
        f"{fine(way.pace.per_week)} a week = {plain(by.value, digits=2)}, taken as "
        f"{plain(way.new, digits=2)}; by the slower end of the 95% interval, "
        f"{fine(way.pace.slower)} a week, {plain(by.slower_value, digits=2)}."
    )


def own_error(way: MoreTime | NearerScore | NearerRate) -> str:
    """How far a target lies from the start, beside the error of the measure, where that counts."""
    if isinstance(way, NearerRate) or way.yardstick is None:
        return ""
    target = way.target if isinstance(way, MoreTime) else way.new
    points = counted(abs(target - way.baseline), "point")
    error = counted(way.yardstick.reliable_change, "point")
    return f" {plain(target)} lies {points} from the start; the measure's own error is {error}."
