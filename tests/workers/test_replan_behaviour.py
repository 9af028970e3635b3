"""The replan of what somebody does: how often, how much more often, how much in all, or once."""

from datetime import date, timedelta

import msgspec
import pytest

from events.measure import Count, Frequency, Milestone, RelativeFrequency
from tests.workers.diary import ONCE_A_DAY, THRICE_A_WEEK
from tests.workers.standings import START, Entries, standing
from workers.drafts import draft, plan_for
from workers.pace import shown
from workers.replan import (
    Ahead,
    MorePeriods,
    MoreTime,
    NearerCount,
    NearerRate,
    Reached,
    SmallerStep,
)
from workers.replan_frequency import own_pace
from workers.standing import amount_by_day, shape_of

EIGHT_WEEKS = START + timedelta(days=55)
FOUR_WEEKS = START + timedelta(days=27)
TWO_WEEKS = START + timedelta(days=13)


def on_days(*days: int, amount: float = 1) -> Entries:
    return [(START + timedelta(days=day), amount) for day in days]


def a_week(*times: int) -> Entries:
    """So many times in the first week, in the second, and so on, on a day each."""
    return on_days(*(7 * week + day for week, count in enumerate(times) for day in range(count)))


class TestMorePeriods:
    def test_is_the_time_that_the_own_pace_takes_for_what_is_still_asked(self):
        # Every second day of 28, and 28 asked for: 14 to go at 3.5 a week.
        daily = Frequency(amount=1, unit="times", per="day")
        one = standing(daily, on_days(*range(0, 28, 2)), due_on=FOUR_WEEKS)
        more = plan_for(one).ways[0]
        assert isinstance(more, MorePeriods)
        assert (more.asked, more.counted, more.dates.distance) == (28, 14, 14)
        assert more.pace.per_week == pytest.approx(3.5)
        assert more.dates.weeks == pytest.approx(4.0)
        assert more.dates.from_on == FOUR_WEEKS + timedelta(days=1)
        assert more.dates.sooner_on == FOUR_WEEKS + timedelta(days=29)
        assert more.dates.slower_weeks == shown(14 / more.pace.slower)
        assert more.due_on == FOUR_WEEKS + timedelta(weeks=7)
        # What the pace leaves empty is no longer asked for: 77 days, of which 28 count. 14 of the
        # 49 empty ones have gone by, so that 35 are ahead.
        assert more.proposal.measure == msgspec.structs.replace(daily, reserve=49)
        assert more.ahead == Ahead(
            from_on=FOUR_WEEKS + timedelta(days=1), periods=49, asked=14, free=35
        )

    def test_says_how_many_of_the_days_are_free(self):
        daily = Frequency(amount=1, unit="times", per="day")
        one = standing(daily, on_days(*range(0, 28, 2)), due_on=FOUR_WEEKS)
        option = draft(one, "replan").options[0]
        assert option.words == (
            "Stay with once a day and give it until 21 March "
            "(from 1 February on, 35 of 49 days are free)."
        )
        assert option.arithmetic.startswith("28 days asked for - 14 so far = 14. Counted from ")
        assert option.arithmetic.endswith(
            "20 March, taken as 21 March, the end of a week counted from 4 January. "
            "From 1 February on there are 49 days: 49 - 14 = 35, so 35 are free."
        )

    def test_takes_whole_weeks_alone_for_the_pace(self):
        # The fourth week had 3 times, and the six days after it, which are no week, had 6 more.
        entries = a_week(3, 3, 3, 3, 6)
        one = standing(THRICE_A_WEEK, entries, due_on=START + timedelta(days=33))
        pace = own_pace(one, THRICE_A_WEEK, amount_by_day(one))
        assert pace is not None
        assert (pace.points, pace.span_days, pace.per_week) == (4, 28, 1.0)

    def test_leaves_days_of_rest_out_of_the_pace(self):
        rests = {START + timedelta(days=day) for day in range(1, 14, 2)}
        kept, resting = (
            on_days(*range(0, 28, 2)),
            plan_for(
                standing(ONCE_A_DAY, on_days(*range(0, 28, 2)), due_on=FOUR_WEEKS, rests=rests)
            ),
        )
        without = plan_for(standing(ONCE_A_DAY, kept, due_on=FOUR_WEEKS))
        assert resting.numbers["pace_per_week"] > without.numbers["pace_per_week"]
        assert resting.numbers["asked"] == without.numbers["asked"] - 7

    def test_gives_the_minimum_version_its_credit(self):
        measure = Frequency(amount=20, unit="minutes", per="day", minimum=5)
        entries = on_days(*range(0, 28, 2), amount=5)
        plan = plan_for(standing(measure, entries, due_on=FOUR_WEEKS))
        assert plan.numbers["counted"] == pytest.approx(14 * 0.5)

    def test_is_not_offered_where_the_interval_holds_no_movement(self):
        # Seven days in the first week, and then nothing for seven weeks.
        plan = plan_for(standing(THRICE_A_WEEK, on_days(*range(6)), due_on=EIGHT_WEEKS))
        assert (plan.lacking, list(plan.ways)) == ("pace", [])


class TestSmallerStep:
    def test_is_as_small_as_what_was_kept(self):
        step = plan_for(standing(THRICE_A_WEEK, a_week(*[2] * 8), due_on=EIGHT_WEEKS)).ways[1]
        assert isinstance(step, SmallerStep)
        assert (step.measure.amount, step.measure.per) == (2, "week")
        assert (step.kept_in, step.count) == (8, 8)

    def test_was_kept_in_half_of_the_weeks_and_says_in_how_many(self):
        one = standing(THRICE_A_WEEK, a_week(2, 0, 2, 0, 2, 0, 2, 2), due_on=EIGHT_WEEKS)
        option = draft(one, "replan").options[-1]
        assert option.words.startswith("Take a smaller step, twice a week, until ")
        assert option.arithmetic == (
            "2 or more in 5 of 8 weeks, empty ones included and days of rest left out. "
            "From 1 March on there are 8 weeks: 8 × 5 ÷ 8 = 5 to do; 8 - 5 = 3, so 3 are free."
        )

    def test_asks_for_no_more_of_the_weeks_to_come_than_it_was_kept_in(self):
        # 3 times in every second week: to be kept in every second week to come.
        four = Frequency(amount=4, unit="times", per="week")
        one = standing(four, a_week(3, 0, 3, 0, 3, 0, 3, 0), due_on=EIGHT_WEEKS)
        (step,) = plan_for(one).ways
        assert isinstance(step, SmallerStep)
        assert (step.kept_in, step.count) == (4, 8)
        assert (step.ahead.periods, step.ahead.asked, step.ahead.free) == (8, 4, 4)
        spanish = draft(msgspec.structs.replace(one, language="es"), "replan").options[0]
        assert spanish.words == (
            "Dar un paso más pequeño, 3 veces a la semana, hasta el 25 de abril "
            "(a partir del 1 de marzo, 4 de 8 semanas quedan libres)."
        )
        assert spanish.arithmetic.endswith(
            " A partir del 1 de marzo hay 8 semanas: 8 × 4 ÷ 8 = 4 por hacer; 8 - 4 = 4, así que "
            "4 quedan libres."
        )

    def test_is_done_sooner_than_what_keeps_the_amount_and_asks_no_more(self):
        # 2.67 weeks of 3 times are 8 times: 4 weeks of twice, and a week sooner.
        more, step = plan_for(standing(THRICE_A_WEEK, a_week(*[2] * 8), due_on=EIGHT_WEEKS)).ways
        assert isinstance(more, MorePeriods)
        assert isinstance(step, SmallerStep)
        assert (more.ahead.asked, more.due_on) == (2.67, EIGHT_WEEKS + timedelta(weeks=5))
        assert (step.ahead.asked, step.due_on) == (4, EIGHT_WEEKS + timedelta(weeks=4))

    def test_is_not_offered_where_keeping_the_amount_takes_no_longer(self):
        # 18 of 30 minutes a day: 5.6 days' worth is left, which two weeks of 15 would exceed.
        measure = Frequency(amount=30, unit="minutes", per="day")
        one = standing(measure, on_days(*range(14), amount=18), due_on=TWO_WEEKS)
        assert [way.kind for way in plan_for(one).ways] == ["more_time"]

    def test_leaves_out_what_is_no_whole_week(self):
        # Thirteen days in the last week would have had 4, and made twice a week of it.
        entries = a_week(1, 1, 1, 1, 3)
        one = standing(THRICE_A_WEEK, entries, due_on=START + timedelta(days=33))
        option = draft(one, "replan").options[-1]
        assert option.words.startswith("Take a smaller step, once a week, until ")
        assert "1 or more in 4 of 4 weeks, " in option.arithmetic
        assert " 6 days after the last whole week are left out." in option.arithmetic

    def test_asks_for_a_tenth_less_or_more(self):
        minutes = Frequency(amount=110, unit="minutes", per="week")
        entries = [(START + timedelta(days=7 * week + day), 52.5) for week in range(8)
                   for day in (0, 3)]  # fmt: skip
        one = standing(minutes, entries, due_on=EIGHT_WEEKS)
        # 105 of 110 minutes is no smaller step.
        assert [way.kind for way in plan_for(one).ways] == ["more_time"]

    def test_is_not_offered_where_nothing_was_kept_in_half_of_the_weeks(self):
        one = standing(THRICE_A_WEEK, a_week(3, 0, 2, 0, 0, 2, 0, 0), due_on=EIGHT_WEEKS)
        assert not any(isinstance(way, SmallerStep) for way in plan_for(one).ways)

    def test_is_counted_by_the_week_where_every_other_day_was_kept(self):
        entries = on_days(0, 2, 4, 7, 9, 11)
        step = plan_for(standing(ONCE_A_DAY, entries, due_on=TWO_WEEKS)).ways[-1]
        assert isinstance(step, SmallerStep)
        assert (step.measure.amount, step.measure.per) == (3, "week")

    def test_rounds_minutes_to_fives(self):
        measure = Frequency(amount=30, unit="minutes", per="day", minimum=20)
        entries = on_days(*range(8), amount=18)
        ways = plan_for(standing(measure, entries, due_on=TWO_WEEKS)).ways
        step = next(way for way in ways if isinstance(way, SmallerStep))
        # A minimum version of more than all of it would be none.
        assert (step.measure.amount, step.measure.minimum) == (15, None)

    def test_of_mood_entries_stays_one_of_mood_entries(self):
        measure = Frequency(amount=1, unit="times", per="day", source="mood_entries")
        one = standing(measure, on_days(*range(0, 28, 2)), due_on=FOUR_WEEKS)
        step = plan_for(one).ways[-1]
        assert isinstance(step, SmallerStep)
        assert step.measure.source == "mood_entries"
        assert "14 mood notes are recorded" in draft(one, "reframing").sentences[1]


class TestDaysOfRest:
    REST = frozenset(START + timedelta(days=day) for day in range(14, 28))
    MEASURE = Frequency(amount=3, unit="times", per="week", baseline=2)

    def test_do_not_make_little_of_what_was_done(self):
        # 5 times in the two weeks that were asked for: more than the 2 a week of before.
        one = standing(self.MEASURE, a_week(3, 2), due_on=FOUR_WEEKS, rests=self.REST)
        assert shape_of(one) == "moved"
        assert shape_of(standing(self.MEASURE, a_week(3, 2), due_on=FOUR_WEEKS)) == "little"

    def test_are_not_among_the_weeks_that_are_told(self):
        one = standing(self.MEASURE, a_week(3, 2), due_on=FOUR_WEEKS, rests=self.REST)
        assert draft(one, "reframing").sentences[1] == (
            "5 times are recorded up to then: 2 of 2 weeks had all or part of what was planned, "
            "1 of them all of it, 83% of the way. 14 days of rest were not asked for."
        )


class TestAnIncrease:
    MEASURE = RelativeFrequency(percent=100, unit="times", per="week", baseline=2)
    DUE = START + timedelta(days=41)

    def test_takes_more_time_at_the_pace_at_which_it_grew(self):
        plan = plan_for(standing(self.MEASURE, a_week(0, 1, 2, 3, 3, 4), due_on=self.DUE))
        more = plan.ways[0]
        assert isinstance(more, MoreTime)
        # 4 a week is the aim, the last two weeks had 3.5 each, and 0.8 is the median slope.
        assert more.dates.distance == pytest.approx(0.5)
        assert more.pace.per_week == pytest.approx(0.8)
        assert more.dates.weeks == 0.625  # 0.5 / 0.8
        assert more.dates.slower_weeks == shown(0.5 / more.pace.slower)

    def test_goes_halfway_first(self):
        measure = msgspec.structs.replace(self.MEASURE, percent=300)
        plan = plan_for(standing(measure, a_week(1, 2, 3, 4, 5, 6), due_on=self.DUE))
        assert [way.kind for way in plan.ways] == ["more_time", "milestone"]
        half = plan.ways[1]
        assert isinstance(half, NearerRate)
        # From the last two weeks, 5.5, to 8 a week: 6.75, which is 237.5 percent more than 2.
        assert (half.exactly, half.measure.percent, half.new) == (6.75, 235, 6.7)

    def test_aims_first_at_what_the_pace_reaches_where_the_aim_is_far(self):
        measure = RelativeFrequency(percent=1000, unit="minutes", per="week", baseline=30)
        entries = [(START + timedelta(days=7 * week), 30.0 + 10 * week) for week in range(6)]
        plan = plan_for(standing(measure, entries, due_on=self.DUE))
        reached = next(way for way in plan.ways if way.kind == "smaller_target")
        assert isinstance(reached, NearerRate)
        assert isinstance(reached.by, Reached)
        # 75 in the last two weeks, and 10 more each week for the six weeks after the old date.
        assert reached.exactly == 75 + 10 * 6
        assert reached.measure.percent == 350

    def test_talks_first_where_it_did_not_grow_beyond_doubt(self):
        plan = plan_for(standing(self.MEASURE, a_week(3, 2, 3, 2, 3, 3), due_on=self.DUE))
        assert (plan.lacking, list(plan.ways)) == ("pace", [])

    def test_talks_first_where_there_are_few_weeks(self):
        plan = plan_for(standing(self.MEASURE, a_week(2, 3, 3), due_on=START + timedelta(days=20)))
        assert (plan.lacking, list(plan.ways)) == ("entries", [])

    def test_tells_the_rate_before_and_that_of_the_last_weeks(self):
        one = standing(self.MEASURE, a_week(2, 2, 3, 3, 3, 3), due_on=self.DUE)
        assert draft(one, "reframing").sentences[1] == (
            "At the start it was twice a week, and in the last 2 weeks up to then 3 times a "
            "week; the aim is 4 times a week: 50% of the way."
        )


class TestNearlyThere:
    def test_is_told_as_such_where_a_week_is_left_over(self):
        # 11 of 12 weeks, and the days after the last whole one begin a week that has its share.
        measure = Frequency(amount=15, unit="minutes", per="week")
        entries = on_days(*(7 * week for week in range(13) if week != 4), amount=15)
        one = standing(measure, entries, due_on=START + timedelta(days=89))
        plan = plan_for(one)
        assert (plan.lacking, list(plan.ways)) == ("there", [])
        assert (
            draft(one, "replan")
            .sentences[-1]
            .startswith("Counted on up to now, the entries come to what was planned: it would help")
        )

    def test_is_no_record_that_points_nowhere(self):
        # 20 of 21: two entries a day at the end, so that by the day the interval is wide.
        entries = [*on_days(0, 20, 30, 40, amount=1), *on_days(55, amount=16)]
        plan = plan_for(standing(Count(amount=21), entries, due_on=EIGHT_WEEKS))
        assert (plan.lacking, list(plan.ways)) == ("near", [])

    def test_is_not_said_far_from_there(self):
        entries = [*on_days(0, 20, 30, 40, amount=1), *on_days(55, amount=6)]
        plan = plan_for(standing(Count(amount=21), entries, due_on=EIGHT_WEEKS))
        assert plan.lacking != "near"


class TestACount:
    def test_is_paced_by_whole_weeks_where_there_are_five(self):
        # Every Monday for eight weeks: by the day the interval would reach from 0.34 a week on.
        one = standing(Count(amount=16), on_days(*range(0, 56, 7)), due_on=EIGHT_WEEKS)
        plan = plan_for(one)
        more = plan.ways[0]
        assert isinstance(more, MoreTime)
        assert (more.pace.per_week, more.pace.slower, more.pace.points) == (1, 1, 8)
        assert more.dates.weeks == more.dates.slower_weeks == 8
        assert "each seven of the goal's days" in plan.formula

    def test_is_paced_by_the_day_where_there_are_fewer(self):
        plan = plan_for(standing(Count(amount=20), on_days(*range(0, 28, 4)), due_on=FOUR_WEEKS))
        assert plan.numbers["points"] == 28
        assert "on each of the goal's days" in plan.formula

    def test_leaves_days_of_rest_out_of_its_weeks(self):
        rests = {START + timedelta(days=day) for day in range(1, 56, 7)}
        one = standing(Count(amount=16), on_days(*range(0, 56, 7)), due_on=EIGHT_WEEKS, rests=rests)
        # 48 days are six weeks of seven, and six days are left over.
        assert plan_for(one).numbers["points"] == 6

    def test_tells_its_pace_once(self):
        one = standing(Count(amount=20), on_days(*range(0, 28, 4)), due_on=FOUR_WEEKS)
        more, again = draft(one, "replan").options
        assert "÷ 1.75 a week" in more.arithmetic
        assert again.arithmetic == (
            "Counted from 1 February: 7 so far + 1.75 a week × 3.86 weeks = 13.75, taken as 13."
        )

    def test_takes_more_time_or_what_was_done_in_the_same_time_again(self):
        one = standing(Count(amount=20), on_days(*range(0, 28, 4)), due_on=FOUR_WEEKS)
        more, again = plan_for(one).ways
        assert isinstance(more, MoreTime)
        assert more.dates.distance == 13
        assert more.pace.per_week == pytest.approx(7 / 28 * 7)
        assert more.dates.weeks == 7.43  # 13 / 1.75
        assert isinstance(again, NearerCount)
        # 7 so far, and 1.75 a week for the 27 days until four weeks after the old date.
        assert again.proposal.measure == Count(amount=13)
        assert again.due_on == FOUR_WEEKS + timedelta(weeks=4)

    def test_talks_first_where_there_is_little_to_plan_with(self):
        week = START + timedelta(days=6)
        plan = plan_for(standing(Count(amount=5), on_days(0, 2, 4), due_on=week))
        assert (plan.lacking, list(plan.ways)) == ("entries", [])

    def test_that_was_filled_after_its_date_is_filled(self):
        entries = on_days(0, 2, 4, 6, 8, 28)
        one = standing(
            Count(amount=6), entries, due_on=FOUR_WEEKS, today=FOUR_WEEKS + timedelta(days=3)
        )
        assert shape_of(one) == "met"
        assert draft(one, "reframing").sentences[1] == (
            "6 of 6 times are recorded so far, and that was the aim."
        )


class TestAMilestone:
    def test_is_talked_about_first(self):
        made = draft(standing(Milestone()), "replan")
        assert made.options == ()
        assert made.sentences[1:] == (
            "It is not yet recorded as done.",
            "It would help to talk first about what fits now.",
        )

    def test_that_came_after_its_date_says_when(self):
        late = date(2026, 3, 4)
        one = standing(Milestone(), [(late, 1)], today=date(2026, 3, 6))
        assert draft(one, "reframing").sentences[1:3] == (
            "It is recorded as done on 4 March.",
            "This is one point on a line, not a verdict.",
        )


class TestThinRecords:
    @pytest.mark.parametrize(
        ("entries", "due_on"),
        [
            (on_days(0, 7, 14, 21, amount=3), EIGHT_WEEKS),
            (on_days(*range(10)), START + timedelta(days=12)),
            ([], EIGHT_WEEKS),
        ],
    )
    def test_of_fewer_than_five_days_over_fourteen_are_talked_about_first(self, entries, due_on):
        plan = plan_for(standing(THRICE_A_WEEK, entries, due_on=due_on))
        assert (plan.lacking, list(plan.ways)) == ("entries", [])
