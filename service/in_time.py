"""Work that is waited for no longer than it may take, whatever it waits for itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
# Work that was told to end and has not ended yet. A task that nobody holds may be thrown away.
UNFINISHED: Final[set["asyncio.Future[Any]"]] = set()


# How long work is waited for once it was let go: it ends at the loop's next turns, or not at all.
LET_GO_SECONDS: Final = 0.1


async def in_time(
    work: Awaitable[Result],
    seconds: float,
    *,
    more_seconds: Callable[[], float] = lambda: 0.0,
    let_go: Callable[[], None] | None = None,
) -> Result:
    """The result of some work. Raises TimeoutError after `seconds`, and what the work raises.

    `more_seconds` is asked once, when the seconds are over. asyncio.timeout would wait until the
    work has ended, and a query that is cancelled may end only when the database answers. An append
    that was handed to the writer goes on. `let_go` is called before the work is cancelled: it cuts
    the connection that the work waits for. A query that is cancelled first makes asyncpg open one
    more connection, which leads nowhere either.
    """
    task = asyncio.ensure_future(work)
    UNFINISHED.add(task)
    task.add_done_callback(forget)
    try:
        await asyncio.wait([task], timeout=seconds)
        if not task.done():
            await asyncio.wait([task], timeout=more_seconds())
        if not task.done() and let_go is not None:
            let_go()
            await asyncio.wait([task], timeout=LET_GO_SECONDS)
    finally:
        # Also where whoever waits is cancelled.
        is_done = task.done() or not task.cancel()
    if not is_done:
        raise TimeoutError
    return task.result()


def forget(task: "asyncio.Future[Any]") -> None:
    """The work has ended. An error of work that nobody waits for any more is looked at here."""
    UNFINISHED.discard(task)
    if not task.cancelled():
        task.exception()
