"""When people in the demonstration meet: sessions scheduled, moved, held and cancelled."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from events.session import SESSION, CancelSession, HoldSession, MoveSession, ScheduleSession
from service.demonstration.deeds import Deed, Life
from service.demonstration.plan import LAST_DAY, Sessions

AHEAD_DAYS = 14
TALKED_OVER = time(9)
AFTER_IT = timedelta(hours=1)


def session_id_of(life: Life, day: int) -> UUID:
    """The session that was agreed on for a day, whenever it took place."""
    return life.new_id("session", day)


def sessions(life: Life, plan: Sessions) -> Iterator[Deed]:
    for day in plan.days:
        session_id = session_id_of(life, day)
        told = life.at(max(life.person.enrolled, day - AHEAD_DAYS), TALKED_OVER)
        scheduled = ScheduleSession(
            session_id=session_id,
            client_id=life.client_id,
            starts_at=life.at(day, plan.clock),
            now=told,
        )
        said: list[tuple[datetime, Any]] = [(told, scheduled)]
        held_on = day
        if (moved := plan.moved.get(day)) is not None:
            held_on, on, reason = moved
            now, starts_at = life.at(on, TALKED_OVER), life.at(held_on, plan.clock)
            command = MoveSession(
                session_id=session_id, starts_at=starts_at, now=now, reason=reason
            )
            said.append((now, command))
        if (cancelled := plan.cancelled.get(day)) is not None:
            on, reason = cancelled
            said.append(
                (life.at(on, TALKED_OVER), CancelSession(session_id=session_id, reason=reason))
            )
        elif held_on <= LAST_DAY:
            now = life.at(held_on, plan.clock) + AFTER_IT
            said.append((now, HoldSession(session_id=session_id, now=now)))
        for moment, command in said:
            yield life.issued(SESSION, session_id, command, at=moment)
