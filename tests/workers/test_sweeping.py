"""What a sweep remembers from one turn to the next."""

import asyncio
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from projections.queries import Owed
from tests.conftest import Database
from tests.workers.site import Site
from tests.workers.test_main import AFTER, due_goal
from workers.deadlines import sweep_deadlines
from workers.sweeping import Bookmarks, SweepOutcome, sweep


def owed(practice: int, goal: int = 3) -> Owed:
    """A goal that has the same id in every practice."""
    return Owed(
        practice_id=UUID(int=practice),
        client_id=UUID(int=2),
        goal_id=UUID(int=goal),
        due_on=date(2026, 3, 1),
        since_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


async def test_what_is_set_aside_is_set_aside_for_one_sweep_and_in_its_practice() -> None:
    bookmarks = Bookmarks()
    bookmarks.set_aside("deadlines", owed(1))
    assert bookmarks.is_aside("deadlines", owed(1))
    assert not bookmarks.is_aside("deadlines", owed(2))
    assert not bookmarks.is_aside("safety", owed(1))


class TestAPracticeThatIsStuck:
    """`settle` waits in one practice for something that does not come, as for a lock."""

    @pytest.fixture(autouse=True)
    def seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("workers.sweeping.TURN_SECONDS", 0.1)
        monkeypatch.setattr("workers.sweeping.SECONDS_PER_GOAL", 1.5)

    async def test_keeps_no_other_practice_waiting(self) -> None:
        settled: list[UUID] = []
        stuck = asyncio.Event()
        nominated = [*(owed(1, nth) for nth in range(40)), *(owed(2, nth) for nth in range(40))]

        async def settle(one: Owed) -> SweepOutcome:
            if one.practice_id == UUID(int=1):
                await stuck.wait()
            settled.append(one.practice_id)
            return "missed"

        async def nominate(limit: int, *, after: Owed | None) -> list[Owed]:
            return nominated

        bookmarks = Bookmarks()
        sweeping = asyncio.create_task(sweep("deadlines", nominate, settle, bookmarks=bookmarks))
        await asyncio.sleep(1.0)
        assert settled == [UUID(int=2)] * 40
        assert not sweeping.done()
        counts = await sweeping
        # The first ones were given up, and then the practice was left for a while.
        assert counts == {"missed": 40, "unavailable": 6, "skipped": 34}
        assert bookmarks.is_aside("deadlines", owed(1))
        assert not bookmarks.is_aside("safety", owed(1))

    async def test_keeps_no_other_practice_waiting_where_its_log_is_locked(
        self, site: Site, database: Database
    ) -> None:
        diaries = [await due_goal(site) for _ in range(2)]
        for diary in diaries:
            await site.project(diary)
        stuck, other = diaries
        somebody = await asyncpg.connect(database.admin)
        try:
            async with somebody.transaction():
                head = "SELECT 1 FROM practice_log WHERE practice_id = $1 FOR UPDATE"
                await somebody.execute(head, stuck.practice_id)
                counts = await sweep_deadlines(site, AFTER)
            assert counts == {"missed": 1, "unavailable": 1}
            assert await other.types(of="goal.deadline") == ["goal.deadline_missed.v1"]
        finally:
            await somebody.close()

    async def test_is_given_up_with_the_sweep(self) -> None:
        begun, ended = [], []

        async def settle(one: Owed) -> SweepOutcome:
            begun.append(one)
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(one)
            return "missed"

        async def nominate(limit: int, *, after: Owed | None) -> list[Owed]:
            return [owed(1), owed(2)]

        sweeping = asyncio.create_task(sweep("deadlines", nominate, settle, bookmarks=Bookmarks()))
        await asyncio.sleep(0.3)
        sweeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sweeping
        assert (len(begun), len(ended)) == (2, 2)
