"""as_of: what the system would have said then, from what the log had by then."""

import asyncio
from datetime import timedelta

import pytest

from events.assessment import AssessmentWithdrawn
from events.memory import MemoryStore
from projections import as_of
from projections.as_of import goal_as_of
from tests.projections.past import (
    ANNA,
    PRACTICE,
    SLEEP,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    day,
    goal_set,
    mood,
    scored,
)
from tests.projections.test_goal_status import moved


async def test_is_what_the_view_said_then(record):
    entry = scored(1, 18, day(7))
    withdrawn = AssessmentWithdrawn(
        assessment_id=entry.assessment_id, instrument="bdi2", reason="another person's"
    )
    log = Log().add(
        anna_enrolled(), goal_set(), *agreed(), mood(1, 5, day(0)), entry, moved(), withdrawn,
        scored(2, 12, day(8)),
    )  # fmt: skip
    said = []
    for one in log.kept:
        await record.keep([one])
        await record.projector().catch_up(PRACTICE)
        (last,) = await record.store.read_client(PRACTICE, ANNA, after=one.position)
        said.append((last.recorded_at, await record.views.goal(PRACTICE, WALK)))
        await asyncio.sleep(0.002)
    for instant, then in said:
        assert await goal_as_of(record.store, PRACTICE, ANNA, WALK, instant) == then
    just_before = said[1][0] - timedelta(microseconds=1)
    assert await goal_as_of(record.store, PRACTICE, ANNA, WALK, just_before) is None
    assert len({str(then) for _, then in said}) == 8  # A mood says nothing about the goal.


async def test_a_goal_of_somebody_else_is_not_there(record):
    await record.keep(Log().add(anna_enrolled(), goal_set()).kept)
    assert await goal_as_of(record.store, PRACTICE, ANNA, SLEEP, day(20_000)) is None
    assert await goal_as_of(record.store, PRACTICE, SLEEP, WALK, day(20_000)) is None


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_reads_page_by_page(monkeypatch, record, limit):
    monkeypatch.setattr(as_of, "PAGE_LIMIT", limit)
    facts = [scored(nth, 24 - nth, day(nth)) for nth in range(6)]
    await record.keep(Log().add(anna_enrolled(), goal_set(), *agreed(), *facts).kept)
    row = await goal_as_of(record.store, PRACTICE, ANNA, WALK, day(20_000))
    assert row is not None
    assert (row.progress.entries, row.progress.latest) == (6, 19)


async def test_asks_any_store(record):
    assert await goal_as_of(MemoryStore(lambda: day(0)), PRACTICE, ANNA, WALK, day(0)) is None
