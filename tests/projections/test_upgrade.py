"""An upgrade: views that an older Cairn folded are folded anew, and are as a rebuild has them."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrations import runner
from migrations.runner import migrate
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.rebuild import rebuild
from projections.rows import Projection
from tests.projections.conftest import Record, opened_record
from tests.projections.past import PRACTICE, Log, agreed, anna_enrolled, day, goal_set, mood, scored

BEFORE = 12
ANEW = {"goal_status"}


def files_until(last: int, folder: Path) -> Path:
    """The migrations up to a number, as an older release has them."""
    for file in Path(runner.__file__).parent.glob("*.sql"):
        if int(file.name[:4]) <= last:
            shutil.copy(file, folder)
    return folder


@pytest.fixture
async def older(empty_database, tmp_path) -> AsyncIterator[Record]:
    """A record in a database that the release before has made."""
    await migrate(empty_database.owner, folder=files_until(BEFORE, tmp_path))
    async with opened_record(empty_database.runtime) as made:
        yield made


def as_folded_before(projection: Projection) -> Projection:
    """A view of a release that knew less: to it, no score was ever recorded."""

    def evolve(page: Any, recorded: Any) -> Any:
        known = not recorded.type.startswith("assessment.")
        return projection.evolve(page, recorded) if known else {}

    return replace(projection, evolve=evolve)


async def test_from_the_release_before_makes_the_changed_views_anew(older, empty_database):
    log = Log().add(anna_enrolled(), goal_set(), *agreed())
    for nth in range(20):
        log.add(mood(nth, 1 + nth % 10, day(nth)), scored(nth, 24 - nth, day(nth)))
    last = await older.keep(log.kept)
    then = [as_folded_before(one) if one.name in ANEW else one for one in PROJECTIONS]
    await older.projector(projections=then).catch_up(PRACTICE)
    wrong = await older.everything(projections=then)
    assert await migrate(empty_database.owner) >= 1
    for view in VIEW_NAMES:
        assert await older.views.position(PRACTICE, view) == (0 if view in ANEW else last), view
    await older.projector().catch_up(PRACTICE)
    after = await older.everything()
    for view in ANEW:
        assert wrong[view] != after[view], view
    assert after == await rebuilt(older)


async def rebuilt(record: Record) -> dict[str, dict[Any, Any]]:
    await rebuild(record.pool, record.keyring, None, lambda _done, _of: None)
    return await record.everything()
