"""A proxy before Postgres that can be made to swallow: it takes what comes, and answers nothing.

So does a network whose packets are dropped, or a firewall that has forgotten a connection. Once it
is switched back, what was swallowed arrives, as TCP sends again what was not acknowledged.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

import msgspec

from service.settings import Settings


class Swallowing:
    """What stands between a process and its database: see `swallowing`."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._passes = asyncio.Event()
        self._passes.set()

    def swallow(self) -> None:
        """From now on nothing is answered; who connects is let in, and hears nothing either."""
        self._passes.clear()

    def pass_on(self) -> None:
        """From now on everything arrives, also what was swallowed."""
        self._passes.set()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end has gone."""
        ends, pumps = [writer], []
        try:
            await self._passes.wait()
            there, back = await asyncio.open_unix_connection(self._socket)
            ends.append(back)
            pumps = [
                asyncio.create_task(self._pump(*way)) for way in ((reader, back), (there, writer))
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in ends:
                end.close()
            for end in ends:
                with suppress(OSError):
                    await end.wait_closed()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._passes.wait()
                writer.write(data)


@asynccontextmanager
async def swallowing(settings: Settings) -> AsyncIterator[tuple[Settings, Swallowing]]:
    """The settings by way of a proxy, and the proxy."""
    url = urlsplit(settings.database_url or "")
    folder = parse_qs(url.query)["host"][0]
    proxy = Swallowing(f"{folder}/.s.PGSQL.5432")
    tasks: set[asyncio.Task[None]] = set()

    def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(proxy.meet(reader, writer)))

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    by_way_of = f"postgresql://{url.username}@127.0.0.1:{port}{url.path}"
    try:
        yield msgspec.structs.replace(settings, database_url=by_way_of), proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
