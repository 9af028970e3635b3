"""Rounding, dates and reaches: the arithmetic under every replan."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from projections.theil_sen import Slope
from workers.pace import Pace
from workers.room import Room, easier_multiple, easier_step, reaching_step, weeks_on

TODAY = date(2026, 3, 2)


def pace(per_week: float, slower: float, *, towards: int = -1) -> Pace:
    ends = (slower * towards, (2 * per_week - slower) * towards)
    slope = Slope(per_week=per_week * towards, low_per_week=min(ends), high_per_week=max(ends))
    return Pace(slope=slope, towards=towards, points=6, span_days=50, method="theil_sen")


def room(
    target: float,
    *,
    latest: float = 17.0,
    per_week: float = 1.0,
    slower: float = 0.5,
    from_on: date = TODAY,
) -> Room:
    return Room(
        latest=latest,
        target=target,
        pace=pace(per_week, slower),
        from_on=from_on,
        starts_on=date(2026, 1, 4),
        due_on=date(2026, 3, 1),
        today=TODAY,
    )


class TestDates:
    def test_are_by_the_pace_and_by_the_slower_end_of_its_interval(self):
        dates = room(12.0).dates_for(12.0)
        assert dates is not None
        assert (dates.distance, dates.weeks, dates.slower_weeks) == (5.0, 5.0, 10.0)
        assert (dates.from_on, dates.sooner_on) == (TODAY, date(2026, 4, 6))
        assert dates.slower_on == date(2026, 5, 11)
        # In whole weeks after 1 March: the first Sunday that is not before.
        assert (dates.after_on, dates.due_on) == (date(2026, 3, 1), date(2026, 5, 17))

    def test_are_counted_from_the_day_of_the_latest(self):
        dates = room(12.0, from_on=date(2026, 2, 16)).dates_for(12.0)
        assert dates is not None
        assert dates.slower_on == date(2026, 4, 27)
        assert dates.due_on == date(2026, 5, 3)

    def test_that_have_gone_by_are_taken_as_the_first_to_come(self):
        dates = room(16.5, from_on=date(2026, 2, 16)).dates_for(16.5)
        assert dates is not None
        assert dates.slower_on == date(2026, 2, 23)
        assert dates.due_on == date(2026, 3, 8)

    def test_come_from_the_numbers_as_they_are_shown(self):
        dates = room(14.58, per_week=0.6, slower=0.3).dates_for(14.58)
        assert dates is not None
        # 2.42 / 0.6 = 4.0333, and 4.03 weeks are 28.21 days.
        assert (dates.distance, dates.weeks) == (2.42, 4.03)
        assert dates.sooner_on == TODAY + timedelta(days=29)

    def test_are_unknown_where_the_interval_holds_no_movement(self):
        assert room(12.0, slower=0.0).dates_for(12.0) is None
        assert room(12.0, slower=-0.1).dates_for(12.0) is None

    def test_are_unknown_beyond_half_a_year(self):
        assert room(12.0, slower=5 / 25).dates_for(12.0) is not None
        assert room(12.0, slower=5 / 27).dates_for(12.0) is None

    @given(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0.05, 3), st.floats(0.05, 1))
    def test_never_come_sooner_for_a_longer_way(self, way, more, per_week, share):
        short = room(17 - way, per_week=per_week, slower=per_week * share).dates_for(17 - way)
        far = room(17 - way - more, per_week=per_week, slower=per_week * share)
        long = far.dates_for(17 - way - more)
        if long is not None:
            assert short is not None
            assert short.due_on <= long.due_on
            assert short.sooner_on <= long.sooner_on

    @given(st.floats(0.1, 10), st.floats(0.05, 3), st.floats(0.05, 1), st.floats(1, 3))
    def test_never_come_later_at_a_faster_pace(self, way, per_week, share, faster):
        slow = room(17 - way, per_week=per_week, slower=per_week * share).dates_for(17 - way)
        fast = room(17 - way, per_week=per_week * faster, slower=per_week * share * faster)
        dates = fast.dates_for(17 - way)
        if slow is not None:
            assert dates is not None
            assert dates.due_on <= slow.due_on
            assert dates.sooner_on <= dates.due_on

    def test_of_the_same_length_again_tell_what_is_reached(self):
        reached = room(5.0).reached_again()
        assert reached is not None
        assert (reached.from_on, reached.due_on) == (TODAY, date(2026, 4, 26))
        # 55 days are 7.86 weeks.
        assert (reached.weeks, reached.value, reached.slower_value) == (7.86, 9.14, 13.07)


class TestAStep:
    @pytest.mark.parametrize(
        ("value", "least", "worth"),
        [
            (14.5, 0.5, True),
            (16.5, 0.5, True),
            (16.6, 0.5, False),
            (13.25, 0.5, True),
            (13.2, 0.5, False),
            (14.0, 2.0, True),
            (13.9, 2.0, False),
            (18.0, 0.0, False),
            (11.0, 0.0, False),
        ],
    )
    def test_lies_beyond_the_latest_and_well_short_of_the_old_target(self, value, least, worth):
        assert room(12.0).leaves_a_step(value, least=least) is worth


class TestSteps:
    @pytest.mark.parametrize(
        ("instrument", "value", "towards", "easier", "reaching"),
        [
            ("phq9", 14.5, -1, 15, 14),
            ("phq9", 15.0, -1, 15, 15),
            ("who5", 50.0, 1, 48, 52),
            ("who5", 48.0, 1, 48, 48),
            ("promis_depression_t", 61.23, -1, 61.3, 61.2),
        ],
    )
    def test_round_to_what_the_instrument_can_give(
        self, instrument, value, towards, easier, reaching
    ):
        known = instruments.named(instrument)
        assert easier_step(known, value, towards=towards) == pytest.approx(easier)
        assert reaching_step(known, value, towards=towards) == pytest.approx(reaching)

    @pytest.mark.parametrize(
        ("number", "grain", "easier"), [(-37.5, 5, -35), (-37.5, 1, -37), (18.7, 5, 15), (4, 5, 0)]
    )
    def test_of_a_percentage_lie_on_the_side_of_no_change(self, number, grain, easier):
        assert easier_multiple(number, grain) == easier


class TestWeeksOn:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (date(2026, 3, 2), date(2026, 3, 8)),
            (date(2026, 3, 8), date(2026, 3, 8)),
            (date(2026, 3, 9), date(2026, 3, 15)),
            (date(2026, 2, 1), date(2026, 3, 8)),
        ],
    )
    def test_keeps_the_weekday_of_the_deadline(self, after, expected):
        assert weeks_on(date(2026, 3, 1), after=after) == expected
