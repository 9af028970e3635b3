"""Tasks are ended for good, whatever a driver puts in the place of a cancellation."""

import asyncio
from typing import Any, Final

# A task that has taken a cancellation for a fault of the database goes on: it is told again.
AGAIN_SECONDS: Final = 1.0


async def ended(*tasks: "asyncio.Future[Any]") -> list[BaseException | None]:
    """Cancel the tasks until each has ended; what each has raised, if that was no cancellation.

    A query that is cancelled while it gives its connection back may raise the driver's own error.
    Whoever takes that for a database that is away waits for the database, and never ends.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    return [None if task.cancelled() else task.exception() for task in tasks]
