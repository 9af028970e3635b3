"""Workers that are stopped and go on later, as real processes: SIGSTOP and SIGCONT."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import Database
from tests.faults.recording import TAKEN, Recording, listening, out_of_order
from tests.house.tree import ROOT
from tests.workers.diary import Diary
from tests.workers.receivers import request_from
from tests.workers.site import MASTER_KEY, Site, postgres_site
from tests.workers.subscribed import NOON, eventually, subscribe
from workers.envelope import CloudEvent
from workers.outbox import Subject, is_served, read_behind, read_overview, read_progress

LEASE_SECONDS = 1
STOP_SECONDS = 20


class Worker:
    """A `cairn work` of its own, and what it has logged."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log

    def logged(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def is_ready(self) -> bool:
        return "process_ready" in self.logged()


@contextmanager
def working(database: Database, log: Path) -> Iterator[Worker]:
    """A worker with short leases, until the end of the block; then it has to end in peace."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(MASTER_KEY).decode(),
        "CAIRN_VAR": str(log.parent),
        "CAIRN_WEBHOOKS": "any",
        "CAIRN_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    command = (sys.executable, "-P", "-m", "service", "work")
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT)
        worker = Worker(process, log)
        try:
            yield worker
        finally:
            worker.go_on()
            process.terminate()
            code = process.wait(STOP_SECONDS)
        assert code == 0, worker.logged()


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with postgres_site(database.runtime) as site:
        site.now = NOON
        yield site


async def felt(diary: Diary, *ratings: int) -> None:
    for rating in ratings:
        await diary.felt(rating, at=NOON)


async def settled(site: Site, subject: Subject) -> None:
    """Wait until the log has been looked through, and nothing waits."""

    async def is_settled() -> bool:
        standing, tally = await read_progress(site.pool, subject)
        return standing.planned == await site.store.head(subject[0]) and not tally.waiting

    await eventually(is_settled, seconds=60)


async def told(site: Site, subject: Subject) -> list[dict[str, Any]]:
    """Every row of the subscription's, its own and those of its deliveries and attempts."""
    rows = await site.pool.fetch(
        "SELECT to_jsonb(s) FROM outbox.subscription s WHERE subscription_id = $1"
        " UNION ALL SELECT to_jsonb(d) FROM outbox.delivery d WHERE subscription_id = $1"
        " UNION ALL SELECT to_jsonb(a) FROM outbox.attempt a WHERE subscription_id = $1",
        subject[1],
    )
    return sorted((msgspec.json.decode(row[0]) for row in rows), key=str)


def without_leases(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """On a busy machine a worker that is well may be silent for a second, too."""
    return [
        {name: value for name, value in row.items() if not name.startswith("lease_")}
        for row in rows
    ]


class Slow(Recording):
    """A receiver that lets each message wait while `answers` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        got = await request_from(reader)
        self.asked += 1
        await self.answers.wait()
        self._take(msgspec.json.decode(got.body, type=CloudEvent))
        writer.write(TAKEN)
        await writer.drain()
        return True


async def test_another_worker_goes_on_and_the_stopped_one_changes_nothing_when_it_wakes(
    site: Site, database: Database, tmp_path: Path
) -> None:
    diary, receiver = await site.diary(), Slow()
    async with listening(receiver):
        with working(database, tmp_path / "first.log") as first:
            subject = await subscribe(site, diary, receiver.url())
            await felt(diary, 1, 2)
            await settled(site, subject)
            with working(database, tmp_path / "second.log") as second:
                await eventually(second.is_ready, seconds=60)
                # It is stopped while a message of it is on its way.
                receiver.answers.clear()
                asked = receiver.asked
                await felt(diary, 3)
                await eventually(lambda: so(receiver.asked > asked), seconds=60)
                first.stop()
                receiver.answers.set()
                await felt(diary, 4, 5)
                await settled(site, subject)
                before, receipts = await told(site, subject), list(receiver.receipts)
                first.go_on()
                await eventually(lambda: so("deliveries_wait_for" in first.logged()), seconds=60)
                await asyncio.sleep(LEASE_SECONDS)
                assert without_leases(await told(site, subject)) == without_leases(before)
                assert receiver.receipts == receipts
                await felt(diary, 6)
                await settled(site, subject)
                assert (await read_overview(site.pool)).lags["active"].unserved == 0
                # Now nobody serves it, and that is said: by the end of the log, not by a plan.
                first.stop()
                second.stop()
                await felt(diary, 7, 8)
                await eventually(lambda: is_unserved(site, subject), seconds=60)
                standing, tally = await read_progress(site.pool, subject)
                behind = await read_behind(site.pool, diary.practice_id, standing.planned)
                assert (tally.waiting, behind.events) == (0, 2)
                assert behind.since is not None
                lag = (await read_overview(site.pool)).lags["active"]
                assert (lag.unserved, lag.behind) == (1, 2)
                assert lag.behind_seconds > 0
                first.go_on()
                second.go_on()
                await settled(site, subject)
    assert [one.number for one in receiver.firsts()] == list(range(1, 9))
    assert out_of_order(receiver.firsts()) == []


async def so(holds: bool) -> bool:
    return holds


async def is_unserved(site: Site, subject: Subject) -> bool:
    return not await is_served(site.pool, subject)
