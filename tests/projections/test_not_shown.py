"""waiting: a client's row says that something recorded for them can not be shown yet."""

from typing import Any
from uuid import UUID

from projections.caseload import Attention
from projections.waiting import NAMELESS
from tests.projections.breaking import break_body, failing
from tests.projections.conftest import Record
from tests.projections.past import ANNA, BEN, PRACTICE, Log, anna_enrolled, day, goal_set, mood
from tests.projections.test_set_aside import OPENED

CARL = UUID(int=0xCA)
NOW = day(9)


async def keep(record: Record, *facts: Any) -> int:
    """Position 2 enrols Anna, position 3 Ben."""
    enrolled = anna_enrolled(), anna_enrolled(client_id=BEN, display_name="Ben")
    return await record.keep(Log().add(OPENED, *enrolled, *facts).kept[1:])


async def waiting(record, client_id=ANNA) -> list[Attention]:
    row = await record.views.client(PRACTICE, client_id, now=NOW)
    return [one for one in row.attention if one.kind == "not_shown"]


async def test_a_line_for_each_view_and_since_when(record, database):
    position = await keep(record, mood(1, 5, day(1)), mood(2, 5, day(2)))
    await break_body(database, position - 1)
    await record.projector(projections=failing("mood_trend", position)).catch_up(PRACTICE)
    lines = await waiting(record)
    assert [(one.view, one.numbers) for one in lines] == [
        ("caseload", {"events": 1.0}),
        ("goal_status", {"events": 1.0}),
        ("mood_trend", {"events": 2.0}),
    ]
    assert all(one.since_at is not None for one in lines)
    assert await waiting(record, BEN) == []


async def test_whoever_has_one_waits_for_the_clinician(record, database):
    position = await keep(record, mood(1, 5, day(1)))
    await break_body(database, position)
    await record.projector().catch_up(PRACTICE)

    async def asked(attention: bool | None) -> list[UUID]:
        rows = await record.views.caseload(PRACTICE, now=NOW, attention=attention)
        return [row.client_id for row in rows]

    assert await asked(True) == [ANNA]
    assert await asked(False) == [BEN]
    assert await asked(None) == [ANNA, BEN]


async def test_it_comes_after_the_flags_and_before_all_else(record, database):
    position = await keep(record, goal_set(), mood(1, 5, day(1)))
    await break_body(database, position)
    await record.projector().catch_up(PRACTICE)
    row = await record.views.client(PRACTICE, ANNA, now=NOW)
    assert [one.kind for one in row.attention] == [
        "not_shown", "not_shown", "not_shown", "agreement_needed",
    ]  # fmt: skip


async def test_a_client_whose_enrolment_can_not_be_read_is_not_missing(record, database):
    last = await keep(record, anna_enrolled(client_id=CARL), mood(1, 5, day(1)))
    await break_body(database, 2)
    await record.projector().catch_up(PRACTICE)
    for limit in (1, 2, 200):
        found, after = [], None
        while page := await record.views.caseload(PRACTICE, now=NOW, after=after, limit=limit):
            found += page
            after = page[-1].client_id
        assert [(row.client_id, row.display_name) for row in found] == [
            (ANNA, NAMELESS), (BEN, "Ben"), (CARL, "Anna"),
        ]  # fmt: skip
    row = await record.views.client(PRACTICE, ANNA, now=NOW)
    assert row.display_name == NAMELESS
    assert {one.view for one in row.attention} == {"caseload", "tracking"}
    assert await record.views.position(PRACTICE, "caseload") == last
    (waits,) = await record.views.caseload(PRACTICE, now=NOW, attention=True)
    assert waits.client_id == ANNA


async def test_a_client_of_whom_nothing_is_there_is_nobody(record):
    await keep(record)
    await record.projector().catch_up(PRACTICE)
    assert await record.views.client(PRACTICE, CARL, now=NOW) is None
