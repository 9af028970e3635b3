"""view_fold: what is held in memory is never mistaken for what was written."""

from projections import goal_status_fold, mood_trend
from projections.rows import RowTable
from projections.view_fold import Needed, ViewFold
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
        assert needed.keys == {ANNA, SLEEP}
        assert needed.founded == {WALK}
        assert needed.clients == set()

    def test_may_be_everything_of_a_client(self):
        needed = Needed(goal_status_fold.projection, Log().add(scored(1, 9, day(0))).kept)
        assert (needed.keys, needed.clients) == (set(), {ANNA})

    def test_a_new_entry_needs_nothing(self):
        needed = Needed(mood_trend.projection, Log().add(mood(1, 5, day(0))).kept)
        assert (needed.keys, needed.clients) == (set(), set())


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
        kept = await record.store.read_practice(PRACTICE)
        fold = self.fold(record)
        async with record.pool.acquire() as connection:
            await fold.add(connection, kept[:5])
            await fold.flush(connection)
            # Two goals are loaded one by one; the score then loads every goal of the client.
            await fold.add(connection, kept[5:7])
            await fold.add(connection, kept[7:8])
            await fold.add(connection, kept[8:])
            assert (fold.rows, fold.events) == (2, 4)
            await fold.flush(connection)
        assert fold.rows == fold.events == 0
        written = await record.documents(goal_status_fold.projection)
        assert written == rows(goal_status_fold.projection, kept)
        assert written[WALK].progress.latest == 60
        assert written[SLEEP].progress.latest == 18

    async def test_counts_what_it_holds(self, record):
        fold = ViewFold(RowTable(mood_trend.projection), PRACTICE, record.keyring)
        log = Log().add(anna_enrolled(), *(mood(nth, 5, day(nth)) for nth in range(3)))
        async with record.pool.acquire() as connection:
            await fold.add(connection, log.kept)
        assert (fold.rows, fold.events) == (3, 3)
