"""Numbers that a process tells of itself, in Prometheus' text format; none is about a person.

Each process has a registry of its own: the API tells it at /metrics, the projector and the worker
where CAIRN_METRICS says (service/metrics_listener.py).
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import asyncpg
import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from projections.queries import Views
from projections.runner import Projector
from service.in_time import in_time

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# How long each part of the numbers is waited for.
PART_SECONDS = 5.0
log = structlog.get_logger("cairn.metrics")


class ProcessMetrics:
    """What every process tells: its memory, its files, its connections, its clock.

    The numbers are read part by part, side by side. A part that does not come in time is left out
    and named (`cairn_numbers_missing`): no part waits for another.
    """

    def __init__(self, *, pool: asyncpg.Pool, clock_difference: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        self._pool = pool
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._parts: dict[str, tuple[Callable[[], Awaitable[None]], Sequence[Gauge]]] = {}
        self._connections = self.gauge(
            "cairn_database_connections",
            "Connections to the database in this process's pool.",
            "state",
        )
        self._missing = self.gauge(
            "cairn_numbers_missing",
            "1 where a part of these numbers could not be read, and is left out.",
            "part",
        )
        self.gauge(
            "cairn_clock_difference_seconds",
            "How far this machine's clock is ahead of the database's.",
        ).set_function(clock_difference)

    def gauge(self, name: str, told: str, *labels: str) -> Gauge:
        """A gauge of this process."""
        return Gauge(name, told, labels, registry=self.registry)

    def add_part(self, name: str, read: Callable[[], Awaitable[None]], *gauges: Gauge) -> None:
        """Numbers that `read` sets; they are left out where it fails."""
        self._parts[name] = read, gauges

    async def text(self) -> bytes:
        """Everything as of now; the log and the views are asked at this moment."""
        return await self.encoded()

    async def encoded(self, *, read: bool = True) -> bytes:
        """The text; unless `read`, the parts that have to be read are left out."""
        await asyncio.gather(*(self._take(part, read=read) for part in self._parts))
        self._connections.labels("idle").set(self._pool.get_idle_size())
        self._connections.labels("open").set(self._pool.get_size())
        return generate_latest(self.registry)

    async def _take(self, part: str, *, read: bool) -> None:
        reading, gauges = self._parts[part]
        is_missing = not read
        if read:
            try:
                await in_time(reading(), PART_SECONDS)
            except Exception as error:
                log.warning("numbers_left_out", what=part, exc_info=error)
                is_missing = True
        if is_missing:
            for gauge in gauges:
                forget(gauge)
        self._missing.labels(part).set(is_missing)


def forget(gauge: Gauge) -> None:
    """Tell the number no more: an old one would pass for a new one."""
    if gauge._labelnames:  # noqa: SLF001 - the library has no other way to ask
        gauge.clear()
    else:
        gauge.set(math.nan)


def add_views(metrics: ProcessMetrics, views: Views) -> None:
    """How far each view is behind, and what it has set aside."""
    behind = metrics.gauge(
        "cairn_view_events_behind",
        "Events that a view has not yet applied, over all practices.",
        "view",
    )
    set_aside = metrics.gauge(
        "cairn_view_events_set_aside",
        "Events that a view can not show, over all practices: see `cairn doctor`.",
        "view",
    )

    async def read() -> None:
        for view, events in (await views.lag()).items():
            behind.labels(view).set(events)
        for view, events in (await views.set_aside()).items():
            set_aside.labels(view).set(events)

    metrics.add_part("views", read, behind, set_aside)


class ProjectorMetrics(ProcessMetrics):
    """What a projector tells: how far the views are, and how much it has applied itself."""

    def __init__(
        self,
        projector: Projector,
        *,
        pool: asyncpg.Pool,
        views: Views,
        clock_difference: Callable[[], float],
    ) -> None:
        super().__init__(pool=pool, clock_difference=clock_difference)
        self._projector = projector
        self._told = 0
        self._applied = Counter(
            "cairn_projector_events_applied",
            "Events that this projector has applied to the views.",
            registry=self.registry,
        )
        add_views(self, views)

    async def text(self) -> bytes:
        applied = self._projector.applied
        self._applied.inc(applied - self._told)
        self._told = applied
        return await super().text()


class WorkerMetrics(ProcessMetrics):
    """What a worker tells: how long ago its sweeps ended, and what came of them."""

    def __init__(
        self,
        ages: Callable[[], Mapping[str, float]],
        *,
        pool: asyncpg.Pool,
        clock_difference: Callable[[], float],
    ) -> None:
        super().__init__(pool=pool, clock_difference=clock_difference)
        self._ages = ages
        self._age = self.gauge(
            "cairn_sweep_age_seconds",
            "How long ago this worker last ended a sweep; before its first, since its start.",
            "sweep",
        )
        self._outcomes = Counter(
            "cairn_sweep_outcomes",
            "What came of this worker's sweeps: for how many goals, sessions or flags.",
            ("sweep", "outcome"),
            registry=self.registry,
        )

    def note_sweep(self, sweep: str, counts: Mapping[str, int]) -> None:
        """A sweep has ended."""
        for outcome, count in counts.items():
            self._outcomes.labels(sweep, outcome).inc(count)

    async def text(self) -> bytes:
        for sweep, seconds in self._ages().items():
            self._age.labels(sweep).set(seconds)
        return await super().text()
