"""A circuit breaker: five failures open it, one success closes it, and it opens for longer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.circuit import PATIENCE, Circuit, after_failure, after_success

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def failing(times: int, *, at: datetime = NOW) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit = after_failure(circuit, at)
    return circuit


class TestACircuit:
    def test_is_closed_until_five_fail_in_a_row(self):
        assert failing(4).open_until is None
        assert failing(5).open_until == NOW + timedelta(seconds=60)

    def test_is_closed_by_one_success(self):
        assert after_success(failing(9)) == Circuit()

    def test_lets_nothing_through_while_it_is_open(self):
        open_ = failing(5)
        assert open_.room(NOW + timedelta(seconds=59), under_way=0, most=32) == 0

    def test_lets_no_more_through_after_a_failure_than_it_takes_to_open_it(self):
        assert failing(1).room(NOW, under_way=0, most=32) == 4
        assert failing(1).room(NOW, under_way=31, most=32) == 0
        assert failing(4).room(NOW, under_way=0, most=32) == 1

    def test_lets_one_through_when_its_time_is_up(self):
        half_open, then = failing(5), NOW + timedelta(seconds=60)
        assert half_open.room(then, under_way=0, most=32) == 1
        assert half_open.room(then, under_way=1, most=32) == 0

    def test_opens_for_twice_as_long_each_time_and_an_hour_at_most(self):
        circuit, now, lengths = failing(5), NOW, []
        for _ in range(9):
            now = circuit.open_until or now
            circuit = after_failure(circuit, now)
            lengths.append(circuit.open_for_seconds)
        assert lengths == [120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]

    def test_opens_for_no_longer_for_those_that_were_under_way(self):
        late = after_failure(failing(5), NOW + timedelta(seconds=30))
        assert late.open_until == failing(5).open_until

    def test_loses_patience_after_five_days_without_a_success(self):
        circuit = failing(10)
        assert not circuit.has_lost_patience(NOW + PATIENCE - timedelta(seconds=1))
        assert circuit.has_lost_patience(NOW + PATIENCE)
        assert not Circuit().has_lost_patience(NOW + PATIENCE)

    def test_has_patience_with_whom_nobody_has_tried(self):
        assert not failing(9).has_lost_patience(NOW + 2 * PATIENCE)


@pytest.mark.parametrize("under_way", [0, 1, 31, 32, 40])
def test_there_is_never_more_room_than_there_is(under_way: int) -> None:
    assert Circuit().room(NOW, under_way=under_way, most=32) == max(0, 32 - under_way)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=40))
def test_it_is_open_only_after_failures_and_for_an_hour_at_most(
    steps: list[tuple[bool, int]],
) -> None:
    circuit, now = Circuit(), NOW
    for succeeds, seconds in steps:
        now += timedelta(seconds=seconds)
        circuit = after_success(circuit) if succeeds else after_failure(circuit, now)
        if circuit.open_until is not None:
            assert circuit.failures >= 5
            assert circuit.open_until - now <= timedelta(hours=1)
        assert (circuit.failing_since is None) == (circuit.failures == 0)
