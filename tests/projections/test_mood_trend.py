"""mood_trend: a row per entry, and days in the client's own zone."""

from datetime import UTC, date, datetime, timedelta
from math import exp
from uuid import UUID

import pytest

from events.mood import MoodCorrected, MoodWithdrawn
from projections.mood_trend import LEAD_IN_DAYS, by_day, lead_in, projection
from tests.projections.past import ANNA, ZONE, Log, day, mood, rows


def entries(*facts):
    return rows(projection, Log().add(*facts).kept)


class TestRows:
    def test_an_entry_is_a_row(self):
        logged = mood(1, 6, day(0))
        row = entries(logged)[logged.mood_id]
        assert (row.client_id, row.rating, row.occurred_at, row.version) == (ANNA, 6, day(0), 1)

    def test_a_correction_changes_it(self):
        logged = mood(1, 6, day(0))
        corrected = MoodCorrected(
            mood_id=logged.mood_id,
            from_rating=6,
            rating=7,
            from_occurred_at=day(0),
            occurred_at=day(1),
            note="after lunch",
        )
        row = entries(logged, corrected)[logged.mood_id]
        assert (row.rating, row.occurred_at, row.note, row.version) == (
            7, day(1), "after lunch", 2,
        )  # fmt: skip

    def test_a_withdrawn_entry_is_gone(self):
        logged = mood(1, 6, day(0))
        withdrawn = MoodWithdrawn(mood_id=logged.mood_id, reason="not mine")
        assert entries(logged, withdrawn) == {}

    def test_a_correction_of_what_is_not_there_changes_nothing(self):
        stray = MoodCorrected(
            mood_id=UUID(int=9),
            from_rating=1,
            rating=2,
            from_occurred_at=day(0),
            occurred_at=day(0),
        )
        assert entries(mood(1, 6, day(0)), stray).keys() == {mood(1, 6, day(0)).mood_id}


class TestByDay:
    def trend(self, *facts, from_on=date(2026, 3, 2), to_on=date(2026, 3, 8)):
        found = entries(*facts).values()
        return by_day(found, zone=ZONE, from_on=from_on, to_on=to_on)

    def test_gives_mean_count_low_and_high(self):
        (one,) = self.trend(mood(1, 4, day(0)), mood(2, 7, day(0)), mood(3, 7, day(0))).days
        assert (one.on, one.mean, one.count, one.low, one.high) == (date(2026, 3, 2), 6, 3, 4, 7)

    def test_days_without_entries_are_absent(self):
        trend = self.trend(mood(1, 4, day(0)), mood(2, 7, day(3)))
        assert [one.on.day for one in trend.days] == [2, 5]
        assert (trend.days_with_entries, trend.days_in_range, trend.coverage) == (2, 7, 2 / 7)

    def test_a_day_is_the_clients_day(self):
        before_midnight = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)  # 23:59 in Zurich
        after_midnight = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
        trend = self.trend(mood(1, 4, before_midnight), mood(2, 7, after_midnight))
        assert [one.on.day for one in trend.days] == [2, 3]

    def test_both_ends_count_and_nothing_beyond(self):
        trend = self.trend(*(mood(nth, 5, day(nth)) for nth in range(-1, 9)))
        assert [one.on.day for one in trend.days] == [2, 3, 4, 5, 6, 7, 8]
        assert trend.coverage == 1.0

    def test_nothing_is_known_of_an_empty_range(self):
        trend = self.trend(mood(1, 5, day(0)), to_on=date(2026, 3, 1))
        assert (trend.days, trend.coverage) == ((), 0.0)


class TestTrend:
    def trend(self, *facts, from_on=date(2026, 3, 2), days=28, zone=ZONE):
        found = entries(*facts).values()
        to_on = from_on + timedelta(days=days - 1)
        return by_day(found, zone=zone, from_on=from_on, to_on=to_on)

    def test_the_average_moves_over_days_with_entries_alone(self):
        # Two entries make the first day 4; a week without a word, then an 8.
        found = self.trend(mood(1, 3, day(0)), mood(2, 5, day(0)), mood(3, 8, day(7)))
        assert [one.ewma for one in found.days] == [4, pytest.approx(8 - 4 / exp(1))]

    def test_the_average_knows_what_came_before_the_days_asked_for(self):
        whole = self.trend(mood(1, 2, day(0)), mood(2, 8, day(7)))
        later = self.trend(mood(1, 2, day(0)), mood(2, 8, day(7)), from_on=date(2026, 3, 9))
        assert [one.ewma for one in later.days] == [whole.days[1].ewma]
        assert (later.days_with_entries, later.trend.points) == (1, 1)

    def test_but_not_beyond_its_lead_in(self):
        begins_on = date(2026, 3, 2) + timedelta(days=LEAD_IN_DAYS)
        assert lead_in(begins_on) == date(2026, 3, 2)
        early = mood(1, 1, day(0))
        with_it = self.trend(early, mood(2, 8, day(60)), from_on=begins_on)
        without = self.trend(early, mood(2, 8, day(60)), from_on=begins_on + timedelta(days=1))
        assert with_it.days[0].ewma < without.days[0].ewma == 8

    def test_a_direction_is_named_from_five_days_over_two_weeks(self):
        ratings = [2, 3, 4, 6, 7]
        found = self.trend(*(mood(nth, one, day(4 * nth)) for nth, one in enumerate(ratings)))
        assert (found.trend.direction, found.trend.points, found.trend.span_days) == (
            "rising", 5, 16,
        )  # fmt: skip
        assert found.coverage == 5 / 28

    def test_many_entries_on_few_days_are_not_enough(self):
        found = self.trend(*(mood(nth, 1 + nth % 9, day(nth % 4)) for nth in range(40)))
        assert (found.trend.direction, found.trend.points_missing, found.trend.days_missing) == (
            "not_enough_yet", 1, 11,
        )  # fmt: skip

    def test_a_late_entry_counts_where_it_belongs(self):
        facts = [mood(nth, 3 + nth, day(5 * nth)) for nth in range(5)]
        late = [*facts[:1], *facts[2:], facts[1]]
        assert self.trend(*late) == self.trend(*facts)

    def test_days_of_23_and_25_hours_are_days(self):
        # Zurich moves its clocks on 29 March 2026. Entries at 00:30 on the client's wall.
        spring = [datetime(2026, 3, 24 + nth, 0, 30, tzinfo=UTC) for nth in range(8)]
        walls = [one - timedelta(hours=1 if one.day <= 29 else 2) for one in spring]
        found = self.trend(
            *(mood(nth, 3 + nth % 4, at) for nth, at in enumerate(walls)),
            from_on=date(2026, 3, 24),
            days=8,
        )
        assert [one.on.day for one in found.days] == [24, 25, 26, 27, 28, 29, 30, 31]
        assert found.coverage == 1
