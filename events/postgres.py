"""The log in Postgres: sealed on the way in, unsealed on the way out."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from events.append_queue import Refused, Row, SealedAppend
from events.codec import Codec, type_of
from events.group_commit import Clock, Connect, FloorAhead, GroupCommit
from events.ids import DerivedIds
from events.keyring import Keyring
from events.record import (
    CLIENT_CATEGORY,
    DIGEST_BYTES,
    PRACTICE_CATEGORY,
    Cause,
    Receipt,
    Recorded,
    Step,
    Unreadable,
    first_of,
)
from events.repeats import repeated
from events.sealing import Key, SealBroken, seal, unseal
from events.sql import statement
from events.store import (
    FOUNDING,
    PAGE_LIMIT,
    RecordUnreadable,
    StoreUnavailable,
    UnknownSubject,
    VersionConflict,
)
from events.two_clocks import PracticeClockCorrected, clock_cause

# The pool hands out a proxy, not a Connection: one name for both.
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

READ_STREAM = statement("read_stream")
READ_STREAMS = statement("read_streams")
READ_FLAGS = statement("read_flags")
STREAMS_AMONG = statement("streams_among")
READ_CLIENT = statement("read_client")
READ_CLIENT_NEWEST = statement("read_client_newest")
READ_PRACTICE = statement("read_practice")
HEAD = statement("head")
PRACTICES = statement("practices")
READ_FLOOR = statement("read_floor")
PRACTICES_READ = 10_000
# Somebody else may correct the clock at the same time, and wrong it again.
CORRECTIONS = 3
LAST_POSITION = 2**62


class PostgresStore:
    """An EventStore. Call `start` before and `stop` after.

    `codec` knows the events that may lie in the log. `clock` is this machine's own, beside which
    the database's is held; `on_clocks` is told what both say with every batch. Where `commit` is
    given, that commits each append, and the store's own writer has not to be started.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        connect: Connect,
        keyring: Keyring,
        clock: Clock,
        *,
        codec: Codec,
        on_clocks: Callable[[datetime, datetime], None] = lambda _database, _own: None,
        commit: Callable[[SealedAppend], Awaitable[Receipt]] | None = None,
    ) -> None:
        self._pool = pool
        self._keyring = keyring
        self._clock = clock
        self._codec = codec
        self._writer = GroupCommit(connect, clock, on_clocks=on_clocks)
        self._commit = commit or self._writer.commit

    async def start(self) -> None:
        await self._writer.start()

    async def stop(self) -> None:
        await self._writer.stop()

    @property
    def writing(self) -> bool:
        """Whether appends are being taken."""
        return self._writer.running

    @property
    def busy_seconds(self) -> float:
        """For how long the writer has been at the batch it commits; 0 where it has none."""
        return self._writer.busy_seconds

    @property
    def practices_apart(self) -> int:
        """How many practices somebody else's lock keeps from being appended to: see GroupCommit."""
        return self._writer.apart

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        for _ in range(CORRECTIONS):
            try:
                receipt = await self._append(practice_id, steps, cause=cause)
            except FloorAhead:
                await self._correct_clock(practice_id)
                continue
            if steps[-1].category == PRACTICE_CATEGORY and steps[-1].expected == 0:
                await self.ids(practice_id)  # The key is made with the practice.
            return receipt
        raise StoreUnavailable

    async def _correct_clock(self, practice_id: UUID) -> None:
        """Record that the last event was dated by a wrong clock, unless somebody else just has."""
        past = await self.read_stream(practice_id, PRACTICE_CATEGORY, practice_id)
        floor = await self._pool.fetchval(READ_FLOOR, practice_id)
        now = self._clock()
        step = Step(
            stream_id=practice_id,
            category=PRACTICE_CATEGORY,
            client_id=None,
            expected=len(past),
            events=[PracticeClockCorrected(practice_id=practice_id, from_at=floor, to_at=now)],
            occurred_at=now,
        )
        cause = clock_cause(await self.ids(practice_id), len(past))
        with suppress(VersionConflict, FloorAhead):
            await self._append(practice_id, [step], cause=cause)

    async def _append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        rows: list[Row] = []
        for step in steps:
            if not step.events:
                continue
            key = await self._key_for(practice_id, step)
            for version, event in enumerate(step.events, start=step.expected + 1):
                type_ = type_of(event)
                context = place(practice_id, step.stream_id, version, type_)
                body = seal(key, cause.content + self._codec.encode(event), context=context)
                rows.append((
                    version == step.expected + 1, step.stream_id, step.category, version,
                    step.client_id, type_, body, cause.actor, cause.command_id, cause.correlation,
                    step.occurred_at,
                ))  # fmt: skip
        own = steps[-1]
        sealed = SealedAppend(
            practice_id=practice_id,
            streams=[(step.category, step.stream_id) for step in steps if step.events],
            watched=[(step.category, step.stream_id) for step in steps if not step.events],
            rows=[*rows, *(watched(step, cause) for step in steps if not step.events)],
            events=len(rows),
            version=own.expected + len(own.events),
            answer=asyncio.get_running_loop().create_future(),
        )
        try:
            return await self._commit(sealed)
        except Refused:
            past = await self.read_stream(practice_id, own.category, own.stream_id)
            return repeated(past, own, cause)

    async def _key_for(self, practice_id: UUID, step: Step) -> Key:
        subject_id = step.client_id or practice_id
        key = self._keyring.cached(practice_id, subject_id)
        if key is None and step.category in FOUNDING and step.expected == 0:
            key = await self._keyring.find_or_make(practice_id, subject_id)
            if key is None:
                raise RecordUnreadable
        elif key is None:
            key = await self._keyring.find(practice_id, subject_id)
        if key is None:
            raise await self._without_key(practice_id, step)
        return key

    async def _without_key(self, practice_id: UUID, step: Step) -> Exception:
        """Why there is no key: it was destroyed, or there is no such subject."""
        category = PRACTICE_CATEGORY if step.client_id is None else CLIENT_CATEGORY
        known = await self.among(practice_id, category, [step.client_id or practice_id])
        return RecordUnreadable() if known else UnknownSubject()

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        rows = await self._pool.fetch(READ_STREAM, practice_id, category, stream_id)
        return await self._recorded(practice_id, rows)

    async def read_first(
        self,
        practice_id: UUID,
        category: str,
        stream_ids: Sequence[UUID],
        *,
        client_id: UUID | None,
    ) -> list[Recorded]:
        rows = await self._pool.fetch(READ_STREAMS, practice_id, category, stream_ids)
        recorded = await self._recorded(practice_id, rows)
        by_stream = ([one for one in recorded if one.stream_id == id_] for id_ in stream_ids)
        return first_of(by_stream, client_id=client_id)

    async def read_flags(self, practice_id: UUID, client_id: UUID) -> list[Recorded]:
        rows = await self._pool.fetch(READ_FLAGS, practice_id, [client_id])
        return await self._recorded(practice_id, rows)

    async def among(
        self, practice_id: UUID, category: str, stream_ids: Collection[UUID]
    ) -> set[UUID]:
        rows = await self._pool.fetch(STREAMS_AMONG, practice_id, category, list(stream_ids))
        return {row["stream_id"] for row in rows}

    async def ids(self, practice_id: UUID) -> DerivedIds:
        return await self._keyring.ids(practice_id)

    async def read_client(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        after: int = 0,
        limit: int = PAGE_LIMIT,
        recorded_until: datetime | None = None,
    ) -> list[Recorded]:
        rows = await self._pool.fetch(
            READ_CLIENT, practice_id, client_id, after, limit, recorded_until
        )
        return await self._recorded(practice_id, rows)

    async def read_practice(
        self, practice_id: UUID, *, after: int = 0, limit: int = PAGE_LIMIT
    ) -> list[Recorded]:
        rows = await self._pool.fetch(READ_PRACTICE, practice_id, after, limit)
        return await self._recorded(practice_id, rows)

    async def head(self, practice_id: UUID) -> int:
        return await self._pool.fetchval(HEAD, practice_id) or 0

    async def practices(self) -> list[UUID]:
        """Every practice that has a log."""
        return [row["practice_id"] for row in await of_all_practices(self._pool, PRACTICES)]

    async def _recorded(self, practice_id: UUID, rows: Sequence[asyncpg.Record]) -> list[Recorded]:
        return await unsealed(self._keyring, practice_id, rows, codec=self._codec)


async def of_all_practices(
    connection: Connection | asyncpg.Pool, statement: str
) -> list[asyncpg.Record]:
    """The rows of a statement for every practice, in the order of their ids.

    The statement answers for the practices after $1, at most $2 of them: nobody can put so many
    before one that it is left out.
    """
    found: list[asyncpg.Record] = []
    after, is_full = UUID(int=0), True
    # It ends with the practices: every page begins after the one before it.
    while is_full:
        page = await connection.fetch(statement, after, PRACTICES_READ)
        found += page
        is_full = len(page) == PRACTICES_READ
        after = page[-1]["practice_id"] if page else after
    return found


def watched(step: Step, cause: Cause) -> Row:
    """A row that writes nothing: its stream is to be at the expected version, or nothing is."""
    return (
        True, step.stream_id, step.category, step.expected + 1, step.client_id, None, b"",
        cause.actor, cause.command_id, cause.correlation, step.occurred_at,
    )  # fmt: skip


def place(practice_id: UUID, stream_id: UUID, version: int, type_: str) -> tuple[bytes, ...]:
    """What a body is bound to: moved anywhere else in the log, it does not open."""
    return practice_id.bytes, stream_id.bytes, version.to_bytes(4, "big"), type_.encode()


async def unsealed(
    keyring: Keyring, practice_id: UUID, rows: Iterable[asyncpg.Record], *, codec: Codec
) -> list[Recorded]:
    """Rows of event_log, opened; those that can not be read carry Unreadable."""
    rows = list(rows)
    keys = await keyring.load(practice_id, {row["client_id"] or practice_id for row in rows})
    return [
        opened(practice_id, row, keys.get(row["client_id"] or practice_id), codec=codec)
        for row in rows
    ]


def opened(practice_id: UUID, row: asyncpg.Record, key: Key | None, *, codec: Codec) -> Recorded:
    """A row of event_log, opened; Unreadable where its key is gone or its body does not open."""
    (position, stream_id, version, category, client_id, type_, body, actor, command_id,
     correlation, occurred_at, recorded_at, clock_doubted) = row.values()  # fmt: skip
    event: msgspec.Struct
    if key is None:
        content, event = b"", Unreadable(type=type_)
    else:
        try:
            plain = unseal(key, body, context=place(practice_id, stream_id, version, type_))
            content, event = plain[:DIGEST_BYTES], codec.decode(plain[DIGEST_BYTES:])
        except (SealBroken, ValueError, RecursionError) as error:
            # What msgspec can not decode is a ValueError, as is text that is not UTF-8.
            content, event = b"", Unreadable(type=type_, why=type(error).__name__)
    return Recorded(
        practice_id=practice_id,
        position=position,
        stream_id=stream_id,
        category=category,
        version=version,
        client_id=client_id,
        type=type_,
        event=event,
        actor=actor,
        command_id=command_id,
        correlation=correlation,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        content=content,
        clock_doubted=clock_doubted,
    )
