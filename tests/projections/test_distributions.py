"""Our arithmetic beside SciPy's."""

import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, norm, poisson, t, theilslopes

from projections.distributions import (
    normal_deviations,
    poisson_at_least,
    student_deviations,
    student_within,
)
from projections.theil_sen import Ties, slope_of
from tests.house.tree import ROOT

drawn = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), min_size=5, max_size=60).filter(
    lambda points: len({day for day, _ in points}) > 1
)


def test_no_process_has_to_load_what_they_are_compared_with():
    """The first trend after a start is as quick as the second."""
    asking = (
        "import sys, service.server, workers.main\n"
        "from projections.theil_sen import trend_of\n"
        "assert trend_of(range(0, 70, 7), range(10)).direction == 'rising'\n"
        "print(sorted({'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asking], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


class TestDistributions:
    @given(st.floats(0.5, 0.999))
    def test_of_normal_deviations(self, confidence: float):
        assert normal_deviations(confidence) == pytest.approx(norm.ppf((1 + confidence) / 2))

    @given(st.integers(1, 400), st.floats(0.01, 50))
    def test_of_students_t(self, degrees: int, deviations: float):
        expected = 1 - 2 * t.sf(deviations, degrees)
        assert student_within(deviations, degrees) == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize("degrees", [1, 2, 3, 4, 13, 27, 364])
    def test_of_students_quantiles(self, degrees: int):
        assert student_deviations(0.95, degrees) == pytest.approx(t.ppf(0.975, degrees))

    @given(st.integers(1, 20_000), st.floats(1e-9, 20_000))
    @settings(max_examples=50, deadline=None)
    def test_of_a_poisson_process(self, least: int, mean: float):
        expected = poisson.sf(least - 1, mean)
        assert poisson_at_least(least, mean) == pytest.approx(expected, abs=1e-12)


class TestSlopes:
    @given(drawn)
    @settings(deadline=None)
    def test_are_those_of_theilslopes(self, points: Sequence[tuple[int, int]]):
        days, values = zip(*sorted(points), strict=True)
        assume(Ties.of(days, values).variance >= 0)  # Else SciPy knows no interval.
        found, known = slope_of(days, values), theilslopes(values, days, alpha=0.95)
        ends = (7 * known.low_slope, 7 * known.high_slope)
        assert found.per_week == pytest.approx(7 * known.slope)
        assert (found.low_per_week, found.high_per_week) == pytest.approx(ends)

    @given(drawn)
    @settings(deadline=None)
    def test_are_tested_against_zero_as_kendall_does(self, points: Sequence[tuple[int, int]]):
        days, values = zip(*sorted(points), strict=True)
        found = slope_of(days, values)
        if found.per_week and 0 in (found.low_per_week, found.high_per_week):
            known = kendalltau(days, values, method="asymptotic")
            assert found.zero_excluded == (known.pvalue < 0.05)
