"""A projector that is killed while it sets events aside: each once, with the checkpoint."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from projections import caseload, mood_trend
from projections.catalogue import VIEW_NAMES
from tests.conftest import Database
from tests.faults.projecting import BATCH_EVENTS, failing
from tests.projections.breaking import aside
from tests.projections.conftest import Record, opened_record
from tests.projections.past import PRACTICE, Log, anna_enrolled, day, mood

MOODS = 160
# Batches that each projector lives for; it is killed in the next one.
KILLED_AFTER = (0, 1, 4, 5)


@pytest.fixture
async def record(database: Database) -> AsyncIterator[Record]:
    async with opened_record(database.runtime) as made:
        yield made


async def test_rows_checkpoint_and_what_was_set_aside_move_together(record: Record) -> None:
    log = Log().add(anna_enrolled(), *(mood(nth, 5, day(nth)) for nth in range(MOODS)))
    last = await record.keep(log.kept)
    reached = 0
    for batches in KILLED_AFTER:
        killed = await begin(record, str(batches))
        assert await killed.wait() == -signal.SIGKILL
        reached += batches * BATCH_EVENTS
        assert await record.views.position(PRACTICE, "mood_trend") == reached < last
        await require_all_of_it(record)
    ended = await begin(record)
    assert await ended.wait() == 0
    for view in VIEW_NAMES:
        assert await record.views.position(PRACTICE, view) == last
    await require_all_of_it(record)


async def begin(record: Record, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.projecting", record.url, str(PRACTICE), *words
    )


async def require_all_of_it(record: Record) -> None:
    """What is in the views and what is set aside is the log up to their checkpoint, each once."""
    reached = await record.views.position(PRACTICE, "mood_trend")
    kept = await record.store.read_practice(PRACTICE, limit=100_000)
    moods = [one for one in kept if one.type == "mood.logged.v1" and one.position <= reached]
    bad = {("mood_trend", one.position) for one in moods if one.position % 5 == 0}
    bad |= {("caseload", one.position) for one in moods if one.stream_id.int % 7 == 0}
    assert {(view, position) for view, position, _ in await aside(record)} == bad
    views = {one.name: one for one in failing()}
    shown = await record.documents(views["mood_trend"])
    assert len(shown) == len(moods) - len(
        [one for one in bad if one[0] == mood_trend.projection.name]
    )
    rows = await record.documents(caseload.projection)
    taken = [one.stream_id for one in moods if one.stream_id.int % 7]
    newest = [one.entry_id for row in rows.values() for one in row.recent]
    assert newest == taken[-len(newest) :]
