"""goal_status: progress, course and what is owed, from the facts alone."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest

from events.assessment import AssessmentCorrected, AssessmentWithdrawn
from events.check_in import CheckInCorrected, CheckInWithdrawn
from events.goal import (
    GoalClosed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalResumed,
    GoalStatementRevised,
    GoalTargetMet,
    GoalTargetRevised,
    Stage,
)
from events.goal_decisions import GOAL
from events.measure import Progress, Score, TargetPercent
from events.suggestion import (
    Evidence,
    SuggestionDismissed,
    SuggestionOffered,
    SuggestionWithdrawn,
)
from projections.goal_progress import evidence, progress_until
from projections.goal_status import GoalStatus, course, days_left
from projections.goal_status_fold import projection
from tests.projections.past import (
    ANNA,
    BEN,
    DUE,
    HALF_AN_HOUR_A_DAY,
    NINE,
    SLEEP,
    WALK,
    Log,
    agreed,
    checked_in,
    day,
    goal_set,
    rows,
    scored,
)

PHQ9 = Score(instrument="phq9", baseline=18, target=TargetPercent(percent=-50))
NEW_DUE = date(2026, 6, 1)


def status(*facts, goal_id=WALK) -> GoalStatus:
    row = rows(projection, Log().add(*facts).kept)[goal_id]
    assert isinstance(row, GoalStatus)
    return row


def under_way(*facts, **changes) -> GoalStatus:
    return status(goal_set(**changes), *agreed(), *facts)


def moved(due_on=NEW_DUE):
    return GoalDeadlineRevised(
        goal_id=WALK, from_on=DUE, due_on=due_on, reason="more time", client_agreed=True
    )


def missed(due_on=DUE):
    return GoalDeadlineMissed(goal_id=WALK, due_on=due_on, progress=Progress(), evidence_position=1)


def target_met(due_on=DUE):
    return GoalTargetMet(goal_id=WALK, due_on=due_on, progress=Progress(), evidence_position=1)


def corrected(entry, total, *, at=None):
    return AssessmentCorrected(
        assessment_id=entry.assessment_id,
        instrument="bdi2",
        from_total=entry.total,
        total=total,
        from_occurred_at=entry.occurred_at,
        occurred_at=at or entry.occurred_at,
    )


class TestStage:
    def test_a_goal_is_a_proposal_until_both_have_agreed(self):
        one, both = agreed()
        assert status(goal_set()).goal.stage is Stage.PROPOSED
        assert status(goal_set(), one).goal.agreed == {"clinician"}
        assert status(goal_set(), one).goal.stage is Stage.PROPOSED
        assert status(goal_set(), one, both).goal.stage is Stage.ACTIVE

    def test_says_every_part_of_the_goal(self):
        row = under_way()
        assert row.goal == GOAL.fold([goal_set(), *agreed()])
        assert (row.version, row.set_at) == (3, NINE)

    def test_pauses_and_resumes(self):
        paused = GoalPaused(goal_id=WALK)
        assert under_way(paused).goal.stage is Stage.PAUSED
        assert under_way(paused, GoalResumed(goal_id=WALK)).goal.stage is Stage.ACTIVE

    @pytest.mark.parametrize(
        ("end", "stage"),
        [
            (GoalReached(goal_id=WALK), Stage.REACHED),
            (GoalClosed(goal_id=WALK, reason="clients_choice"), Stage.CLOSED),
            (GoalReplaced(goal_id=WALK, by_goal_id=SLEEP, reason="nearer"), Stage.REPLACED),
        ],
    )
    def test_ends(self, end, stage):
        row = under_way(end)
        assert (row.goal.stage, row.ended_at) == (stage, NINE)
        assert course(row, day(1)) is None
        assert days_left(row, day(1)) is None

    def test_counts_every_revision(self):
        said = GoalStatementRevised(
            goal_id=WALK, from_statement="a", statement="b", reason="c", client_agreed=True
        )
        assert under_way(said, moved()).revisions == 2
        assert under_way(said, moved()).goal.statement == "b"


class TestProgressOfScores:
    def test_is_nothing_before_the_first_score(self):
        assert under_way().progress == Progress()
        assert under_way().latest is None

    def test_is_the_way_from_baseline_to_target(self):
        row = under_way(scored(1, 18, day(7)))
        assert (row.progress.fraction, row.progress.latest) == (0.5, 18)

    def test_keeps_the_plain_value_when_things_got_worse(self):
        row = under_way(scored(1, 30, day(7)))
        assert (row.progress.fraction, row.progress.unclamped) == (0.0, -0.5)

    def test_takes_the_latest_by_the_clients_own_time_not_by_the_log(self):
        row = under_way(scored(1, 15, day(14)), scored(2, 22, day(7)))
        assert row.latest is not None
        assert (row.latest.value, row.progress.entries) == (15, 2)

    def test_of_two_at_the_same_moment_takes_the_later_in_the_log(self):
        row = under_way(scored(1, 15, day(7)), scored(2, 22, day(7)))
        assert row.progress.latest == 22

    def test_compares_instants_not_clock_readings(self):
        tokyo = timezone(timedelta(hours=9))
        late = datetime(2026, 3, 9, 12, tzinfo=UTC)
        early = datetime(2026, 3, 9, 20, tzinfo=tokyo)  # 11:00 UTC
        assert under_way(scored(1, 15, late), scored(2, 22, early)).progress.latest == 15

    def test_counts_from_the_goals_first_day_in_its_zone(self):
        last_winter = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)  # 23:59 in Zurich
        first_minute = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
        assert under_way(scored(1, 18, last_winter)).progress.entries == 0
        assert under_way(scored(1, 18, first_minute)).progress.entries == 1

    def test_counts_scores_recorded_before_the_goal_was(self):
        row = status(scored(1, 18, day(1)), goal_set(), *agreed())
        assert row.progress.fraction == 0.5

    def test_ignores_other_instruments_and_other_clients(self):
        row = under_way(
            scored(1, 9, day(3), instrument="phq9"), scored(2, 12, day(3), client_id=BEN)
        )
        assert row.progress.entries == 0

    def test_follows_corrections(self):
        entry = scored(1, 18, day(7))
        row = under_way(entry, corrected(entry, 21, at=day(6)))
        assert row.latest is not None
        assert (row.latest.value, row.latest.occurred_at) == (21, day(6))

    def test_forgets_what_was_withdrawn(self):
        entry = scored(2, 12, day(14))
        withdrawn = AssessmentWithdrawn(
            assessment_id=entry.assessment_id, instrument="bdi2", reason="another person's"
        )
        assert under_way(scored(1, 18, day(7)), entry, withdrawn).progress.latest == 18

    def test_starts_anew_from_what_is_known_when_the_instrument_changes(self):
        revised = GoalTargetRevised(
            goal_id=WALK,
            from_measure=goal_set().measure,
            measure=PHQ9,
            reason="shorter",
            client_agreed=True,
        )
        row = under_way(scored(1, 12, day(3)), scored(2, 9, day(3), instrument="phq9"), revised)
        assert (row.progress.fraction, row.progress.latest) == (1.0, 9)

    def test_stands_still_once_the_goal_has_ended(self):
        log = Log().add(goal_set(), *agreed(), scored(1, 18, day(7)))
        log.add(GoalReached(goal_id=WALK), at=day(10)).add(scored(2, 30, day(30)))
        row = rows(projection, log.kept)[WALK]
        assert row.progress.latest == 18
        # What was true before the end, and arrives after it, still counts.
        row = rows(projection, log.add(scored(3, 12, day(9))).kept)[WALK]
        assert row.progress.latest == 12

    def test_can_be_asked_for_an_earlier_instant(self):
        row = under_way(scored(1, 18, day(7)), scored(2, 12, day(60)))
        assert progress_until(row, row.passes_at).latest == 18
        assert len(evidence(row)) == 2


class TestProgressOfFrequencies:
    def test_credits_each_day_of_the_goals_zone(self):
        # 23:30 UTC is the next day in Zurich: two halves of one day.
        row = under_way(
            checked_in(1, 15, datetime(2026, 3, 2, 23, 30, tzinfo=UTC)),
            checked_in(2, 15, datetime(2026, 3, 3, 12, tzinfo=UTC)),
            measure=HALF_AN_HOUR_A_DAY,
        )
        assert (row.progress.periods_met, row.progress.periods) == (1, 57)
        assert row.progress.fraction == pytest.approx(1 / 57)

    def test_corrects_and_withdraws(self):
        first, second = checked_in(1, 30, day(0)), checked_in(2, 30, day(1))
        corrected = CheckInCorrected(
            check_in_id=first.check_in_id,
            goal_id=WALK,
            from_amount=30,
            amount=15,
            from_occurred_at=day(0),
            occurred_at=day(2),
        )
        withdrawn = CheckInWithdrawn(
            check_in_id=second.check_in_id, goal_id=WALK, reason="the other week"
        )
        row = under_way(first, second, corrected, withdrawn, measure=HALF_AN_HOUR_A_DAY)
        assert (row.progress.latest, row.progress.entries) == (15, 1)
        assert row.latest is not None
        assert row.latest.occurred_at == day(2)

    def test_ignores_another_clients_check_in(self):
        stranger = checked_in(1, 30, day(0))
        log = Log().add(goal_set(measure=HALF_AN_HOUR_A_DAY))
        log.add(type(stranger)(**{**_fields(stranger), "client_id": BEN}))
        assert rows(projection, log.kept)[WALK].progress.entries == 0


def _fields(event):
    return {name: getattr(event, name) for name in event.__struct_fields__}


class TestCourse:
    def test_is_on_course_until_the_line_is_too_far_ahead(self):
        row = under_way()
        # 0.15 of 57 days comes before the first review after 14: the review counts.
        assert row.risk_at == datetime(2026, 3, 15, 23, tzinfo=UTC)
        assert course(row, row.risk_at - timedelta(seconds=1)) == "on_course"
        assert course(row, row.risk_at) == "at_risk"

    def test_evidence_moves_the_risk_away(self):
        row = under_way(scored(1, 18, day(7)))
        whole = row.passes_at - datetime(2026, 3, 1, 23, tzinfo=UTC)
        expected = datetime(2026, 3, 1, 23, tzinfo=UTC) + whole * 0.65
        assert row.risk_at is not None
        assert abs(row.risk_at - expected) < timedelta(seconds=1)

    def test_there_is_no_risk_when_the_end_is_near_enough(self):
        row = under_way(scored(1, 13, day(7)))
        assert row.risk_at is None
        assert course(row, row.passes_at - timedelta(seconds=1)) == "on_course"

    def test_is_past_its_date_when_the_day_is_over_in_the_clients_zone(self):
        row = under_way()
        assert row.passes_at == datetime(2026, 4, 27, 22, tzinfo=UTC)  # Summer time since March.
        assert course(row, row.passes_at) == "past_its_date"
        assert course(row, row.passes_at - timedelta(seconds=1)) == "at_risk"

    def test_a_goal_that_is_not_under_way_has_none(self):
        assert course(status(goal_set()), day(100)) is None
        assert course(under_way(GoalPaused(goal_id=WALK)), day(100)) is None

    def test_days_left_are_days_of_the_calendar(self):
        row = under_way()
        assert days_left(row, datetime(2026, 4, 27, 21, 59, tzinfo=UTC)) == 0
        assert days_left(row, datetime(2026, 4, 27, 22, tzinfo=UTC)) == -1
        assert days_left(row, datetime(2026, 4, 25, 22, tzinfo=UTC)) == 1


class TestNoticed:
    def test_a_missed_deadline_is_counted_and_noticed(self):
        row = under_way(missed())
        assert (row.missed, row.goal.missed_on, row.deadline_noticed) == (1, DUE, True)

    def test_a_new_deadline_is_not(self):
        row = under_way(missed(), moved())
        assert (row.missed, row.goal.missed_on, row.deadline_noticed) == (1, None, False)
        assert row.passes_at == datetime(2026, 6, 1, 22, tzinfo=UTC)

    def test_risk_and_met_target_belong_to_one_deadline(self):
        facts = [
            event(goal_id=WALK, due_on=DUE, progress=Progress(), evidence_position=1)
            for event in (GoalFoundAtRisk, GoalTargetMet)
        ]
        row = under_way(scored(1, 12, day(20)), *facts)
        assert (row.risk_noticed, row.deadline_noticed) == (True, True)
        row = under_way(scored(1, 12, day(20)), *facts, moved())
        assert (row.risk_noticed, row.deadline_noticed) == (False, False)

    def test_a_missed_deadline_is_not_once_late_evidence_meets_it(self):
        late = scored(1, 12, day(20))
        assert under_way(missed(), scored(1, 20, day(20))).deadline_noticed
        assert under_way(missed(), scored(1, 12, day(80))).deadline_noticed  # After the date.
        row = under_way(missed(), late)
        assert (row.deadline_noticed, row.dates_passed) == (False, 1)
        row = under_way(missed(), late, target_met())
        assert (row.deadline_noticed, row.goal.missed_on, row.dates_passed) == (True, None, 0)
        assert row.missed == 1

    def test_a_met_target_is_not_once_its_score_is_corrected(self):
        past = scored(1, 12, day(20)), target_met(), corrected(scored(1, 12, day(20)), 24)
        row = under_way(*past)
        assert (row.deadline_noticed, row.dates_passed) == (False, 0)
        row = under_way(*past, missed())
        assert (row.deadline_noticed, row.goal.target_met_on, row.dates_passed) == (True, None, 1)

    def test_an_offer_about_a_date_that_was_met_after_all_is_outdated(self):
        past = missed(), offered(1, position=5), scored(1, 12, day(20)), target_met()
        row = under_way(*past)
        assert (row.outdated, row.kinds_owed) == ((UUID(int=0x5E1),), ())
        again = under_way(*past, corrected(scored(1, 12, day(20)), 24), missed())
        assert again.kinds_owed == ("reframing", "replan")


def offered(nth, *, kind="reframing", due_on=DUE, position=99):
    return SuggestionOffered(
        suggestion_id=UUID(int=0x5E0 + nth),
        goal_id=WALK,
        client_id=ANNA,
        kind=kind,
        due_on=due_on,
        language="en",
        sentences=("The date we set has passed.",),
        options=(),
        evidence=Evidence(
            position=position, positions=(), progress=Progress(), numbers={}, formula=""
        ),
    )


class TestSuggestions:
    def test_are_owed_once_the_deadline_was_missed(self):
        assert under_way().kinds_owed == ()
        assert under_way(missed()).kinds_owed == ("reframing", "replan")
        assert under_way(missed(), offered(1)).kinds_owed == ("replan",)
        assert under_way(missed(), offered(1), offered(2, kind="replan")).kinds_owed == ()

    def test_are_not_owed_where_the_target_turned_out_to_be_met(self):
        row = under_way(missed())
        assert msgspec.structs.replace(row, met_by_date=True).kinds_owed == ()
        assert msgspec.structs.replace(row, met_by_date=False).kinds_owed != ()

    def test_are_owed_once_for_a_deadline_whatever_became_of_them(self):
        first = offered(1)
        gone = SuggestionDismissed(suggestion_id=first.suggestion_id, goal_id=WALK)
        row = under_way(missed(), first, offered(2, kind="replan"), gone)
        assert row.kinds_owed == ()

    def test_are_not_owed_to_a_goal_that_is_not_under_way(self):
        assert under_way(missed(), GoalPaused(goal_id=WALK)).kinds_owed == ()
        assert under_way(missed(), moved()).kinds_owed == ()

    @pytest.mark.parametrize(
        "event", [moved(), GoalPaused(goal_id=WALK), GoalReached(goal_id=WALK)]
    )
    def test_are_outdated_when_the_goal_moves_on(self, event):
        first = offered(1, position=4)
        assert under_way(missed(), first).outdated == ()
        assert under_way(missed(), first, event).outdated == (first.suggestion_id,)

    def test_are_outdated_when_the_goal_had_moved_on_unseen(self):
        revised = GoalTargetRevised(
            goal_id=WALK,
            from_measure=goal_set().measure,
            measure=PHQ9,
            reason="shorter",
            client_agreed=True,
        )
        row = under_way(missed(), revised, offered(1, position=4))
        assert len(row.outdated) == 1
        assert under_way(missed(), revised, offered(1, position=5)).outdated == ()

    def test_are_left_alone_once_decided(self):
        first = offered(1, position=4)
        withdrawn = SuggestionWithdrawn(suggestion_id=first.suggestion_id, goal_id=WALK)
        assert under_way(missed(), first, moved(), withdrawn).outdated == ()
