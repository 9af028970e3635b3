"""Subscriptions made by commands, and a worker's deliveries beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from service.console.connection import opened
from tests.workers.subscribed import eventually
from workers.deliveries import Deliveries
from workers.outbox import read_deliveries, read_standing
from workers.posting import Poster

BY = ("--by", "anna")


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """A worker's deliveries on the same record."""
    async with opened() as cairn, Poster(any_network=True, limit_seconds=2.0) as poster:
        running = asyncio.create_task(Deliveries(cairn, poster).run())
        try:
            yield
            assert not running.done(), running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def planned(practice_id: UUID, subscription_id: UUID) -> None:
    """The worker has come to the end of the log, and has tried what was due."""
    async with opened() as cairn:
        subject = (practice_id, subscription_id)

        async def is_so() -> bool:
            standing = await read_standing(cairn.pool, subject)
            found = await read_deliveries(cairn.pool, subject, stage=None, before=None, limit=200)
            now = cairn.clock()
            is_due = any(one.due_at is not None and one.due_at <= now for one in found)
            return standing.planned >= await cairn.store.head(practice_id) and not is_due

        await eventually(is_so)


async def working_through(practice_id: UUID, subscription_id: UUID) -> None:
    async with working():
        await planned(practice_id, subscription_id)


def created(record, url: str, *more: object) -> UUID:
    told = record("subscriptions", "create", "The server", "--url", url, *more, *BY, "--json")
    return UUID(told.answer["id"])


async def in_a_thread(do: Any, *words: Any) -> Any:
    """A command has a loop of its own."""
    return await asyncio.to_thread(do, *words)
