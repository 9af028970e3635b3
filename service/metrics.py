"""The numbers of the API process: its own, and those of the whole installation."""

import math
from collections.abc import Callable
from typing import get_args

import asyncpg
from prometheus_client import Counter, Histogram

from projections.degraded import WHATS, read_processes
from projections.queries import Views
from projections.safety_queries import count_flags
from service.health import DatabaseState, Health
from service.process_metrics import ProcessMetrics, add_views
from workers.outbox import StageLag, read_overview

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
HEADS = (
    "SELECT count(*) AS practices, coalesce(sum(position), 0)::bigint AS events,"
    " pg_database_size(current_database()) AS bytes FROM practice_log"
)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})


class Metrics(ProcessMetrics):
    """An API's metrics. Labels are templates and codes, so there are only so many of them."""

    def __init__(
        self,
        *,
        pool: asyncpg.Pool,
        views: Views,
        health: Health,
        streams_open: Callable[[], int],
        clock_difference: Callable[[], float],
    ) -> None:
        super().__init__(pool=pool, clock_difference=clock_difference)
        self._views = views
        self._health = health
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
        self._events = self.gauge("cairn_log_events", "Events in the log, over all practices.")
        self._practices = self.gauge("cairn_log_practices", "Practices that have a log.")
        self._bytes = self.gauge("cairn_database_bytes", "How large the database is.")
        self._flags = self.gauge(
            "cairn_safety_flags",
            "Safety flags that wait for a person, over all practices. Of those that nobody has "
            "acknowledged, nobody_on_duty are in practices whose duty list is empty.",
            "state",
        )
        self._oldest_flag = self.gauge(
            "cairn_safety_flag_oldest_seconds",
            "How long the oldest of them has waited; 0 where there is none.",
            "state",
        )
        self._subscriptions = self.gauge(
            "cairn_subscriptions",
            "Subscriptions, over all practices; disabled ones wait for a person.",
            "stage",
        )
        self._deliveries = self.gauge(
            "cairn_deliveries",
            "Deliveries to webhooks that wait, or were given up (dead), over all practices.",
            "stage",
        )
        self._unserved = self.gauge(
            "cairn_subscriptions_unserved",
            "Subscriptions that no worker serves, over all practices.",
            "stage",
        )
        self._unplanned = self.gauge(
            "cairn_subscription_events_behind",
            "Events of the log that no worker has looked at for a subscription, over all of them.",
            "stage",
        )
        self._unplanned_seconds = self.gauge(
            "cairn_subscription_behind_seconds",
            "How long the oldest of those events has waited; 0 where there is none.",
            "stage",
        )
        self._processes = self.gauge(
            "cairn_processes",
            "Processes that have said within the last minute that they run, by kind.",
            "kind",
        )
        self._ready = self.gauge("cairn_ready", "1 where this process can take a write: /readyz.")
        self._database = self.gauge(
            "cairn_database",
            "1 for what this process has found the database to be: the words of /readyz.",
            "state",
        )
        self._degraded = self.gauge(
            "cairn_degraded", "1 where this is not as it should be: the words of /readyz.", "what"
        )
        self._degraded_practices = self.gauge(
            "cairn_degraded_practices", "In how many practices it is so.", "what"
        )
        self._scraped_until = self.gauge(
            "cairn_scrape_credential_expires_timestamp_seconds",
            "When what opened these numbers last expires; +Inf for a scrape key, which never does.",
        )
        self.gauge(
            "cairn_streams_open", "Streams of server-sent events that are open."
        ).set_function(streams_open)
        add_views(self, views)
        self.add_part("log", self._read_log, self._practices, self._events, self._bytes)
        self.add_part("flags", self._read_flags, self._flags, self._oldest_flag)
        self.add_part(
            "outbox",
            self._read_outbox,
            self._subscriptions,
            self._deliveries,
            self._unserved,
            self._unplanned,
            self._unplanned_seconds,
        )
        self.add_part("processes", self._read_processes, self._processes)

    def note_request(self, *, method: str, route: str, status: int, seconds: float | None) -> None:
        """One more; `seconds` is None where how long it took is somebody else's choice."""
        known = method if method in METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(known, route).observe(seconds)

    def note_command(self, *, repeated: bool) -> None:
        self._commands.labels("yes" if repeated else "no").inc()

    async def text_for(self, *, scraped_until: float = math.inf) -> bytes:
        """Everything as of now; `scraped_until` is when the credential expires that asked.

        A database that is away is asked for nothing: its connections would be waited for.
        """
        self._scraped_until.set(scraped_until)
        found = await self._health.report()
        self._ready.set(found.is_ready)
        for state in get_args(DatabaseState):
            self._database.labels(state).set(state == found.writes.database)
        degraded = {one.what: one.practices for one in found.degraded}
        for what in WHATS:
            self._degraded.labels(what).set(what in degraded)
            self._degraded_practices.labels(what).set(degraded.get(what, 0))
        return await self.encoded(read=found.writes.database != "away")

    async def _read_log(self) -> None:
        row = await self._pool.fetchrow(HEADS)
        assert row is not None  # noqa: S101 - for the type checker: it counts
        self._practices.set(row["practices"])
        self._events.set(row["events"])
        self._bytes.set(row["bytes"])

    async def _read_flags(self) -> None:
        flags = await count_flags(self._views)
        self._flags.labels("open").set(flags.open)
        self._flags.labels("unacknowledged").set(flags.unacknowledged)
        self._flags.labels("nobody_on_duty").set(flags.nobody_on_duty)
        self._oldest_flag.labels("open").set(flags.oldest_open_seconds)
        self._oldest_flag.labels("unacknowledged").set(flags.oldest_unacknowledged_seconds)

    async def _read_outbox(self) -> None:
        told = await read_overview(self._pool)
        for stage in ("active", "paused", "disabled"):
            lag = told.lags.get(stage, StageLag())
            self._subscriptions.labels(stage).set(getattr(told, stage))
            self._unserved.labels(stage).set(lag.unserved)
            self._unplanned.labels(stage).set(lag.behind)
            self._unplanned_seconds.labels(stage).set(lag.behind_seconds)
        for stage in ("waiting", "dead"):
            self._deliveries.labels(stage).set(getattr(told, stage))

    async def _read_processes(self) -> None:
        told = await read_processes(self._pool)
        for kind in ("api", "projector", "worker"):
            self._processes.labels(kind).set(told.alive.get(kind, 0))
