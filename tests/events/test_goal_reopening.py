"""Reopening a goal that has ended: as if it had not, with a date that lies ahead."""

from datetime import timedelta

import pytest

from events.deadline import DeadlineInThePast
from events.goal import (
    Goal,
    GoalClosed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalReopened,
    GoalReplaced,
    Stage,
)
from events.goal_commands import NoticeRisk, NoticeTargetMet, PauseGoal, ReopenGoal
from events.goal_decisions import decider
from events.goal_reopening import DeadlinePassedSince, GoalNotEnded, GoalWasReplaced
from events.measure import Milestone
from events.moment import end_of
from tests.controls import (
    AFTER_FRIDAY,
    AGREED,
    ALL_OF_IT,
    FRIDAY,
    MONDAY,
    NEXT_FRIDAY,
    NOON,
    NOT_YET,
    SWIM,
    WALK,
    ZURICH,
    change,
    goal_active,
    goal_set,
)
from tests.given import given

REACHED = *goal_active(), GoalReached(goal_id=WALK, progress=ALL_OF_IT)
CLOSED = *goal_active(), GoalClosed(goal_id=WALK, reason="other")
REOPEN = ReopenGoal(goal_id=WALK, now=NOON, reason="Wrong goal")
REOPENED = GoalReopened(goal_id=WALK, reason="Wrong goal")
LATER = change(REOPEN, due_on=NEXT_FRIDAY, client_agreed=True)


def goal(*past: GoalEvent) -> Goal:
    return decider.fold(past)


class TestReopenGoal:
    @pytest.mark.parametrize("past", [REACHED, CLOSED], ids=["reached", "closed"])
    def test_lets_a_goal_go_on_that_has_ended(self, past: tuple[GoalEvent, ...]) -> None:
        given(decider, *past).when(REOPEN).then(REOPENED)
        assert goal(*past, REOPENED).stage is Stage.ACTIVE

    def test_moves_its_deadline_in_the_same_step(self) -> None:
        moved = GoalDeadlineRevised(
            goal_id=WALK,
            from_on=FRIDAY,
            due_on=NEXT_FRIDAY,
            reason="Wrong goal",
            client_agreed=True,
        )
        for now in (NOON, AFTER_FRIDAY):
            given(decider, *REACHED).when(change(LATER, now=now)).then(REOPENED, moved)

    def test_leaves_a_deadline_that_is_the_same(self) -> None:
        given(decider, *REACHED).when(change(REOPEN, due_on=FRIDAY)).then(REOPENED)

    def test_is_refused_without_a_deadline_once_that_has_passed(self) -> None:
        midnight = end_of(FRIDAY, ZURICH)
        in_time = change(REOPEN, now=midnight - timedelta(microseconds=1))
        given(decider, *REACHED).when(in_time).then(REOPENED)
        late = change(REOPEN, now=midnight)
        given(decider, *REACHED).when(late).then_refused(DeadlinePassedSince)

    def test_is_refused_with_a_deadline_in_the_past(self) -> None:
        past = change(REOPEN, due_on=MONDAY - timedelta(days=1))
        given(decider, *REACHED).when(past).then_refused(DeadlineInThePast)

    def test_is_ignored_while_the_goal_goes_on(self) -> None:
        given(decider, *goal_active()).when(REOPEN).then_nothing()
        given(decider, *REACHED, REOPENED).when(REOPEN).then_nothing()
        given(decider, *goal_active()).when(change(REOPEN, due_on=FRIDAY)).then_nothing()

    def test_revises_nothing_of_a_goal_that_goes_on(self) -> None:
        given(decider, *goal_active()).when(LATER).then_refused(GoalNotEnded)

    def test_is_refused_where_there_is_no_goal(self) -> None:
        given(decider).when(REOPEN).then_refused(GoalNotEnded)

    def test_is_refused_once_another_has_taken_its_place(self) -> None:
        replaced = *goal_active(), GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")
        given(decider, *replaced).when(REOPEN).then_refused(GoalWasReplaced)


class TestAReopenedGoal:
    def test_is_a_proposal_still_where_it_was_never_agreed(self) -> None:
        past = goal_set(), AGREED[1], GoalClosed(goal_id=WALK, reason="other"), REOPENED
        assert goal(*past).stage is Stage.PROPOSED

    def test_can_be_paused_although_it_ended_while_it_rested(self) -> None:
        rested = *goal_active(), GoalPaused(goal_id=WALK, on=MONDAY)
        past = *rested, GoalClosed(goal_id=WALK, reason="other"), REOPENED
        again = PauseGoal(goal_id=WALK, now=NOON)
        given(decider, *past).when(again).then(GoalPaused(goal_id=WALK, on=MONDAY))

    def test_can_be_found_at_risk_and_reached_anew(self) -> None:
        at_risk = GoalFoundAtRisk(
            goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
        )
        noticed = NoticeRisk(
            goal_id=WALK, now=NOON, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
        )
        reached = GoalReached(goal_id=WALK, progress=ALL_OF_IT)
        given(decider, *goal_active(), at_risk, reached, REOPENED).when(noticed).then(at_risk)
        met = NoticeTargetMet(goal_id=WALK, now=NOON, progress=ALL_OF_IT, evidence_position=12)
        once = *goal_active(measure=Milestone()), reached, REOPENED
        given(decider, *once).when(met).then(
            GoalReached(goal_id=WALK, progress=ALL_OF_IT, evidence_position=12)
        )
