"""What single things cost in one practice: an append, a read, a sweep, each in seconds."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from projections import goal_status_fold
from projections.runner import Projector
from service.benchmarks.append import WRITERS, Sides
from service.benchmarks.histories import Person, Shape
from service.wiring import Cairn
from workers.deadlines import sweep_deadlines

READERS: Final = 4
SHAPE: Final = Shape(goals=25, days=54)


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


def working_set(everybody: Sequence[Person], sizes: SizeSizes) -> Sequence[Person]:
    """As many clients as the small practice has, from everywhere in the log."""
    return everybody[:: len(everybody) // sizes.small_clients][: sizes.small_clients]


async def timed(doing: Callable[[], Awaitable[int]]) -> float:
    """Seconds for each thing done; `doing` answers how many there were."""
    gc.collect()
    began = time.perf_counter()
    done = await doing()
    return (time.perf_counter() - began) / done


class Measured:
    """One practice, and what is timed in it: each thing answers its seconds, for one of them."""

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

    def doings(self) -> dict[str, Callable[[], Awaitable[float]]]:
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

    def append(self, count: int, writers: int) -> Callable[[], Awaitable[float]]:
        async def doing() -> float:
            return 1 / await self.side.store(count, writers)

        return doing

    def read_status(self, choose: Callable[[], UUID]) -> Callable[[], Awaitable[float]]:
        return self.read(lambda: self.cairn.views.goal(self.practice_id, choose()))

    def read_history(self, choose: Callable[[], UUID]) -> Callable[[], Awaitable[float]]:
        return self.read(lambda: self.cairn.views.history(self.practice_id, choose()))

    def read(self, look: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[float]]:
        """Several at once: then what is timed is work, and not how soon a processor wakes up."""

        async def some(count: int) -> None:
            for _ in range(count):
                if not await look():
                    raise AssertionError("a goal that is there was not found")

        async def doing() -> int:
            each = self.sizes.reads // READERS
            await asyncio.gather(*(some(each) for _ in range(READERS)))
            return each * READERS

        return lambda: timed(doing)

    async def sweep(self, now: datetime) -> float:
        """What the worker does when some deadlines have passed: records what came of each."""

        async def doing() -> int:
            counts = await sweep_deadlines(self.cairn, now)
            recorded = sum(
                counts.get(outcome, 0) for outcome in ("missed", "reached", "target_met")
            )
            if recorded != self.sizes.due:
                raise AssertionError(f"{self.sizes.due} deadlines had passed, not {counts}")
            return recorded

        return await timed(doing)

    async def sweep_nothing(self, now: datetime) -> float:
        """The same once more, when nothing is due."""

        async def doing() -> int:
            counts = await sweep_deadlines(self.cairn, now)
            if any(counts.values()):
                raise AssertionError(f"nothing was due any more, but {counts}")
            return 1

        return await timed(doing)
