"""What `cairn doctor` says of the processes, of late views and of practices that are stuck."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from projections.degraded import ADVICE, Degraded, What, look_once
from projections.faults import Diagnosis
from service.console.output import moment, print_table, print_text

# Doctor names each of these by itself, with the place where it lies.
NAMED_APART: Final[frozenset[What]] = frozenset({
    "event_set_aside", "view_stands_still", "checkpoint_ahead",
})  # fmt: skip


async def with_degraded(found: Diagnosis, pool: asyncpg.Pool) -> Diagnosis:
    """The diagnosis, and what else is degraded."""
    degraded = [one for one in await look_once(pool) if one.what not in NAMED_APART]
    return msgspec.structs.replace(found, degraded=degraded) if degraded else found


def show_degraded(found: Sequence[Degraded]) -> None:
    """A row for each, and what to do about it."""
    print_table(
        ("what", "practices", "since"),
        [(one.what.replace("_", " "), str(one.practices), moment(one.since)) for one in found],
    )
    for one in found:
        print_text(ADVICE[one.what])
