"""Rest days, and the scale on which a goal's attainment is rated."""

from datetime import date, timedelta

import pytest
from msgspec import ValidationError

from events.goal import (
    GoalClosed,
    GoalDeadlineRevised,
    GoalLevelRated,
    GoalPaused,
    GoalReached,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalResumed,
    GoalScaleSet,
    GoalTargetRevised,
)
from events.goal_commands import (
    RateLevel,
    ReviseDeadline,
    ReviseTarget,
    SetScale,
    TakeRest,
    WithdrawRest,
)
from events.goal_decisions import (
    GOAL,
    GoalNotOpen,
    LevelInTheFuture,
    RestOnlyWherePractised,
    RestOutsideTheGoal,
    ScaleNotSet,
    TooManyRests,
)
from events.measure import Measure
from tests.controls import (
    AFTER_FRIDAY,
    DAILY,
    FRIDAY,
    HALF_THE_BDI,
    KIRITIMATI,
    MONDAY,
    NOON,
    THREE_TIMES_A_WEEK,
    WALK,
    change,
    goal_active,
    goal_set,
)
from tests.given import given, said

TUESDAY = MONDAY + timedelta(days=1)
LEVELS = ("Stays in", "Once a week", "Three times a week", "Five times a week", "Every day")
REST = GoalRestTaken(goal_id=WALK, on=TUESDAY, reason="A long journey")
SCALE = GoalScaleSet(goal_id=WALK, levels=LEVELS, weight=2.0)


def take_rest(on: date = TUESDAY) -> TakeRest:
    return TakeRest(goal_id=WALK, now=NOON, on=on, reason="A long journey")


class TestTakeRest:
    def test_asks_for_nothing_on_that_day(self):
        given(GOAL, *goal_active()).when(take_rest()).then(REST)

    def test_can_be_planned_before_everybody_has_agreed(self):
        given(GOAL, goal_set()).when(take_rest()).then(REST)

    def test_can_be_said_of_a_paused_goal(self):
        past = *goal_active(), GoalPaused(goal_id=WALK)
        given(GOAL, *past).when(take_rest()).then(REST)

    def test_is_the_same_rest_whatever_the_reason(self):
        other = change(take_rest(), reason="Guests")
        given(GOAL, *goal_active(), REST).when(other).then_nothing()

    @pytest.mark.parametrize("on", [MONDAY, FRIDAY])
    def test_reaches_from_the_first_day_to_the_last(self, on):
        given(GOAL, *goal_active()).when(take_rest(on)).then(change(REST, on=on))

    @pytest.mark.parametrize("on", [MONDAY - timedelta(days=1), FRIDAY + timedelta(days=1)])
    def test_is_refused_outside_the_goal(self, on):
        given(GOAL, *goal_active()).when(take_rest(on)).then_refused(RestOutsideTheGoal)

    def test_leaves_at_least_half_of_the_days(self):
        past = *goal_active(), REST, change(REST, on=MONDAY)  # Two of five.
        given(GOAL, *past).when(take_rest(FRIDAY)).then_refused(TooManyRests)

    def test_takes_up_to_half_of_the_days(self):
        due_on = FRIDAY - timedelta(days=1)
        past = *goal_active(due_on=due_on), REST  # One of four.
        given(GOAL, *past).when(take_rest(MONDAY)).then(change(REST, on=MONDAY))

    def test_leaves_half_of_the_days_beside_the_reserve(self):
        due_on = MONDAY + timedelta(days=55)
        measure = change(THREE_TIMES_A_WEEK, reserve=3)  # 21 of 56 days.
        rests = [change(REST, on=MONDAY + timedelta(days=nth)) for nth in range(8)]
        past = *goal_active(measure=measure, due_on=due_on), *rests[:7]
        with pytest.raises(TooManyRests, match="leave 29 of the goal's 56 days free, and 28 is"):
            GOAL.decide(GOAL.fold(past), take_rest(rests[7].on))
        freed = *past, GoalRestWithdrawn(goal_id=WALK, on=MONDAY)
        given(GOAL, *freed).when(take_rest(rests[7].on)).then(rests[7])

    def test_leaves_half_of_the_days_beside_the_pauses_gone_by(self):
        past = (
            *goal_active(),
            GoalPaused(goal_id=WALK, on=MONDAY),
            GoalResumed(goal_id=WALK, on=MONDAY + timedelta(days=2)),
        )
        given(GOAL, *past).when(take_rest(FRIDAY)).then_refused(TooManyRests)
        # A day of a pause rests already: what is said of it takes nothing away.
        given(GOAL, *past).when(take_rest(TUESDAY)).then(REST)

    def test_overlooks_a_pause_that_began_or_ended_on_its_day(self):
        paused = GoalPaused(goal_id=WALK, on=MONDAY)
        for more in ((), (GoalResumed(goal_id=WALK, on=MONDAY),)):
            past = *goal_active(), paused, *more, REST
            friday = change(REST, on=FRIDAY)
            given(GOAL, *past).when(take_rest(FRIDAY)).then(friday)

    def test_leaves_half_of_the_days_beside_a_pause_that_goes_on(self):
        # Whenever it ends, nobody will have been asked on the days that have gone by.
        past = *goal_active(), GoalPaused(goal_id=WALK, on=MONDAY)
        on_tuesday = change(take_rest(FRIDAY), now=NOON + timedelta(days=1))
        given(GOAL, *past).when(on_tuesday).then(change(REST, on=FRIDAY))
        on_wednesday = change(on_tuesday, now=NOON + timedelta(days=2))
        given(GOAL, *past).when(on_wednesday).then_refused(TooManyRests)

    def test_is_refused_where_there_is_nothing_to_do_each_day(self):
        past = goal_active(measure=HALF_THE_BDI)
        given(GOAL, *past).when(take_rest()).then_refused(RestOnlyWherePractised)

    @pytest.mark.parametrize(
        "past",
        [
            (),
            (*goal_active(), GoalReached(goal_id=WALK)),
            (*goal_active(), GoalClosed(goal_id=WALK, reason="other")),
        ],
        ids=["unset", "reached", "closed"],
    )
    def test_is_refused_once_the_goal_has_ended(self, past):
        given(GOAL, *past).when(take_rest()).then_refused(GoalNotOpen)

    def test_needs_a_reason(self):
        with pytest.raises(ValidationError):
            said(change(take_rest(), reason=" "))


class TestWhatIsAskedForLater:
    """What rest days leave is asked for, whatever is revised about the goal."""

    def revise(self, measure: Measure) -> ReviseTarget:
        return ReviseTarget(
            goal_id=WALK, now=NOON, measure=measure, reason="So", client_agreed=True
        )

    def revised(self, measure: Measure) -> GoalTargetRevised:
        return GoalTargetRevised(
            goal_id=WALK, from_measure=DAILY, measure=measure, reason="So", client_agreed=True
        )

    def test_is_half_when_the_reserve_is_raised(self):
        past = *goal_active(), REST
        raised = change(DAILY, reserve=2)
        given(GOAL, *past).when(self.revise(raised)).then_refused(TooManyRests)
        one = change(DAILY, reserve=1)
        given(GOAL, *past).when(self.revise(one)).then(self.revised(one))

    def test_may_be_less_where_nothing_rests(self):
        raised = change(DAILY, reserve=4)
        given(GOAL, *goal_active()).when(self.revise(raised)).then(self.revised(raised))

    def test_is_half_when_the_deadline_comes_nearer(self):
        past = *goal_active(), REST, change(REST, on=MONDAY)
        nearer = ReviseDeadline(
            goal_id=WALK, now=NOON, due_on=MONDAY + timedelta(days=2), reason="So",
            client_agreed=True,
        )  # fmt: skip
        given(GOAL, *past).when(nearer).then_refused(TooManyRests)
        four = change(nearer, due_on=MONDAY + timedelta(days=3))
        given(GOAL, *past).when(four).then(
            GoalDeadlineRevised(
                goal_id=WALK, from_on=FRIDAY, due_on=four.due_on, reason="So", client_agreed=True
            )
        )


class TestWithdrawRest:
    def test_asks_for_the_day_again(self):
        given(GOAL, *goal_active(), REST).when(
            WithdrawRest(goal_id=WALK, now=NOON, on=TUESDAY)
        ).then(GoalRestWithdrawn(goal_id=WALK, on=TUESDAY))

    def test_makes_room_for_another(self):
        past = (
            *goal_active(),
            REST,
            change(REST, on=MONDAY),
            GoalRestWithdrawn(goal_id=WALK, on=MONDAY),
        )
        given(GOAL, *past).when(take_rest(FRIDAY)).then(change(REST, on=FRIDAY))

    def test_of_a_day_without_rest_changes_nothing(self):
        given(GOAL, *goal_active(), REST).when(
            WithdrawRest(goal_id=WALK, now=NOON, on=MONDAY)
        ).then_nothing()

    def test_is_refused_once_the_goal_has_ended(self):
        past = *goal_active(), REST, GoalReached(goal_id=WALK)
        given(GOAL, *past).when(WithdrawRest(goal_id=WALK, now=NOON, on=TUESDAY)).then_refused(
            GoalNotOpen
        )


class TestSetScale:
    def test_says_what_each_level_means(self):
        command = SetScale(goal_id=WALK, now=NOON, levels=LEVELS, weight=2.0)
        given(GOAL, *goal_active()).when(command).then(SCALE)

    def test_changes_nothing_where_it_is_so(self):
        command = SetScale(goal_id=WALK, now=NOON, levels=LEVELS, weight=2.0)
        given(GOAL, *goal_active(), SCALE).when(command).then_nothing()

    def test_makes_the_level_rated_before_mean_nothing(self):
        other = change(SCALE, baseline_level=-2)
        past = *goal_active(), SCALE, GoalLevelRated(goal_id=WALK, level=1, on=MONDAY), other
        assert given(GOAL, *past).state.level is None

    def test_is_refused_once_the_goal_has_ended(self):
        past = *goal_active(), GoalReached(goal_id=WALK)
        command = SetScale(goal_id=WALK, now=NOON, levels=LEVELS)
        given(GOAL, *past).when(command).then_refused(GoalNotOpen)

    @pytest.mark.parametrize(
        "wrong",
        [{"levels": LEVELS[:4]}, {"levels": (*LEVELS, "more")}, {"weight": 0.5}, {"weight": 11.0}],
    )
    def test_has_five_levels_and_a_weight_from_one_to_ten(self, wrong):
        with pytest.raises(ValidationError):
            said(change(SetScale(goal_id=WALK, now=NOON, levels=LEVELS), **wrong))


class TestRateLevel:
    def test_says_where_the_goal_stands_today(self):
        command = RateLevel(goal_id=WALK, now=NOON, level=1, note="Most days")
        given(GOAL, *goal_active(), SCALE).when(command).then(
            GoalLevelRated(goal_id=WALK, level=1, on=MONDAY, note="Most days")
        )

    def test_goes_by_the_calendar_of_the_goal(self):
        past = *goal_active(zone=KIRITIMATI), SCALE
        command = RateLevel(goal_id=WALK, now=NOON, level=0)
        given(GOAL, *past).when(command).then(GoalLevelRated(goal_id=WALK, level=0, on=TUESDAY))

    def test_can_be_said_when_the_goal_has_ended(self):
        past = *goal_active(), SCALE, GoalReached(goal_id=WALK)
        command = RateLevel(goal_id=WALK, now=AFTER_FRIDAY, level=2, on=FRIDAY)
        given(GOAL, *past).when(command).then(GoalLevelRated(goal_id=WALK, level=2, on=FRIDAY))

    def test_is_refused_without_a_scale(self):
        command = RateLevel(goal_id=WALK, now=NOON, level=1)
        given(GOAL, *goal_active()).when(command).then_refused(ScaleNotSet)

    def test_is_refused_for_a_day_to_come(self):
        command = RateLevel(goal_id=WALK, now=NOON, level=1, on=TUESDAY)
        given(GOAL, *goal_active(), SCALE).when(command).then_refused(LevelInTheFuture)

    @pytest.mark.parametrize("level", [-3, 3])
    def test_lies_between_minus_two_and_two(self, level):
        with pytest.raises(ValidationError):
            said(RateLevel(goal_id=WALK, now=NOON, level=level))
