"""Processes that were running notice that the end of the log is gone, and tell nobody events."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from projections.epochs import LogRestored
from service.benchmarks.servers import free_port
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database, execute
from tests.faults.test_noticed_restore import changed
from tests.service.conftest import KEY, House, bearer, open_practice, opened_house
from tests.service.streaming import say_something
from tests.service.test_subscriptions import delivering, feel, subscribe
from tests.workers.receivers import receiving

SERVE = (sys.executable, "-P", "-m", "service", "serve")
WAIT_SECONDS = 20


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(database_url=database.runtime, key=KEY)


class Server:
    """`cairn serve` as a process."""

    def __init__(self, database: Database) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "DATABASE_URL": database.runtime,
            "CAIRN_KEY": base64.b64encode(KEY).decode(),
            "CAIRN_LOG": "error,json",
            "PORT": str(self.port),
        }
        self.process: subprocess.Popen[str] | None = None

    async def start(self) -> None:
        self.process = subprocess.Popen(
            SERVE, env=self._environment, stderr=subprocess.PIPE, text=True
        )
        async with asyncio.timeout(WAIT_SECONDS), httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"{self.url}/healthz")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return

    async def ended(self) -> str:
        """Wait until it has ended by itself; what it said on standard error."""
        assert self.process is not None
        async with asyncio.timeout(WAIT_SECONDS):
            while self.process.poll() is None:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.05)
        assert self.process.returncode == 1
        return self.process.communicate()[1]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def server(database: Database) -> Any:
    one = Server(database)
    yield one
    one.stop()


# What somebody does by hand, under processes that run: the end of the log is gone.
PUT_BACK = """
ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only;
DELETE FROM event_log WHERE position = (SELECT max(position) FROM event_log);
ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only;
UPDATE practice_log h SET (position, recorded_at) = (
  SELECT e.position, e.recorded_at FROM event_log e ORDER BY e.position DESC LIMIT 1
);
"""


async def test_a_process_that_sees_the_end_of_the_log_gone_tells_nobody_until_a_new_epoch(
    database: Database, settings: Settings, server: Server
):
    async with Cairn.open(settings, connections=4) as cairn:
        practice_id = await open_practice(cairn, on_duty=False)
        await say_something(cairn, practice_id)
        head = await cairn.store.head(practice_id)
        headers = token(cairn, practice_id)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, timeout=WAIT_SECONDS) as client:
        async with aconnect_sse(client, "GET", "/v1/feed/stream", headers=headers) as source:
            events = source.aiter_sse()
            seen = [one async for one in told(events, head)]
            assert seen[-1].id == str(head)
            await asyncio.sleep(1.5)  # It looks every second which event is the newest.
            await execute(database.owner, PUT_BACK)
            last = [one async for one in events if one.data]
        assert [(one.event, one.json()["reason"]) for one in last] == [("end", "restored")]
        said = await server.ended()
        assert '"event":"log_restored"' in said.replace(" ", "")
        assert "Start it again" in said
        # Started again, it remembers nothing; the database does.
        await server.start()
        for path in ("/v1/feed", f"/v1/feed?after={head}&wait=5", "/v1/feed/stream"):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/log-restored")
            assert "retry-after" in answer.headers
        assert (await client.get("/v1/practice", headers=headers)).status_code == 200
        async with Cairn.open(settings, connections=2) as cairn:
            assert cairn.epochs.is_doubted
            epoch = await cairn.epochs.draw()
        await server.ended()
        await server.start()
        page = (await client.get("/v1/feed", headers=headers)).json()
        assert page["epoch"] == str(epoch)
        answer = await client.get(f"/v1/feed?after={head}", headers=headers)
        assert changed(answer) == {"epoch": str(epoch), "agreed": 0}


async def told(events: AsyncIterator[ServerSentEvent], count: int) -> AsyncIterator[Any]:
    """The next events of a stream that have data."""
    while count > 0:
        one = await anext(events)
        if one.data:
            count -= 1
            yield one


def token(cairn: Cairn, practice_id: UUID) -> dict[str, str]:
    house = House(cairn=cairn, http=httpx.AsyncClient(), practice_id=practice_id)
    return bearer(house.token())


async def test_projector_and_worker_end_with_what_they_remember(
    database: Database, settings: Settings
):
    async with Cairn.open(settings, connections=2) as cairn:
        await say_something(cairn, await open_practice(cairn, on_duty=False))
    ones = [process_of(database, command) for command in ("project", "work")]
    try:
        for one in ones:
            await asyncio.to_thread(ready, one)
        await asyncio.sleep(1.5)  # They look every second which event is the newest.
        await execute(database.owner, PUT_BACK)
        for one in ones:
            _, said = await asyncio.to_thread(one.communicate, timeout=WAIT_SECONDS)
            assert one.returncode == 1
            assert "Start it again" in said
    finally:
        for one in ones:
            one.kill()
            one.communicate()
    async with Cairn.open(settings, connections=2) as cairn:
        assert cairn.epochs.is_doubted


def process_of(database: Database, command: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(KEY).decode(),
        "CAIRN_LOG": "info,json",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "service", command],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ready(one: "subprocess.Popen[str]") -> None:
    """Wait until a process says that it is at work."""
    assert one.stderr is not None
    while "process_ready" not in one.stderr.readline():
        assert one.poll() is None


# The tables as a backup from before the last restore has them, for which nobody drew an epoch.
OF_BEFORE = "DELETE FROM epoch_head WHERE number = 2; DELETE FROM epoch WHERE number = 2"


async def test_a_backup_of_an_earlier_epoch_that_is_restored_by_hand_is_told_to_nobody(
    database: Database, settings: Settings
):
    await execute(database.owner, "SELECT draw_epoch(true)")
    async with Cairn.open(settings, connections=2) as cairn:
        await open_practice(cairn, on_duty=False)
        await execute(database.owner, OF_BEFORE)
        await cairn.epochs.look()
        assert cairn.epochs.left.is_set()
    async with Cairn.open(settings, connections=2) as cairn:
        assert cairn.epochs.current.number == 1
        with pytest.raises(LogRestored):
            cairn.epochs.require_telling()


async def test_where_the_database_was_only_away_nothing_is_doubted(
    database: Database, settings: Settings
):
    """A failover that loses nothing, and a lagging standby, are no restore."""
    async with Cairn.open(settings, connections=2) as cairn:
        practice_id = await open_practice(cairn, on_duty=False)
        await cairn.epochs.look()
        await execute(
            database.admin,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await say_something(cairn, practice_id)
        await cairn.epochs.look()
        await cairn.epochs.look()
        assert not cairn.epochs.left.is_set()
        cairn.epochs.require_telling()


async def test_no_webhook_is_sent_while_a_new_epoch_is_needed(
    settings: Settings, database: Database
):
    async with receiving() as receiver:
        async with opened_house(settings) as house:
            house.cairn.any_network = True
            clinician = house.asker()
            client_id = await clinician.enrol()
            await subscribe(clinician, url=receiver.url(), categories=["mood"])
            epoch = house.cairn.epochs.current.epoch
            await execute(database.owner, f"SELECT doubt_epoch('{epoch}')")
            practice_id = house.practice_id
        async with opened_house(settings) as again, delivering(again):
            house = msgspec.structs.replace(again, practice_id=practice_id)
            await feel(house.asker(), client_id, 3)
            await asyncio.sleep(1.0)
            assert receiver.got == []
