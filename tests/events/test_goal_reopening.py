"""Reopening a goal that has ended: as if it had not, with a date that lies ahead."""

from datetime import UTC, datetime, timedelta

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
    GoalRestTaken,
    GoalResumed,
    Stage,
)
from events.goal_commands import NoticeRisk, NoticeTargetMet, PauseGoal, ReopenGoal, TakeRest
from events.goal_decisions import GOAL, TooManyRests
from events.goal_reopening import DeadlinePassedSince, GoalNotEnded, GoalWasReplaced
from events.measure import Milestone
from events.moment import day_of, end_of
from tests.controls import (
    AFTER_FRIDAY,
    AGREED,
    ALL_OF_IT,
    FRIDAY,
    KIRITIMATI,
    LOS_ANGELES,
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
REOPENED = GoalReopened(goal_id=WALK, reason="Wrong goal", on=MONDAY)
LATER = change(REOPEN, due_on=NEXT_FRIDAY, client_agreed=True)
TUESDAY, THURSDAY, SATURDAY = (MONDAY + timedelta(days=nth) for nth in (1, 3, 5))
PAUSED = *goal_active(), GoalPaused(goal_id=WALK, on=TUESDAY)


def goal(*past: GoalEvent) -> Goal:
    return GOAL.fold(past)


class TestReopenGoal:
    @pytest.mark.parametrize("past", [REACHED, CLOSED], ids=["reached", "closed"])
    def test_lets_a_goal_go_on_that_has_ended(self, past: tuple[GoalEvent, ...]) -> None:
        given(GOAL, *past).when(REOPEN).then(REOPENED)
        assert goal(*past, REOPENED).stage is Stage.ACTIVE

    def test_moves_its_deadline_in_the_same_step(self) -> None:
        moved = GoalDeadlineRevised(
            goal_id=WALK,
            from_on=FRIDAY,
            due_on=NEXT_FRIDAY,
            reason="Wrong goal",
            client_agreed=True,
        )
        for now, on in ((NOON, MONDAY), (AFTER_FRIDAY, SATURDAY)):
            later = change(LATER, now=now)
            given(GOAL, *REACHED).when(later).then(change(REOPENED, on=on), moved)

    def test_leaves_a_deadline_that_is_the_same(self) -> None:
        given(GOAL, *REACHED).when(change(REOPEN, due_on=FRIDAY)).then(REOPENED)

    def test_is_refused_without_a_deadline_once_that_has_passed(self) -> None:
        midnight = end_of(FRIDAY, ZURICH)
        in_time = change(REOPEN, now=midnight - timedelta(microseconds=1))
        given(GOAL, *REACHED).when(in_time).then(change(REOPENED, on=FRIDAY))
        late = change(REOPEN, now=midnight)
        given(GOAL, *REACHED).when(late).then_refused(DeadlinePassedSince)

    def test_is_refused_with_a_deadline_in_the_past(self) -> None:
        past = change(REOPEN, due_on=MONDAY - timedelta(days=1))
        given(GOAL, *REACHED).when(past).then_refused(DeadlineInThePast)

    def test_is_ignored_while_the_goal_goes_on(self) -> None:
        given(GOAL, *goal_active()).when(REOPEN).then_nothing()
        given(GOAL, *REACHED, REOPENED).when(REOPEN).then_nothing()
        given(GOAL, *goal_active()).when(change(REOPEN, due_on=FRIDAY)).then_nothing()

    def test_revises_nothing_of_a_goal_that_goes_on(self) -> None:
        given(GOAL, *goal_active()).when(LATER).then_refused(GoalNotEnded)

    def test_is_refused_where_there_is_no_goal(self) -> None:
        given(GOAL).when(REOPEN).then_refused(GoalNotEnded)

    def test_is_refused_once_another_has_taken_its_place(self) -> None:
        replaced = *goal_active(), GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")
        given(GOAL, *replaced).when(REOPEN).then_refused(GoalWasReplaced)


class TestAGoalThatEndedWhileItRested:
    """Pause, close, reopen: it goes on as if it had never ended, and was asked for nothing."""

    ENDS = pytest.mark.parametrize(
        "end",
        [GoalClosed(goal_id=WALK, reason="other"), GoalReached(goal_id=WALK)],
        ids=["closed", "reached"],
    )

    @ENDS
    def test_has_rested_until_it_was_reopened(self, end: GoalEvent) -> None:
        state = goal(*PAUSED, end, change(REOPENED, on=THURSDAY))
        assert (state.stage, state.paused_on) == (Stage.ACTIVE, None)
        assert state.pauses == {(TUESDAY, THURSDAY)}

    @ENDS
    def test_takes_no_rest_that_leaves_less_than_half(self, end: GoalEvent) -> None:
        # Two of five days have been excused by the pause.
        past = *PAUSED, end, change(REOPENED, on=THURSDAY)
        rest = TakeRest(goal_id=WALK, now=NOON, on=FRIDAY, reason="Guests")
        given(GOAL, *past).when(rest).then_refused(TooManyRests)
        wednesday = change(REOPENED, on=TUESDAY + timedelta(days=1))
        taken = GoalRestTaken(goal_id=WALK, on=FRIDAY, reason="Guests")
        given(GOAL, *PAUSED, end, wednesday).when(rest).then(taken)

    def test_is_reopened_with_a_nearer_deadline_if_half_is_asked_for_until_then(self) -> None:
        rested = GoalRestTaken(goal_id=WALK, on=MONDAY, reason="Guests")
        past = *PAUSED, rested, GoalClosed(goal_id=WALK, reason="other")
        # Monday and Tuesday of three days; a pause that goes on counts in the same step.
        nearer = change(LATER, now=NOON + timedelta(days=2), due_on=MONDAY + timedelta(days=2))
        given(GOAL, *past).when(nearer).then_refused(TooManyRests)

    def test_that_never_rested_has_not_rested_while_it_was_closed(self) -> None:
        # What ended it was not so: its days are days like any other, and entries on them count.
        assert goal(*CLOSED, change(REOPENED, on=FRIDAY)).pauses == frozenset()

    @pytest.mark.parametrize("zone", [ZURICH, KIRITIMATI, LOS_ANGELES])
    def test_is_known_from_a_log_that_kept_no_days(self, zone: str) -> None:
        """As earlier releases have stored it: only the moments say which days they were."""
        facts = (
            *goal_active(zone=zone),
            GoalPaused(goal_id=WALK),
            GoalClosed(goal_id=WALK, reason="other"),
            GoalReopened(goal_id=WALK, reason="Wrong goal"),
            GoalPaused(goal_id=WALK),
            GoalResumed(goal_id=WALK),
        )
        # Half past ten in the evening: the day after in Zurich and further east.
        at = [datetime(2026, 3, 2 + nth, 22, 30, tzinfo=UTC) for nth in (0, 0, 0, 0, 1, 2, 5, 6)]
        state = GOAL.fold_stored(zip(facts, at, strict=True))
        days = [day_of(one, zone) for one in at]
        assert state.pauses == {(days[3], days[5]), (days[6], days[7])}
        kept = [change(one, on=on) if hasattr(one, "on") else one
                for one, on in zip(facts, days, strict=True)]  # fmt: skip
        assert state == GOAL.fold(kept)
        assert GOAL.fold_stored(zip(kept, at, strict=True)) == state


class TestAReopenedGoal:
    def test_is_a_proposal_still_where_it_was_never_agreed(self) -> None:
        past = goal_set(), AGREED[1], GoalClosed(goal_id=WALK, reason="other"), REOPENED
        assert goal(*past).stage is Stage.PROPOSED

    def test_can_be_paused_although_it_ended_while_it_rested(self) -> None:
        rested = *goal_active(), GoalPaused(goal_id=WALK, on=MONDAY)
        past = *rested, GoalClosed(goal_id=WALK, reason="other"), REOPENED
        again = PauseGoal(goal_id=WALK, now=NOON)
        given(GOAL, *past).when(again).then(GoalPaused(goal_id=WALK, on=MONDAY))

    def test_can_be_found_at_risk_and_reached_anew(self) -> None:
        at_risk = GoalFoundAtRisk(
            goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
        )
        noticed = NoticeRisk(
            goal_id=WALK, now=NOON, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
        )
        reached = GoalReached(goal_id=WALK, progress=ALL_OF_IT)
        given(GOAL, *goal_active(), at_risk, reached, REOPENED).when(noticed).then(at_risk)
        met = NoticeTargetMet(goal_id=WALK, now=NOON, progress=ALL_OF_IT, evidence_position=12)
        once = *goal_active(measure=Milestone()), reached, REOPENED
        given(GOAL, *once).when(met).then(
            GoalReached(goal_id=WALK, progress=ALL_OF_IT, evidence_position=12)
        )
