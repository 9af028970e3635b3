"""score_trend: each score beside where it came from, and which way they went."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events import instruments
from events.assessment import AssessmentCorrected, AssessmentLeftIncomplete
from events.practice_choices import Norms
from projections.assessment_trend import AssessmentEntry, projection
from projections.score_trend import (
    ScorePoint,
    ScoreTrend,
    Standing,
    without_standing,
)
from projections.score_trend import score_trend as trend_in
from tests.projections.past import ANNA, Log, day, rows, scored
from workers.pace import Point, as_shown, pace_of

BDI2 = instruments.named("bdi2")
PHQ9 = instruments.named("phq9")


ZURICH = "Europe/Zurich"


def score_trend(rows, instrument, *, zone: str = "UTC", **within) -> ScoreTrend:
    return trend_in(rows, instrument, zone=zone, **within)


def scores(*facts) -> list[AssessmentEntry]:
    return list(rows(projection, Log().add(*facts).kept).values())


def left_incomplete(nth, at, *answers, prorated=None):
    return AssessmentLeftIncomplete(
        assessment_id=scored(nth, 0, at).assessment_id,
        client_id=ANNA,
        instrument="phq9",
        answers=answers,
        prorated=prorated,
        occurred_at=at,
    )


def bdi2(*totals, instrument=BDI2, weeks=1):
    facts = (scored(nth, total, day(7 * weeks * nth)) for nth, total in enumerate(totals))
    return score_trend(scores(*facts), instrument)


def standing_of(point: ScorePoint) -> Standing:
    assert point.standing is not None
    return point.standing


class TestPoints:
    def test_the_first_in_time_is_the_baseline_wherever_it_lies_in_the_log(self):
        found = score_trend(
            scores(scored(1, 18, day(7)), scored(2, 24, day(0)), scored(3, 12, day(14))), BDI2
        )
        assert (found.baseline, found.baseline_at, found.best) == (24, day(0), 12)
        assert [
            (one.total, one.change_from_baseline, one.percent_from_baseline) for one in found.points
        ] == [(24, 0, 0), (18, -6, -25), (12, -12, -50)]
        assert [one.change_from_previous for one in found.points] == [None, -6, -6]

    def test_the_best_is_the_best_so_far(self):
        assert [one.change_from_best for one in bdi2(24, 12, 18, 10, 30).points] == [0, 0, 6, 0, 20]
        who5 = replace(BDI2, better="higher")
        assert [one.change_from_best for one in bdi2(24, 12, 30, instrument=who5).points] == [
            0, -12, 0,
        ]  # fmt: skip

    def test_a_range_keeps_the_baseline_the_best_and_the_score_before_it(self):
        found = score_trend(
            scores(*(scored(nth, 24 - nth, day(nth)) for nth in range(4))),
            BDI2,
            from_at=day(2),
            to_at=day(3),
        )
        (one,) = found.points
        assert (one.total, one.change_from_baseline, one.change_from_previous) == (22, -2, -1)
        assert (found.best, found.trend.points) == (21, 1)

    def test_instruments_are_never_mixed(self):
        found = scores(scored(1, 9, day(0), instrument="phq9"), scored(2, 18, day(1)))
        assert [one.total for one in score_trend(found, BDI2).points] == [18]

    def test_the_old_bdi_is_another_instrument(self):
        found = scores(scored(1, 9, day(0), instrument="bdi"), scored(2, 18, day(1)))
        trend = score_trend(found, BDI2)
        assert (trend.baseline, len(trend.points)) == (18, 1)
        assert "bdi" not in instruments.known()

    def test_a_baseline_of_zero_has_no_percent(self):
        _, later = bdi2(0, 3).points
        assert (later.percent_from_baseline, later.change_from_baseline) == (None, 3)
        assert standing_of(later).response is None

    def test_no_percentage_is_told_of_a_score_without_a_zero(self):
        promis = instruments.named("promis_depression_t")
        facts = [
            scored(nth, total, day(7 * nth), instrument=promis.id)
            for nth, total in enumerate((70.0, 35.0))
        ]
        first, later = score_trend(scores(*facts), promis).points
        assert (first.percent_from_baseline, later.percent_from_baseline) == (None, None)
        assert later.change_from_baseline == -35

    def test_each_says_by_which_version_of_its_form_it_was_taken(self):
        facts = [scored(1, 24, day(0)), replace(scored(2, 18, day(7)), instrument_version=2)]
        found = score_trend(scores(*facts), BDI2).points
        assert [(one.version, one.instrument_version) for one in found] == [(1, 1), (1, 2)]

    def test_without_scores_there_is_no_baseline(self):
        found = score_trend([], BDI2)
        assert (found.baseline, found.baseline_at, found.best, found.points) == (
            None, None, None, (),
        )  # fmt: skip
        assert found.trend.points_missing == 5


class TestStanding:
    def test_says_the_class_and_the_numbers_it_was_computed_with(self):
        first, later = (standing_of(one) for one in bdi2(30, 15).points)
        assert (first.band, first.reliable, first.response) == ("Severe", None, None)
        assert (later.band, later.response, later.noticed) == ("Mild", True, True)
        assert later.reliable is not None
        assert later.reliable.jacobson_truax == "recovered"
        assert later.reliable.index == pytest.approx(-3.144, abs=0.001)
        assert (later.reliable.standard_deviation, later.reliable.reliability) == (12.75, 0.93)
        assert later.reliable.source

    def test_classes_go_with_each_score(self):
        found = bdi2(30, 15, 22, 40).points[1:]
        classes = [standing_of(one).reliable for one in found]
        assert [one and one.jacobson_truax for one in classes] == [
            "recovered", "unchanged", "deteriorated",
        ]  # fmt: skip

    def test_goes_by_the_practices_norms(self):
        norms = Norms(source="Ours", standard_deviation=8.16, reliability=0.801, cut_off=21.02)
        _, later = bdi2(30, 21, instrument=instruments.with_norms(BDI2, norms)).points
        reliable = standing_of(later).reliable
        assert reliable is not None
        assert (reliable.jacobson_truax, reliable.source) == ("unchanged", "Ours")

    def test_remission_is_told_where_it_is_known(self):
        totals = (
            scored(nth, total, day(nth), instrument="phq9") for nth, total in enumerate((20, 4))
        )
        found = score_trend(scores(*totals), PHQ9)
        assert [standing_of(one).remission for one in found.points] == [None, True]
        assert [standing_of(one).remission for one in bdi2(30, 3).points] == [None, None]

    def test_two_of_one_moment_are_in_the_order_in_which_they_were_made(self):
        first, second = scored(1, 24, day(0)), scored(2, 12, day(0))
        again = AssessmentCorrected(
            assessment_id=first.assessment_id,
            instrument="bdi2",
            from_total=24,
            total=25,
            from_occurred_at=day(0),
            occurred_at=day(0),
        )
        found = score_trend(scores(first, second, again), BDI2)
        assert [one.total for one in found.points] == [25, 12]

    def test_is_left_out_for_the_client(self):
        found = without_standing(bdi2(30, 15))
        assert [one.standing for one in found.points] == [None, None]
        assert [one.change_from_baseline for one in found.points] == [0, -15]


class TestIncompleteForms:
    def test_are_listed_apart_and_count_in_no_number(self):
        complete = [scored(nth, 20 - nth, day(7 * nth), instrument="phq9") for nth in range(5)]
        partial = left_incomplete(9, day(10), 0, None, 0, 0, 0, 0, 0, 0, 0, prorated=0.0)
        without, found = (
            score_trend(scores(*facts), PHQ9) for facts in (complete, [*complete, partial])
        )
        assert replace(found, incomplete=()) == without
        (one,) = found.incomplete
        assert (one.answered, one.asked, one.prorated, one.occurred_at) == (8, 9, 0.0, day(10))

    def test_are_no_baseline(self):
        found = score_trend(
            scores(left_incomplete(1, day(0), None, 3), scored(2, 9, day(1), instrument="phq9")),
            PHQ9,
        )
        assert (found.baseline, found.incomplete[0].prorated) == (9, None)

    def test_lie_in_the_days_asked_for(self):
        partial = left_incomplete(1, day(0), None, 3)
        assert score_trend(scores(partial), PHQ9, from_at=day(1)).incomplete == ()


class TestTrend:
    def test_names_the_direction_of_the_scores(self):
        found = bdi2(30, 27, 25, 20, 18).trend
        assert (found.direction, found.points, found.span_days) == ("falling", 5, 28)
        assert found.slope is not None
        assert found.slope.per_week == pytest.approx(-3, abs=0.2)

    def test_goes_by_the_clients_own_days_as_a_replan_does(self):
        # The clocks of Zurich go forward on 29 March 2026: in hours the last day lacks one.
        at_nine = [
            datetime(2026, 3, of_march, 9, tzinfo=ZoneInfo(ZURICH))
            for of_march in (16, 20, 24, 27, 30)
        ]
        totals = (20, 18, 16, 14, 12)
        facts = [
            scored(nth, total, at)
            for nth, (total, at) in enumerate(zip(totals, at_nine, strict=True))
        ]
        found = score_trend(scores(*facts), BDI2, zone=ZURICH).trend
        assert (found.direction, found.span_days, found.days_missing) == ("falling", 14, 0)
        paced = pace_of(
            [Point(on=at.date(), value=total) for total, at in zip(totals, at_nine, strict=True)],
            towards=-1,
        )
        assert paced is not None
        assert found.slope is not None
        assert as_shown(found.slope) == paced.slope

    def test_two_of_one_day_are_one_time(self):
        facts = [scored(nth, 20 - nth, day(3 * nth)) for nth in range(4)]
        evening = scored(9, 10, day(9) + timedelta(hours=8))
        assert score_trend(scores(*facts, evening), BDI2).trend.points_missing == 1

    def test_a_gap_is_as_long_as_it_was(self):
        # Two points from week to week, and two more after a year: that is hardly any.
        facts = [scored(nth, 30 - 2 * nth, day(7 * nth)) for nth in range(4)]
        found = score_trend(scores(*facts, scored(4, 22, day(365))), BDI2).trend
        assert found.slope is not None
        assert found.slope.per_week == pytest.approx(-2)
        assert found.slope.high_per_week == pytest.approx(-2 * 7 / (365 - 21))


totals = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 63)), max_size=12)


class TestLaws:
    @given(totals, st.randoms())
    @settings(deadline=None)
    def test_the_order_of_arrival_makes_no_difference(self, drawn, random):
        # No two at the same moment: then the log's order would rightly decide.
        facts = [
            scored(nth, total, day(on) + timedelta(minutes=nth))
            for nth, (on, total) in enumerate(drawn)
        ]
        shuffled = list(facts)
        random.shuffle(shuffled)
        assert score_trend(scores(*shuffled), BDI2) == score_trend(scores(*facts), BDI2)

    @given(totals, st.lists(st.integers(-12, 14), min_size=12, max_size=12))
    @settings(deadline=None)
    def test_the_zone_of_an_instant_makes_no_difference(self, drawn, hours):
        facts = [
            scored(nth, total, day(on) + timedelta(minutes=nth))
            for nth, (on, total) in enumerate(drawn)
        ]
        elsewhere = [
            replace(
                fact, occurred_at=fact.occurred_at.astimezone(timezone(timedelta(hours=offset)))
            )
            for fact, offset in zip(facts, hours, strict=False)
        ]
        assert score_trend(scores(*elsewhere), BDI2) == score_trend(scores(*facts), BDI2)
