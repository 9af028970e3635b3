"""What may be done with a goal: setting it, agreeing, pausing, and every way in which it ends."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec import ValidationError

from events.deadline import (
    LONGEST_GOAL_DAYS,
    DeadlineBeforeTheStart,
    DeadlineInThePast,
    DeadlineTooFarAway,
)
from events.goal import (
    GoalAgreed,
    GoalClosed,
    GoalDeadlineMissed,
    GoalEvent,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalResumed,
)
from events.goal_commands import AgreeGoal, CloseGoal, PauseGoal, ReachGoal, ReplaceGoal, ResumeGoal
from events.goal_decisions import (
    GOAL,
    DeadlinePassedMeanwhile,
    GoalNotActive,
    GoalNotOpen,
    GoalNotPaused,
    ReplacedByItself,
)
from events.instruments import UnknownInstrument
from events.measure_soundness import ReserveTooLarge, TargetNotTowardsHealth
from events.moment import TimeOutOfRange, UnknownZone, end_of
from tests.controls import (
    AFTER_FRIDAY,
    AGREED,
    DAILY,
    FRIDAY,
    HALF_THE_BDI,
    KIRITIMATI,
    LOS_ANGELES,
    MONDAY,
    NEXT_FRIDAY,
    NOON,
    NOT_YET,
    SWIM,
    WALK,
    ZURICH,
    change,
    goal_active,
    goal_set,
    set_goal,
)
from tests.given import given, said

PAUSED = (*goal_active(), GoalPaused(goal_id=WALK))
MISSED = (
    *goal_active(),
    GoalDeadlineMissed(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=12),
)
REACHED = (*goal_active(), GoalReached(goal_id=WALK))
CLOSED = (goal_set(), GoalClosed(goal_id=WALK, reason="clients_choice"))
REPLACED = (*goal_active(), GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer"))

UNSET: tuple[GoalEvent, ...] = ()
PROPOSED: tuple[GoalEvent, ...] = (goal_set(),)
ENDED = {"reached": REACHED, "closed": CLOSED, "replaced": REPLACED}
NOT_OPEN = {"unset": UNSET, **ENDED}

Past = tuple[GoalEvent, ...]


def pasts(of: dict[str, Past]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("past", of.values(), ids=of.keys())


class TestSetGoal:
    def test_proposes_a_goal_that_starts_today(self) -> None:
        given(GOAL).when(set_goal()).then(goal_set(starts_on=MONDAY))

    def test_keeps_every_part(self) -> None:
        every_part = {
            "statement": "Half the score",
            "measure": HALF_THE_BDI,
            "achievability": 0,
            "why": "For the children",
            "starts_on": FRIDAY,
            "due_on": NEXT_FRIDAY,
            "zone": KIRITIMATI,
            "review_every_days": 1,
            "replaces": SWIM,
        }
        given(GOAL).when(set_goal(**every_part)).then(goal_set(**every_part))

    @pytest.mark.parametrize("past", [PROPOSED, PAUSED, *ENDED.values()])
    def test_is_ignored_when_the_goal_is_there(self, past: Past) -> None:
        given(GOAL, *past).when(set_goal(statement="Another")).then_nothing()

    def test_takes_today_as_deadline(self) -> None:
        given(GOAL).when(set_goal(due_on=MONDAY)).then(goal_set(due_on=MONDAY))

    def test_is_refused_with_yesterday_as_deadline(self) -> None:
        yesterday = MONDAY - timedelta(days=1)
        given(GOAL).when(set_goal(due_on=yesterday)).then_refused(DeadlineInThePast)

    @pytest.mark.parametrize(
        ("zone", "today"), [(KIRITIMATI, date(2026, 3, 3)), (LOS_ANGELES, date(2026, 3, 2))]
    )
    def test_knows_which_day_it_is_for_the_client(self, zone: str, today: date) -> None:
        now = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
        ask = set_goal(now=now, zone=zone, due_on=today)
        given(GOAL).when(ask).then(goal_set(zone=zone, starts_on=today, due_on=today))
        yesterday = change(ask, due_on=today - timedelta(days=1))
        given(GOAL).when(yesterday).then_refused(DeadlineInThePast)

    def test_takes_today_until_its_last_moment(self) -> None:
        midnight = end_of(MONDAY, ZURICH)
        late = set_goal(now=midnight - timedelta(microseconds=1), due_on=MONDAY)
        given(GOAL).when(late).then(goal_set(due_on=MONDAY))
        given(GOAL).when(change(late, now=midnight)).then_refused(DeadlineInThePast)

    def test_may_end_on_the_day_on_which_it_starts(self) -> None:
        ask = set_goal(starts_on=FRIDAY, due_on=FRIDAY)
        given(GOAL).when(ask).then(goal_set(starts_on=FRIDAY, due_on=FRIDAY))

    def test_is_refused_when_it_would_end_before_it_starts(self) -> None:
        ask = set_goal(starts_on=NEXT_FRIDAY, due_on=FRIDAY)
        given(GOAL).when(ask).then_refused(DeadlineBeforeTheStart)

    def test_may_have_started_before_today(self) -> None:
        january = date(2026, 1, 5)
        given(GOAL).when(set_goal(starts_on=january)).then(goal_set(starts_on=january))

    def test_may_take_five_years_and_no_day_more(self) -> None:
        last = MONDAY + timedelta(days=LONGEST_GOAL_DAYS)
        given(GOAL).when(set_goal(due_on=last)).then(goal_set(due_on=last))
        beyond = set_goal(due_on=last + timedelta(days=1))
        given(GOAL).when(beyond).then_refused(DeadlineTooFarAway)

    @pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2201, 1, 1), date.max])
    def test_is_refused_with_an_unbelievable_day(self, day: date) -> None:
        given(GOAL).when(set_goal(due_on=day)).then_refused(TimeOutOfRange)
        given(GOAL).when(set_goal(starts_on=day)).then_refused(TimeOutOfRange)

    def test_is_refused_in_an_unknown_zone(self) -> None:
        given(GOAL).when(set_goal(zone="Europe/Atlantis")).then_refused(UnknownZone)

    @pytest.mark.parametrize(
        ("measure", "refusal"),
        [
            (change(HALF_THE_BDI, instrument="bdi"), UnknownInstrument),
            (change(HALF_THE_BDI, baseline=0.0), TargetNotTowardsHealth),
            (change(DAILY, reserve=5), ReserveTooLarge),
        ],
        ids=["instrument", "target", "reserve"],
    )
    def test_is_refused_with_an_unsound_measure(self, measure: Any, refusal: Any) -> None:
        given(GOAL).when(set_goal(measure=measure)).then_refused(refusal)

    @pytest.mark.parametrize("rating", [0, 10])
    def test_takes_a_rating_from_0_to_10(self, rating: int) -> None:
        ask = set_goal(achievability=rating)
        given(GOAL).when(ask).then(goal_set(achievability=rating))

    @pytest.mark.parametrize(
        "beyond",
        [
            {"achievability": -1},
            {"achievability": 11},
            {"review_every_days": 0},
            {"review_every_days": 367},
            {"statement": ""},
            {"statement": "x" * 501},
            {"why": ""},
            {"zone": ""},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(set_goal(**beyond))


class TestAgreeGoal:
    def agree(self, *parties: Any) -> AgreeGoal:
        return AgreeGoal(goal_id=WALK, now=NOON, parties=frozenset(parties))

    def test_records_one_party(self) -> None:
        given(GOAL, goal_set()).when(self.agree("client")).then(AGREED[1])

    def test_records_both_at_once_the_clinician_first(self) -> None:
        given(GOAL, goal_set()).when(self.agree("client", "clinician")).then(*AGREED)

    def test_records_only_who_is_new(self) -> None:
        given(GOAL, goal_set(), AGREED[1]).when(self.agree("client", "clinician")).then(
            GoalAgreed(goal_id=WALK, party="clinician")
        )

    @pytest.mark.parametrize("past", [goal_active(), PAUSED])
    def test_is_ignored_when_both_agreed(self, past: Past) -> None:
        given(GOAL, *past).when(self.agree("client", "clinician")).then_nothing()

    @pasts(NOT_OPEN)
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.agree("client")).then_refused(GoalNotOpen)

    @pytest.mark.parametrize(
        ("past", "parties"),
        [((goal_set(),), ("client", "clinician")), ((goal_set(), AGREED[1]), ("clinician",))],
        ids=["both at once", "the second"],
    )
    def test_is_refused_once_the_deadline_has_passed(self, past: Past, parties: Any) -> None:
        midnight = end_of(FRIDAY, ZURICH)
        ask = change(self.agree(*parties), now=midnight)
        given(GOAL, *past).when(ask).then_refused(DeadlinePassedMeanwhile)
        in_time = change(ask, now=midnight - timedelta(microseconds=1))
        given(GOAL, *past).when(in_time).then(*AGREED[: len(parties)])

    def test_records_the_first_of_two_however_late(self) -> None:
        late = change(self.agree("client"), now=AFTER_FRIDAY)
        given(GOAL, goal_set()).when(late).then(AGREED[1])

    def test_knows_no_third_party(self) -> None:
        with pytest.raises(ValidationError):
            said(self.agree("insurer"))


class TestPauseGoal:
    PAUSE = PauseGoal(goal_id=WALK, now=NOON, reason="Holidays")

    def test_pauses_an_active_goal(self) -> None:
        given(GOAL, *goal_active()).when(self.PAUSE).then(
            GoalPaused(goal_id=WALK, reason="Holidays", on=MONDAY)
        )

    def test_pauses_a_goal_whose_deadline_was_missed(self) -> None:
        given(GOAL, *MISSED).when(self.PAUSE).then(
            GoalPaused(goal_id=WALK, reason="Holidays", on=MONDAY)
        )

    def test_is_ignored_when_paused(self) -> None:
        given(GOAL, *PAUSED).when(self.PAUSE).then_nothing()

    @pasts({"proposed": PROPOSED, **NOT_OPEN})
    def test_is_refused_when_the_goal_is_not_under_way(self, past: Past) -> None:
        given(GOAL, *past).when(self.PAUSE).then_refused(GoalNotActive)


class TestResumeGoal:
    RESUME = ResumeGoal(goal_id=WALK, now=NOON, reason="Back home")

    def test_resumes_a_paused_goal(self) -> None:
        given(GOAL, *PAUSED).when(self.RESUME).then(
            GoalResumed(goal_id=WALK, reason="Back home", on=MONDAY)
        )

    def test_is_ignored_when_the_goal_is_under_way(self) -> None:
        given(GOAL, *goal_active()).when(self.RESUME).then_nothing()

    @pasts({"proposed": PROPOSED, **NOT_OPEN})
    def test_is_refused_when_the_goal_is_not_paused(self, past: Past) -> None:
        given(GOAL, *past).when(self.RESUME).then_refused(GoalNotPaused)

    def test_is_refused_once_the_deadline_has_passed_for_the_client(self) -> None:
        midnight = end_of(FRIDAY, ZURICH)
        in_time = change(self.RESUME, now=midnight - timedelta(microseconds=1))
        given(GOAL, *PAUSED).when(in_time).then(
            GoalResumed(goal_id=WALK, reason="Back home", on=FRIDAY)
        )
        late = change(self.RESUME, now=midnight)
        given(GOAL, *PAUSED).when(late).then_refused(DeadlinePassedMeanwhile)


class TestReachGoal:
    REACH = ReachGoal(goal_id=WALK, now=NOON, note="Every day!")
    FACT = GoalReached(goal_id=WALK, note="Every day!")

    @pasts({"active": goal_active(), "paused": PAUSED, "missed": MISSED})
    def test_reaches_a_goal_that_was_agreed(self, past: Past) -> None:
        given(GOAL, *past).when(self.REACH).then(self.FACT)

    def test_keeps_what_was_looked_up(self) -> None:
        ask = change(self.REACH, progress=NOT_YET, evidence_position=12)
        fact = change(self.FACT, progress=NOT_YET, evidence_position=12)
        given(GOAL, *goal_active()).when(ask).then(fact)

    def test_may_be_said_after_the_deadline(self) -> None:
        late = change(self.REACH, now=AFTER_FRIDAY)
        given(GOAL, *goal_active()).when(late).then(self.FACT)

    def test_is_ignored_when_reached(self) -> None:
        given(GOAL, *REACHED).when(self.REACH).then_nothing()

    @pasts({"unset": UNSET, "proposed": PROPOSED, "closed": CLOSED, "replaced": REPLACED})
    def test_is_refused_when_the_goal_is_not_under_way(self, past: Past) -> None:
        given(GOAL, *past).when(self.REACH).then_refused(GoalNotActive)


class TestCloseGoal:
    CLOSE = CloseGoal(goal_id=WALK, now=NOON, reason="circumstances_changed", note="Moved away")

    @pasts({"proposed": PROPOSED, "active": goal_active(), "paused": PAUSED, "missed": MISSED})
    def test_closes_an_open_goal(self, past: Past) -> None:
        given(GOAL, *past).when(self.CLOSE).then(
            GoalClosed(goal_id=WALK, reason="circumstances_changed", note="Moved away")
        )

    def test_is_ignored_when_closed(self) -> None:
        given(GOAL, *CLOSED).when(self.CLOSE).then_nothing()

    @pasts({"unset": UNSET, "reached": REACHED, "replaced": REPLACED})
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.CLOSE).then_refused(GoalNotOpen)

    def test_takes_no_reason_that_blames(self) -> None:
        with pytest.raises(ValidationError):
            said(change(self.CLOSE, reason="non_compliance"))


class TestReplaceGoal:
    REPLACE = ReplaceGoal(goal_id=WALK, now=NOON, by_goal_id=SWIM, reason="Warmer")

    @pasts({"proposed": PROPOSED, "active": goal_active(), "paused": PAUSED, "missed": MISSED})
    def test_replaces_an_open_goal(self, past: Past) -> None:
        given(GOAL, *past).when(self.REPLACE).then(
            GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")
        )

    def test_is_ignored_when_replaced(self) -> None:
        given(GOAL, *REPLACED).when(self.REPLACE).then_nothing()

    @pasts({"unset": UNSET, "reached": REACHED, "closed": CLOSED})
    def test_is_refused_when_the_goal_is_not_open(self, past: Past) -> None:
        given(GOAL, *past).when(self.REPLACE).then_refused(GoalNotOpen)

    @pasts({"active": goal_active(), **NOT_OPEN})
    def test_is_refused_by_the_goal_itself(self, past: Past) -> None:
        itself = change(self.REPLACE, by_goal_id=WALK)
        given(GOAL, *past).when(itself).then_refused(ReplacedByItself)

    def test_needs_a_reason(self) -> None:
        with pytest.raises(ValidationError):
            said(change(self.REPLACE, reason=""))
