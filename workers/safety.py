"""Escalates safety flags that nobody has acknowledged in time: the next one on the list is asked.

What this process has read of the log nominates, and the log as it is now decides: running this
twice, late, or in two places at once asks nobody twice for the same reason. It can ask, and nothing
else: acknowledging and closing a flag take a person.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from events.practice_choices import Duty
from events.practice_reading import read_practice
from events.record import Cause, digest
from events.safety_flag import SafetyFlags
from events.safety_flag_decisions import WATCHED_FLAGS, EscalateSafetyFlag
from events.safety_interlock import read_flags
from events.transact import handle
from projections.safety_queries import FlagOwed, flags_to_escalate
from workers.sweeping import Bookmarks, Counts, SweepOutcome, sweep
from workers.worksite import Worksite

ACTOR: Final = "worker:safety"
ESCALATIONS: Final = UUID("f2a5a2b4-3df4-5f43-9d2d-6f6a2f5d0c11")


async def sweep_safety(
    cairn: Worksite, now: datetime, *, bookmarks: Bookmarks | None = None
) -> Counts:
    """Ask the next one about every flag whose time is up at `now`.

    Answers for how many flags somebody was asked (escalated), nobody is on duty (nobody_on_duty),
    and how many were already_so, waiting, refused, unavailable, failed or skipped.
    """
    bookmarks = bookmarks or Bookmarks()
    duties: dict[UUID, Duty] = {}  # Read once a sweep for each practice.

    async def settle(owed: FlagOwed) -> SweepOutcome:
        if owed.practice_id not in duties:
            choices = await read_practice(cairn.store, owed.practice_id)
            duties[owed.practice_id] = choices.duty
        return await escalate(cairn, owed, duties[owed.practice_id], now)

    return await sweep(
        "safety", partial(flags_to_escalate, cairn.views, now), settle, bookmarks=bookmarks
    )


async def escalate(cairn: Worksite, owed: FlagOwed, duty: Duty, now: datetime) -> SweepOutcome:
    if not duty.people:
        return "nobody_on_duty"
    read = await read_flags(cairn.store, owed.practice_id, owed.client_id)
    flags: SafetyFlags = read.state
    command = EscalateSafetyFlag(flag_id=owed.flag_id, duty=duty, now=now)
    if not WATCHED_FLAGS.decide(flags, command):
        if owed.flag_id not in flags.flags:
            cairn.views.open_flags.forget(owed.practice_id)  # The log says something else now.
        return "already_so"
    # The cause is the asking that nobody has answered: once for each.
    about = f"{owed.flag_id} {flags.flags[owed.flag_id].pages}"
    ids = await cairn.store.ids(owed.practice_id)
    outcome = await handle(
        cairn.store,
        WATCHED_FLAGS,
        read.stream,
        command,
        cause=Cause(
            command_id=ids.of("escalation", about),
            formerly=uuid5(ESCALATIONS, about),
            actor=ACTOR,
            content=digest("escalate_safety_flag", about),
            correlation=owed.flag_id,
        ),
        occurred_at=now,
    )
    return "already_so" if outcome.repeated or not outcome.events else "escalated"
