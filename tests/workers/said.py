"""All that a language can say, with days and numbers at the edges, by the function that says it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import get_args

import msgspec

from events.change import Yardstick
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Per,
    RelativeFrequency,
    Score,
    Source,
    TargetPercent,
    Unit,
)
from events.suggestion import NewDeadline, NewTarget, WayOn
from projections.theil_sen import Slope
from workers.pace import Pace
from workers.replan import (
    Ahead,
    Dates,
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
from workers.words import Words
from workers.words.language import (
    CountNumbers,
    MilestoneNumbers,
    Numbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
)

TODAY = date(2026, 3, 2)
# This year and another, every month, and days that other languages number otherwise.
DAYS = [*(date(2026, month, 1) for month in range(1, 13)), date(2025, 12, 31), date(2028, 2, 29)]
FEW_DAYS = [date(2026, 3, 1), date(2025, 12, 31)]
NUMBERS = [0.0, 0.004, 0.5, 1.0, 2.0, 15.6, 1440.0]
PERCENTS = [0, 1, 10, 58, 99]

UNITS: tuple[Unit, ...] = get_args(Unit)
PERS: tuple[Per, ...] = get_args(Per)
SOURCES: tuple[Source, ...] = get_args(Source)
FREQUENCIES = [
    Frequency(amount=amount, unit=unit, per=per, minimum=minimum, source=source)
    for amount in (0.5, 1.0, 2.0, 3.0, 20.0)
    for unit in UNITS
    for per in PERS
    for minimum in (None, 0.25)
    for source in SOURCES
]
FREQUENCIES += [msgspec.structs.replace(one, minimum_credit=1.0) for one in FREQUENCIES[:8]]
RATES = [
    RelativeFrequency(percent=percent, unit=unit, per=per, baseline=2.0, over_periods=over)
    for percent in (1.0, 25.0, 33.3)
    for unit in UNITS
    for per in PERS
    for over in (1, 2, 4)
]
COUNTS = [Count(amount=amount, unit=unit) for amount in (1.0, 5.0, 1440.0) for unit in UNITS]
SCORE = Score(instrument="phq9", baseline=24.0, target=TargetPercent(percent=-50.0))
MEASURES: list[Measure] = [SCORE, *FREQUENCIES, *RATES[:2], *COUNTS[:2], Milestone()]
INSTRUMENTS = ["PHQ-9", "WHO-5", "CESD-R", "DASS-21 depression", "PROMIS depression T-score"]
YARDSTICKS = [
    Yardstick(better="lower", reliable_change=points, rule="points", source="Here")
    for points in (1.0, 9.35)
]

SaidBy = dict[str, set[str]]


def said_by(words: Words) -> SaidBy:
    """Every sentence a language can make, by the name of the function that makes it."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("continuum", "hard_stretch", "record_is_silent", "next_step"):
        said[name].add(getattr(words, name)())
    said["choose_what_follows"].add(words.choose_what_follows())
    said["look_together"] = {words.look_together(moved=moved) for moved in (True, False)}
    for lacking, on in product((None, *get_args(Lacking)), DAYS):
        said["talk_first"].add(words.talk_first(lacking, latest_on=on, today=TODAY))
    for numbers in every_number():
        said["moved"].add(words.moved(numbers, today=TODAY))
        said["stood"].add(words.stood(numbers, today=TODAY))
        said["arrived"].add(words.arrived(numbers, today=TODAY))
        if isinstance(numbers, ScoreNumbers):
            said["one_score"].add(words.one_score(numbers, today=TODAY))
    for on in DAYS:
        said["date_passed"].add(words.date_passed(on, today=TODAY))
        for measure in MEASURES:
            said["unrecorded"].add(words.unrecorded(measure, None, on, today=TODAY))
        for name in INSTRUMENTS:
            said["unrecorded"].add(words.unrecorded(SCORE, name, on, today=TODAY))
    by_words: dict[str, Way] = {}
    for way in every_way():
        by_words.setdefault(words.way(way, today=TODAY), way)
        said["arithmetic"].add(words.arithmetic(way, today=TODAY))
    said["way"].update(by_words)
    for choice in every_choice(by_words):
        said["choose_between"].add(words.choose_between(choice, today=TODAY))
    return dict(said)


def every_choice(by_words: Mapping[str, Way]) -> Iterator[Sequence[Way]]:
    """No way, each by itself, each in each place between two others, and the three longest."""
    ways = list(by_words.values())
    yield []
    for nth, way in enumerate(ways):
        yield [way]
        yield [way, ways[(nth + 1) % len(ways)], ways[(nth + 2) % len(ways)]]
    yield [by_words[text] for text in sorted(by_words, key=len)[-3:]]


def every_number() -> Iterator[Numbers]:
    for name, on in product(INSTRUMENTS, FEW_DAYS):
        for baseline, latest, percent in product([0.0, 1.0, 24.0], [0.0, 17.0, 61.2], (None, 58)):
            yield ScoreNumbers(
                instrument=name, baseline=baseline, target=4.0, latest=latest, latest_on=on,
                percent=percent,
            )  # fmt: skip
    for measure, done, (count, met, partly, resting) in product(
        FREQUENCIES, NUMBERS, [(1, 0, 1, 0), (2, 1, 0, 1), (14, 5, 1, 2), (14, 0, 0, 0)]
    ):
        yield PracticeNumbers(
            measure=measure, done=done, count=count, met=met, partly=partly, resting=resting,
            percent=10,
        )  # fmt: skip
    for rate, latest, (target, resting) in product(RATES, NUMBERS, [(None, 0), (2.5, 1), (1, 2)]):
        yield RateNumbers(
            measure=rate, baseline=2.0, latest=latest, target=target, resting=resting, percent=58
        )
    for count_, done, percent in product(COUNTS, NUMBERS, PERCENTS):
        yield CountNumbers(measure=count_, done=done, percent=percent)
    for on in DAYS:
        yield MilestoneNumbers(done_on=on)


def pace(number: float) -> Pace:
    slope = Slope(per_week=number, low_per_week=number / 2, high_per_week=number * 2)
    return Pace(slope=slope, towards=1, points=6, span_days=50, method="theil_sen")


def dates(number: float, on: date) -> Dates:
    return Dates(
        distance=number,
        from_on=TODAY,
        weeks=number,
        sooner_on=on,
        slower_weeks=number * 2,
        slower_on=on,
        due_on=later(on),
        after_on=TODAY,
    )


def later(on: date) -> date:
    """Another day or the same: a proposed day is not before the one it is taken for."""
    return on if on.day > 1 else on + timedelta(days=3)


def every_way() -> Iterator[Way]:
    for on, number in product(FEW_DAYS, NUMBERS):
        keeps, by_day = NewDeadline(due_on=on), NewTarget(measure=SCORE, due_on=on)
        crossing, going = dates(number, on), pace(number)
        aimed: list[Score | RelativeFrequency | Count] = [SCORE, *RATES, *COUNTS]
        for measure, yardstick in product(aimed, [None, *YARDSTICKS]):
            yield MoreTime(
                proposal=keeps, measure=measure, dates=crossing, pace=going, baseline=24.0,
                start=17.0, target=9.0, yardstick=yardstick,
            )  # fmt: skip
        reached = Reached(
            from_on=on, weeks=number, value=number, slower_value=number / 2, due_on=on
        )
        both: list[Dates | Reached] = [crossing, reached]
        for by, old in product(both, (9.0, 40.0)):
            kind: WayOn = "milestone" if isinstance(by, Dates) else "smaller_target"
            for percent, yardstick in product((None, -35.0, 1.0, 20.0), YARDSTICKS):
                yield NearerScore(
                    proposal=by_day, due_on=on, new=number, percent=percent, baseline=24.0,
                    start=17.0, old=old, exactly=number, by=by, pace=going, yardstick=yardstick,
                    kind=kind,
                )  # fmt: skip
            for rate in RATES:
                yield NearerRate(
                    proposal=by_day, due_on=on, measure=rate, new=number, start=2.0, old=old,
                    exactly=number, by=by, pace=going, kind=kind,
                )  # fmt: skip
        for count in COUNTS:
            yield NearerCount(
                proposal=by_day, due_on=on, measure=count, done=number, from_on=TODAY,
                per_week=number / 2, weeks_ahead=number,
            )  # fmt: skip
        for frequency, free in product(FREQUENCIES, (0, 1, 4)):
            ahead = Ahead(from_on=on, periods=12, asked=12 - free - number / 2000, free=free)
            yield MorePeriods(
                proposal=by_day, dates=crossing, asked=8.0, counted=number, ahead=ahead,
                pace=going, measure=frequency,
            )  # fmt: skip
            for kept_in, count_, left_over in ((1, 1, 0), (5, 8, 1), (5, 8, 6)):
                yield SmallerStep(
                    proposal=by_day, due_on=on, kept_in=kept_in, count=count_,
                    left_over=left_over, ahead=ahead, measure=frequency,
                )  # fmt: skip
