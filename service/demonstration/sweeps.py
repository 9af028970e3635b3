"""The workers' part of the demonstration: what they would have recorded on a day long past.

In the product a view says where to look. Here every goal of the demonstration is looked at, and no
view is touched: the rest is the workers' own code.
"""

from datetime import datetime
from uuid import UUID

from projections.goal_status import course
from service.demonstration.acting import look_at
from workers.deadlines import notice_deadline, notice_risk, notice_target_met
from workers.sessions import follow_session
from workers.suggestions import offer_owed, withdraw_outdated
from workers.worksite import Looking, Worksite


async def sweep_goal(
    cairn: Worksite,
    practice_id: UUID,
    client_id: UUID,
    goal_id: UUID,
    looking: Looking,
    *,
    now: datetime,
) -> None:
    """Do for one goal what the workers owe it at `now`. `looking` is at this client's goals."""
    owed = look_at(practice_id, client_id, goal_id, now)
    seen = await looking.at(goal_id)
    if seen is None:
        return
    if seen.status.deadline_moved:
        await follow_session(cairn, owed, now)
        if (seen := await looking.at(goal_id)) is None:
            return
    if seen.status.target_met:
        await notice_target_met(cairn, owed, now)
        if (seen := await looking.at(goal_id)) is None:
            return
    stands = course(seen.status, now)
    if stands == "past_its_date" and not seen.status.deadline_noticed:
        await notice_deadline(cairn, owed, now)
        seen = await looking.at(goal_id)
    elif stands == "at_risk" and not seen.status.risk_noticed:
        await notice_risk(cairn, owed, now)
    if seen is not None and seen.status.outdated:
        await withdraw_outdated(cairn, owed, now)
    if seen is not None and seen.status.kinds_owed:
        await offer_owed(cairn, owed, now)
