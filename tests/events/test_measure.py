"""What a goal measures, and how far along it is."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from events.instruments import UnknownInstrument
from events.measure import (
    Frequency,
    Measure,
    Progress,
    ReserveTooLarge,
    Score,
    TargetNotTowardsHealth,
    TargetOutsideTheInstrument,
    TargetPercent,
    TargetValue,
    periods,
    progress_of_frequency,
    progress_of_score,
    require_sound,
    target_value,
)
from tests.controls import DAILY, FRIDAY, MONDAY, THREE_TIMES_A_WEEK, change


def value(instrument: str, baseline: float, target: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetValue(value=target))


def percent(instrument: str, baseline: float, by: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetPercent(percent=by))


def day(nth: int) -> date:
    """The nth day of a goal that starts on Monday, from 0."""
    return MONDAY + timedelta(days=nth)


class TestTargetValue:
    @pytest.mark.parametrize(
        ("measure", "target"),
        [
            (value("phq9", 16, 9), 9.0),
            (percent("bdi2", 24, -50), 12.0),
            (percent("bdi2", 24, -100), 0.0),
            (percent("who5", 28, 100), 56.0),
            (percent("who5", 4, 1000), 44.0),
            (percent("promis_depression_t", 60.5, -10), 54.45),
            # In floats 25 * 0.44 is a little less than 11, and 50 * 0.66 than 33.
            (percent("bdi2", 25, -56), 11.0),
            (percent("bdi2", 50, -34), 33.0),
        ],
    )
    def test_is_what_a_person_would_say(self, measure: Score, target: float) -> None:
        assert target_value(measure) == target

    @pytest.mark.parametrize("instrument", ["bdi2", "phq9"])
    def test_is_met_by_every_whole_score_that_a_percentage_means(self, instrument: str) -> None:
        for baseline in range(1, 28):
            for by in range(-100, 0):
                if baseline * (100 + by) % 100 == 0:
                    exact = baseline * (100 + by) // 100
                    measure = percent(instrument, baseline, by)
                    assert progress_of_score(measure, float(exact), 1).target_met
                    assert not progress_of_score(measure, float(exact + 1), 1).target_met


class TestRequireSound:
    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 24, 12),
            value("bdi2", 63, 0),
            value("bdi2", 1, 0),
            value("phq9", 16, 9.5),  # Between two totals: nine is the first to meet it.
            value("who5", 28, 52),
            value("who5", 0, 100),
            value("promis_depression_t", 63.7, 55.3),
            percent("bdi2", 24, -50),
            percent("bdi2", 24, -100),
            percent("who5", 28, 50),
            percent("who5", 4, 1000),
            percent("promis_depression_t", 55.3, -0.5),
        ],
        ids=str,
    )
    def test_takes_a_target_on_the_healthier_side(self, measure: Score) -> None:
        require_sound(measure, MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 24, 24),
            value("bdi2", 24, 25),
            value("who5", 28, 28),
            value("who5", 28, 24),
            percent("bdi2", 24, 50),
            percent("bdi2", 24, 0),
            percent("who5", 28, -50),
            # A share of nothing is nothing.
            percent("bdi2", 0, -50),
            percent("who5", 0, 50),
            # Too near to be told from the baseline: progress would be infinite.
            value("who5", 0, 5e-324),
            percent("bdi2", 24, -1e-9),
        ],
        ids=str,
    )
    def test_refuses_any_other_target(self, measure: Score) -> None:
        with pytest.raises(TargetNotTowardsHealth):
            require_sound(measure, MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 64, 12),
            value("bdi2", -1, 12),
            value("bdi2", 24, -1),
            value("bdi2", 24.5, 12),
            value("who5", 30, 52),  # Between two steps of four.
            value("who5", 28, 101),
            value("promis_depression_t", 55.35, 50),
            percent("who5", 60, 100),
            percent("promis_depression_t", 60, -90),  # T-scores start at 10.
        ],
        ids=str,
    )
    def test_refuses_what_the_instrument_can_not_give(self, measure: Score) -> None:
        with pytest.raises(TargetOutsideTheInstrument):
            require_sound(measure, MONDAY, FRIDAY)

    def test_refuses_an_unknown_instrument(self) -> None:
        with pytest.raises(UnknownInstrument):
            require_sound(value("mood", 4, 8), MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        ("per", "days", "most"),
        [("day", 1, 0), ("day", 5, 4), ("week", 6, 0), ("week", 13, 0), ("week", 14, 1)],
    )
    def test_leaves_one_period_beside_the_reserve(self, per: Any, days: int, most: int) -> None:
        measure = change(DAILY, per=per, reserve=most)
        require_sound(measure, MONDAY, day(days - 1))
        with pytest.raises(ReserveTooLarge):
            require_sound(change(measure, reserve=most + 1), MONDAY, day(days - 1))


class TestMeasure:
    @pytest.mark.parametrize(
        "beyond",
        [
            change(DAILY, amount=0.0),
            change(DAILY, amount=0.009),
            change(DAILY, amount=1440.5),
            change(DAILY, amount=float("nan")),
            change(DAILY, reserve=-1),
            change(DAILY, reserve=367),
            change(DAILY, baseline=-0.1),
            change(DAILY, unit="steps"),
            change(DAILY, per="month"),
            value("", 4, 8),
            value("x" * 41, 4, 8),
            value("bdi2", 1001, 8),
            value("bdi2", float("nan"), 8),
            value("bdi2", 24, float("-inf")),
            percent("bdi2", 24, -100.1),
            percent("bdi2", 24, 1000.1),
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: Measure) -> None:
        plain = msgspec.to_builtins(beyond)
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(plain, Measure)

    def test_has_no_unknown_part(self) -> None:
        plain = msgspec.to_builtins(DAILY) | {"streak": True}
        with pytest.raises(msgspec.ValidationError, match="streak"):
            msgspec.convert(plain, Frequency)


class TestPeriods:
    @pytest.mark.parametrize(
        ("per", "days", "count"),
        [
            ("day", 1, 1),
            ("day", 28, 28),
            ("week", 1, 1),
            ("week", 6, 1),
            ("week", 7, 1),
            ("week", 13, 1),
            ("week", 14, 2),
            ("week", 20, 2),
        ],
    )
    def test_are_days_or_whole_weeks_and_never_none(self, per: Any, days: int, count: int) -> None:
        assert periods(change(DAILY, per=per), MONDAY, day(days - 1)) == count


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
    def progress(self, measure: Frequency, by_day: dict[int, float], *, days: int = 5) -> Progress:
        done = {day(nth): amount for nth, amount in by_day.items()}
        return progress_of_frequency(measure, done, len(done), MONDAY, day(days - 1))

    def test_is_nothing_before_anything_is_done(self) -> None:
        assert self.progress(DAILY, {}) == Progress(periods=5)

    def test_credits_every_day(self) -> None:
        assert self.progress(DAILY, {0: 1, 3: 1}) == Progress(
            fraction=0.4, unclamped=0.4, latest=2.0, entries=2, periods_met=2, periods=5
        )

    def test_credits_a_part_of_a_day(self) -> None:
        half_hour = Frequency(amount=30.0, unit="minutes", per="day")
        assert self.progress(half_hour, {0: 15, 1: 30}) == Progress(
            fraction=0.3, unclamped=0.3, latest=45.0, entries=2, periods_met=1, periods=5
        )

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
        summed = sum([0.1] * 8)
        assert summed < 0.8
        made = self.progress(change(DAILY, amount=0.8), {0: summed}, days=1)
        assert (made.fraction, made.periods_met) == (1.0, 1)

    def test_stays_finite_between_the_least_and_the_most(self) -> None:
        least = change(DAILY, amount=0.01)
        assert self.progress(least, {0: 1440.0}).unclamped == pytest.approx(28_800)
