"""The runner applies each file once, in order, whole; and refuses a database it did not make."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from migrations.runner import MigrationRefused, load, migrate, pending, status
from tests.conftest import Database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_stones.sql").write_text("CREATE TABLE stone (name text); SELECT 1;")
    (tmp_path / "0002_path.sql").write_text("INSERT INTO stone VALUES ('granite');")
    (tmp_path / "__init__.py").write_text("")
    return tmp_path


async def fetch(database: Database, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.runtime)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def waiting(database: Database, folder: Path) -> list[str]:
    connection = await asyncpg.connect(database.runtime)
    try:
        return await pending(connection, folder=folder)
    finally:
        await connection.close()


class TestMigrate:
    async def test_applies_every_file_once_and_reports_each(self, empty_database, folder):
        reported: list[str] = []
        done = await migrate(
            empty_database.owner, folder=folder, report=lambda name, _: reported.append(name)
        )
        again = await migrate(
            empty_database.owner, folder=folder, report=lambda name, _: reported.append(name)
        )
        assert (done, again) == (2, 0)
        assert reported == ["0001_stones", "0002_path"]

    async def test_applies_only_what_is_new(self, empty_database, folder):
        await migrate(empty_database.owner, folder=folder)
        (folder / "0003_more.sql").write_text("INSERT INTO stone VALUES ('slate');")
        assert await waiting(empty_database, folder) == ["0003_more"]
        assert await migrate(empty_database.owner, folder=folder) == 1
        assert await waiting(empty_database, folder) == []

    async def test_undoes_a_failing_file_whole_and_keeps_the_earlier_ones(
        self, empty_database, folder
    ):
        (folder / "0002_path.sql").write_text("CREATE TABLE half (); SELECT 1 / 0;")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(empty_database.owner, folder=folder)
        assert await waiting(empty_database, folder) == ["0002_path"]
        assert (await fetch(empty_database, "SELECT to_regclass('half') AS it"))[0]["it"] is None

    async def test_runs_at_the_same_time_apply_each_file_once(self, empty_database, folder):
        done = await asyncio.gather(
            *(migrate(empty_database.owner, folder=folder) for _ in range(4))
        )
        assert sum(done) == 2

    async def test_refuses_a_file_that_was_changed(self, empty_database, folder):
        await migrate(empty_database.owner, folder=folder)
        (folder / "0001_stones.sql").write_text("CREATE TABLE stone (name text NOT NULL);")
        with pytest.raises(MigrationRefused, match="0001_stones was changed after it was applied"):
            await migrate(empty_database.owner, folder=folder)

    async def test_refuses_a_database_made_by_a_newer_version(self, empty_database, folder):
        await migrate(empty_database.owner, folder=folder)
        (folder / "0002_path.sql").unlink()
        with pytest.raises(MigrationRefused, match=r"0002_path, which this version .* not know"):
            await migrate(empty_database.owner, folder=folder)

    async def test_refuses_another_file_under_the_same_number(self, empty_database, folder):
        await migrate(empty_database.owner, folder=folder)
        (folder / "0002_path.sql").rename(folder / "0002_road.sql")
        with pytest.raises(MigrationRefused, match=r"applied 0002_path, but the file .* 0002_road"):
            await migrate(empty_database.owner, folder=folder)


class TestStatus:
    async def test_tells_what_was_applied_and_when_to_anyone_who_may_connect(
        self, empty_database, folder
    ):
        await migrate(empty_database.owner, folder=folder)
        (folder / "0003_more.sql").write_text("SELECT 1;")
        connection = await asyncpg.connect(empty_database.runtime)
        try:
            told = await status(connection, folder=folder)
        finally:
            await connection.close()
        assert [(one.name, one.applied_at is not None) for one in told] == [
            ("0001_stones", True),
            ("0002_path", True),
            ("0003_more", False),
        ]

    async def test_of_a_new_database_is_that_everything_is_to_do(self, empty_database, folder):
        assert await waiting(empty_database, folder) == ["0001_stones", "0002_path"]


class TestLoad:
    def test_refuses_a_gap(self, folder):
        (folder / "0004_late.sql").write_text("")
        with pytest.raises(MigrationRefused, match="expected migration 0003, found 0004_late"):
            load(folder)

    def test_refuses_a_number_used_twice(self, folder):
        (folder / "0002_again.sql").write_text("")
        with pytest.raises(MigrationRefused, match="expected migration 0003, found 0002_path"):
            load(folder)

    def test_refuses_another_kind_of_name(self, folder):
        (folder / "3-more.sql").write_text("")
        with pytest.raises(MigrationRefused, match=r"3-more\.sql is not named like"):
            load(folder)

    def test_finds_the_files_of_the_package(self):
        assert load()
