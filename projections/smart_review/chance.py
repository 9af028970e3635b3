"""How often a rate that stays as it is comes up to the one that is asked for, by chance alone."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from events.measure import RelativeFrequency, period_days, target_rate
from projections.distributions import poisson_at_least
from projections.smart_review.parts import Found, Parts

# Asked about from here on. A choice of ours: one time in ten is often enough to mislead.
LARGE: Final = 0.1
LONGEST_PERIODS: Final = 52
ROUNDING: Final = 1e-9


def within_chance(parts: Parts, measure: RelativeFrequency) -> Iterator[Found]:
    """A rise that a client whose rate does not change often shows all the same.

    The goal is judged by its last `over_periods` days or weeks. What is done at an unchanged rate
    is counted as a Poisson process has it, mean baseline x periods: events that come one by one and
    independently of each other; those that come in bunches vary more. Minutes are not counted one
    by one, and nothing is said of them. A longer stretch is looked for within the goal's time:
    the shortest that makes chance small, else the one where it is smallest.
    """
    baseline = measure.baseline if measure.baseline is not None else parts.measured_rate
    if baseline is None or baseline <= 0 or measure.unit != "times":
        return
    target = target_rate(measure, baseline)
    by_chance = chance_of(baseline, target, measure.over_periods)
    if by_chance <= LARGE:
        return
    numbers = {
        "baseline": baseline,
        "target": target,
        "over_periods": measure.over_periods,
        "usual": baseline * measure.over_periods,
        "asked_for": target * measure.over_periods,
        "least": least_count(target, measure.over_periods),
        "by_chance": round(100 * by_chance),
    }
    longer = longer_stretch(parts, measure, baseline)
    if longer is not None:
        numbers["longer_periods"] = longer
        numbers["usual_longer"] = baseline * longer
        numbers["least_longer"] = least_count(target, longer)
        numbers["by_chance_longer"] = round(100 * chance_of(baseline, target, longer))
    yield Found(
        letter="M",
        code="change_within_chance",
        words=f"change_within_chance_{measure.per}{'' if longer is None else '_longer'}",
        numbers=numbers,
    )


def longer_stretch(parts: Parts, measure: RelativeFrequency, baseline: float) -> int | None:
    """More days or weeks of the goal's time, over which chance is plainly smaller."""
    if parts.due_on is None:
        return None
    days = (parts.due_on - parts.starts_on).days + 1
    target = target_rate(measure, baseline)
    last = min(LONGEST_PERIODS, days // period_days(measure))
    chances = {
        count: chance_of(baseline, target, count) for count in range(measure.over_periods, last + 1)
    }
    if not chances:
        return None
    small = next((count for count, chance in chances.items() if chance <= LARGE), None)
    best = small or min(chances, key=lambda count: chances[count])
    # In whole percent, as it is told.
    now, then = (round(100 * chances[count]) for count in (measure.over_periods, best))
    return best if then < now else None


def least_count(target: float, over_periods: int) -> int:
    """The least number of times that comes up to a rate over so many days or weeks: one or more."""
    return max(1, ceil(target * over_periods - ROUNDING))


def chance_of(baseline: float, target: float, over_periods: int) -> float:
    """P(N >= the least number of times), N Poisson with mean baseline x over_periods."""
    return poisson_at_least(least_count(target, over_periods), baseline * over_periods)
