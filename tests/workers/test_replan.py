"""What a replan proposes, whatever the goal: it is accepted, it can be reached, it asks less."""

import re
from datetime import date, timedelta
from math import ceil

import msgspec
import pytest
from hypothesis import given, settings

from events import instruments
from events.acceptance import Acceptance, parts, revisions
from events.goal import Goal, evolve
from events.measure import (
    Count,
    Frequency,
    Measure,
    Progress,
    RelativeFrequency,
    Score,
    period_days,
    periods,
    target_value,
)
from events.progress import periods_asked, progress_of_frequency
from events.suggestion import NewTarget, OfferSuggestion, Option, SuggestionOffered
from projections.goal_progress import progress_at, settle
from projections.goal_status import GoalStatus, course, excused_days
from tests.controls import DRAFT
from tests.examples import examples
from tests.workers.diary import noon
from tests.workers.drawn import any_score, counts, practised, standings
from tests.workers.standings import GOAL
from workers.drafts import draft, plan_for
from workers.pace import shown
from workers.replan import (
    MOST_WEEKS_AHEAD,
    MorePeriods,
    MoreTime,
    NearerCount,
    NearerRate,
    NearerScore,
    SmallerStep,
    Way,
)
from workers.standing import Standing, amount_by_day, shape_of, towards_health
from workers.suggestions import offer

NUMBER = r"(-?\d+(?:\.\d+)?)"
CROSSED = re.compile(rf"{NUMBER} [^:÷]*÷ {NUMBER} [^=]*= {NUMBER} (?:week|semana)")
LEFT = re.compile(rf"{NUMBER} [^-.]*- {NUMBER} (?:so far|hasta ahora) = {NUMBER}\.")
REACHED = re.compile(rf"{NUMBER} ([-+]) {NUMBER} [^×]*× {NUMBER} [^=]*= {NUMBER},")


def accepted(one: Standing, option: Option) -> Goal:
    """The goal once the option is taken, at noon of the day on which it was offered."""
    now = noon(one.today, one.goal.zone)
    taking = Acceptance(suggestion_id=GOAL, now=now, option=0, client_agreed=True)
    goal = msgspec.structs.replace(one.goal, missed_on=one.goal.due_on)
    events = revisions(goal, GOAL, option, taking)
    assert events
    for event in events:
        goal = evolve(goal, event)
    return goal


def settled(one: Standing, option: Option) -> GoalStatus:
    """The goal's row once the option is taken."""
    goal = accepted(one, option)
    row = msgspec.structs.replace(one.status, goal=goal)
    found: GoalStatus = settle(row)
    return found


def least(one: Standing) -> float:
    """The smallest amount worth proposing: nobody is told to try for a minute."""
    measure = one.goal.measure
    assert isinstance(measure, Frequency)
    return min(measure.amount, 10.0 if measure.unit == "minutes" else 1.0)


def daily(measure: Frequency) -> float:
    return measure.amount / period_days(measure)


class TestEveryOption:
    @examples(150)
    @given(standings())
    def test_can_be_accepted(self, one):
        for option in draft(one, "replan").options:
            due_on, _ = parts(option.proposal)
            after = accepted(one, option)
            assert due_on == after.due_on
            assert one.today <= after.due_on <= one.today + timedelta(weeks=MOST_WEEKS_AHEAD)
            assert after.due_on > one.goal.due_on
            assert after.missed_on is None

    @examples(200)
    @given(standings())
    def test_asks_for_something_still_to_come_and_never_for_more_than_before(self, one):
        before = one.goal.measure
        for option in draft(one, "replan").options:
            after = settled(one, option)
            assert not progress_at(after, noon(one.today, after.goal.zone)).target_met
            match before, after.measure:
                case Score(), Score() as measure:
                    assert_between(one, before, measure)
                case Frequency(), Frequency() as measure:
                    assert daily(measure) <= daily(before) + 1e-9
                    assert measure.source == before.source
                    assert filled(one, after, measure, amount=measure.amount).target_met
                    if measure.amount == before.amount and measure.per == before.per:
                        assert asked(after, measure) <= asked(one.goal, before) + 1e-9
                case RelativeFrequency(), RelativeFrequency() as measure:
                    assert measure.percent <= before.percent
                    assert msgspec.structs.replace(measure, percent=before.percent) == before
                case Count(), Count() as measure:
                    assert sum(amount_by_day(one).values()) < measure.amount <= before.amount
                case _:
                    raise AssertionError("this measure has no such option")

    @examples(300)
    @given(standings(lambda _: any_score, lead=True))
    def test_aims_at_a_score_that_can_be_told_from_the_measures_own_error(self, one):
        for option in draft(one, "replan").options:
            _, measure = parts(option.proposal)
            if isinstance(measure, Score) and isinstance(option.proposal, NewTarget):
                yardstick = one.yardstick
                assert yardstick is not None
                moved = yardstick.movement(measure.baseline, target_value(measure))
                assert moved == "better"

    @examples(60)
    @given(standings(practised))
    def test_of_a_practised_goal_is_on_course_on_the_day_it_is_taken(self, one):
        for option in draft(one, "replan").options:
            row = settled(one, option)
            assert course(row, noon(one.today, row.goal.zone)) == "on_course"

    @examples(60)
    @given(standings(practised))
    def test_is_a_step_that_was_kept_in_half_of_the_periods_and_is_worth_taking(self, one):
        for way in plan_for(one).ways:
            if isinstance(way, SmallerStep):
                assert way.measure.amount >= least(one)
                assert 2 * way.kept_in >= way.count > 0

    @examples(150)
    @given(standings())
    def test_names_no_day_that_the_slower_end_of_the_interval_does_not_reach(self, one):
        for way in plan_for(one).ways:
            if isinstance(way, MoreTime | MorePeriods):
                dates = way.dates
                assert dates.sooner_on <= dates.slower_on <= dates.due_on
                assert one.today < dates.due_on
                assert dates.sooner_on == dates.from_on + timedelta(days=ceil(7 * dates.weeks))
                assert (shown(dates.weeks), shown(dates.slower_weeks)) == (
                    dates.weeks,
                    dates.slower_weeks,
                )
                assert dates.weeks <= dates.slower_weeks + 1e-9
                assert (dates.due_on - dates.from_on).days >= 7 * dates.slower_weeks - 1e-6
                assert way.pace.slower > 0
                assert way.pace.slower <= way.pace.per_week + 1e-9 <= way.pace.faster + 2e-9

    @examples(80)
    @given(standings(practised, lead=True) | standings(practised))
    def test_of_a_practised_goal_is_met_where_the_free_days_or_weeks_stay_empty(self, one):
        made = draft(one, "replan")
        for way, option in zip(plan_for(one).ways, made.options, strict=True):
            if isinstance(way, MorePeriods | SmallerStep):
                row, ahead = settled(one, option), way.ahead
                assert one.today <= ahead.from_on
                assert 0 <= ahead.free < ahead.periods
                assert ahead.asked <= ahead.periods - ahead.free + 0.005
                assert done_from(one, row, ahead.from_on, ahead.periods - ahead.free).target_met
                # One free day or week more would be one too many.
                assert ahead.asked > ahead.periods - ahead.free - 1 - 0.005

    @examples(80)
    @given(standings(practised, lead=True) | standings(practised))
    def test_that_is_a_smaller_step_asks_for_what_the_client_has_kept(self, one):
        ways = plan_for(one).ways
        for way in ways:
            if isinstance(way, SmallerStep):
                kept = way.ahead.periods * way.kept_in / way.count
                assert 0 < way.ahead.asked <= kept + 0.005
                for more in ways:
                    if isinstance(more, MorePeriods):
                        assert way.due_on < more.due_on
                        asks, all_of_it = (
                            each.ahead.asked * each.measure.amount for each in (way, more)
                        )
                        assert asks <= all_of_it + 1e-6

    @examples(300)
    @given(standings(lead=True))
    def test_is_not_made_pointless_by_another(self, one):
        asked_by = [
            (way.due_on, asks)
            for way in plan_for(one).ways
            if (asks := how_much_is_asked(one, way)) is not None
        ]
        for nth, (due_on, asks) in enumerate(asked_by):
            for other_on, more in asked_by[:nth] + asked_by[nth + 1 :]:
                assert other_on > due_on or more < asks - 1e-9

    @examples(300)
    @given(standings(lead=True))
    def test_that_asks_less_asks_for_a_good_deal_less(self, one):
        before = one.goal.measure
        for way in plan_for(one).ways:
            match way:
                case NearerScore():
                    step = 2 * instruments.named(before.instrument).step
                    assert abs(way.new - way.start) >= step - 1e-9
                    relief = max(step, abs(way.old - way.start) / 4)
                    assert abs(way.old - way.new) >= relief - 1e-9
                case NearerRate():
                    assert before.percent - way.measure.percent >= 5
                case NearerCount():
                    assert before.amount - way.measure.amount >= before.amount / 10 - 1e-9
                case SmallerStep():
                    assert daily(way.measure) <= 0.9 * daily(before) + 1e-9
                case _:
                    pass

    @examples(300)
    @given(standings(lead=True) | standings(lambda _: counts, lead=True))
    def test_shows_numbers_that_lead_to_the_numbers_shown(self, one):
        point = "." if draft(one, "replan").language == "en" or "MX" in one.language else ","
        for option in draft(one, "replan").options:
            text = option.arithmetic.replace(point, ".") if point == "," else option.arithmetic
            for distance, pace, weeks in CROSSED.findall(text):
                exactly = float(distance) / float(pace)
                # Halves may be rounded either way.
                either = {shown(exactly * (1 + bit)) for bit in (-1e-9, 1e-9)}
                assert float(weeks) in either
            for asked, counted, left in LEFT.findall(text):
                assert round(float(asked) - float(counted), 2) == float(left)
            for start, sign, weeks, pace, value in REACHED.findall(text):
                moved = float(weeks) * float(pace) * (1 if sign == "+" else -1)
                assert round(float(start) + moved, 2) == pytest.approx(float(value), abs=0.011)

    @examples(150)
    @given(standings())
    def test_is_within_the_limits_of_what_is_stored(self, one):
        for kind in ("reframing", "replan"):
            offered, *_ = offer(one, kind, DRAFT, noon(one.today)).events
            assert isinstance(offered, SuggestionOffered)
            command = {**msgspec.to_builtins(offered), "now": noon(one.today)}
            command.pop("type")
            msgspec.convert(command, OfferSuggestion)
            assert draft(one, kind) == draft(one, kind)

    @examples(150)
    @given(standings())
    def test_shows_the_numbers_it_comes_from(self, one):
        made = draft(one, "replan")
        assert made.evidence.positions == one.positions
        assert made.evidence.formula
        assert len({option.way for option in made.options}) == len(made.options)
        for option in made.options:
            assert option.arithmetic
            assert option.way != "other"


def how_much_is_asked(one: Standing, way: Way) -> float | None:
    """How far a way on goes; None of a step that asks less of each day, which is what it is for."""
    match way:
        case NearerScore() | NearerRate():
            return abs(way.new - way.start)
        case MoreTime():
            return abs(way.target - way.start)
        case NearerCount():
            return way.measure.amount - way.done
        case _:
            return None


def asked(row: GoalStatus, measure: Frequency) -> float:
    return periods_asked(measure, excused_days(row), row.goal.starts_on, row.goal.due_on)


def assert_between(one: Standing, before: Score, measure: Score) -> None:
    """The new target lies beyond the latest score, and asks no more than the old one."""
    old, new = target_value(before), target_value(measure)
    towards = towards_health(before)
    latest = one.entries[-1].amount
    assert instruments.named(measure.instrument).spans(new)
    assert (new - latest) * towards > 0
    assert (old - new) * towards >= -1e-9
    assert measure.baseline == before.baseline


def filled(one: Standing, row: GoalStatus, measure: Frequency, *, amount: float) -> Progress:
    """Progress if so much is done in every period that starts today or later."""
    done = dict(amount_by_day(one))
    length = period_days(measure)
    for nth in range(periods(measure, row.goal.starts_on, row.goal.due_on)):
        day = row.goal.starts_on + timedelta(days=nth * length)
        if day >= one.today:
            done[day] = done.get(day, 0.0) + amount
    time = row.goal.starts_on, row.goal.due_on
    return progress_of_frequency(measure, done, len(done), *time, excused=excused_days(row))


def done_from(one: Standing, row: GoalStatus, first: date, count: int) -> Progress:
    """Progress if so many periods from a day on have all that is asked of them."""
    measure = row.measure
    assert isinstance(measure, Frequency)
    length = timedelta(days=period_days(measure))
    done = {first + nth * length: measure.amount for nth in range(count)}
    for day, amount in amount_by_day(one).items():
        done[day] = done.get(day, 0.0) + amount
    time = row.goal.starts_on, row.goal.due_on
    return progress_of_frequency(measure, done, len(done), *time, excused=excused_days(row))


class TestEveryReframing:
    @examples(150)
    @given(standings())
    def test_has_four_parts_and_no_percentage_unless_something_moved(self, one):
        reframing = draft(one, "reframing").sentences
        assert len(reframing) == 4
        if shape_of(one) != "moved":
            said = " ".join(reframing + draft(one, "replan").sentences)
            assert "%" not in said
            assert "percent" not in said
            assert "por ciento" not in said

    def test_measures_are_all_drawn(self):
        # A law about all measures has to have seen them.
        kinds: set[type[Measure]] = set()

        @settings(max_examples=100, deadline=None, database=None)
        @given(standings())
        def see(one: Standing) -> None:
            kinds.add(type(one.measure))

        see()
        assert kinds == set(Measure.__args__)
