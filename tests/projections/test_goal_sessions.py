"""goal_sessions: on which day a goal is due by its session, and that following comes to an end."""

from datetime import timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import goal, goal_decisions
from events.goal import GoalClosed, GoalDeadlineFollowed, GoalDeadlineMissed, GoalDeadlineRevised
from events.goal_commands import FollowSession
from events.measure import Progress
from events.moment import day_of
from events.session import SessionCancelled, SessionHeld, SessionMoved, SessionScheduled
from projections.goal_sessions import sessions_key
from projections.goal_status import GoalStatus
from projections.goal_status_fold import projection
from projections.rows import WholeClient
from tests.projections.lives import lives
from tests.projections.past import ANNA, BEN, DUE, WALK, ZONE, Log, agreed, day, goal_set, rows

TALK, NEXT, LATER = UUID(int=0x5E5), UUID(int=0x5E6), UUID(int=0x5E7)


def scheduled(session_id: UUID, nth: int, *, client_id: UUID = ANNA) -> SessionScheduled:
    return SessionScheduled(session_id=session_id, client_id=client_id, starts_at=day(nth))


def moved(session_id: UUID, nth: int) -> SessionMoved:
    return SessionMoved(session_id=session_id, from_at=day(7), starts_at=day(nth))


def cancelled(session_id: UUID) -> SessionCancelled:
    return SessionCancelled(session_id=session_id, starts_at=day(7))


def status(*facts, at=None) -> GoalStatus:
    """A goal that is due by TALK, a week from the first day."""
    set_by_talk = goal_set(due_on=day(7).date(), due_session_id=TALK)
    log = Log().add(scheduled(TALK, 7), set_by_talk, *agreed())
    row = rows(projection, log.add(*facts, at=at or day(1)).kept)[WALK]
    assert isinstance(row, GoalStatus)
    return row


def where(row: GoalStatus) -> tuple[UUID | None, int | None, bool]:
    """By which session the goal goes, how many days that is away, and whether it is to move."""
    days = None if row.session_on is None else (row.session_on - day(0).date()).days
    return row.session_id, days, row.deadline_moved


class TestAGoalDueByASession:
    def test_is_where_its_session_is(self):
        assert where(status()) == (TALK, 7, False)

    def test_is_to_move_where_that_has_another_day(self):
        assert where(status(moved(TALK, 9))) == (TALK, 9, True)

    def test_is_to_stay_where_that_has_another_hour(self):
        later = SessionMoved(session_id=TALK, from_at=day(7), starts_at=day(7) + timedelta(hours=3))
        assert where(status(later)) == (TALK, 7, False)

    def test_stays_once_that_is_held(self):
        held = SessionHeld(session_id=TALK, starts_at=day(7))
        assert where(status(held, scheduled(NEXT, 14))) == (TALK, 7, False)

    def test_goes_by_the_first_that_is_scheduled_once_that_is_cancelled(self):
        row = status(scheduled(LATER, 21), scheduled(NEXT, 14), cancelled(TALK))
        assert where(row) == (NEXT, 14, True)

    def test_goes_by_one_that_is_scheduled_afterwards(self):
        assert where(status(cancelled(TALK))) == (None, None, False)
        assert where(status(cancelled(TALK), scheduled(NEXT, 14))) == (NEXT, 14, True)

    def test_goes_by_none_that_was_before(self):
        row = status(scheduled(NEXT, 3), cancelled(TALK), at=day(5))
        assert where(row) == (None, None, False)

    def test_goes_by_none_before_its_own_first_day(self):
        late = goal_set(due_session_id=LATER, starts_on=day(20).date(), due_on=day(25).date())
        log = Log().add(scheduled(NEXT, 10), scheduled(LATER, 25), scheduled(TALK, 30), late)
        log.add(cancelled(LATER))
        assert where(rows(projection, log.kept)[WALK]) == (TALK, 30, True)

    def test_is_to_move_even_on_the_same_day_to_know_its_session(self):
        assert where(status(cancelled(TALK), scheduled(NEXT, 7))) == (NEXT, 7, True)

    def test_has_come_there_once_it_has_followed(self):
        followed = GoalDeadlineFollowed(
            goal_id=WALK, from_on=day(7).date(), due_on=day(9).date(), session_id=TALK
        )
        row = status(moved(TALK, 9), followed)
        assert where(row) == (TALK, 9, False)
        assert (row.goal.due_on, row.goal.due_session_id, row.revisions) == (day(9).date(), TALK, 0)

    def test_is_not_to_move_once_it_has_ended(self):
        closed = GoalClosed(goal_id=WALK, reason="clients_choice")
        assert where(status(moved(TALK, 9), closed)) == (TALK, 9, False)

    def test_is_left_as_it_was_once_it_has_ended(self):
        closed = GoalClosed(goal_id=WALK, reason="clients_choice")
        assert where(status(closed, moved(TALK, 9))) == (TALK, 7, False)

    def test_looks_at_the_sessions_wherever_it_is_set_or_follows(self):
        followed = GoalDeadlineFollowed(
            goal_id=WALK, from_on=day(7).date(), due_on=day(9).date(), session_id=TALK
        )
        log = Log().add(goal_set(due_session_id=TALK), followed)
        for recorded in log.kept:
            touched = projection.touches(recorded)
            assert not isinstance(touched, WholeClient)
            assert sessions_key(ANNA) in touched

    def test_takes_nothing_with_it_that_was_noticed_on_the_old_day(self):
        missed = GoalDeadlineMissed(
            goal_id=WALK, due_on=day(7).date(), progress=Progress(), evidence_position=4
        )
        followed = GoalDeadlineFollowed(
            goal_id=WALK, from_on=day(7).date(), due_on=day(9).date(), session_id=TALK
        )
        assert status(missed).kinds_owed == ("reframing", "replan")
        assert status(missed, moved(TALK, 9)).kinds_owed == ()
        row = status(missed, moved(TALK, 9), followed)
        assert (row.missed, row.goal.missed_on, row.kinds_owed) == (1, None, ())

    def test_is_free_of_it_once_people_have_chosen_a_day(self):
        revised = GoalDeadlineRevised(
            goal_id=WALK, from_on=day(7).date(), due_on=DUE, reason="", client_agreed=True
        )
        assert where(status(revised, moved(TALK, 9))) == (None, None, False)
        assert status(revised).goal.due_session_id is None

    @pytest.mark.parametrize("nth", [-1, -30])
    def test_is_not_to_move_before_its_own_first_day(self, nth):
        assert where(status(moved(TALK, nth))) == (TALK, nth, False)

    def test_does_not_know_another_client_s_sessions(self):
        log = Log().add(scheduled(TALK, 7, client_id=BEN), goal_set(due_session_id=TALK))
        row = rows(projection, log.kept)[WALK]
        assert where(row) == (None, None, False)


@given(life=lives)
@settings(max_examples=100, deadline=None)
def test_what_is_to_move_moves_in_one_step(life: Log):
    # Else the worker would be at it for ever.
    found = rows(projection, life.kept)
    now = life.kept[-1].occurred_at
    for goal_id, row in found.items():
        if not (isinstance(row, GoalStatus) and row.deadline_moved):
            continue
        assert row.session_id is not None
        assert row.session_on is not None
        past: list[Any] = [one.event for one in life.kept if one.stream_id == goal_id]
        state = reduce(goal.evolve, past, goal.Goal())
        command = FollowSession(
            goal_id=goal_id, now=now, session_id=row.session_id, due_on=row.session_on
        )
        facts = goal_decisions.decide(state, command)
        assert len(facts) == 1
        after = rows(projection, life.add(*facts, at=now).kept)[goal_id]
        assert not after.deadline_moved
        assert (after.goal.due_on, after.goal.due_session_id) == (row.session_on, row.session_id)


@given(
    offset=st.integers(-14 * 60, 14 * 60),
    nth=st.integers(0, 400),
    zone=st.sampled_from([ZONE, "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"]),
)
def test_the_day_is_that_of_the_goal_s_zone_whatever_the_offset(offset, nth, zone):
    starts_at = day(nth) + timedelta(minutes=offset)
    log = Log().add(
        SessionScheduled(session_id=TALK, client_id=ANNA, starts_at=starts_at),
        goal_set(due_session_id=TALK, zone=zone),
    )
    row = rows(projection, log.kept)[WALK]
    assert row.session_on == day_of(starts_at, zone)
