"""goal_status: which entries are the evidence of a goal."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from events.assessment import AssessmentCompleted, AssessmentCorrected, AssessmentLeftIncomplete
from events.check_in import CheckInCorrected
from events.goal import (
    GoalClosed,
    GoalDeadlineMissed,
    GoalEvent,
    GoalTargetRevised,
)
from events.measure import Count, Frequency, Milestone, Progress, RelativeFrequency
from events.mood import MoodCorrected, MoodWithdrawn
from projections.goal_evidence import ClientMoods, moods_key
from projections.goal_progress import met_at, progress_at, progress_until
from projections.goal_status import GoalStatus, course
from projections.goal_status_fold import clear, projection
from tests.projections.past import (
    ANNA,
    BEN,
    DUE,
    HALF_IN_EIGHT_WEEKS,
    MONDAY,
    NINE,
    SLEEP,
    WALK,
    Log,
    agreed,
    checked_in,
    day,
    goal_set,
    mood,
    rows,
    scored,
)

DAILY = Frequency(amount=1, unit="times", per="day")
MOODS = Frequency(amount=1, unit="times", per="day", source="mood_entries")
A_WEEK_LATER = MONDAY + timedelta(days=6)


def row_of(log: Log, goal_id: UUID = WALK) -> GoalStatus:
    row = rows(projection, log.kept)[goal_id]
    assert isinstance(row, GoalStatus)
    return row


def under_way(measure=DAILY, *, due_on: date = A_WEEK_LATER, **changes) -> Log:
    return Log().add(goal_set(measure=measure, due_on=due_on, **changes), *agreed())


def columns(row: GoalStatus) -> dict[str, object]:
    names = [column.name for column in projection.columns]
    return dict(zip(names, clear(row), strict=True))


class TestMoodEntries:
    def test_count_from_the_first_day_on(self):
        log = Log().add(mood(0, 4, day(-1)), mood(1, 4, day(0, hour=6)))
        log.add(goal_set(measure=MOODS, due_on=A_WEEK_LATER), *agreed(), mood(2, 5, day(1)))
        row = row_of(log)
        assert (row.progress.entries, row.progress.periods_met) == (2, 2)
        assert row.latest is not None
        assert (row.latest.value, row.latest.occurred_at) == (1.0, day(1))

    def test_count_once_a_day_by_their_own_time(self):
        log = under_way(MOODS).add(mood(1, 4, day(1)), mood(2, 9, day(1, hour=20)))
        log.add(mood(3, 5, day(0, hour=23)))  # Half past midnight on the next day in Zurich.
        assert row_of(log).progress.periods_met == 1

    def test_move_and_go_as_they_are_corrected_and_withdrawn(self):
        log = under_way(MOODS).add(mood(1, 4, day(1)), mood(2, 4, day(1)))
        moved = MoodCorrected(
            mood_id=mood(2, 4, day(1)).mood_id,
            from_rating=4,
            rating=4,
            from_occurred_at=day(1),
            occurred_at=day(2),
        )
        assert row_of(log.add(moved)).progress.periods_met == 2
        gone = MoodWithdrawn(mood_id=mood(1, 4, day(1)).mood_id, reason="not mine")
        row = row_of(log.add(gone))
        assert (row.progress.periods_met, row.progress.entries) == (1, 1)

    def test_count_for_every_goal_of_theirs_that_they_feed_and_no_other(self):
        log = under_way(MOODS)
        log.add(goal_set(SLEEP, measure=MOODS, due_on=DUE), *agreed(SLEEP))
        plain = UUID(int=0xC2)
        log.add(goal_set(plain, measure=DAILY), *agreed(plain), mood(1, 4, day(1)))
        entries = {one: row_of(log, one).progress.entries for one in (WALK, SLEEP, plain)}
        assert entries == {WALK: 1, SLEEP: 1, plain: 0}

    def test_of_long_ago_keep_their_place_when_they_are_corrected(self):
        log = under_way(MOODS, due_on=DUE).add(mood(0, 4, day(0)))
        log.add(*(mood(nth, 4, day(nth)) for nth in range(1, 40)))  # The first is forgotten.
        log.add(
            MoodCorrected(
                mood_id=mood(0, 4, day(0)).mood_id,
                from_rating=4,
                rating=4,
                from_occurred_at=day(0),
                occurred_at=day(39),
            )
        )
        latest = row_of(log).latest
        assert latest is not None
        assert latest.entry_id == mood(39, 4, day(39)).mood_id

    def test_of_somebody_else_do_not_count(self):
        log = Log().add(mood(1, 4, day(0)))
        log.add(goal_set(measure=MOODS, due_on=A_WEEK_LATER, client_id=BEN))
        assert row_of(log).progress.entries == 0

    def test_stop_when_the_goal_ends(self):
        log = under_way(MOODS).add(mood(1, 4, day(1)))
        log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(2))
        log.add(mood(2, 4, day(2, hour=8)), mood(3, 4, day(3)))
        assert row_of(log).progress.entries == 2

    def test_are_remembered_beside_the_goals(self):
        log = Log().add(mood(1, 4, day(0)))
        kept = rows(projection, log.kept)[moods_key(ANNA)]
        assert isinstance(kept, ClientMoods)
        assert clear(kept)[0] is None  # It has no stage, so no query shows it.
        assert projection.follows(kept) == ()
        log.add(goal_set(measure=MOODS, due_on=A_WEEK_LATER))
        assert projection.follows(rows(projection, log.kept)[moods_key(ANNA)]) == (WALK,)


class TestIncompleteForms:
    LEFT = AssessmentLeftIncomplete(
        assessment_id=UUID(int=0x1F), client_id=ANNA, instrument="bdi2", answers=(1, None),
        prorated=12.0, occurred_at=day(7),
    )  # fmt: skip

    def test_count_for_nothing(self):
        log = under_way(HALF_IN_EIGHT_WEEKS, due_on=DUE).add(self.LEFT)
        assert row_of(log).progress.entries == 0

    def test_count_once_they_are_complete(self):
        log = under_way(HALF_IN_EIGHT_WEEKS, due_on=DUE).add(self.LEFT)
        log.add(
            AssessmentCompleted(
                assessment_id=UUID(int=0x1F),
                instrument="bdi2",
                total=18.0,
                occurred_at=day(7),
                from_occurred_at=day(7),
            )
        )
        assert row_of(log).progress.fraction == 0.5


class TestTwoOfOneMoment:
    def test_are_in_the_order_in_which_they_were_made_whatever_is_corrected(self):
        log = under_way(HALF_IN_EIGHT_WEEKS, due_on=DUE)
        log.add(scored(1, 20.0, day(7)), scored(2, 18.0, day(7)))
        corrected = AssessmentCorrected(
            assessment_id=scored(1, 20.0, day(7)).assessment_id,
            instrument="bdi2",
            from_total=20.0,
            total=21.0,
            from_occurred_at=day(7),
            occurred_at=day(7),
        )
        latest = row_of(log.add(corrected)).latest
        assert latest is not None
        assert latest.value == 18.0

    def test_are_so_for_check_ins_too(self):
        log = under_way().add(checked_in(1, 2, day(1)), checked_in(2, 3, day(1)))
        corrected = CheckInCorrected(
            check_in_id=checked_in(1, 2, day(1)).check_in_id,
            goal_id=WALK,
            from_amount=2,
            amount=4,
            from_occurred_at=day(1),
            occurred_at=day(1),
        )
        latest = row_of(log.add(corrected)).latest
        assert latest is not None
        assert (latest.value, latest.position) == (3, 5)


class TestAGoalThatHasEnded:
    def ended(self, measure=DAILY) -> Log:
        log = under_way(measure, due_on=DUE)
        return log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(8))

    def test_keeps_no_entries_of_a_later_time(self):
        moods = self.ended(MOODS).add(*(mood(nth, 4, day(nth)) for nth in range(6, 12)))
        assert len(row_of(moods).check_ins) == 3
        scores = self.ended(HALF_IN_EIGHT_WEEKS)
        before = row_of(scores)
        scores.add(*(scored(nth, 20.0, day(nth)) for nth in range(9, 12)))
        assert row_of(scores) == before

    def test_counts_what_is_told_later_of_an_earlier_time(self):
        log = self.ended(HALF_IN_EIGHT_WEEKS).add(scored(1, 18.0, day(7)))
        assert row_of(log).progress.fraction == 0.5

    def test_goes_with_the_corrections_of_what_it_has(self):
        log = under_way(MOODS, due_on=DUE).add(mood(1, 4, day(1)), mood(2, 4, day(2)))
        log.add(GoalClosed(goal_id=WALK, reason="other"), at=day(8))
        moved = MoodCorrected(
            mood_id=mood(1, 4, day(1)).mood_id,
            from_rating=4,
            rating=4,
            from_occurred_at=day(1),
            occurred_at=day(9),
        )
        assert row_of(log.add(moved)).progress.entries == 1
        back = msgspec.structs.replace(moved, from_occurred_at=day(9), occurred_at=day(1))
        row = row_of(log.add(back))
        assert row.progress.entries == 2
        gone = MoodWithdrawn(mood_id=mood(1, 4, day(1)).mood_id, reason="not mine")
        assert row_of(log.add(gone)).progress.entries == 1


class TestTheRateOfARow:
    MEASURE = RelativeFrequency(percent=50, unit="times", per="week", baseline=2)

    def shown(self, *more: GoalEvent, at: datetime = NINE) -> GoalStatus:
        log = under_way(self.MEASURE, due_on=DUE)
        log.add(checked_in(1, 4, day(3)), checked_in(2, 2, day(10)))
        return row_of(log.add(*more, at=at))

    def test_is_that_of_the_day_of_the_latest_entry(self):
        assert self.shown().progress.latest == 3.0

    def test_is_that_of_the_date_once_it_has_passed(self):
        missed = GoalDeadlineMissed(
            goal_id=WALK, due_on=DUE, progress=Progress(), evidence_position=1
        )
        assert self.shown(missed, at=day(57)).progress.latest == 0.0

    def test_is_that_of_the_day_on_which_the_goal_ended(self):
        closed = GoalClosed(goal_id=WALK, reason="other")
        assert self.shown(closed, at=day(16)).progress.latest == 3.0
        row = self.shown(closed, at=day(17))
        assert row.progress.latest == 1.0
        assert progress_until(row, day(50)) == row.progress

    def test_falls_from_day_to_day(self):
        row = self.shown()
        told = [progress_at(row, day(nth)).latest for nth in (3, 10, 16, 17, 23, 24, 90)]
        assert told == [2.0, 3.0, 3.0, 1.0, 1.0, 0.0, 0.0]


class TestBaseline:
    MEASURE = RelativeFrequency(
        percent=50, unit="times", per="week", baseline_from_on=MONDAY - timedelta(days=14)
    )

    def test_is_measured_before_the_first_day_and_counts_for_nothing_else(self):
        log = under_way(self.MEASURE, due_on=DUE)
        log.add(checked_in(1, 3, day(-10)), checked_in(2, 1, day(-1)), checked_in(3, 9, day(-15)))
        row = row_of(log)
        assert (row.progress.baseline, row.progress.target) == (2.0, 3.0)
        assert (row.progress.entries, row.latest) == (0, None)
        log.add(checked_in(4, 5, day(3)))
        assert row_of(log).progress.fraction == 0.5

    def test_is_not_said_to_be_trailed_before_a_rate_can_be_told(self):
        row = row_of(under_way(self.MEASURE, due_on=DUE, review_every_days=1))
        assert row.risk_at is not None
        assert row.risk_at >= day(13, hour=23)


class TestTargetMet:
    def test_is_owed_as_soon_as_a_count_is_full(self):
        log = under_way(Count(amount=3)).add(checked_in(1, 2, day(1)))
        assert columns(row_of(log))["target_met"] is False
        row = row_of(log.add(checked_in(2, 1, day(2))))
        assert columns(row)["target_met"] is True
        assert met_at(row) == day(2)

    @pytest.mark.parametrize(
        "measure",
        [DAILY, HALF_IN_EIGHT_WEEKS, TestTheRateOfARow.MEASURE],
        ids=["rhythm", "score", "rate"],
    )
    def test_is_never_owed_for_what_is_kept_up(self, measure):
        log = under_way(measure, due_on=MONDAY if measure is DAILY else DUE)
        log.add(checked_in(1, 9, day(0)), scored(1, 10.0, day(0)))
        row = row_of(log)
        assert row.progress.target_met
        assert (columns(row)["target_met"], met_at(row)) == (False, None)

    def test_waits_for_both_to_agree(self):
        log = Log().add(goal_set(measure=Milestone()), checked_in(1, 1, day(0)))
        assert columns(row_of(log))["target_met"] is False
        row = row_of(log.add(*agreed(), at=day(1)))
        assert columns(row)["target_met"] is True
        assert row.in_force_at == day(1)

    def test_is_no_longer_owed_when_the_goal_asks_for_more(self):
        log = under_way(Count(amount=3)).add(checked_in(1, 3, day(1)))
        more = GoalTargetRevised(
            goal_id=WALK, from_measure=Count(amount=3), measure=Count(amount=5), reason="so",
            client_agreed=True,
        )  # fmt: skip
        row = row_of(log.add(more, at=day(2)))
        assert columns(row)["target_met"] is False
        assert (row.in_force_at, met_at(row)) == (day(2), None)

    def test_of_a_milestone_has_no_line_to_trail(self):
        row = row_of(under_way(Milestone(), due_on=DUE))
        assert row.risk_at is None
        assert course(row, day(50)) == "on_course"
