"""Suggestions in English."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from events.measure import Measure, Milestone, fed_by_moods
from workers.replan import (
    Lacking,
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
    left_over,
    nearer,
    own_error,
    rate,
    recorded,
    rested,
    score_on,
    share,
    so_far,
    weeks,
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
                way = f"{numbers.percent}% of the way"
                return f"{before_and_since(numbers)}: {way}.{rested(numbers.resting)}"
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
                    f"Your {score_on(numbers.instrument)} was {baseline} at the start "
                    f"and {latest} on {on}."
                )
            case PracticeNumbers():
                period = counted(numbers.count, numbers.measure.per)
                return f"{recorded(numbers)}, over {period}.{aside(numbers)}"
            case RateNumbers():
                return f"{before_and_since(numbers)}.{rested(numbers.resting)}"
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
                    f"{recorded(numbers)}: {share(numbers)}, and that was the aim.{aside(numbers)}"
                )
            case RateNumbers():
                return f"{before_and_since(numbers)}.{rested(numbers.resting)}"
            case CountNumbers():
                aim = "" if numbers.is_more else ", and that was the aim"
                return f"{so_far(numbers)}{aim}."
            case MilestoneNumbers():
                return f"It is recorded as done on {self.day(numbers.done_on, today)}."
            case _:
                assert_never(numbers)

    def unrecorded(
        self, measure: Measure, instrument: str | None, since: date, *, today: date
    ) -> str:
        if isinstance(measure, Milestone):
            return "It is not yet recorded as done."
        what = "mood notes have" if fed_by_moods(measure) else "entries have"
        if instrument is not None:
            what = f"{score_on(instrument)} has"
        return f"So far, no {what} been recorded since {self.day(since, today)}."

    def one_score(self, numbers: ScoreNumbers, *, today: date) -> str:
        on = self.day(numbers.latest_on, today)
        return (
            f"Your {score_on(numbers.instrument)} was {plain(numbers.latest)} at the start, "
            f"on {on}; one since then is not yet recorded."
        )

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

    def look_together(self, *, moved: bool) -> str:
        hard = "" if moved else " and what got in the way"
        return (
            f"With your clinician you can look at what this time was like{hard}, "
            "and choose the next step from there."
        )

    def next_step(self) -> str:
        return "The next step can start from what is recorded, and it stays open to change."

    def talk_first(self, lacking: Lacking | None, *, latest_on: date, today: date) -> str:
        talk = "it would help to talk first about what fits now."
        match lacking:
            case "entries":
                return f"There are few entries to plan from so far: {talk}"
            case "pace":
                return f"The entries so far do not point to a new date: {talk}"
            case "date":
                return (
                    "The entries so far point towards the target, though to no date "
                    f"within half a year: {talk}"
                )
            case "news":
                return (
                    f"The latest entry is from {self.day(latest_on, today)}, "
                    f"and a new one would show where things are: {talk}"
                )
            case "near":
                return f"What is left is a small part of the way: {talk}"
            case "there":
                return f"Counted on up to now, the entries come to what was planned: {talk}"
            case "once" | None:
                return sentence(talk.removesuffix("."))
            case _:
                assert_never(lacking)

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
                free = self.free_of(way, today)
                return f"stay with {rate(way.measure)} and give it until {on}{free}"
            case SmallerStep():
                free = self.free_of(way, today)
                return f"take a smaller step, {rate(way.measure)}, until {on}{free}"
            case _:
                assert_never(way)

    def arithmetic(self, way: Way, *, today: date) -> str:
        match way:
            case MoreTime():
                return self.crossed(way, today) + own_error(way)
            case NearerScore() | NearerRate():
                if isinstance(way.by, Reached):
                    return self.reached(way, way.by, today) + own_error(way)
                return f"{halved(way)} {self.crossed(way, today)}{own_error(way)}"
            case NearerCount():
                again = way.done + way.per_week * way.weeks_ahead
                return (
                    f"{self.counted_from(way.from_on, None, today)}{plain(way.done, digits=2)} "
                    f"so far + {fine(way.per_week)} a week × {weeks(way.weeks_ahead)} = "
                    f"{plain(again, digits=2)}, taken as {plain(way.measure.amount)}."
                )
            case MorePeriods():
                return (
                    f"{counted(way.asked, way.measure.per, digits=2)} asked for - "
                    f"{plain(way.counted, digits=2)} so far = "
                    f"{plain(way.dates.distance, digits=2)}. "
                    f"{self.crossed(way, today)}{self.asked_and_free(way, today)}"
                )
            case SmallerStep():
                of = counted(way.count, way.measure.per)
                return (
                    f"{plain(way.measure.amount)} or more in {way.kept_in} of {of}, "
                    f"empty ones included and days of rest left out.{left_over(way)}"
                    f"{self.asked_and_free(way, today)}"
                )
            case _:
                assert_never(way)
