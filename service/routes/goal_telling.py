"""What is told of a goal to whoever asks."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from projections.goal_history import Revision
from projections.goal_status import (
    GoalStatus,
)
from projections.told_position import event_named
from service.asked import Asked
from service.goal_answers import GoalAnswer, goal_answer, told_to_client

# What a worker noticed for the clinician is no news for the client to read in a log.
_FOR_THE_CLINICIAN = frozenset({"found_at_risk", "target_met"})


def goal_told(row: GoalStatus, asked: Asked, *, now: datetime) -> GoalAnswer:
    """A goal as who asks is told it."""
    answer = goal_answer(row, now=now, told_all=asked.told_all)
    if (latest := answer.latest) is None:
        return answer
    position = asked.told_position(latest.position, of=f"evidence {latest.entry_id}")
    return msgspec.structs.replace(
        answer, latest=msgspec.structs.replace(latest, position=position)
    )


def for_the_client(revisions: Iterable[Revision], *, goal_id: UUID, asked: Asked) -> list[Revision]:
    """What a client, or their app, reads of a goal's history."""
    return [
        told_to_client(one, asked.told_position(one.position, of=event_named(goal_id, one.version)))
        for one in revisions
        if one.kind not in _FOR_THE_CLINICIAN
    ]
