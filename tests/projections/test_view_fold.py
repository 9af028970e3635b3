"""view_fold: what is held in memory is never mistaken for what was written."""

from events.practice import PracticeTrackingSet
from events.practice_choices import Tracking
from projections import caseload, goal_status_fold, mood_trend, tracking_fold
from projections.goal_evidence import scores_key
from projections.rows import RowTable
from projections.view_fold import Needed, ViewFold, dealt
from tests.projections.past import (
    ANNA,
    HALF_AN_HOUR_A_DAY,
    PRACTICE,
    SLEEP,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    checked_in,
    day,
    goal_set,
    mood,
    rows,
    scored,
)


class TestNeeded:
    def test_is_what_is_touched_but_not_what_begins_here(self):
        log = Log().add(goal_set(), *agreed(), checked_in(1, 5, day(0), goal_id=SLEEP))
        needed = Needed(goal_status_fold.projection, log.kept)
        assert needed.keys == {scores_key(ANNA), SLEEP}
        assert needed.founded == {WALK}
        assert needed.clients == set()

    def test_may_be_everything_of_a_client(self):
        needed = Needed(goal_status_fold.projection, Log().add(scored(1, 9, day(0))).kept)
        assert (needed.keys, needed.clients) == (set(), {ANNA})

    def test_a_new_entry_needs_nothing(self):
        needed = Needed(mood_trend.projection, Log().add(mood(1, 5, day(0))).kept)
        assert (needed.keys, needed.clients) == (set(), set())


class TestDealt:
    def test_is_to_each_view_what_it_wants_to_know_in_the_order_of_the_log(self):
        log = Log().add(
            anna_enrolled(), mood(1, 5, day(0)), scored(2, 9, day(0)), mood(3, 6, day(1))
        )
        enrolled, first, score, second = log.kept
        views = [mood_trend.projection, caseload.projection, tracking_fold.projection]
        assert dealt(views, log.kept) == [
            [first, second],
            [enrolled, first, score, second],
            [enrolled, score],
        ]

    def test_is_also_what_the_practice_has_chosen_where_a_view_goes_by_that(self):
        chosen = Log().add(PracticeTrackingSet(practice_id=PRACTICE, tracking=Tracking())).kept
        views = [tracking_fold.projection, mood_trend.projection]
        assert dealt(views, chosen) == [chosen, []]


class TestViewFold:
    def fold(self, record) -> ViewFold:
        return ViewFold(RowTable(goal_status_fold.projection), PRACTICE, record.keyring)

    async def test_what_has_changed_in_memory_is_not_loaded_over(self, record):
        log = Log().add(
            anna_enrolled(),
            goal_set(measure=HALF_AN_HOUR_A_DAY),
            goal_set(SLEEP),
            *agreed(SLEEP),
            checked_in(1, 30, day(0)),
            scored(1, 18, day(1)),
            checked_in(2, 30, day(1)),
        )
        await record.keep(log.kept)
        (kept,) = dealt([goal_status_fold.projection], await record.store.read_practice(PRACTICE))
        fold = self.fold(record)
        async with record.pool.acquire() as connection:
            await fold.add(connection, kept[:3])
            await fold.flush(connection, until=len(log.kept))
            # Two goals are loaded one by one; the score then loads every goal of the client.
            await fold.add(connection, kept[3:5])
            await fold.add(connection, kept[5:6])
            await fold.add(connection, kept[6:])
            assert (fold.rows, fold.events) == (2, 4)
            await fold.flush(connection, until=len(log.kept))
        assert fold.rows == fold.events == 0
        written = await record.documents(goal_status_fold.projection)
        assert written == rows(goal_status_fold.projection, kept)
        assert written[WALK].progress.latest == 60
        assert written[SLEEP].progress.latest == 18

    async def test_counts_what_it_holds(self, record):
        fold = ViewFold(RowTable(mood_trend.projection), PRACTICE, record.keyring)
        log = Log().add(*(mood(nth, 5, day(nth)) for nth in range(3)))
        async with record.pool.acquire() as connection:
            await fold.add(connection, log.kept)
        assert (fold.rows, fold.events) == (3, 3)
