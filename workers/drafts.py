"""What is offered when a deadline has passed: a reframing and a replan, each with its evidence.

Pure: the same standing gives the same drafts.
"""

import math
from typing import assert_never

import msgspec

from events import instruments
from events.measure import Frequency, Measure, Score, periods, target_value
from events.suggestion import Evidence, Kind, Option
from workers.replan import Plan
from workers.replan_frequency import plan_frequency
from workers.replan_score import plan_score
from workers.standing import Shape, Standing, shape_of
from workers.words import Words, words_for
from workers.words.language import Numbers, PracticeNumbers, ScoreNumbers


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A suggestion before it has an id."""

    kind: Kind
    language: str
    sentences: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: Evidence


def draft(standing: Standing, kind: Kind) -> Draft:
    """The suggestion of this kind that the record calls for."""
    plan = plan_for(standing)
    shape = shape_of(standing)
    words = words_for(standing.language)
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


def plan_for(standing: Standing) -> Plan:
    match standing.goal.measure:
        case Score() as measure:
            return plan_score(standing, measure)
        case Frequency() as measure:
            return plan_frequency(standing, measure)
        case _:
            assert_never(standing.goal.measure)


def reframing(standing: Standing, shape: Shape, plan: Plan, words: Words) -> tuple[str, ...]:
    """Four parts: the date, what moved, a line instead of a verdict, and the choice.

    Where little moved there is acknowledgement and a look together: no praise, no percentage.
    """
    today = standing.today
    match shape:
        case "moved":
            third = words.continuum()
            fourth = (
                words.choose_between(plan.ways, today=today) if plan.ways else words.look_together()
            )
        case "met":
            third, fourth = words.continuum(), words.choose_what_follows()
        case "little":
            third, fourth = words.hard_stretch(), words.look_together()
        case "unrecorded":
            third, fourth = words.record_is_silent(), words.look_together()
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
        last = words.talk_first(few_entries=plan.lacking == "entries")
    return (*facts(standing, shape, words), last)


def facts(standing: Standing, shape: Shape, words: Words) -> tuple[str, str]:
    goal, today = standing.goal, standing.today
    passed = words.date_passed(goal.due_on, today=today)
    if shape == "unrecorded":
        name = named(goal.measure)
        return passed, words.unrecorded(name, goal.starts_on, today=today)
    numbers = numbers_of(standing)
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
    goal, progress = standing.goal, standing.progress
    percent = min(99, math.floor(progress.fraction * 100 + 1e-9))
    match goal.measure:
        case Score() as measure:
            return ScoreNumbers(
                instrument=instruments.named(measure.instrument).name,
                baseline=measure.baseline,
                target=target_value(measure),
                latest=standing.entries[-1].amount,
                latest_on=standing.entries[-1].on,
                percent=percent,
            )
        case Frequency() as measure:
            return PracticeNumbers(
                measure=measure,
                done=progress.latest or 0.0,
                count=periods(measure, goal.starts_on, goal.due_on),
                practised=practised_periods(standing, measure),
                percent=percent,
            )
        case _:
            assert_never(goal.measure)


def practised_periods(standing: Standing, measure: Frequency) -> int:
    """In how many of the goal's days or weeks anything was done."""
    goal = standing.goal
    count = periods(measure, goal.starts_on, goal.due_on)
    length = 1 if measure.per == "day" else 7
    return len(
        {
            min((entry.on - goal.starts_on).days // length, count - 1)
            for entry in standing.entries
            if goal.starts_on <= entry.on <= goal.due_on
        }
    )


def options_of(standing: Standing, plan: Plan, words: Words) -> tuple[Option, ...]:
    today = standing.today
    return tuple(
        Option(
            proposal=way.proposal,
            words=words.way(way, today=today),
            arithmetic=words.arithmetic(way, today=today),
        )
        for way in plan.ways
    )
