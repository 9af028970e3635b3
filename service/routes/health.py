"""/healthz, /readyz and /metrics: whether this process lives, can serve, and how it does."""

from typing import Annotated

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from projections.degraded import Degraded
from service.asked import Asked
from service.auth import Principal
from service.health import DatabaseState, Keys, Migrations, Writer
from service.operations import OPERATOR, Operation
from service.process_metrics import CONTENT_TYPE
from service.wiring import Cairn

TAG = "health"
LAG_STEP = 1_000


class Live(msgspec.Struct, frozen=True, kw_only=True):
    status: Annotated[str, msgspec.Meta(pattern="^live$")] = "live"


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this process can take a write, and what else is not as it should be.

    `database` is `read_only` where it can be read and takes no writes (it was set so, or is a
    standby), `full` where its disk is, `locked` where somebody holds the whole log, `refuses` where
    it takes no append for another reason (a right or a function is missing), and `away` where it
    does not answer. `migrations` are `waiting` where some are to be applied, and `refused` where
    the database was made by other files. `keys` are `unreadable` where the master key does not open
    the record. `writer` is `busy` where it has been at one batch for more than ten seconds.

    `degraded` names what does not keep this process from taking writes: what, since when, and in
    how many practices. `lag` is how many events each view is behind. It is told in whole thousands:
    who may ask without a token must not count events by it.
    """

    ready: bool
    database: DatabaseState
    migrations: Migrations
    keys: Keys
    writer: Writer
    degraded: list[Degraded]
    lag: dict[str, int]


@get("/healthz", opt={"operation": Operation(roles=frozenset(), tag=TAG, answers=Live)})
async def show_live() -> Live:
    """This process is alive. No token is needed."""
    return Live()


@get("/readyz", opt={"operation": Operation(roles=frozenset(), tag=TAG, answers=Readiness)})
async def show_ready(request: Request[Principal, Principal, State]) -> Response[Readiness]:
    """This process can take a write (200), or not (503); and what else is not as it should be.

    No token is needed. It answers within two seconds, whatever hangs.
    """
    cairn: Cairn = request.state.cairn
    found = await cairn.health.report()
    answer = Readiness(
        ready=found.is_ready,
        database=found.writes.database,
        migrations=found.writes.migrations,
        keys=found.writes.keys,
        writer=found.writer,
        degraded=found.degraded,
        lag={view: behind - behind % LAG_STEP for view, behind in found.lag.items()},
    )
    return Response(answer, status_code=200 if found.is_ready else 503)


@get(
    "/metrics",
    opt={"operation": Operation(roles=OPERATOR, tag=TAG, answers=None)},
    media_type="text/plain",
)
async def show_metrics(
    request: Request[Principal, Principal, State], asked: NamedDependency[Asked]
) -> Response[bytes]:
    """Prometheus text: requests, durations, the log, the views and how many flags wait.

    The numbers are those of all practices together, so an operator's token or the scrape key opens
    them, and nothing else.
    """
    text = await request.state.metrics.text_for(scraped_until=asked.principal.expires_at)
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


handlers = (show_live, show_ready, show_metrics)
