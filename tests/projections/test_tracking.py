"""tracking: who is not on track, for the clinician's eyes alone."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events.assessment import AssessmentCorrected, AssessmentLeftIncomplete, AssessmentWithdrawn
from events.client import ClientDischarged
from events.goal import GoalPaused, GoalResumed, GoalTargetRevised
from events.measure import Milestone, Score, TargetValue
from events.moment import start_of
from events.practice import Practice
from events.practice_choices import Norms
from events.practice_choices import Tracking as Limits
from events.session import SessionCancelled, SessionHeld, SessionScheduled
from projections.folding import PageFold
from projections.tracking import Tracking, holding
from projections.tracking_fold import projection
from tests.projections.past import (
    ANNA,
    MONDAY,
    WALK,
    ZONE,
    Log,
    agreed,
    anna_enrolled,
    day,
    goal_set,
    rows_in_batches,
    scored,
)

LATER = day(4000)


def anna(*facts, practice: Practice | None = None) -> Tracking:
    fold = PageFold(projection)
    for one in Log().add(anna_enrolled(), *facts).kept:
        fold.apply(one)
    row = fold.row(ANNA, practice or Practice())
    assert isinstance(row, Tracking)
    return row


def kinds(*facts, now=LATER, practice: Practice | None = None):
    return [notice.kind for notice in holding(anna(*facts, practice=practice), now)]


def weekly(*totals, instrument="bdi2"):
    return [
        scored(nth, total, day(7 * nth), instrument=instrument) for nth, total in enumerate(totals)
    ]


def held(count: int, *, first: int = 1):
    for nth in range(count):
        session_id, at = UUID(int=0x5E55 + nth), day(first + nth)
        yield SessionScheduled(session_id=session_id, client_id=ANNA, starts_at=at)
        yield SessionHeld(session_id=session_id, starts_at=at)


class TestGettingWorse:
    def test_a_reliable_rise_from_the_first_score(self):
        # RC95 of the BDI-II is 9.35: nine points are within its error, ten are not.
        assert kinds(*weekly(24, 33), now=day(7)) == []
        (notice,) = holding(anna(*weekly(24, 34)), day(7))
        assert (notice.kind, notice.instrument, notice.since_at) == (
            "worse_than_baseline", "bdi2", day(7),
        )  # fmt: skip
        assert notice.numbers == {
            "baseline": 24,
            "latest": 34,
            "change": 10,
            "reliable_change": pytest.approx(9.35, abs=0.005),
        }

    def test_holds_since_the_first_of_the_scores_in_a_row(self):
        (notice,) = holding(anna(*weekly(24, 40, 26, 34, 36)), day(28))
        assert (notice.since_at, notice.numbers["latest"]) == (day(21), 36)

    def test_of_two_of_one_moment_goes_by_the_one_made_later(self):
        first, later, sooner = weekly(24, 40, 26)
        of_one_moment = (replace(one, occurred_at=day(7)) for one in (later, sooner))
        again = AssessmentCorrected(
            assessment_id=later.assessment_id,
            instrument="bdi2",
            from_total=40,
            total=41,
            from_occurred_at=day(7),
            occurred_at=day(7),
        )
        assert kinds(first, *of_one_moment, again, now=day(7)) == []

    def test_a_reliable_rise_from_the_best_score(self):
        (notice,) = holding(anna(*weekly(30, 12, 22)), day(14))
        assert (notice.kind, notice.numbers["best"], notice.numbers["change"]) == (
            "worse_than_best", 12, 10,
        )  # fmt: skip

    def test_both_are_told_where_both_are_so(self):
        assert kinds(*weekly(24, 14, 34)) == ["worse_than_baseline", "worse_than_best"]

    def test_the_latest_score_counts_wherever_it_lies_in_the_log(self):
        back = [*weekly(24, 36), scored(2, 24, day(14))]
        assert kinds(*back, now=day(14)) == []
        assert kinds(back[2], back[1], back[0], now=day(14)) == []

    def test_a_correction_and_a_withdrawal_undo_it(self):
        first, second = weekly(24, 36)
        corrected = AssessmentCorrected(
            assessment_id=second.assessment_id,
            instrument="bdi2",
            from_total=36,
            total=26,
            from_occurred_at=day(7),
            occurred_at=day(7),
        )
        withdrawn = AssessmentWithdrawn(
            assessment_id=second.assessment_id, instrument="bdi2", reason="twice"
        )
        assert kinds(first, second, now=day(9)) == ["worse_than_baseline"]
        assert kinds(first, second, corrected, now=day(9)) == []
        assert kinds(first, second, withdrawn, now=day(9)) == []

    def test_an_incomplete_form_says_nothing(self):
        partial = AssessmentLeftIncomplete(
            assessment_id=UUID(int=9),
            client_id=ANNA,
            instrument="phq9",
            answers=(3, 3, 3, 3, None, 3, 3, 3, 3),
            prorated=27.0,
            occurred_at=day(9),
        )
        assert kinds(*weekly(12, instrument="phq9"), partial) == []

    def test_instruments_are_looked_at_one_by_one(self):
        facts = [*weekly(10, instrument="phq9"), scored(7, 30, day(7))]
        assert kinds(*facts) == []

    def test_without_a_known_error_nothing_is_said(self):
        assert kinds(*weekly(0, 60, instrument="cesd_r")) == []

    def test_more_is_better_on_some_scales(self):
        ours = Practice(norms={"who5": Norms(source="Ours", reliable_change=10)})
        assert kinds(*weekly(20, 60, instrument="who5"), practice=ours) == []
        assert kinds(*weekly(60, 20, instrument="who5"), practice=ours) == ["worse_than_baseline"]


class TestNotMoving:
    def test_eight_weeks_without_a_reliable_improvement(self):
        facts = weekly(30, 28)
        assert kinds(*facts, now=day(56) - timedelta(seconds=1)) == []
        (notice,) = holding(anna(*facts), day(56))
        assert (notice.kind, notice.numbers["gained"], notice.since_at) == (
            "no_reliable_improvement", 2, day(56),
        )  # fmt: skip

    def test_or_six_sessions_if_they_come_first(self):
        assert kinds(*weekly(30, 28), *held(5), now=day(40)) == []
        row = anna(*weekly(30, 28), *held(6))
        assert [notice.since_at for notice in row.notices] == [day(6)]
        assert row.notices[0].numbers["sessions_held"] == 6

    def test_sessions_before_the_first_score_do_not_count(self):
        assert kinds(*weekly(30, 28), *held(6, first=-3), now=day(40)) == []

    def test_a_session_that_was_not_held_after_all_does_not_count(self):
        undone = SessionCancelled(session_id=UUID(int=0x5E55), starts_at=day(1))
        assert kinds(*weekly(30, 28), *held(6), undone, now=day(40)) == []

    def test_not_where_a_score_was_reliably_better_once(self):
        assert kinds(*weekly(30, 15, 23), now=LATER) == []

    def test_not_where_there_is_nothing_to_compare(self):
        assert kinds(*weekly(30)) == []

    def test_not_for_somebody_who_began_well(self):
        assert kinds(*weekly(8, 8), now=LATER) == []
        assert kinds(*weekly(19, 19), now=LATER) == []
        assert kinds(*weekly(20, 20), now=LATER) == ["no_reliable_improvement"]

    def test_not_where_the_scale_leaves_no_room(self):
        # Nobody can fall by 6 points from 5; without a cut-off only the scale says so.
        ours = Practice(norms={"phq9": Norms(source="Ours", cut_off=1)})
        assert kinds(*weekly(5, 5, instrument="phq9"), practice=ours) == []
        assert kinds(*weekly(6, 6, instrument="phq9"), practice=ours) == ["no_reliable_improvement"]

    def test_the_practice_chooses_how_long(self):
        ours = Practice(tracking=Limits(sessions_without_change=2, weeks_without_change=20))
        assert kinds(*weekly(30, 28), now=day(100), practice=ours) == []
        assert kinds(*weekly(30, 28), *held(2), now=day(2), practice=ours) == [
            "no_reliable_improvement"
        ]


def of_goal(*facts):
    """Reviewed every 14 days from MONDAY on."""
    return goal_set(), *agreed(), *facts


def at_day(nth):
    """The first moment of a day in the goal's zone."""
    return start_of(MONDAY + timedelta(days=nth), ZONE)


def not_recorded_since(row: Tracking) -> datetime | None:
    return next(
        (one.since_at for one in row.notices if one.kind == "assessments_not_recorded"), None
    )


class TestNotRecorded:
    def test_two_planned_assessments_in_a_row(self):
        row = anna(*of_goal())
        assert not_recorded_since(row) == at_day(28)
        assert (row.notices[0].goal_id, row.notices[0].instrument) == (WALK, "bdi2")
        assert row.notices[0].numbers == {"not_recorded": 2, "every_days": 14}

    @pytest.mark.parametrize(("on", "since"), [(0, 42), (13, 42), (14, 56), (30, 70)])
    def test_are_counted_from_the_last_one_recorded(self, on, since):
        assert not_recorded_since(anna(*of_goal(scored(1, 20, day(on))))) == at_day(since)

    def test_an_incomplete_form_is_recorded(self):
        partial = AssessmentLeftIncomplete(
            assessment_id=UUID(int=9),
            client_id=ANNA,
            instrument="bdi2",
            answers=(1, None),
            occurred_at=day(14),
        )
        assert not_recorded_since(anna(*of_goal(partial))) == at_day(56)

    def test_another_instrument_is_not_what_was_planned(self):
        row = anna(*of_goal(scored(1, 20, day(14), instrument="phq9")))
        assert not_recorded_since(row) == at_day(28)

    def test_a_goal_in_its_pause_asks_for_nothing(self):
        paused = GoalPaused(goal_id=WALK, on=MONDAY + timedelta(days=3))
        resumed = GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=100))
        assert not_recorded_since(anna(*of_goal(paused))) is None
        assert not_recorded_since(anna(*of_goal(paused, resumed))) == at_day(128)

    def test_a_goal_asks_from_the_day_it_is_agreed(self):
        fold = PageFold(projection)
        log = Log().add(anna_enrolled(), goal_set()).add(*agreed(), at=day(10))
        for one in log.kept:
            fold.apply(one)
        assert not_recorded_since(fold.row(ANNA)) == at_day(38)

    def test_only_scores_are_assessed(self):
        other = goal_set(measure=Milestone())
        assert anna(other, *agreed()).notices == ()
        revised = GoalTargetRevised(
            goal_id=WALK,
            from_measure=Milestone(),
            measure=Score(instrument="phq9", baseline=15, target=TargetValue(value=9)),
            reason="x",
            client_agreed=True,
        )
        assert anna(other, *agreed(), revised).notices[0].instrument == "phq9"

    def test_the_practice_chooses_how_many(self):
        ours = Practice(tracking=Limits(assessments_not_recorded=5))
        assert not_recorded_since(anna(*of_goal(), practice=ours)) == at_day(70)


class TestRow:
    def test_nothing_is_said_of_somebody_discharged(self):
        assert anna(*of_goal(), *weekly(24, 40), ClientDischarged(client_id=ANNA)).notices == ()

    def test_lies_in_clear_as_the_first_instant_at_which_a_rule_holds(self):
        assert projection.clear(anna(*weekly(30, 28))) == (day(56),)
        assert projection.clear(anna(*weekly(24, 40))) == (day(7),)
        assert projection.clear(anna()) == (None,)

    @given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 63)), max_size=8), st.randoms())
    @settings(deadline=None)
    def test_the_order_of_arrival_makes_no_difference(self, drawn, random):
        facts = [
            scored(nth, total, day(on) + timedelta(minutes=nth))
            for nth, (on, total) in enumerate(drawn)
        ]
        shuffled = list(facts)
        random.shuffle(shuffled)
        assert anna(*of_goal(*shuffled)).notices == anna(*of_goal(*facts)).notices

    def test_batches_make_no_difference(self):
        log = Log().add(anna_enrolled(), *of_goal(), *weekly(30, 14, 28), *held(6)).kept
        (row,) = rows_in_batches(projection, log, [3] * 10).values()
        (whole,) = rows_in_batches(projection, log, []).values()
        assert row == whole
