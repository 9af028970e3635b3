"""Subscriptions of a benchmark's practice, served by the product's own deliveries in this process.

Beside the healthy receiver there are two that fail: one takes connections and never answers, and
of one there is nothing but a port on which nobody listens.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self
from uuid import UUID

from events.selection import Selection
from events.subscription import CreateSubscription, DeleteSubscription, SubscriptionCommand
from events.subscription_decisions import SUBSCRIPTION
from events.transact import handle
from service.benchmarks.filling import cause
from service.ids import drawn_id
from service.wiring import Cairn, utc_now
from workers.deliveries import Deliveries
from workers.main import MOST_POSTS
from workers.outbox import Subject, is_served
from workers.posting import Poster

LOOK_EVERY_SECONDS: Final = 0.02


class Subscribers:
    """Who is told what happens in a practice: see `Subscribers.served`."""

    def __init__(self, cairn: Cairn, poster: Poster, deliveries: Deliveries) -> None:
        self.cairn = cairn
        self.poster = poster
        self.deliveries = deliveries

    @classmethod
    @asynccontextmanager
    async def served(cls, cairn: Cairn) -> AsyncIterator[Self]:
        """Serve subscriptions as the worker does, until the end of the block."""
        async with Poster(any_network=True, most_at_once=MOST_POSTS) as poster:
            deliveries = Deliveries(cairn, poster)
            running = asyncio.create_task(deliveries.run())
            try:
                yield cls(cairn, poster, deliveries)
                if running.done():
                    running.result()  # Raises what it stumbled over.
            finally:
                running.cancel()
                await asyncio.wait([running])

    async def add(self, practice_id: UUID, url: str, *, after: int) -> Subject:
        """A new subscription to everything after a position."""
        subject = practice_id, drawn_id()
        await self._decide(
            subject,
            CreateSubscription(
                subscription_id=subject[1],
                name="Bench",
                url=url,
                app=None,
                payload="thin",
                selection=Selection(),
                after=after,
                any_network=True,
            ),
        )
        return subject

    async def until_served(self, subject: Subject, *, seconds: float) -> None:
        """Raises TimeoutError."""
        self.deliveries.wake()
        await until(lambda: is_served(self.cairn.pool, subject), seconds=seconds)

    async def end(self, subject: Subject, *, seconds: float) -> None:
        """Delete a subscription, and wait until nobody serves it. Raises TimeoutError."""
        await self._decide(subject, DeleteSubscription(subscription_id=subject[1]))

        async def is_let_go() -> bool:
            self.deliveries.wake()
            return not await is_served(self.cairn.pool, subject)

        await until(is_let_go, seconds=seconds)

    async def _decide(self, subject: Subject, command: SubscriptionCommand) -> None:
        practice_id, subscription_id = subject
        await handle(
            self.cairn.store,
            SUBSCRIPTION,
            SUBSCRIPTION.stream(practice_id, subscription_id),
            command,
            cause=cause(),
            occurred_at=utc_now(),
        )


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Wait until it is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)


class Silence:
    """A receiver that takes connections and never answers: see `Silence.kept`."""

    def __init__(self) -> None:
        self.port = 0
        self._open: set[Any] = set()  # uvloop's transport is no asyncio.Transport.

    @classmethod
    @asynccontextmanager
    async def kept(cls) -> AsyncIterator[Self]:
        """On loopback, until the end of the block."""
        silence = cls()
        listening = await asyncio.get_running_loop().create_server(
            lambda: Unanswered(silence._open), "127.0.0.1", 0
        )
        silence.port = listening.sockets[0].getsockname()[1]
        try:
            yield silence
        finally:
            listening.close()
            silence.hang_up()

    def hang_up(self) -> None:
        """End what has gone unanswered so far."""
        for transport in list(self._open):
            transport.abort()


class Unanswered(asyncio.Protocol):
    """A connection on which everything is taken, and nothing is said."""

    def __init__(self, connections: set[Any]) -> None:
        self._connections = connections
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._connections.discard(self._transport)
