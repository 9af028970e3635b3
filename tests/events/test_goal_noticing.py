"""What workers notice about a goal: the worker nominates, the goal has the last word."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events.goal import (
    GoalClosed,
    GoalDeadlineFollowed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalTargetMet,
    GoalTargetRevised,
)
from events.goal_commands import FollowSession, NoticeDeadline, NoticeRisk, NoticeTargetMet
from events.goal_decisions import GOAL
from events.measure import Progress
from events.moment import end_of
from tests.controls import (
    AFTER_FRIDAY,
    AGREED,
    ALL_OF_IT,
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
    WALK,
    ZURICH,
    change,
    goal_active,
    goal_set,
)
from tests.given import given

Past = tuple[GoalEvent, ...]
NOT_UNDER_WAY: dict[str, Past] = {
    "unset": (),
    "proposed": (goal_set(),),
    "half agreed": (goal_set(), AGREED[1]),
    "paused": (*goal_active(), GoalPaused(goal_id=WALK)),
    "reached": (*goal_active(), GoalReached(goal_id=WALK)),
    "closed": (*goal_active(), GoalClosed(goal_id=WALK, reason="other")),
    "replaced": (*goal_active(), GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")),
}
MISSED = GoalDeadlineMissed(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12)
TARGET_MET = GoalTargetMet(goal_id=WALK, due_on=FRIDAY, progress=ALL_OF_IT, evidence_position=12)
AT_RISK = GoalFoundAtRisk(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12)
BACK = (
    GoalDeadlineRevised(
        goal_id=WALK, from_on=FRIDAY, due_on=NEXT_FRIDAY, reason="A cold", client_agreed=True
    ),
    GoalDeadlineRevised(
        goal_id=WALK, from_on=NEXT_FRIDAY, due_on=FRIDAY, reason="Well again", client_agreed=True
    ),
)
EASIER = GoalTargetRevised(
    goal_id=WALK,
    from_measure=DAILY,
    measure=change(DAILY, reserve=2),
    reason="A cold",
    client_agreed=True,
)
ALMOST = Progress(fraction=0.999999, unclamped=0.999999, latest=4.0, entries=4)


def not_under_way() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("past", NOT_UNDER_WAY.values(), ids=NOT_UNDER_WAY.keys())


class TestNoticeDeadline:
    NOTICE = NoticeDeadline(
        goal_id=WALK, now=AFTER_FRIDAY, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
    )
    MET = change(NOTICE, progress=ALL_OF_IT)

    def test_records_that_it_was_missed_and_how_far_it_went(self) -> None:
        given(GOAL, *goal_active()).when(self.NOTICE).then(MISSED)

    @pytest.mark.parametrize("progress", [Progress(), Progress(unclamped=-0.5), ALMOST])
    def test_is_missed_with_anything_short_of_the_target(self, progress: Progress) -> None:
        given(GOAL, *goal_active()).when(change(self.NOTICE, progress=progress)).then(
            change(MISSED, progress=progress)
        )

    def test_reaches_a_goal_of_doing_something(self) -> None:
        given(GOAL, *goal_active()).when(self.MET).then(
            GoalReached(goal_id=WALK, progress=ALL_OF_IT, evidence_position=12)
        )

    def test_leaves_it_to_people_to_call_a_symptom_goal_reached(self) -> None:
        given(GOAL, *goal_active(measure=HALF_THE_BDI)).when(self.MET).then(TARGET_MET)

    def test_is_missed_once(self) -> None:
        given(GOAL, *goal_active(), MISSED).when(self.NOTICE).then_nothing()
        later = change(self.NOTICE, evidence_position=40, now=AFTER_FRIDAY + timedelta(days=30))
        given(GOAL, *goal_active(), MISSED).when(later).then_nothing()

    def test_is_answered_by_evidence_that_arrives_later(self) -> None:
        given(GOAL, *goal_active(), MISSED).when(self.MET).then(
            GoalReached(goal_id=WALK, progress=ALL_OF_IT, evidence_position=12)
        )
        by_score = goal_active(measure=HALF_THE_BDI)
        given(GOAL, *by_score, MISSED).when(self.MET).then(TARGET_MET)

    def test_stays_missed_when_less_is_asked_for_afterwards(self) -> None:
        given(GOAL, *goal_active(), MISSED, EASIER).when(self.NOTICE).then_nothing()

    def test_is_missed_once_a_score_that_met_it_is_corrected(self) -> None:
        past = *goal_active(measure=HALF_THE_BDI), TARGET_MET
        given(GOAL, *past).when(self.MET).then_nothing()
        given(GOAL, *past).when(self.NOTICE).then(MISSED)
        given(GOAL, *past, MISSED).when(self.MET).then(TARGET_MET)

    def test_can_be_missed_anew_once_it_was_moved_there_and_back(self) -> None:
        given(GOAL, *goal_active(), MISSED, *BACK).when(self.NOTICE).then(MISSED)

    def test_is_ignored_when_the_deadline_is_another_by_now(self) -> None:
        past = *goal_active(), BACK[0]
        given(GOAL, *past).when(self.NOTICE).then_nothing()

    def test_is_ignored_when_another_deadline_has_passed(self) -> None:
        # Brought forward to Thursday: that was missed, not Friday.
        forward = change(BACK[0], due_on=date(2026, 3, 5))
        given(GOAL, *goal_active(), forward).when(self.NOTICE).then_nothing()

    @pytest.mark.parametrize("zone", [KIRITIMATI, ZURICH, LOS_ANGELES])
    def test_waits_for_the_day_to_be_over_there(self, zone: str) -> None:
        midnight = end_of(FRIDAY, zone)
        early = change(self.NOTICE, now=midnight - timedelta(microseconds=1))
        given(GOAL, *goal_active(zone=zone)).when(early).then_nothing()
        given(GOAL, *goal_active(zone=zone)).when(change(early, now=midnight)).then(MISSED)

    @pytest.mark.parametrize(
        ("due_on", "midnight"),
        [
            (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),
            (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),  # 23 hours long.
            (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),  # 25 hours long.
        ],
    )
    def test_knows_how_long_the_last_day_is(self, due_on: date, midnight: datetime) -> None:
        past = goal_active(zone=ZURICH, due_on=due_on)
        early = change(self.NOTICE, due_on=due_on, now=midnight - timedelta(microseconds=1))
        given(GOAL, *past).when(early).then_nothing()
        given(GOAL, *past).when(change(early, now=midnight)).then(change(MISSED, due_on=due_on))

    @not_under_way()
    def test_is_ignored_when_the_goal_is_not_under_way(self, past: Past) -> None:
        given(GOAL, *past).when(self.NOTICE).then_nothing()
        given(GOAL, *past).when(self.MET).then_nothing()


class TestNoticeRisk:
    NOTICE = NoticeRisk(
        goal_id=WALK, now=NOON, due_on=FRIDAY, progress=NOT_YET, evidence_position=12
    )

    @pytest.mark.parametrize("measure", [DAILY, HALF_THE_BDI])
    def test_records_that_the_goal_trails(self, measure: Any) -> None:
        given(GOAL, *goal_active(measure=measure)).when(self.NOTICE).then(AT_RISK)

    def test_is_recorded_once_for_a_deadline(self) -> None:
        given(GOAL, *goal_active(), AT_RISK).when(self.NOTICE).then_nothing()

    def test_is_recorded_anew_for_a_new_deadline(self) -> None:
        past = *goal_active(), AT_RISK, *BACK
        given(GOAL, *past).when(self.NOTICE).then(AT_RISK)

    def test_is_recorded_anew_for_a_new_target(self) -> None:
        given(GOAL, *goal_active(), AT_RISK, EASIER).when(self.NOTICE).then(AT_RISK)

    def test_is_ignored_when_the_target_is_met(self) -> None:
        met = change(self.NOTICE, progress=ALL_OF_IT)
        given(GOAL, *goal_active()).when(met).then_nothing()

    def test_is_ignored_when_the_deadline_is_another_by_now(self) -> None:
        given(GOAL, *goal_active(), BACK[0]).when(self.NOTICE).then_nothing()

    @pytest.mark.parametrize("zone", [KIRITIMATI, LOS_ANGELES])
    def test_is_ignored_once_the_deadline_has_passed_there(self, zone: str) -> None:
        midnight = end_of(FRIDAY, zone)
        in_time = change(self.NOTICE, now=midnight - timedelta(microseconds=1))
        given(GOAL, *goal_active(zone=zone)).when(in_time).then(AT_RISK)
        given(GOAL, *goal_active(zone=zone)).when(change(in_time, now=midnight)).then_nothing()

    @not_under_way()
    def test_is_ignored_when_the_goal_is_not_under_way(self, past: Past) -> None:
        given(GOAL, *past).when(self.NOTICE).then_nothing()


SESSION = UUID("0198a000-0000-7000-8000-000000000040")
NEXT_SESSION = UUID("0198a000-0000-7000-8000-000000000041")
FOLLOWED = GoalDeadlineFollowed(
    goal_id=WALK, from_on=FRIDAY, due_on=NEXT_FRIDAY, session_id=SESSION
)


def follow(**changes: Any) -> FollowSession:
    command = FollowSession(goal_id=WALK, now=NOON, session_id=SESSION, due_on=NEXT_FRIDAY)
    return change(command, **changes)


class TestFollowSession:
    def test_moves_the_deadline_with_the_session(self):
        past = goal_active(due_session_id=SESSION)
        given(GOAL, *past).when(follow()).then(FOLLOWED)

    def test_takes_the_next_session_where_that_one_is_not_held(self):
        past = goal_active(due_session_id=SESSION)
        given(GOAL, *past).when(follow(session_id=NEXT_SESSION, due_on=FRIDAY)).then(
            change(FOLLOWED, session_id=NEXT_SESSION, due_on=FRIDAY)
        )

    def test_goes_on_following(self):
        past = *goal_active(due_session_id=SESSION), FOLLOWED
        given(GOAL, *past).when(follow(due_on=FRIDAY)).then(
            change(FOLLOWED, from_on=NEXT_FRIDAY, due_on=FRIDAY)
        )

    def test_makes_what_was_noticed_about_the_old_day_mean_nothing(self):
        past = *goal_active(due_session_id=SESSION), MISSED, FOLLOWED
        assert given(GOAL, *past).state.missed_on is None

    def test_changes_nothing_where_people_have_chosen_a_day(self):
        past = *goal_active(due_session_id=SESSION), *BACK
        given(GOAL, *past).when(follow()).then_nothing()

    def test_changes_nothing_where_the_deadline_was_always_a_day(self):
        given(GOAL, *goal_active()).when(follow()).then_nothing()

    def test_changes_nothing_once_the_goal_has_ended(self):
        past = *goal_active(due_session_id=SESSION), GoalReached(goal_id=WALK)
        given(GOAL, *past).when(follow()).then_nothing()

    def test_follows_to_a_day_gone_by_as_well(self):
        # The session was moved while no worker ran: the date is to be right before it passes.
        past = goal_active(due_session_id=SESSION)
        command = follow(now=AFTER_FRIDAY, due_on=FRIDAY - timedelta(days=1))
        given(GOAL, *past).when(command).then(change(FOLLOWED, due_on=FRIDAY - timedelta(days=1)))

    def test_leaves_the_date_where_the_session_comes_before_the_start(self):
        past = goal_active(due_session_id=SESSION)
        command = follow(due_on=MONDAY - timedelta(days=1))
        given(GOAL, *past).when(command).then_nothing()

    def test_leaves_the_date_where_the_measure_can_not_be_judged_by_then(self):
        past = goal_active(due_session_id=SESSION, measure=change(DAILY, reserve=4))
        given(GOAL, *past).when(follow(due_on=FRIDAY - timedelta(days=1))).then_nothing()


class TestNoticeTargetMet:
    def test_does_not_end_what_is_practised_day_by_day(self):
        command = NoticeTargetMet(goal_id=WALK, now=NOON, progress=ALL_OF_IT, evidence_position=12)
        given(GOAL, *goal_active()).when(command).then_nothing()

    def test_leaves_scores_to_people(self):
        command = NoticeTargetMet(goal_id=WALK, now=NOON, progress=ALL_OF_IT, evidence_position=12)
        given(GOAL, *goal_active(measure=HALF_THE_BDI)).when(command).then_nothing()
