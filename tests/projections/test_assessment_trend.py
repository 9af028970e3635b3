"""assessment_trend: a row per assessment, and the change from baseline."""

from events.assessment import AssessmentCorrected, AssessmentWithdrawn
from projections.assessment_trend import change_from_baseline, projection
from tests.projections.past import Log, day, rows, scored


def scores(*facts):
    return rows(projection, Log().add(*facts).kept).values()


class TestRows:
    def test_follow_corrections_and_withdrawals(self):
        first, second = scored(1, 20, day(0)), scored(2, 18, day(7))
        corrected = AssessmentCorrected(
            assessment_id=first.assessment_id,
            instrument="bdi2",
            from_total=20,
            total=22,
            from_occurred_at=day(0),
            occurred_at=day(1),
        )
        withdrawn = AssessmentWithdrawn(
            assessment_id=second.assessment_id, instrument="bdi2", reason="twice"
        )
        (row,) = scores(first, second, corrected, withdrawn)
        assert (row.total, row.occurred_at, row.version, row.position) == (22, day(1), 2, 3)


class TestChangeFromBaseline:
    def test_the_first_in_time_is_the_baseline_wherever_it_lies_in_the_log(self):
        trend = change_from_baseline(
            scores(scored(1, 18, day(7)), scored(2, 24, day(0)), scored(3, 12, day(14))),
            instrument="bdi2",
        )
        assert trend.baseline == 24
        assert [
            (one.total, one.change_from_baseline, one.percent_from_baseline) for one in trend.points
        ] == [(24, 0, 0), (18, -6, -25), (12, -12, -50)]
        assert [one.change_from_previous for one in trend.points] == [None, -6, -6]

    def test_a_goals_baseline_can_be_asked_for(self):
        trend = change_from_baseline(scores(scored(1, 15, day(0))), instrument="bdi2", baseline=30)
        assert (trend.baseline, trend.points[0].percent_from_baseline) == (30, -50)

    def test_a_range_keeps_the_baseline_and_the_score_before_it(self):
        found = scores(*(scored(nth, 24 - nth, day(nth)) for nth in range(4)))
        trend = change_from_baseline(found, instrument="bdi2", from_at=day(2), to_at=day(3))
        (one,) = trend.points
        assert (one.total, one.change_from_baseline, one.change_from_previous) == (22, -2, -1)

    def test_instruments_are_never_mixed(self):
        found = scores(scored(1, 9, day(0), instrument="phq9"), scored(2, 18, day(1)))
        assert [one.total for one in change_from_baseline(found, instrument="bdi2").points] == [18]

    def test_a_baseline_of_zero_has_no_percent(self):
        trend = change_from_baseline(
            scores(scored(1, 0, day(0)), scored(2, 3, day(1))), instrument="bdi2"
        )
        assert trend.points[1].percent_from_baseline is None
        assert trend.points[1].change_from_baseline == 3

    def test_without_scores_there_is_no_baseline(self):
        trend = change_from_baseline([], instrument="bdi2")
        assert (trend.baseline, trend.points) == (None, ())
