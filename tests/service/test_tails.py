"""Many who follow a practice cost one read; from memory, or from the log for who is far behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from projections.feed_page import FeedPage, read_feed, read_newer
from service import tails
from service.feed_types import ALL_TYPES
from service.following import followed
from service.settings import Settings
from service.tails import Tail
from service.wiring import Cairn
from tests.service.conftest import open_practice
from tests.service.streaming import hang_up, say_something


@pytest.fixture
async def cairn(settings: Settings) -> AsyncIterator[Cairn]:
    async with Cairn.open(settings, connections=4) as opened:
        yield opened


@pytest.fixture
async def practice_id(cairn: Cairn) -> UUID:
    return await open_practice(cairn, on_duty=False)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often the tails have asked for what comes after a position."""
    asked: Counter[int] = Counter()

    def counting(read: Any) -> Any:
        def counted(*arguments: Any, after: int, **rest: Any) -> Any:
            asked[after] += 1
            return read(*arguments, after=after, **rest)

        return counted

    for read in (read_feed, read_newer):
        monkeypatch.setattr(tails, read.__name__, counting(read))
    return asked


async def positions(tail: Tail, after: int, *, until: int, limit: int = 500) -> list[int]:
    """What a follower is told from a position to another one."""
    seen: list[int] = []
    while after < until:
        page = await tail.page(after=after, limit=limit, types=ALL_TYPES, wait_seconds=5)
        seen += [one.event.position for one in page.items]
        after = page.next
    return seen


class TestATail:
    async def test_is_read_once_for_all_who_follow(self, cairn, practice_id, reads):
        with cairn.tails.following(practice_id) as tail:
            waiting = [asyncio.create_task(positions(tail, 1, until=4)) for _ in range(100)]
            await asyncio.sleep(0.1)
            reads.clear()
            for _ in range(3):
                await say_something(cairn, practice_id)
            assert await asyncio.gather(*waiting) == [[2, 3, 4]] * 100
        # For each position once, and perhaps once more because it rang twice.
        assert reads.total() <= 8

    async def test_leaves_who_is_far_behind_to_read_the_log(
        self, cairn, practice_id, reads, monkeypatch
    ):
        monkeypatch.setattr(tails, "KEPT_EVENTS", 2)
        with cairn.tails.following(practice_id) as tail:
            await tail.page(after=1, limit=1, types=ALL_TYPES, wait_seconds=0.05)
            for nth in range(7):
                await say_something(cairn, practice_id)
                await positions(tail, 1 + nth, until=2 + nth)
            assert len(tail.kept) <= 4
            assert await positions(tail, 0, until=8, limit=3) == list(range(1, 9))
            assert await positions(tail, 6, until=8) == [7, 8]
            reads.clear()
            assert await positions(tail, tail.floor, until=8) != []
            assert reads.total() == 0

    async def test_ends_when_nobody_follows_and_begins_again(self, cairn, practice_id, monkeypatch):
        monkeypatch.setattr(tails, "LOOK_SECONDS", 30)
        for nth in range(2):
            with cairn.tails.following(practice_id) as tail:
                await tail.page(after=1 + nth, limit=1, types=ALL_TYPES, wait_seconds=0.05)
                assert not tail.task.done()
            await asyncio.wait_for(tail.task, 1)
            await say_something(cairn, practice_id)
        with cairn.tails.following(practice_id) as another:
            assert another is not tail
            assert await positions(another, 1, until=3) == [2, 3]

    async def test_goes_on_for_who_comes_while_it_is_about_to_end(self, cairn, practice_id):
        with cairn.tails.following(practice_id) as tail:
            await asyncio.sleep(0.05)
        with cairn.tails.following(practice_id) as again:
            assert again is tail
            await say_something(cairn, practice_id)
            assert await positions(again, 1, until=2) == [2]

    async def test_outlives_the_loss_of_every_connection(self, cairn, practice_id, database):
        with cairn.tails.following(practice_id) as tail:
            for nth in range(3):
                waiting = asyncio.create_task(positions(tail, 1 + nth, until=2 + nth))
                await asyncio.sleep(0.05)
                await hang_up(database)
                await say_something(cairn, practice_id)
                assert await asyncio.wait_for(waiting, 10) == [2 + nth]

    async def test_outlives_a_database_that_is_away(self, cairn, practice_id, monkeypatch):
        refusals = [ConnectionRefusedError(), TimeoutError()]

        async def refusing(*arguments: Any, **rest: Any) -> Any:
            if refusals:
                raise refusals.pop()
            return await read_newer(*arguments, **rest)

        with cairn.tails.following(practice_id) as tail:
            waiting = asyncio.create_task(positions(tail, 1, until=2))
            await asyncio.sleep(0.05)
            monkeypatch.setattr(tails, "read_newer", refusing)
            await say_something(cairn, practice_id)
            assert await asyncio.wait_for(waiting, 5) == [2]
            assert refusals == []

    async def test_that_fails_says_so_to_who_waits(self, cairn, practice_id, monkeypatch):
        with cairn.tails.following(practice_id) as tail:
            waiting = asyncio.create_task(positions(tail, 1, until=2))
            await asyncio.sleep(0.05)

            async def broken(*_: Any, **__: Any) -> FeedPage:
                raise ZeroDivisionError

            monkeypatch.setattr(tails, "read_newer", broken)
            await say_something(cairn, practice_id)
            with pytest.raises(ZeroDivisionError):
                await waiting


async def test_a_long_poll_waits_with_the_others(cairn, practice_id, reads):
    def wait() -> Any:
        return followed(cairn, practice_id, after=1, limit=5, types=ALL_TYPES, wait_seconds=5)

    waiting = [asyncio.create_task(wait()) for _ in range(50)]
    await asyncio.sleep(0.2)
    reads.clear()
    await say_something(cairn, practice_id)
    pages = await asyncio.gather(*waiting)
    assert [(page.next, page.head, len(page.items)) for page in pages] == [(2, 2, 1)] * 50
    assert reads.total() <= 3
