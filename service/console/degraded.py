"""What `cairn doctor` says of writes that are not taken, of processes, late views and locks."""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg
import msgspec

from projections.degraded import ADVICE, Degraded, What, look_once
from projections.faults import Diagnosis
from service.console.output import moment, print_table, print_text
from service.health import Health

# Doctor names each of these by itself, with the place where it lies.
NAMED_APART: Final[frozenset[What]] = frozenset({
    "event_set_aside", "view_stands_still", "checkpoint_ahead", "new_epoch_needed",
})  # fmt: skip
# Doctor itself can not run while the database is away, or the key is another one.
WHY_NOT_READY: Final[Mapping[str, str]] = {
    "database_read_only": "The database takes no writes: it is a standby, or somebody has set "
    "default_transaction_read_only. Does DATABASE_URL name the primary?",
    "database_full": "The disk of the database is full, and nothing can be recorded: make room, "
    "and delete nothing by hand in the folder of Postgres.",
    "database_locked": "Somebody has locked the whole log, and nothing can be recorded: wait, or "
    "end that session (see pg_stat_activity).",
    "database_refuses": "The log takes no append: a right or a function is missing. Say "
    "`cairn migrate`.",
    "migrations_waiting": "Nothing can be recorded before the migrations are applied: say "
    "`cairn migrate`.",
    "migrations_refused": "Nothing can be recorded: the database was made by other migrations. "
    "Install the release that belongs to it.",
}


async def with_not_ready(found: Diagnosis, health: Health) -> Diagnosis:
    """The diagnosis, and why the log takes no append."""
    why = (await health.look_at_writes()).why
    return msgspec.structs.replace(found, not_ready=why) if why in WHY_NOT_READY else found


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
