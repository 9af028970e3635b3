"""Suggestions in English."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, assert_never

import msgspec

from events.measure import Frequency
from workers.replan import MorePeriods, MoreTime, NearerScore, SmallerStep, Way
from workers.words.language import Numbers, PracticeNumbers, ScoreNumbers, plain, sentence

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


class English(msgspec.Struct, frozen=True):
    """Words for people who read English, the default."""

    language: str = "en"

    def date_passed(self, due_on: date, *, today: date) -> str:
        return f"The date we set, {day(due_on, today)}, has passed."

    def moved(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                points = counted(abs(numbers.latest - numbers.baseline), "point")
                return f"{went(numbers, today)}: {points}, {numbers.percent}% of the way."
            case PracticeNumbers():
                return f"{recorded(numbers)}: {weeks(numbers)}, {numbers.percent}% of the way."
            case _:
                assert_never(numbers)

    def stood(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                baseline, latest = plain(numbers.baseline), plain(numbers.latest)
                on = day(numbers.latest_on, today)
                return (
                    f"Your {numbers.instrument} score was {baseline} at the start "
                    f"and {latest} on {on}."
                )
            case PracticeNumbers():
                period = counted(numbers.count, numbers.measure.per)
                return f"{recorded(numbers)}, over {period}."
            case _:
                assert_never(numbers)

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                return f"{went(numbers, today)}; the target was {plain(numbers.target)}."
            case PracticeNumbers():
                return f"{recorded(numbers)}: {weeks(numbers)}, which is what was asked for."
            case _:
                assert_never(numbers)

    def unrecorded(self, instrument: str | None, since: date, *, today: date) -> str:
        what = "Practice" if instrument is None else f"A score on {instrument}"
        return f"{what} since {day(since, today)} is not yet recorded."

    def continuum(self) -> str:
        return "This is one point on a line, not a verdict."

    def hard_stretch(self) -> str:
        return "This may have been a hard stretch, and a number does not show all of it."

    def record_is_silent(self) -> str:
        return "What is recorded does not show how this time has been for you."

    def choose_between(self, ways: Sequence[Way], *, today: date) -> str:
        choices = [self.clause(way, today) for way in ways]
        return f"With your clinician you can {', or '.join(choices)}, or choose another way on."

    def choose_what_follows(self) -> str:
        return "With your clinician you can choose what comes next."

    def look_together(self) -> str:
        return (
            "With your clinician you can look at what this time was like and what got in the way, "
            "and choose the next step from there."
        )

    def next_step(self) -> str:
        return "The next step can start from what is recorded, and it stays open to change."

    def talk_first(self, *, few_entries: bool) -> str:
        if few_entries:
            return (
                "There are few entries to plan from so far: "
                "it would help to talk first about what fits now."
            )
        return (
            "The entries so far do not point to a new date: "
            "it would help to talk first about what fits now."
        )

    def way(self, way: Way, *, today: date) -> str:
        return sentence(self.clause(way, today))

    def clause(self, way: Way, today: date) -> str:
        match way:
            case MoreTime():
                return f"keep the target and give it until {day(way.due_on, today)}"
            case NearerScore():
                return f"aim first for {nearer(way)}, by {day(way.due_on, today)}"
            case MorePeriods():
                return f"stay with {rate(way.measure)} and give it until {day(way.due_on, today)}"
            case SmallerStep():
                return f"take a smaller step, {rate(way.measure)}, until {day(way.due_on, today)}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        on = day(way.due_on, today)
        match way:
            case MoreTime():
                return (
                    f"{plain(way.remaining)} to go ÷ {pace(way)} = "
                    f"{counted(way.weeks, 'week')}; in whole weeks {on}."
                )
            case NearerScore(by_half=True):
                return (
                    f"Halfway from {plain(way.from_score)} to {plain(way.old_target)} = "
                    f"{plain(way.exactly)}, taken as {plain(way.score)}; at {pace(way)} "
                    f"that is {counted(way.weeks, 'week')}; in whole weeks {on}."
                )
            case NearerScore():
                sign = "-" if way.old_target < way.from_score else "+"
                return (
                    f"{plain(way.from_score)} {sign} {counted(way.weeks, 'week')} × {pace(way)} = "
                    f"{plain(way.exactly)}, taken as {plain(way.score)}."
                )
            case MorePeriods():
                per = way.measure.per
                free = f", {way.kept_free} of them kept free" if way.kept_free else ""
                return (
                    f"{counted(way.asked, per)} asked for - {plain(way.counted)} so far = "
                    f"{plain(way.asked - way.counted)} to go; "
                    f"{counted(way.open_periods, per)} until {on}{free}."
                )
            case SmallerStep():
                per = way.measure.per
                return (
                    f"The middle {per} had {plain(way.middle)} (median of "
                    f"{counted(way.count, per)}, empty ones included), taken as "
                    f"{plain(way.measure.amount)}."
                )
            case _:
                assert_never(way)


def day(on: date, today: date) -> str:
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on.day} {MONTHS[on.month - 1]}{year}"


def counted(number: float, noun: str) -> str:
    return f"{plain(number)} {noun}" if plain(number) == "1" else f"{plain(number)} {noun}s"


def went(numbers: ScoreNumbers, today: date) -> str:
    return (
        f"Your {numbers.instrument} score went from {plain(numbers.baseline)} at the start "
        f"to {plain(numbers.latest)} on {day(numbers.latest_on, today)}"
    )


def recorded(numbers: PracticeNumbers) -> str:
    verb = "is" if plain(numbers.done) == "1" else "are"
    done = counted(numbers.done, numbers.measure.unit.removesuffix("s"))
    return f"{done} {verb} recorded up to then"


def weeks(numbers: PracticeNumbers) -> str:
    per = numbers.measure.per
    return (
        f"{numbers.practised} of {counted(numbers.count, per)} had all or part of what was planned"
    )


def rate(measure: Frequency) -> str:
    number = plain(measure.amount)
    if measure.unit == "minutes":
        return f"{counted(measure.amount, 'minute')} a {measure.per}"
    often = {"1": "once", "2": "twice"}.get(number, f"{number} times")
    return f"{often} a {measure.per}"


def nearer(way: NearerScore) -> str:
    side: Literal["lower", "higher"] = "lower" if way.old_target < way.from_score else "higher"
    score = f"a score of {plain(way.score)} or {side}"
    if way.percent is None:
        return score
    change = "less" if way.percent < 0 else "more"
    return f"{plain(abs(way.percent))} percent {change} than at the start ({score})"


def pace(way: MoreTime | NearerScore) -> str:
    return f"{plain(way.pace_per_week, digits=2)} points a week"
