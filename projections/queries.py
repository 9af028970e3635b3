"""The questions that the views answer, each for one practice, and what the workers are owed."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

import asyncpg
import msgspec
import structlog

from events.catalogue import CODEC
from events.evidence_since import ENTRIES
from events.goal import Stage
from events.goal_decisions import GOAL
from events.keyring import Keyring
from events.postgres import LAST_POSITION, READ_CLIENT_NEWEST, READ_STREAM, unsealed
from events.refusals import ValueRefused
from events.sealing import SealBroken
from events.suggestion import Status
from projections import (
    assessment_trend,
    caseload,
    goal_status_fold,
    mood_trend,
    suggestion_queue,
)
from projections.assessment_trend import AssessmentEntry
from projections.caseload import ClientSummary
from projections.catalogue import VIEW_NAMES
from projections.goal_history import Revision, revisions
from projections.goal_status import Course, GoalStatus
from projections.mood_trend import MoodEntry
from projections.open_flags import OpenFlags
from projections.rows import Projection, RowSeal
from projections.sql import statement
from projections.suggestion_queue import SuggestionRow
from projections.timeline import TimelineEntry, entries
from projections.waiting import nameless, unlisted, with_all_that_waits

PAGE_LIMIT = 200
ENTRIES_LIMIT = 20_000
SWEEP_LIMIT = 500
FIRST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.05

READ_GOAL = statement("read_goal")
READ_GOALS = statement("read_goals")
READ_CLIENT = statement("read_client")
READ_CLIENT_NEWEST_OF = statement("read_client_newest_of")
READ_CASELOAD = statement("read_caseload")
READ_MOODS = statement("read_moods")
READ_ASSESSMENTS = statement("read_assessments")
READ_SUGGESTION = statement("read_suggestion")
READ_SUGGESTIONS = statement("read_suggestions")
READ_SUGGESTIONS_OF_CLIENT = statement("read_suggestions_of_client")
READ_LATER_TYPES = statement("read_later_types")
READ_POSITION = statement("read_position")
READ_REACHED = statement("read_reached")
READ_LAG = statement("read_lag")
COUNT_SET_ASIDE = statement("count_set_aside")
OWED_DEADLINES = statement("owed_deadlines")
OWED_MET = statement("owed_met")
OWED_RISKS = statement("owed_risks")
OWED_SUGGESTIONS = statement("owed_suggestions")
OWED_WITHDRAWALS = statement("owed_withdrawals")

log = structlog.get_logger()


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A goal for which a worker has something to do. `since_at` orders the sweep."""

    practice_id: UUID
    client_id: UUID
    goal_id: UUID
    due_on: date
    since_at: datetime

    @property
    def subject_id(self) -> UUID:
        return self.goal_id


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far a view has come, and how far the first of its practice's views: `lead`.

    Where it `is_ahead` its checkpoint lies behind the end of the log: nobody knows what it has.
    """

    position: int
    lead: int
    is_ahead: bool


class RangeTooLong(ValueRefused):
    """These days hold more entries than one answer can: ask for fewer days."""

    field = "from"


def require_whole(rows: list[Any]) -> list[Any]:
    """The rows, if that is all of them: a trend without its newest days would mislead."""
    if len(rows) > ENTRIES_LIMIT:
        raise RangeTooLong
    return rows


class Views:
    """Reads the views with the run-time role's pool. What can not be opened any more is left out.

    Everything is asked of one practice; another's ids are simply not there.
    """

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring
        # Not a view: what decides about safety is read from the log.
        self.open_flags = OpenFlags(pool, keyring)

    async def goal(self, practice_id: UUID, goal_id: UUID) -> GoalStatus | None:
        rows = await self.rows(goal_status_fold.projection, READ_GOAL, practice_id, goal_id)
        return rows[0] if rows else None

    async def goals(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        now: datetime,
        stage: Stage | None = None,
        course: Course | None = None,
        due_before: date | None = None,
        after: UUID | None = None,
        limit: int = PAGE_LIMIT,
    ) -> list[GoalStatus]:
        """A client's goals by id, after an id, at most `limit` (and PAGE_LIMIT) of them."""
        return await self.rows(
            goal_status_fold.projection, READ_GOALS, practice_id, client_id,
            stage and stage.value, course, due_before, now, after, min(limit, PAGE_LIMIT),
        )  # fmt: skip

    async def client(
        self, practice_id: UUID, client_id: UUID, *, now: datetime
    ) -> ClientSummary | None:
        rows = await self._clients(READ_CLIENT, practice_id, client_id)
        flags = await self.open_flags.of(practice_id)
        if not rows:
            flagged = flags.pages.keys() & {client_id}
            rows = await unlisted(self, practice_id, client_id=client_id, flagged=flagged, limit=1)
        found = await with_all_that_waits(self, practice_id, rows, flags=flags, now=now)
        return found[0] if found else None

    async def caseload(
        self,
        practice_id: UUID,
        *,
        now: datetime,
        attention: bool | None = None,
        after: UUID | None = None,
        limit: int = PAGE_LIMIT,
    ) -> list[ClientSummary]:
        """The practice's clients by id, after an id; with `attention` only those that wait."""
        limit = min(limit, PAGE_LIMIT)
        flags = await self.open_flags.of(practice_id)
        flagged = list(flags.pages)
        asked = attention, now, after, limit, flagged, VIEW_NAMES
        rows = await self._clients(READ_CASELOAD, practice_id, *asked)
        if attention is not False:
            rows += await unlisted(self, practice_id, after=after, flagged=flagged, limit=limit)
            rows = sorted(rows, key=lambda row: row.client_id)[:limit]
        return await with_all_that_waits(self, practice_id, rows, flags=flags, now=now)

    async def moods(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
    ) -> list[MoodEntry]:
        """Mood entries from an instant to before another, oldest first. Raises RangeTooLong."""
        rows = await self.rows(
            mood_trend.projection, READ_MOODS, practice_id, client_id, from_at, to_at,
            ENTRIES_LIMIT + 1,
        )  # fmt: skip
        return require_whole(rows)

    async def assessments(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        instrument: str | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
    ) -> list[AssessmentEntry]:
        """Assessments from an instant to before another, oldest first. Raises RangeTooLong."""
        # The instrument is sealed, too: a client has few enough assessments to look at each.
        rows = await self.rows(
            assessment_trend.projection, READ_ASSESSMENTS, practice_id, client_id, from_at, to_at,
            ENTRIES_LIMIT + 1,
        )  # fmt: skip
        return [
            row for row in require_whole(rows) if instrument is None or row.instrument == instrument
        ]

    async def suggestion(self, practice_id: UUID, suggestion_id: UUID) -> SuggestionRow | None:
        rows = await self.rows(
            suggestion_queue.projection, READ_SUGGESTION, practice_id, suggestion_id
        )
        return rows[0] if rows else None

    async def suggestions(
        self,
        practice_id: UUID,
        *,
        status: Sequence[Status] | None = None,
        client_id: UUID | None = None,
        after: UUID | None = None,
        limit: int = PAGE_LIMIT,
    ) -> list[SuggestionRow]:
        """Suggestions in the order in which they were offered, after the one of an id."""
        statuses = list(get_args(Status) if status is None else status)
        asked: list[Any] = [statuses, after, min(limit, PAGE_LIMIT)]
        query = READ_SUGGESTIONS
        if client_id is not None:
            query = READ_SUGGESTIONS_OF_CLIENT
            asked.append(client_id)
        return await self.rows(suggestion_queue.projection, query, practice_id, *asked)

    async def history(self, practice_id: UUID, goal_id: UUID) -> list[Revision]:
        """Every step of a goal, oldest first; empty where there is no such goal. From the log."""
        rows = await self._pool.fetch(READ_STREAM, practice_id, GOAL.category, goal_id)
        return revisions(await unsealed(self._keyring, practice_id, rows, codec=CODEC))

    async def timeline(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        before: int | None = None,
        limit: int = 100,
        types: Collection[str] | None = None,
    ) -> list[TimelineEntry]:
        """Everything of a client, newest in the log first, before a position. From the log.

        With `types` events of no other type: a page is as full as if there were no others.
        """
        first = LAST_POSITION if before is None else before
        asked = practice_id, client_id, first, min(limit, PAGE_LIMIT)
        if types is None:
            rows = await self._pool.fetch(READ_CLIENT_NEWEST, *asked)
        else:
            rows = await self._pool.fetch(READ_CLIENT_NEWEST_OF, *asked, list(types))
        recorded = await unsealed(self._keyring, practice_id, rows, codec=CODEC)
        named = {(one.category, one.stream_id) for one in recorded if one.category in ENTRIES}
        categories, ids = zip(*named, strict=True) if named else ((), ())
        later = await self._pool.fetch(READ_LATER_TYPES, practice_id, categories, ids)
        return entries(
            recorded, later={(row["category"], row["stream_id"]): row["types"] for row in later}
        )

    async def position(self, practice_id: UUID, view: str) -> int:
        """How far a view has come in the practice's log; 0 before its first event.

        It is 0, too, where the checkpoint lies behind the end of the log.
        """
        return await self._pool.fetchval(READ_POSITION, practice_id, [view]) or 0

    async def reached(self, practice_id: UUID, view: str) -> Reached:
        """How far a view has come, beside the first of its practice's views."""
        # The query aggregates: it answers with one row, always.
        (row,) = await self._pool.fetch(READ_REACHED, practice_id, view, VIEW_NAMES)
        return Reached(**row)

    async def wait_for(
        self, practice_id: UUID, position: int, views: Sequence[str], seconds: float = 2.0
    ) -> bool:
        """Wait until these views have come to a position; False where the time was too short.

        A view whose checkpoint lies behind the end of the log has come nowhere.
        """
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            reached = await self._pool.fetchval(READ_POSITION, practice_id, list(views))
            if (reached or 0) >= position:
                return True
            if loop.time() + pause > give_up_at:
                return False
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE_SECONDS)

    async def lag(self) -> dict[str, int]:
        """How many events each view is behind, over all practices."""
        return {row["view"]: row["behind"] for row in await self._pool.fetch(READ_LAG, VIEW_NAMES)}

    async def set_aside(self) -> dict[str, int]:
        """How many events each view has set aside, over all practices."""
        counted = {
            row["view"]: row["events"]
            for row in await self._pool.fetch(COUNT_SET_ASIDE, VIEW_NAMES)
        }
        return dict.fromkeys(VIEW_NAMES, 0) | counted

    async def deadlines_passed(
        self, now: datetime, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
    ) -> list[Owed]:
        """Active goals whose deadline has passed, and what is known of it is not recorded.

        Over all practices, longest ago first; `after` continues a sweep.
        """
        return await self.owed(OWED_DEADLINES, now, limit, after=after)

    async def risks(
        self, now: datetime, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
    ) -> list[Owed]:
        """Active goals before their deadline that trail the line, not recorded as such."""
        return await self.owed(OWED_RISKS, now, limit, after=after)

    async def targets_met(
        self, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
    ) -> list[Owed]:
        """Active goals that are reached once they are done, and are."""
        return await self.owed(OWED_MET, None, limit, after=after)

    async def suggestions_owed(
        self, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
    ) -> list[Owed]:
        """Active goals with a missed deadline for which a kind of suggestion was not yet made."""
        return await self.owed(OWED_SUGGESTIONS, None, limit, after=after)

    async def suggestions_outdated(
        self, limit: int = SWEEP_LIMIT, *, after: Owed | None = None
    ) -> list[Owed]:
        """Goals with open suggestions that no longer fit."""
        return await self.owed(OWED_WITHDRAWALS, None, limit, after=after)

    async def owed(
        self, query: str, now: datetime | None, limit: int, *, after: Owed | None
    ) -> list[Owed]:
        """What a statement of a sweep finds, over all practices, after an earlier find."""
        last = (after.since_at, after.practice_id, after.goal_id) if after else (None, None, None)
        asked = () if now is None else (now,)
        rows = await self._pool.fetch(query, *last, limit, *asked)
        return [Owed(**row) for row in rows]

    async def found(self, query: str, *asked: Any) -> list[asyncpg.Record]:
        """What lies in clear and a statement finds."""
        rows: list[asyncpg.Record] = await self._pool.fetch(query, *asked)
        return rows

    async def rows(
        self, projection: Projection, query: str, practice_id: UUID, *asked: Any
    ) -> list[Any]:
        """The rows of a view that a statement finds, without those that can not be opened."""
        opened, _ = await self._opened(projection, practice_id, query, *asked)
        return opened

    async def _clients(self, query: str, practice_id: UUID, *asked: Any) -> list[ClientSummary]:
        """Rows of the caseload; who has one that does not open is there, and nameless."""
        opened, shut = await self._opened(caseload.projection, practice_id, query, *asked)
        if not shut:
            return opened
        opened += await nameless(self, practice_id, shut)
        return sorted(opened, key=lambda row: row.client_id)

    async def _opened(
        self, projection: Projection, practice_id: UUID, query: str, *asked: Any
    ) -> tuple[list[Any], list[UUID]]:
        """The documents in rows of (key, client_id, body), and whose do not open.

        Those whose key is gone are left out of both. One row that somebody has altered, or one key
        that does not unwrap, must not take the page down for all others.
        """
        rows = await self._pool.fetch(query, practice_id, *asked)
        keys = await self._keyring.load(practice_id, {row["client_id"] for row in rows})
        row_seal = RowSeal(projection, practice_id)
        opened: list[Any] = []
        shut: list[UUID] = []
        for row in rows:
            key = keys.get(row["client_id"])
            if key is None:
                continue
            try:
                opened.append(row_seal.open(key, row[projection.key], row["body"]))
            except SealBroken:
                shut.append(row["client_id"])
        if shut:
            log.error(
                "row_not_opened",
                practice_id=str(practice_id),
                view=projection.name,
                client_id=str(shut[0]),
                count=len(shut),
            )
        return opened, shut
