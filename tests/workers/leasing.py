"""Leases of subscriptions, held and lost as processes hold and lose them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.workers.subscribed import eventually
from workers.delivering import DeliverySite
from workers.leases import Holder, Lease
from workers.outbox import Subject

MOST = 1_000


async def taken(holder: Holder, subject: Subject) -> Lease:
    """The lease of a subscription that nobody serves; those of others are taken as well.

    A session that was closed a moment ago may be there for another moment.
    """

    async def take() -> list[Lease]:
        found = await holder.take(aside=(), most=MOST)
        return [one for one in found if one.subject == subject]

    found: list[Lease] = await eventually(take)
    return found[0]


@asynccontextmanager
async def holding(cairn: DeliverySite, *, seconds: float = 15.0) -> AsyncIterator[Holder]:
    """A holder of leases; the end of the block is the end of its session."""
    connection = await cairn.connect()
    try:
        yield await Holder.begin(connection, seconds)
    finally:
        await connection.close()


@asynccontextmanager
async def leased(cairn: DeliverySite, subject: Subject) -> AsyncIterator[Lease]:
    """The lease of a subscription, until the end of the block or until it is lost."""
    async with holding(cairn) as holder:
        lease = await taken(holder, subject)
        yield lease
        if lease.is_sure:
            await holder.release(lease)


async def lost_and_taken(cairn: DeliverySite, lease: Lease, by: Holder) -> Lease:
    """The lease as another holder has it, after the session of the first has ended."""
    await lease.holder.end()
    return await taken(by, lease.subject)
