"""The views brought up to date, and the workers' sweeps once, for commands that do and end."""

from datetime import datetime

import click

from projections.catalogue import VIEW_NAMES
from projections.runner import Projector
from service.wiring import Cairn
from workers.deadlines import sweep_deadlines
from workers.safety import sweep_safety
from workers.sessions import sweep_sessions
from workers.suggestions import sweep_suggestions
from workers.sweeping import Counts

WAIT_SECONDS = 60.0


class ViewsBehind(click.ClickException):
    """The views do not come to the end of the log; the message says what to look at."""

    exit_code = 1


async def catch_up_all(cairn: Cairn) -> int:
    """Bring every view of every practice to the end of its log; answers the events applied here.

    Where another projector is at it, waits for that one. Raises ViewsBehind.
    """
    projector = Projector(cairn.pool, cairn.keyring, cairn.connect)
    events = 0
    for practice_id in await cairn.store.practices():
        head = await cairn.store.head(practice_id)
        events += await projector.catch_up(practice_id)
        if not await cairn.views.wait_for(practice_id, head, VIEW_NAMES, seconds=WAIT_SECONDS):
            raise ViewsBehind(
                f"The views of practice {practice_id} have not come to the end of its log in "
                f"{WAIT_SECONDS:.0f} s: see `cairn doctor`, and the projector's log."
            )
    return events


async def sweep_once(cairn: Cairn, now: datetime) -> dict[str, Counts]:
    """What the workers record at an instant: for how many goals, by worker and outcome."""
    await catch_up_all(cairn)
    safety = await sweep_safety(cairn, now)
    sessions = await sweep_sessions(cairn, now)
    await catch_up_all(cairn)  # A deadline goes with its session before it can pass.
    deadlines = await sweep_deadlines(cairn, now)
    await catch_up_all(cairn)  # A missed deadline is what calls for suggestions.
    suggestions = await sweep_suggestions(cairn, now)
    await catch_up_all(cairn)
    return {
        "safety": safety,
        "sessions": sessions,
        "deadlines": deadlines,
        "suggestions": suggestions,
    }
