"""The API on a socket in this process, and readers of its streams."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from httpx_sse import EventSource, ServerSentEvent, aconnect_sse

from events.database_faults import is_outage
from events.practice import ChangePracticeSettings
from events.store import StoreUnavailable
from service.app import create_app
from service.limits import LIMITS, Limits
from service.serving import listen, serve_app
from service.wiring import Cairn
from tests.conftest import Database
from tests.service.conftest import say_to_practice


@asynccontextmanager
async def serving(cairn: Cairn, app: Any = None, *, limits: Limits = LIMITS) -> AsyncIterator[str]:
    """An address at which the API, or `app`, is served; stopped as by a signal at the end."""
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        server = asyncio.create_task(
            serve_app(
                listener,
                app or create_app(cairn),
                ready=ready.set,
                stopping=cairn.streams.stop,
                limits=limits,
            )
        )
        await asyncio.wait(
            [server, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            if not server.done():
                signal.raise_signal(signal.SIGTERM)
            await server


class Reader:
    """One who reads a stream over HTTP, event by event."""

    def __init__(self, url: str, headers: dict[str, str], path: str = "/v1/feed/stream") -> None:
        self.base_url = url
        self._url = url + path
        self._headers = headers
        self._open = AsyncExitStack()
        self._lines: Any = None
        self.response: httpx.Response
        self.last_id: str | None = None

    async def connect(self, query: str = "", **headers: str) -> "Reader":
        sent = {**self._headers, **{name.replace("_", "-"): told for name, told in headers.items()}}
        if self.last_id is not None:
            sent["Last-Event-ID"] = self.last_id
        client = await self._open.enter_async_context(httpx.AsyncClient(timeout=10))
        source: EventSource = await self._open.enter_async_context(
            aconnect_sse(client, "GET", f"{self._url}{query}", headers=sent)
        )
        self.response = source.response
        self._lines = source.aiter_sse() if self.response.status_code == 200 else None
        return self

    async def next(self) -> ServerSentEvent:
        """The next event with data; an id without any is remembered, as every client does."""
        async with asyncio.timeout(10):
            while True:
                event: ServerSentEvent = await anext(self._lines)
                self.last_id = event.id or self.last_id
                if event.data:
                    return event

    async def take(self, count: int) -> list[ServerSentEvent]:
        return [await self.next() for _ in range(count)]

    async def close(self) -> None:
        if self._lines is not None:
            await self._lines.aclose()
        await self._open.aclose()


async def say_something(cairn: Cairn, practice_id: UUID) -> None:
    """One more event in a practice's log, however often the connection is lost meanwhile."""
    renamed = ChangePracticeSettings(practice_id=practice_id, name=f"Elm {uuid4()}")
    while True:
        try:
            # Saying it again changes nothing.
            await say_to_practice(cairn, renamed)
        except Exception as error:
            if not (is_outage(error) or isinstance(error, StoreUnavailable)):
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def hang_up(database: Database) -> None:
    """End every connection to a database but this one."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def until(is_so: Callable[[], bool], *, seconds: float = 5) -> None:
    """Wait for what happens in another's code, which says nothing of it."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.01)
