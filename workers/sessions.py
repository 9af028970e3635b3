"""Lets the deadlines of goals that are due by a session go where that session goes.

The view nominates, the client's log says when the session is, and the goal has the last word:
running this twice, late, or in two places at once records nothing twice.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from events.client import ClientNotEnrolled
from events.goal_commands import FollowSession
from events.goal_decisions import GOAL
from events.record import Cause, digest
from events.while_enrolled import change_goal, was_discharged
from projections.queries import Owed
from projections.session_queries import deadlines_to_move
from workers.deadlines import deadline_run
from workers.sweeping import Bookmarks, Counts, SweepOutcome, sweep
from workers.worksite import Worksite, look

ACTOR: Final = "worker:sessions"
FOLLOWINGS: Final = UUID("0a65cb82-f916-56dd-8701-3ea61bc22c3e")


async def sweep_sessions(
    cairn: Worksite, now: datetime, *, bookmarks: Bookmarks | None = None
) -> Counts:
    """Move every deadline whose session has moved, or was cancelled while another is scheduled.

    Answers how many goals were followed, discharged, already_so, waiting (changed by someone else
    meanwhile), unreadable, refused, unavailable, failed or skipped (one of these a moment ago).
    """
    return await sweep(
        "sessions",
        partial(deadlines_to_move, cairn.views),
        lambda owed: follow_session(cairn, owed, now),
        bookmarks=bookmarks or Bookmarks(),
    )


async def follow_session(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    if await was_discharged(cairn.store, owed.practice_id, owed.client_id):
        return "discharged"
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    session_id, session_on = seen.status.session_id, seen.status.session_on
    if not seen.status.deadline_moved or session_id is None or session_on is None:
        return "already_so"  # The view lagged: it was followed, or moved back, or people decided.
    # A session that moves away and back, and away again: the revision is part of the cause.
    about = f"{owed.goal_id} {session_id} {session_on} {seen.status.revised_position}"
    ids = await cairn.store.ids(owed.practice_id)
    try:
        outcome = await change_goal(
            cairn.store,
            GOAL.stream(owed.practice_id, owed.goal_id, client_id=owed.client_id),
            FollowSession(goal_id=owed.goal_id, now=now, session_id=session_id, due_on=session_on),
            cause=Cause(
                command_id=ids.of("following", about),
                formerly=uuid5(FOLLOWINGS, about),
                actor=ACTOR,
                content=digest("follow_session", about),
                correlation=deadline_run(ids, seen.status),
            ),
            occurred_at=now,
        )
    except ClientNotEnrolled:
        return "discharged"  # It was recorded while we looked.
    return "already_so" if outcome.repeated or not outcome.events else "followed"
