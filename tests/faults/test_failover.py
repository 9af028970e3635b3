"""A database that fails over, restarts or takes no writes for a while: all goes on by itself.

The API, the projector, the sweeps of a worker and its deliveries are at work all the while, and
nobody starts any of them again.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.database_faults import is_outage
from events.store import StoreUnavailable
from migrations.runner import migrate
from service.embedded import EmbeddedPostgres
from service.installed import unprivileged_account
from service.settings import Settings
from tests.conftest import HURRIED, Database, Servers, execute, give_files, new_folder, run
from tests.faults.two_servers import Server, begin_pair, promote
from tests.service.conftest import KEY, Asker, House, opened_house
from tests.workers.diary import PHQ9_FROM_24, Diary, noon
from tests.workers.receivers import Receiver, receiving
from tests.workers.subscribed import eventually
from workers.main import run_worker

# Far above what it takes, and far below what somebody who has to be called needs.
BY_ITSELF_SECONDS = 30.0
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


class Everything:
    """A practice at work: a clinician writes, a worker watches, an app is told."""

    def __init__(self, house: House, receiver: Receiver) -> None:
        self.house, self.receiver = house, receiver
        self.clinician: Asker = house.asker()
        self.client_id = ""

    async def begin(self) -> None:
        self.client_id = await self.clinician.enrol()
        await self.clinician.do(
            "POST",
            "/v1/subscriptions",
            {
                "id": str(uuid4()), "name": "A receiver", "url": self.receiver.url(),
                "categories": ["mood"],
            },
        )  # fmt: skip

    async def is_written(self) -> bool:
        """Log a mood: whether it was taken. What is refused is to be tried again."""
        answer = await self.clinician.ask(
            "POST", f"/v1/clients/{self.client_id}/moods", {"rating": 5}
        )
        if answer.status_code != 201:
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), answer.text
        return answer.status_code == 201

    async def is_refused(self) -> bool:
        return not await self.is_written()

    async def is_shown(self) -> bool:
        """Whether the view has what was written last."""
        answer = await self.clinician.ask("GET", f"/v1/clients/{self.client_id}/trends/mood")
        return answer.status_code == 200

    async def is_noticed(self) -> bool:
        """Set a goal whose date has passed: the worker notices. Whoever is refused tries again."""
        try:
            diary = await Diary(self.house.cairn.store).open(zone="UTC", language="en")
            await diary.goal(PHQ9_FROM_24, starts_on=date(2026, 1, 4), due_on=date(2026, 3, 1))
            await diary.scored(17, at=noon(date(2026, 2, 20)))
        except Exception as error:
            if is_outage(error) or isinstance(error, StoreUnavailable):
                return False
            raise

        async def is_there() -> list[str]:
            return await diary.types(of="goal.deadline_missed")

        await by_itself(is_there)
        return True

    async def goes_on(self) -> None:
        """Writes are taken and shown, what is due is noticed, and what happened is told."""
        before = len(self.receiver.got)
        await by_itself(self.is_written)
        await by_itself(self.is_shown)
        await by_itself(self.is_noticed)

        async def is_told() -> bool:
            return len(self.receiver.got) > before

        await by_itself(is_told)


async def by_itself(holds: Callable[[], Awaitable[Any]]) -> None:
    await eventually(holds, seconds=BY_ITSELF_SECONDS)


@asynccontextmanager
async def everything(url: str) -> AsyncIterator[Everything]:
    settings = Settings(database_url=url, key=KEY, webhooks="any")
    async with receiving() as receiver, opened_house(settings) as house:
        stop = asyncio.Event()
        worker = asyncio.create_task(run_worker(house.cairn, None, stop, sweep_every_seconds=0.2))
        # Whoever writes is told so after a second, and not after fifteen.
        house.cairn.store._writer._patience_seconds = 1.0
        try:
            at_work = Everything(house, receiver)
            await at_work.begin()
            await at_work.goes_on()
            yield at_work
            assert not worker.done(), worker
        finally:
            stop.set()
            await worker


async def test_a_database_that_took_no_writes_for_a_while(
    servers: Servers, database: Database
) -> None:
    """Sessions that began meanwhile would refuse writes for as long as they last."""
    admin, name = servers.urls.admin, database.name
    async with everything(database.runtime) as at_work:
        await execute(admin, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await execute(admin, CUT.format(name))
        await by_itself(at_work.is_refused)
        await execute(admin, f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await at_work.goes_on()


@pytest.fixture
def postgres(files_of_initdb: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, which may be killed."""
    folder = new_folder()
    give_files(files_of_initdb, folder)
    server = EmbeddedPostgres(folder, settings=HURRIED)
    try:
        run(server.start)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_database_that_is_killed_and_started_again(postgres: EmbeddedPostgres) -> None:
    """No coroutine, because a server belongs to the thread that starts it."""

    async def story() -> None:
        async with everything(postgres.urls().runtime) as at_work:
            assert postgres.process is not None
            postgres.process.kill()
            postgres.process.wait()
            await by_itself(at_work.is_refused)
            postgres.launch()
            await at_work.goes_on()

    run(lambda: migrate(postgres.urls().owner))
    run(story)


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """A primary and its standby."""
    folder = new_folder()
    account = unprivileged_account()
    if account is not None:
        os.chown(folder, *account)
    primary, standby = Server(folder / "primary"), Server(folder / "standby")
    try:
        run(lambda: begin_pair(primary, standby))
        yield primary, standby
    finally:
        primary.kill()
        standby.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def test_a_standby_that_takes_over_from_a_primary_that_died(
    pair: tuple[Server, Server],
) -> None:
    """The address names both, and the writes find the one that takes them."""
    primary, standby = pair
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    url = f"postgresql://cairn@{hosts}/cairn?target_session_attrs=read-write"
    async with everything(url) as at_work:
        assert await primary.ask("SELECT count(*) > 0 FROM event_log")
        await promote(primary, standby)
        await at_work.goes_on()
        assert await standby.ask("SELECT NOT pg_is_in_recovery()")
