"""Which time a process goes by, between its machine's clock and the database's."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.two_clocks import are_apart, recording_time
from service.clocks import Clocks, seconds_since_boot
from service.database import SESSION
from tests.conftest import Database
from tests.shifted_clock import make_shiftable, set_ahead

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONTH, MINUTE, HOUR = timedelta(days=31), timedelta(minutes=1), timedelta(hours=1)


class Machine(msgspec.Struct):
    """A machine whose clock can be set, and whose seconds go by when the test says so."""

    ahead: timedelta = timedelta()
    seconds: float = 0.0

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds) + self.ahead

    def clocks(self) -> Clocks:
        return Clocks(self.wall, monotonic=lambda: self.seconds)


@pytest.fixture
def machine() -> Machine:
    return Machine()


class TestAMachineWhoseClockIsSet:
    @pytest.mark.parametrize("ahead", [MONTH, -MONTH])
    def test_is_not_believed_even_before_the_next_look(
        self, machine: Machine, ahead: timedelta
    ) -> None:
        clocks = machine.clocks()
        clocks.note(NOW, machine.wall())
        machine.seconds, machine.ahead = 60.0, ahead
        assert clocks.now() == NOW + MINUTE
        clocks.note(NOW + MINUTE, machine.wall())
        assert clocks.now() == NOW + MINUTE
        assert clocks.difference == ahead
        machine.ahead = timedelta()
        clocks.note(NOW + MINUTE, machine.wall())
        assert (clocks.now(), clocks.difference) == (NOW + MINUTE, timedelta())

    def test_is_not_believed_where_the_practices_were_idle(self, machine: Machine) -> None:
        """Both clocks have agreed since the process began: that is known to have passed as well."""
        clocks = machine.clocks()
        clocks.note(NOW, machine.wall())
        machine.seconds, machine.ahead = 5.0, -MONTH
        for _ in range(3):
            clocks.note(NOW + timedelta(seconds=machine.seconds), machine.wall())
            assert clocks.now() == NOW + timedelta(seconds=machine.seconds)
            machine.seconds += 5

    def test_counts_on_where_both_clocks_are_behind_and_disagree(self, machine: Machine) -> None:
        clocks = machine.clocks()
        clocks.note(NOW, machine.wall())
        machine.ahead = -2 * MONTH
        for seconds in (5.0, 10.0, 15.0):
            machine.seconds = seconds
            clocks.note(NOW - MONTH, machine.wall())
            assert clocks.now() == NOW + timedelta(seconds=seconds)

    def test_does_not_lead_to_an_event_that_a_wrong_clock_has_dated(self, machine: Machine) -> None:
        clocks = machine.clocks()
        clocks._newest = NOW + MONTH
        clocks.note(NOW, machine.wall())
        machine.ahead = -MONTH
        clocks.note(NOW, machine.wall())
        assert clocks.now() == NOW


class TestAMachineThatWasSuspended:
    def test_is_at_once_as_late_as_it_is(self, machine: Machine) -> None:
        clocks = machine.clocks()
        clocks.note(NOW, machine.wall())
        machine.seconds = 8 * 3600.0
        assert clocks.now() == NOW + 8 * HOUR

    def test_counts_the_seconds_that_it_was_asleep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if not hasattr(time, "CLOCK_BOOTTIME"):
            pytest.skip("this system has no clock that counts on while it is suspended")
        asleep = {time.CLOCK_BOOTTIME: 8 * 3600.0, time.CLOCK_MONOTONIC: 0.0}
        monkeypatch.setattr(time, "clock_gettime", asleep.__getitem__)
        assert seconds_since_boot() == 8 * 3600.0


MINUTES = st.integers(-100_000, 100_000).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(database=MINUTES, own=MINUTES, newest=MINUTES)
def test_what_clocks_that_differ_come_to_is_the_rule_of_the_log(
    database: datetime, own: datetime, newest: datetime
) -> None:
    clocks = Clocks(lambda: own, monotonic=lambda: 0.0)
    clocks._newest = newest
    clocks.note(database, own)
    if are_apart(database, own):
        dated = recording_time(newest, database=database, caller=own)
        assert clocks.now() in {own, dated.recorded_at}
        assert not are_apart(clocks.now(), dated.recorded_at)
    else:
        assert clocks.now() == own


class Place(msgspec.Struct):
    """A database with practices, whose clock can be set."""

    database: Database
    pool: asyncpg.Pool

    async def practices(self, *last: datetime) -> None:
        """As many practices, whose last events were recorded then."""
        admin = await asyncpg.connect(self.database.admin)
        try:
            await admin.execute("DELETE FROM practice_log")
            await admin.executemany(
                "INSERT INTO practice_log (practice_id, position, recorded_at) "
                "VALUES (gen_random_uuid(), 1, $1)",
                [(one,) for one in last],
            )
        finally:
            await admin.close()

    async def time(self, ahead: timedelta) -> timedelta:
        """How far from now a process goes by that begins on a machine with such a clock."""
        clocks = Clocks(lambda: datetime.now(UTC) + ahead)
        await clocks.look(self.pool)
        return clocks.now() - datetime.now(UTC)


@pytest.fixture
async def place(database: Database) -> AsyncIterator[Place]:
    await make_shiftable(database)
    async with asyncpg.create_pool(
        database.runtime, min_size=1, max_size=1, server_settings=dict(SESSION)
    ) as pool:
        yield Place(database=database, pool=pool)


def about(found: timedelta, expected: timedelta = timedelta()) -> bool:
    return abs(found - expected) < MINUTE


class TestAProcessThatBegins:
    async def test_a_month_late_goes_by_the_newest_event_of_any_practice(
        self, place: Place
    ) -> None:
        now = datetime.now(UTC)
        await place.practices(now - 40 * timedelta(days=1), now - HOUR)
        assert about(await place.time(-MONTH))
        assert about(await place.time(MONTH))

    async def test_does_not_go_by_an_event_that_a_wrong_clock_has_dated(self, place: Place) -> None:
        now = datetime.now(UTC)
        await place.practices(now + MONTH, now - HOUR)
        assert about(await place.time(-MONTH))

    async def test_goes_by_the_last_event_where_both_clocks_are_behind(self, place: Place) -> None:
        await place.practices(datetime.now(UTC))
        await set_ahead(place.database, -MONTH)
        assert about(await place.time(-2 * MONTH))

    async def test_has_the_earlier_clock_where_nothing_is_recorded(self, place: Place) -> None:
        """As the log would date the first event. Nothing says which of the clocks is right."""
        await place.practices()
        assert about(await place.time(-MONTH), -MONTH)
        assert about(await place.time(MONTH))
