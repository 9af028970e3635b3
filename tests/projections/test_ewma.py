"""The moving average over uneven gaps."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.ewma import TAU_DAYS, ewma


def test_a_gap_of_tau_leaves_one_part_in_e():
    assert ewma([0, 7], [4, 8]) == [4, pytest.approx(8 - 4 / exp(1))]


def test_a_day_moves_it_by_an_eighth():
    # 1 - exp(-1/7) = 0.1331: from 5 towards 8, and a day later towards 2.
    assert ewma([0, 1, 2], [5, 8, 2]) == pytest.approx([5, 5.39936, 4.94683], abs=1e-5)


def test_half_is_gone_after_the_half_life():
    assert ewma([0, TAU_DAYS * log(2)], [0, 10])[1] == pytest.approx(5)


def test_a_long_gap_forgets():
    assert ewma([0, 365], [1, 10])[1] == pytest.approx(10)


def test_two_gaps_are_one_where_the_value_stays():
    # What lies between two equal averages is nothing: an even value does not move it.
    assert ewma([0, 3, 10], [6, 6, 9])[2] == pytest.approx(ewma([0, 7], [6, 9])[1])


def test_without_values_there_is_no_average():
    assert ewma([], []) == []


@given(
    gaps=st.lists(st.floats(0.01, 400), min_size=1, max_size=30),
    values=st.lists(st.integers(1, 10), min_size=30, max_size=30),
    rise=st.floats(-5, 5),
)
def test_stays_among_the_values_and_moves_with_them(gaps, values, rise):
    days = [sum(gaps[:nth]) for nth in range(len(gaps))]
    seen = [float(value) for value in values[: len(days)]]
    found = ewma(days, seen)
    assert all(min(seen) - 1e-9 <= one <= max(seen) + 1e-9 for one in found)
    moved = ewma([day + 1000 for day in days], [value + rise for value in seen])
    assert moved == pytest.approx([one + rise for one in found])
