"""goal_status: which days of a goal ask for nothing."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from events.goal import (
    GoalClosed,
    GoalPaused,
    GoalReached,
    GoalReopened,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalResumed,
)
from projections.goal_status import excused_days
from tests.projections.past import DUE, HALF_IN_EIGHT_WEEKS, MONDAY, WALK, checked_in, day
from tests.projections.test_goal_evidence import row_of, under_way


def rest(nth: int) -> GoalRestTaken:
    return GoalRestTaken(goal_id=WALK, on=MONDAY + timedelta(days=nth), reason="so")


class TestExcusedDays:
    def test_are_the_days_of_rest(self):
        log = under_way().add(rest(3), rest(1))
        row = row_of(log)
        assert row.goal.rests.keys() == excused_days(row)
        assert row.progress.excused == 2
        log.add(GoalRestWithdrawn(goal_id=WALK, on=MONDAY + timedelta(days=3)))
        assert excused_days(row_of(log)) == {MONDAY + timedelta(days=1)}

    def test_are_those_of_a_pause_until_the_day_before_it_ended(self):
        log = under_way()
        log.add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=2)))
        assert excused_days(row_of(log)) == frozenset()
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=4)))
        days = {MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)}
        assert excused_days(row_of(log)) == days

    def test_are_none_where_a_pause_ends_on_its_day(self):
        log = under_way().add(GoalPaused(goal_id=WALK, on=MONDAY))
        assert excused_days(row_of(log.add(GoalResumed(goal_id=WALK, on=MONDAY)))) == frozenset()

    def test_are_known_of_a_pause_that_was_kept_without_its_day(self):
        log = under_way().add(GoalPaused(goal_id=WALK), at=day(2))
        # Half past midnight in Zurich: the day after the one in UTC.
        log.add(GoalResumed(goal_id=WALK), at=day(3, hour=23))
        days = {MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)}
        assert excused_days(row_of(log)) == days

    def test_of_a_pause_end_with_the_goal(self):
        log = under_way().add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=2)))
        log.add(GoalReached(goal_id=WALK), at=day(4))
        assert len(excused_days(row_of(log))) == 2

    @pytest.mark.parametrize("kept", [True, False], ids=["with its day", "without"])
    def test_of_a_pause_last_until_a_goal_that_had_ended_is_reopened(self, *, kept: bool):
        log = under_way(due_on=DUE).add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=2)))
        log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(4))
        on = MONDAY + timedelta(days=9) if kept else None
        log.add(GoalReopened(goal_id=WALK, reason="so", on=on), at=day(9))
        days = {MONDAY + timedelta(days=nth) for nth in range(2, 9)}
        row = row_of(log)
        assert excused_days(row) == days
        assert row.goal.paused_on is None
        assert len(row.goal.pauses) == 1
        log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(12))
        log.add(GoalReopened(goal_id=WALK, reason="so"), at=day(15))
        # It did not rest when it ended this time: it goes on as if it had not.
        assert excused_days(row_of(log)) == days

    def test_of_a_pause_end_with_a_goal_that_was_resumed_before_it_ended(self):
        log = under_way().add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=2)))
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=4)), at=day(4))
        log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(4))
        log.add(GoalReopened(goal_id=WALK, reason="so"), at=day(9))
        assert len(excused_days(row_of(log))) == 2

    def test_stay_within_the_goals_time(self):
        log = under_way().add(GoalPaused(goal_id=WALK, on=MONDAY - timedelta(days=3)))
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=3)))
        assert len(excused_days(row_of(log))) == 3

    def test_of_something_done_every_day_leave_half_of_the_days(self):
        # Ten days of rest are taken on the first of twenty days, and a pause is never refused.
        log = under_way(due_on=MONDAY + timedelta(days=19)).add(
            *(rest(nth) for nth in range(10, 20))
        )
        log.add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=1)))
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=9)))
        log.add(checked_in(1, 1, day(0)), checked_in(2, 1, day(9)))
        row = row_of(log)
        assert (len(row.goal.rests), row.progress.excused) == (10, 10)
        assert excused_days(row) == {MONDAY + timedelta(days=nth) for nth in (*range(1, 9), 10, 11)}
        assert row.progress.fraction == 2 / 10
        # With a new date there is time for more of them.
        moved = replace(row, goal=replace(row.goal, due_on=MONDAY + timedelta(days=39)))
        assert len(excused_days(moved)) == 18

    def test_of_a_score_are_all_that_there_were(self):
        log = under_way(HALF_IN_EIGHT_WEEKS, due_on=MONDAY + timedelta(days=19))
        log.add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=1)))
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=19)))
        assert len(excused_days(row_of(log))) == 18

    def test_are_free_of_the_line(self):
        # Forty days; ten of them rest, so that the line begins a quarter of the way later.
        last = MONDAY + timedelta(days=39)
        plain = row_of(under_way(due_on=last, review_every_days=1))
        resting = row_of(
            under_way(due_on=last, review_every_days=1).add(*(rest(nth) for nth in range(10)))
        )
        length = plain.passes_at - day(-1, hour=23)
        assert plain.risk_at == day(-1, hour=23) + 0.15 * length
        assert resting.risk_at == day(-1, hour=23) + (0.25 + 0.75 * 0.15) * length

    def test_are_free_of_a_scores_line_too(self):
        log = under_way(HALF_IN_EIGHT_WEEKS, due_on=DUE)
        log.add(GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=10)))
        log.add(GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=24)))
        before = row_of(under_way(HALF_IN_EIGHT_WEEKS, due_on=DUE)).risk_at
        after = row_of(log).risk_at
        assert before is not None
        assert after is not None
        assert after > before
