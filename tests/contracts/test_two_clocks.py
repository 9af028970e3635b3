"""By which of two clocks an append is dated: none refuses one, and a wrong one dates nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.memory import MemoryStore
from events.record import Recorded
from events.store import EventStore
from events.two_clocks import (
    TOLERANCE,
    PracticeClockCorrected,
    RecordingTime,
    recording_time,
)
from tests.contracts.stores import cause, found, mood, postgres_store
from tests.shifted_clock import make_shiftable, set_ahead

MONTH, MINUTE = timedelta(days=31), timedelta(minutes=1)


class Times(msgspec.Struct, kw_only=True):
    """A store between two clocks that can be set, and the ids of a practice and its client."""

    store: EventStore
    set_database: Callable[[timedelta], Awaitable[None]]
    own: timedelta = timedelta()
    practice: tuple[UUID, UUID]

    async def append(self) -> Recorded:
        """One more event, as the log has it."""
        practice_id, client_id = self.practice
        receipt = await self.store.append(practice_id, [mood(client_id)], cause=cause())
        (kept,) = await self.store.read_practice(practice_id, after=receipt.position - 1)
        return kept

    async def corrections(self) -> list[Recorded]:
        whole = await self.store.read_practice(self.practice[0])
        return [one for one in whole if isinstance(one.event, PracticeClockCorrected)]


def about(at: datetime, right: timedelta = timedelta()) -> bool:
    """Whether this is now, or so far from it."""
    return abs(at - (datetime.now(UTC) + right)) < MINUTE


@pytest.fixture
async def times(request: pytest.FixtureRequest, database_url: str | None) -> AsyncIterator[Times]:
    ahead = {"database": timedelta()}

    def own() -> datetime:
        return datetime.now(UTC) + made[0].own

    made: list[Times] = []
    if database_url is None:

        async def set_memory(by: timedelta) -> None:
            ahead["database"] = by

        store = MemoryStore(lambda: datetime.now(UTC) + ahead["database"], caller=own)
        made.append(Times(store=store, set_database=set_memory, practice=(UUID(int=0),) * 2))
        made[0].practice = await found(store)
        yield made[0]
        return
    database = request.getfixturevalue("database")
    await make_shiftable(database)
    async with postgres_store(database_url, clock=own) as opened:
        made.append(
            Times(
                store=opened,
                set_database=lambda by: set_ahead(database, by),
                practice=(UUID(int=0),) * 2,
            )
        )
        made[0].practice = await found(opened)
        yield made[0]


class TestAWrongClock:
    async def test_of_the_database_dates_nothing(self, times: Times) -> None:
        await times.append()
        for ahead in (MONTH, -MONTH):
            await times.set_database(ahead)
            kept = await times.append()
            assert about(kept.recorded_at)
            assert kept.clock_doubted
        await times.set_database(timedelta())
        kept = await times.append()
        assert about(kept.recorded_at)
        assert not kept.clock_doubted
        assert await times.corrections() == []

    async def test_of_one_machine_dates_nothing(self, times: Times) -> None:
        await times.append()
        for ahead in (MONTH, -MONTH):
            times.own = ahead
            kept = await times.append()
            assert about(kept.recorded_at)
            assert kept.clock_doubted
        assert await times.corrections() == []

    async def test_of_both_is_corrected_once_both_are_right(self, times: Times) -> None:
        """As where an earlier release had dated the last event by the database's clock alone."""
        before = await times.append()
        await times.set_database(MONTH)
        times.own = MONTH
        ahead = await times.append()
        assert about(ahead.recorded_at, MONTH)
        await times.set_database(timedelta())
        times.own = timedelta()
        kept = await times.append()
        assert about(kept.recorded_at)
        assert not kept.clock_doubted
        (corrected,) = await times.corrections()
        assert (corrected.position, corrected.actor) == (kept.position - 1, "log:clock")
        assert isinstance(corrected.event, PracticeClockCorrected)
        assert corrected.event.from_at == ahead.recorded_at
        assert about(corrected.event.to_at)
        # What is on record now is all there is, whatever a wrong clock had said of it.
        practice_id, client_id = times.practice
        on_record = await times.store.read_client(
            practice_id, client_id, recorded_until=datetime.now(UTC) + MINUTE
        )
        assert {before.position, ahead.position, kept.position} <= {
            one.position for one in on_record
        }
        earlier = await times.store.read_client(
            practice_id, client_id, recorded_until=before.recorded_at
        )
        assert ahead.position not in {one.position for one in earlier}

    async def test_does_not_refuse_where_both_are_behind_and_disagree(self, times: Times) -> None:
        last = await times.append()
        await times.set_database(-MONTH)
        times.own = -2 * MONTH
        kept = await times.append()
        assert (kept.recorded_at, kept.clock_doubted) == (last.recorded_at, True)
        assert await times.corrections() == []

    async def test_is_none_within_two_minutes(self, times: Times) -> None:
        times.own = TOLERANCE - timedelta(seconds=10)
        kept = await times.append()
        assert about(kept.recorded_at)
        assert not kept.clock_doubted


async def test_the_log_never_goes_back_but_by_a_correction(times: Times) -> None:
    for database, own in ((0, 0), (90, 60), (-20, 30), (-25, -10), (60 * 40, 0), (0, 0)):
        await times.set_database(timedelta(seconds=database))
        times.own = timedelta(seconds=own)
        await times.append()
    whole = await times.store.read_practice(times.practice[0])
    dated = [one.recorded_at for one in whole]
    assert dated == sorted(dated)
    assert await times.corrections() == []


SECONDS = st.integers(-400, 400)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(floor=SECONDS, database=SECONDS, caller=SECONDS)
def test_the_rule_believes_the_earlier_clock_that_is_not_behind(
    floor: int, database: int, caller: int
) -> None:
    dated = rule(floor, database, caller)
    apart, tolerance = abs(database - caller) > 120, 120
    assert dated.doubted is apart
    assert dated.floor_ahead is (not apart and floor - max(database, caller) > tolerance)
    assert dated.recorded_at >= at(floor)
    if not apart:
        assert dated.recorded_at == at(max(database, floor))
        return
    believed = [one for one in (database, caller) if one >= floor - tolerance]
    assert dated.recorded_at == at(max(min(believed), floor) if believed else floor)


async def test_the_database_goes_by_the_same_rule(database) -> None:

    connection = await asyncpg.connect(database.owner)
    try:
        spread = (-400, -121, -120, -60, 0, 60, 119, 120, 121, 400)
        for floor in spread:
            for ahead in spread:
                for caller in spread:
                    row = await connection.fetchrow(
                        "SELECT * FROM recording_time($1, $2, $3)",
                        at(floor), at(ahead), at(caller),
                    )  # fmt: skip
                    assert row is not None
                    assert RecordingTime(**row) == rule(floor, ahead, caller)
    finally:
        await connection.close()


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def rule(floor: int, database: int, caller: int) -> RecordingTime:
    return recording_time(at(floor), database=at(database), caller=at(caller))
