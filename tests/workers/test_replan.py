"""What a replan proposes: always something that can be accepted, and that can be reached."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings

from events import instruments
from events.acceptance import Acceptance, parts, revisions
from events.goal import Goal, Stage, evolve
from events.measure import (
    Frequency,
    Score,
    TargetPercent,
    TargetValue,
    periods,
    progress_of_frequency,
    progress_of_score,
    target_value,
)
from events.suggestion import OfferSuggestion, Option, SuggestionOffered
from projections.goal_status import GoalStatus, course, settle
from tests.workers.diary import HALF, ONCE_A_DAY, PHQ9_FROM_24, THRICE_A_WEEK, noon
from tests.workers.standings import DUE, GOAL, START, every, standing, standings
from workers.drafts import draft, plan_for
from workers.replan import MOST_WEEKS_AHEAD, MorePeriods, MoreTime, NearerScore, SmallerStep
from workers.standing import Standing, amount_by_day, shape_of, towards_health
from workers.suggestions import offer


def goal_of(one: Standing) -> Goal:
    return Goal(
        stage=Stage.ACTIVE,
        client_id=one.goal.client_id,
        measure=one.goal.measure,
        starts_on=one.goal.starts_on,
        due_on=one.goal.due_on,
        zone=one.goal.zone,
        missed_on=one.goal.due_on,
    )


def accepted(one: Standing, option: Option) -> Goal:
    """The goal once the option is taken, at noon of the day on which it was offered."""
    now = noon(one.today, one.goal.zone)
    taking = Acceptance(suggestion_id=GOAL, now=now, option=0, client_agreed=True)
    goal = goal_of(one)
    events = revisions(goal, GOAL, option, taking)
    assert events
    for event in events:
        goal = evolve(goal, event)
    return goal


def least(one: Standing) -> float:
    """The smallest amount worth proposing: nobody is told to try for a minute."""
    measure = one.goal.measure
    assert isinstance(measure, Frequency)
    return min(measure.amount, 10.0 if measure.unit == "minutes" else 1.0)


def settled(one: Standing, option: Option) -> GoalStatus:
    """The goal's row once the option is taken."""
    goal = accepted(one, option)
    row = msgspec.structs.replace(one.goal, measure=goal.measure, due_on=goal.due_on)
    found: GoalStatus = settle(row)
    return found


class TestEveryOption:
    @settings(max_examples=100, deadline=None)
    @given(standings())
    def test_of_a_practised_goal_is_on_course_on_the_day_it_is_taken(self, one):
        if isinstance(one.goal.measure, Frequency):
            for option in draft(one, "replan").options:
                row = settled(one, option)
                assert course(row, noon(one.today, row.zone)) == "on_course"

    @settings(max_examples=100, deadline=None)
    @given(standings())
    def test_asks_for_a_step_worth_taking(self, one):
        for option in draft(one, "replan").options:
            _, measure = parts(option.proposal)
            if isinstance(measure, Frequency) and measure != one.goal.measure:
                assert measure.amount >= least(one)

    @settings(max_examples=150, deadline=None)
    @given(standings())
    def test_can_be_accepted(self, one):
        for option in draft(one, "replan").options:
            due_on, _ = parts(option.proposal)
            after = accepted(one, option)
            assert due_on == after.due_on
            assert one.today <= after.due_on <= one.today + timedelta(weeks=MOST_WEEKS_AHEAD)
            assert after.due_on > one.goal.due_on
            assert after.missed_on is None

    @settings(max_examples=150, deadline=None)
    @given(standings())
    def test_asks_for_something_that_is_still_to_come_and_can_be_reached(self, one):
        for option in draft(one, "replan").options:
            after = accepted(one, option)
            match after.measure:
                case Score() as measure:
                    assert_between(one, measure)
                    latest = one.entries[-1].amount
                    assert not progress_of_score(measure, latest, 1).target_met
                case Frequency() as measure:
                    assert measure.amount >= 1 or measure.amount == one.goal.measure.amount
                    assert not filled(one, after, measure, amount=0.0).target_met
                    assert filled(one, after, measure, amount=measure.amount).target_met

    @settings(max_examples=100, deadline=None)
    @given(standings())
    def test_is_within_the_limits_of_what_is_stored(self, one):
        for kind in ("reframing", "replan"):
            (offered,) = offer(one, kind, noon(one.today)).events
            assert isinstance(offered, SuggestionOffered)
            command = {**msgspec.to_builtins(offered), "now": noon(one.today)}
            command.pop("type")
            msgspec.convert(command, OfferSuggestion)
            assert draft(one, kind) == draft(one, kind)


def assert_between(one: Standing, measure: Score) -> None:
    """The new target lies beyond the latest score, and asks no more than the old one."""
    assert isinstance(one.goal.measure, Score)
    old, new = target_value(one.goal.measure), target_value(measure)
    towards = towards_health(one.goal.measure)
    latest = one.entries[-1].amount
    assert instruments.named(measure.instrument).spans(new)
    assert (new - latest) * towards > 0
    assert (old - new) * towards >= -1e-9
    assert measure.baseline == one.goal.measure.baseline


def filled(one: Standing, goal: Goal, measure: Frequency, *, amount: float):
    """Progress if so much is done in every period that starts today or later."""
    done = dict(amount_by_day(one))
    length = 1 if measure.per == "day" else 7
    for nth in range(periods(measure, goal.starts_on, goal.due_on)):
        day = goal.starts_on + timedelta(days=nth * length)
        if day >= one.today and amount:
            done[day] = done.get(day, 0.0) + amount
    return progress_of_frequency(measure, done, len(done), goal.starts_on, goal.due_on)


class TestScorePlan:
    def test_gives_more_time_at_the_clients_own_pace(self):
        one = standing(PHQ9_FROM_24, [(date(2026, 2, 1), 20), (date(2026, 3, 1), 17)])
        plan = plan_for(one)
        time = plan.ways[0]
        assert isinstance(time, MoreTime)
        # Slopes a day: 4/28, 7/56, 3/28; the middle one is 7/56 = 0.875 a week.
        assert time.pace_per_week == pytest.approx(0.875)
        assert time.weeks == pytest.approx(5 / 0.875)
        assert time.due_on == DUE + timedelta(weeks=6)

    def test_goes_halfway_first_where_the_pace_reaches_the_target_in_the_same_length(self):
        one = standing(PHQ9_FROM_24, [(date(2026, 2, 1), 20), (date(2026, 3, 1), 17)])
        nearer = plan_for(one).ways[1]
        assert isinstance(nearer, NearerScore)
        assert nearer.by_half
        assert nearer.proposal.measure == msgspec.structs.replace(
            PHQ9_FROM_24, target=TargetPercent(percent=-35)
        )
        assert (nearer.score, nearer.due_on) == (15, DUE + timedelta(weeks=3))

    def test_aims_at_what_the_pace_reaches_where_the_target_is_far(self):
        measure = Score(instrument="bdi2", baseline=40, target=TargetValue(value=10))
        one = standing(measure, every(14, [38, 36, 34]))
        plan = plan_for(one)
        nearer = next(way for way in plan.ways if isinstance(way, NearerScore))
        assert not nearer.by_half
        # One a week from 34, for the 55 days until eight weeks after the old deadline.
        assert nearer.exactly == pytest.approx(34 - 55 / 7)
        assert nearer.proposal.measure == msgspec.structs.replace(
            measure, target=TargetValue(value=27)
        )

    def test_offers_no_date_beyond_half_a_year(self):
        measure = Score(instrument="bdi2", baseline=60, target=TargetValue(value=5))
        plan = plan_for(standing(measure, every(14, [58, 56, 54])))
        assert [type(way) for way in plan.ways] == [NearerScore]

    def test_offers_no_date_that_whole_weeks_carry_beyond_half_a_year(self):
        # Half a point a week reaches this in 25.9 weeks, which is on the last day but one.
        measure = Score(instrument="bdi2", baseline=40, target=TargetValue(value=24.05))
        plan = plan_for(standing(measure, every(14, [39, 38, 37])))
        assert [type(way) for way in plan.ways] == [NearerScore]

    @pytest.mark.parametrize(
        ("entries", "lacking"),
        [
            ([], "entries"),
            ([(START + timedelta(days=13), 12)], "entries"),
            (every(14, [24, 24, 24]), "pace"),
            (every(14, [25, 27, 26]), "pace"),
            (every(14, [26, 27, 25]), "pace"),
        ],
    )
    def test_says_what_is_lacking(self, entries, lacking):
        plan = plan_for(standing(PHQ9_FROM_24, entries))
        assert (plan.lacking, list(plan.ways)) == (lacking, [])

    def test_works_where_a_higher_score_is_the_healthier(self):
        measure = Score(instrument="who5", baseline=28, target=TargetPercent(percent=100))
        plan = plan_for(standing(measure, every(14, [32, 40, 44])))
        assert [type(way) for way in plan.ways] == [MoreTime, NearerScore]

    def test_keeps_its_numbers_and_its_formula(self):
        one = standing(PHQ9_FROM_24, [(date(2026, 2, 1), 20), (date(2026, 3, 1), 17)])
        evidence = draft(one, "replan").evidence
        assert evidence.numbers["pace_per_week"] == pytest.approx(0.875)
        assert evidence.numbers["latest"] == 17
        assert evidence.positions == (4, 5)
        assert evidence.position == 6
        assert "median" in evidence.formula


class TestFrequencyPlan:
    def test_lets_the_weeks_that_are_still_asked_for_fit(self):
        # Five full weeks of eight: three are still to come.
        entries = [(START + timedelta(days=day), 3) for day in (0, 7, 14, 21, 28)]
        one = standing(THRICE_A_WEEK, entries, due_on=date(2026, 2, 28))
        more = plan_for(one).ways[0]
        assert isinstance(more, MorePeriods)
        assert more.due_on == date(2026, 2, 28) + timedelta(weeks=3)
        assert more.proposal.measure == msgspec.structs.replace(THRICE_A_WEEK, reserve=3)

    def test_keeps_the_same_share_of_days_free(self):
        entries = [(START + timedelta(days=day), 1) for day in (0, 2, 4, 7, 9, 11)]
        one = standing(ONCE_A_DAY, entries, due_on=START + timedelta(days=13))
        more = plan_for(one).ways[0]
        assert isinstance(more, MorePeriods)
        assert (more.asked, more.counted, more.open_periods, more.kept_free) == (12, 6, 7, 1)

    def test_makes_the_step_as_small_as_what_was_kept(self):
        entries = [
            (START + timedelta(days=7 * week + day), 1) for week in range(8) for day in (0, 3)
        ]
        step = plan_for(standing(THRICE_A_WEEK, entries, due_on=date(2026, 2, 28))).ways[1]
        assert isinstance(step, SmallerStep)
        assert (step.measure.amount, step.measure.per) == (2, "week")

    def test_counts_by_the_week_where_every_other_day_was_kept(self):
        entries = [(START + timedelta(days=day), 1) for day in (0, 2, 4, 7, 9, 11)]
        step = plan_for(standing(ONCE_A_DAY, entries, due_on=START + timedelta(days=13))).ways[1]
        assert isinstance(step, SmallerStep)
        assert (step.measure.amount, step.measure.per) == (3, "week")

    def test_rounds_minutes_to_fives(self):
        measure = Frequency(amount=30, unit="minutes", per="day")
        entries = [(START + timedelta(days=day), 18) for day in range(14)]
        ways = plan_for(standing(measure, entries, due_on=START + timedelta(days=13))).ways
        step = next(way for way in ways if isinstance(way, SmallerStep))
        assert step.measure.amount == 15

    def test_talks_first_where_there_was_little_practice(self):
        plan = plan_for(standing(THRICE_A_WEEK, [(START, 3)]))
        assert (plan.lacking, list(plan.ways)) == ("entries", [])


class TestShape:
    @pytest.mark.parametrize(
        ("measure", "entries", "shape"),
        [
            (PHQ9_FROM_24, [], "unrecorded"),
            (PHQ9_FROM_24, every(14, [17]), "moved"),
            (PHQ9_FROM_24, every(14, [23]), "little"),
            (PHQ9_FROM_24, every(14, [27]), "little"),
            (PHQ9_FROM_24, every(14, [12]), "met"),
            (Score(instrument="phq9", baseline=10, target=HALF), every(14, [4]), "met"),
            (THRICE_A_WEEK, [], "unrecorded"),
            (THRICE_A_WEEK, every(7, [1, 2, 3]), "moved"),
            (THRICE_A_WEEK, every(7, [1]), "little"),
            (msgspec.structs.replace(THRICE_A_WEEK, baseline=2), every(7, [2] * 7), "little"),
        ],
    )
    def test_follows_from_the_record(self, measure, entries, shape):
        assert shape_of(standing(measure, entries)) == shape

    @settings(max_examples=100, deadline=None)
    @given(standings())
    def test_has_no_percentage_and_no_praise_unless_something_moved(self, one):
        said = " ".join(draft(one, "reframing").sentences + draft(one, "replan").sentences)
        if shape_of(one) != "moved":
            assert "%" not in said
            assert "percent" not in said
        assert len(draft(one, "reframing").sentences) == 4
