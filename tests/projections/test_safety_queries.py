"""The questions that safety flags answer: from the log, whatever the view says of them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from events.client import ClientDischarged
from events.safety_flag import SafetyFlagAcknowledged, SafetyFlagClosed, unnamed_flag_id
from projections import safety_queries
from projections.queries import Views
from projections.rebuild import rebuild
from projections.safety_queries import (
    count_flags,
    flag_of,
    flags,
    flags_of_client,
    flags_to_escalate,
)
from projections.safety_queue import projection
from tests.ids import former_flags_id
from tests.projections.breaking import as_owner, break_body
from tests.projections.conftest import Record
from tests.projections.past import ANNA, BEN, NINE, PRACTICE, Log, anna_enrolled, day
from tests.projections.test_safety_queue import ACTED, CLOSED, ESCALATED, FLAG, HALF_PAST, raised
from tests.projections.test_safety_queue import OTHER as SECOND
from tests.projections.test_set_aside import DUTY, OPENED

SHORTLY = HALF_PAST + timedelta(seconds=1)
THIRD = UUID(int=0xF1A8)


def closed(flag_id: UUID) -> SafetyFlagClosed:
    return SafetyFlagClosed(flag_id=flag_id, reason="We met", outcome="A plan is agreed")


async def keep(record: Record, *facts) -> int:
    """Into the log, and nothing else: no projector runs."""
    return await record.keep(Log().add(OPENED, anna_enrolled(), *facts).kept[1:])


async def found(record: Record, **asked) -> list[UUID]:
    return [one.flag_id for one in await flags(record.views, PRACTICE, **asked)]


def anew(record: Record) -> Views:
    """As another process sees it, which has read nothing yet."""
    return Views(record.pool, record.keyring)


class TestTheQueue:
    async def test_has_the_newest_first_and_goes_on_from_a_position(self, record):
        await keep(record, raised(), raised(SECOND), raised(THIRD))
        page = await flags(record.views, PRACTICE, is_open=True, limit=2)
        assert [one.flag_id for one in page] == [THIRD, SECOND]
        rest = await flags(
            record.views, PRACTICE, is_open=True, before=page[-1].raised_position, limit=2
        )
        assert [one.flag_id for one in rest] == [FLAG]

    async def test_is_asked_for_what_is_open_or_acknowledged(self, record):
        seen = SafetyFlagAcknowledged(flag_id=SECOND)
        await keep(record, raised(), raised(SECOND), raised(THIRD), seen, closed(THIRD))
        assert await found(record, is_open=True) == [SECOND, FLAG]
        assert await found(record, is_open=True, acknowledged=False) == [FLAG]
        assert await found(record, is_open=True, acknowledged=True) == [SECOND]
        assert await found(record, is_open=False) == [THIRD]

    async def test_of_what_was_closed_goes_on_from_page_to_page(self, record):
        many = [UUID(int=0xF000 + nth) for nth in range(7)]
        gone = [closed(one) for one in many if one not in (many[2], many[5])]
        await keep(record, *(raised(one) for one in many), *gone)
        pages, before = [], None
        while page := await flags(record.views, PRACTICE, is_open=False, before=before, limit=2):
            pages.append([many.index(one.flag_id) for one in page])
            before = page[-1].raised_position
        assert pages == [[6, 4], [3, 1], [0]]
        assert await found(record, is_open=True) == [many[5], many[2]]

    async def test_is_the_practices_own(self, record):
        await keep(record, raised())
        for is_open in (True, False):
            assert await flags(record.views, UUID(int=2), is_open=is_open) == []

    async def test_of_one_client_is_the_same(self, record):
        await keep(record, raised(), raised(SECOND), raised(THIRD), closed(THIRD))
        of_client = (await flags_of_client(record.store, PRACTICE, ANNA)).rows
        assert [one.flag_id for one in of_client] == [SECOND, FLAG, THIRD]
        of_practice = [
            *await flags(record.views, PRACTICE, is_open=True),
            *await flags(record.views, PRACTICE, is_open=False),
        ]
        assert of_client == of_practice

    async def test_finds_any_flag_by_its_id(self, record):
        await keep(record, raised(), raised(SECOND), closed(FLAG))
        for flag_id, is_open in ((FLAG, False), (SECOND, True)):
            row = await flag_of(record.views, PRACTICE, flag_id)
            assert row is not None
            assert (row.flag_id, row.is_open) == (flag_id, is_open)
        assert await flag_of(record.views, PRACTICE, THIRD) is None

    async def test_goes_on_with_what_is_new(self, record, monkeypatch):
        monkeypatch.setattr("projections.open_flags.READ_EVENTS", 2)
        log = Log().add(OPENED, anna_enrolled(), raised(), raised(SECOND), ACTED, closed(FLAG))
        for nth, known in enumerate([[], [FLAG], [SECOND, FLAG], [SECOND, FLAG], [SECOND]], 1):
            await record.keep(log.kept[nth : nth + 1])
            assert await found(record, is_open=True) == known
            assert [one.flag_id for one in await flags(anew(record), PRACTICE, is_open=True)] == (
                known
            )

    async def test_is_the_view_too_once_that_has_come_there(self, record):
        await keep(record, raised(), raised(SECOND), ESCALATED, closed(SECOND))
        await record.projector().catch_up(PRACTICE)
        shown = (await flags_of_client(record.store, PRACTICE, ANNA)).rows
        assert {one.flag_id: one for one in shown} == await record.documents(projection)
        await rebuild(record.pool, record.keyring, "safety_queue", lambda _done, _of: None)
        assert {one.flag_id: one for one in shown} == await record.documents(projection)


TAMPERED = {
    "nothing runs": "SELECT 1",
    "rows deleted": "DELETE FROM views.safety_queue",
    "rows closed": "UPDATE views.safety_queue SET is_open = false, next_at = NULL",
    "rows acknowledged": "UPDATE views.safety_queue SET acknowledged = true, next_at = NULL",
    "bodies swapped": "UPDATE views.safety_queue a SET body = b.body"
    " FROM views.safety_queue b WHERE a.flag_id <> b.flag_id",
    "checkpoint ahead": "UPDATE views.checkpoint SET position = position + 1000",
}


@pytest.mark.parametrize("how", TAMPERED)
class TestWhoeverMayWriteTheViews:
    async def test_silences_no_flag(self, record, how):
        await keep(record, raised(), raised(SECOND, to=()))
        if how != "nothing runs":
            await record.projector().catch_up(PRACTICE)
            await record.pool.execute(TAMPERED[how])
        last = await record.keep(Log().add(raised(), raised(SECOND), raised(THIRD)).kept[2:])
        if how != "nothing runs":
            await record.projector().catch_up(PRACTICE)
        for views in (record.views, anew(record)):
            page = await flags(views, PRACTICE, is_open=True)
            assert [one.flag_id for one in page] == [THIRD, SECOND, FLAG]
            owed = await flags_to_escalate(views, HALF_PAST)
            assert {one.flag_id for one in owed} == {THIRD, SECOND, FLAG}
            counted = await count_flags(views)
            assert (counted.open, counted.unacknowledged) == (3, 3)
        assert page[0].raised_position == last


class TestTheCaseload:
    async def attention(self, record, **asked) -> list[tuple[str, UUID | None]]:
        await record.projector().catch_up(PRACTICE)
        rows = await record.views.caseload(PRACTICE, now=day(1), **asked)
        row = await record.views.client(PRACTICE, ANNA, now=day(1))
        assert [row] == [one for one in rows if one.client_id == ANNA] or not rows
        return [(one.kind, one.flag_id) for one in row.attention if one.kind == "safety_flag"]

    async def test_names_open_flags_first(self, record):
        log = Log().add(OPENED, anna_enrolled(), raised(), raised(SECOND), CLOSED)
        await record.keep(log.kept[1:4])
        assert await self.attention(record) == [("safety_flag", FLAG), ("safety_flag", SECOND)]
        await record.keep(log.kept[4:])
        assert await self.attention(record) == [("safety_flag", SECOND)]

    @pytest.mark.parametrize("flagged", [True, False])
    async def test_goes_on_naming_them_after_a_discharge(self, record, flagged):
        await keep(record, *([raised()] if flagged else []), ClientDischarged(client_id=ANNA))
        named = await self.attention(record)
        assert [kind for kind, _ in named] == ["safety_flag"] * flagged
        rows = await record.views.caseload(PRACTICE, now=day(1), attention=True)
        assert len(rows) == flagged

    async def test_names_them_though_its_view_stands_still(self, record):
        await keep(record)
        await record.projector().catch_up(PRACTICE)
        await record.keep(Log().add(OPENED, anna_enrolled(), raised()).kept[2:])
        for attention in (True, None):
            (row,) = await record.views.caseload(PRACTICE, now=day(1), attention=attention)
            assert [one.flag_id for one in row.attention] == [FLAG]
        assert await record.views.caseload(PRACTICE, now=day(1), attention=False) == []


class TestWhatAWorkerIsOwed:
    async def test_is_every_flag_whose_time_is_up_the_longest_first(self, record):
        await keep(record, raised(), raised(SECOND, to=()), raised(THIRD), closed(THIRD))
        owed = await flags_to_escalate(record.views, HALF_PAST)
        assert [one.flag_id for one in owed] == [SECOND, FLAG]
        assert [one.since_at for one in owed] == [NINE, HALF_PAST]
        assert await flags_to_escalate(record.views, HALF_PAST, after=owed[0]) == owed[1:]
        assert await flags_to_escalate(record.views, HALF_PAST, 1) == owed[:1]
        early = HALF_PAST - timedelta(seconds=1)
        assert [one.flag_id for one in await flags_to_escalate(record.views, early)] == [SECOND]

    async def test_is_nothing_where_somebody_has_seen_it(self, record):
        await keep(record, raised(), SafetyFlagAcknowledged(flag_id=FLAG))
        assert await flags_to_escalate(record.views, SHORTLY) == []

    async def test_is_one_at_once_whose_asked_are_off_the_list(self, record):
        await keep(record, raised(to=("eve",)))
        early = HALF_PAST - timedelta(seconds=1)
        assert await flags_to_escalate(record.views, early) == []
        await record.keep(Log().add(OPENED, DUTY).kept[1:])
        assert [one.flag_id for one in await flags_to_escalate(record.views, early)] == [FLAG]


async def test_flags_are_counted_over_all_practices(record):
    assert await count_flags(record.views) == safety_queries.FlagCounts(
        open=0,
        unacknowledged=0,
        nobody_on_duty=0,
        oldest_open_seconds=0.0,
        oldest_unacknowledged_seconds=0.0,
    )
    await keep(record, raised())
    await asyncio.sleep(0.05)
    seen = SafetyFlagAcknowledged(flag_id=FLAG)
    log = Log().add(anna_enrolled(), raised(), raised(SECOND), seen)
    await record.keep(log.kept[2:])
    counted = await count_flags(record.views)
    assert (counted.open, counted.unacknowledged, counted.nobody_on_duty) == (2, 1, 1)
    assert counted.oldest_open_seconds > counted.oldest_unacknowledged_seconds + 0.04 > 0
    await record.keep(Log().add(OPENED, DUTY).kept[1:])
    counted = await count_flags(record.views)
    assert (counted.unacknowledged, counted.nobody_on_duty) == (1, 0)


class TestWhatCanNotBeRead:
    async def test_is_an_open_flag_that_waits_for_a_person(self, record, database):
        position = await keep(record, raised())
        await break_body(database, position)
        (row,) = await flags(anew(record), PRACTICE, is_open=True)
        assert row.flag_id == unnamed_flag_id(PRACTICE, position)
        assert (row.assessment_id, row.instrument, row.item, row.answer) == (None,) * 4
        assert (row.client_id, row.raised_at, row.raised_position) == (ANNA, NINE, position)
        assert [row] == (await flags_of_client(record.store, PRACTICE, ANNA)).rows
        owed = await flags_to_escalate(anew(record), NINE)
        assert [one.flag_id for one in owed] == [row.flag_id]
        assert (await count_flags(anew(record))).unacknowledged == 1

    async def test_is_known_at_once_to_a_process_that_had_read_it(self, record, database):
        position = await keep(record, raised())
        assert await found(record, is_open=True) == [FLAG]
        await break_body(database, position)
        unnamed = unnamed_flag_id(PRACTICE, position)
        # The list says what commands go by: the log as it is.
        assert await found(record, is_open=True) == [unnamed]
        owed = await flags_to_escalate(record.views, HALF_PAST)
        assert [one.flag_id for one in owed] == [unnamed]

    async def test_closes_nothing(self, record, database):
        position = await keep(record, raised(), closed(FLAG))
        assert await found(record, is_open=True) == []
        await break_body(database, position)
        (row,) = await flags(anew(record), PRACTICE, is_open=True)
        assert row.flag_id == FLAG

    async def test_and_was_put_into_the_log_by_somebody_without_the_key(self, record, database):
        position = await keep(record, raised())
        await as_owner(
            database,
            "INSERT INTO event_log SELECT practice_id, position + 1, stream_id, version + 1,"
            " category, client_id, 'safety_flag.closed.v1', body, actor, command_id, correlation,"
            " occurred_at, recorded_at FROM event_log WHERE position = $1",
            position,
        )
        for views in (record.views, anew(record)):
            assert [one.flag_id for one in await flags(views, PRACTICE, is_open=True)] == [FLAG]

    async def test_keeps_the_id_that_a_later_event_says(self, record, database):
        position = await keep(record, raised(), ESCALATED)
        await break_body(database, position - 1)
        (row,) = await flags(anew(record), PRACTICE, is_open=True)
        assert (row.flag_id, row.is_readable, row.times_asked) == (FLAG, False, 1)
        assert [row] == (await flags_of_client(record.store, PRACTICE, ANNA)).rows

    async def test_of_a_duty_list_leaves_the_one_before(self, record, database):
        await keep(record, raised(to=("eve",)))
        position = await record.keep(Log().add(OPENED, DUTY).kept[1:])
        await break_body(database, position)
        early = HALF_PAST - timedelta(seconds=1)
        assert await flags_to_escalate(anew(record), early) == []


class TestAnOlderLogThatWasPutBack:
    @pytest.mark.parametrize("grown", [False, True])
    async def test_is_read_from_its_first_event(self, record, database, grown):
        position = await keep(record, raised(), raised(SECOND), closed(FLAG))
        assert await found(record, is_open=True) == [SECOND]
        assert (await count_flags(record.views)).open == 1
        # As it was before the second flag, and the first one's end.
        await as_owner(database, "DELETE FROM event_log WHERE position > $1", position - 2)
        await as_owner(database, "UPDATE practice_log SET position = $1", position - 2)
        if grown:
            later = Log().add(raised(), raised(THIRD), raised(SECOND)).kept[1:]
            await record.keep([replace(one, command_id=UUID(int=one.version)) for one in later])
        expected = [SECOND, THIRD, FLAG] if grown else [FLAG]
        assert await found(record, is_open=True) == expected
        assert (await count_flags(record.views)).open == len(expected)

    async def test_may_know_less_practices(self, record, database):
        await keep(record, raised())
        assert (await count_flags(record.views)).open == 1
        await as_owner(database, "DELETE FROM event_log")
        await as_owner(database, "DELETE FROM practice_log")
        assert (await count_flags(record.views)).open == 0
        assert await found(record, is_open=True) == []


async def test_flags_of_a_client_whose_key_is_gone_are_gone(record, database):
    of_ben = replace(raised(SECOND), client_id=BEN)
    await keep(record, anna_enrolled(client_id=BEN), raised(), of_ben)
    assert await found(record, is_open=True) == [SECOND, FLAG]
    await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", ANNA)
    record.keyring._cached.clear()
    for limit in (1, 10):
        assert await found(record, is_open=True, limit=limit) == [SECOND]
    assert (await flags_of_client(record.store, PRACTICE, ANNA)).rows == ()


def test_a_flag_lies_in_the_stream_of_its_client():
    assert Log().add(raised()).kept[0].stream_id == former_flags_id(ANNA)
