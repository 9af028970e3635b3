"""goal_periods: together the days or weeks of a goal say the same as its progress."""

from collections.abc import Iterable
from datetime import timedelta
from math import fsum, isclose

from hypothesis import given
from hypothesis import strategies as st

from events.goal import GoalRestTaken
from events.measure import Frequency, Measure, Per, RelativeFrequency
from events.progress import periods_asked
from projections.goal_periods import periods_of
from projections.goal_status import GoalStatus, excused_days
from projections.goal_status_fold import projection
from tests.projections.past import MONDAY, WALK, Log, agreed, checked_in, day, goal_set, rows

# Two weeks and four days: what is left over belongs to the second week.
DAYS = 18


def row_of(measure: Measure, done: list[int], rested: Iterable[int] = ()) -> GoalStatus:
    log = Log().add(goal_set(measure=measure, due_on=MONDAY + timedelta(days=DAYS - 1)), *agreed())
    for nth, on in enumerate(done):
        log.add(checked_in(nth, 1, day(on)))
    for on in sorted(rested):
        log.add(GoalRestTaken(goal_id=WALK, on=MONDAY + timedelta(days=on), reason="so"))
    row = rows(projection, log.kept)[WALK]
    assert isinstance(row, GoalStatus)
    return row


@given(
    per=st.sampled_from(["day", "week"]),
    done=st.lists(st.integers(0, DAYS + 3), max_size=30),
    rested=st.sets(st.integers(0, DAYS - 1), max_size=6),
)
def test_all_of_them_are_the_progress(per: Per, done: list[int], rested: set[int]) -> None:
    measure = Frequency(amount=2, unit="times", per=per)
    row = row_of(measure, done, rested)
    periods = periods_of(row, day(DAYS + 9))
    assert len(periods) == row.progress.periods
    assert [one.number for one in periods] == list(range(1, len(periods) + 1))
    shares = [one.credit or 0.0 for one in periods]
    assert sum(one >= 1 for one in shares) == row.progress.periods_met
    assert sum(0 < one < 1 for one in shares) == row.progress.periods_partly
    assert sum(one.excused for one in periods) == row.progress.excused
    asked = periods_asked(measure, excused_days(row), row.goal.starts_on, row.goal.due_on)
    assert isclose(min(1.0, fsum(shares) / asked), row.progress.fraction)
    assert fsum(one.done for one in periods) == len([one for one in done if one < DAYS])
    # Each begins where the one before ends, and the last ends with the goal.
    assert periods[0].from_on == row.goal.starts_on
    assert periods[-1].to_on == row.goal.due_on
    follows = [one.to_on + timedelta(days=1) for one in periods[:-1]]
    assert [one.from_on for one in periods[1:]] == follows


def test_begin_with_their_first_day() -> None:
    row = row_of(Frequency(amount=2, unit="times", per="week"), [0, 8])
    assert [len(periods_of(row, day(nth))) for nth in (0, 6, 7, 13, 14, 90)] == [1, 1, 2, 2, 2, 2]


def test_of_a_rate_have_no_credit() -> None:
    row = row_of(RelativeFrequency(percent=25, unit="times", per="week", baseline=2), [0, 8, 9])
    assert [(one.done, one.credit) for one in periods_of(row, day(9))] == [(1, None), (2, None)]
