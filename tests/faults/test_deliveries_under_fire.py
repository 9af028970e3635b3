r"""Webhooks while everything is killed: each live receiver gets each event, in order for each key.

The whole proof is run by hand, and says what it has measured:

    CAIRN_PROOF_EVENTS=20000 python -m pytest -s -o faulthandler_timeout=0 \
        tests/faults/test_deliveries_under_fire.py
"""

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from projections.told_position import SealedPositions
from service.running import with_running_servers
from service.settings import Settings
from service.wiring import Cairn
from tests.faults.recording import Lags, Recording, Silent, listening, out_of_order
from tests.faults.test_everything_killed import Ledger, say, set_up
from tests.running import Running, empty_redis, running_cairn
from workers.outbox import Subject, read_progress

EVENTS = int(os.environ.get("CAIRN_PROOF_EVENTS", "600"))
IS_WHOLE = EVENTS > 1_000
# How many times faster a delivery that has failed is tried again: see tests/faults/hurried.py.
HURRY = "600" if IS_WHOLE else "6000"
# Of the events, so many while all is well: without the dead receivers, and with them.
CALM = EVENTS // 6
CALM_PER_SECOND = 60.0
WRITERS = 12
SETTLE_SECONDS = 1800 if IS_WHOLE else 60
WORKER, API, POSTGRES, REDIS = " work ", " serve", "bin/postgres", "redis is emptied"
STOPPED = "a worker is stopped, and goes on later"
# Each round in another order. What dies often stays away for longer: the supervisor waits.
VICTIMS = [WORKER, WORKER, WORKER, WORKER, API, POSTGRES, REDIS, REDIS, STOPPED, STOPPED]
# Of a lease, and for how long a worker is stopped: another one goes on meanwhile.
LEASE_SECONDS, STOPPED_SECONDS = 1, 2.0
ROUNDS = 5 if IS_WHOLE else 1
PAUSE_SECONDS = 4.0 if IS_WHOLE else 0.7
BACK_SECONDS = 40.0

pytestmark = pytest.mark.timeout(3600 if IS_WHOLE else 170)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, for whoever runs it by hand."""

    events: int
    seconds: float
    killed: dict[str, int]
    requests_retried: int
    taken: dict[str, int]
    duplicates: dict[str, int]
    failed_on_purpose: int
    asked_of_the_silent: int
    calm_alone: Lags
    calm_with_the_dead: Lags
    under_fire: Lags
    slower_with_the_dead: dict[str, float]


class Practice:
    """A practice that somebody writes in, over HTTP."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.ledger = Ledger()
        self.clients: list[UUID] = []
        self.goals: list[UUID] = []
        self._chance = random.Random(20)

    async def begin(self, times_six: int) -> None:
        for _ in range(times_six):
            clients, goals = await set_up(self.http, self.ledger)
            self.clients += clients
            self.goals += goals

    async def subscribe(self, url: str, *categories: str) -> UUID:
        told = {"id": str(uuid4()), "name": "A receiver", "url": url, "categories": categories}
        await say(self.http, self.ledger, "/v1/subscriptions", told)
        return UUID(told["id"])  # type: ignore[arg-type]

    async def one_event(self) -> None:
        nth = self._chance.randrange(len(self.clients))
        entry: dict[str, Any] = {"id": str(uuid4())}
        if self._chance.random() < 0.5:
            path, entry["rating"] = f"/v1/clients/{self.clients[nth]}/moods", 5
        else:
            path, entry["amount"] = f"/v1/goals/{self.goals[nth]}/check-ins", 1
        await say(self.http, self.ledger, path, entry)

    async def write(self, events: int, *, per_second: float | None = None) -> int:
        """So many events, and the position before the first of them."""
        before = max(self.ledger.positions.values())
        left = iter(range(events))

        async def writer() -> None:
            for _ in left:
                began = time.monotonic()
                await self.one_event()
                if per_second is not None:
                    await asyncio.sleep(WRITERS / per_second - (time.monotonic() - began))

        await asyncio.gather(*(writer() for _ in range(WRITERS)))
        return before


def torment(running: Running, var: Path) -> Counter[str]:
    """Kill one thing after the other at moments nobody has chosen; how many there were of each."""
    chance, killed = random.Random(7), Counter[str]()
    with ThreadPoolExecutor(max_workers=2) as stopping:
        for _ in range(ROUNDS):
            for victim in chance.sample(VICTIMS, len(VICTIMS)):
                time.sleep(chance.uniform(0.1, PAUSE_SECONDS))
                if victim == STOPPED:
                    stopping.submit(stop_for_a_while, running, chance.random())
                    killed[victim] += 1
                elif victim == REDIS:
                    killed[victim] += empty_redis(var)
                else:
                    killed[victim] += kill(running, victim, chance)
    return killed


def stop_for_a_while(running: Running, which: float) -> None:
    """SIGSTOP to one of the workers, and SIGCONT after its lease has ended, if it still lives."""
    if pids := running.children(WORKER):
        pid = pids[int(which * len(pids))]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STOPPED_SECONDS)
            os.kill(pid, signal.SIGCONT)


def kill(running: Running, victim: str, chance: random.Random) -> int:
    """SIGKILL to one of the children that match, as soon as there is one."""
    give_up_at = time.monotonic() + BACK_SECONDS
    while not (pids := running.children(victim)):
        if time.monotonic() > give_up_at:
            return 0
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.kill(chance.choice(pids), signal.SIGKILL)
    return 1


async def settled(cairn: Cairn, *subjects: Subject) -> None:
    """Wait until the log has been looked through for each of them, and nothing waits."""
    give_up_at = time.monotonic() + SETTLE_SECONDS
    for subject in subjects:
        while True:
            with suppress(OSError):
                standing, tally = await read_progress(cairn.pool, subject)
                is_planned = standing.planned == await cairn.store.head(subject[0])
                if is_planned and not tally.waiting:
                    assert tally.dead == 0
                    break
            assert time.monotonic() < give_up_at, (standing, tally)
            await asyncio.sleep(0.2)


async def matching(cairn: Cairn, practice_id: UUID, after: int, *categories: str) -> list[int]:
    """The positions of what a subscription tells, as the log has them."""
    found: list[int] = []
    while page := await cairn.store.read_practice(practice_id, after=after):
        found += [
            one.position
            for one in page
            if (one.category in categories if categories else one.category != "subscription")
        ]
        after = page[-1].position
    return found


def nobodys_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_each_live_receiver_gets_each_event_in_order_for_each_key(tmp_path: Path) -> None:
    var = tmp_path / "var"
    healthy, flaky, silent = Recording(), Recording(fails=0.3, seed=30), Silent()
    hurried = (sys.executable, "-m", "tests.faults.hurried", "up", HURRY)
    async with AsyncExitStack() as stack:
        for receiver in (healthy, flaky, silent):
            await stack.enter_async_context(listening(receiver))
        running = stack.enter_context(
            running_cairn(
                var,
                command=hurried,
                settings={"CAIRN_WEBHOOKS": "any", "CAIRN_LEASE_SECONDS": str(LEASE_SECONDS)},
            )
        )
        practice_id = UUID(
            running.cairn(
                "practice", "add", "Elm Street", "--zone", "Europe/Zurich", "--country", "CH"
            ).strip().split()[-1]
        )  # fmt: skip
        token = running.cairn("token", "--role", "clinician").strip()
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=running.url, headers={"Authorization": f"Bearer {token}"}, timeout=20
            )
        )
        practice = Practice(http)
        await practice.begin(EVENTS // 600)
        began = time.monotonic()
        settings = with_running_servers(Settings.from_env(running.environment))
        cairn = await stack.enter_async_context(Cairn.open(settings))

        subjects = [
            (practice_id, await practice.subscribe(healthy.url())),
            (practice_id, await practice.subscribe(flaky.url(), "check_in", "mood")),
        ]
        first = max(practice.ledger.positions.values())
        await practice.write(WRITERS)  # The workers look for new subscriptions every second.
        await settled(cairn, subjects[0])
        alone = await practice.write(CALM, per_second=CALM_PER_SECOND)
        await settled(cairn, subjects[0])
        for port in (nobodys_port(), silent.port):
            await practice.subscribe(f"http://127.0.0.1:{port}/")
        beside = await practice.write(CALM, per_second=CALM_PER_SECOND)
        await settled(cairn, subjects[0])
        tormenting = asyncio.create_task(asyncio.to_thread(torment, running, var))
        fire = await practice.write(EVENTS - 2 * CALM)
        killed = await tormenting
        await asyncio.to_thread(running.wait_until_ready)
        await settled(cairn, *subjects)

        opened = partial(SealedPositions(cairn.master).position, practice_id)
        for receiver, categories in ((healthy, ()), (flaky, ("check_in", "mood"))):
            firsts = receiver.firsts()
            expected = await matching(cairn, practice_id, first, *categories)
            assert sorted(opened(one.token) for one in firsts) == expected
            by_number = sorted(firsts, key=lambda one: one.number)
            assert [one.number for one in by_number] == list(range(1, len(expected) + 1))
            assert [opened(one.token) for one in by_number] == expected
            assert out_of_order(firsts) == []
        assert all(killed[victim] for victim in VICTIMS), killed
        assert silent.asked

    spans = (alone, beside), (beside, fire), (fire, None)
    lags = [healthy.lags(opened, *span) for span in spans]
    told = Told(
        events=EVENTS,
        seconds=round(time.monotonic() - began, 1),
        killed=dict(killed),
        requests_retried=practice.ledger.retries,
        taken={"healthy": len(healthy.receipts), "flaky": len(flaky.receipts)},
        duplicates={"healthy": healthy.duplicates(), "flaky": flaky.duplicates()},
        failed_on_purpose=flaky.failures.total(),
        asked_of_the_silent=silent.asked,
        calm_alone=lags[0],
        calm_with_the_dead=lags[1],
        under_fire=lags[2],
        slower_with_the_dead={
            "median": round(lags[1].median_ms / lags[0].median_ms, 2),
            "p99": round(lags[1].p99_ms / lags[0].p99_ms, 2),
        },
    )
    print(msgspec.json.format(msgspec.json.encode(told)).decode())
