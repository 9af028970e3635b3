"""SMART review: whether a goal is within reach, by the client and by other goals."""

from datetime import timedelta

import pytest

from events.measure import (
    RelativeFrequency,
)
from projections.smart_review import (
    Dated,
    Facts,
    Similar,
)
from projections.smart_review.kept import middle
from tests.projections.goals_reviewed import BDI, START, asked, codes, half, kept, only


class TestAchievability:
    @pytest.mark.parametrize(("rating", "flagged"), [(0, True), (3, True), (4, False), (10, False)])
    def test_rated_low_is_a_question(self, rating, flagged):
        assert codes(achievability=rating) == (["achievability_low"] if flagged else [])


class TestThePace:
    SLOW = tuple(Dated(float(7 * week), 24 - 0.5 * week) for week in range(6))

    def test_beyond_the_client_s_own_is_asked_about(self):
        finding = only(asked(Facts(instrument=BDI, scores=self.SLOW), measure=half(24)))
        assert finding.code == "pace_beyond_own"
        assert finding.numbers["required_per_week"] == 1.5
        assert finding.numbers["own_per_week"] == pytest.approx(0.5)
        assert finding.arithmetic.startswith(
            "12 points ÷ 8 weeks = 1.5 a week. Own pace 0.5 a week: the median slope of 6 scores "
            "over 35 days, 95 percent interval 0.5 to 0.5"
        )

    def test_within_it_is_not(self):
        fast = tuple(Dated(one.days, 24 - 4 * (24 - one.value)) for one in self.SLOW)
        assert codes(Facts(instrument=BDI, scores=fast), measure=half(24)) == []

    def test_is_told_otherwise_where_scores_have_not_moved(self):
        worse = tuple(Dated(one.days, 48 - one.value) for one in self.SLOW)
        finding = only(asked(Facts(instrument=BDI, scores=worse), measure=half(24)))
        assert finding.code == "pace_beyond_own"
        assert finding.numbers["own_per_week"] == pytest.approx(-0.5)
        assert "have not moved" in finding.question

    def test_is_silent_before_it_may_be_named(self):
        few = self.SLOW[:4]
        close = tuple(Dated(one.days / 7, one.value) for one in self.SLOW)
        for scores in (few, close):
            assert codes(Facts(instrument=BDI, scores=scores), measure=half(24)) == []


class TestWhatWasKept:
    def test_less_than_is_asked_for_is_asked_about(self):
        finding = only(asked(Facts(kept=kept(1))))
        assert finding.code == "more_than_kept"
        assert finding.question.startswith(
            "This asks for 3 times a week. In the earlier goal “Walk to work”, half of the weeks "
            "had 1 time or more."
        )
        assert codes(Facts(kept=kept(3))) == []

    def test_of_nothing_is_said_otherwise(self):
        finding = only(asked(Facts(kept=kept(0))))
        assert "more than half of the weeks stayed empty" in finding.question

    def test_is_compared_with_the_rate_that_a_percentage_comes_to(self):
        measure = RelativeFrequency(percent=25, unit="minutes", per="week", baseline=4.0)
        finding = only(asked(Facts(kept=kept(4)), measure=measure))
        assert finding.numbers["asked"] == 5

    def test_is_the_middle_of_whole_weeks_empty_ones_included(self):
        by_day = {START: 2.0, START + timedelta(days=8): 3.0, START + timedelta(days=30): 9.0}
        until = START + timedelta(days=20)
        assert middle(by_day, per_days=7, starts_on=START, until=until) == (2.0, 3, 0)
        assert middle(by_day, per_days=1, starts_on=START, until=until) == (0.0, 21, 0)
        short = START + timedelta(days=12)
        assert middle(by_day, per_days=1, starts_on=START, until=short) is None

    def test_is_one_that_was_done_and_half_of_them_came_up_to(self):
        by_day = {START: 1.0, START + timedelta(days=7): 3.0}
        until = START + timedelta(days=13)
        assert middle(by_day, per_days=7, starts_on=START, until=until) == (3.0, 2, 0)

    def test_leaves_out_what_was_not_asked_for(self):
        by_day = {START + timedelta(days=nth): 1.0 for nth in range(15)}
        resting = {START + timedelta(days=nth) for nth in range(15, 35)}
        until = START + timedelta(days=34)
        assert middle(by_day, per_days=1, starts_on=START, until=until) == (0.0, 35, 0)
        assert middle(
            by_day, per_days=1, starts_on=START, until=until, excused=resting
        ) == (1.0, 15, 20)  # fmt: skip
        # The third week has six days of rest: it was not a week that was asked for.
        assert middle(
            by_day, per_days=7, starts_on=START, until=until, excused=resting
        ) == (7.0, 2, 3)  # fmt: skip
        most = resting | {START + timedelta(days=14)}
        all_but_one_week = most | {START}
        assert (
            middle(by_day, per_days=7, starts_on=START, until=until, excused=all_but_one_week)
            is None
        )


class TestSimilarGoals:
    def test_are_silent_below_ten(self):
        assert codes(Facts(similar=Similar(alike="template", reached=5, ended=9))) == []

    def test_speak_from_ten_on(self):
        finding = only(asked(Facts(similar=Similar(alike="rate", reached=4, ended=10))))
        assert finding.code == "similar_goals_reached"
        assert finding.numbers == {"reached": 4, "ended": 10, "percent": 40}
        assert finding.question.startswith(
            "Of 10 goals in this practice that ask for so many times a week, whatever is done, 4 "
            "were reached."
        )
        assert finding.arithmetic.startswith("4 ÷ 10 = 40 percent")

    def test_ask_another_question_where_none_was_reached(self):
        finding = only(asked(Facts(similar=Similar(alike="template", reached=0, ended=10))))
        assert finding.question == (
            "Of 10 goals in this practice that were made from this template, none was reached. "
            "What would be different with this one?"
        )
        finding = only(asked(Facts(similar=Similar(alike="template", reached=1, ended=10))))
        assert "one was reached." in finding.question
