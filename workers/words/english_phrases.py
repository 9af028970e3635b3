"""Phrases of English that sentences are made of: numbers, days, rates, and arithmetic."""

from datetime import date
from typing import Literal

import msgspec

from events.measure import Frequency, Per, RelativeFrequency, Unit, fed_by_moods
from workers.replan import MorePeriods, MoreTime, NearerRate, NearerScore, Reached, SmallerStep
from workers.words.language import (
    CountNumbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    agreeing,
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
            f"Your {score_on(numbers.instrument)} went from {plain(numbers.baseline)} at the start "
            f"to {plain(numbers.latest)} on {self.day(numbers.latest_on, today)}"
        )

    def crossed(self, way: MoreTime | MorePeriods | NearerScore | NearerRate, today: date) -> str:
        """A distance over a pace, and over the slower end of its interval, with all days."""
        crossing = crossing_of(way)
        per = "" if crossing.rate_per is None else f" a {crossing.rate_per}"
        dates = crossing.dates
        after = self.day(dates.after_on, today)
        whole = f"the end of a week counted from {after}"
        if not isinstance(way, MorePeriods):
            whole = f"in whole weeks after {after}"
        taken = f", taken as {self.day(dates.due_on, today)}"
        if dates.due_on == dates.slower_on:
            taken = ""
        elif dates.is_put_off and not isinstance(way, MorePeriods):
            whole += ", with a week or more to come"
        end = "" if crossing.end is None else f" to {plain(crossing.end, digits=2)}"
        return (
            f"{self.counted_from(dates.from_on, crossing.start, today)}"
            f"{counted(crossing.distance, crossing.noun, digits=2)}{per} to go{end} ÷ "
            f"{fine(crossing.per_week)} a week = {weeks(dates.weeks)}: "
            f"{self.day(dates.sooner_on, today)}. By the slower end of the 95% interval, "
            f"{fine(crossing.slower)} a week, {weeks(dates.slower_weeks)}: "
            f"{self.day(dates.slower_on, today)}{taken}, {whole}."
        )

    def counted_from(self, on: date, start: float | None, today: date) -> str:
        at = "" if start is None else f", at {plain(start, digits=2)}"
        return f"Counted from {self.day(on, today)}{at}: "

    def free_of(self, way: MorePeriods | SmallerStep, today: date) -> str:
        """How many of the days or weeks to come may stay empty, as an aside true on any day."""
        ahead = way.ahead
        if not ahead.free:
            return ""
        of, are = counted(ahead.periods, way.measure.per), agreeing(str(ahead.free), "is", "are")
        return f" (from {self.day(ahead.from_on, today)} on, {ahead.free} of {of} {are} free)"

    def asked_and_free(self, way: MorePeriods | SmallerStep, today: date) -> str:
        """What is asked for of the days or weeks to come, as arithmetic."""
        ahead, asked = way.ahead, plain(way.ahead.asked, digits=2)
        periods, are = counted(ahead.periods, way.measure.per), is_are(ahead.periods)
        parts = [f"From {self.day(ahead.from_on, today)} on there {are} {periods}"]
        if isinstance(way, SmallerStep):
            exactly = plain(ahead.periods * way.kept_in / way.count, digits=2)
            taken = "" if asked == exactly else f", and {asked} {is_are(ahead.asked)} asked for"
            parts.append(f"{ahead.periods} × {way.kept_in} ÷ {way.count} = {exactly} to do{taken}")
        if ahead.free:
            left = plain(ahead.periods - ahead.asked, digits=2)
            free = f"{ahead.free} {is_are(ahead.free)} free"
            parts.append(f"{ahead.periods} - {asked} = {left}, so {free}")
        return f" {': '.join((parts[0], '; '.join(parts[1:])))}." if parts[1:] else ""

    def reached(self, way: NearerScore | NearerRate, by: Reached, today: date) -> str:
        """What the slower end of a pace's interval comes to by a day, and what the pace does."""
        sign, start = "-" if way.old < way.start else "+", plain(way.start, digits=2)
        itself = plain(by.value, digits=2)
        if (way.old - by.value) * (way.old - way.start) <= 0:
            itself = "the target"
        return (
            f"{self.counted_from(by.from_on, None, today)}{start} {sign} {weeks(by.weeks)} × "
            f"{fine(way.pace.slower)} a week, the slower end of the 95% interval, = "
            f"{plain(by.slower_value, digits=2)}, taken as {plain(way.new, digits=2)}. "
            f"The pace itself, {fine(way.pace.per_week)} a week, comes to {itself} by then."
        )


def score_on(instrument: str) -> str:
    """A score on an instrument, whose own name may say that it is one."""
    return instrument if instrument.endswith("score") else f"{instrument} score"


def counted(number: float, noun: str, *, digits: int = 1) -> str:
    one, text = noun.removesuffix("s"), plain(number, digits=digits)
    return f"{text} {agreeing(text, one, f'{one}s')}"


def weeks(number: float) -> str:
    return f"{fine(number)} {agreeing(fine(number), 'week', 'weeks')}"


def is_are(number: float) -> str:
    return agreeing(plain(number), "is", "are")


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
    said = rested(numbers.resting)
    if numbers.tells_of_minimum:
        whole = "in full" if numbers.measure.minimum_credit >= 1 else "in part"
        said += f" The version for a hard day, {small(numbers.measure)}, counts {whole}."
    return said


def rested(days: int) -> str:
    was = agreeing(str(days), "was", "were")
    return f" {counted(days, 'day')} of rest {was} not asked for." if days else ""


def small(measure: Frequency) -> str:
    return counted(measure.minimum or 0.0, measure.unit, digits=2)


def before_and_since(numbers: RateNumbers) -> str:
    measure = numbers.measure
    last: str = measure.per
    if measure.over_periods > 1:
        last = counted(measure.over_periods, measure.per)
    target = "" if numbers.target is None else f"; the aim is {pace_of(numbers.target, measure)}"
    return (
        f"At the start it was {pace_of(numbers.baseline, measure)}, "
        f"and in the last {last} up to then {pace_of(numbers.latest, measure)}{target}"
    )


def so_far(numbers: CountNumbers) -> str:
    measure = numbers.measure
    if not numbers.is_more:
        of = counted(measure.amount, measure.unit)
        return f"{plain(numbers.done)} of {of} {is_are(numbers.done)} recorded so far"
    done = counted(numbers.done, measure.unit)
    aim = plain(measure.amount)
    return f"{done} {is_are(numbers.done)} recorded so far, where the aim was {aim}"


def left_over(way: SmallerStep) -> str:
    if not way.left_over:
        return ""
    are = agreeing(str(way.left_over), "is", "are")
    days = counted(way.left_over, "day")
    return f" {days} after the last whole {way.measure.per} {are} left out."


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


def own_error(way: MoreTime | NearerScore | NearerRate) -> str:
    """How far a target lies from the start, beside the error of the measure, where that counts."""
    if isinstance(way, NearerRate) or way.yardstick is None:
        return ""
    target = way.target if isinstance(way, MoreTime) else way.new
    points = counted(abs(target - way.baseline), "point", digits=2)
    error = counted(way.yardstick.reliable_change, "point", digits=2)
    number = plain(target, digits=2)
    return f" {number} lies {points} from the start; the measure's own error is {error}."
