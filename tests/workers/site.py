"""A worksite on a real database, and the doubles that make its store fail on purpose."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from events.catalogue import CODEC
from events.group_commit import Connect
from events.ids import DerivedIds
from events.keyring import Keyring
from events.postgres import PostgresStore
from events.record import Cause, Receipt, Recorded, Step
from events.sealing import MasterKey
from events.store import PAGE_LIMIT, EventStore
from projections.epochs import Epochs
from projections.queries import Views
from projections.runner import Projector
from service.wiring import utc_now
from tests.workers.diary import Diary

RUNTIME = {"role": "cairn_runtime"}
MASTER_KEY = b"a master key of 32 bytes, for us"
MASTER = MasterKey(MASTER_KEY)


class Site:
    """What workers work with, a projector, and a clock that stands where a test puts it."""

    def __init__(
        self,
        *,
        store: EventStore,
        views: Views,
        pool: asyncpg.Pool,
        projector: Projector,
        keyring: Keyring,
        connect: Connect,
    ) -> None:
        self.store = store
        self.views = views
        self.pool = pool
        self.projector = projector
        self.keyring = keyring
        self.connect = connect
        self.master = MASTER
        self.public_url = "https://cairn.example"
        self.any_network = True
        self.epochs = Epochs(pool)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.clock: Callable[[], datetime] = lambda: self.now

    def with_store(self, store: EventStore) -> "Site":
        """The same place, reached through another store."""
        site = Site(
            store=store,
            views=self.views,
            pool=self.pool,
            projector=self.projector,
            keyring=self.keyring,
            connect=self.connect,
        )
        site.now = self.now
        return site

    async def diary(self, *, zone: str = "UTC", language: str = "en") -> Diary:
        return await Diary(self.store).open(zone=zone, language=language)

    async def project(self, diary: Diary) -> None:
        """Bring the views of the diary's practice to the end of its log."""
        await self.projector.catch_up(diary.practice_id)


@asynccontextmanager
async def postgres_site(url: str, *, connections: int = 8) -> AsyncIterator[Site]:
    """A started store on a migrated database, in the role of the run time."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings=RUNTIME)

    async with asyncpg.create_pool(
        url, min_size=0, max_size=connections, server_settings=RUNTIME
    ) as pool:
        keyring = Keyring(pool, MASTER)
        store = PostgresStore(pool, connect, keyring, utc_now, codec=CODEC)
        await store.start()
        try:
            yield Site(
                store=store,
                views=Views(pool, keyring),
                pool=pool,
                projector=Projector(pool, keyring, connect),
                keyring=keyring,
                connect=connect,
            )
        finally:
            await store.stop()


class Crashed(BaseException):
    """The process has just died. No worker catches it, as none survives a kill."""


class Crashing:
    """A store whose process dies at its nth call: before it, or after it took effect."""

    def __init__(self, store: EventStore, *, at: int, after: bool) -> None:
        self._store = store
        self._at = at
        self._after = after
        self.calls = 0

    async def _crash_around(self, call: Callable[[], Any]) -> Any:
        self.calls += 1
        dying = self.calls >= self._at
        if dying and (self.calls > self._at or not self._after):
            raise Crashed
        answer = await call()
        if dying:
            raise Crashed
        return answer

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        answer: Receipt = await self._crash_around(
            lambda: self._store.append(practice_id, steps, cause=cause)
        )
        return answer

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        answer: list[Recorded] = await self._crash_around(
            lambda: self._store.read_stream(practice_id, category, stream_id)
        )
        return answer

    async def read_first(
        self,
        practice_id: UUID,
        category: str,
        stream_ids: Sequence[UUID],
        *,
        client_id: UUID | None,
    ) -> list[Recorded]:
        answer: list[Recorded] = await self._crash_around(
            lambda: self._store.read_first(practice_id, category, stream_ids, client_id=client_id)
        )
        return answer

    async def read_flags(self, practice_id: UUID, client_id: UUID) -> list[Recorded]:
        answer: list[Recorded] = await self._crash_around(
            lambda: self._store.read_flags(practice_id, client_id)
        )
        return answer

    async def among(
        self, practice_id: UUID, category: str, stream_ids: Collection[UUID]
    ) -> set[UUID]:
        return await self._store.among(practice_id, category, stream_ids)

    async def ids(self, practice_id: UUID) -> DerivedIds:
        return await self._store.ids(practice_id)

    async def read_client(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        after: int = 0,
        limit: int = PAGE_LIMIT,
        recorded_until: datetime | None = None,
    ) -> list[Recorded]:
        answer: list[Recorded] = await self._crash_around(
            lambda: self._store.read_client(
                practice_id, client_id, after=after, limit=limit, recorded_until=recorded_until
            )
        )
        return answer

    async def read_practice(
        self, practice_id: UUID, *, after: int = 0, limit: int = PAGE_LIMIT
    ) -> list[Recorded]:
        return await self._store.read_practice(practice_id, after=after, limit=limit)

    async def head(self, practice_id: UUID) -> int:
        return await self._store.head(practice_id)


class Meddling:
    """A store in which somebody else does something once, just before the first append."""

    def __init__(self, store: EventStore, meddle: Callable[[], Any]) -> None:
        self._store = store
        self._meddle: Callable[[], Any] | None = meddle

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        meddle, self._meddle = self._meddle, None
        if meddle is not None:
            await meddle()
        return await self._store.append(practice_id, steps, cause=cause)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def break_seal(admin: str, diary: Diary) -> None:
    """Somebody with every right has changed a byte of the client's last event in the log."""
    await as_admin(
        admin,
        "ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only",
        "UPDATE event_log e SET body = set_byte(body, 20, 255 - get_byte(body, 20))"
        f" WHERE client_id = '{diary.client_id}' AND position ="
        f" (SELECT max(position) FROM event_log WHERE client_id = '{diary.client_id}')",
        "ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only",
    )


async def destroy_key(admin: str, diary: Diary) -> None:
    """The client's key is gone: their record can no longer be read. A new process notices."""
    await as_admin(admin, f"DELETE FROM data_key WHERE subject_id = '{diary.client_id}'")


async def as_admin(admin: str, *statements: str) -> None:
    connection = await asyncpg.connect(admin)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
