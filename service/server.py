"""Serving the API: uvicorn with uvloop and httptools, stopped politely."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
import uvloop

from service.app import create_app
from service.settings import Settings
from service.wiring import Cairn

BACKLOG = 2048
GRACE_SECONDS = 10
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn's own would end the process before the log is closed."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered get ten seconds.

    Raises OSError where the address is taken, and what Cairn.open raises.
    """
    uvloop.run(serve(settings, ready=ready))


async def serve(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve in a running loop; `ready` is called once requests are taken."""
    with listen(settings.host, settings.port) as listener:
        async with Cairn.open(settings) as cairn:
            await serve_on(listener, cairn, ready=ready)


async def serve_on(
    listener: socket.socket, cairn: Cairn, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve on a socket that listens, until told to stop."""
    await serve_app(listener, create_app(cairn), ready=ready)


async def serve_app(
    listener: socket.socket, app: Any, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve an ASGI application on a socket that listens, until told to stop."""
    config = uvicorn.Config(
        app,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config, ready=ready)
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, server)
    try:
        await server.serve(sockets=[listener])
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def stop(server: uvicorn.Server) -> None:
    """First politely; a second signal does not wait for anybody."""
    server.force_exit = server.should_exit
    server.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address, which is free for the next process as soon as this one ends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=False)
