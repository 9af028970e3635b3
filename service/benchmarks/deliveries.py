"""Webhooks: how fast a backlog is delivered, and whether who fails slows down who does not.

The receiver is a process of its own. The deliveries are the worker's, with its poster, and run in
this process, on uvloop: so does the other side, which signs and posts the same envelopes with the
same poster but plans nothing and notes nothing. Then moods are appended at random intervals (a
Poisson process), and the receiver's clock is compared with that of the acknowledgement: once with
no other subscription, and once with two more, whose receivers never answer and do not listen.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from service.benchmarks import delivery_lag
from service.benchmarks.append import bare_tables
from service.benchmarks.backlog import Backlog
from service.benchmarks.bench import Bench, Scale
from service.benchmarks.delivery_lag import PER_SECOND, Lagging, Lags
from service.benchmarks.figures import Figure, answer, beside, figure
from service.benchmarks.filling import cause, fill, open_practice
from service.benchmarks.histories import Shape, people
from service.benchmarks.servers import RECEIVER, Servers, free_port, running, tidy
from service.benchmarks.subscribers import Silence, Subscribers
from service.settings import Settings
from service.wiring import Cairn, utc_now

NAME: Final = "deliveries"
DESCRIPTION: Final = "webhooks from a backlog, and their lag at 50 events/s beside two that fail"
WITHOUT: Final = "the same envelopes, signed and posted 32 at once"
# The first round of the lag, which does not count, has one in so many of its events.
WARM_UP: Final = 4


class DeliverySizes(msgspec.Struct, frozen=True, kw_only=True):
    """Clients whose record is the backlog, each kept in order with a goal of theirs.

    `lag_events` are appended twice in each round: alone, and beside those that fail.
    """

    rounds: int
    clients: int
    lag_events: int
    lag_clients: int
    shape: Shape = Shape(goals=1, days=48)


SIZES: Final[Mapping[Scale, DeliverySizes]] = MappingProxyType(
    {
        # A round of the lag is longer than an attempt may take, so that some are given up in it.
        "full": DeliverySizes(rounds=3, clients=200, lag_events=800, lag_clients=50),
        "quick": DeliverySizes(rounds=3, clients=5, lag_events=20, lag_clients=10),
        "tiny": DeliverySizes(
            rounds=2, clients=2, lag_events=5, lag_clients=2, shape=Shape(goals=1, days=3)
        ),
    }
)


async def run(bench: Bench) -> dict[str, Any]:
    sizes = bench.sizes(SIZES)
    async with (
        bench.servers() as servers,
        bare_tables(servers.settings.owner_database_url or ""),
        Cairn.open(servers.settings) as cairn,
    ):
        receiver = msgspec.structs.replace(servers.settings, host="127.0.0.1", port=free_port())
        async with (
            running(receiver, {"receiver": RECEIVER}, ready_at={"receiver": "/ready"}),
            Subscribers.served(cairn) as subscribers,
        ):
            measured, notes = await deliver(bench, subscribers, servers, receiver)
            lags = await lag(bench, subscribers, receiver)
    return answer([*measured, *delivery_lag.figures(lags)], sizes=sizes, notes=notes)


async def deliver(
    bench: Bench, subscribers: Subscribers, servers: Servers, receiver: Settings
) -> tuple[list[Figure], list[str]]:
    """The backlog, with an outbox and without one, in turns; and what to know about it."""
    sizes, store = bench.sizes(SIZES), subscribers.cairn.store
    practice_id = await open_practice(store)
    everybody = people(sizes.clients, sizes.shape, now=utc_now(), seed=7)
    with bench.progress("fill the log") as show:
        head = await fill(store, practice_id, everybody, show)
    await tidy(servers.settings)
    bench.say(f"{NAME}: {head} events of {sizes.clients} clients")
    backlog = Backlog(subscribers, practice_id, receiver)
    delivered, posted = [], []
    with bench.progress("deliver", total=sizes.rounds) as show:
        for nth in range(sizes.rounds + 1):
            delivered.append(await backlog.deliver(f"/delivered-{nth}"))
            posted.append(await backlog.post(f"/posted-{nth}"))
            show(nth, None)
    delivered, posted = delivered[1:], posted[1:]  # The first warms up.
    keys = 2 * sizes.clients
    told = beside(
        "from a backlog, planned and settled", "events/s", delivered, posted,
        limit_name=WITHOUT, required_of="value",
    )  # fmt: skip
    notes = [
        f"{head} events, kept in order by {keys} clients and goals; {backlog.repeated} came twice",
        f"lag: {PER_SECOND} events a second at random intervals",
    ]
    return [figure(WITHOUT, "events/s", posted), told], notes


async def lag(bench: Bench, subscribers: Subscribers, receiver: Settings) -> list[Lags]:
    """A healthy receiver alone, and beside two that fail, in turns: in a practice of their own."""
    sizes, store = bench.sizes(SIZES), subscribers.cairn.store
    practice_id = await open_practice(store)
    everybody = people(sizes.lag_clients, Shape(goals=0, days=1), now=utc_now(), seed=8)
    for person in everybody:
        await store.append(practice_id, [person.enrolment()], cause=cause())
    clients = [person.client_id for person in everybody]
    lagging = Lagging(subscribers, practice_id, clients, receiver)
    lags = []
    async with Silence.kept() as silence:
        with bench.progress("lag", total=sizes.rounds) as show:
            for nth in range(sizes.rounds + 1):
                events = sizes.lag_events if nth else -(-sizes.lag_events // WARM_UP)
                lags.append(await lagging.measure(events, silence, nth=nth))
                show(nth, None)
    return lags[1:]  # The first warms up.
