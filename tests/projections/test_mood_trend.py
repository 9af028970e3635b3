"""mood_trend: a row per entry, and days in the client's own zone."""

from datetime import UTC, date, datetime
from uuid import UUID

from events.mood import MoodCorrected, MoodWithdrawn
from projections.mood_trend import by_day, projection
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
