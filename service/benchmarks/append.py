"""Appending through the store, with sealing, beside one bare INSERT per event.

Both sides run in one process, on uvloop, against one Postgres that waits for the disk; what is to
be appended is made beforehand. The store decides nothing here, but encodes, seals, queues and
answers with positions. The bare side inserts ready bytes of the same length, a row a transaction,
once into a table with all the indexes of event_log, its position from a sequence, and once into
one with a primary key alone, the plainest that keeps an order.
"""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from events import mood
from events.mood import MOOD, LogMood
from events.record import Cause, Step
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import answer, beside, figure
from service.benchmarks.filling import cause, open_practice
from service.benchmarks.histories import Shape, people
from service.ids import drawn_id
from service.wiring import Cairn, utc_now

NAME: Final = "append"
DESCRIPTION: Final = "append with sealing, 32 writers and one, beside a bare INSERT per event"
WRITERS: Final = 32


class AppendSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Events appended in each round."""

    rounds: int
    many: int
    alone: int


SIZES: Final[Mapping[Scale, AppendSizes]] = MappingProxyType(
    {
        "full": AppendSizes(rounds=7, many=16_000, alone=1_500),
        "quick": AppendSizes(rounds=3, many=3_000, alone=200),
        "tiny": AppendSizes(rounds=3, many=64, alone=8),
    }
)

MAKE_TABLES: Final = """
CREATE SCHEMA bench;
CREATE TABLE bench.indexed (LIKE public.event_log INCLUDING ALL);
CREATE SEQUENCE bench.position;
ALTER TABLE bench.indexed ALTER COLUMN position SET DEFAULT nextval('bench.position');
CREATE TABLE bench.plain (LIKE public.event_log, PRIMARY KEY (position));
ALTER TABLE bench.plain ALTER COLUMN position SET DEFAULT nextval('bench.position');
GRANT USAGE ON SCHEMA bench TO cairn_runtime;
GRANT ALL ON ALL TABLES IN SCHEMA bench TO cairn_runtime;
GRANT ALL ON ALL SEQUENCES IN SCHEMA bench TO cairn_runtime;
"""
BARE_TABLES: Final = ("indexed", "plain")
BARE_INSERT: Final = """
INSERT INTO bench.{table} (
  practice_id, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at, clock_doubted
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, false)
"""


@asynccontextmanager
async def bare_tables(owner_url: str) -> AsyncIterator[None]:
    """The tables of the bare side, for as long as the block lasts."""
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("DROP SCHEMA IF EXISTS bench CASCADE")
        await owner.execute(MAKE_TABLES)
        yield
        await owner.execute("DROP SCHEMA bench CASCADE")
    finally:
        await owner.close()


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        bare_tables(servers.settings.owner_database_url or ""),
        Cairn.open(servers.settings, connections=WRITERS + 2) as cairn,
    ):
        return await measure(bench, cairn, sizes)


async def measure(bench: Bench, cairn: Cairn, sizes: AppendSizes) -> dict[str, Any]:
    practice_id = await open_practice(cairn.store)
    (somebody,) = people(1, Shape(goals=0, days=1), now=utc_now(), seed=1)
    await cairn.store.append(practice_id, [somebody.enrolment()], cause=cause())
    side = Sides(cairn, practice_id, somebody.client_id)
    await side.store(64, WRITERS)
    await side.learn_body()
    rates: dict[str, list[float]] = {}
    with bench.progress("append", total=sizes.rounds) as show:
        for nth in range(sizes.rounds + 1):
            for writers, count in ((WRITERS, sizes.many), (1, sizes.alone)):
                for table in BARE_TABLES:
                    rates.setdefault(f"{table} {writers}", []).append(
                        await side.bare(table, count, writers)
                    )
                rates.setdefault(f"store {writers}", []).append(await side.store(count, writers))
            show(nth, None)
    kept = {name: measured[1:] for name, measured in rates.items()}  # The first warms up.
    figures = [
        beside(
            "32 writers, one practice", "events/s", kept["store 32"], kept["indexed 32"],
            limit_name="bare INSERT, indexes of event_log", at_least=1.5, note="aim: 2.5",
        ),
        beside(
            "32 writers, the plainest table", "events/s", kept["store 32"], kept["plain 32"],
            limit_name="bare INSERT, primary key alone",
        ),
        beside(
            "one writer alone", "events/s", kept["store 1"], kept["indexed 1"],
            limit_name="bare INSERT, indexes of event_log", at_least=0.6,
        ),
        beside(
            "one writer, the plainest table", "events/s", kept["store 1"], kept["plain 1"],
            limit_name="bare INSERT, primary key alone",
        ),
        figure("one writer, an append", "ms", [1000 / rate for rate in kept["store 1"]]),
    ]  # fmt: skip
    return answer(figures, sizes=sizes)


class Sides:
    """The two sides: the same row appended through the store, or inserted as it is."""

    def __init__(self, cairn: Cairn, practice_id: UUID, client_id: UUID) -> None:
        self.cairn = cairn
        self.practice_id = practice_id
        self.client_id = client_id
        self.body_bytes = 0

    async def learn_body(self) -> None:
        """How long a sealed mood entry is: the bare side inserts as many bytes."""
        self.body_bytes = await self.cairn.pool.fetchval(
            "SELECT length(body) FROM event_log WHERE practice_id = $1 AND category = 'mood'"
            " LIMIT 1",
            self.practice_id,
        )

    async def store(self, count: int, writers: int) -> float:
        """Events per second through the store."""
        appends = iter(self.appends(count))

        async def write() -> None:
            for step, why in appends:
                await self.cairn.store.append(self.practice_id, [step], cause=why)

        return count / await seconds([write() for _ in range(writers)])

    def appends(self, count: int) -> list[tuple[Step, Cause]]:
        made = []
        for _ in range(count):
            now, mood_id = utc_now(), drawn_id()
            logged = LogMood(
                mood_id=mood_id, client_id=self.client_id, rating=5, occurred_at=now, now=now
            )
            step = Step(
                stream_id=mood_id,
                category=MOOD.category,
                client_id=self.client_id,
                expected=0,
                events=MOOD.decide(mood.Mood(), logged),
                occurred_at=now,
            )
            made.append((step, cause()))
        return made

    async def bare(self, table: str, count: int, writers: int) -> float:
        """Events per second, each inserted in a transaction of its own."""
        rows = self.rows(count)
        statement = BARE_INSERT.format(table=table)
        connections = [await self.cairn.pool.acquire() for _ in range(writers)]
        try:

            async def write(connection: Any) -> None:
                for row in rows:
                    await connection.execute(statement, *row)

            return count / await seconds([write(one) for one in connections])
        finally:
            for one in connections:
                await self.cairn.pool.release(one)

    def rows(self, count: int) -> Iterator[tuple[Any, ...]]:
        now = utc_now()
        rows = [
            (
                self.practice_id, drawn_id(), 1, MOOD.category, self.client_id, "mood.logged.v1",
                os.urandom(self.body_bytes), "clinician:7f3a", uuid4(), uuid4(), now, now,
            )
            for _ in range(count)
        ]  # fmt: skip
        return iter(rows)


async def seconds(doing: Sequence[Any]) -> float:
    """How long it takes to do all of it at once; what lies in memory is cleaned up before."""
    gc.collect()
    began = time.perf_counter()
    await asyncio.gather(*doing)
    return time.perf_counter() - began
