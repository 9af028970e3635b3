"""Two workers at the same subscriptions, and one that loses its connections."""

import asyncpg
from structlog.testing import capture_logs

from tests.workers.diary import Diary
from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import receiving
from tests.workers.site import Site
from tests.workers.subscribed import (
    NOON,
    delivering,
    envelope,
    eventually,
    numbers,
    settled,
    subscribe,
)


@in_its_loop
async def diary(site: Site) -> Diary:
    site.now = NOON
    return await site.diary()


class TestTwoWorkers:
    async def test_do_not_send_twice(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site) as one, delivering(site) as other:
            subjects = [await subscribe(site, diary, receiver.url()) for _ in range(4)]
            for rating in range(1, 6):
                await diary.felt(rating, at=NOON)
            for subject in subjects:
                await settled(site, subject)
            assert len(receiver.got) == 20
            served = [worker.wake().get("subscriptions", 0) for worker in (one, other)]
            assert sum(served) == 4

    async def test_take_over_from_each_other(self, site: Site, diary: Diary):
        async with receiving() as receiver:
            async with delivering(site):
                subject = await subscribe(site, diary, receiver.url())
                await diary.felt(1, at=NOON)
                await settled(site, subject)
            await diary.felt(2, at=NOON)
            async with delivering(site):
                await settled(site, subject)
            assert numbers(receiver) == [1, 2]

    async def test_go_on_when_all_connections_are_cut(self, site: Site, diary: Diary):
        async with receiving() as receiver, delivering(site):
            subject = await subscribe(site, diary, receiver.url())
            for rating in range(1, 11):
                await diary.felt(rating, at=NOON)
                if rating == 5:
                    await cut_listeners(site)
            found = await settled(site, subject)
        assert {envelope(got)["data"]["number"] for got in receiver.got} == set(range(1, 11))
        assert {one.stage for one in found} == {"delivered"}

    async def test_wait_longer_each_time_while_the_database_takes_no_writes(
        self, site: Site, diary: Diary
    ):
        """Such a database lets everybody in: to be let in is not to be served."""
        connect, is_read_only = site.connect, True

        async def connected() -> asyncpg.Connection:
            connection = await connect()
            if is_read_only:
                await connection.execute("SET default_transaction_read_only = on")
            return connection

        site.connect = connected
        async with receiving() as receiver:
            subject = await subscribe(site, diary, receiver.url())
            with capture_logs() as told:
                async with delivering(site):

                    async def is_patient() -> bool:
                        return any(one.get("seconds", 0.0) >= 0.4 for one in told)

                    await eventually(is_patient)
                    is_read_only = False
                    await diary.felt(1, at=NOON)
                    await settled(site, subject)
            assert numbers(receiver) == [1]


async def cut_listeners(site: Site) -> None:
    await site.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (query LIKE 'LISTEN%' OR query LIKE '%outbox%')"
    )
