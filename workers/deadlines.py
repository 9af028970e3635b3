"""Notices deadlines that have passed, goals that are done, and goals that trail their line.

The view nominates, the client's log is the evidence, and the goal has the last word: running this
twice, late, or in two places at once records nothing twice.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

import msgspec

from events.goal import GoalDeadlineMissed, GoalFoundAtRisk, GoalReached, GoalTargetMet
from events.goal_commands import NoticeDeadline, NoticeRisk, NoticeTargetMet
from events.goal_decisions import GOAL
from events.ids import DerivedIds
from events.moment import zone_named
from events.record import Cause, digest
from events.store import Outcome
from events.transact import handle
from projections.goal_progress import met_at, progress_until, risk_from
from projections.goal_status import GoalStatus, course
from projections.queries import Owed
from workers.sweeping import Bookmarks, Counts, SweepOutcome, sweep, total
from workers.worksite import Look, Worksite, look

ACTOR: Final = "worker:deadlines"
NOTICES: Final = UUID("c8c83a42-251f-57d0-b404-88e53802e574")

OUTCOMES: Final[dict[type[msgspec.Struct], SweepOutcome]] = {
    GoalDeadlineMissed: "missed",
    GoalReached: "reached",
    GoalTargetMet: "target_met",
    GoalFoundAtRisk: "at_risk",
}
NAMES: Final[dict[type[msgspec.Struct], str]] = {
    NoticeDeadline: "deadline",
    NoticeRisk: "risk",
    NoticeTargetMet: "target_met",
}


async def sweep_deadlines(
    cairn: Worksite, now: datetime, *, bookmarks: Bookmarks | None = None
) -> Counts:
    """Record what is done, what came of every deadline passed at `now`, and what is at risk.

    Answers how many goals were missed, reached, target_met, at_risk, already_so, waiting (changed
    by someone else meanwhile), unreadable, refused, unavailable, failed or skipped (one of these
    a moment ago).
    """
    bookmarks = bookmarks or Bookmarks()
    done = await sweep(
        "targets_met",
        cairn.views.targets_met,
        lambda owed: notice_target_met(cairn, owed, now),
        bookmarks=bookmarks,
    )
    passed = await sweep(
        "deadlines",
        partial(cairn.views.deadlines_passed, now),
        lambda owed: notice_deadline(cairn, owed, now),
        bookmarks=bookmarks,
    )
    trailing = await sweep(
        "risks",
        partial(cairn.views.risks, now),
        lambda owed: notice_risk(cairn, owed, now),
        bookmarks=bookmarks,
    )
    return total(done, passed, trailing)


async def notice_target_met(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    """A count or a milestone is reached when its last entry was made."""
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    met = met_at(seen.status)
    if not seen.status.target_met or met is None:
        return "already_so"  # An entry was withdrawn since the view looked.
    command = NoticeTargetMet(
        goal_id=owed.goal_id,
        now=now,
        progress=seen.status.progress,
        evidence_position=seen.position,
    )
    # Entries may be older than the agreement, or than the target that they are enough for.
    in_force_at = seen.status.in_force_at or seen.status.set_at
    occurred_at = max(met, in_force_at).astimezone(zone_named(seen.status.goal.zone))
    return await issue(cairn, owed, seen, command, occurred_at=occurred_at)


async def notice_deadline(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    """What was on record by the end of the day counts, whenever it arrived."""
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    if now < seen.status.passes_at or follows(seen):
        # The view lagged: the deadline has been moved, or is about to follow its session.
        return "already_so"
    command = NoticeDeadline(
        goal_id=owed.goal_id,
        now=now,
        due_on=seen.status.goal.due_on,
        progress=progress_until(seen.status, seen.status.passes_at),
        evidence_position=seen.position,
    )
    # It passed when the day was over for the client, whenever we came to see it. What was asked for
    # since then is in force from that revision on.
    asked_at = seen.status.in_force_at if is_asked_anew(seen.status) else None
    passed_at = max(seen.status.passes_at, asked_at or seen.status.passes_at)
    occurred_at = passed_at.astimezone(zone_named(seen.status.goal.zone))
    return await issue(cairn, owed, seen, command, occurred_at=occurred_at)


def follows(seen: Look) -> bool:
    """Whether the deadline is about to follow its session: after a discharge none does."""
    return seen.status.deadline_moved and seen.client.stage != "discharged"


def is_asked_anew(row: GoalStatus) -> bool:
    """Whether the target was revised after this deadline had been noticed."""
    return row.goal.due_on in (row.goal.missed_on, row.goal.target_met_on) and (
        row.noticed_position < row.revised_position
    )


async def notice_risk(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    """Only what had happened by `now` counts: the course is asked of that day."""
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    progress = progress_until(seen.status, now)
    risk_at = risk_from(seen.status, progress, seen.status.passes_at)
    seen_now = msgspec.structs.replace(seen.status, risk_at=risk_at)
    if follows(seen) or course(seen_now, now) != "at_risk":
        return "already_so"
    command = NoticeRisk(
        goal_id=owed.goal_id,
        now=now,
        due_on=seen.status.goal.due_on,
        progress=progress,
        evidence_position=seen.position,
    )
    return await issue(cairn, owed, seen, command, occurred_at=now)


async def issue(
    cairn: Worksite,
    owed: Owed,
    seen: Look,
    command: NoticeDeadline | NoticeRisk | NoticeTargetMet,
    *,
    occurred_at: datetime,
) -> SweepOutcome:
    name = NAMES[type(command)]
    # A deadline that was moved away and back is another one: the revision is part of the cause, and
    # so is what was noticed of it before, where that no longer holds.
    about = f"{owed.goal_id} {seen.status.goal.due_on} {seen.status.revised_position}"
    if seen.status.noticed_position > seen.status.revised_position:
        about = f"{about} {seen.status.noticed_position}"
    ids = await cairn.store.ids(owed.practice_id)
    outcome = await handle(
        cairn.store,
        GOAL,
        GOAL.stream(owed.practice_id, owed.goal_id, client_id=owed.client_id),
        command,
        cause=Cause(
            command_id=ids.of("notice", f"{about} {name}"),
            formerly=uuid5(NOTICES, f"{about} {name}"),
            actor=ACTOR,
            # Not the evidence: two workers may see it at different positions and mean the same.
            content=digest(f"notice_{name}", about),
            correlation=deadline_run(ids, seen.status),
        ),
        occurred_at=occurred_at,
    )
    return named(outcome)


def deadline_run(ids: DerivedIds, row: GoalStatus) -> UUID:
    """What ties together all that workers record about one deadline of one goal."""
    return ids.of("deadline_run", row.goal_id, row.goal.due_on, row.revised_position)


def named(outcome: Outcome) -> SweepOutcome:
    if outcome.repeated or not outcome.events:
        return "already_so"
    return OUTCOMES[type(outcome.events[0])]
