"""A practice that tells somebody what happens, and the worker that does so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from events import subscription_decisions
from events.record import Cause, digest
from events.selection import Selection
from events.store import Outcome
from events.subscription import CreateSubscription, SubscriptionCommand
from events.subscription_decisions import SUBSCRIPTION
from events.transact import handle
from tests.workers.diary import THRICE_A_WEEK, Diary
from tests.workers.receivers import Got, Receiver
from tests.workers.site import Site
from workers.deliveries import Deliveries
from workers.outbox import Delivery, Subject, read_deliveries, read_standing
from workers.planning import read_subscription
from workers.posting import Poster

START, DUE = date(2026, 1, 4), date(2026, 6, 1)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
IN_A_WHILE_SECONDS = 20.0


async def subscribe(site: Site, diary: Diary, url: str | None, **changes: Any) -> Subject:
    """A new subscription of the diary's practice, to what happens from now on."""
    subscription_id = changes.pop("subscription_id", uuid4())
    told: dict[str, Any] = {
        "name": "The diary app",
        "app": None if url else "diary",
        "payload": "thin",
        "selection": Selection(),
        "after": await site.store.head(diary.practice_id),
        "any_network": True,
        **changes,
    }
    await decide(
        site,
        (diary.practice_id, subscription_id),
        CreateSubscription(subscription_id=subscription_id, url=url, **told),
    )
    return diary.practice_id, subscription_id


async def decide(site: Site, subject: Subject, command: SubscriptionCommand) -> Outcome:
    """Say it to a subscription, as a clinician does."""
    practice_id, subscription_id = subject
    return await handle(
        site.store,
        subscription_decisions.SUBSCRIPTION,
        SUBSCRIPTION.stream(practice_id, subscription_id),
        command,
        cause=Cause(
            command_id=uuid4(),
            actor="clinician:elm",
            content=digest("test"),
            correlation=uuid4(),
        ),
        occurred_at=site.now,
    )


@asynccontextmanager
async def delivering(site: Site, **options: Any) -> AsyncIterator[Deliveries]:
    """A worker's deliveries, at work until the end of the block."""
    async with Poster(any_network=True, limit_seconds=2.0, **options) as poster:
        deliveries = Deliveries(site, poster)
        running = asyncio.create_task(deliveries.run())
        try:
            yield deliveries
            assert not running.done(), running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def eventually(
    holds: Callable[[], Awaitable[Any]], *, seconds: float = IN_A_WHILE_SECONDS
) -> Any:
    """Wait until it is so, and answer what it was."""
    give_up_at = asyncio.get_running_loop().time() + seconds
    while not (found := await holds()):
        assert asyncio.get_running_loop().time() < give_up_at, "it did not come to that"
        await asyncio.sleep(0.01)
    return found


async def all_of(site: Site, subject: Subject) -> list[Delivery]:
    """Every delivery, the first first."""
    found = await read_deliveries(site.pool, subject, stage=None, before=None, limit=100_000)
    return found[::-1]


async def settled(site: Site, subject: Subject) -> list[Delivery]:
    """Every delivery, once the log has been looked through and none waits any more."""

    async def are_settled() -> list[Delivery] | None:
        standing = await read_standing(site.pool, subject)
        if standing.planned < await site.store.head(subject[0]):
            return None
        found = await all_of(site, subject)
        return None if any(one.stage == "waiting" for one in found) else found

    return list(await eventually(are_settled))


async def stage_of(site: Site, subject: Subject) -> str:
    return str((await read_subscription(site.store, subject)).state.stage)


async def wait(site: Site, deliveries: Deliveries, **length: float) -> None:
    """Let the clock of the record go on."""
    site.now += timedelta(**length)
    deliveries.wake()


def envelopes(receiver: Receiver) -> list[dict[str, Any]]:
    return [envelope(got) for got in receiver.got]


def envelope(got: Got) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(got.body)
    return found


def numbers(receiver: Receiver) -> list[int]:
    return [one["data"]["number"] for one in envelopes(receiver)]


async def walking(diary: Diary) -> UUID:
    return await diary.goal(THRICE_A_WEEK, starts_on=START, due_on=DUE)
