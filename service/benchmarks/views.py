"""Views: how fast they catch up with a log, and how fast they are built anew.

The log is that of a practice whose clients record moods, check-ins and assessments for months and
revise their goals. Catching up is what the projector does, from the first event on; rebuilding is
what `cairn rebuild` does. Beside both: reading the same log in the same batches and opening every
body, which no view can do without.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.feed import read_batch
from projections.rebuild import rebuild
from projections.runner import BATCH_EVENTS, Projector
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import Figure, answer, beside, figure
from service.benchmarks.filling import fill, open_practice
from service.benchmarks.histories import Shape, people
from service.wiring import Cairn, utc_now

NAME: Final = "views"
DESCRIPTION: Final = "views catching up with a log, and being rebuilt from it"
SHAPE: Final = Shape(goals=3, days=160)
MAIN_VIEWS: Final = ("goal_status", "mood_trend", "assessment_trend", "caseload")
CONNECTIONS: Final = 8


class ViewSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many clients, each with some 320 events."""

    rounds: int
    clients: int
    shape: Shape = SHAPE


SIZES: Final[Mapping[Scale, ViewSizes]] = MappingProxyType(
    {
        "full": ViewSizes(rounds=3, clients=400),
        "quick": ViewSizes(rounds=3, clients=20),
        "tiny": ViewSizes(rounds=3, clients=2, shape=Shape(goals=3, days=30)),
    }
)


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        asyncpg.create_pool(servers.settings.owner_database_url, min_size=0, max_size=1) as owner,
        Cairn.open(servers.settings, connections=CONNECTIONS) as cairn,
    ):
        practice_id = await open_practice(cairn.store)
        everybody = people(sizes.clients, sizes.shape, now=utc_now(), seed=2)
        with bench.progress("fill the log") as show:
            head = await fill(cairn.store, practice_id, everybody, show)
        bench.say(f"{NAME}: {head} events of {sizes.clients} clients")
        figures = await measure(bench, Measured(cairn, owner, practice_id, head), sizes)
    return answer(
        figures,
        sizes=sizes,
        notes=[f"{head} events; catching up in batches of {BATCH_EVENTS}, all in one process"],
    )


async def measure(bench: Bench, measured: "Measured", sizes: ViewSizes) -> list[Figure]:
    main, every = measured.catch_up(MAIN_VIEWS), measured.catch_up(VIEW_NAMES)
    doings: dict[str, Callable[[], Awaitable[float]]] = {
        "read": measured.read,
        "four": main,
        "every": every,
        **{f"rebuild {view}": measured.rebuild(view) for view in VIEW_NAMES},
        "rebuild": measured.rebuild(None),
    }
    rates: dict[str, list[float]] = {}
    with bench.progress("views", total=sizes.rounds * len(doings)) as show:
        for _ in range(sizes.rounds):
            for name, doing in doings.items():
                rates.setdefault(name, []).append(await doing())
                show(sum(map(len, rates.values())), None)
    read, limit = rates["read"], "reading and opening every event"
    rebuilt = [
        figure(f"rebuild {view}", "events/s", rates[f"rebuild {view}"], at_least=40_000)
        for view in VIEW_NAMES
    ]
    return [
        figure(limit, "events/s", read),
        beside(
            "catch up, four views", "events/s", rates["four"], read, limit_name=limit,
            at_least=20_000, required_of="value",
        ),
        beside("catch up, every view", "events/s", rates["every"], read, limit_name=limit),
        *rebuilt,
        figure("rebuild all at once", "events/s", rates["rebuild"], at_least=40_000),
    ]  # fmt: skip


class Measured:
    """The things to be timed, each an awaitable that answers events per second.

    Only the `owner` of the tables may empty them at a stroke.
    """

    def __init__(self, cairn: Cairn, owner: asyncpg.Pool, practice_id: UUID, head: int) -> None:
        self.cairn = cairn
        self.owner = owner
        self.practice_id = practice_id
        self.head = head

    async def read(self) -> float:
        """Read the log in the projector's batches and open every body."""
        types = frozenset[str]().union(*(one.types for one in PROJECTIONS))
        began, after = time.perf_counter(), 0
        async with self.cairn.pool.acquire() as connection:
            while after < self.head:
                batch = await read_batch(
                    connection,
                    self.cairn.keyring,
                    self.practice_id,
                    after=after,
                    limit=BATCH_EVENTS,
                    types=types,
                )
                after = batch.reached
        return self.head / (time.perf_counter() - began)

    def catch_up(self, views: tuple[str, ...]) -> Callable[[], Awaitable[float]]:
        """Empty the views, then let the projector bring them to the end of the log."""
        cairn, practice_id = self.cairn, self.practice_id
        chosen = [one for one in PROJECTIONS if one.name in views]

        async def doing() -> float:
            await self.empty()
            projector = Projector(cairn.pool, cairn.keyring, cairn.connect, projections=chosen)
            began = time.perf_counter()
            await projector.catch_up(practice_id)
            seconds = time.perf_counter() - began
            await self.require_head(views)
            return self.head / seconds

        return doing

    def rebuild(self, view: str | None) -> Callable[[], Awaitable[float]]:
        """Build one view, or all, beside what is there, and swap."""

        async def doing() -> float:
            began = time.perf_counter()
            rebuilt = await rebuild(
                self.cairn.pool, self.cairn.keyring, view, lambda _done, _of: None
            )
            seconds = time.perf_counter() - began
            await self.require_head(VIEW_NAMES if view is None else (view,))
            return rebuilt.events / seconds

        return doing

    async def empty(self) -> None:
        """As it is before the projector has ever run; the space of the old rows is given back."""
        tables = ", ".join(f"views.{name}" for name in (*VIEW_NAMES, "checkpoint"))
        await self.owner.execute(f"TRUNCATE {tables}")

    async def require_head(self, views: tuple[str, ...]) -> None:
        if not await self.cairn.views.wait_for(self.practice_id, self.head, views, seconds=0):
            raise AssertionError(f"{views} have not come to position {self.head}")
