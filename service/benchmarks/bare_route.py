"""The limit beside the API: a Litestar route that does one INSERT and nothing else.

Run as a process of its own, by the same server code with the same settings as the API; it reads
the same body, but knows no token, no practice, no seal, no repeat and no log line.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import uvloop
from litestar import Litestar, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody

from service import serving
from service.benchmarks.append import BARE_INSERT, BARE_TABLES, WRITERS
from service.database import SESSION
from service.ids import drawn_id
from service.settings import Settings
from service.wiring import utc_now

BODY = bytes(230)
ACTOR = "clinician:7f3a"
STATEMENTS = {table: BARE_INSERT.format(table=table) for table in BARE_TABLES}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A mood as a client sends it."""

    rating: int
    occurred_at: datetime
    note: str = ""


class Inserted(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


@post("/{table:str}/{client_id:uuid}")
async def insert(
    table: FromPath[str], client_id: FromPath[UUID], data: JSONBody[Entry], state: State
) -> Inserted:
    """One row, in a transaction of its own."""
    pool: asyncpg.Pool = state.pool
    stream_id = drawn_id()
    await pool.execute(
        STATEMENTS[table], client_id, stream_id, 1, "mood", client_id, "mood.logged.v1", BODY,
        ACTOR, uuid4(), uuid4(), data.occurred_at, utc_now(),
    )  # fmt: skip
    return Inserted(id=stream_id)


@get("/healthz")
async def show_live() -> dict[str, str]:
    return {"status": "live"}


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    with serving.listen(settings.host, settings.port) as listener:
        async with asyncpg.create_pool(
            settings.database_url, min_size=WRITERS, max_size=WRITERS, server_settings=dict(SESSION)
        ) as pool:
            app: Any = Litestar(
                route_handlers=[insert, show_live],
                state=State({"pool": pool}),
                openapi_config=None,
                logging_config=None,
            )
            await serving.serve_app(listener, app)


if __name__ == "__main__":
    uvloop.run(serve(Settings.from_env()))
