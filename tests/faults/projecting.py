"""A projector of views of which some can not take some events: it is there to be killed.

    python -m tests.faults.projecting URL PRACTICE

In small batches, so that a kill finds it in the middle of one; a row of the caseload can not be
settled with every seventh mood entry in it, and mood_trend can not take every fifth event.
"""

import asyncio
import sys
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from projections.catalogue import PROJECTIONS
from projections.rows import Projection
from tests.projections.conftest import opened_record

BATCH_EVENTS = 7


class BadEvent(Exception):
    """This event can not be taken."""


def failing() -> list[Projection]:
    return [changed(one) for one in PROJECTIONS]


def changed(one: Projection) -> Projection:
    if one.name == "mood_trend":
        return replace(one, evolve=lambda page, event: taken(one, page, event))
    if one.name == "caseload":
        return replace(one, settle=lambda row: settled(one, row))
    return one


def taken(one: Projection, page: Any, recorded: Any) -> Any:
    if recorded.position % 5 == 0:
        raise BadEvent
    return one.evolve(page, recorded)


def settled(one: Projection, row: Any) -> Any:
    if any(entry.entry_id.int % 7 == 0 for entry in row.recent):
        raise BadEvent
    return one.settle(row)


async def main(url: str, practice_id: UUID) -> None:
    async with opened_record(url) as record:
        projector = record.projector(projections=failing(), batch_events=BATCH_EVENTS)
        await projector.catch_up(practice_id)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], UUID(sys.argv[2])))
