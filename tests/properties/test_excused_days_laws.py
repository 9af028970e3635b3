"""What holds for the days of a goal, however it rests and ends: half of them are asked for."""

from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.goal import (
    OPEN_STAGES,
    GoalPaused,
    GoalReopened,
    GoalRestTaken,
    GoalResumed,
    Stage,
)
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    PauseGoal,
    ReachGoal,
    ReopenGoal,
    ResumeGoal,
    ReviseDeadline,
    ReviseTarget,
    TakeRest,
    WithdrawRest,
)
from events.goal_days import excused_days
from events.goal_decisions import GOAL
from events.measure import Frequency
from events.moment import day_of
from projections import goal_status
from tests.controls import (
    DAILY,
    KIRITIMATI,
    LOS_ANGELES,
    MONDAY,
    NOON,
    WALK,
    ZURICH,
    change,
    set_goal,
)
from tests.properties.goal_views import GoalViews
from tests.properties.telling import Telling

DUE_ON = MONDAY + timedelta(days=19)  # Twenty days.
days = st.integers(-1, 24).map(lambda nth: MONDAY + timedelta(days=nth))
waits = st.sampled_from([0, 1, 11, 24, 72, 216]).map(lambda hours: timedelta(hours=hours))
OF_GOAL: dict[str, Any] = {"goal_id": WALK, "now": NOON}
WHY: dict[str, Any] = {**OF_GOAL, "reason": "so", "client_agreed": True}


class AnyDays(RuleBasedStateMachine):
    """A goal of twenty days that rests, ends and goes on, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.telling = Telling(GOAL)
        self.views = GoalViews()
        self.paused_on: date | None = None
        self.paused: set[date] = set()

    @initialize(zone=st.sampled_from([ZURICH, KIRITIMATI, LOS_ANGELES]))
    def agree(self, zone: str) -> None:
        self.ask(set_goal(measure=DAILY, starts_on=MONDAY, due_on=DUE_ON, zone=zone))
        self.ask(AgreeGoal(**OF_GOAL, parties=frozenset({"clinician", "client"})))

    @rule(after=waits, turn=st.sampled_from([*[PauseGoal] * 3, CloseGoal]))
    @precondition(lambda self: self.telling.state.stage is Stage.ACTIVE)
    def stop(self, after: timedelta, turn: Any) -> None:
        self.now += after
        self.ask(turn(**OF_GOAL, **({"reason": "other"} if turn is CloseGoal else {})))

    @rule(after=waits, turn=st.sampled_from([ResumeGoal, CloseGoal, ReachGoal]))
    @precondition(lambda self: self.telling.state.stage is Stage.PAUSED)
    def go_on_or_end(self, after: timedelta, turn: Any) -> None:
        self.now += after
        self.ask(turn(**OF_GOAL, **({"reason": "other"} if turn is CloseGoal else {})))

    @rule(after=waits, on=st.none() | days)
    @precondition(lambda self: self.telling.state.stage not in OPEN_STAGES)
    def reopen(self, after: timedelta, on: date | None) -> None:
        self.now += after
        self.ask(ReopenGoal(**WHY, due_on=on))

    @rule(after=waits, on=days, count=st.integers(1, 4))
    @precondition(lambda self: self.telling.state.stage in OPEN_STAGES)
    def rest(self, after: timedelta, on: date, count: int) -> None:
        self.now += after
        for nth in range(count):
            self.ask(TakeRest(**OF_GOAL, on=on + timedelta(days=nth), reason="so"))

    @rule(on=days)
    def withdraw(self, on: date) -> None:
        self.ask(WithdrawRest(**OF_GOAL, on=on))

    @rule(on=days)
    def move_the_deadline(self, on: date) -> None:
        self.ask(ReviseDeadline(**WHY, due_on=on))

    @rule(reserve=st.integers(0, 4))
    def revise_the_reserve(self, reserve: int) -> None:
        self.ask(ReviseTarget(**WHY, measure=change(DAILY, reserve=reserve)))

    def ask(self, command: Any) -> None:
        today = day_of(self.now, self.telling.state.zone)
        for fact in self.telling.say(change(command, now=self.now)) or []:
            self.views.show(fact, at=self.now)
            if isinstance(fact, GoalPaused):
                self.paused_on = today
            elif isinstance(fact, GoalResumed | GoalReopened):
                self.paused |= self.resting(today)
                self.paused_on = None
            elif isinstance(fact, GoalRestTaken):
                self.half_is_asked_for(today)

    def resting(self, today: date) -> set[date]:
        """The days of a pause that goes on that have gone by."""
        gone = 0 if self.paused_on is None else (today - self.paused_on).days
        return {today - timedelta(days=nth + 1) for nth in range(gone)}

    def half_is_asked_for(self, today: date) -> None:
        """A rest that was taken leaves half of the days, whatever became of the goal before it."""
        state = self.telling.state
        assert isinstance(state.measure, Frequency)
        free = {*state.rests} | self.paused | self.resting(today)
        within = [on for on in free if state.starts_on <= on <= state.due_on]
        count = (state.due_on - state.starts_on).days + 1
        assert 2 * (len(within) + state.measure.reserve) <= count

    @invariant()
    def the_goal_and_its_view_excuse_the_same_days(self) -> None:
        state, row = self.telling.state, self.views.status
        if row is None:
            return
        of_goal = excused_days(state, state.due_on)
        if state.stage in OPEN_STAGES:
            assert goal_status.excused_days(row) == of_goal
        else:
            # Of a goal that is over, the pause is over that went on until then.
            assert len(goal_status.excused_days(row)) >= len(of_goal)
        resting = {
            on for on in {*state.rests} | self.paused if state.starts_on <= on <= state.due_on
        }
        assert isinstance(state.measure, Frequency)
        count = (state.due_on - state.starts_on).days + 1
        # Half of the days stay asked for, with the reserve; the earliest of the others are excused.
        assert of_goal == set(sorted(resting)[: max(0, count // 2 - state.measure.reserve)])

    @invariant()
    def a_pause_that_goes_on_is_known_to_both(self) -> None:
        state, row = self.telling.state, self.views.status
        assert state.paused_on == self.paused_on
        assert (row.goal.paused_on if row else None) == self.paused_on
        if state.stage is Stage.PAUSED:
            assert self.paused_on is not None

    @invariant()
    def a_log_that_kept_no_days_says_the_same(self) -> None:
        assert GOAL.fold_stored(self.views.without_days()) == self.telling.state


TestAnyDays = AnyDays.TestCase
TestAnyDays.settings = settings(max_examples=2 * settings().max_examples)
