"""Revising a goal: its statement, its target and its deadline, each with reason and consent."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec import ValidationError

from events.deadline import (
    LONGEST_GOAL_DAYS,
    DeadlineBeforeTheStart,
    DeadlineInThePast,
    DeadlineTooFarAway,
)
from events.goal import (
    GoalClosed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalStatementRevised,
    GoalTargetRevised,
)
from events.goal_commands import ReviseDeadline, ReviseStatement, ReviseTarget
from events.goal_decisions import GOAL, GoalNotOpen
from events.measure_soundness import (
    BaselineOutsideTheInstrument,
    ReserveTooLarge,
    TargetNotTowardsHealth,
)
from events.moment import TimeOutOfRange, end_of
from tests.controls import (
    AFTER_FRIDAY,
    DAILY,
    FRIDAY,
    HALF_THE_BDI,
    KIRITIMATI,
    LOS_ANGELES,
    MONDAY,
    NEXT_FRIDAY,
    NOON,
    NOT_YET,
    SWIM,
    THREE_TIMES_A_WEEK,
    WALK,
    ZURICH,
    change,
    goal_active,
    goal_set,
)
from tests.given import given, said

Past = tuple[GoalEvent, ...]
OPEN: dict[str, Past] = {
    "proposed": (goal_set(),),
    "active": goal_active(),
    "paused": (*goal_active(), GoalPaused(goal_id=WALK)),
    "missed": (
        *goal_active(),
        GoalDeadlineMissed(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12),
    ),
}
NOT_OPEN: dict[str, Past] = {
    "unset": (),
    "reached": (*goal_active(), GoalReached(goal_id=WALK)),
    "closed": (goal_set(), GoalClosed(goal_id=WALK, reason="other")),
    "replaced": (*goal_active(), GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")),
}


def pasts(of: dict[str, Past]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("past", of.values(), ids=of.keys())


class TestReviseStatement:
    REVISE = ReviseStatement(
        goal_id=WALK, now=NOON, statement="Walk to the lake", reason="Nearer", client_agreed=True
    )
    FACT = GoalStatementRevised(
        goal_id=WALK,
        from_statement="Walk around the lake",
        statement="Walk to the lake",
        reason="Nearer",
        client_agreed=True,
    )

    @pasts(OPEN)
    def test_rewords_an_open_goal(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then(self.FACT)

    def test_says_that_the_client_did_not_agree(self) -> None:
        given(GOAL, goal_set()).when(change(self.REVISE, client_agreed=False)).then(
            change(self.FACT, client_agreed=False)
        )

    def test_is_ignored_when_the_words_are_the_same(self) -> None:
        same = change(self.REVISE, statement="Walk around the lake")
        given(GOAL, goal_set()).when(same).then_nothing()

    @pasts(NOT_OPEN)
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then_refused(GoalNotOpen)

    @pytest.mark.parametrize("beyond", [{"statement": ""}, {"reason": ""}, {"reason": "x" * 501}])
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.REVISE, **beyond))


class TestReviseTarget:
    REVISE = ReviseTarget(
        goal_id=WALK,
        now=NOON,
        measure=change(DAILY, reserve=2),
        reason="A cold",
        client_agreed=True,
    )
    FACT = GoalTargetRevised(
        goal_id=WALK,
        from_measure=DAILY,
        measure=change(DAILY, reserve=2),
        reason="A cold",
        client_agreed=True,
    )

    @pasts(OPEN)
    def test_changes_the_measure_of_an_open_goal(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then(self.FACT)

    def test_may_ask_for_another_kind_of_measure(self) -> None:
        given(GOAL, goal_set()).when(change(self.REVISE, measure=HALF_THE_BDI)).then(
            change(self.FACT, measure=HALF_THE_BDI)
        )

    def test_is_ignored_when_the_measure_is_the_same(self) -> None:
        given(GOAL, goal_set()).when(change(self.REVISE, measure=DAILY)).then_nothing()

    def test_is_ignored_when_the_measure_is_the_same_however_unsound(self) -> None:
        # As after a deadline was moved by an older release: what is there is there.
        unsound = change(DAILY, reserve=300)
        past = goal_set(measure=unsound)
        given(GOAL, past).when(change(self.REVISE, measure=unsound)).then_nothing()

    @pytest.mark.parametrize(
        ("measure", "refusal"),
        [
            (change(DAILY, reserve=5), ReserveTooLarge),
            (change(THREE_TIMES_A_WEEK, reserve=1), ReserveTooLarge),
            (change(HALF_THE_BDI, baseline=64.0), BaselineOutsideTheInstrument),
            (change(HALF_THE_BDI, instrument="who5"), TargetNotTowardsHealth),
        ],
    )
    def test_is_refused_with_an_unsound_measure(self, measure: Any, refusal: Any) -> None:
        given(GOAL, goal_set()).when(change(self.REVISE, measure=measure)).then_refused(refusal)

    @pasts(NOT_OPEN)
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then_refused(GoalNotOpen)


class TestReviseDeadline:
    REVISE = ReviseDeadline(
        goal_id=WALK, now=NOON, due_on=NEXT_FRIDAY, reason="A cold", client_agreed=True
    )
    FACT = GoalDeadlineRevised(
        goal_id=WALK, from_on=FRIDAY, due_on=NEXT_FRIDAY, reason="A cold", client_agreed=True
    )

    @pasts(OPEN)
    def test_moves_the_deadline_of_an_open_goal(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then(self.FACT)

    @pytest.mark.parametrize("due_on", [MONDAY, date(2026, 3, 5)])
    def test_may_bring_it_forward(self, due_on: date) -> None:
        given(GOAL, *goal_active()).when(change(self.REVISE, due_on=due_on)).then(
            change(self.FACT, due_on=due_on)
        )

    def test_moves_it_after_it_has_passed(self) -> None:
        late = change(self.REVISE, now=AFTER_FRIDAY)
        given(GOAL, *OPEN["missed"]).when(late).then(self.FACT)

    @pasts(OPEN)
    def test_is_ignored_when_the_deadline_is_already_there(self, past: Past) -> None:
        same = change(self.REVISE, due_on=FRIDAY)
        given(GOAL, *past).when(same).then_nothing()
        given(GOAL, *past).when(change(same, now=AFTER_FRIDAY)).then_nothing()

    def test_is_refused_in_the_past(self) -> None:
        yesterday = change(self.REVISE, now=AFTER_FRIDAY, due_on=date(2026, 3, 5))
        given(GOAL, *goal_active()).when(yesterday).then_refused(DeadlineInThePast)

    @pytest.mark.parametrize("zone", [KIRITIMATI, ZURICH, LOS_ANGELES])
    def test_takes_today_until_its_last_moment_there(self, zone: str) -> None:
        past = goal_active(zone=zone)
        tuesday = date(2026, 3, 3)
        midnight = end_of(tuesday, zone)
        in_time = change(self.REVISE, now=midnight - timedelta(microseconds=1), due_on=tuesday)
        given(GOAL, *past).when(in_time).then(change(self.FACT, due_on=tuesday))
        given(GOAL, *past).when(change(in_time, now=midnight)).then_refused(DeadlineInThePast)

    def test_is_another_day_in_kiritimati_than_in_los_angeles(self) -> None:
        ask = change(self.REVISE, now=datetime(2026, 3, 3, 10, 30, tzinfo=UTC))
        tuesday = change(ask, due_on=date(2026, 3, 3))
        ahead, behind = goal_active(zone=KIRITIMATI), goal_active(zone=LOS_ANGELES)
        given(GOAL, *ahead).when(tuesday).then_refused(DeadlineInThePast)
        given(GOAL, *behind).when(tuesday).then(change(self.FACT, due_on=tuesday.due_on))

    def test_is_refused_before_the_start(self) -> None:
        past = goal_active(starts_on=FRIDAY)
        early = change(self.REVISE, due_on=date(2026, 3, 5))
        given(GOAL, *past).when(early).then_refused(DeadlineBeforeTheStart)

    def test_may_give_five_years_and_no_day_more(self) -> None:
        last = MONDAY + timedelta(days=LONGEST_GOAL_DAYS)
        ask = change(self.REVISE, due_on=last)
        given(GOAL, *goal_active()).when(ask).then(change(self.FACT, due_on=last))
        beyond = change(ask, due_on=last + timedelta(days=1))
        given(GOAL, *goal_active()).when(beyond).then_refused(DeadlineTooFarAway)

    @pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2201, 1, 1), date.max])
    def test_is_refused_with_an_unbelievable_day(self, day: date) -> None:
        ask = change(self.REVISE, due_on=day)
        given(GOAL, *goal_active()).when(ask).then_refused(TimeOutOfRange)

    def test_is_refused_when_it_leaves_no_more_time_than_the_reserve(self) -> None:
        past = goal_active(measure=change(DAILY, reserve=3))
        thursday, wednesday = date(2026, 3, 5), date(2026, 3, 4)
        given(GOAL, *past).when(change(self.REVISE, due_on=thursday)).then(
            change(self.FACT, due_on=thursday)
        )
        given(GOAL, *past).when(change(self.REVISE, due_on=wednesday)).then_refused(ReserveTooLarge)

    @pasts(NOT_OPEN)
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.REVISE).then_refused(GoalNotOpen)

    def test_needs_a_reason(self) -> None:
        with pytest.raises(ValidationError):
            said(change(self.REVISE, reason=""))
