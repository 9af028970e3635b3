"""When a delivery that failed is tried again."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.retrying import SCHEDULE_SECONDS, delay_after, spread

DIARY = UUID("0f5b1c9e-7c1d-4a51-9f3e-1d6a52f0b001")


class TestDelayAfter:
    def test_goes_by_the_schedule(self):
        steps = [delay_after(tries, place=0.5) for tries in range(1, 10)]
        assert [step.total_seconds() for step in steps if step] == [
            5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
        ]  # fmt: skip

    def test_gives_up_after_ten(self):
        assert delay_after(10, place=0.5) is None

    def test_is_a_fifth_shorter_or_longer(self):
        assert delay_after(1, place=0.0) == timedelta(seconds=4)
        assert delay_after(1, place=1.0) == timedelta(seconds=6)

    @pytest.mark.parametrize(
        ("asked", "waited"), [(1, 300), (300, 300), (450, 450), (600, 600), (9_000, 600)]
    )
    def test_waits_as_long_as_it_is_asked_to_up_to_twice_the_step(self, asked: int, waited: int):
        delay = delay_after(2, place=0.5, retry_after_seconds=asked)
        assert delay == timedelta(seconds=waited)

    @given(st.integers(1, 9), st.floats(0, 1), st.none() | st.floats(0, 1e12))
    def test_is_never_shorter_than_four_fifths_nor_longer_than_twice(
        self, tries: int, place: float, asked: float | None
    ):
        delay = delay_after(tries, place=place, retry_after_seconds=asked)
        assert delay is not None
        step = SCHEDULE_SECONDS[tries]
        assert 0.8 * step - 0.01 <= delay.total_seconds() <= 2 * step


def test_tries_are_spread_over_their_time_and_computed() -> None:
    places = [spread(DIARY, number, 1) for number in range(1, 1001)]
    assert places == [spread(DIARY, number, 1) for number in range(1, 1001)]
    assert all(0 <= place < 1 for place in places)
    assert 0.45 < sum(places) / len(places) < 0.55
