"""What the processes of the service have in common: how each begins, and how it is stopped."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from migrations.rights import require_rights
from service import logs
from service.auth import Tokens
from service.console.connection import opened, settings_in_use
from service.garbage import set_aside_for_good
from service.settings import Settings
from service.wiring import Cairn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def begin_process(name: str) -> Settings:
    """The settings of a process that runs on, its log set up."""
    settings = settings_in_use()
    logs.configure(settings)
    structlog.contextvars.bind_contextvars(process=name)
    return settings


async def until_stopped(
    settings: Settings, run: Callable[[Cairn, asyncio.Event], Awaitable[None]]
) -> None:
    """Run something with the record open, until SIGINT or SIGTERM.

    Raises EpochLeft once the log was restored from a backup: see projections/epochs.py.
    """
    log = structlog.get_logger()
    async with stop_event() as stop, opened(settings) as cairn:
        await require_rights(cairn.pool)
        set_aside_for_good()
        log.info("process_ready")
        ending = asyncio.create_task(set_after(cairn.epochs.left, stop))
        try:
            await run(cairn, stop)
        finally:
            ending.cancel()
        cairn.epochs.require_same()
    log.info("process_stopped")


async def set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


@contextlib.asynccontextmanager
async def stop_event() -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


def tokens_of(cairn: Cairn) -> Tokens:
    """Whoever may read the metrics of the API may read those of this process."""
    return Tokens(
        cairn.master.derive("tokens"),
        clock=lambda: cairn.clock().timestamp(),
        scrape_keys=cairn.scrape_keys,
    )
