"""What holds for the evidence of a goal, wherever the client and their clocks are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.measure import Count, Measure, Milestone
from events.moment import day_of, end_of, start_of
from events.mood import MoodLogged
from projections import goal_status_fold
from projections.goal_progress import met_at, progress_until
from projections.goal_status import GoalStatus
from projections.rows import WholeClient
from tests.controls import DAILY, KIRITIMATI, LOS_ANGELES, ZURICH, change
from tests.projections.past import ANNA, WALK, Log, agreed, checked_in, goal_set, rows
from tests.strategies import counts, frequencies, increases, milestones, offsets

FIRST = date(2026, 3, 16)
LAST = date(2026, 4, 12)
DAYS = (LAST - FIRST).days + 1
# The clocks in Zurich go forward on 29 March; those in Los Angeles have done so before.
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)
zones = st.sampled_from([ZURICH, KIRITIMATI, LOS_ANGELES, "America/Sao_Paulo", "UTC"])
practised = st.one_of(
    frequencies.filter(lambda one: one.source == "check_ins" and one.reserve < 4),
    increases.map(lambda one: change(one, baseline=1.0, baseline_from_on=None)),
    counts,
    milestones,
)
minutes = st.integers(-3 * 1440, (DAYS + 3) * 1440)
entries = st.lists(st.tuples(minutes, st.sampled_from([0.5, 1.0, 3.0, 30.0])), max_size=25)
Entries = list[tuple[int, float]]
MIDNIGHT = datetime(2026, 3, 16, tzinfo=UTC)


def row_of(
    measure: Measure,
    marked: list[tuple[datetime, float]],
    *,
    zone: str = ZURICH,
    first: date = FIRST,
    last: date = LAST,
) -> GoalStatus:
    """The view's row of a goal with these check-ins, or mood entries."""
    log = Log().add(goal_set(measure=measure, starts_on=first, due_on=last, zone=zone), *agreed())
    for nth, (occurred_at, amount) in enumerate(marked):
        log.add(checked_in(nth, amount, occurred_at))
    row: GoalStatus = rows(goal_status_fold.projection, log.kept)[WALK]
    return row


def at(told: Entries) -> list[tuple[datetime, float]]:
    return [(MIDNIGHT + timedelta(minutes=nth), amount) for nth, amount in told]


class TestClocks:
    @given(practised, entries, zones, st.lists(offsets, min_size=25, max_size=25))
    def test_an_instant_is_the_same_in_every_offset(
        self, measure: Measure, told: Entries, zone: str, around: list[Any]
    ) -> None:
        marked = at(told)
        elsewhere = [
            (when.astimezone(offset), amount)
            for (when, amount), offset in zip(marked, around, strict=False)
        ]
        here, there = row_of(measure, marked, zone=zone), row_of(measure, elsewhere, zone=zone)
        assert (here.progress, here.risk_at) == (there.progress, there.risk_at)
        assert met_at(here) == met_at(there)

    @given(practised, entries, zones, zones)
    def test_a_move_changes_nothing_where_the_days_are_the_same(
        self, measure: Measure, told: Entries, zone: str, other: str
    ) -> None:
        marked = [one for one in at(told) if day_of(one[0], zone) == day_of(one[0], other)]
        assert row_of(measure, marked, zone=zone).progress == (
            row_of(measure, marked, zone=other).progress
        )

    @pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
    @given(data=st.data())
    def test_every_moment_of_a_longer_or_shorter_day_is_of_that_day(
        self, data: st.DataObject, day: date, hours: int
    ) -> None:
        assert end_of(day, ZURICH) - start_of(day, ZURICH) == timedelta(hours=hours)
        second = data.draw(st.integers(0, hours * 3600 - 1))
        moment = start_of(day, ZURICH) + timedelta(seconds=second)
        row = row_of(DAILY, [(moment, 1.0)], first=day, last=day)
        assert row.progress.target_met
        for nearby in (start_of(day, ZURICH) - timedelta(seconds=1), end_of(day, ZURICH)):
            assert not row_of(DAILY, [(nearby, 1.0)], first=day, last=day).progress.target_met

    @pytest.mark.parametrize("change_on", [SPRING, AUTUMN])
    @given(data=st.data())
    def test_an_entry_on_every_day_is_all_of_them(
        self, data: st.DataObject, change_on: date
    ) -> None:
        first = change_on - timedelta(days=7)
        marked = []
        for nth in range(14):
            begins, ends = (start_of(first + timedelta(days=n), ZURICH) for n in (nth, nth + 1))
            second = data.draw(st.integers(0, int((ends - begins).total_seconds()) - 1))
            marked.append((begins + timedelta(seconds=second), 1.0))
        row = row_of(DAILY, marked, first=first, last=first + timedelta(days=13))
        assert (row.progress.periods_met, row.progress.fraction) == (14, 1.0)


class TestMetAt:
    @given(st.one_of(counts, milestones), entries)
    def test_is_the_entry_that_brought_the_goal_there(
        self, measure: Measure, told: Entries
    ) -> None:
        row = row_of(measure, at(told))
        met = met_at(row)
        assert (met is not None) is row.progress.target_met
        if met is not None:
            assert not progress_until(row, met).target_met
            assert progress_until(row, met + timedelta(microseconds=1)).target_met

    @given(practised, entries)
    def test_a_goal_only_ends_early_where_it_is_done_once(
        self, measure: Measure, told: Entries
    ) -> None:
        row = row_of(measure, at(told))
        ends_early = isinstance(measure, Count | Milestone)
        assert row.target_met is (ends_early and row.progress.target_met)
        assert (met_at(row) is not None) is row.target_met


class TestMoods:
    @given(st.lists(minutes, max_size=12), st.integers(0, 12))
    def test_count_as_check_ins_would_whenever_the_goal_was_set(
        self, told: list[int], before: int
    ) -> None:
        fed = change(DAILY, source="mood_entries")
        assume(len(set(told)) == len(told))
        moods = [
            MoodLogged(
                mood_id=UUID(int=0xF0 + nth),
                client_id=ANNA,
                rating=5,
                occurred_at=MIDNIGHT + timedelta(minutes=minute),
            )
            for nth, minute in enumerate(told)
        ]
        log = Log().add(*moods[:before])
        log.add(goal_set(measure=fed, starts_on=FIRST, due_on=LAST), *agreed())
        log.add(*moods[before:])
        row = rows(goal_status_fold.projection, log.kept)[WALK]
        by_hand = row_of(DAILY, [(one.occurred_at, 1.0) for one in moods])
        assert row.progress == by_hand.progress

    @given(st.lists(minutes, min_size=1, max_size=60))
    def test_that_are_remembered_stay_few(self, told: list[int]) -> None:
        log = Log()
        for nth, minute in enumerate(told):
            log.add(
                MoodLogged(
                    mood_id=UUID(int=0xF0 + nth),
                    client_id=ANNA,
                    rating=5,
                    occurred_at=MIDNIGHT + timedelta(minutes=minute),
                )
            )
        (row,) = rows(goal_status_fold.projection, log.kept).values()
        assert len(row.moods) == len(told) or 16 <= len(row.moods) <= 32
        newest = sorted(told)[-min(16, len(told)) :]
        kept = {(one.occurred_at - MIDNIGHT) // timedelta(minutes=1) for one in row.moods}
        assert set(newest) <= kept

    def test_do_not_make_the_whole_client_be_read(self) -> None:
        mood = MoodLogged(mood_id=UUID(int=1), client_id=ANNA, rating=5, occurred_at=MIDNIGHT)
        (recorded,) = Log().add(mood).kept
        touched = goal_status_fold.projection.touches(recorded)
        assert not isinstance(touched, WholeClient)
        assert len(touched) == 1
