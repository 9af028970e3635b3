"""The views brought up to date, and the workers' sweeps once, for commands that do and end."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import click
import structlog

from events.database_faults import is_gone
from projections.catalogue import VIEW_NAMES
from projections.runner import Projector
from service.wiring import Cairn
from workers.deadlines import sweep_deadlines
from workers.safety import sweep_safety
from workers.sessions import sweep_sessions
from workers.suggestions import sweep_suggestions
from workers.sweeping import Counts

WAIT_SECONDS = 60.0
# So many practices are named whose views are behind.
NAMED = 10

log = structlog.get_logger()


class ViewsBehind(click.ClickException):
    """The views do not come to the end of the log; the message says what to look at."""

    exit_code = 1


async def catch_up_all(cairn: Cairn) -> int:
    """Bring every view of every practice to the end of its log; answers the events applied here.

    Where another projector is at it, waits for that one. Raises ViewsBehind, after the last.
    """
    behind: set[UUID] = set()
    events = await catch_up_others(cairn, behind)
    require_none(behind)
    return events


async def catch_up_others(cairn: Cairn, behind: set[UUID]) -> int:
    """The same, but for those `behind`, to which it adds those that do not come to the end."""
    projector = Projector(cairn.pool, cairn.keyring, cairn.connect)
    events = 0
    for practice_id in await cairn.store.practices():
        if practice_id in behind:
            continue
        head = await cairn.store.head(practice_id)
        try:
            events += await projector.catch_up(practice_id)
        except Exception as error:
            # One practice must not stop the others; without a database there are no others.
            if is_gone(error):
                raise
            log.exception("practice_stands_still", practice_id=str(practice_id))
            behind.add(practice_id)
            continue
        if not await cairn.views.wait_for(practice_id, head, VIEW_NAMES, seconds=WAIT_SECONDS):
            behind.add(practice_id)
    return events


def require_none(behind: Collection[UUID]) -> None:
    """Raises ViewsBehind, which names at most ten practices."""
    if behind:
        named = ", ".join(str(one) for one in sorted(behind)[:NAMED])
        raise ViewsBehind(
            f"The views of {len(behind)} practices have not come to the end of their logs within "
            f"{WAIT_SECONDS:.0f} s; all others have. See `cairn doctor`, and the projector's log. "
            f"Practices: {named}"
        )


async def sweep_once(cairn: Cairn, now: datetime) -> dict[str, Counts]:
    """What the workers record at an instant: for how many goals, by worker and outcome.

    Raises ViewsBehind once everything else is swept.
    """
    behind: set[UUID] = set()
    await catch_up_others(cairn, behind)
    safety = await sweep_safety(cairn, now)
    sessions = await sweep_sessions(cairn, now)
    await catch_up_others(cairn, behind)  # A deadline goes with its session before it can pass.
    deadlines = await sweep_deadlines(cairn, now)
    await catch_up_others(cairn, behind)  # A missed deadline is what calls for suggestions.
    suggestions = await sweep_suggestions(cairn, now)
    await catch_up_others(cairn, behind)
    require_none(behind)
    return {
        "safety": safety,
        "sessions": sessions,
        "deadlines": deadlines,
        "suggestions": suggestions,
    }
