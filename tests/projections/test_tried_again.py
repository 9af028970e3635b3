"""What is set aside is tried again; what somebody broke in a view is made again from the log."""

import asyncio
from typing import Any
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from events.mood import MoodWithdrawn
from events.session import SessionScheduled
from projections import caseload, goal_status_fold, mood_trend
from projections.catalogue import BY_NAME, PROJECTIONS, VIEW_NAMES
from projections.catch_up import CatchUp, TriedAgain
from projections.goal_sessions import ClientSessions, sessions_key
from projections.rebuild import rebuild
from projections.set_aside import MOST_SET_ASIDE, TooManySetAside
from service.console.failures import explained
from tests.projections.breaking import (
    MOOD_VIEWS,
    aside,
    break_body,
    failing,
    mend_body,
    put,
    with_view,
)
from tests.projections.conftest import Record
from tests.projections.past import ANNA, BEN, PRACTICE, Log, anna_enrolled, day, goal_set, mood
from tests.projections.test_caseload import OFFER, offered
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import from_zero, mood_now, ordinary, running
from tests.projections.test_safety_queue import FLAG, raised
from tests.projections.test_set_aside import DUTY, OPENED, require_the_end, without_them

BOOKED = SessionScheduled(session_id=UUID(int=0x5E5), client_id=ANNA, starts_at=day(3), minutes=50)


def trying(record, projections=PROJECTIONS) -> CatchUp:
    return CatchUp(record.pool, record.keyring, projections)


async def of_another_release(record) -> None:
    await record.pool.execute("UPDATE views.set_aside SET release = '0.0.1'")


async def test_a_goal_under_a_key_of_its_client_stops_nobody(record):
    """A client chose the id under which an older release kept when the client's sessions are."""
    log = Log().add(anna_enrolled(), anna_enrolled(client_id=BEN))
    log.add(goal_set(uuid5(ANNA, "sessions")), BOOKED, replace(raised(), client_id=BEN))
    last = await record.keep(log.kept)
    async with running(record.projector()):
        assert await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=10)
    assert await aside(record) == set()
    rows = await record.documents(goal_status_fold.projection)
    assert rows.keys() == {uuid5(ANNA, "sessions"), sessions_key(ANNA)}


async def test_a_goal_under_the_key_there_is_now_is_set_aside_and_takes_no_place(record):
    log = Log().add(anna_enrolled(), BOOKED, goal_set(sessions_key(ANNA)))
    await record.keep(log.kept)
    await record.projector().catch_up(PRACTICE)
    assert await aside(record) == {("goal_status", 4, "RowKeyTaken")}
    (row,) = (await record.documents(goal_status_fold.projection)).values()
    assert isinstance(row, ClientSessions)


class TestARowThatSomebodyBroke:
    async def test_is_made_again_from_the_log(self, record):
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute("UPDATE views.caseload SET body = body || 'x'")
        await record.pool.execute("UPDATE views.goal_status SET body = '\\x01'")
        last = await record.keep([mood_now(99)])
        await record.projector().catch_up(PRACTICE)
        await require_the_end(record, last)
        assert await aside(record) == set()
        assert await record.everything() == await from_zero(record)

    async def test_also_where_the_settings_ask_for_every_row(self, record):
        log = Log().add(anna_enrolled(), raised(to=("eve",)))
        await record.keep(log.kept)
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute("UPDATE views.safety_queue SET body = body || 'x'")
        await keep_settings(record, DUTY)
        await record.projector().catch_up(PRACTICE)
        row = (await record.documents(PROJECTIONS[5]))[FLAG]
        assert row.next_at == row.raised_at  # Eve is on duty no more.
        assert await aside(record) == set()

    async def test_many_of_them_are_made_again_piece_by_piece(self, record, monkeypatch):
        monkeypatch.setattr("projections.view_fold.MOST_REFOLDED", 1)
        monkeypatch.setattr("projections.catch_up.CAREFUL_EVENTS", 3)
        log = Log().add(anna_enrolled(), anna_enrolled(client_id=BEN), mood(1, 5, day(1)))
        log.add(replace(mood(2, 5, day(1)), client_id=BEN))
        await record.keep(log.kept)
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute("UPDATE views.caseload SET body = body || 'x'")
        later = Log().add(*(mood(nth, 5, day(2)) for nth in range(10, 15)))
        later.add(*(replace(mood(nth, 5, day(2)), client_id=BEN) for nth in range(20, 25)))
        last = await record.keep(later.kept)
        await record.projector().catch_up(PRACTICE)
        await require_the_end(record, last)
        assert await record.everything() == await from_zero(record)


async def keep_settings(record: Record, *events: Any) -> int:
    """What the practice chooses first."""
    return await record.keep(Log().add(OPENED, *events).kept[1:])


class TestTryingAgain:
    async def test_brings_back_what_a_new_release_can_take(self, record):
        await record.keep(ordinary().kept)
        await record.projector(projections=failing("goal_status", 6, 7)).catch_up(PRACTICE)
        assert len(await aside(record)) == 2
        await of_another_release(record)
        assert await trying(record).try_all_again() == TriedAgain(tried=1, taken=1)
        assert await aside(record) == set()
        assert await record.everything() == await from_zero(record)

    async def test_takes_away_what_should_have_gone(self, record):
        log = Log().add(anna_enrolled(), mood(1, 5, day(1)), mood(2, 5, day(2)))
        log.add(MoodWithdrawn(mood_id=UUID(int=0x300D1), reason="Twice"))
        last = await record.keep(log.kept)
        await record.projector(projections=failing("mood_trend", last)).catch_up(PRACTICE)
        assert len(await record.documents(mood_trend.projection)) == 2
        await of_another_release(record)
        await trying(record).try_all_again()
        assert len(await record.documents(mood_trend.projection)) == 1
        assert await record.everything() == await from_zero(record)

    async def test_is_done_by_a_projector_that_begins(self, record):
        last = await record.keep(ordinary().kept)
        await record.projector(projections=failing("goal_status", 6)).catch_up(PRACTICE)
        await of_another_release(record)
        async with running(record.projector()):
            for _ in range(500):
                if not await aside(record):
                    break
                await asyncio.sleep(0.02)
        assert await aside(record) == set()
        await require_the_end(record, last)
        assert await record.everything() == await from_zero(record)

    async def test_a_projector_that_begins_does_so_whatever_the_release_says(self, record):
        """Two builds of one release bear the same number."""
        await record.keep(ordinary().kept)
        await record.projector(projections=failing("goal_status", 6)).catch_up(PRACTICE)
        async with running(record.projector()):
            for _ in range(500):
                if not await aside(record):
                    break
                await asyncio.sleep(0.02)
        assert await record.everything() == await from_zero(record)

    async def test_forgets_nothing_that_it_has_not_looked_at(self, record, database):
        """An event of a client's category that somebody has put into the log without a client."""
        await record.keep(ordinary().kept)
        position = await put(record, database, "mood.logged.v1", client_id=None, said=None)
        await record.projector().catch_up(PRACTICE)
        found = {(view, position, "SealBroken") for view in MOOD_VIEWS}
        assert await aside(record) == found
        again = await trying(record).try_all_again(every=True)
        assert again == TriedAgain(tried=3, taken=0)
        assert await aside(record) == found

    async def test_leaves_what_this_release_has_set_aside(self, record):
        await record.keep(ordinary().kept)
        await record.projector(projections=failing("goal_status", 6)).catch_up(PRACTICE)
        assert await trying(record).try_all_again() == TriedAgain(tried=0, taken=0)
        assert len(await aside(record)) == 1
        assert await trying(record).try_all_again(every=True) == TriedAgain(tried=1, taken=1)
        assert await aside(record) == set()

    async def test_keeps_what_still_can_not_be_taken(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 6)
        await record.projector(projections=failing("mood_trend", 8)).catch_up(PRACTICE)
        since = await record.pool.fetchval("SELECT min(since) FROM views.set_aside")
        await of_another_release(record)
        await trying(record).try_all_again()
        assert await aside(record) == {
            (view, 6, "SealBroken") for view in ("goal_status", "mood_trend", "caseload")
        }
        kept = await record.pool.fetch("SELECT since, release FROM views.set_aside")
        assert {row["since"] for row in kept} == {since}
        assert "0.0.1" not in {row["release"] for row in kept}
        assert await record.everything() == await from_zero(record)

    async def test_takes_a_body_that_was_brought_back(self, record, database):
        await record.keep(ordinary().kept)
        await break_body(database, 6)
        await record.projector().catch_up(PRACTICE)
        await mend_body(database, 6)
        await trying(record).try_all_again(every=True)
        assert await aside(record) == set()
        assert await record.everything() == await from_zero(record)

    async def test_takes_settings_that_were_brought_back(self, record, database):
        await record.keep(Log().add(anna_enrolled(), raised(to=("eve",))).kept)
        position = await keep_settings(record, DUTY)
        await break_body(database, position)
        await record.projector().catch_up(PRACTICE)
        assert await aside(record) == {("safety_queue", position, "SealBroken")}
        flags = PROJECTIONS[5]
        assert (await record.documents(flags))[FLAG].next_at is not None
        await trying(record).try_all_again(every=True)
        assert await aside(record) == {("safety_queue", position, "SealBroken")}
        await mend_body(database, position)
        await trying(record).try_all_again(every=True)
        assert await aside(record) == set()
        row = (await record.documents(flags))[FLAG]
        assert row.next_at == row.raised_at

    async def test_goes_on_after_one_that_fails(self, record, monkeypatch):
        monkeypatch.setattr("projections.catch_up.AGAIN_LIMIT", 1)
        await record.keep(ordinary().kept)
        for view in ("goal_status", "mood_trend"):
            await record.projector(projections=failing(view, 6)).catch_up(PRACTICE)
            await record.keep([mood_now(90 if view == "mood_trend" else 91)])

        def evolve(page: Any, recorded: Any) -> Any:
            raise MemoryError

        await record.pool.execute(
            "INSERT INTO views.set_aside SELECT practice_id, 'mood_trend', position, client_id,"
            " stream_id, type, why, release, since FROM views.set_aside"
        )
        bad = with_view("goal_status", evolve=evolve)
        with capture_logs() as told:
            assert await trying(record, bad).try_all_again(every=True) == TriedAgain(
                tried=2, taken=1
            )
        assert [one["event"] for one in told] == ["not_tried_again"]
        assert await aside(record) == {("goal_status", 6, "BadFold")}


class TestTooMany:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr("projections.set_aside.MOST_SET_ASIDE", 3)

    async def test_the_view_stands_still_and_the_others_go_on(self, record):
        last = await record.keep(ordinary().kept)
        bad = record.projector(projections=failing("mood_trend", *range(6, 20)), batch_events=4)
        with capture_logs() as told:
            await bad.catch_up(PRACTICE)
        assert [one["view"] for one in told if one["event"] == "view_stands_still"] == [
            "mood_trend"
        ]
        assert len(await aside(record)) == 3
        for view in VIEW_NAMES:
            reached = await record.views.position(PRACTICE, view)
            assert reached < 20 if view == "mood_trend" else reached == last, view
        # Another release takes them.
        await of_another_release(record)
        await trying(record).try_all_again()
        await record.projector().catch_up(PRACTICE)
        assert await aside(record) == set()
        assert await record.everything() == await from_zero(record)

    async def test_a_rebuild_leaves_the_view_as_it_was(self, record, monkeypatch):
        await record.keep(ordinary().kept)
        await record.projector().catch_up(PRACTICE)
        before = await record.everything()
        bad = failing("mood_trend", *range(6, 20))
        monkeypatch.setattr("projections.rebuild.PROJECTIONS", bad)
        with pytest.raises(TooManySetAside) as full:
            await rebuild(record.pool, record.keyring, None, unheard)
        assert await record.everything() == before
        # The view is named, not the table beside it; of that nothing is left.
        assert (full.value.view, full.value.first) == ("mood_trend", 6)
        assert full.value.last < 20
        assert await aside(record) == set()
        code, told = explained(full.value)
        assert code == 1
        assert told is not None
        assert "in the view mood_trend: the first is at position 6" in told

    def test_there_is_room_for_many(self):
        assert MOST_SET_ASIDE == 10_000


class TestRebuild:
    async def test_sets_bad_events_aside_and_goes_on(self, record, database, monkeypatch):
        await record.keep(ordinary().kept)
        await break_body(database, 7)
        bad = failing("mood_trend", 6)
        monkeypatch.setattr("projections.rebuild.PROJECTIONS", bad)
        done = await rebuild(record.pool, record.keyring, None, unheard)
        assert done.set_aside == {
            "mood_trend": 1, "goal_status": 1, "assessment_trend": 1, "caseload": 1, "tracking": 1,
        }  # fmt: skip
        assert ("mood_trend", 6, "BadFold") in await aside(record)
        assert await record.everything() == await without_them(record)
        await require_the_end(record, 45)

    async def test_forgets_what_it_could_take_and_keeps_since_when_it_could_not(
        self, record, database
    ):
        await record.keep(ordinary().kept)
        await break_body(database, 6)
        await record.projector(projections=failing("mood_trend", 8)).catch_up(PRACTICE)
        since = await record.pool.fetchval("SELECT min(since) FROM views.set_aside")
        done = await rebuild(record.pool, record.keyring, "mood_trend", unheard)
        assert done.set_aside == {"mood_trend": 1}
        found = await record.pool.fetch(
            "SELECT position, since FROM views.set_aside WHERE view = 'mood_trend'"
        )
        assert [tuple(row.values()) for row in found] == [(6, since)]

    @pytest.mark.parametrize("batch", [3, 10_000])
    async def test_finds_the_event_that_makes_a_row_nobody_can_write(
        self, record, monkeypatch, batch
    ):
        def clear(row: Any) -> Any:
            moods = [one for one in row.recent if one.kind == "mood"]
            return (None if len(moods) == 3 else bool(row.attention),)

        monkeypatch.setattr("projections.rebuild.BATCH_EVENTS", batch)
        monkeypatch.setattr("projections.rebuild.PROJECTIONS", with_view("caseload", clear=clear))
        log = Log().add(anna_enrolled(), *(mood(nth, 5, day(nth)) for nth in range(3)))
        log.add(goal_set())
        await record.keep(log.kept)
        await rebuild(record.pool, record.keyring, None, unheard)
        # The database takes no NULL there: the row goes, with the last event that made it.
        assert await aside(record) == {("caseload", 6, "NotNullViolationError")}
        assert await record.documents(caseload.projection) == {}
        assert len(await record.documents(mood_trend.projection)) == 3


async def test_a_rebuild_finds_a_row_that_can_not_be_copied(record, monkeypatch):
    clear = BY_NAME["suggestion_queue"].clear

    def too_large(row: Any) -> Any:
        status, position = clear(row)
        return status, 2**70 if row.suggestion_id == UUID(int=0xBAD) else position

    monkeypatch.setattr(
        "projections.rebuild.PROJECTIONS", with_view("suggestion_queue", clear=too_large)
    )
    log = Log().add(anna_enrolled(), goal_set(), offered(), mood(1, 5, day(1)))
    log.add(replace(offered(), suggestion_id=UUID(int=0xBAD)))
    await record.keep(log.kept)
    await rebuild(record.pool, record.keyring, None, unheard)
    assert await aside(record) == {("suggestion_queue", 6, "DataError")}
    assert (await record.documents(BY_NAME["suggestion_queue"])).keys() == {OFFER}
    assert len(await record.documents(mood_trend.projection)) == 1
