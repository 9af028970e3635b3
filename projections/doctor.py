"""Looking for what is wrong with the log and the views: set aside, ahead, missing or altered.

Nothing is changed here. Whatever it finds, safety flags are read from the log and not from a view.
"""

from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import UNSET

from events.catalogue import CODEC
from events.keyring import Keyring
from events.postgres import Connection, of_all_practices, unsealed
from events.practice import Practice
from events.record import Recorded
from events.sealing import SealBroken
from projections import safety_queue
from projections.ahead import FIND_HEAD_DIFFERS, find_ahead
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.faults import ADVICE, NAMED, Diagnosis, Fault, ahead_of_log, event_set_aside
from projections.folding import PageFold
from projections.log_check import READ_REACHED_VIEWS, LogCheck, check_log
from projections.open_flags import READ_FLAG_EVENTS, settings_after
from projections.queries import COUNT_SET_ASIDE
from projections.row_check import check_rows
from projections.rows import ChangedRow, RowSeal
from projections.safety_queue import SafetyFlagRow
from projections.set_aside import MOST_SET_ASIDE
from projections.sql import statement
from projections.subscriptions_ahead import find_subscriptions_ahead

READ_SET_ASIDE = statement("read_set_aside")
READ_LOG_HEADS = statement("read_log_heads")
FIND_STANDING_STILL = statement("find_standing_still")
READ_FLAG_PRACTICES = statement("read_flag_practices")
READ_FLAG_ROWS = statement("read_flag_rows")
FIND_NOT_BEGUN = statement("find_not_begun")
FIND_UNKNOWN_CHECKPOINTS = statement("find_unknown_checkpoints")
COUNT_KEYS_WITHOUT_EVENTS = statement("count_keys_without_events")

VIEW: Final = safety_queue.projection.name
COMPARED_EVENTS: Final = 1_000
# The queue of flags is compared with the log, and every other view row by row.
COMPARED_WITH_ITSELF: Final = tuple(one for one in PROJECTIONS if one.name != VIEW)

# Told how many events of how many were looked at.
Progress = Callable[[int, int], None]


def unheard(_done: int, _total: int) -> None:
    """Nobody watches."""


class Doctor:
    """Looks at the views of every practice."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring

    async def look(self, on_progress: Progress = unheard) -> Diagnosis:
        """All that is wrong. Every event is opened once, so a long log takes a while."""
        rows = await self._pool.fetch(READ_SET_ASIDE, VIEW_NAMES, NAMED)
        findings = [event_set_aside(row) for row in rows]
        more = await self._not_named(len(rows))
        findings += await self._checkpoints()
        findings += await self._lost_ends()
        findings += await find_subscriptions_ahead(self._pool)
        heads = await of_all_practices(self._pool, READ_LOG_HEADS)
        total, done, unreadable = sum(row["position"] for row in heads), 0, 0

        def looked(events: int) -> None:
            nonlocal done
            done += events
            on_progress(done, max(done, total))

        checks: dict[UUID, LogCheck] = {}
        for row in heads:
            practice_id = row["practice_id"]
            check = await check_log(self._pool, self._keyring, practice_id, looked)
            room = max(0, NAMED - unreadable)
            unreadable += len(check.findings)
            findings += check.findings[:room]
            more += len(check.findings[room:]) + check.more
            checks[practice_id] = check
        for row in await self._pool.fetch(READ_FLAG_PRACTICES):
            practice_id = row["practice_id"]
            findings += await self._compare(practice_id, checks.get(practice_id, LogCheck()))
        for row in heads:
            for projection in COMPARED_WITH_ITSELF:
                findings += await check_rows(
                    self._pool, self._keyring, row["practice_id"], projection
                )
        return Diagnosis(
            findings=findings,
            more=more,
            keys_without_events=await self._pool.fetchval(COUNT_KEYS_WITHOUT_EVENTS) or UNSET,
            clients_without_key=sum(len(one.without_key) for one in checks.values()) or UNSET,
        )

    async def _lost_ends(self) -> list[Fault]:
        """Logs that do not end where their heads say."""
        return [
            Fault(kind="head_differs", advice=ADVICE["head_differs"], **row)
            for row in await self._pool.fetch(FIND_HEAD_DIFFERS, NAMED)
        ]

    async def _checkpoints(self) -> list[Fault]:
        """Views that stand still, and checkpoints that no projector has left like this."""
        found = [
            Fault(kind="view_stands_still", advice=ADVICE["view_stands_still"], **row)
            for row in await self._pool.fetch(FIND_STANDING_STILL, VIEW_NAMES, MOST_SET_ASIDE)
        ]
        found += ahead_of_log(await find_ahead(self._pool, VIEW_NAMES))
        found += [
            Fault(kind="checkpoint_missing", advice=ADVICE["checkpoint_missing"], **row)
            for row in await self._pool.fetch(FIND_NOT_BEGUN, VIEW_NAMES, NAMED)
        ]
        found += [
            Fault(kind="checkpoint_unknown", advice=ADVICE["checkpoint_unknown"], **row)
            for row in await self._pool.fetch(FIND_UNKNOWN_CHECKPOINTS, VIEW_NAMES, NAMED)
        ]
        return found

    async def _not_named(self, named: int) -> int:
        if named < NAMED:
            return 0
        counted = await self._pool.fetch(COUNT_SET_ASIDE, VIEW_NAMES)
        return sum(int(row["events"]) for row in counted) - named

    async def _compare(self, practice_id: UUID, check: LogCheck) -> list[Fault]:
        """The queue of flags against the log, up to where the view says it has come.

        Where an event of a flag does not open that the view has taken, that event is named, and its
        row is left alone: nobody knows what the row should be.
        """
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            reached = await connection.fetch(READ_REACHED_VIEWS, practice_id, [VIEW])
            if not reached:
                return []  # The projector has yet to begin, or that is named.
            # Once they have been read no rebuild puts another table in the place of this one.
            rows = await connection.fetch(READ_FLAG_ROWS, practice_id)
            wanted = await self._from_the_log(connection, practice_id, reached[0]["position"])
        keys = await self._keyring.load(
            practice_id,
            {row["client_id"] for row in rows} | {one.client_id for one in wanted.values()},
        )
        there = {row["flag_id"]: row for row in rows}
        seal = RowSeal(safety_queue.projection, practice_id)
        findings = []
        for flag_id, one in wanted.items():
            if one.client_id not in keys:
                continue
            if flag_id not in there:
                findings.append(fault_of_row("row_missing", practice_id, one.row))
            elif not is_what_it_was(there[flag_id], one, seal, keys[one.client_id]):
                findings.append(fault_of_row("row_altered", practice_id, one.row))
        findings += [
            Fault(
                kind="row_unknown",
                practice_id=practice_id,
                view=VIEW,
                advice=ADVICE["row"].format(view=VIEW),
                position=row["raised_position"],
                client_id=row["client_id"],
                flag_id=flag_id,
            )
            for flag_id, row in there.items()
            # What is left of a client whose key is gone goes with the client's next event.
            if flag_id not in wanted and (row["client_id"] in keys or not row["is_of_client"])
        ]
        return [
            one
            for one in findings
            if one.position not in check.unreadable and one.client_id not in check.flags_unreadable
        ]

    async def _from_the_log(
        self, connection: Connection, practice_id: UUID, until: int
    ) -> dict[UUID, ChangedRow]:
        """The rows that the view must hold, from the log's first event to a position."""
        fold, settings = PageFold(safety_queue.projection), Practice()
        after, is_full = 0, True
        # It ends with the log: every page begins after the one before it.
        while is_full and after < until:
            rows = await connection.fetch(READ_FLAG_EVENTS, practice_id, after + 1, COMPARED_EVENTS)
            for recorded in await unsealed(self._keyring, practice_id, rows, codec=CODEC):
                if recorded.position <= until:
                    settings = fold_one(fold, settings, recorded)
            is_full = len(rows) == COMPARED_EVENTS
            after = rows[-1]["position"] if rows else after
        return {one.key: one for one in fold.changed(settings)}


def fold_one(fold: PageFold, settings: Practice, recorded: Recorded) -> Practice:
    """Fold one event of flags or settings; answers the settings after it."""
    if recorded.client_id is None:
        return settings_after(settings, recorded)
    fold.apply(recorded)
    return settings


def fault_of_row(
    kind: Literal["row_missing", "row_altered"], practice_id: UUID, row: SafetyFlagRow
) -> Fault:
    return Fault(
        kind=kind,
        practice_id=practice_id,
        view=VIEW,
        advice=ADVICE["row"].format(view=VIEW),
        position=row.raised_position,
        client_id=row.client_id,
        flag_id=row.flag_id,
    )


def is_what_it_was(kept: asyncpg.Record, wanted: ChangedRow, seal: RowSeal, key: Any) -> bool:
    """Whether a row says what the log says, in clear and in its seal.

    When a worker looks next follows from a duty list that may have changed a moment ago: that the
    row says it twice alike is enough.
    """
    try:
        opened: SafetyFlagRow = seal.open(key, kept["flag_id"], kept["body"])
    except SealBroken:
        return False
    columns = safety_queue.projection.columns
    clear = tuple(kept[column.name] for column in columns)
    return (
        clear == safety_queue.projection.clear(opened)
        and (kept["client_id"], kept["position"]) == (wanted.client_id, wanted.position)
        and without_next(opened) == without_next(wanted.row)
    )


def without_next(row: SafetyFlagRow) -> SafetyFlagRow:
    return msgspec.structs.replace(row, next_at=None)
