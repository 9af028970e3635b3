"""goal_progress: from when on a rate that falls trails its line, if nothing more is done."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from events.goal import GoalRestTaken
from events.measure import RelativeFrequency
from events.moment import end_of, start_of
from projections.goal_progress import progress_until, risk_from
from projections.goal_status import GoalStatus, course
from projections.goal_status_fold import projection
from tests.projections.past import MONDAY, WALK, Log, agreed, checked_in, day, goal_set, rows

SIX_WEEKS_ON = MONDAY + timedelta(days=41)
A_QUARTER_MORE = RelativeFrequency(percent=25, unit="times", per="week", baseline=2)

days_done = st.lists(st.integers(0, 41), max_size=20)
days_rested = st.sets(st.integers(0, 41), max_size=8)


def row_of(done: list[int], rested: frozenset[int] | set[int] = frozenset()) -> GoalStatus:
    log = Log().add(goal_set(measure=A_QUARTER_MORE, due_on=SIX_WEEKS_ON), *agreed())
    for nth, on in enumerate(done):
        log.add(checked_in(nth, 1, day(on)))
    for on in sorted(rested):
        log.add(GoalRestTaken(goal_id=WALK, on=MONDAY + timedelta(days=on), reason="so"))
    row = rows(projection, log.kept)[WALK]
    assert isinstance(row, GoalStatus)
    return row


class TestARateThatFalls:
    def test_trails_from_the_day_on_which_it_has_come_below_the_line(self):
        # Six in a fortnight are more than is asked for; on the 19th day two have left the stretch.
        row = row_of([1, 4, 8, 10, 12, 13])
        assert row.progress.fraction == 1.0
        assert [course(row, day(nth)) for nth in (13, 17)] == ["on_course", "on_course"]
        assert course(row, day(25)) == "at_risk"
        assert row.risk_at == start_of(MONDAY + timedelta(days=18), row.goal.zone)

    def test_trails_later_where_days_of_rest_keep_the_stretch_back(self):
        row = row_of([1, 4, 8, 10, 12, 13], {14, 15, 16})
        assert row.risk_at == start_of(MONDAY + timedelta(days=21), row.goal.zone)

    def test_does_not_trail_where_it_lasts_until_the_date(self):
        assert row_of([30, 33, 36, 38, 40]).risk_at is None

    @settings(max_examples=60, deadline=None)
    @given(done=days_done, rested=days_rested)
    def test_trails_as_each_day_says(self, done, rested):
        row = row_of(done, rested)
        latest = max(done, default=0)
        for nth in range(latest, 42):
            # As a worker would see it: by what the day's own rate leaves of the way.
            tonight = end_of(MONDAY + timedelta(days=nth), row.goal.zone) - timedelta(seconds=1)
            then = risk_from(row, progress_until(row, tonight), row.passes_at)
            assert (course(row, tonight) == "at_risk") is (then is not None and then <= tonight)
