"""What an app is told by its subscriptions. Read from the log: a pause holds at once."""

from collections.abc import Sequence
from functools import reduce
from itertools import groupby
from typing import Final
from uuid import UUID

import asyncpg

from events.catalogue import CODEC
from events.keyring import Keyring
from events.postgres import unsealed
from events.record import Recorded
from events.subscription import (
    Subscription,
    SubscriptionCreated,
    SubscriptionDeleted,
    SubscriptionDisabled,
    SubscriptionEvent,
    SubscriptionPaused,
    SubscriptionResumed,
    evolve,
)
from projections.rows import types_of
from projections.sql import statement

READ_SUBSCRIPTION_STAGES = statement("read_subscription_stages")
# What decides whom a subscription tells what, and whether it tells anything now.
STAGES: Final = types_of(
    SubscriptionCreated,
    SubscriptionPaused,
    SubscriptionResumed,
    SubscriptionDisabled,
    SubscriptionDeleted,
)


async def subscriptions_of_app(
    pool: asyncpg.Pool, keyring: Keyring, practice_id: UUID, app: str
) -> list[Subscription]:
    """The subscriptions that tell an app of this subject something now.

    One that somebody has paused or deleted tells nothing; that a webhook fails is no matter of the
    app's. One of which an event does not open is left out: that event may have ended it.
    """
    rows = await pool.fetch(READ_SUBSCRIPTION_STAGES, practice_id, list(STAGES))
    recorded = await unsealed(keyring, practice_id, rows, codec=CODEC)
    streams = groupby(recorded, key=lambda one: one.stream_id)
    found = (subscription_of([*past]) for _, past in streams)
    return [one for one in found if one.app == app and one.is_live and one.stage != "paused"]


def subscription_of(past: Sequence[Recorded]) -> Subscription:
    """A subscription as far as these events tell; unset where one of them does not open."""
    events = [one.event for one in past if isinstance(one.event, SubscriptionEvent)]
    return reduce(evolve, events, Subscription()) if len(events) == len(past) else Subscription()


def tells(subscription: Subscription, event: Recorded, *, goal_id: UUID | None) -> bool:
    """Whether a subscription tells an event, about this goal if it is about one."""
    return (
        event.position > subscription.after
        and subscription.takes_type(event.type)
        and subscription.selection.takes_subject(client_id=event.client_id, goal_id=goal_id)
    )
