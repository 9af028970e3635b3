"""What the facts of a goal's life make of it."""

from uuid import UUID

import pytest

from events.goal import (
    OPEN_STAGES,
    Goal,
    GoalAgreed,
    GoalClosed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalResumed,
    GoalStatementRevised,
    GoalTargetMet,
    GoalTargetRevised,
    Stage,
)
from events.goal_decisions import GOAL
from tests.controls import (
    AGREED,
    ALL_OF_IT,
    ANNA,
    DAILY,
    FRIDAY,
    MONDAY,
    NEXT_FRIDAY,
    NOT_YET,
    SWIM,
    THREE_TIMES_A_WEEK,
    WALK,
    ZURICH,
    goal_active,
    goal_set,
)

MISSED = GoalDeadlineMissed(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12)
AT_RISK = GoalFoundAtRisk(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=9)
TARGET_MET = GoalTargetMet(goal_id=WALK, due_on=FRIDAY, progress=ALL_OF_IT, evidence_position=9)
LATER = GoalDeadlineRevised(
    goal_id=WALK, from_on=FRIDAY, due_on=NEXT_FRIDAY, reason="A cold", client_agreed=True
)
EASIER = GoalTargetRevised(
    goal_id=WALK,
    from_measure=DAILY,
    measure=THREE_TIMES_A_WEEK,
    reason="A cold",
    client_agreed=True,
)


def goal(*past: GoalEvent) -> Goal:
    return GOAL.fold(past)


class TestStage:
    def test_is_unset_before_anything_happened(self) -> None:
        assert goal().stage is Stage.UNSET

    def test_is_proposed_once_set(self) -> None:
        assert goal(goal_set()).stage is Stage.PROPOSED

    @pytest.mark.parametrize("first", AGREED, ids=lambda agreed: agreed.party)
    def test_stays_proposed_with_one_agreement(self, first: GoalAgreed) -> None:
        assert goal(goal_set(), first).stage is Stage.PROPOSED

    def test_stays_proposed_when_one_party_agrees_twice(self) -> None:
        assert goal(goal_set(), AGREED[0], AGREED[0]).stage is Stage.PROPOSED

    @pytest.mark.parametrize("agreed", [AGREED, AGREED[::-1]], ids=["clinician", "client"])
    def test_is_active_once_both_agreed_whoever_came_first(
        self, agreed: tuple[GoalAgreed, ...]
    ) -> None:
        assert goal(goal_set(), *agreed).stage is Stage.ACTIVE

    @pytest.mark.parametrize(
        ("fact", "stage"),
        [
            (GoalPaused(goal_id=WALK), Stage.PAUSED),
            (GoalReached(goal_id=WALK), Stage.REACHED),
            (GoalClosed(goal_id=WALK, reason="other"), Stage.CLOSED),
            (GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer"), Stage.REPLACED),
            (MISSED, Stage.ACTIVE),
            (AT_RISK, Stage.ACTIVE),
            (TARGET_MET, Stage.ACTIVE),
            (LATER, Stage.ACTIVE),
            (EASIER, Stage.ACTIVE),
        ],
        ids=lambda one: type(one).__name__,
    )
    def test_follows_the_fact(self, fact: GoalEvent, stage: Stage) -> None:
        assert goal(*goal_active(), fact).stage is stage

    def test_is_active_again_once_resumed(self) -> None:
        paused = goal(*goal_active(), GoalPaused(goal_id=WALK), GoalResumed(goal_id=WALK))
        assert paused.stage is Stage.ACTIVE

    def test_is_open_before_the_end_only(self) -> None:
        assert set(Stage) - OPEN_STAGES == {
            *(Stage.UNSET, Stage.REACHED, Stage.CLOSED, Stage.REPLACED)
        }


class TestGoal:
    def test_knows_what_was_set(self) -> None:
        assert goal(goal_set()) == Goal(
            stage=Stage.PROPOSED,
            client_id=ANNA,
            statement="Walk around the lake",
            measure=DAILY,
            achievability=7,
            why="I sleep better after it",
            starts_on=MONDAY,
            due_on=FRIDAY,
            zone=ZURICH,
            review_every_days=14,
        )

    def test_starts_anew_when_set(self) -> None:
        other = UUID(int=7)
        assert goal(*goal_active(), goal_set(client_id=other)).agreed == frozenset()

    def test_counts_the_revisions_of_target_and_deadline(self) -> None:
        assert goal(*goal_active(), LATER, EASIER).revision == 2

    def test_does_not_count_a_new_wording(self) -> None:
        reworded = GoalStatementRevised(
            goal_id=WALK,
            from_statement="Walk around the lake",
            statement="Walk to the lake",
            reason="Nearer",
            client_agreed=True,
        )
        after = goal(*goal_active(), reworded)
        assert (after.statement, after.revision) == ("Walk to the lake", 0)


class TestWhatWasNoticed:
    @pytest.mark.parametrize(
        ("fact", "field"),
        [(MISSED, "missed_on"), (AT_RISK, "at_risk_on"), (TARGET_MET, "target_met_on")],
    )
    def test_is_remembered_by_its_deadline(self, fact: GoalEvent, field: str) -> None:
        assert getattr(goal(*goal_active(), fact), field) == FRIDAY

    def test_is_forgotten_with_a_new_deadline(self) -> None:
        after = goal(*goal_active(), AT_RISK, MISSED, TARGET_MET, LATER)
        assert (after.missed_on, after.at_risk_on, after.target_met_on) == (None, None, None)
        assert after.due_on == NEXT_FRIDAY

    def test_of_a_missed_deadline_outlasts_a_new_target(self) -> None:
        after = goal(*goal_active(), AT_RISK, MISSED, EASIER)
        assert (after.missed_on, after.at_risk_on, after.target_met_on) == (FRIDAY, None, None)
        assert after.measure == THREE_TIMES_A_WEEK

    @pytest.mark.parametrize(
        ("facts", "noticed"),
        [((MISSED, TARGET_MET), (None, FRIDAY)), ((TARGET_MET, MISSED), (FRIDAY, None))],
        ids=["late", "corrected"],
    )
    def test_last_of_a_deadline_is_what_holds(
        self, facts: tuple[GoalEvent, ...], noticed: tuple[object, object]
    ) -> None:
        after = goal(*goal_active(), *facts)
        assert (after.missed_on, after.target_met_on) == noticed
