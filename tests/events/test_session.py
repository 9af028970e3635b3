"""What may be done with a session, and on which days it lies for whom."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest

from events import session
from events.moment import TimeOutOfRange, day_of
from events.session import (
    FURTHEST_AHEAD,
    CancelSession,
    HoldSession,
    MoveSession,
    ScheduleSession,
    SessionCancelled,
    SessionHeld,
    SessionInThePast,
    SessionMoved,
    SessionNotScheduled,
    SessionScheduled,
    SessionStillToCome,
    SessionTooFarAway,
    SessionWithoutOffset,
)
from tests.controls import ANNA, KIRITIMATI, LOS_ANGELES, NOON, ZURICH, change
from tests.given import given, said

SESSION = UUID("0198a000-0000-7000-8000-000000000040")
IN_ZURICH = timezone(timedelta(hours=1))
TUESDAY_AT_THREE = datetime(2026, 3, 3, 15, tzinfo=IN_ZURICH)
A_WEEK_LATER = TUESDAY_AT_THREE + timedelta(weeks=1)
AFTERWARDS = TUESDAY_AT_THREE + timedelta(hours=1)

SCHEDULED = SessionScheduled(session_id=SESSION, client_id=ANNA, starts_at=TUESDAY_AT_THREE)
MOVED = SessionMoved(
    session_id=SESSION, from_at=TUESDAY_AT_THREE, starts_at=A_WEEK_LATER, reason="Flu."
)
HELD = SessionHeld(session_id=SESSION, starts_at=TUESDAY_AT_THREE)
CANCELLED = SessionCancelled(session_id=SESSION, starts_at=TUESDAY_AT_THREE, reason="Flu.")


def schedule(**changes: Any) -> ScheduleSession:
    command = ScheduleSession(
        session_id=SESSION, client_id=ANNA, starts_at=TUESDAY_AT_THREE, now=NOON
    )
    return change(command, **changes)


def move(**changes: Any) -> MoveSession:
    command = MoveSession(session_id=SESSION, starts_at=A_WEEK_LATER, now=NOON, reason="Flu.")
    return change(command, **changes)


def hold(now: datetime = AFTERWARDS) -> HoldSession:
    return HoldSession(session_id=SESSION, now=now)


CANCEL = CancelSession(session_id=SESSION, reason="Flu.")


class TestScheduleSession:
    def test_schedules_a_session(self):
        given(session.SESSION).when(schedule()).then(SCHEDULED)

    def test_keeps_the_offset_in_which_it_was_agreed(self):
        ((event),) = session.SESSION.decide(session.SESSION.initial, schedule())
        assert isinstance(event, SessionScheduled)
        assert event.starts_at.utcoffset() == timedelta(hours=1)

    def test_takes_one_that_has_been_held_already(self):
        past = TUESDAY_AT_THREE - timedelta(days=30)
        given(session.SESSION).when(schedule(starts_at=past)).then(
            change(SCHEDULED, starts_at=past)
        )

    def test_reaches_two_years_ahead_and_no_further(self):
        furthest = NOON + FURTHEST_AHEAD
        given(session.SESSION).when(schedule(starts_at=furthest)).then(
            change(SCHEDULED, starts_at=furthest)
        )
        beyond = schedule(starts_at=furthest + timedelta(minutes=1))
        given(session.SESSION).when(beyond).then_refused(SessionTooFarAway)

    def test_is_refused_without_an_offset(self):
        naive = schedule(starts_at=datetime(2026, 3, 3, 15))  # noqa: DTZ001 - that is the point
        given(session.SESSION).when(naive).then_refused(SessionWithoutOffset)

    def test_is_refused_before_1900(self):
        long_ago = schedule(starts_at=datetime(1899, 12, 31, tzinfo=UTC))
        given(session.SESSION).when(long_ago).then_refused(TimeOutOfRange)

    @pytest.mark.parametrize("minutes", [4, 481, 0, -50])
    def test_is_refused_for_a_length_that_no_session_has(self, minutes):
        with pytest.raises(msgspec.ValidationError):
            said(schedule(minutes=minutes))

    @pytest.mark.parametrize("minutes", [5, 480])
    def test_takes_from_five_minutes_to_eight_hours(self, minutes):
        given(session.SESSION).when(schedule(minutes=minutes)).then(
            change(SCHEDULED, minutes=minutes)
        )

    @pytest.mark.parametrize("past", [(SCHEDULED,), (SCHEDULED, HELD), (SCHEDULED, CANCELLED)])
    def test_is_ignored_for_a_session_that_there_is(self, past):
        given(session.SESSION, *past).when(schedule(starts_at=A_WEEK_LATER)).then_nothing()


class TestMoveSession:
    def test_moves_it(self):
        given(session.SESSION, SCHEDULED).when(move()).then(MOVED)

    def test_moves_it_again_and_to_an_earlier_time(self):
        earlier = TUESDAY_AT_THREE - timedelta(hours=6)
        given(session.SESSION, SCHEDULED, MOVED).when(move(starts_at=earlier)).then(
            change(MOVED, from_at=A_WEEK_LATER, starts_at=earlier)
        )

    def test_moves_one_whose_time_has_gone_by(self):
        later = move(now=TUESDAY_AT_THREE + timedelta(days=1))
        given(session.SESSION, SCHEDULED).when(later).then(MOVED)

    def test_is_ignored_for_the_same_instant_in_another_offset(self):
        same = move(starts_at=TUESDAY_AT_THREE.astimezone(UTC))
        given(session.SESSION, SCHEDULED).when(same).then_nothing()

    def test_is_refused_into_the_past(self):
        past = move(starts_at=NOON - timedelta(seconds=1))
        given(session.SESSION, SCHEDULED).when(past).then_refused(SessionInThePast)

    def test_is_refused_beyond_two_years(self):
        beyond = move(starts_at=NOON + FURTHEST_AHEAD + timedelta(seconds=1))
        given(session.SESSION, SCHEDULED).when(beyond).then_refused(SessionTooFarAway)

    def test_is_refused_without_an_offset(self):
        naive = move(starts_at=datetime(2026, 3, 10, 15))  # noqa: DTZ001 - that is the point
        given(session.SESSION, SCHEDULED).when(naive).then_refused(SessionWithoutOffset)

    @pytest.mark.parametrize("past", [(), (SCHEDULED, HELD), (SCHEDULED, CANCELLED)])
    def test_is_refused_unless_it_is_scheduled(self, past):
        given(session.SESSION, *past).when(move()).then_refused(SessionNotScheduled)


class TestHoldSession:
    def test_says_that_it_took_place(self):
        given(session.SESSION, SCHEDULED).when(hold()).then(HELD)

    def test_names_the_time_for_which_it_was_scheduled_last(self):
        given(session.SESSION, SCHEDULED, MOVED).when(hold(A_WEEK_LATER)).then(
            change(HELD, starts_at=A_WEEK_LATER)
        )

    def test_is_ignored_once_it_is_known(self):
        given(session.SESSION, SCHEDULED, HELD).when(hold()).then_nothing()

    def test_is_refused_while_it_is_still_to_come(self):
        soon = hold(TUESDAY_AT_THREE - timedelta(seconds=1))
        given(session.SESSION, SCHEDULED).when(soon).then_refused(SessionStillToCome)

    @pytest.mark.parametrize("past", [(), (SCHEDULED, CANCELLED)])
    def test_is_refused_unless_it_is_scheduled(self, past):
        given(session.SESSION, *past).when(hold()).then_refused(SessionNotScheduled)


class TestCancelSession:
    def test_cancels_it(self):
        given(session.SESSION, SCHEDULED).when(CANCEL).then(CANCELLED)

    def test_takes_back_what_was_recorded_as_held_by_mistake(self):
        given(session.SESSION, SCHEDULED, HELD).when(CANCEL).then(CANCELLED)

    def test_is_ignored_once_it_is_cancelled(self):
        given(session.SESSION, SCHEDULED, CANCELLED).when(CANCEL).then_nothing()

    def test_is_refused_where_there_is_none(self):
        given(session.SESSION).when(CANCEL).then_refused(SessionNotScheduled)


class TestTheDayOfASession:
    @pytest.mark.parametrize(
        ("zone", "on"),
        [
            (ZURICH, date(2026, 3, 29)),
            (KIRITIMATI, date(2026, 3, 30)),
            (LOS_ANGELES, date(2026, 3, 29)),
        ],
    )
    def test_is_that_of_the_one_who_comes(self, zone, on):
        # In Zurich: the night in which the clock goes from two to three, at one and at ten.
        late = datetime(2026, 3, 29, 22, tzinfo=timezone(timedelta(hours=2)))
        assert day_of(late, zone) == on

    def test_is_the_same_on_both_sides_of_the_hour_that_comes_twice(self):
        first = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
        second = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=1)))
        assert (second - first) == timedelta(hours=1)
        given(session.SESSION, change(SCHEDULED, starts_at=first)).when(
            move(starts_at=second)
        ).then(change(MOVED, from_at=first, starts_at=second))
        assert day_of(first, ZURICH) == day_of(second, ZURICH) == date(2026, 10, 25)
