"""An upgrade: views that an older Cairn folded are folded anew, and are as a rebuild has them."""

import shutil
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from events.sealing import AS_IS, encrypt
from migrations import runner
from migrations.runner import migrate
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.rebuild import rebuild
from projections.rows import Projection
from tests.conftest import execute
from tests.projections.conftest import Record, opened_record
from tests.projections.past import PRACTICE, Log, agreed, anna_enrolled, day, goal_set, mood, scored
from tests.projections.test_runner import from_zero, ordinary

VIEWS_ANEW = "0010_views_anew.sql"
REOPENED_ANEW = "0016_reopened_goals_anew.sql"
ANEW = {"assessment_trend", "goal_status", "tracking"}
ADDED = {"no_longer_met"}


MIGRATIONS = Path(runner.__file__).parent


def files_without(left_out: str, folder: Path) -> Path:
    """The migrations but for one, numbered without a gap: so the rest of the product runs on it."""
    files = [file for file in sorted(MIGRATIONS.glob("*.sql")) if file.name != left_out]
    for number, file in enumerate(files, start=1):
        shutil.copy(file, folder / f"{number:04}{file.name[4:]}")
    return folder


@pytest.fixture
async def older(empty_database, tmp_path) -> AsyncIterator[Record]:
    """A record in a database whose views no migration has made anew."""
    await migrate(empty_database.owner, folder=files_without(VIEWS_ANEW, tmp_path))
    async with opened_record(empty_database.runtime) as made:
        yield made


def as_folded_before(
    projection: Projection, *, without: AbstractSet[str] = frozenset()
) -> Projection:
    """A view of a release that knew less, and fewer columns: no score was ever recorded to it."""

    def evolve(page: Any, recorded: Any) -> Any:
        known = not recorded.type.startswith("assessment.")
        return projection.evolve(page, recorded) if known else {}

    def clear(row: Any) -> tuple[Any, ...]:
        columns = zip(projection.columns, projection.clear(row), strict=True)
        return tuple(value for column, value in columns if column.name not in without)

    columns = tuple(column for column in projection.columns if column.name not in without)
    return replace(projection, evolve=evolve, columns=columns, clear=clear)


async def test_from_the_release_before_makes_the_changed_views_anew(older, empty_database):
    log = Log().add(anna_enrolled(), goal_set(), *agreed())
    for nth in range(20):
        log.add(mood(nth, 1 + nth % 10, day(nth)), scored(nth, 24 - nth, day(nth)))
    last = await older.keep(log.kept)
    then = [
        as_folded_before(one, without=ADDED) if one.name in ANEW else one for one in PROJECTIONS
    ]
    await older.projector(projections=then).catch_up(PRACTICE)
    wrong = await older.everything(projections=then)
    await execute(empty_database.owner, (MIGRATIONS / VIEWS_ANEW).read_text(encoding="utf-8"))
    for view in VIEW_NAMES:
        assert await older.views.position(PRACTICE, view) == (0 if view in ANEW else last), view
    await older.projector().catch_up(PRACTICE)
    after = await older.everything()
    for view in ANEW:
        assert wrong[view] != after[view], view
    assert after == await rebuilt(older)


async def test_goals_that_were_reopened_are_folded_anew(record, database):
    log = Log().add(anna_enrolled(), goal_set(), *agreed(), scored(1, 20, day(1)))
    last = await record.keep(log.kept)
    then = [as_folded_before(one) if one.name == "goal_status" else one for one in PROJECTIONS]
    await record.projector(projections=then).catch_up(PRACTICE)
    wrong = await record.everything()
    await execute(database.owner, (MIGRATIONS / REOPENED_ANEW).read_text(encoding="utf-8"))
    for view in VIEW_NAMES:
        kept = 0 if view == "goal_status" else last
        assert await record.views.position(PRACTICE, view) == kept, view
    await record.projector().catch_up(PRACTICE)
    after = await record.everything()
    assert wrong["goal_status"] != after["goal_status"]
    assert after == await rebuilt(record)


def seal_as_it_is(key: AESGCM, plain: bytes, *, context: Sequence[bytes]) -> bytes:
    """As the releases before padding sealed."""
    return AS_IS + encrypt(key, plain, place=b"".join(context))


async def test_what_was_sealed_without_padding_is_read_and_a_rebuild_pads_it(record, monkeypatch):
    log = ordinary()
    with monkeypatch.context() as before:
        for module in ("events.postgres", "projections.rows"):
            before.setattr(f"{module}.seal", seal_as_it_is)
        await record.keep(log.kept[:24])
        await record.projector().catch_up(PRACTICE)
    bare = await sealed_lengths(record)
    await record.keep(log.kept[24:])
    await record.projector().catch_up(PRACTICE)
    both = await sealed_lengths(record)
    assert await record.everything() == await from_zero(record)
    # The log is never changed; rows are sealed anew when they change, or are all built again.
    assert not any(padded(bare["event_log"][1:]))  # The practice itself was there already.
    assert both["event_log"][:25] == bare["event_log"]
    assert all(padded(both["event_log"][25:]))
    assert not all(padded(both["mood_trend"]))
    assert await rebuilt(record) == await from_zero(record)
    for view in ("mood_trend", "assessment_trend", "goal_status", "caseload"):
        assert all(padded((await sealed_lengths(record))[view])), view


def padded(lengths: Sequence[int]) -> list[bool]:
    return [length % 256 == 29 for length in lengths]


async def sealed_lengths(record: Record) -> dict[str, list[int]]:
    """How long each body is, in the order of the log."""
    tables = {"event_log": "event_log", **{view: f"views.{view}" for view in VIEW_NAMES}}
    return {
        name: [
            row["length"]
            for row in await record.pool.fetch(
                f"SELECT octet_length(body) AS length FROM {table} ORDER BY position"
            )
        ]
        for name, table in tables.items()
    }


async def rebuilt(record: Record) -> dict[str, dict[Any, Any]]:
    await rebuild(record.pool, record.keyring, None, lambda _done, _of: None)
    return await record.everything()
