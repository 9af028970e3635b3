"""What is offered when a deadline has passed: a reframing and a replan, each with its evidence.

Pure: the same standing gives the same drafts.
"""

import math
from datetime import date
from typing import Final, assert_never

import msgspec

from events import instruments
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    RelativeFrequency,
    Score,
    is_behaviour,
    target_value,
)
from events.suggestion import Evidence, Kind, Option
from workers.replan import Plan
from workers.replan_count import plan_count
from workers.replan_frequency import plan_frequency
from workers.replan_rate import plan_rate
from workers.replan_score import plan_score
from workers.spans import periods_told
from workers.standing import Shape, Standing, amount_by_day, is_told_from_error, shape_of
from workers.words import Words, words_for
from workers.words.language import (
    CountNumbers,
    MilestoneNumbers,
    Numbers,
    PracticeNumbers,
    RateNumbers,
    ScoreNumbers,
)

# These say what is there and hand the choice back. The others speak of a hard time, or of one that
# nobody knows about: a clinician reads them first.
NEUTRAL: Final[frozenset[Shape]] = frozenset({"moved", "met"})
NO_PACE: Final = "a milestone is done or not yet: no pace follows from it"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion before it has an id. `is_released` says that the client may read it at once."""

    kind: Kind
    is_released: bool
    language: str
    sentences: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: Evidence


def draft(standing: Standing, kind: Kind) -> Draft:
    """The suggestion of this kind that the record calls for."""
    plan = plan_for(standing)
    shape = shape_of(standing)
    words = words_for(standing.language, standing.practice.language)
    options: tuple[Option, ...] = ()
    match kind:
        case "reframing":
            sentences = reframing(standing, shape, plan, words)
        case "replan":
            sentences = replan(standing, shape, plan, words)
            options = options_of(standing, plan, words)
        case _:
            assert_never(kind)
    return Draft(
        kind=kind,
        is_released=kind == "reframing" and goes_out_by_itself(standing, shape),
        language=words.language,
        sentences=sentences,
        options=options,
        evidence=Evidence(
            position=standing.position,
            positions=standing.positions,
            progress=standing.progress,
            numbers=plan.numbers,
            formula=plan.formula,
        ),
    )


def goes_out_by_itself(standing: Standing, shape: Shape) -> bool:
    """Whether a reframing needs no clinician's release.

    Their practice chose so, the goal is about what somebody does and not about how they feel, and
    the words are neutral.
    """
    chosen = standing.practice.automatic_release
    return chosen and is_behaviour(standing.measure) and shape in NEUTRAL


def plan_for(standing: Standing) -> Plan:
    match standing.measure:
        case Score() as measure:
            return plan_score(standing, measure)
        case Frequency() as measure:
            return plan_frequency(standing, measure)
        case RelativeFrequency() as measure:
            return plan_rate(standing, measure)
        case Count() as measure:
            return plan_count(standing, measure)
        case Milestone():
            return Plan(formula=NO_PACE, lacking="once")
        case _:
            assert_never(standing.measure)


def reframing(standing: Standing, shape: Shape, plan: Plan, words: Words) -> tuple[str, ...]:
    """Four parts: the date, what moved, a line instead of a verdict, and the choice.

    Where little moved there is acknowledgement and a look together: no praise, no percentage.
    What goes out by itself names no way on, because no clinician has looked at them yet.
    """
    today = standing.today
    match shape:
        case "moved" if goes_out_by_itself(standing, shape):
            third, fourth = words.continuum(), words.choose_what_follows()
        case "moved":
            third = words.continuum()
            fourth = (
                words.choose_between(plan.ways, today=today)
                if plan.ways
                else words.look_together(moved=True)
            )
        case "met":
            third, fourth = words.continuum(), words.choose_what_follows()
        case "little":
            third, fourth = words.hard_stretch(), words.look_together(moved=False)
        case "unrecorded":
            third, fourth = words.record_is_silent(), words.look_together(moved=True)
        case _:
            assert_never(shape)
    return (*facts(standing, shape, words), third, fourth)


def replan(standing: Standing, shape: Shape, plan: Plan, words: Words) -> tuple[str, ...]:
    """The same facts, and how the ways on follow from them; without a way on, to talk first."""
    if shape == "met":
        last = words.choose_what_follows()
    elif plan.ways:
        last = words.next_step()
    else:
        last = words.talk_first(plan.lacking, latest_on=latest_on(standing), today=standing.today)
    return (*facts(standing, shape, words), last)


def latest_on(standing: Standing) -> date:
    """The day of the latest entry, or of the goal's start."""
    return standing.entries[-1].on if standing.entries else standing.goal.starts_on


def facts(standing: Standing, shape: Shape, words: Words) -> tuple[str, str]:
    goal, today = standing.goal, standing.today
    passed = words.date_passed(goal.due_on, today=today)
    numbers = numbers_of(standing) if standing.entries else None
    if shape == "unrecorded" and isinstance(numbers, ScoreNumbers):
        return passed, words.one_score(numbers, today=today)
    if shape == "unrecorded" or numbers is None:
        name = named(standing.measure)
        return passed, words.unrecorded(standing.measure, name, goal.starts_on, today=today)
    match shape:
        case "moved":
            return passed, words.moved(numbers, today=today)
        case "met":
            return passed, words.arrived(numbers, today=today)
        case "little":
            return passed, words.stood(numbers, today=today)
        case _:
            assert_never(shape)


def named(measure: Measure) -> str | None:
    return instruments.named(measure.instrument).name if isinstance(measure, Score) else None


def numbers_of(standing: Standing) -> Numbers:
    """The numbers people read; a percentage is rounded down, and 100 is said of nothing less."""
    progress = standing.progress
    percent = percent_of(progress.fraction)
    match standing.measure:
        case Score() as measure:
            return ScoreNumbers(
                instrument=instruments.named(measure.instrument).name,
                baseline=measure.baseline,
                target=target_value(measure),
                latest=standing.entries[-1].amount,
                latest_on=standing.entries[-1].on,
                percent=percent if is_told_from_error(standing) else None,
            )
        case Frequency() as measure:
            return PracticeNumbers(
                measure=measure,
                done=progress.latest or 0.0,
                count=periods_told(standing, measure),
                met=progress.periods_met,
                partly=progress.periods_partly,
                resting=progress.excused,
                percent=percent,
            )
        case RelativeFrequency() as measure:
            return RateNumbers(
                measure=measure,
                baseline=progress.baseline or 0.0,
                latest=progress.latest or 0.0,
                target=progress.target,
                resting=progress.excused,
                percent=percent,
            )
        case Count() as measure:
            done = math.fsum(amount_by_day(standing).values())
            return CountNumbers(
                measure=measure, done=done, percent=percent_of(done / measure.amount)
            )
        case Milestone():
            return MilestoneNumbers(done_on=standing.entries[0].on)
        case _:
            assert_never(standing.measure)


def percent_of(fraction: float) -> int:
    return min(99, math.floor(fraction * 100 + 1e-9))


def options_of(standing: Standing, plan: Plan, words: Words) -> tuple[Option, ...]:
    today = standing.today
    return tuple(
        Option(
            proposal=way.proposal,
            words=words.way(way, today=today),
            arithmetic=words.arithmetic(way, today=today),
            way=way.kind,
        )
        for way in plan.ways
    )
