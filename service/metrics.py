"""Numbers about the service, in Prometheus' text format; none of them is about a person."""

from collections.abc import Callable

import asyncpg
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from projections.queries import Views
from projections.safety_queries import count_flags
from service.in_time import in_time
from workers.outbox import read_overview

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
HEADS = (
    "SELECT count(*) AS practices, coalesce(sum(position), 0)::bigint AS events FROM practice_log"
)
# How long the numbers of the views, and of the outbox, are waited for.
PART_SECONDS = 5.0
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})
log = structlog.get_logger("cairn.metrics")


class Metrics:
    """One process's metrics. Labels are templates and codes, so there are only so many of them."""

    def __init__(
        self, *, streams_open: Callable[[], int], clock_difference: Callable[[], float]
    ) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter(
            "cairn_http_requests", "Requests answered.", labels, registry=self.registry
        )
        self._seconds = Histogram(
            "cairn_http_request_seconds",
            "How long requests took.",
            ("method", "route"),
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._commands = Counter(
            "cairn_commands",
            "Commands that were accepted, and whether they had been before.",
            ("repeated",),
            registry=self.registry,
        )
        self._events = Gauge(
            "cairn_log_events", "Events in the log, over all practices.", registry=self.registry
        )
        self._practices = Gauge(
            "cairn_log_practices", "Practices that have a log.", registry=self.registry
        )
        self._behind = Gauge(
            "cairn_view_events_behind",
            "Events that a view has not yet applied, over all practices.",
            ("view",),
            registry=self.registry,
        )
        self._set_aside = Gauge(
            "cairn_view_events_set_aside",
            "Events that a view can not show, over all practices: see `cairn doctor`.",
            ("view",),
            registry=self.registry,
        )
        self._flags = Gauge(
            "cairn_safety_flags",
            "Safety flags that wait for a person, over all practices.",
            ("state",),
            registry=self.registry,
        )
        self._oldest_flag = Gauge(
            "cairn_safety_flag_oldest_seconds",
            "How long the oldest of them has waited; 0 where there is none.",
            ("state",),
            registry=self.registry,
        )
        self._subscriptions = Gauge(
            "cairn_subscriptions",
            "Subscriptions, over all practices; disabled ones wait for a person.",
            ("stage",),
            registry=self.registry,
        )
        self._deliveries = Gauge(
            "cairn_deliveries",
            "Deliveries to webhooks that wait, or were given up (dead), over all practices.",
            ("stage",),
            registry=self.registry,
        )
        self._connections = Gauge(
            "cairn_database_connections",
            "Connections to the database in this process's pool.",
            ("state",),
            registry=self.registry,
        )
        Gauge(
            "cairn_streams_open",
            "Streams of server-sent events that are open.",
            registry=self.registry,
        ).set_function(streams_open)

        Gauge(
            "cairn_clock_difference_seconds",
            "How far this machine's clock is ahead of the database's.",
            registry=self.registry,
        ).set_function(clock_difference)

    def note_request(self, *, method: str, route: str, status: int, seconds: float | None) -> None:
        """One more; `seconds` is None where how long it took is somebody else's choice."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(known, route).observe(seconds)

    def note_command(self, *, repeated: bool) -> None:
        self._commands.labels("yes" if repeated else "no").inc()

    async def text(self, pool: asyncpg.Pool, views: Views) -> bytes:
        """Everything as of now; the log and the views are asked at this moment.

        What is read from the log does not wait for the views: where these do not answer, their
        numbers are left out.
        """
        row = await pool.fetchrow(HEADS)
        if row is not None:
            self._practices.set(row["practices"])
            self._events.set(row["events"])
        flags = await count_flags(views)
        self._flags.labels("open").set(flags.open)
        self._flags.labels("unacknowledged").set(flags.unacknowledged)
        self._oldest_flag.labels("open").set(flags.oldest_open_seconds)
        self._oldest_flag.labels("unacknowledged").set(flags.oldest_unacknowledged_seconds)
        for part, gauges in (
            (self._note_views(views), (self._behind, self._set_aside)),
            (self._note_outbox(pool), (self._subscriptions, self._deliveries)),
        ):
            try:
                await in_time(part, PART_SECONDS)
            except Exception as error:
                # Whatever they are waiting for, the count of flags is told.
                log.warning("numbers_left_out", exc_info=error)
                for gauge in gauges:
                    gauge.clear()
        self._connections.labels("idle").set(pool.get_idle_size())
        self._connections.labels("open").set(pool.get_size())
        return generate_latest(self.registry)

    async def _note_views(self, views: Views) -> None:
        for view, behind in (await views.lag()).items():
            self._behind.labels(view).set(behind)
        for view, events in (await views.set_aside()).items():
            self._set_aside.labels(view).set(events)

    async def _note_outbox(self, pool: asyncpg.Pool) -> None:
        told = await read_overview(pool)
        for stage in ("active", "paused", "disabled"):
            self._subscriptions.labels(stage).set(getattr(told, stage))
        for stage in ("waiting", "dead"):
            self._deliveries.labels(stage).set(getattr(told, stage))
