"""Serving an ASGI application: uvicorn with httptools, its limits kept, stopped politely."""

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import uvicorn

from service.limits import LIMITS, Limits
from service.line import Line, Lines
from service.streams import LAST_WORD_SECONDS

BACKLOG = 2048
GRACE_SECONDS = 10
# uvicorn ticks ten times a second: connections are looked at twice a second.
TICKS_PER_LOOK = 5
# Connections, streams, and what a process needs besides.
MOST_FILES = 8_192
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Leaves signals to us: uvicorn's own would end the process before the log is closed.

    `stopping` is called when it begins to stop, and has to end what would never end by itself.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        ready: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        loop = asyncio.get_running_loop()
        # As long as the last word may take, and a moment more for what is written by then.
        late = loop.call_later(LAST_WORD_SECONDS + 0.1, self._cut_untaken)
        try:
            await super().shutdown(sockets)
        finally:
            late.cancel()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_LOOK == 0:
            for line in self._lines():
                line.end_where_late()
        return await super().on_tick(counter)

    def _cut_untaken(self) -> None:
        for line in self._lines():
            if line.is_untaken():
                line.cut()

    def _lines(self) -> list[Line]:
        return [line for line in self.server_state.connections if isinstance(line, Line)]

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_app(
    listener: socket.socket,
    app: Any,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    until: asyncio.Event | None = None,
    limits: Limits = LIMITS,
) -> None:
    """Serve an ASGI application on a socket that listens, until told to stop, or `until` is set.

    A request that breaks one of the `limits` comes with a `REFUSED` among the extensions of its
    scope (service/line.py): the application answers with that refusal.
    """
    allow_files(MOST_FILES)
    config = limited(app, limits, grace_seconds=GRACE_SECONDS)
    server = Server(config, ready=ready, stopping=stopping)
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, server)
    ending = asyncio.create_task(stop_after(until or asyncio.Event(), server))
    try:
        await server.serve(sockets=[listener])
    finally:
        ending.cancel()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def limited(app: Any, limits: Limits, *, grace_seconds: int) -> uvicorn.Config:
    """How an application is served: each of its connections keeps to these limits.

    Requests that are being answered at the end get `grace_seconds`.
    """
    protocol: Any = partial(Line, lines=Lines(limits))
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=grace_seconds,
    )


async def stop_after(until: asyncio.Event, server: uvicorn.Server) -> None:
    await until.wait()
    server.should_exit = True


def stop(server: uvicorn.Server) -> None:
    """First politely; a second signal does not wait for anybody."""
    server.force_exit = server.should_exit
    server.should_exit = True


def allow_files(count: int) -> None:
    """Let this process have so many files and connections open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(host: str, port: int) -> socket.socket:
    """A socket on the address, which is free for the next process as soon as this one ends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=False)
