"""What a new goal is refused for: each part by itself, and two together where both are right."""

from datetime import date, timedelta
from typing import Any

import pytest

from events.deadline import DeadlineInThePast
from events.goal_soundness import require_sound_goal, require_sound_measure
from events.measure import Frequency, Measure, RelativeFrequency
from events.measure_soundness import (
    BaselineTimeTooShort,
    BaselineUnclear,
    MinimumTooLarge,
    MoodEntriesCountFromToday,
    ReserveTooLarge,
    WindowLongerThanTheGoal,
)
from events.moment import TimeOutOfRange, UnknownZone
from events.refusals import Rejected
from tests.controls import MONDAY, NOON, ZURICH

DAY = timedelta(days=1)
NEXT_WEEK = MONDAY + 7 * DAY
LONG_AGO = date(1850, 1, 1)
IDLE = Frequency(amount=2, unit="times", per="week", minimum=2, reserve=9)
OF_MOODS = Frequency(amount=2, unit="times", per="day", source="mood_entries")
RATE = RelativeFrequency(percent=25, unit="times", per="week", over_periods=9)
MEASURED = RelativeFrequency(percent=25, unit="times", per="week", baseline_from_on=MONDAY)
# Refused by itself, and for every deadline.
OVER = MONDAY - DAY


def refused(measure: Measure | None, **said: Any) -> list[type[Rejected]]:
    """Every refusal of a goal that starts on Monday and is due a week later, unless it is said."""

    def judge(first: date | None, last: date | None) -> None:
        if measure is not None:
            require_sound_measure(measure, first, last, today=MONDAY)

    goal = {"zone": ZURICH, "starts_on": MONDAY, "due_on": NEXT_WEEK, "begins_today": False, **said}
    try:
        require_sound_goal(now=NOON, judge=judge, **goal)
    except Rejected as first:
        return [type(one) for one in (first, *first.others)]
    return []


@pytest.mark.parametrize(
    ("measure", "said", "kinds"),
    [
        (None, {}, []),
        (None, {"starts_on": None, "due_on": None}, []),
        (None, {"zone": "Mars", "due_on": OVER}, [UnknownZone, DeadlineInThePast]),
        (IDLE, {}, [MinimumTooLarge, ReserveTooLarge]),
        (RATE, {}, [BaselineUnclear, WindowLongerThanTheGoal]),
        (RATE, {"due_on": OVER}, [DeadlineInThePast, BaselineUnclear]),
        (OF_MOODS, {"starts_on": MONDAY - DAY}, [MoodEntriesCountFromToday]),
        (MEASURED, {"due_on": OVER}, [DeadlineInThePast, BaselineTimeTooShort]),
        (IDLE, {"zone": "Mars"}, [UnknownZone, MinimumTooLarge, ReserveTooLarge]),
    ],
    ids=str,
)
def test_tells_each_part_that_is_refused(
    measure: Measure | None, said: dict[str, Any], kinds: list[type[Rejected]]
) -> None:
    assert refused(measure, **said) == kinds


@pytest.mark.parametrize(
    ("measure", "said", "kinds"),
    [
        # The deadline would be too far from such a day, and the baseline too short.
        (None, {"starts_on": LONG_AGO}, [TimeOutOfRange]),
        (MEASURED, {"starts_on": LONG_AGO}, [TimeOutOfRange]),
        (OF_MOODS, {"starts_on": LONG_AGO}, [TimeOutOfRange]),
        # A goal of no days at all would have no room for its reserve.
        (IDLE, {"due_on": OVER}, [DeadlineInThePast, MinimumTooLarge]),
        (IDLE, {"due_on": None}, [MinimumTooLarge]),
        # In a zone that nobody knows it is not known either on which day the goal begins.
        (IDLE, {"zone": "Mars", "starts_on": None, "begins_today": True},
         [UnknownZone, MinimumTooLarge]),
    ],
    ids=str,
)  # fmt: skip
def test_holds_nothing_against_a_part_that_is_refused(
    measure: Measure | None, said: dict[str, Any], kinds: list[type[Rejected]]
) -> None:
    assert refused(measure, **said) == kinds
