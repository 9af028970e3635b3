"""assessment_trend: a row per assessment."""

from events.assessment import AssessmentCorrected, AssessmentWithdrawn
from projections.assessment_trend import projection
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
