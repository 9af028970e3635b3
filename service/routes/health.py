"""/healthz, /readyz and /metrics: whether this process lives, can serve, and how it does."""

import asyncio
from typing import Annotated, Literal

import asyncpg
import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from migrations.runner import MigrationRefused, pending
from service.asked import Asked
from service.auth import Principal
from service.metrics import CONTENT_TYPE
from service.operations import OPERATOR, Operation
from service.wiring import Cairn

TAG = "health"
READY_SECONDS = 2.0
# A view that is this far behind has no projector, or one that can not keep up.
READY_LAG = 50_000
LAG_STEP = 1_000
# "on" where somebody has set default_transaction_read_only, and on a standby: asked in a
# transaction of its own, a connection of the pool knows what was set since it was made.
READ_ONLY = "SHOW transaction_read_only"


class Live(msgspec.Struct, frozen=True, kw_only=True):
    status: Annotated[str, msgspec.Meta(pattern="^live$")] = "live"


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether requests can be served.

    `database` is `read_only` where it can be read and takes no writes (it was set so, or is a
    standby), and `away` where it does not answer. `migrations` are `waiting` where some are to be
    applied, and `refused` where the database was made by other files. `lag` is how many events each
    view is behind. It is told in whole thousands: who may ask without a token must not count events
    by it.
    """

    ready: bool
    database: Literal["reached", "read_only", "away"]
    migrations: Literal["applied", "waiting", "refused", "unknown"]
    lag: dict[str, int]


@get("/healthz", opt={"operation": Operation(roles=frozenset(), tag=TAG, answers=Live)})
async def show_live() -> Live:
    """This process is alive. No token is needed."""
    return Live()


@get("/readyz", opt={"operation": Operation(roles=frozenset(), tag=TAG, answers=Readiness)})
async def show_ready(request: Request[Principal, Principal, State]) -> Response[Readiness]:
    """The database takes writes, its tables are up to date, and the views keep up, or 503.

    No token is needed. It answers within a few seconds, whatever hangs.
    """
    cairn: Cairn = request.state.cairn
    try:
        found = await asyncio.wait_for(readiness(cairn), READY_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        # TimeoutError is an OSError.
        found = Readiness(ready=False, database="away", migrations="unknown", lag={})
    return Response(found, status_code=200 if found.ready else 503)


async def readiness(cairn: Cairn) -> Readiness:
    async with cairn.pool.acquire() as connection:
        read_only = await connection.fetchval(READ_ONLY) == "on"
        database: Literal["reached", "read_only"] = "read_only" if read_only else "reached"
        try:
            waiting = await pending(connection)
        except MigrationRefused:
            return Readiness(ready=False, database=database, migrations="refused", lag={})
    if waiting:
        return Readiness(ready=False, database=database, migrations="waiting", lag={})
    lag = await cairn.views.lag()
    keeps_up = all(behind <= READY_LAG for behind in lag.values())
    return Readiness(
        ready=not read_only and cairn.store.writing and keeps_up,
        database=database,
        migrations="applied",
        lag={view: behind - behind % LAG_STEP for view, behind in lag.items()},
    )


@get(
    "/metrics",
    opt={"operation": Operation(roles=OPERATOR, tag=TAG, answers=None)},
    media_type="text/plain",
)
async def show_metrics(
    request: Request[Principal, Principal, State], asked: NamedDependency[Asked]
) -> Response[bytes]:
    """Prometheus text: requests, durations, the log, the views and how many flags wait.

    The numbers are those of all practices together, so an operator's token opens them and no other.
    """
    text = await request.state.metrics.text(asked.cairn.pool, asked.cairn.views)
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


handlers = (show_live, show_ready, show_metrics)
