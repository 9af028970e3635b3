"""From an append to a reader of the feed's stream, at a steady hundred events a second.

The API runs as `cairn serve` runs it, in a process of its own. This process appends moods to the
log at random intervals (a Poisson process, so that some come together) and reads the stream on one
connection. The clock starts when an append is begun, and once more when it is acknowledged. Beside
it: the way of a bare NOTIFY, sent with one INSERT, to a listener on another connection.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

import msgspec

from service.auth import issue_token
from service.benchmarks.append import bare_tables
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.figures import Figure, answer, beside, percentile
from service.benchmarks.filling import cause, open_practice
from service.benchmarks.histories import Shape, people
from service.benchmarks.latency import PER_SECOND, Watch, Way, round_trips
from service.benchmarks.servers import PRODUCT, free_port, running
from service.benchmarks.stream_lines import StreamLine, open_stream
from service.wiring import Cairn, utc_now

NAME: Final = "stream"
DESCRIPTION: Final = "from an append to a reader of the stream, at 100 events/s"
MEDIAN_MS: Final = 3.0
MOST_MS: Final = 25.0


class StreamSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Events in each round."""

    rounds: int
    events: int
    clients: int


SIZES: Final[Mapping[Scale, StreamSizes]] = MappingProxyType(
    {
        "full": StreamSizes(rounds=5, events=500, clients=50),
        "quick": StreamSizes(rounds=3, events=100, clients=10),
        "tiny": StreamSizes(rounds=3, events=10, clients=2),
    }
)


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        bare_tables(servers.settings.owner_database_url or ""),
        Cairn.open(servers.settings, connections=4) as cairn,
    ):
        practice_id = await open_practice(cairn.store)
        everybody = people(sizes.clients, Shape(goals=0, days=1), now=utc_now(), seed=5)
        for person in everybody:
            await cairn.store.append(practice_id, [person.enrolment()], cause=cause())
        token = issue_token(
            cairn.master.derive("tokens"),
            practice_id=practice_id,
            role="auditor",
            subject="bench",
        )
        api = msgspec.structs.replace(servers.settings, port=free_port())
        async with running(api, {"api": PRODUCT["api"]}, ready_at={"api": "/healthz"}):
            head = await cairn.store.head(practice_id)
            line = await open_stream(api.host, api.port, token, after=head)
            listening = Listening(
                cairn, practice_id, [person.client_id for person in everybody], line
            )
            ways = []
            with bench.progress("stream", total=sizes.rounds) as show:
                for nth in range(sizes.rounds + 1):
                    notified = await round_trips(cairn)
                    acknowledged, begun = await listening.follow(sizes.events, seed=nth)
                    ways.append(Way(acknowledged=acknowledged, begun=begun, notified=notified))
                    show(nth, None)
            line.hang_up()
    return answer(
        figures(ways[1:]),  # The first warms up.
        sizes=sizes,
        notes=[f"{PER_SECOND} events a second at random intervals"],
    )


class Listening(Watch):
    """Appends moods at a steady rate, and hears of them on a stream."""

    def __init__(
        self, cairn: Cairn, practice_id: UUID, clients: list[UUID], line: StreamLine
    ) -> None:
        super().__init__(cairn, practice_id, clients)
        self.line = line

    async def look(self, events: int) -> None:
        """Listen until there are as many as events."""
        self.line.came = self.visible
        while len(self.visible) < events:
            self.line.something.clear()
            await self.line.something.wait()


def figures(ways: list[Way]) -> list[Figure]:
    told = []
    for name, measured in (
        ("begun until received", [way.begun for way in ways]),
        ("acknowledged until received", [way.acknowledged for way in ways]),
    ):
        for called, percent, most in (("median", 50, MEDIAN_MS), ("99 of 100", 99, MOST_MS)):
            told.append(
                beside(
                    f"{name}, {called}",
                    "ms",
                    [percentile(one, percent) for one in measured],
                    [percentile(way.notified, percent) for way in ways],
                    limit_name=f"INSERT with NOTIFY, until it is heard, {called}",
                    at_most=most,
                    required_of="value",
                )
            )
    return told
