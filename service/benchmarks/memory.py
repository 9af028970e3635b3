"""How much memory each process takes: when nothing happens, and after a load.

The processes are started as `cairn up` starts them. PSS counts what processes share (Postgres'
buffers, the interpreter's code) once over all of them, so it may be added up; RSS counts it every
time. Both come from /proc: elsewhere than on Linux there is only RSS.
"""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from service.benchmarks.append import WRITERS
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import Figure, answer, figure
from service.benchmarks.http_load import load, request
from service.benchmarks.http_mood import Target, posts, prepared
from service.benchmarks.servers import PRODUCT, free_port, running
from service.ids import drawn_id
from service.settings import Settings
from service.wiring import utc_now

NAME: Final = "memory"
DESCRIPTION: Final = "memory of each process, idle and after a load"
KIB_PER_MIB: Final = 1024
SETTLE_SECONDS: Final = 3.0
PROC: Final = Path("/proc")


class MemorySizes(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that make the load: moods posted, and as many reads of timelines."""

    requests: int
    clients: int
    settle_seconds: float = SETTLE_SECONDS


SIZES: Final[Mapping[Scale, MemorySizes]] = MappingProxyType(
    {
        "full": MemorySizes(requests=20_000, clients=200),
        "quick": MemorySizes(requests=1_000, clients=50, settle_seconds=1.0),
        "tiny": MemorySizes(requests=64, clients=4, settle_seconds=0.2),
    }
)


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """MiB of one process, or of several together; None where the system does not tell."""

    rss: float
    pss: float | None
    processes: int = 1


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with bench.servers(redis=True) as servers:
        settings = msgspec.structs.replace(servers.settings, port=free_port())
        target = await prepared(settings, clients=sizes.clients)
        async with running(settings, PRODUCT, ready_at={"api": "/readyz"}) as children:
            pids = {
                name: child.process.pid
                for name, child in children.items()
                if child.process is not None
            }
            own = {"postgres": servers.postgres, "redis": servers.redis}
            pids |= {name: pid for name, pid in own.items() if pid is not None}
            await asyncio.sleep(sizes.settle_seconds)
            idle = {name: memory_of(pid) for name, pid in pids.items()}
            bench.say(f"{NAME}: {2 * sizes.requests} requests")
            for requests, status in (
                (posts(target, sizes.requests, None), 201),
                (reads(target, sizes.requests), 200),
            ):
                await load(
                    requests,
                    host=settings.host,
                    port=settings.port,
                    connections=WRITERS,
                    status=status,
                )
            await asyncio.sleep(sizes.settle_seconds)
            after = {name: memory_of(pid) for name, pid in pids.items()}
            await ask_for_a_slope(target, settings, settle_seconds=sizes.settle_seconds)
            sloped = {"api": memory_of(pids["api"])}
    notes = []
    if servers.postgres is None:
        notes.append("the Postgres is not ours: its memory was not looked at")
    figures = [*told("idle", idle), *told("after", after), *told("after a slope", sloped)[:1]]
    return answer(figures, sizes=sizes, notes=notes)


async def ask_for_a_slope(target: Target, settings: Settings, *, settle_seconds: float) -> None:
    """Five moods over three weeks, and their trend: SciPy is loaded for the first one only."""
    client_id = target.clients[0]
    headers = {"authorization": f"Bearer {target.token}"}
    moods = [
        request(
            "POST",
            f"/v1/clients/{client_id}/moods",
            {**headers, "idempotency-key": str(drawn_id())},
            msgspec.json.encode(
                {"rating": 2 + nth, "occurred_at": utc_now() - timedelta(days=20 - 4 * nth)}
            ),
        )
        for nth in range(5)
    ]
    trend = [request("GET", f"/v1/clients/{client_id}/trends/mood", headers)]
    for requests, status in ((moods, 201), (trend, 200)):
        await load(requests, host=settings.host, port=settings.port, connections=1, status=status)
        await asyncio.sleep(settle_seconds)


def told(when: str, measured: Mapping[str, Memory]) -> list[Figure]:
    """A figure for each process, and for all of them together where that can be added up."""
    figures = [
        figure(
            f"{name}, {when}",
            "MiB",
            [memory.rss if memory.pss is None else memory.pss],
            note=f"{'RSS' if memory.pss is None else 'PSS'} of {memory.processes} "
            f"process{'es' if memory.processes > 1 else ''}; RSS {memory.rss:.0f} MiB",
        )
        for name, memory in measured.items()
    ]
    shares = [memory.pss for memory in measured.values() if memory.pss is not None]
    if len(shares) == len(measured):
        figures.append(figure(f"everything, {when}", "MiB", [sum(shares)], note="PSS"))
    return figures


def reads(target: Target, count: int) -> list[bytes]:
    """Requests for the newest of a client's timeline."""
    headers = {"authorization": f"Bearer {target.token}"}
    return [
        request("GET", f"/v1/clients/{target.clients[nth % len(target.clients)]}/timeline", headers)
        for nth in range(count)
    ]


def memory_of(pid: int) -> Memory:
    """What a process and its children (Postgres' backends) take, together."""
    members = [one for one in map(shares_kib, [pid, *children_of(pid)]) if one is not None]
    pss = [one for _, one in members if one is not None]
    return Memory(
        rss=sum(one for one, _ in members) / KIB_PER_MIB,
        pss=sum(pss) / KIB_PER_MIB if len(pss) == len(members) else None,
        processes=len(members),
    )


def shares_kib(pid: int) -> tuple[int, int | None] | None:
    """RSS and PSS of one process; None for one that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        told = "" if PROC.exists() else ps("-o", "rss=", "-p", str(pid)).strip()
        return (int(told), None) if told else None
    kib = {
        name: int(rest.split()[0]) for name, _, rest in (one.partition(":") for one in lines[1:])
    }
    return kib["Rss"], kib["Pss"]


def children_of(pid: int) -> list[int]:
    """The children of a process."""
    if not PROC.exists():
        lines = [line.split() for line in ps("-e", "-o", "pid=,ppid=").splitlines()]
        return [int(one) for one, parent in lines if int(parent) == pid]
    found = []
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):  # It has just ended.
            # The name, in brackets, may hold anything; the state and the parent come after it.
            parent = (
                stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            )
            if int(parent) == pid:
                found.append(int(stat.parent.name))
    return found


def ps(*options: str) -> str:
    """What the system's own tool says, where there is no /proc."""
    asked: Sequence[str] = ["ps", *options]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
