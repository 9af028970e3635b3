"""Receivers that keep a record of what they have taken, when, and in which order."""

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from tests.workers.receivers import Receiver, Reply, request_from
from workers.envelope import CloudEvent

BACKLOG = 256
# After ten tries an event is given up: none here is that unlucky.
MOST_FAILURES = 8
# Reads the token of a position, which a receiver itself can not.
Opened = Callable[[str], int]
TAKEN, FAILED = Reply(status=204).in_bytes(), Reply(status=500).in_bytes()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was taken; `lag_seconds` since it was recorded. `token` is its position."""

    number: int
    token: str
    key: str
    lag_seconds: float


class Recording(Receiver):
    """Takes what comes; of so many of it, by chance, it says that it has failed.

    Half of those it has taken all the same: its answer is what went wrong.
    """

    def __init__(self, *, fails: float = 0.0, seed: int = 0) -> None:
        super().__init__(Reply())
        self.receipts: list[Receipt] = []
        self.failures: Counter[int] = Counter()
        self._fails = fails
        self._chance = random.Random(seed)

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        got = await request_from(reader)
        event = msgspec.json.decode(got.body, type=CloudEvent)
        number = event.data.number
        fails = self._chance.random() < self._fails and self.failures[number] < MOST_FAILURES
        self.failures[number] += fails
        if not fails or self._chance.random() < 0.5:
            self._take(event)
        writer.write(FAILED if fails else TAKEN)
        await writer.drain()
        return True

    def _take(self, event: CloudEvent) -> None:
        recorded_at: datetime = event.data.recorded_at
        self.receipts.append(
            Receipt(
                number=event.data.number,
                token=str(event.data.position),
                key=event.partitionkey,
                lag_seconds=time.time() - recorded_at.timestamp(),
            )
        )

    def firsts(self) -> list[Receipt]:
        """What was taken, each event where it came first."""
        return list({one.number: one for one in reversed(self.receipts)}.values())[::-1]

    def duplicates(self) -> int:
        return len(self.receipts) - len({one.number for one in self.receipts})

    def lags(self, opened: Opened, after: int, until: int | None = None) -> "Lags":
        """Of the events after one position, and up to another, where they came first."""
        seconds = [
            one.lag_seconds
            for one in self.firsts()
            if opened(one.token) > after and (until is None or opened(one.token) <= until)
        ]
        return Lags(
            events=len(seconds),
            median_ms=round(1000 * statistics.median(seconds), 1),
            p99_ms=round(1000 * statistics.quantiles(seconds, n=100)[98], 1),
            longest_ms=round(1000 * max(seconds), 1),
        )


class Lags(msgspec.Struct, frozen=True, kw_only=True):
    """How long after it was recorded an event arrived."""

    events: int
    median_ms: float
    p99_ms: float
    longest_ms: float


class Silent(Receiver):
    """Accepts every connection, and never says a word."""

    def __init__(self) -> None:
        super().__init__(Reply())
        self.asked = 0

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await request_from(reader)
        self.asked += 1
        await reader.read()  # Until the other side has had enough.
        return False


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[Receiver]:
    """The receiver at a port of its own, until the end of the block."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, backlog=BACKLOG)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        receiver.hang_up()
        await server.wait_closed()
        await receiver.all_gone()


def out_of_order(receipts: list[Receipt]) -> list[Receipt]:
    """Those that came first after a later one of their key had."""
    latest: Counter[str] = Counter()
    found = []
    for one in receipts:
        if one.number < latest[one.key]:
            found.append(one)
        latest[one.key] = max(latest[one.key], one.number)
    return found
