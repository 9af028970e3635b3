"""The process of the API: the record opened, what goes on beside requests, and its end."""

import asyncio
import socket
from collections.abc import Callable

import structlog
import uvloop

from events.ending import ended
from migrations.rights import require_rights
from projections.heartbeat import Heartbeat, beating
from service.app import create_app
from service.garbage import set_aside_for_good
from service.ids import drawn_id
from service.prepared import read_tables, rehearse_trends
from service.serving import listen, serve_app
from service.settings import Settings
from service.wiring import Cairn

log = structlog.get_logger("cairn.server")


def run(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered get ten seconds.

    Raises OSError where the address is taken, RightsMissing, and what Cairn.open raises.
    """
    uvloop.run(serve(settings, ready=ready))


async def serve(settings: Settings, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve in a running loop; `ready` is called once requests are taken."""

    def begin() -> None:
        set_aside_for_good()
        ready()

    with listen(settings.host, settings.port) as listener:
        async with Cairn.open(settings) as cairn:
            await require_rights(cairn.pool)
            beside = [
                asyncio.create_task(fill_last_known(cairn), name="last known"),
                asyncio.create_task(cairn.health.run(), name="health"),
            ]
            try:
                async with beating(Heartbeat(cairn.pool, "api", drawn_id())):
                    await serve_on(listener, cairn, origins=settings.cors_origins, ready=begin)
            finally:
                await ended(*beside)


async def fill_last_known(cairn: Cairn) -> None:
    """So that an outage soon after the start finds practices known; at the next form otherwise."""
    try:
        practices = await cairn.store.practices()
    except Exception as error:
        # Nobody waits for this task, and the API serves without it.
        log.warning("practices_not_listed", exc_info=error)
        return
    await cairn.last_known.fill(cairn.store, practices)


async def serve_on(
    listener: socket.socket,
    cairn: Cairn,
    *,
    origins: frozenset[str] = frozenset(),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve on a socket that listens, until told to stop; `origins` as in `create_app`.

    Raises EpochLeft once the log was restored from a backup: see projections/epochs.py.
    """
    # In a thread, which trends are computed in from then on.
    await asyncio.to_thread(read_tables)
    app = create_app(cairn, origins=origins)
    await rehearse_trends(cairn)
    await serve_app(
        listener,
        app,
        ready=ready,
        stopping=lambda: cairn.streams.stop(
            "restored" if cairn.epochs.left.is_set() else "server_stopping"
        ),
        until=cairn.epochs.left,
    )
    cairn.epochs.require_same()
