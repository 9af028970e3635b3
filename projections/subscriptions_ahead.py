"""Subscriptions for which more of the log has been looked through than there is."""

from typing import Final

import asyncpg

from projections.faults import NAMED, Fault
from projections.sql import statement

FIND_SUBSCRIPTIONS_AHEAD = statement("find_subscriptions_ahead")
ADVICE: Final = (
    "The subscription says that it has looked further than the log goes: it would tell nothing "
    "until the log is as long, and leave out what comes until then. A worker (`cairn work`) sets "
    "it back by itself, within seconds. Where doctor still names it while a worker runs, the log "
    "has lost events that were told: delete the subscription, make a new one, and let the receiver "
    "begin anew (README, Subscriptions, After a restore). Then say `cairn doctor --new-epoch`."
)


async def find_subscriptions_ahead(pool: asyncpg.Pool) -> list[Fault]:
    """A fault for each of them; `position` is how far it says it has looked."""
    rows = await pool.fetch(FIND_SUBSCRIPTIONS_AHEAD, NAMED)
    return [Fault(kind="subscription_ahead", advice=ADVICE, **row) for row in rows]
