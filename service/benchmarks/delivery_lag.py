"""How soon a healthy receiver has an acknowledged event, alone and beside two that fail."""

import asyncio
from typing import Final
from uuid import UUID

import msgspec

from service.benchmarks.figures import Figure, beside, percentile
from service.benchmarks.latency import Watch, round_trips
from service.benchmarks.receiver import read_times
from service.benchmarks.servers import free_port
from service.benchmarks.subscribers import Silence, Subscribers
from service.settings import Settings

PER_SECOND: Final = 50
ASK_EVERY_SECONDS: Final = 0.1
SERVED_SECONDS: Final = 30.0
# The healthy receiver is not to be slowed by others: what is more than this is no chance.
MOST_SLOWED: Final = 1.25


class Lags(msgspec.Struct, frozen=True, kw_only=True):
    """One round, in milliseconds: alone, beside those that fail, and of a bare NOTIFY."""

    alone: list[float]
    among: list[float]
    notified: list[float]


class Lagging(Watch):
    """Appends moods at a steady rate, and asks a receiver afterwards when it heard of each."""

    def __init__(
        self, subscribers: Subscribers, practice_id: UUID, clients: list[UUID], receiver: Settings
    ) -> None:
        super().__init__(subscribers.cairn, practice_id, clients)
        self.subscribers = subscribers
        self.receiver = receiver
        self.path = ""

    async def measure(self, events: int, silence: Silence, *, nth: int) -> Lags:
        """Half of them alone, all of them beside those that fail, and the other half alone.

        So a machine that becomes slower from one minute to the next is as slow for both.
        """
        self.path = f"/lag-{nth}"
        host, port = self.receiver.host, self.receiver.port
        healthy = await self._subscribe(f"http://{host}:{port}{self.path}")
        notified = await round_trips(self.cairn)
        before = await self._lag(-(-events // 2), seed=3 * nth)
        failing = [
            await self._subscribe(f"http://{host}:{its_port}/never")
            for its_port in (silence.port, free_port())
        ]
        among = await self._lag(events, seed=3 * nth + 1)
        silence.hang_up()  # So that nobody waits for its answers to the end.
        for subject in failing:
            await self.subscribers.end(subject, seconds=SERVED_SECONDS)
        after = await self._lag(events // 2, seed=3 * nth + 2)
        await self.subscribers.end(healthy, seconds=SERVED_SECONDS)
        return Lags(alone=[*before, *after], among=among, notified=notified)

    async def _lag(self, events: int, *, seed: int) -> list[float]:
        acknowledged, _ = await self.follow(events, seed=seed, per_second=PER_SECOND)
        return acknowledged

    async def _subscribe(self, url: str) -> tuple[UUID, UUID]:
        head = await self.cairn.store.head(self.practice_id)
        subject = await self.subscribers.add(self.practice_id, url, after=head)
        await self.subscribers.until_served(subject, seconds=SERVED_SECONDS)
        return subject

    async def look(self, events: int) -> None:
        """The receiver notes by itself when an event came: it is left in peace meanwhile."""
        while len(self.acknowledged) < events or len(self.visible) < events:
            await asyncio.sleep(ASK_EVERY_SECONDS)
            if len(self.acknowledged) == events:
                times = await read_times(self.receiver, self.path)
                self.visible = {one: at for one, at in times.items() if one in self.acknowledged}


def figures(rounds: list[Lags]) -> list[Figure]:
    told = []
    for called, percent in (("median", 50), ("99 of 100", 99)):
        alone = [percentile(one.alone, percent) for one in rounds]
        told += [
            beside(
                f"acknowledged until received, alone, {called}",
                "ms",
                alone,
                [percentile(one.notified, percent) for one in rounds],
                limit_name=f"INSERT with NOTIFY, until it is heard, {called}",
                required_of="value",
            ),
            beside(
                f"the same beside two that fail, {called}",
                "ms",
                [percentile(one.among, percent) for one in rounds],
                alone,
                limit_name=f"alone, {called}",
                at_most=MOST_SLOWED if percent == 50 else None,
            ),
        ]
    return told
