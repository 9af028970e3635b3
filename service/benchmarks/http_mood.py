"""POST of a mood over HTTP, beside a bare Litestar route that does one INSERT.

The API runs as `cairn serve` runs it, the bare route in another process under the same server code
(uvicorn, httptools, uvloop); this process sends the same requests to one after the other. The API
checks a token, the client and the body, decides, seals, commits in groups and writes a line to its
log; the bare route does none of it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from service.auth import issue_token
from service.benchmarks.append import BARE_TABLES, WRITERS, bare_tables
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import answer, beside, figure, percentile
from service.benchmarks.filling import cause, open_practice
from service.benchmarks.histories import NOTE, Shape, people
from service.benchmarks.http_load import Load, load, request
from service.benchmarks.servers import BARE_ROUTE, PRODUCT, free_port, running
from service.ids import drawn_id
from service.settings import Settings
from service.wiring import Cairn, utc_now

NAME: Final = "http_mood"
DESCRIPTION: Final = "POST a mood over HTTP, beside a bare Litestar route with one INSERT"
CLIENTS: Final = 50
TIMES_THE_MEDIAN: Final = 3.0


class HttpSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Requests in each round, over so many connections."""

    rounds: int
    requests: int
    connections: int = WRITERS


SIZES: Final[Mapping[Scale, HttpSizes]] = MappingProxyType(
    {
        "full": HttpSizes(rounds=7, requests=6_000),
        "quick": HttpSizes(rounds=3, requests=800),
        "tiny": HttpSizes(rounds=3, requests=64),
    }
)


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        bare_tables(servers.settings.owner_database_url or ""),
    ):
        api = msgspec.structs.replace(servers.settings, port=free_port())
        bare = msgspec.structs.replace(servers.settings, port=free_port())
        target = await prepared(api)
        async with (
            running(api, {"api": PRODUCT["api"]}, ready_at={"api": "/healthz"}),
            running(bare, {"bare": BARE_ROUTE}, ready_at={"bare": "/healthz"}),
        ):
            return await measure(bench, target, api, bare, sizes)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Whose moods are posted, and with which token."""

    clients: Sequence[UUID]
    token: str


async def prepared(settings: Settings, *, clients: int = CLIENTS) -> Target:
    """A practice with clients, and a clinician's token for it."""
    async with Cairn.open(settings, connections=4) as cairn:
        practice_id = await open_practice(cairn.store)
        somebody = people(clients, Shape(goals=0, days=1), now=utc_now(), seed=1)
        await cairn.store.append(
            practice_id, [person.enrolment() for person in somebody], cause=cause()
        )
        token = issue_token(
            cairn.master.derive("tokens"),
            practice_id=practice_id,
            role="clinician",
            subject="bench",
        )
    return Target(clients=[person.client_id for person in somebody], token=token)


async def measure(
    bench: Bench, target: Target, api: Settings, bare: Settings, sizes: HttpSizes
) -> dict[str, Any]:
    loads: dict[str, list[Load]] = {}
    with bench.progress("POST", total=sizes.rounds) as show:
        for nth in range(sizes.rounds + 1):
            for name, settings in (("api", api), *((table, bare) for table in BARE_TABLES)):
                loads.setdefault(name, []).append(
                    await load(
                        posts(target, sizes.requests, None if name == "api" else name),
                        host=settings.host,
                        port=settings.port,
                        connections=sizes.connections,
                        status=201,
                    )
                )
            show(nth, None)
    kept = {name: measured[1:] for name, measured in loads.items()}  # The first warms up.
    rates = {name: [one.per_second for one in measured] for name, measured in kept.items()}
    figures = [
        beside(
            "POST mood, 32 connections", "requests/s", rates["api"], rates["plain"],
            limit_name="bare route, INSERT with primary key alone", at_least=0.5,
        ),
        beside(
            "the same beside the full table", "requests/s", rates["api"], rates["indexed"],
            limit_name="bare route, INSERT with indexes of event_log",
        ),
        figure("median answer", "ms", within(kept["api"], 50)),
        beside(
            "99 of 100 answers within", "ms", within(kept["api"], 99), within(kept["api"], 50),
            limit_name="the median answer", at_most=TIMES_THE_MEDIAN,
        ),
        beside(
            "the same of the bare route", "ms",
            within(kept["plain"], 99), within(kept["plain"], 50), limit_name="its median answer",
        ),
    ]  # fmt: skip
    shares = ", ".join(
        f"{max(one.own_share for one in measured):.0%} ({name})" for name, measured in kept.items()
    )
    return answer(
        figures, sizes=sizes, notes=[f"the load generator used at most {shares} of one processor"]
    )


def within(loads: Sequence[Load], percent: int) -> list[float]:
    """The milliseconds within which so many percent were answered, round by round."""
    return [percentile(one.milliseconds, percent) for one in loads]


def posts(target: Target, count: int, table: str | None) -> list[bytes]:
    """Requests ready to be sent: to the API, or the same to the bare route's table."""
    made = []
    for nth in range(count):
        client_id = target.clients[nth % len(target.clients)]
        path = f"/v1/clients/{client_id}/moods" if table is None else f"/{table}/{client_id}"
        body = msgspec.json.encode(
            {"rating": 1 + nth % 10, "occurred_at": utc_now(), "note": NOTE if nth % 3 else ""}
        )
        headers = {"authorization": f"Bearer {target.token}", "idempotency-key": str(drawn_id())}
        made.append(request("POST", path, headers, body))
    return made
