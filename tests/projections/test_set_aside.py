"""set_aside: one bad event stops nothing but itself, in one view, and is on record."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from events.goal import GoalStatementRevised
from events.practice import PracticeDutySet, PracticeOpened, PracticeTrackingSet
from events.practice_choices import Duty, DutyPerson, Tracking
from events.safety_flag import SafetyFlagAcknowledged
from events.session import SessionScheduled
from projections import goal_status_fold, mood_trend
from projections.catalogue import BY_NAME, PROJECTIONS, VIEW_NAMES
from projections.goal_status import GoalStatus
from tests.projections.breaking import BadFold, aside, break_body, failing, with_view
from tests.projections.conftest import Record
from tests.projections.past import (
    ANNA,
    BEN,
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
from tests.projections.test_caseload import OFFER, offered
from tests.projections.test_runner import OTHER, _erase, from_zero, ordinary, running
from tests.projections.test_safety_queue import FLAG, raised

DUTY = PracticeDutySet(
    practice_id=PRACTICE, duty=Duty(people=(DutyPerson(subject="ida", name="Ida"),))
)
TRACKED = PracticeTrackingSet(practice_id=PRACTICE, tracking=Tracking(sessions_without_change=5))
OPENED = PracticeOpened(practice_id=PRACTICE, name="Elm", zone="UTC", country="GB", language="en")
BOOKED = SessionScheduled(session_id=UUID(int=0x5E5), client_id=ANNA, starts_at=day(3), minutes=50)


def of_everything() -> Log:
    """A log with events of every category that a view wants, and the practice's first."""
    log = Log().add(OPENED, anna_enrolled(), goal_set(), *agreed())
    log.add(
        DUTY,
        PracticeTrackingSet(practice_id=PRACTICE, tracking=Tracking(sessions_without_change=5)),
    )
    log.add(mood(1, 5, day(1)), scored(1, 20, day(1)), checked_in(1, 1, day(2)))
    log.add(BOOKED, raised(), SafetyFlagAcknowledged(flag_id=FLAG))
    return log


async def without_them(record: Record) -> dict[str, Any]:
    """The views, each folded from zero without what is set aside for it."""
    kept = await record.store.read_practice(PRACTICE, limit=100_000)
    bad = {(view, position) for view, position, _ in await aside(record)}
    return {
        one.name: rows(one, [event for event in kept if (one.name, event.position) not in bad])
        for one in PROJECTIONS
    }


async def require_the_end(record: Record, last: int) -> None:
    for view in VIEW_NAMES:
        assert await record.views.position(PRACTICE, view) == last, view


class TestABodyThatDoesNotOpen:
    @pytest.mark.parametrize("bad", of_everything().kept, ids=lambda one: one.type)
    async def test_is_set_aside_for_every_view_that_wants_it(self, record, database, bad):
        last = await record.keep([*of_everything().kept[1:], mood_later()])
        await break_body(database, bad.position)
        await record.projector().catch_up(PRACTICE)
        wanting = {one.name for one in PROJECTIONS if bad.type in one.types | one.settings}
        assert await aside(record) == {(view, bad.position, "SealBroken") for view in wanting}
        assert await record.everything() == await from_zero(record)
        await require_the_end(record, last)

    @pytest.mark.parametrize("at_once", [4, 5_000])
    async def test_whatever_the_size_of_a_batch(self, record, database, monkeypatch, at_once):
        monkeypatch.setattr("projections.catch_up.EVENTS_READ_AT_ONCE", at_once)
        last = await record.keep(ordinary().kept)
        for position in (9, 12, 13):
            await break_body(database, position)
        await record.projector().catch_up(PRACTICE)
        await require_the_end(record, last)
        assert {position for _, position, _ in await aside(record)} == {9, 12, 13}
        assert await record.everything() == await from_zero(record)

    async def test_says_where_it_lies_and_whose_it_is(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 6)  # The first mood entry.
        await record.projector().catch_up(PRACTICE)
        (row,) = await record.pool.fetch("SELECT * FROM views.set_aside WHERE view = 'mood_trend'")
        assert (row["client_id"], row["stream_id"]) == (ANNA, UUID(int=0x300D0))
        assert (row["type"], row["why"]) == ("mood.logged.v1", "SealBroken")
        assert row["release"]
        assert row["since"] is not None

    async def test_is_told_without_a_word_of_it(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 6)
        with capture_logs() as told:
            await record.projector().catch_up(PRACTICE)
        lines = [one for one in told if one["event"] == "event_set_aside"]
        assert {one["view"] for one in lines} == {"goal_status", "mood_trend", "caseload"}
        assert all((one["position"], one["count"]) == (6, 1) for one in lines)
        # Under the names that the table, `cairn doctor` and the API have for them.
        assert {(one["type"], one["why"]) for one in lines} == {("mood.logged.v1", "SealBroken")}

    async def test_other_practices_go_on(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 9)
        async with running(record.projector()):
            await record.open_practice(OTHER)
            last = await record.keep(ordinary(5).kept, practice_id=OTHER)
            assert await record.views.wait_for(OTHER, last, VIEW_NAMES, seconds=10)
            assert await record.views.wait_for(PRACTICE, 45, VIEW_NAMES, seconds=10)

    async def test_one_of_a_client_whose_key_is_gone_is_not_one(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 6)
        await record.projector().catch_up(PRACTICE)
        assert await aside(record)
        await _erase(database, ANNA)
        await record.keep([mood_later()])  # By a process that still has the key.
        record.keyring._cached.clear()
        await record.projector().catch_up(PRACTICE)
        assert await aside(record) == set()


def mood_later():
    (recorded,) = Log().add(mood(900, 5, day(9))).kept
    return recorded


class TestAFoldThatRaises:
    @pytest.mark.parametrize("batch_events", [3, 5_000])
    async def test_loses_that_event_for_that_view(self, record, batch_events):
        last = await record.keep(ordinary().kept)
        bad = failing("mood_trend", 6, 20)
        await record.projector(projections=bad, batch_events=batch_events).catch_up(PRACTICE)
        assert await aside(record) == {
            ("mood_trend", 6, "BadFold"),
            ("mood_trend", 20, "BadFold"),
        }
        await require_the_end(record, last)
        assert await record.everything() == await without_them(record)
        assert len(await record.documents(mood_trend.projection)) == 18

    async def test_changes_nothing_by_half(self, record):
        def half(page: Any, recorded: Any) -> Any:
            changes = goal_status_fold.projection.evolve(page, recorded)
            if recorded.type != "mood.logged.v1":
                return changes

            def some():
                yield from changes.items()
                raise BadFold

            return dict(some())

        await record.keep(ordinary().kept)
        bad = with_view("goal_status", evolve=half)
        await record.projector(projections=bad).catch_up(PRACTICE)
        assert len(await aside(record)) == 20
        assert await record.everything() == await without_them(record)

    async def test_before_a_row_is_looked_for(self, record):
        def touches(recorded: Any) -> Any:
            if recorded.position == 6:
                raise BadFold
            return mood_trend.projection.touches(recorded)

        await record.keep(ordinary().kept)
        await record.projector(projections=with_view("mood_trend", touches=touches)).catch_up(
            PRACTICE
        )
        assert await aside(record) == {("mood_trend", 6, "BadFold")}
        assert await record.everything() == await without_them(record)

    async def test_where_there_is_no_memory_it_is_no_events_fault(self, record):
        def evolve(page: Any, recorded: Any) -> Any:
            raise MemoryError

        await record.keep(ordinary().kept)
        projector = record.projector(projections=with_view("mood_trend", evolve=evolve))
        with pytest.raises(MemoryError):
            await projector.catch_up(PRACTICE)
        assert await aside(record) == set()
        await require_the_end(record, 0)


# A row with this statement can not be made: by whom it is to be found out.
BAD = "A statement that breaks it"


def is_bad(row: Any) -> bool:
    return isinstance(row, GoalStatus) and row.goal.statement == BAD


def at_bad(answer: Any, row: Any) -> Any:
    if is_bad(row):
        raise BadFold
    return answer(row)


def settle_fails() -> Any:
    settle = goal_status_fold.projection.settle
    return {"settle": lambda row: at_bad(settle, row)}


def clear_fails() -> Any:
    clear = goal_status_fold.projection.clear
    return {"clear": lambda row: at_bad(clear, row)}


def seal_fails() -> Any:
    def evolve(page: Any, recorded: Any) -> Any:
        changes = goal_status_fold.projection.evolve(page, recorded)
        return {
            key: replace(row, goal=replace(row.goal, why=object())) if is_bad(row) else row
            for key, row in changes.items()
        }

    return {"evolve": evolve}


class TestARowThatCanNotBeMade:
    @pytest.mark.parametrize("changes", [settle_fails, clear_fails, seal_fails])
    @pytest.mark.parametrize("batch_events", [4, 5_000])
    async def test_goes_back_to_before_the_event_that_made_it_so(
        self, record, changes, batch_events
    ):
        log = Log().add(anna_enrolled(), goal_set(), goal_set(SLEEP), *agreed())
        log.add(mood(1, 5, day(1)), revised(BAD), mood(2, 6, day(2)), *agreed(SLEEP))
        log.add(scored(1, 20, day(3)))
        last = await record.keep(log.kept)
        bad = with_view("goal_status", **changes())
        await record.projector(projections=bad, batch_events=batch_events).catch_up(PRACTICE)
        (found,) = await aside(record)
        assert found[:2] == ("goal_status", 8)
        await require_the_end(record, last)
        assert await record.everything() == await without_them(record)
        goal = (await record.documents(goal_status_fold.projection))[WALK]
        assert goal.goal.statement == "Feel well enough to walk"
        assert goal.scores  # What came after the bad event counts.

    async def test_nor_written_goes_with_its_last_event(self, record):
        clear = BY_NAME["suggestion_queue"].clear

        def too_large(row: Any) -> Any:
            status, position = clear(row)
            return status, 2**70 if row.suggestion_id == UUID(int=0xBAD) else position

        log = Log().add(anna_enrolled(), goal_set(), *agreed(), offered())
        log.add(replace(offered(), suggestion_id=UUID(int=0xBAD)), mood(1, 5, day(1)))
        last = await record.keep(log.kept)
        bad = with_view("suggestion_queue", clear=too_large)
        await record.projector(projections=bad).catch_up(PRACTICE)
        assert await aside(record) == {("suggestion_queue", 7, "DataError")}
        assert (await record.documents(BY_NAME["suggestion_queue"])).keys() == {OFFER}
        await require_the_end(record, last)
        assert await record.everything() == await without_them(record)

    async def test_never_takes_the_place_of_another_clients(self, record):
        def evolve(page: Any, recorded: Any) -> Any:
            changes = mood_trend.projection.evolve(page, recorded)
            return {UUID(int=0xA11): row for row in changes.values()}

        log = Log().add(anna_enrolled(), anna_enrolled(client_id=BEN), mood(1, 5, day(0)))
        log.add(replace(mood(2, 7, day(1)), client_id=BEN))
        await record.keep(log.kept)
        bad = with_view("mood_trend", evolve=evolve)
        await record.projector(projections=bad).catch_up(PRACTICE)
        assert await aside(record) == {("mood_trend", 5, "RowOfAnotherClient")}
        (kept,) = (await record.documents(mood_trend.projection)).values()
        assert kept.client_id == ANNA


def revised(statement: str) -> GoalStatementRevised:
    return GoalStatementRevised(
        goal_id=WALK, from_statement="a", statement=statement, reason="c", client_agreed=True
    )
