"""What holds for every session, whatever is said to it."""

from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from events import session
from events.session import (
    FURTHEST_AHEAD,
    CancelSession,
    HoldSession,
    MoveSession,
    ScheduleSession,
    SessionCancelled,
    SessionHeld,
    SessionMoved,
    SessionScheduled,
)
from tests.controls import ANNA, NOON, change
from tests.properties.telling import Telling

SESSION = UUID("0198a000-0000-7000-8000-000000000040")

# From a month ago to three years ahead, half of them the same few, in any offset.
moments = st.builds(
    lambda hours, minutes: (NOON + timedelta(hours=hours)).astimezone(
        timezone(timedelta(minutes=minutes))
    ),
    st.integers(-720, 26_000) | st.sampled_from([-1, 0, 1, 24]),
    st.integers(-1439, 1439),
)
commands: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        ScheduleSession,
        session_id=st.just(SESSION),
        client_id=st.just(ANNA),
        starts_at=moments,
        now=st.just(NOON),
        minutes=st.integers(5, 480),
    ),
    st.builds(
        MoveSession,
        session_id=st.just(SESSION),
        starts_at=moments,
        now=st.just(NOON),
        reason=st.sampled_from(["", "Flu."]),
    ),
    st.builds(HoldSession, session_id=st.just(SESSION), now=st.just(NOON)),
    st.builds(CancelSession, session_id=st.just(SESSION)),
)
# Each is said some hours after the one before.
said_over_time = st.lists(st.tuples(commands, st.integers(0, 60)), max_size=12)


def told(said: list[tuple[Any, int]]) -> Telling[Any, Any, Any]:
    telling = Telling(session.SESSION)
    now = NOON
    for command, hours in said:
        now += timedelta(hours=hours)
        later = command if isinstance(command, CancelSession) else change(command, now=now)
        telling.say(later)
    return telling


@given(said_over_time)
def test_a_session_is_scheduled_first_and_once(said: list[tuple[Any, int]]) -> None:
    past = told(said).past
    assert all(isinstance(fact, SessionScheduled) for fact in past[:1])
    assert not any(isinstance(fact, SessionScheduled) for fact in past[1:])


@given(said_over_time)
def test_nothing_moves_a_session_that_was_held_or_cancelled(said: list[tuple[Any, int]]) -> None:
    past = told(said).past
    ends = [n for n, fact in enumerate(past) if isinstance(fact, SessionHeld | SessionCancelled)]
    assert not any(isinstance(fact, SessionMoved) for n in ends for fact in past[n:])
    assert sum(isinstance(fact, SessionCancelled) for fact in past) <= 1
    assert sum(isinstance(fact, SessionHeld) for fact in past) <= 1


@given(said_over_time)
def test_every_fact_knows_when_the_session_was_to_be(said: list[tuple[Any, int]]) -> None:
    starts_at = None
    for fact in told(said).past:
        match fact:
            case SessionScheduled():
                assert starts_at is None
            case SessionMoved():
                assert fact.from_at == starts_at != fact.starts_at
            case _:
                assert fact.starts_at == starts_at
        starts_at = fact.starts_at
        assert starts_at.utcoffset() is not None


@given(said_over_time)
def test_a_session_is_never_moved_back_nor_out_of_reach(said: list[tuple[Any, int]]) -> None:
    telling, now = Telling(session.SESSION), NOON
    for command, hours in said:
        now += timedelta(hours=hours)
        later = command if isinstance(command, CancelSession) else change(command, now=now)
        for fact in telling.say(later) or []:
            if isinstance(fact, SessionMoved):
                assert fact.starts_at >= now
            if isinstance(fact, SessionHeld):
                assert fact.starts_at <= now
            assert fact.starts_at <= now + FURTHEST_AHEAD
