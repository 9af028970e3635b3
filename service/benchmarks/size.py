"""What an append, two reads and a deadline sweep cost in a small practice and in a large one.

Two practices of the same clients' shape, each in a database of its own on one server: one of some
10,000 events with 1,000 goals, one of a million with 100,000. They are measured in turns, so that
what else happens on the machine falls on both. What is read are the goals of as many clients in
both, chosen from everywhere in the log, so that both find them in memory; reading any goal of the
large one at random, mostly for the first time, is told as well. The sweeps find the same number of
deadlines passed.
"""

import gc
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from projections.rebuild import rebuild
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.costs import Measured, SizeSizes, working_set
from service.benchmarks.figures import Figure, answer, beside
from service.benchmarks.filling import fill, open_practice
from service.benchmarks.histories import Person, Shape, people
from service.benchmarks.servers import tidy
from service.settings import Settings
from service.wiring import Cairn, utc_now

NAME: Final = "size"
DESCRIPTION: Final = "what things cost in a practice of 10,000 events and in one of 1,000,000"
CONNECTIONS: Final = 8
AT_MOST: Final = 1.3
# Histories end so long ago that every day on which a deadline passes has already been.
QUIET_DAYS: Final = 120
FAR_DAYS: Final = (1_000, 1_500)

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
        with people_set_aside():
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
) -> Measured:
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
    bench: Bench, small: Measured, large: Measured, sizes: SizeSizes, began_at: datetime
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
                    taken = await one.doings()[name]()
                    if nth:  # The first round warms up.
                        times.setdefault(name, ([], []))[one is large].append(taken)
            for offset, one in enumerate((small, large)):
                now = began_at + timedelta(days=sweep_day(nth, offset) + 2)
                taken = await one.sweep(now)
                # A sweep goes over all practices: where both lie in one database, over both.
                for other in (small, large):
                    await other.projector.catch_up(other.practice_id)
                idle = await one.sweep_nothing(now)
                if nth:
                    times.setdefault("sweep", ([], []))[offset].append(taken)
                    times.setdefault("nothing", ([], []))[offset].append(idle)
            show(nth, None)
    return times


@contextmanager
def people_set_aside() -> Iterator[None]:
    """Nobody collects the garbage of what was needed for filling, of which there is much."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


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
