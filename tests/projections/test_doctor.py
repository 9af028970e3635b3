"""doctor: names what is set aside, ahead of the log or altered, and says what to do."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from events.practice_choices import Duty, DutyPerson
from events.safety_flag import SafetyFlagAcknowledged
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.catch_up import CatchUp
from projections.doctor import Doctor
from projections.faults import Diagnosis
from projections.rebuild import rebuild
from tests.projections.breaking import MOOD_VIEWS, as_owner, break_body, failing, put
from tests.projections.conftest import Record
from tests.projections.past import (
    ANNA,
    BEN,
    PRACTICE,
    SLEEP,
    Log,
    anna_enrolled,
    day,
    goal_set,
    mood,
)
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import ordinary
from tests.projections.test_safety_queries import closed
from tests.projections.test_safety_queue import ESCALATED, raised
from tests.projections.test_safety_queue import OTHER as SECOND
from tests.projections.test_set_aside import DUTY, OPENED


async def look(record: Record) -> Diagnosis:
    return await Doctor(record.pool, record.keyring).look()


async def found(record: Record) -> list[tuple[Any, ...]]:
    diagnosis = await look(record)
    assert all(one.advice for one in diagnosis.findings)
    return [(one.kind, one.view, one.position) for one in diagnosis.findings]


async def with_flags(record: Record) -> None:
    log = Log().add(OPENED, anna_enrolled(), DUTY, raised(), raised(SECOND, to=()), ESCALATED)
    log.add(SafetyFlagAcknowledged(flag_id=SECOND), closed(SECOND), mood(1, 5, day(1)))
    await record.keep(log.kept[1:])
    await record.projector().catch_up(PRACTICE)


async def test_finds_nothing_where_nothing_is_wrong(record):
    assert await found(record) == []
    await with_flags(record)
    assert await found(record) == []
    await rebuild(record.pool, record.keyring, None, unheard)
    assert await found(record) == []


async def test_finds_nothing_in_a_view_that_is_behind(record):
    await with_flags(record)
    third = raised(UUID(int=0xF1A8))
    await record.keep([replace(Log().add(third).kept[0], version=6)])
    assert await found(record) == []
    # Nor where somebody else is on duty since, so that flags are looked at earlier.
    eve = replace(DUTY, duty=Duty(people=(DutyPerson(subject="eve", name="Eve"),)))
    await record.keep(Log().add(OPENED, DUTY, eve).kept[2:])
    assert await found(record) == []
    await record.projector().catch_up(PRACTICE)
    assert await found(record) == []


async def test_names_what_is_set_aside_and_what_to_do(record, database):
    await record.keep(ordinary().kept)
    await break_body(database, 6)
    await record.projector(projections=failing("mood_trend", 8)).catch_up(PRACTICE)
    diagnosis = await look(record)
    named = {(one.view, one.position): one for one in diagnosis.findings}
    assert named.keys() == {
        ("goal_status", 6), ("mood_trend", 6), ("caseload", 6), ("mood_trend", 8),
    }  # fmt: skip
    body, fold = named["mood_trend", 6], named["mood_trend", 8]
    assert (body.kind, body.type, body.why, body.client_id) == (
        "event_set_aside", "mood.logged.v1", "SealBroken", ANNA,
    )  # fmt: skip
    assert body.since is not None
    assert "backup" in body.advice
    assert "upgrade" in fold.advice
    assert all("cairn doctor --retry" in one.advice for one in diagnosis.findings)


async def test_says_how_many_more_there_are(record, monkeypatch):
    monkeypatch.setattr("projections.doctor.NAMED", 3)
    await record.keep(ordinary().kept)
    bad = failing("mood_trend", *range(1, 40))
    await record.projector(projections=bad).catch_up(PRACTICE)
    diagnosis = await look(record)
    assert (len(diagnosis.findings), diagnosis.more) == (3, 14)


async def test_says_that_a_view_stands_still(record, monkeypatch):
    monkeypatch.setattr("projections.set_aside.MOST_SET_ASIDE", 2)
    monkeypatch.setattr("projections.doctor.MOST_SET_ASIDE", 2)
    await record.keep(ordinary().kept)
    bad = failing("mood_trend", 6, 8, 10)
    await record.projector(projections=bad).catch_up(PRACTICE)
    assert ("view_stands_still", "mood_trend", 8) in await found(record)
    await CatchUp(record.pool, record.keyring, PROJECTIONS).try_all_again(every=True)
    await record.projector().catch_up(PRACTICE)
    assert await found(record) == []


async def test_names_a_checkpoint_ahead_of_the_log(record):
    await with_flags(record)
    await record.pool.execute(
        "UPDATE views.checkpoint SET position = 500 WHERE view IN ('safety_queue', 'caseload')"
    )
    diagnosis = await look(record)
    assert [(one.kind, one.view, one.position, one.head) for one in diagnosis.findings] == [
        ("checkpoint_ahead", "caseload", 500, 9),
        ("checkpoint_ahead", "safety_queue", 500, 9),
    ]
    # One cure for both: after a rebuild of one view alone the other is still ahead.
    (advice,) = {one.advice for one in diagnosis.findings}
    assert "`cairn rebuild`, without a name" in advice
    await rebuild(record.pool, record.keyring, "caseload", unheard)
    (left,) = (await look(record)).findings
    assert "`cairn rebuild safety_queue`" in left.advice
    await rebuild(record.pool, record.keyring, None, unheard)
    assert await found(record) == []


ALTERED = {
    "UPDATE views.safety_queue SET is_open = false WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET acknowledged = true WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET next_at = NULL WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET raised_position = 1 WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET body = body || 'x' WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET client_id = practice_id WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET client_id = gen_random_uuid() WHERE is_open": ("row_altered", 4),
    "UPDATE views.safety_queue SET position = position - 1 WHERE is_open": ("row_altered", 4),
    "DELETE FROM views.safety_queue WHERE is_open": ("row_missing", 4),
    "DELETE FROM views.safety_queue WHERE NOT is_open": ("row_missing", 5),
}


class TestViewsThatSomebodyEmptied:
    async def test_a_checkpoint_that_is_gone_is_named(self, record):
        await with_flags(record)
        await record.pool.execute("DELETE FROM views.safety_queue")
        await record.pool.execute("DELETE FROM views.checkpoint WHERE view = 'safety_queue'")
        assert await found(record) == [("checkpoint_missing", "safety_queue", None)]
        await record.projector().catch_up(PRACTICE)
        assert await found(record) == []

    async def test_also_where_all_are_gone_and_the_log_is_old(self, record, database):
        await with_flags(record)
        await record.pool.execute("DELETE FROM views.checkpoint")
        assert await found(record) == []  # A projector may be about to begin.
        old = "UPDATE event_log SET recorded_at = recorded_at - interval '2 minutes'"
        await as_owner(database, old)
        assert await found(record) == [
            ("checkpoint_missing", view, None) for view in sorted(VIEW_NAMES)
        ]

    async def test_a_checkpoint_of_no_view_is_named(self, record):
        await with_flags(record)
        await record.pool.execute(
            "INSERT INTO views.checkpoint VALUES ($1, 'nope', 1000000)", PRACTICE
        )
        assert await found(record) == [("checkpoint_unknown", "nope", 1000000)]

    async def test_a_subscription_that_is_ahead_of_the_log_is_named(self, record):
        await with_flags(record)
        add = "INSERT INTO outbox.subscription (practice_id, subscription_id, planned) VALUES"
        for subscription_id, planned in ((ANNA, 1), (BEN, 1000)):
            await record.pool.execute(f"{add} ($1, $2, $3)", PRACTICE, subscription_id, planned)
        [one] = (await look(record)).findings
        assert (one.kind, one.stream_id, one.position) == ("subscription_ahead", BEN, 1000)
        assert one.head is not None
        assert "cairn work" in one.advice

    @pytest.mark.parametrize(("view", "positions"), [("caseload", [2, 3]), ("goal_status", [4, 5])])
    async def test_a_client_or_a_goal_without_a_row_is_named(
        self, record, view, positions, monkeypatch
    ):
        monkeypatch.setattr("projections.log_check.CHECKED_EVENTS", 2)
        log = Log().add(OPENED, anna_enrolled(), anna_enrolled(client_id=BEN))
        log.add(goal_set(), goal_set(SLEEP), mood(1, 5, day(1)))
        await record.keep(log.kept[1:])
        await record.projector().catch_up(PRACTICE)
        assert await found(record) == []
        await record.pool.execute(f"DELETE FROM views.{view}")
        assert await found(record) == [("row_missing", view, one) for one in positions]
        await rebuild(record.pool, record.keyring, view, unheard)
        assert await found(record) == []

    async def test_nobody_is_forgotten_with_what_was_set_aside(self, record, database):
        await with_flags(record)
        await break_body(database, 2)  # The enrolment.
        await rebuild(record.pool, record.keyring, None, unheard)
        assert {one[0] for one in await found(record)} == {"event_set_aside"}
        await record.pool.execute("DELETE FROM views.set_aside")
        assert await found(record) == [
            ("event_unreadable", None, 2), ("row_missing", "caseload", 2),
            ("row_missing", "tracking", 2),
        ]  # fmt: skip


class TestALogThatCanNotBeRead:
    async def test_an_event_that_no_view_takes_is_named(self, record, database):
        position = await put(record, database, "template.retired.v1", client_id=None, said=None)
        await record.projector().catch_up(PRACTICE)
        (one,) = (await look(record)).findings
        assert (one.kind, one.position, one.type) == (
            "event_unreadable", position, "template.retired.v1",
        )  # fmt: skip
        assert "backup" in one.advice

    @pytest.mark.parametrize("kind", ["event_set_aside", "event_unreadable"])
    async def test_says_what_to_do_about_an_event_that_no_backup_has(self, record, database, kind):
        await record.keep(ordinary().kept)
        forged = "mood.logged.v1" if kind == "event_set_aside" else "template.retired.v1"
        client_id = ANNA if kind == "event_set_aside" else None
        position = await put(record, database, forged, client_id=client_id, said=None)
        await record.projector().catch_up(PRACTICE)
        findings = (await look(record)).findings
        assert {(one.kind, one.position) for one in findings} == {(kind, position)}
        (advice,) = {one.advice for one in findings}
        words = ("no backup has it", "without the key", "leave it there", "waits for a clinician")
        assert [one for one in words if one not in advice] == []

    async def test_says_how_far_it_is(self, record):
        await record.keep(ordinary().kept)
        told: list[tuple[int, int]] = []
        doctor = Doctor(record.pool, record.keyring)
        await doctor.look(lambda done, total: told.append((done, total)))
        assert told[-1] == (45, 45)

    async def test_does_not_say_that_the_feed_waits_for_what_nobody_with_the_key_wrote(
        self, record, database
    ):
        await record.keep(ordinary().kept)
        position = await put(record, database, "mood.zzz.v1", said=None)
        (one,) = (await look(record)).findings
        assert (one.kind, one.position, one.type) == ("event_unreadable", position, "mood.zzz.v1")
        assert one.why == "SealBroken"
        sealed = await put(record, database, "mood.logged.v2")
        kinds = {(one.kind, one.position) for one in (await look(record)).findings}
        assert kinds == {("event_unreadable", position), ("feed_waits", sealed)}

    async def test_says_where_the_feed_waits(self, record, database):
        await record.keep(ordinary().kept)
        position = await put(record, database, "mood.logged.v2")
        await put(record, database, "subscription.created.v9", client_id=None)
        await record.projector().catch_up(PRACTICE)
        diagnosis = await look(record)
        (waits,) = [one for one in diagnosis.findings if one.kind == "feed_waits"]
        assert (waits.position, waits.type) == (position, "mood.logged.v2")
        others = [one for one in diagnosis.findings if one.kind != "feed_waits"]
        assert {(one.kind, one.view, one.why) for one in others} == {
            ("event_set_aside", view, "UnknownType") for view in MOOD_VIEWS
        }
        assert all("upgrade" in one.advice.lower() for one in diagnosis.findings)

    @pytest.mark.parametrize("broken", [4, 6, 7])
    async def test_an_event_of_a_flag_is_named_and_not_the_row_that_still_has_it(
        self, record, database, broken
    ):
        await with_flags(record)
        await break_body(database, broken)
        (one,) = (await look(record)).findings
        assert (one.kind, one.position, one.client_id) == ("event_unreadable", broken, ANNA)
        assert "bring its row of event_log back" in one.advice
        assert "Do not rebuild" in one.advice


class TestAQueueThatSomebodyWroteTo:
    @pytest.mark.parametrize("statement", ALTERED)
    async def test_is_named_row_by_row(self, record, statement):
        await with_flags(record)
        await record.pool.execute(statement)
        kind, position = ALTERED[statement]
        diagnosis = await look(record)
        named = [(one.kind, one.position, one.client_id) for one in diagnosis.findings]
        assert named == [(kind, position, ANNA)]
        await rebuild(record.pool, record.keyring, "safety_queue", unheard)
        assert await found(record) == []

    async def test_also_where_a_row_was_put_back_as_it_was_before(self, record):
        log = Log().add(OPENED, anna_enrolled(), DUTY, raised(), ESCALATED)
        await record.keep(log.kept[1:4])
        await record.projector().catch_up(PRACTICE)
        before = await record.pool.fetchrow("SELECT * FROM views.safety_queue")
        await record.keep(log.kept[4:])
        await record.projector().catch_up(PRACTICE)
        assert await found(record) == []
        await record.pool.execute(
            "UPDATE views.safety_queue SET body = $1, next_at = $2", before["body"],
            before["next_at"],
        )  # fmt: skip
        assert await found(record) == [("row_altered", "safety_queue", 4)]

    async def test_also_a_row_that_the_log_does_not_know(self, record):
        await with_flags(record)
        await record.pool.execute(
            "INSERT INTO views.safety_queue SELECT practice_id, gen_random_uuid(), client_id,"
            " is_open, acknowledged, next_at, raised_position, position, body"
            " FROM views.safety_queue WHERE is_open"
        )
        assert await found(record) == [("row_unknown", "safety_queue", 4)]
        await record.pool.execute("UPDATE views.safety_queue SET client_id = gen_random_uuid()")
        kinds = sorted(one[0] for one in await found(record))
        assert kinds == ["row_altered", "row_altered", "row_unknown"]

    async def test_is_not_what_can_not_be_read(self, record, database):
        await with_flags(record)
        await break_body(database, 4)
        await rebuild(record.pool, record.keyring, None, unheard)
        assert await found(record) == [("event_set_aside", "safety_queue", 4)]
