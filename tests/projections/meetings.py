"""Sessions in the lives that Hypothesis draws, and the goals that follow them (see lives.py)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from events import goal_commands as goals
from events import session


def some_session(life: Any, client_id: UUID, asked: Any) -> UUID | None:
    """Half of the goals are due by a session where there is one."""
    mine = [one for one in life.ids["session"] if life.owner[one] == client_id]
    return mine[asked.number % len(mine)] if mine and asked.number % 2 else None


def follow_session(life: Any, goal_id: UUID, client_id: UUID, asked: Any) -> list[Any]:
    return [
        goals.FollowSession(
            goal_id=goal_id, now=life.now, due_on=life.now.date() + timedelta(days=asked.number),
            session_id=next(
                (one for one in life.ids["session"] if life.owner[one] == client_id), goal_id
            ),
        )
    ]  # fmt: skip


def begin_session(life: Any, session_id: UUID, client_id: UUID, asked: Any) -> list[Any]:
    return [
        session.ScheduleSession(
            session_id=session_id, client_id=client_id, now=life.now,
            starts_at=life.now + timedelta(hours=7 * asked.number - 20),
        )
    ]  # fmt: skip


def change_session(life: Any, session_id: UUID, _: UUID, asked: Any) -> list[Any]:
    starts_at = life.now + timedelta(hours=11 * asked.number)
    choices: tuple[Any, ...] = (
        session.MoveSession(session_id=session_id, now=life.now, starts_at=starts_at),
        session.CancelSession(session_id=session_id),
        session.HoldSession(session_id=session_id, now=life.now),
    )
    return [choices[asked.number % len(choices)]]
