"""What is not as it should be while the log takes writes: a closed list of words, and since when.

It is read without a token (/readyz), so it says in how many practices something is so, and never
in which, of whom, or how many events it concerns.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

import asyncpg
import msgspec

from events.postgres import Connection
from projections.catalogue import VIEW_NAMES
from projections.heartbeat import ALIVE, ProcessKind
from projections.set_aside import MOST_SET_ASIDE
from projections.sql import statement

READ_DEGRADED_VIEWS: Final = statement("read_degraded_views")
READ_PROCESSES: Final = statement("read_processes")
FIND_LOG_HOLDERS: Final = statement("find_log_holders")
COUNT_PRACTICES: Final = statement("count_practices")

# How old the last sign of a process, the last sweep, or an event that a view lacks may be.
LATE: Final = timedelta(seconds=60)
# How long a transaction may hold the log before what it holds counts as stuck.
HELD: Final = timedelta(seconds=5)
LOOK_SECONDS: Final = 10.0
SWEEPS: Final = ("safety", "sessions", "deadlines", "suggestions")
EXPECTED: Final[Mapping[ProcessKind, "What"]] = {
    "projector": "projector_missing", "worker": "worker_missing",
}  # fmt: skip

What = Literal[
    "view_behind", "view_stands_still", "event_set_aside", "checkpoint_ahead", "practice_stuck",
    "projector_missing", "worker_missing", "sweep_late", "new_epoch_needed",
]  # fmt: skip
WHATS: Final[tuple[What, ...]] = get_args(What)

ADVICE: Final[Mapping[What, str]] = {
    "view_behind": "A view has not taken an event for more than a minute. Does the projector run "
    "(`cairn project`)? Its log says what it waits for.",
    "view_stands_still": "A view has set aside as many events of a practice as it may, and goes no "
    "further there: `cairn doctor` names it.",
    "event_set_aside": "A view could not take an event: `cairn doctor` names it.",
    "checkpoint_ahead": "A view says that it has come to where the log has not: `cairn doctor` "
    "names it.",
    "practice_stuck": "A transaction holds a practice's place in the log, and nothing can be "
    "recorded in that practice until the transaction ends. Find it in pg_stat_activity (the oldest "
    "xact_start; its process may be gone or stopped), and end it with pg_terminate_backend.",
    "projector_missing": "No projector has said for more than a minute that it runs: the views "
    "stand still. Start `cairn project`, or see its log.",
    "worker_missing": "No worker has said for more than a minute that it runs: nobody is asked "
    "about a safety flag a second time, and no webhook is sent. Start `cairn work`, or see its "
    "log.",
    "sweep_late": "A worker runs, and one of its sweeps has not ended for more than a minute: see "
    "its log.",
    "new_epoch_needed": "The end of the log is gone, as after a restore by hand, and nobody is "
    "told events: say `cairn doctor --new-epoch`.",
}  # fmt: skip


class Degraded(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it should be, since when, and in how many practices.

    A view counts as behind since the event was recorded that it lacks, a process as missing since
    its last sign, a practice as stuck since that was first seen. What concerns the whole
    installation concerns every practice. Of stuck practices it is the least number there can be.
    """

    what: What
    since: datetime
    practices: int


class Processes(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeats: the last sign by kind and activity, and how many of a kind are alive."""

    last_at: Mapping[tuple[str, str], datetime]
    alive: Mapping[str, int]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that keeps writers out of a practice, or of the whole log, and since when."""

    since: datetime
    is_whole: bool


class LogHolders:
    """Who has held the log for how long. The database knows who, and only looking again how long.

    A transaction that is seen twice, five seconds apart, holds what an append holds for
    milliseconds: somebody has left it open, or its process hangs.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Held] = {}

    @property
    def are_any(self) -> bool:
        """Whether somebody held the log at the last look, for however long."""
        return bool(self._seen)

    async def look(self, connection: Connection | asyncpg.Pool) -> list[Held]:
        """Those that have held it for too long."""
        rows = await connection.fetch(FIND_LOG_HOLDERS, timeout=LOOK_SECONDS)
        before = self._seen
        self._seen = {
            row["holder"]: Held(
                since=before[row["holder"]].since
                if row["holder"] in before
                else row["database_now"],
                is_whole=row["is_whole"],
            )
            for row in rows
        }
        held = [(self._seen[row["holder"]], row["database_now"]) for row in rows]
        return [one for one, now in held if now - one.since >= HELD]


async def read_processes(connection: Connection | asyncpg.Pool) -> Processes:
    rows = await connection.fetch(READ_PROCESSES, LATE, timeout=LOOK_SECONDS)
    return Processes(
        last_at={(row["kind"], row["activity"]): row["last_at"] for row in rows},
        alive={row["kind"]: row["processes"] for row in rows if row["activity"] == ALIVE},
    )


async def read_degraded(
    connection: Connection | asyncpg.Pool,
    held: Sequence[Held],
    known: Sequence[Degraded] = (),
    *,
    views: Sequence[str] = VIEW_NAMES,
    with_processes: bool = True,
) -> list[Degraded]:
    """All that is degraded, in the order of the words, at most once each.

    Takes the transactions that hold the log too long, and what was degraded before: of what the
    database has no date for, the first look's is kept. Just after a start `with_processes` is
    False, as the other processes may be starting as well.
    """
    counted = await connection.fetchrow(COUNT_PRACTICES, timeout=LOOK_SECONDS)
    assert counted is not None  # noqa: S101 - for the type checker: it counts
    every, now = counted["practices"], counted["database_now"]
    dated = {one.what: one.since for one in known}
    found: dict[What, Degraded] = {}

    def add(what: What, since: datetime | None, practices: int) -> None:
        found[what] = Degraded(
            what=what, since=since or dated.get(what) or now, practices=practices
        )

    for row in await connection.fetch(
        READ_DEGRADED_VIEWS, list(views), LATE, MOST_SET_ASIDE, timeout=LOOK_SECONDS
    ):
        if row["practices"]:
            add(row["what"], row["since"], row["practices"])
    if held:
        practices = every if any(one.is_whole for one in held) else min(every, len(held))
        add("practice_stuck", min(one.since for one in held), practices)
    if with_processes:
        processes = await read_processes(connection)
        for kind, what in EXPECTED.items():
            if not processes.alive.get(kind):
                add(what, processes.last_at.get((kind, ALIVE)), every)
        late = [
            last_at
            for sweep in SWEEPS
            if (last_at := processes.last_at.get(("worker", sweep), now)) < now - LATE
        ]
        if late and "worker_missing" not in found:
            add("sweep_late", min(late), every)
    if counted["doubted_at"] is not None:
        add("new_epoch_needed", counted["doubted_at"], every)
    return [found[what] for what in WHATS if what in found]


async def look_once(pool: asyncpg.Pool) -> list[Degraded]:
    """What is degraded, for a command that looks once: it takes five seconds where the log is held.

    Nobody but a second look can tell a transaction that goes on from one that is left open.
    """
    holders = LogHolders()
    held = await holders.look(pool)
    if not held and holders.are_any:
        await asyncio.sleep(HELD.total_seconds())
        held = await holders.look(pool)
    return await read_degraded(pool, held)
