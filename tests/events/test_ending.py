"""ended: no task outlives its end, and what it has raised is told."""

import asyncio

from events.ending import ended


class TestATask:
    async def test_that_takes_a_cancellation_for_an_outage_ends_all_the_same(self, monkeypatch):
        monkeypatch.setattr("events.ending.AGAIN_SECONDS", 0.01)
        told = 0

        async def waits_for_the_database() -> None:
            nonlocal told
            while told < 3:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    told += 1
            raise ConnectionError

        task = asyncio.create_task(waits_for_the_database())
        await asyncio.sleep(0)
        [fault] = await ended(task)
        assert (told, type(fault)) == (3, ConnectionError)

    async def test_that_is_cancelled_has_raised_nothing(self):
        task = asyncio.create_task(asyncio.sleep(60))
        assert await ended(task) == [None]
        assert task.cancelled()

    async def test_that_has_ended_before_is_not_waited_for(self):
        async def done() -> int:
            return 7

        task = asyncio.create_task(done())
        await task
        assert await ended(task) == [None]
        assert task.result() == 7
        assert await ended() == []
