"""An upgrade from the release whose run-time role owned the views: the log's owner takes them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from migrations.runner import migrate
from projections.catalogue import VIEW_NAMES
from projections.rebuild import rebuild
from tests.conftest import Database
from tests.older_release import appends_of_an_older_release, files_until
from tests.projections.conftest import Record, opened_record
from tests.projections.past import PRACTICE, Log, day, mood
from tests.projections.test_runner import from_zero, ordinary

BEFORE = 13
OWNERS = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner) AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'views', 'outbox') AND c.relkind IN ('r', 'i')
UNION ALL
SELECT 'schema views', pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'views'
UNION ALL
SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner)
FROM pg_proc p
WHERE p.pronamespace = 'views'::regnamespace
"""


@pytest.fixture(
    params=[
        pytest.param(("owner", "owner"), id="the_owner_migrates"),
        pytest.param(("admin", "admin"), id="a_superuser_migrates"),
        pytest.param(("owner", "admin"), id="a_superuser_migrates_what_the_owner_made"),
    ]
)
async def older(request, empty_database: Database, tmp_path) -> AsyncIterator[tuple[Record, str]]:
    """A record of the release before, projected; and the address of whoever migrates it now."""
    before, now = (getattr(empty_database, name) for name in request.param)
    await migrate(before, folder=files_until(BEFORE, tmp_path))
    async with AsyncExitStack() as opened:
        with appends_of_an_older_release():
            made = await opened.enter_async_context(opened_record(empty_database.runtime))
            await made.keep(ordinary().kept)
        await made.projector().catch_up(PRACTICE)
        # What a rebuild that was interrupted has left.
        await made.pool.execute("CREATE TABLE views.caseload_beside (LIKE views.caseload)")
        yield made, now


async def test_leaves_the_run_time_role_the_rows_and_not_the_tables(older):
    record, owner_url = older
    before = await record.everything()
    assert await migrate(owner_url) >= 1
    await record.projector().catch_up(PRACTICE)  # A later migration makes goals anew.
    assert await record.everything() == before
    owners = await record.pool.fetch(OWNERS)
    log_owner = {row["owner"] for row in owners if row["name"] == "public.event_log"}
    assert {row["owner"] for row in owners} == log_owner
    assert log_owner <= {"cairn_owner", "postgres"}
    assert [
        row["name"] for row in owners if "beside" in row["name"] and "(" not in row["name"]
    ] == []
    for dangerous in ("DROP TABLE views.caseload", "TRUNCATE views.caseload"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await record.pool.execute(dangerous)


async def test_goes_on_recording_projecting_and_building_anew(older):
    record, owner_url = older
    await migrate(owner_url)
    await record.keep(Log().add(mood(900, 3, day(2)), mood(901, 4, day(3))).kept)
    await record.projector().catch_up(PRACTICE)
    live = await record.everything()
    assert live == await from_zero(record)
    for view in (None, *VIEW_NAMES):
        await rebuild(record.pool, record.keyring, view, lambda _done, _of: None)
    assert await record.everything() == live
    # What the rebuilds have made belongs to the owner of the log, too.
    assert len({row["owner"] for row in await record.pool.fetch(OWNERS)}) == 1
