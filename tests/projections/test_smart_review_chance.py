"""SMART review: a rise that an unchanged rate shows by chance."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from events.measure import (
    RelativeFrequency,
)
from projections.smart_review.chance import chance_of, least_count
from tests.projections.goals_reviewed import START, asked, change, codes, only


class TestARiseThatChanceBringsAbout:
    def rise(self, **changes):
        return change(
            RelativeFrequency(percent=25, unit="times", per="week", baseline=3.0), **changes
        )

    def test_is_asked_about_with_its_share_and_a_longer_stretch(self):
        finding = only(asked(measure=self.rise()))
        assert (finding.code, finding.blocks) == ("change_within_chance", False)
        # P(N >= 8) is 0.2560 for a mean of 6, and P(N >= 27) is 0.1174 for one of 21.
        assert finding.numbers["by_chance"] == 26
        assert (finding.numbers["longer_periods"], finding.numbers["by_chance_longer"]) == (7, 12)
        assert finding.question.startswith(
            "With nothing changed, 8 or more in 2 weeks come by chance alone in 26 of 100 cases; "
            "over 7 weeks that would be 12 of 100."
        )
        assert finding.arithmetic.startswith(
            "3 × 2 = 6 are usual; 3.75 × 2 = 7.5 are asked for, so 8 or more."
        )
        assert finding.arithmetic.endswith(
            "Over 7: 3 × 7 = 21 are usual, and 27 or more are asked for."
        )

    def test_takes_the_shortest_stretch_that_makes_it_small(self):
        finding = only(asked(measure=self.rise(percent=50.0)))
        assert (finding.numbers["longer_periods"], finding.numbers["by_chance_longer"]) == (3, 7)

    def test_names_no_longer_stretch_where_the_goal_has_none(self):
        finding = only(asked(measure=self.rise(), due_on=START + timedelta(days=19)))
        assert "longer_periods" not in finding.numbers
        assert "larger percentage" in finding.question

    def test_goes_by_the_baseline_that_was_measured(self):
        measure = self.rise(baseline=None, baseline_from_on=START - timedelta(days=14))
        finding = only(asked(measure=measure, measured_rate=3.0))
        assert finding.numbers["by_chance"] == 26

    def test_is_not_one_that_many_times_tell_from_chance(self):
        assert codes(measure=self.rise(baseline=40.0)) == []
        assert codes(measure=self.rise(percent=200.0)) == []

    def test_is_not_of_minutes(self):
        assert codes(measure=self.rise(unit="minutes")) == []

    def test_is_one_time_or_more_however_little_is_usual(self):
        assert least_count(1e-9, 2) == 1
        measure = self.rise(baseline=None, baseline_from_on=START - timedelta(days=14))
        assert codes(measure=measure, measured_rate=1e-9) == []

    @given(st.floats(0.01, 200), st.floats(1, 300), st.integers(1, 52))
    def test_is_as_likely_as_a_poisson_process_has_it(self, baseline, percent, weeks):
        target = baseline * (1 + percent / 100)
        least = least_count(target, weeks)
        assert chance_of(baseline, target, weeks) == pytest.approx(
            poisson.sf(least - 1, baseline * weeks), abs=1e-12
        )
