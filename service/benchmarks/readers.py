"""How much memory readers of a stream take who are told nothing, and how soon all of them hear.

The API runs as `cairn serve` runs it. The readers are connections of this process, each with a
token of its own, and follow the same practice; RSS is what the API's process takes.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from service.auth import issue_token
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import answer, figure
from service.benchmarks.filling import cause, open_practice
from service.benchmarks.histories import Shape, people
from service.benchmarks.latency import Watch
from service.benchmarks.memory import KIB_PER_MIB, memory_of
from service.benchmarks.servers import PRODUCT, free_port, running
from service.benchmarks.stream_lines import StreamLine, open_stream
from service.settings import Settings
from service.wiring import Cairn, utc_now

NAME: Final = "readers"
DESCRIPTION: Final = "memory of readers of a stream, and how soon all of them are told"
HEAR_SECONDS: Final = 30.0


class ReaderSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Readers, and events that each of them is told, one after the other."""

    readers: int
    events: int
    settle_seconds: float


SIZES: Final[Mapping[Scale, ReaderSizes]] = MappingProxyType(
    {
        "full": ReaderSizes(readers=500, events=50, settle_seconds=5.0),
        "quick": ReaderSizes(readers=200, events=10, settle_seconds=1.0),
        "tiny": ReaderSizes(readers=12, events=2, settle_seconds=0.1),
    }
)


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        Cairn.open(servers.settings, connections=2) as cairn,
    ):
        api = msgspec.structs.replace(servers.settings, port=free_port())
        practice_id = await open_practice(cairn.store)
        (person,) = people(1, Shape(goals=0, days=1), now=utc_now(), seed=6)
        await cairn.store.append(practice_id, [person.enrolment()], cause=cause())
        watch = Watch(cairn, practice_id, [person.client_id])
        async with running(api, {"api": PRODUCT["api"]}, ready_at={"api": "/readyz"}) as children:
            process = children["api"].process
            pid = 0 if process is None else process.pid
            with ExitStack() as open_lines:
                # What the first of them loads is no reader's.
                first = await opened(1, cairn, practice_id, api, open_lines)
                await hear(watch, person.client_id, first)
                await asyncio.sleep(sizes.settle_seconds)
                without = memory_of(pid).rss
                lines = await opened(sizes.readers, cairn, practice_id, api, open_lines)
                await asyncio.sleep(sizes.settle_seconds)
                idle = memory_of(pid).rss
                heard = [await hear(watch, person.client_id, lines) for _ in range(sizes.events)]
                await asyncio.sleep(sizes.settle_seconds)
                after = memory_of(pid).rss
    each = f"one of {sizes.readers} readers"
    per_reader = KIB_PER_MIB / sizes.readers
    return answer(
        [
            figure("api without readers", "MiB", [without], note="RSS"),
            figure("api with readers, idle", "MiB", [idle], note="RSS"),
            figure("a reader, idle", "KiB", [max(0.0, idle - without) * per_reader], note=each),
            figure(
                "a reader, once told", "KiB", [max(0.0, after - without) * per_reader], note=each
            ),
            figure(
                "begun until the last reader has it", "ms", heard, note=f"{sizes.readers} readers"
            ),
        ],
        sizes=sizes,
    )


async def opened(
    count: int, cairn: Cairn, practice_id: UUID, api: Settings, open_lines: ExitStack
) -> list[StreamLine]:
    """So many readers, each of a subject of its own, who have read all there is."""
    secret = cairn.master.derive("tokens")
    head = await cairn.store.head(practice_id)
    lines = []
    for nth in range(count):
        token = issue_token(
            secret, practice_id=practice_id, role="auditor", subject=f"reader-{count}-{nth}"
        )
        line = await open_stream(api.host, api.port, token, after=head)
        open_lines.callback(line.hang_up)
        lines.append(line)
    return lines


async def hear(watch: Watch, client_id: UUID, lines: list[StreamLine]) -> float:
    """Milliseconds from the begin of an append until the last of the readers has heard of it."""
    watch.begun.clear()
    async with asyncio.timeout(HEAR_SECONDS):
        await watch.append(client_id)
        (mood_id, began) = next(iter(watch.begun.items()))
        for line in lines:
            await line.has(mood_id)
    return 1000 * (max(line.came[mood_id] for line in lines) - began)
