"""Suggestions in English."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from events.measure import Measure, Milestone, fed_by_moods
from workers.replan import (
    MorePeriods,
    MoreTime,
    NearerCount,
    NearerRate,
    NearerScore,
    Reached,
    SmallerStep,
    Way,
)
from workers.words.english_phrases import (
    EnglishPhrases,
    amount,
    aside,
    before_and_since,
    counted,
    halved,
    nearer,
    own_error,
    rate,
    reached,
    recorded,
    share,
    so_far,
)
from workers.words.language import (
    CountNumbers,
    MilestoneNumbers,
    Numbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
    fine,
    plain,
    sentence,
)


class English(EnglishPhrases, frozen=True):
    """Words for people who read English, the default."""

    language: str = "en"

    def date_passed(self, due_on: date, *, today: date) -> str:
        return f"The date we set, {self.day(due_on, today)}, has passed."

    def moved(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                points = counted(abs(numbers.latest - numbers.baseline), "point")
                way = "" if numbers.percent is None else f", {numbers.percent}% of the way"
                return f"{self.went(numbers, today)}: {points}{way}."
            case PracticeNumbers():
                return (
                    f"{recorded(numbers)}: {share(numbers)}, {numbers.percent}% of the way."
                    f"{aside(numbers)}"
                )
            case RateNumbers():
                return f"{before_and_since(numbers)}: {numbers.percent}% of the way."
            case CountNumbers():
                return f"{so_far(numbers)}: {numbers.percent}% of the way."
            case MilestoneNumbers():
                return self.arrived(numbers, today=today)
            case _:
                assert_never(numbers)

    def stood(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                baseline, latest = plain(numbers.baseline), plain(numbers.latest)
                on = self.day(numbers.latest_on, today)
                return (
                    f"Your {numbers.instrument} score was {baseline} at the start "
                    f"and {latest} on {on}."
                )
            case PracticeNumbers():
                period = counted(numbers.count, numbers.measure.per)
                return f"{recorded(numbers)}, over {period}.{aside(numbers)}"
            case RateNumbers():
                return f"{before_and_since(numbers)}."
            case CountNumbers():
                return f"{so_far(numbers)}."
            case MilestoneNumbers():
                return self.arrived(numbers, today=today)
            case _:
                assert_never(numbers)

    def arrived(self, numbers: Numbers, *, today: date) -> str:
        match numbers:
            case ScoreNumbers():
                return f"{self.went(numbers, today)}; the target was {plain(numbers.target)}."
            case PracticeNumbers():
                return (
                    f"{recorded(numbers)}: {share(numbers)}, which is what was asked for."
                    f"{aside(numbers)}"
                )
            case RateNumbers():
                return f"{before_and_since(numbers)}, which is what was asked for."
            case CountNumbers():
                asked = "" if numbers.is_more else ", which is what was asked for"
                return f"{so_far(numbers)}{asked}."
            case MilestoneNumbers():
                return f"It is recorded for {self.day(numbers.done_on, today)}."
            case _:
                assert_never(numbers)

    def unrecorded(
        self, measure: Measure, instrument: str | None, since: date, *, today: date
    ) -> str:
        if isinstance(measure, Milestone):
            return "It is not yet recorded."
        what = "A mood" if fed_by_moods(measure) else "Practice"
        if instrument is not None:
            what = f"A score on {instrument}"
        return f"{what} since {self.day(since, today)} is not yet recorded."

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
        on = self.day(way.due_on, today)
        match way:
            case MoreTime():
                return f"keep the target and give it until {on}"
            case NearerScore() | NearerRate():
                return f"aim first for {nearer(way)}, by {on}"
            case NearerCount():
                return f"aim first for {amount(way.measure.amount, way.measure.unit)}, by {on}"
            case MorePeriods():
                return f"stay with {rate(way.measure)} and give it until {on}"
            case SmallerStep():
                return f"take a smaller step, {rate(way.measure)}, until {on}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        match way:
            case MoreTime():
                return self.crossed(way, today) + own_error(way)
            case NearerScore() | NearerRate():
                if isinstance(way.by, Reached):
                    return reached(way, way.by) + own_error(way)
                return f"{halved(way)} {self.crossed(way, today)}{own_error(way)}"
            case NearerCount():
                per_day = way.in_time / way.elapsed_days
                return (
                    f"{plain(way.done)} so far + {fine(per_day)} a day × "
                    f"{counted(way.days_ahead, 'day')} = "
                    f"{plain(way.done + per_day * way.days_ahead)}, "
                    f"taken as {plain(way.measure.amount)}."
                )
            case MorePeriods():
                return (
                    f"{counted(way.asked, way.measure.per)} asked for - {plain(way.counted)} "
                    f"so far = {plain(way.dates.distance)}. {self.crossed(way, today)}"
                )
            case SmallerStep():
                of = counted(way.count, way.measure.per)
                return (
                    f"{plain(way.measure.amount)} or more in {way.kept_in} of {of}, "
                    "empty ones included and days of rest left out."
                )
            case _:
                assert_never(way)
