"""What holds for every goal, whatever is said to it and in which order."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events.goal import (
    OPEN_STAGES,
    GoalAgreed,
    GoalClosed,
    GoalDeadlineFollowed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalLevelRated,
    GoalPaused,
    GoalReached,
    GoalReopened,
    GoalReplaced,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalResumed,
    GoalSet,
    GoalStatementRevised,
    GoalTargetMet,
    GoalTargetRevised,
    Party,
    Stage,
)
from events.goal_commands import (
    AgreeGoal,
    GoalCommand,
    NoticeDeadline,
    NoticeRisk,
    NoticeTargetMet,
    SetGoal,
)
from events.goal_decisions import GOAL
from events.measure import Measure, Progress, ends_when_met, fed_by_moods, is_behaviour
from events.measure_soundness import require_sound, resolved
from events.moment import end_of
from events.refusals import ValueRefused
from tests.controls import FRIDAY, MONDAY, NOON, WALK, change
from tests.properties.goal_views import GoalViews
from tests.properties.telling import Telling
from tests.strategies import (
    agreements,
    arrivals,
    endings,
    goal_commands,
    measures,
    progress,
    set_goals,
)

ENDS = GoalReached | GoalClosed | GoalReplaced
MOVED = GoalDeadlineRevised | GoalDeadlineFollowed
# How far a view that lags is out, in days.
nearly_none = st.sampled_from([0, 0, 0, 1, -1])
END_STAGES = {Stage.REACHED, Stage.CLOSED, Stage.REPLACED}


class AnyGoal(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.telling = Telling(GOAL)
        self.views = GoalViews()

    @property
    def past(self) -> list[GoalEvent]:
        return self.telling.past

    @initialize(
        command=set_goals, measure=measures, sound=st.integers(0, 3), agree=st.integers(0, 3)
    )
    def propose(self, command: SetGoal, measure: Measure, sound: int, agree: int) -> None:
        """Most goals are sound and agreed to, so that something can happen to them."""
        if sound:
            with suppress(ValueRefused):
                measure = resolved(measure)
                require_sound(measure, MONDAY, FRIDAY)
                command = change(command, measure=measure, starts_on=MONDAY, due_on=FRIDAY)
        self.ask(command)
        if agree:
            parties: frozenset[Party] = frozenset({"clinician", "client"})
            self.ask(AgreeGoal(goal_id=WALK, now=self.now, parties=parties))

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(command=goal_commands)
    def say(self, command: GoalCommand) -> None:
        self.ask(command)

    @rule(command=agreements)
    @precondition(lambda self: self.telling.state.stage is Stage.PROPOSED)
    def agree(self, command: AgreeGoal) -> None:
        self.ask(command)

    @rule(progress=progress, early=st.booleans(), days=nearly_none)
    @precondition(lambda self: self.telling.state.stage in OPEN_STAGES)
    def notice_a_deadline(self, progress: Progress, days: int, *, early: bool) -> None:
        """When it passes, or a moment too early; sometimes the view lags and it is another."""
        due_on = self.telling.state.due_on
        midnight = end_of(due_on, self.telling.state.zone)
        self.now = max(self.now, midnight - timedelta(microseconds=early))
        self.ask(
            NoticeDeadline(
                goal_id=WALK,
                now=self.now,
                due_on=due_on + timedelta(days=days),
                progress=progress,
                evidence_position=9,
            )
        )

    @rule(progress=progress, days=nearly_none)
    @precondition(lambda self: self.telling.state.stage in OPEN_STAGES)
    def notice_a_risk(self, progress: Progress, days: int) -> None:
        self.ask(
            NoticeRisk(
                goal_id=WALK,
                now=self.now,
                due_on=self.telling.state.due_on + timedelta(days=days),
                progress=progress,
                evidence_position=9,
            )
        )

    @rule(command=arrivals)
    @precondition(lambda self: len(self.past) > 6)
    def arrive(self, command: GoalCommand) -> None:
        self.ask(command)

    @rule(command=endings)
    @precondition(lambda self: len(self.past) > 6)
    def end(self, command: GoalCommand) -> None:
        self.ask(command)

    def ask(self, command: GoalCommand) -> None:
        before = self.telling.state
        facts = self.telling.say(change(command, now=self.now)) or []
        for fact in facts:
            self.views.show(fact, at=self.now)
            if isinstance(fact, GoalDeadlineMissed | GoalTargetMet):
                assert before.stage is Stage.ACTIVE
                assert fact.due_on == before.due_on
                assert self.now >= end_of(fact.due_on, before.zone)
            if isinstance(fact, GoalFoundAtRisk):
                assert self.now < end_of(fact.due_on, before.zone)
            if isinstance(fact, GoalReached) and isinstance(
                command, NoticeDeadline | NoticeTargetMet
            ):
                # Only people say that symptoms are where they should be.
                assert before.measure is not None
                assert is_behaviour(before.measure)
                assert command.progress.target_met
                if isinstance(command, NoticeTargetMet):
                    # What is to be kept up is kept up until the date.
                    assert ends_when_met(before.measure)

    @invariant()
    def it_is_set_once_and_first(self) -> None:
        assert [isinstance(fact, GoalSet) for fact in self.past] == [True, *[False] * 999][
            : len(self.past)
        ]

    @invariant()
    def nothing_follows_its_end(self) -> None:
        # How far it came is often rated afterwards.
        lived = [fact for fact in self.past if not isinstance(fact, GoalLevelRated)]
        *earlier, now = stretches(lived, GoalReopened)
        for life in earlier:
            # What was replaced has its successor: nobody reopens it.
            assert isinstance(life[-1], GoalReached | GoalClosed)
        for life in (*earlier, now):
            assert not any(isinstance(fact, ENDS) for fact in life[:-1])
        is_over = bool(now) and isinstance(now[-1], ENDS)
        assert (self.telling.state.stage in END_STAGES) is is_over

    @invariant()
    def it_is_under_way_once_both_agreed_until_it_is_paused_or_ends(self) -> None:
        parties = [fact.party for fact in self.past if isinstance(fact, GoalAgreed)]
        assert len(parties) == len(set(parties))
        kinds = GoalPaused | GoalResumed | ENDS | GoalReopened
        turns = [type(fact) for fact in self.past if isinstance(fact, kinds)]
        under_way = len(parties) == 2 and turns[-1:] in ([], [GoalResumed], [GoalReopened])
        assert (self.telling.state.stage is Stage.ACTIVE) is under_way

    @invariant()
    def a_pause_and_its_end_take_turns(self) -> None:
        for life in stretches(self.past, GoalReopened):
            turns = [type(fact) for fact in life if isinstance(fact, GoalPaused | GoalResumed)]
            assert turns == [GoalPaused, GoalResumed] * (len(turns) // 2) + [GoalPaused] * (
                len(turns) % 2
            )

    @invariant()
    def a_deadline_is_missed_once_unless_it_was_met_meanwhile(self) -> None:
        for stretch in stretches(self.past, MOVED | GoalReopened):
            came = [one for one in stretch if isinstance(one, GoalDeadlineMissed | GoalTargetMet)]
            for before, after in pairwise(came):
                assert isinstance(before, GoalTargetMet) or isinstance(after, GoalTargetMet)

    @invariant()
    def a_risk_and_a_met_target_are_found_once_for_what_is_asked(self) -> None:
        for stretch in stretches(self.past, MOVED | GoalTargetRevised | GoalReopened):
            assert sum(isinstance(one, GoalFoundAtRisk) for one in stretch) <= 1
            came = [one for one in stretch if isinstance(one, GoalDeadlineMissed | GoalTargetMet)]
            for before, after in pairwise(came):
                assert type(before) is not type(after)

    @invariant()
    def every_revision_says_what_it_was_before(self) -> None:
        if not self.past:
            return
        first = self.past[0]
        assert isinstance(first, GoalSet)
        statement: str = first.statement
        measure: Measure = first.measure
        due_on = first.due_on
        bound = first.due_session_id is not None
        for fact in self.past:
            match fact:
                case GoalStatementRevised():
                    assert fact.from_statement == statement != fact.statement
                    statement = fact.statement
                case GoalTargetRevised():
                    assert fact.from_measure == measure != fact.measure
                    measure = fact.measure
                case GoalDeadlineRevised() | GoalDeadlineFollowed():
                    # The day may stay where what binds it to a session changes.
                    assert fact.from_on == due_on
                    assert fact.due_on != due_on or bound
                    due_on = fact.due_on
                    bound = isinstance(fact, GoalDeadlineFollowed)
                case GoalDeadlineMissed() | GoalFoundAtRisk() | GoalTargetMet():
                    assert fact.due_on == due_on
        state = self.telling.state
        assert (state.statement, state.measure, state.due_on) == (statement, measure, due_on)
        assert (state.due_session_id is not None) is bound

    @invariant()
    def what_it_asks_can_be_done(self) -> None:
        state = self.telling.state
        if state.measure is not None:
            assert state.starts_on <= state.due_on
            require_sound(state.measure, state.starts_on, state.due_on)

    @invariant()
    def it_rests_on_days_that_were_taken_and_not_withdrawn(self) -> None:
        resting: set[date] = set()
        for fact in self.past:
            match fact:
                case GoalRestTaken():
                    assert fact.on not in resting
                    resting.add(fact.on)
                case GoalRestWithdrawn():
                    resting.remove(fact.on)
        assert self.telling.state.rests.keys() == resting

    @invariant()
    def what_counts_for_it_stays_what_it_was(self) -> None:
        measures = [
            fact.measure for fact in self.past if isinstance(fact, GoalSet | GoalTargetRevised)
        ]
        assert len({fed_by_moods(measure) for measure in measures}) <= 1

    @invariant()
    def every_view_agrees_with_the_goal(self) -> None:
        state, row = self.telling.state, self.views.status
        if row is None:
            assert state.stage is Stage.UNSET
            return
        assert self.views.states == [state] * 3
        assert row.missed == sum(isinstance(fact, GoalDeadlineMissed) for fact in self.past)
        attained = self.views.attained
        assert (attained.rated is None) is (state.level is None)
        assert attained.levels == (() if state.scale is None else state.scale.levels)

    @invariant()
    def the_goal_is_what_a_log_of_any_release_makes_it(self) -> None:
        assert GOAL.fold_stored(self.views.without_days()) == self.telling.state


def stretches(past: Sequence[GoalEvent], ended_by: Any) -> list[list[GoalEvent]]:
    """The past, cut wherever one of these happened."""
    cut: list[list[GoalEvent]] = [[]]
    for fact in past:
        if isinstance(fact, ended_by):
            cut.append([])
        else:
            cut[-1].append(fact)
    return cut


TestAnyGoal = AnyGoal.TestCase
TestAnyGoal.settings = settings(max_examples=2 * settings().max_examples)
