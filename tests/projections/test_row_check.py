"""row_check: a row that somebody else than the projector wrote is named, and no other ever."""

import asyncio

import pytest
from msgspec.structs import replace

from events.assessment import AssessmentWithdrawn
from events.goal import GoalClosed, GoalScaleSet
from events.mood import MoodCorrected, MoodLogged, MoodWithdrawn
from events.practice_choices import Duty, DutyPerson
from events.safety_flag import SafetyFlagAcknowledged
from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp
from projections.rebuild import rebuild
from tests.conftest import run
from tests.projections.breaking import as_owner, break_body, mend_body
from tests.projections.conftest import OPENED as OPENED_ALONE
from tests.projections.conftest import Record, connected, started_record
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
    scored,
)
from tests.projections.test_caseload import offered
from tests.projections.test_doctor import found
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import _erase, mood_now, ordinary, running
from tests.projections.test_safety_queue import ESCALATED, FLAG, raised
from tests.projections.test_session_calendar import MOVED, SCHEDULED
from tests.projections.test_set_aside import DUTY, OPENED
from tests.projections.test_tracking_settings import OWN_ERROR, SOONER
from tests.restoring import SharedDatabase

CORRECTED = MoodCorrected(
    mood_id=mood(1, 5, day(1)).mood_id,
    from_rating=5,
    rating=3,
    from_occurred_at=day(1),
    occurred_at=day(2),
)
NOT_HERS = AssessmentWithdrawn(
    assessment_id=scored(3, 20, day(9)).assessment_id, instrument="bdi2", reason="Not hers"
)
SCALE = GoalScaleSet(goal_id=WALK, levels=("a", "b", "c", "d", "e"), weight=1.0, baseline_level=-1)


def life() -> Log:
    """Something in every view: two clients, what was corrected, withdrawn, moved and decided."""
    log = Log().add(OPENED, anna_enrolled(), DUTY, anna_enrolled(client_id=BEN))
    log.add(goal_set(), *agreed(), goal_set(SLEEP, due_session_id=SCHEDULED.session_id))
    log.add(SCALE, SCHEDULED, MOVED, mood(1, 5, day(1)), mood(2, 6, day(1)), CORRECTED)
    log.add(withdrawal(mood(2, 6, day(1))))
    log.add(scored(1, 24, day(1)), scored(2, 40, day(8)), scored(3, 20, day(9)), NOT_HERS)
    log.add(checked_in(1, 1, day(2)), offered(), raised(), SafetyFlagAcknowledged(flag_id=FLAG))
    return log


def withdrawal(logged: MoodLogged) -> MoodWithdrawn:
    return MoodWithdrawn(mood_id=logged.mood_id, reason="Not mine")


@pytest.fixture(scope="module")
def life_saved(shared: SharedDatabase) -> None:
    async def live() -> None:
        url = shared.database.runtime
        async with connected(url) as pool, started_record(url, pool) as record:
            await record.keep(life().kept[1:])
            await record.projector().catch_up(PRACTICE)

    shared.restore(OPENED_ALONE)
    run(live)
    shared.save("lived")


@pytest.fixture
def lived(record: Record, shared: SharedDatabase, life_saved: None) -> Record:
    """A record of that life, of which every view knows everything."""
    shared.restore("lived")
    return record


CLEAR = {
    "goal_status": [
        *("stage = 'closed'", "due_on = '2030-01-01'", "passes_at = '2030-01-01'"),
        *("risk_at = '2030-01-01'", "deadline_noticed = NOT deadline_noticed"),
        *("risk_noticed = NOT risk_noticed", "suggestions_owed = NOT suggestions_owed"),
        *("suggestions_outdated = NOT suggestions_outdated", "target_met = NOT target_met"),
        *("deadline_moved = NOT deadline_moved", "no_longer_met = NOT no_longer_met"),
    ],
    "mood_trend": ["occurred_at = occurred_at + interval '1 microsecond'"],
    "assessment_trend": ["occurred_at = '2030-01-01'"],
    "caseload": ["attention = NOT attention"],
    "suggestion_queue": ["status = 'dismissed'", "offered_position = 1"],
    "session_calendar": ["starts_at = '2030-01-01'", "stage = 'held'"],
    "tracking": ["attention_at = '2030-01-01'", "attention_at = NULL"],
    "goal_attainment": [],
}
OF_ANNA = f"client_id = '{ANNA}'"
# The position lies where the log has not come to, where nothing is, and at the practice's own
# event. Nobody has a key by a drawn id; Ben has one by his.
ANYWHERE = ("position = position + 1000", "position = 0", "position = 1", "body = body || 'x'")
# Another event of the same client, before the one that made the row.
EARLIER = {
    view: f"position = (SELECT max(e.position) FROM event_log e WHERE e.client_id = '{ANNA}'"
    f" AND e.position < views.{view}.position)"
    for view in ("mood_trend", "session_calendar", "suggestion_queue", "assessment_trend")
}
ELSEWHERE = ("client_id = gen_random_uuid()", f"client_id = '{BEN}'")


def altered() -> list[tuple[str, str]]:
    """What somebody may say of the first of Anna's rows of each view."""
    every = [(view, change) for view, changes in CLEAR.items() for change in changes]
    every += [(view, change) for view in CLEAR for change in ANYWHERE]
    every += EARLIER.items()
    by_client = ("caseload", "tracking", "goal_attainment")
    return every + [(view, one) for view in CLEAR if view not in by_client for one in ELSEWHERE]


def test_every_column_of_every_view_is_altered_here():
    for one in PROJECTIONS:
        named = {change.partition(" ")[0] for change in CLEAR.get(one.name, [])}
        assert one.name == "safety_queue" or named == {column.name for column in one.columns}


@pytest.mark.parametrize(("view", "change"), altered())
async def test_a_row_that_somebody_altered_is_named(lived, view, change):
    (key,) = [one.key for one in PROJECTIONS if one.name == view]
    which = {"goal_status": WALK, "tracking": ANNA}.get(view)
    first = f"(SELECT {key} FROM views.{view} WHERE {OF_ANNA} ORDER BY {key} LIMIT 1)"
    await lived.pool.execute(
        f"UPDATE views.{view} SET {change} WHERE {key} = coalesce($1::uuid, {first})", which
    )
    assert [one[:2] for one in await found(lived)] == [("row_altered", view)]
    await rebuild(lived.pool, lived.keyring, view, unheard)
    assert await found(lived) == []


class TestARowThatIsGivenToAnother:
    async def test_is_named_and_missing_where_the_view_is_by_client(self, lived):
        for view in ("caseload", "tracking", "goal_attainment"):
            await lived.pool.execute(
                f"UPDATE views.{view} SET client_id = gen_random_uuid() WHERE {OF_ANNA}"
            )
            named = [one[:2] for one in await found(lived)]
            assert named == [("row_missing", view), ("row_altered", view)]
            await rebuild(lived.pool, lived.keyring, view, unheard)

    async def test_also_to_somebody_whose_key_is_gone(self, lived, database):
        await _erase(database, BEN)
        lived.keyring._cached.clear()
        assert await found(lived) == []
        await lived.pool.execute(
            f"UPDATE views.goal_status SET client_id = '{BEN}' WHERE goal_id = $1", WALK
        )
        assert [one[:2] for one in await found(lived)] == [("row_altered", "goal_status")]


class TestARowThatWasPutBackAsItWas:
    @pytest.mark.parametrize("at", ["then", "now"])
    async def test_is_named(self, record, at):
        log = life().add(GoalClosed(goal_id=WALK, reason="other"))
        await record.keep(log.kept[1:-1])
        await record.projector().catch_up(PRACTICE)
        then = "SELECT * FROM views.goal_status WHERE goal_id = $1"
        row = await record.pool.fetchrow(then, WALK)
        await record.keep(log.kept[-1:])
        await record.projector().catch_up(PRACTICE)
        position = row["position"] if at == "then" else len(log.kept)
        await record.pool.execute(
            "UPDATE views.goal_status SET stage = 'active', body = $1, position = $2"
            " WHERE goal_id = $3", row["body"], position, WALK,
        )  # fmt: skip
        assert [one[:2] for one in await found(record)] == [("row_altered", "goal_status")]

    async def test_also_where_it_was_withdrawn(self, record):
        log = life()
        until = [one.type for one in log.kept].index("mood.withdrawn.v1")
        await record.keep(log.kept[1:until])
        await record.projector().catch_up(PRACTICE)
        row = await record.pool.fetchrow(
            "SELECT * FROM views.mood_trend WHERE mood_id = $1", mood(2, 6, day(1)).mood_id
        )
        await record.keep(log.kept[until:])
        await record.projector().catch_up(PRACTICE)
        await record.pool.execute(
            "INSERT INTO views.mood_trend VALUES ($1, $2, $3, $4, $5, $6)", *row.values()
        )
        assert await found(record) == [("row_altered", "mood_trend", row["position"])]


@pytest.mark.parametrize("view", ["goal_status", "mood_trend", "caseload", "tracking"])
async def test_every_row_that_does_not_open_is_named_page_by_page(record, view, monkeypatch):
    monkeypatch.setattr("projections.row_check.READ_ROWS", 3)
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    await record.pool.execute(f"UPDATE views.{view} SET body = body || 'x'")
    kinds = await found(record)
    assert {one[:2] for one in kinds} == {("row_altered", view)}
    assert len(kinds) == await record.pool.fetchval(f"SELECT count(*) FROM views.{view}")
    await rebuild(record.pool, record.keyring, view, unheard)
    assert await found(record) == []


class TestARowThatIsGone:
    @pytest.mark.parametrize("view", CLEAR)
    async def test_is_named_unless_the_log_took_it_away(self, lived, view):
        log = life()
        types = {one.type: one.position for one in log.kept}
        await lived.pool.execute(f"DELETE FROM views.{view}")
        named = await found(lived)
        assert {one[:2] for one in named} == {("row_missing", view)}
        # What was withdrawn is not asked for, and each row is named once.
        by_client = {"caseload": 2, "tracking": 2, "goal_status": 2, "assessment_trend": 2}
        if view != "goal_attainment":
            assert len(named) == by_client.get(view, 1)
        assert all(position in range(2, max(types.values())) for _, _, position in named)
        await rebuild(lived.pool, lived.keyring, view, unheard)
        assert await found(lived) == []


class TestAHealthySystem:
    """Nobody is accused, whatever has happened and whatever is under way."""

    @pytest.mark.parametrize("batch_events", [3, 5_000])
    async def test_has_no_fault_whatever_the_practice_chooses(self, record, batch_events):
        log = life()
        eve = replace(DUTY, duty=Duty(people=(DutyPerson(subject="eve", name="Eve"),)))
        log.add(OWN_ERROR, mood(4, 4, day(9)), eve, scored(4, 30, day(15)), SOONER, ESCALATED)
        projector = record.projector(batch_events=batch_events)
        for one in log.kept[1:]:
            await record.keep([one])
            if one.position % 4 == 0:
                assert await found(record) == []
                await projector.catch_up(PRACTICE)
                assert await found(record) == []
        await projector.catch_up(PRACTICE)
        assert await found(record) == []
        await rebuild(record.pool, record.keyring, None, unheard)
        assert await found(record) == []

    async def test_has_no_fault_while_it_is_written_to_and_rebuilt(self, record, monkeypatch):
        monkeypatch.setattr("projections.row_check.READ_ROWS", 5)
        monkeypatch.setattr("projections.log_check.CHECKED_EVENTS", 7)
        looked = 0

        async def write() -> None:
            await record.keep(life().kept[1:])
            for nth in range(10, 60):
                log = Log().add(mood(nth, 5, day(2)), scored(nth, nth % 40, day(nth)))
                log.add(withdrawal(mood(nth, 5, day(2))))
                await record.keep(log.kept)
            await rebuild(record.pool, record.keyring, None, unheard)

        async with running(record.projector(batch_events=4)):
            writing = asyncio.create_task(write())
            while not writing.done():
                assert await found(record) == []
                looked += 1
            await writing
        assert looked > 1

    async def test_has_none_but_what_was_set_aside(self, record, database):
        log = life()
        types = [one.type for one in log.kept]
        broken = [1 + types.index(one) for one in ("mood.corrected.v1", "goal.scale_set.v1")]
        await record.keep(log.kept[1:])
        for position in broken:
            await break_body(database, position)
        await record.projector().catch_up(PRACTICE)
        assert {one[0] for one in await found(record)} == {"event_set_aside"}
        for position in broken:
            await mend_body(database, position)
        assert {one[0] for one in await found(record)} == {"event_set_aside"}
        await CatchUp(record.pool, record.keyring, PROJECTIONS).try_all_again(every=True)
        assert await found(record) == []

    async def test_has_none_where_a_key_was_destroyed(self, lived, database):
        await lived.keyring.load(PRACTICE, [ANNA])
        await _erase(database, ANNA)
        # By whoever has still the key.
        await lived.keep([mood_now(99)])
        lived.keyring._cached.clear()
        assert await found(lived) == []
        await lived.projector().catch_up(PRACTICE)
        assert await found(lived) == []

    async def test_names_no_row_one_by_one_where_an_older_log_was_put_back(self, lived, database):
        last = len(life().kept)
        await as_owner(database, "DELETE FROM event_log WHERE position > $1", last - 4)
        await as_owner(database, "UPDATE practice_log SET position = $1", last - 4)
        named = await found(lived)
        others = {one[1] for one in named if one[0] != "checkpoint_ahead"}
        assert others == {"safety_queue"}
