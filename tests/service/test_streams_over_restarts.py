"""A public client of server-sent events follows the feed while its server is killed."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx
from httpx_sse import aconnect_sse

from service.auth import issue_token
from service.benchmarks.servers import free_port
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database
from tests.service.conftest import KEY, bearer, open_practice
from tests.service.streaming import say_something, until

EVENTS = 120
RESTARTS = 2
SERVE = (sys.executable, "-P", "-m", "service", "serve")


class Server:
    """`cairn serve` at one address, however often it is killed."""

    def __init__(self, database: Database) -> None:
        self.port = free_port()
        self._environment = {
            **os.environ,
            "DATABASE_URL": database.runtime,
            "CAIRN_KEY": base64.b64encode(KEY).decode(),
            "CAIRN_LOG": "error,json",
            "PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(SERVE, env=self._environment)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@asynccontextmanager
async def appending(cairn: Cairn, practice_id: UUID) -> AsyncIterator[None]:
    """Events are appended, whether or not there is a server."""

    async def append() -> None:
        for _ in range(EVENTS - 1):
            await say_something(cairn, practice_id)
            await asyncio.sleep(0.015)

    task = asyncio.create_task(append())
    try:
        yield
    finally:
        await task


async def follow(url: str, headers: dict[str, str], seen: list[int], *, until: int) -> None:
    """As every client does: connect again, with the last id, whenever the stream is over."""
    last_id = ""
    while not seen or seen[-1] < until:
        sent = {**headers, "Last-Event-ID": last_id} if last_id else headers
        with suppress(httpx.TransportError):
            async with (
                httpx.AsyncClient(base_url=url, timeout=5) as client,
                aconnect_sse(client, "GET", "/v1/feed/stream", headers=sent) as source,
            ):
                async for event in source.aiter_sse():
                    last_id = event.id
                    if event.data and event.event != "end":
                        seen.append(int(event.id))
                        if seen[-1] == until:
                            return
        await asyncio.sleep(0.05)


async def test_every_event_is_seen_once_over_every_restart(database, settings: Settings):
    server = Server(database)
    seen: list[int] = []
    async with Cairn.open(settings, connections=4) as cairn:
        practice_id = await open_practice(cairn, on_duty=False)
        secret = cairn.master.derive("tokens")
        token = issue_token(secret, practice_id=practice_id, role="auditor", subject="ann")
        url = f"http://127.0.0.1:{server.port}"
        try:
            server.start()
            reading = asyncio.create_task(follow(url, bearer(token), seen, until=EVENTS))
            await until(lambda: seen != [], seconds=30)
            async with appending(cairn, practice_id):
                for _ in range(RESTARTS):
                    enough = len(seen) + 10
                    await until(lambda: len(seen) >= enough, seconds=30)  # noqa: B023 - awaited here
                    server.kill()
                    server.start()
            await asyncio.wait_for(reading, 30)
        finally:
            server.kill()
    assert seen == list(range(1, EVENTS + 1))
