"""What an append, two reads and a deadline sweep cost in a small practice and in a large one.

Two practices of the same clients' shape, each in a database of its own on one server: one of some
10,000 events with 1,000 goals, one of a million with 100,000. They are measured in turns, so that
what else happens on the machine falls on both. What is read are the goals of as many clients in
both, chosen from everywhere in the log, so that both find them in memory; reading any goal of the
large one at random, mostly for the first time, is told as well. The sweeps find the same number of
deadlines passed.
"""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from projections import goal_status_fold
from projections.rebuild import rebuild
from projections.runner import Projector
from service.benchmarks.append import WRITERS, Sides
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import Figure, answer, beside
from service.benchmarks.filling import fill, open_practice
from service.benchmarks.histories import Person, Shape, people
from service.benchmarks.servers import tidy
from service.settings import Settings
from service.wiring import Cairn, utc_now
from workers.deadlines import sweep_deadlines

NAME: Final = "size"
DESCRIPTION: Final = "what things cost in a practice of 10,000 events and in one of 1,000,000"
SHAPE: Final = Shape(goals=25, days=54)
CONNECTIONS: Final = 8
READERS: Final = 4
AT_MOST: Final = 1.3
# Histories end so long ago that every day on which a deadline passes has already been.
QUIET_DAYS: Final = 120
FAR_DAYS: Final = (1_000, 1_500)


class SizeSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Clients of the small and of the large practice, each with some 250 events and 25 goals."""

    rounds: int
    small_clients: int
    large_clients: int
    shape: Shape = SHAPE
    appends: int = 512
    appends_alone: int = 100
    reads: int = 1_000
    due: int = 50


SIZES: Final[Mapping[Scale, SizeSizes]] = MappingProxyType(
    {
        "full": SizeSizes(rounds=7, small_clients=40, large_clients=4_050),
        "quick": SizeSizes(rounds=3, small_clients=10, large_clients=100, reads=200, due=20),
        "tiny": SizeSizes(
            rounds=3, small_clients=2, large_clients=4, shape=Shape(goals=4, days=8),
            appends=32, appends_alone=4, reads=4, due=1,
        ),
    }
)  # fmt: skip


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with bench.servers() as servers, AsyncExitStack() as stack:
        began_at = utc_now() - timedelta(days=QUIET_DAYS)
        pair: list[Measured] = []
        for name, clients, settings, seed in (
            ("small", sizes.small_clients, servers.beside or servers.settings, 4),
            ("large", sizes.large_clients, servers.settings, 5),
        ):
            cairn = await stack.enter_async_context(Cairn.open(settings, connections=CONNECTIONS))
            everybody = people(clients, sizes.shape, now=began_at, seed=seed)
            make_due(everybody, sizes, offset=len(pair))
            pair.append(await filled(bench, name, cairn, settings, everybody, sizes))
        small, large = pair
        times = await measure(bench, small, large, sizes, began_at)
    return answer(
        figures(times),
        sizes=sizes,
        notes=[
            *(f"{one.name}: {one.head} events, {len(one.everybody)} clients, "
              f"{sizes.shape.goals * len(one.everybody)} goals" for one in pair),
            f"each sweep records {sizes.due} missed deadlines",
            *([] if servers.beside else ["both practices lie in the one database given"]),
        ],
    )  # fmt: skip


def working_set(everybody: Sequence[Person], sizes: SizeSizes) -> Sequence[Person]:
    """As many clients as the small practice has, from everywhere in the log."""
    return everybody[:: len(everybody) // sizes.small_clients][: sizes.small_clients]


def sweep_day(nth: int, offset: int) -> int:
    """The day, counted from the end of the histories, whose deadlines a sweep is the first to find.

    The two practices take turns, three days apart, and a sweep comes two days later: there is no
    zone in which a day is not over by then.
    """
    return 10 + 6 * nth + 3 * offset


def make_due(everybody: Sequence[Person], sizes: SizeSizes, *, offset: int) -> None:
    """Give every goal a deadline far away, but so many for each sweep."""
    chance = random.Random(offset)  # noqa: S311 - the same deadlines every time
    for person in everybody:
        person.due_in_days = [chance.randint(*FAR_DAYS) for _ in person.due_in_days]
    chosen = working_set(everybody, sizes)
    for nth in range((sizes.rounds + 1) * sizes.due):
        person = chosen[nth % len(chosen)]
        goal = nth // len(chosen) % sizes.shape.goals
        # Histories end two days after their last entry, and revising adds a day.
        days = sizes.shape.days + 1 + sweep_day(nth // sizes.due, offset)
        person.due_in_days[goal] = days


async def filled(
    bench: Bench,
    name: str,
    cairn: Cairn,
    settings: Settings,
    everybody: Sequence[Person],
    sizes: SizeSizes,
) -> "Measured":
    """Append everybody's history and build the one view that is read."""
    began = time.perf_counter()
    practice_id = await open_practice(cairn.store)
    with bench.progress(f"fill the {name} practice") as show:
        head = await fill(cairn.store, practice_id, everybody, show)
    seconds = time.perf_counter() - began
    bench.say(f"{NAME}: {name} practice, {head} events in {seconds:.0f} s")
    with bench.progress(f"build goal_status of the {name} one") as show:
        await rebuild(cairn.pool, cairn.keyring, "goal_status", show)
    await tidy(settings)
    return Measured(name, cairn, practice_id, everybody, head, sizes)


Times = dict[str, tuple[list[float], list[float]]]


async def measure(
    bench: Bench, small: "Measured", large: "Measured", sizes: SizeSizes, began_at: datetime
) -> Times:
    """Seconds per thing done, round by round, in the small practice and in the large one."""
    for one in (small, large):
        await one.side.learn_body()
    times: Times = {}
    with bench.progress("size", total=sizes.rounds) as show:
        for nth in range(sizes.rounds + 1):
            for name in small.doings():
                # The one that goes first changes, so that going first is no advantage.
                for one in (small, large) if nth % 2 else (large, small):
                    taken = await timed(one.doings()[name])
                    if nth:  # The first round warms up.
                        times.setdefault(name, ([], []))[one is large].append(taken)
            for offset, one in enumerate((small, large)):
                now = began_at + timedelta(days=sweep_day(nth, offset) + 2)
                taken = await timed(one.sweep(now))
                # A sweep goes over all practices: where both lie in one database, over both.
                for other in (small, large):
                    await other.projector.catch_up(other.practice_id)
                idle = await timed(one.sweep_nothing(now))
                if nth:
                    times.setdefault("sweep", ([], []))[offset].append(taken)
                    times.setdefault("nothing", ([], []))[offset].append(idle)
            show(nth, None)
    return times


async def timed(doing: Callable[[], Awaitable[int]]) -> float:
    """Seconds for each thing done; answers how many there were."""
    gc.collect()
    began = time.perf_counter()
    done = await doing()
    return (time.perf_counter() - began) / done


def figures(times: Times) -> list[Figure]:
    told = []
    for name, said, at_most in (
        ("append", "append, 32 writers", AT_MOST),
        ("alone", "append, one writer", AT_MOST),
        ("status", "goal status", AT_MOST),
        ("history", "goal history", AT_MOST),
        ("any status", "goal status, any goal", None),
        ("any history", "goal history, any goal", None),
        ("sweep", "deadline sweep, a deadline", AT_MOST),
        ("nothing", "deadline sweep, nothing due", None),
    ):
        small, large = times[name]
        told.append(
            beside(
                said,
                "ms",
                [1000 * one for one in large],
                [1000 * one for one in small],
                limit_name="in the small practice",
                at_most=at_most,
            )
        )
    return told


class Measured:
    """One practice, and what is timed in it: each thing answers how often it was done."""

    def __init__(
        self,
        name: str,
        cairn: Cairn,
        practice_id: UUID,
        everybody: Sequence[Person],
        head: int,
        sizes: SizeSizes,
    ) -> None:
        self.name = name
        self.cairn = cairn
        self.practice_id = practice_id
        self.everybody = everybody
        self.head = head
        self.sizes = sizes
        self.side = Sides(cairn, practice_id, everybody[0].client_id)
        self.chance = random.Random(len(everybody))  # noqa: S311 - the same goals every time
        self.projector = Projector(
            cairn.pool, cairn.keyring, cairn.connect, projections=[goal_status_fold.projection]
        )

    def doings(self) -> dict[str, Callable[[], Awaitable[int]]]:
        near = [
            goal for person in working_set(self.everybody, self.sizes) for goal in person.goal_ids
        ]
        return {
            "append": self.append(self.sizes.appends, WRITERS),
            "alone": self.append(self.sizes.appends_alone, 1),
            "status": self.read_status(lambda: self.chance.choice(near)),
            "history": self.read_history(lambda: self.chance.choice(near)),
            "any status": self.read_status(self.any_goal),
            "any history": self.read_history(self.any_goal),
        }

    def any_goal(self) -> UUID:
        return self.chance.choice(self.chance.choice(self.everybody).goal_ids)

    def append(self, count: int, writers: int) -> Callable[[], Awaitable[int]]:
        async def doing() -> int:
            await self.side.store(count, writers)
            return count

        return doing

    def read_status(self, choose: Callable[[], UUID]) -> Callable[[], Awaitable[int]]:
        return self.read(lambda: self.cairn.views.goal(self.practice_id, choose()))

    def read_history(self, choose: Callable[[], UUID]) -> Callable[[], Awaitable[int]]:
        return self.read(lambda: self.cairn.views.history(self.practice_id, choose()))

    def read(self, look: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[int]]:
        """Several at once: then what is timed is work, and not how soon a processor wakes up."""

        async def some(count: int) -> None:
            for _ in range(count):
                if not await look():
                    raise AssertionError("a goal that is there was not found")

        async def doing() -> int:
            each = self.sizes.reads // READERS
            await asyncio.gather(*(some(each) for _ in range(READERS)))
            return each * READERS

        return doing

    def sweep(self, now: datetime) -> Callable[[], Awaitable[int]]:
        """What the worker does when some deadlines have passed: records what came of each."""

        async def doing() -> int:
            counts = await sweep_deadlines(self.cairn, now)
            recorded = sum(
                counts.get(outcome, 0) for outcome in ("missed", "reached", "target_met")
            )
            if recorded != self.sizes.due:
                raise AssertionError(f"{self.sizes.due} deadlines had passed, not {counts}")
            return recorded

        return doing

    def sweep_nothing(self, now: datetime) -> Callable[[], Awaitable[int]]:
        """The same once more, when nothing is due."""

        async def doing() -> int:
            counts = await sweep_deadlines(self.cairn, now)
            if any(counts.values()):
                raise AssertionError(f"nothing was due any more, but {counts}")
            return 1

        return doing
