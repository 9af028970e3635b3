"""From an event to its view: how long until a reader sees the row, at a steady hundred a second.

The projector runs as `cairn project` runs it, in a process of its own. This process appends moods
at random intervals (a Poisson process, so that some come together) and asks for their rows on a
connection of its own, half a millisecond after the last answer: what it sees is late by that much
at the most. The clock starts when the append is acknowledged, and once more when it was begun.
Beside it: the way of a bare NOTIFY, sent with one INSERT, to a listener on another connection.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from events import mood
from events.mood import MOOD, LogMood
from events.record import Step
from projections.catalogue import VIEW_NAMES
from service.benchmarks.append import BARE_INSERT, bare_tables
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import Figure, answer, beside, figure, percentile
from service.benchmarks.filling import cause, fill, open_practice
from service.benchmarks.histories import Shape, people
from service.benchmarks.servers import PRODUCT, running
from service.ids import drawn_id
from service.wiring import Cairn, utc_now

NAME: Final = "latency"
DESCRIPTION: Final = "from an acknowledged event to its row in a view, at 100 events/s"
PER_SECOND: Final = 100
MEDIAN_MS: Final = 10.0
LOOK_EVERY_SECONDS: Final = 0.0005
ROUND_TRIPS_PER_ROUND: Final = 100
CATCH_UP_SECONDS: Final = 30.0
CHANNEL: Final = "cairn_bench"
SEEN: Final = "SELECT mood_id FROM views.mood_trend WHERE practice_id = $1 AND mood_id = ANY ($2)"


class LatencySizes(msgspec.Struct, frozen=True, kw_only=True):
    """Events in each round; the clients have a past, so that rows are not empty."""

    rounds: int
    events: int
    clients: int
    shape: Shape = Shape(goals=2, days=60)


SIZES: Final[Mapping[Scale, LatencySizes]] = MappingProxyType(
    {
        "full": LatencySizes(rounds=5, events=500, clients=50),
        "quick": LatencySizes(rounds=3, events=100, clients=10),
        "tiny": LatencySizes(rounds=3, events=10, clients=2, shape=Shape(goals=1, days=5)),
    }
)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One round, in milliseconds: from the acknowledgement, from the start, and a bare NOTIFY's."""

    acknowledged: list[float]
    begun: list[float]
    notified: list[float]


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        bare_tables(servers.settings.owner_database_url or ""),
        Cairn.open(servers.settings, connections=4) as cairn,
    ):
        practice_id = await open_practice(cairn.store)
        everybody = people(sizes.clients, sizes.shape, now=utc_now(), seed=3)
        with bench.progress("fill the log") as show:
            head = await fill(cairn.store, practice_id, everybody, show)
        projector = {"projector": PRODUCT["projector"]}
        async with running(servers.settings, projector, ready_at={}):
            await cairn.views.wait_for(practice_id, head, VIEW_NAMES, seconds=CATCH_UP_SECONDS)
            watch = Watch(cairn, practice_id, [person.client_id for person in everybody])
            ways = []
            with bench.progress("latency", total=sizes.rounds) as show:
                for nth in range(sizes.rounds + 1):
                    notified = await round_trips(cairn)
                    acknowledged, begun = await watch.follow(sizes.events, seed=nth)
                    ways.append(Way(acknowledged=acknowledged, begun=begun, notified=notified))
                    show(nth, None)
    return answer(
        figures(ways[1:]),  # The first warms up.
        sizes=sizes,
        notes=[f"{PER_SECOND} events a second at random intervals; {head} events before the first"],
    )


def figures(ways: list[Way]) -> list[Figure]:
    notified = [percentile(way.notified, 50) for way in ways]
    told = []
    for name, measured in (
        ("acknowledged until visible", [way.acknowledged for way in ways]),
        ("begun until visible", [way.begun for way in ways]),
    ):
        told += [
            beside(
                f"{name}, median",
                "ms",
                [percentile(one, 50) for one in measured],
                notified,
                limit_name="INSERT with NOTIFY, until it is heard",
                at_most=MEDIAN_MS,
                required_of="value",
            ),
            figure(f"{name}, 99 of 100", "ms", [percentile(one, 99) for one in measured]),
        ]
    return told


class Watch:
    """Appends moods at a steady rate and watches for their rows."""

    def __init__(self, cairn: Cairn, practice_id: UUID, clients: list[UUID]) -> None:
        self.cairn = cairn
        self.practice_id = practice_id
        self.clients = clients
        self.begun: dict[UUID, float] = {}
        self.acknowledged: dict[UUID, float] = {}
        self.visible: dict[UUID, float] = {}

    async def follow(
        self, events: int, *, seed: int, per_second: int = PER_SECOND
    ) -> tuple[list[float], list[float]]:
        """Milliseconds from acknowledged to visible, and from begun to visible, an event each."""
        self.begun, self.acknowledged, self.visible = {}, {}, {}
        async with asyncio.timeout(CATCH_UP_SECONDS + events / per_second):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.look(events))
                chance = random.Random(seed)  # noqa: S311 - the same intervals every time
                at = time.perf_counter()
                for nth in range(events):
                    at += chance.expovariate(per_second)
                    await asyncio.sleep(max(0.0, at - time.perf_counter()))
                    tasks.create_task(self.append(self.clients[nth % len(self.clients)]))
        since = self.visible.items()
        return (
            # A row may be seen before the answer to its append: that took no time at all.
            [1000 * max(0.0, seen - self.acknowledged[one]) for one, seen in since],
            [1000 * (seen - self.begun[one]) for one, seen in since],
        )

    async def append(self, client_id: UUID) -> None:
        mood_id, now = drawn_id(), utc_now()
        logged = LogMood(mood_id=mood_id, client_id=client_id, rating=6, occurred_at=now, now=now)
        step = Step(
            stream_id=mood_id,
            category=MOOD.category,
            client_id=client_id,
            expected=0,
            events=MOOD.decide(mood.Mood(), logged),
            occurred_at=now,
        )
        self.begun[mood_id] = time.perf_counter()
        await self.cairn.store.append(self.practice_id, [step], cause=cause())
        self.acknowledged[mood_id] = time.perf_counter()

    async def look(self, events: int) -> None:
        """Ask for the rows that are still missing, until there are as many as events."""
        async with self.cairn.pool.acquire() as connection:
            while len(self.visible) < events:
                missing = self.begun.keys() - self.visible.keys()
                rows = await connection.fetch(SEEN, self.practice_id, missing) if missing else []
                now = time.perf_counter()
                for row in rows:
                    self.visible[row["mood_id"]] = now
                await asyncio.sleep(LOOK_EVERY_SECONDS)


async def round_trips(cairn: Cairn) -> list[float]:
    """Milliseconds from sending an INSERT with a NOTIFY until a listener hears of it."""
    heard: asyncio.Queue[float] = asyncio.Queue()
    listener = await cairn.connect()
    statement = f"WITH noted AS ({BARE_INSERT.format(table='plain')}) SELECT pg_notify($13, '')"
    taken = []
    try:
        await listener.add_listener(CHANNEL, lambda *_: heard.put_nowait(time.perf_counter()))
        async with cairn.pool.acquire() as connection:
            for _ in range(ROUND_TRIPS_PER_ROUND):
                one, now = drawn_id(), utc_now()
                row = (one, one, 1, "mood", one, "mood.logged.v1", bytes(230), "x", one, one)
                began = time.perf_counter()
                await connection.fetchval(statement, *row, now, now, CHANNEL)
                taken.append(1000 * (await heard.get() - began))
    finally:
        await listener.close()
    return taken
