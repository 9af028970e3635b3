"""A projector of views of which some can not take some events, and which kills itself.

    python -m tests.faults.projecting URL PRACTICE BATCHES

After so many small batches it is killed in the middle of the next one: rows of some views and what
they have set aside are written, and the transaction is not over. Without BATCHES it lives.

A row of the caseload can not be settled with every seventh mood entry in it, and mood_trend can not
take every fifth event.
"""

import asyncio
import os
import signal
import sys
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp
from projections.rows import Projection
from service.logs import configure
from service.settings import Settings
from tests.projections.conftest import opened_record

BATCH_EVENTS = 7


class BadEvent(Exception):
    """This event can not be taken."""


def failing() -> list[Projection]:
    return [changed(one) for one in PROJECTIONS]


def changed(one: Projection) -> Projection:
    if one.name == "mood_trend":
        return replace(
            one,
            evolve=lambda page, event: taken(one, page, event),
            clear=lambda row: written(one, row),
        )
    if one.name == "caseload":
        return replace(one, settle=lambda row: settled(one, row))
    return one


class Life:
    """How many batches this process has before it; None where it lives to the end."""

    batches_left: int | None = None


def written(one: Projection, row: Any) -> Any:
    if Life.batches_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return one.clear(row)


def taken(one: Projection, page: Any, recorded: Any) -> Any:
    if recorded.position % 5 == 0:
        raise BadEvent
    return one.evolve(page, recorded)


def settled(one: Projection, row: Any) -> Any:
    if any(entry.entry_id.int % 7 == 0 for entry in row.recent):
        raise BadEvent
    return one.settle(row)


async def main(url: str, practice_id: UUID, batches: int | None = None) -> None:
    configure(Settings())
    Life.batches_left = batches
    async with opened_record(url) as record:
        catch_up = CatchUp(record.pool, record.keyring, failing())
        more = True
        while more:
            more = (await catch_up.batch(practice_id, limit=BATCH_EVENTS)).more
            if Life.batches_left is not None:
                Life.batches_left -= 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], UUID(sys.argv[2]), *map(int, sys.argv[3:])))
