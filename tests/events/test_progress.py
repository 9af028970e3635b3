"""How far along a goal is, by what was done on which days."""

from datetime import date, timedelta

import pytest

from events.measure import (
    Count,
    Frequency,
    Progress,
    RelativeFrequency,
    Score,
    TargetPercent,
    TargetValue,
)
from events.progress import (
    measured_baseline,
    progress_of_count,
    progress_of_frequency,
    progress_of_increase,
    progress_of_milestone,
    progress_of_score,
    rate_until,
)
from tests.controls import (
    A_QUARTER_MORE,
    DAILY,
    FIVE_TRIGGERS,
    MONDAY,
    THREE_TIMES_A_WEEK,
    change,
)


def value(instrument: str, baseline: float, target: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetValue(value=target))


def percent(instrument: str, baseline: float, by: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetPercent(percent=by))


def day(nth: int) -> date:
    """The nth day of a goal that starts on Monday, from 0."""
    return MONDAY + timedelta(days=nth)


class TestProgressOfScore:
    def test_is_nothing_without_a_score(self) -> None:
        assert progress_of_score(value("bdi2", 24, 12), None, 0) == Progress()

    @pytest.mark.parametrize(
        ("measure", "latest", "unclamped", "fraction"),
        [
            (value("bdi2", 24, 12), 24, 0.0, 0.0),
            (value("bdi2", 24, 12), 18, 0.5, 0.5),
            (value("bdi2", 24, 12), 12, 1.0, 1.0),
            (value("bdi2", 24, 12), 9, 1.25, 1.0),
            (value("bdi2", 24, 12), 30, -0.5, 0.0),
            (value("who5", 28, 52), 40, 0.5, 0.5),
            (value("who5", 28, 52), 16, -0.5, 0.0),
            (value("who5", 28, 52), 64, 1.5, 1.0),
            (percent("bdi2", 24, -50), 18, 0.5, 0.5),
        ],
    )
    def test_is_the_share_of_the_way(
        self, measure: Score, latest: float, unclamped: float, fraction: float
    ) -> None:
        assert progress_of_score(measure, latest, 3) == Progress(
            fraction=fraction, unclamped=unclamped, latest=latest, entries=3
        )

    def test_is_whole_at_every_tenth_that_is_the_target(self) -> None:
        for tenth in range(101, 600):
            measure = value("promis_depression_t", 60.1, tenth / 10)
            assert progress_of_score(measure, tenth / 10, 1).fraction == 1.0
            assert progress_of_score(measure, (tenth + 1) / 10, 1).fraction < 1.0


class TestProgressOfFrequency:
    def progress(
        self,
        measure: Frequency,
        by_day: dict[int, float],
        *,
        days: int = 5,
        excused: tuple[int, ...] = (),
    ) -> Progress:
        done = {day(nth): amount for nth, amount in by_day.items()}
        return progress_of_frequency(
            measure, done, len(done), MONDAY, day(days - 1), excused={day(nth) for nth in excused}
        )

    def test_is_nothing_before_anything_is_done(self) -> None:
        assert self.progress(DAILY, {}) == Progress(periods=5)

    def test_credits_every_day(self) -> None:
        assert self.progress(DAILY, {0: 1, 3: 1}) == Progress(
            fraction=0.4, unclamped=0.4, latest=2.0, entries=2, periods_met=2, periods=5
        )

    def test_credits_a_part_of_a_day(self) -> None:
        half_hour = Frequency(amount=30.0, unit="minutes", per="day")
        assert self.progress(half_hour, {0: 15, 1: 30}) == Progress(
            fraction=0.3, unclamped=0.3, latest=45.0, entries=2, periods_met=1, periods=5,
            periods_partly=1,
        )  # fmt: skip

    def test_does_not_carry_a_good_day_over(self) -> None:
        assert self.progress(DAILY, {0: 5}) == Progress(
            fraction=0.2, unclamped=1.0, latest=5.0, entries=1, periods_met=1, periods=5
        )

    def test_is_whole_when_every_day_was_met(self) -> None:
        done = dict.fromkeys(range(5), 1.0)
        assert self.progress(DAILY, done).target_met
        assert not self.progress(DAILY, {**done, 4: 0.99}).target_met

    def test_loses_nothing_by_the_reserve(self) -> None:
        measure = change(DAILY, reserve=2)
        three = self.progress(measure, {0: 1, 2: 1, 4: 1})
        assert (three.fraction, three.periods_met, three.periods) == (1.0, 3, 5)
        five = self.progress(measure, dict.fromkeys(range(5), 1.0))
        assert (five.fraction, five.unclamped) == (1.0, 5 / 3)

    def test_gathers_the_days_of_a_week(self) -> None:
        week = self.progress(THREE_TIMES_A_WEEK, {0: 1, 3: 1, 6: 1}, days=14)
        assert (week.fraction, week.periods_met, week.periods) == (0.5, 1, 2)

    def test_counts_weeks_from_the_first_day(self) -> None:
        weeks = self.progress(THREE_TIMES_A_WEEK, {6: 3, 7: 3}, days=14)
        assert (weeks.fraction, weeks.periods_met) == (1.0, 2)

    def test_adds_what_is_left_over_to_the_last_week(self) -> None:
        # Seventeen days: the last week has ten.
        weeks = self.progress(THREE_TIMES_A_WEEK, {0: 3, 7: 1, 13: 1, 16: 1}, days=17)
        assert (weeks.fraction, weeks.periods_met, weeks.periods) == (1.0, 2, 2)

    def test_is_one_week_where_there_is_less_than_one(self) -> None:
        few = self.progress(THREE_TIMES_A_WEEK, {0: 1, 2: 2}, days=3)
        assert (few.fraction, few.periods) == (1.0, 1)

    def test_counts_both_ends_and_nothing_beyond(self) -> None:
        assert self.progress(DAILY, {-1: 1, 5: 1}).fraction == 0.0
        assert self.progress(DAILY, {0: 1, 4: 1}).periods_met == 2

    def test_tells_days_without_entries_from_entries_that_do_not_count(self) -> None:
        assert self.progress(DAILY, {}).latest is None
        assert self.progress(DAILY, {5: 1}).latest == 0.0

    @pytest.mark.parametrize(
        ("amount", "tenths"), [(0.8, 8), (0.3, 3), (0.7, 7), (1.1, 11), (2.4, 24)]
    )
    def test_takes_so_many_tenths_for_the_whole(self, amount: float, tenths: int) -> None:
        # Summed one by one, eight times 0.1 is a little less than 0.8.
        by_day: dict[date, float] = {}
        for nth in range(tenths):
            by_day[day(nth % 7)] = by_day.get(day(nth % 7), 0.0) + 0.1
        measure = change(THREE_TIMES_A_WEEK, amount=amount)
        week = progress_of_frequency(measure, by_day, tenths, MONDAY, day(6))
        assert (week.fraction, week.periods_met) == (1.0, 1)

    def test_takes_a_day_that_was_summed_in_floats_for_the_whole(self) -> None:
        summed = 0.0
        for _ in range(8):  # sum() makes up for the error, from Python 3.12 on.
            summed += 0.1
        assert summed < 0.8
        made = self.progress(change(DAILY, amount=0.8), {0: summed}, days=1)
        assert (made.fraction, made.periods_met) == (1.0, 1)

    def test_stays_finite_between_the_least_and_the_most(self) -> None:
        least = change(DAILY, amount=0.01)
        assert self.progress(least, {0: 1440.0}).unclamped == pytest.approx(28_800)

    def test_asks_for_nothing_on_a_day_of_rest(self) -> None:
        # Ten days, two of rest: four days done of eight.
        made = self.progress(DAILY, dict.fromkeys(range(4), 1.0), days=10, excused=(5, 6))
        assert (made.fraction, made.excused, made.periods) == (0.5, 2, 10)

    def test_credits_what_was_done_on_a_day_of_rest(self) -> None:
        made = self.progress(DAILY, dict.fromkeys(range(6), 1.0), days=10, excused=(5, 6))
        assert (made.fraction, made.periods_met) == (0.75, 6)

    def test_asks_for_the_share_of_a_week_that_is_left(self) -> None:
        # Two weeks; in the second three days of seven rest, so that four sevenths are asked for.
        made = self.progress(THREE_TIMES_A_WEEK, {0: 3}, days=14, excused=(8, 9, 10))
        assert made.fraction == pytest.approx(1 / (1 + 4 / 7))
        whole = self.progress(change(DAILY, per="week", amount=7.0), {0: 7, 7: 4}, days=14,
                              excused=(8, 9, 10))  # fmt: skip
        assert whole.target_met
        assert (whole.periods_met, whole.periods_partly) == (1, 1)

    def test_shares_out_a_longer_last_week(self) -> None:
        # Seventeen days: the last week has ten, and five of them rest.
        made = self.progress(THREE_TIMES_A_WEEK, {0: 3}, days=17, excused=(8, 9, 10, 11, 12))
        assert made.fraction == pytest.approx(1 / 1.5)

    def test_takes_rest_and_reserve_together_down_to_one_day(self) -> None:
        measure = change(DAILY, reserve=3)
        assert self.progress(measure, {0: 1}, excused=(1, 2)).target_met
        assert not self.progress(measure, {}, excused=(0, 1, 2, 3, 4)).target_met
        week = change(THREE_TIMES_A_WEEK, amount=7.0)
        assert self.progress(week, {0: 1}, days=7, excused=tuple(range(7))).target_met

    def test_overlooks_rest_outside_its_time(self) -> None:
        assert self.progress(DAILY, {0: 1}, excused=(-1, 5)) == self.progress(DAILY, {0: 1})

    def test_credits_the_minimum_version_with_its_share(self) -> None:
        measure = Frequency(amount=20.0, unit="minutes", per="day", minimum=5.0)
        made = self.progress(measure, {0: 20, 1: 5, 2: 4, 3: 15})
        # Whole; half for the minimum; a fifth below it; three quarters beyond it.
        assert made.fraction == pytest.approx((1 + 0.5 + 0.2 + 0.75) / 5)
        assert (made.periods_met, made.periods_partly) == (1, 3)
        assert made.unclamped == 0.44

    def test_gives_no_more_than_was_done_beyond_the_minimum(self) -> None:
        measure = change(DAILY, amount=20.0, minimum=5.0, minimum_credit=0.1)
        assert self.progress(measure, {0: 10}, days=1).fraction == 0.5
        assert self.progress(change(measure, minimum_credit=1.0), {0: 5}, days=1).target_met


class TestBaseline:
    def test_is_what_was_given(self) -> None:
        known = change(A_QUARTER_MORE, baseline=2.5, baseline_from_on=None)
        assert measured_baseline(known, {day(-3): 9.0}, MONDAY) == 2.5

    def test_is_the_rate_of_the_days_before_the_first(self) -> None:
        # Fourteen days before Monday, five times: two and a half a week.
        done = {day(-14): 2.0, day(-1): 3.0}
        around = {day(-15): 9.0, MONDAY: 9.0}
        assert measured_baseline(A_QUARTER_MORE, done | around, MONDAY) == 2.5
        daily = change(A_QUARTER_MORE, per="day")
        assert measured_baseline(daily, done | around, MONDAY) == pytest.approx(5 / 14)

    def test_is_zero_where_nothing_was_done(self) -> None:
        assert measured_baseline(A_QUARTER_MORE, {}, MONDAY) == 0.0


class TestRateUntil:
    def rate(
        self,
        by_day: dict[int, float],
        *,
        until: int = 41,
        excused: tuple[int, ...] = (),
        measure: RelativeFrequency = A_QUARTER_MORE,
    ) -> float:
        return rate_until(
            measure,
            {day(nth): amount for nth, amount in by_day.items()},
            MONDAY,
            day(until),
            {day(nth) for nth in excused},
        )

    def test_is_that_of_the_two_weeks_that_end_on_a_day(self) -> None:
        done = {3: 1.0, 4: 1.0, 16: 4.0, 17: 1.0, 18: 7.0}
        assert self.rate(done, until=17) == 3.0  # From day 4 to day 17: six times.
        assert self.rate(done, until=31) == 3.5
        assert self.rate(done, until=32) == 0.0

    def test_is_divided_by_all_of_them_from_the_first_day_on(self) -> None:
        assert self.rate({-1: 9, 0: 2}, until=0) == 1.0

    def test_is_nothing_before_the_first_day(self) -> None:
        assert self.rate({-3: 2}, until=-1) == 0.0

    def test_is_nothing_without_entries(self) -> None:
        assert self.rate({}) == 0.0

    def test_does_not_use_up_its_days_on_rest(self) -> None:
        done = {3: 1.0, 17: 1.0}
        assert self.rate(done, until=17) == 0.5
        assert self.rate(done, until=17, excused=(8,)) == 1.0
        assert self.rate(done, until=17, excused=(17,)) == 1.0
        assert self.rate(done, until=17, excused=(2, 18)) == 0.5

    def test_counts_what_is_done_on_a_day_of_rest(self) -> None:
        assert self.rate({8: 2}, until=17, excused=(8,)) == 1.0

    def test_reaches_back_to_the_first_day_at_most(self) -> None:
        assert self.rate({-1: 4, 0: 2}, until=5, excused=(1, 2, 3)) == 1.0

    def test_counts_days_where_the_rate_is_daily(self) -> None:
        daily = change(A_QUARTER_MORE, per="day", over_periods=3)
        assert self.rate({0: 1, 1: 1, 3: 4}, until=3, measure=daily) == pytest.approx(5 / 3)


class TestProgressOfIncrease:
    def progress(
        self, by_day: dict[int, float], *, baseline: float = 2.0, until: int = 13
    ) -> Progress:
        done = {day(nth): amount for nth, amount in by_day.items()}
        return progress_of_increase(
            A_QUARTER_MORE, done, len(done), MONDAY, day(41), baseline=baseline, until=day(until)
        )

    def test_is_nothing_before_anything_is_done(self) -> None:
        assert self.progress({}) == Progress(baseline=2.0, target=2.5)

    def test_runs_from_the_baseline_to_so_many_percent_more(self) -> None:
        # Four times in two weeks are two a week; the target is two and a half.
        assert self.progress({0: 4}) == Progress(latest=2.0, entries=1, baseline=2.0, target=2.5)
        assert self.progress({0: 4, 3: 0.5}).fraction == 0.5
        met = self.progress({0: 4, 3: 1})
        assert (met.fraction, met.unclamped, met.target_met) == (1.0, 1.0, True)
        assert self.progress({0: 6}).unclamped == 2.0

    def test_falls_where_it_is_not_kept_up(self) -> None:
        done = {0: 4.0, 3: 1.0}
        assert [self.progress(done, until=nth).fraction for nth in (13, 14, 41)] == [1.0, 0.0, 0.0]
        assert self.progress(done, until=41).latest == 0.0

    def test_is_that_of_the_last_stretch_of_the_goal_once_its_date_has_passed(self) -> None:
        done = {27: 9.0, 28: 3.0, 41: 2.0, 42: 9.0}
        at_the_date = self.progress(done, until=41)
        assert (at_the_date.latest, at_the_date.fraction) == (2.5, 1.0)
        assert self.progress(done, until=300) == at_the_date

    def test_is_below_zero_where_less_was_done(self) -> None:
        made = self.progress({0: 3})
        assert (made.fraction, made.unclamped) == (0.0, -1.0)

    def test_can_not_be_told_from_a_baseline_of_zero(self) -> None:
        made = self.progress({0: 6}, baseline=0.0)
        assert made == Progress(latest=3.0, entries=1, baseline=0.0)


class TestProgressOfCount:
    def progress(self, by_day: dict[int, float], measure: Count = FIVE_TRIGGERS) -> Progress:
        done = {day(nth): amount for nth, amount in by_day.items()}
        return progress_of_count(measure, done, len(done), MONDAY, day(6))

    def test_adds_up_until_the_date(self) -> None:
        assert self.progress({}) == Progress()
        made = self.progress({0: 2, 6: 1, 7: 2, -1: 2})
        assert (made.fraction, made.unclamped, made.latest, made.entries) == (0.6, 0.6, 3.0, 4)
        assert self.progress({0: 2, 6: 3}).target_met
        assert self.progress({0: 7}) == Progress(fraction=1.0, unclamped=1.4, latest=7.0, entries=1)

    def test_takes_so_many_tenths_for_the_whole(self) -> None:
        assert self.progress(dict.fromkeys(range(6), 0.1), Count(amount=0.6)).target_met


class TestProgressOfMilestone:
    def progress(self, by_day: dict[int, float]) -> Progress:
        done = {day(nth): amount for nth, amount in by_day.items()}
        return progress_of_milestone(done, len(done), MONDAY, day(6))

    def test_is_done_or_not_yet(self) -> None:
        assert self.progress({}) == Progress()
        done = Progress(fraction=1.0, unclamped=1.0, latest=1.0, entries=1)
        assert self.progress({6: 1}) == done

    def test_is_done_by_the_date(self) -> None:
        assert not self.progress({7: 1, -1: 1}).target_met
