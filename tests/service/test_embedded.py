"""The embedded servers keep what they were given, whatever was killed, and leave nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from service import embedded, installed
from service.embedded import EmbeddedPostgres, EmbeddedRedis
from service.installed import ServerUnavailable, anyone_may_enter, short_folder
from service.processes import command_line, wait_until
from tests.conftest import give_files, new_folder

ROOT = Path(__file__).parents[2]
# Starts both, adds a row and a key, and is killed: nobody stops anything.
DIES = """
import asyncio, os, signal, sys
from pathlib import Path
import asyncpg, redis
from service.embedded import EmbeddedPostgres, EmbeddedRedis
async def main():
    folder, orphaned = Path(sys.argv[1]), signal.Signals(int(sys.argv[2]))
    urls = await EmbeddedPostgres(folder, orphaned=orphaned).start()
    connection = await asyncpg.connect(urls.owner)
    await connection.execute("CREATE TABLE IF NOT EXISTS stone (name text)")
    await connection.execute("INSERT INTO stone VALUES ('granite')")
    redis.Redis.from_url(EmbeddedRedis(folder, orphaned=orphaned).start()).incr("stones")
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = new_folder()
    yield made
    elsewhere = (made / "postgres").resolve()
    if elsewhere.is_relative_to("/var/lib"):
        shutil.rmtree(elsewhere.parent)
    shutil.rmtree(made)


@pytest.fixture
def made(folder: Path, files_of_initdb: Path) -> Path:
    """The same, where initdb has made the files of the server, which never ran."""
    give_files(files_of_initdb, folder)
    return folder


async def stones(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT count(*) FROM stone")  # type: ignore[no-any-return]
    finally:
        await connection.close()


class TestBoth:
    @pytest.mark.parametrize(
        "orphaned",
        [
            pytest.param(signal.SIGKILL, id="die_with_their_owner"),
            # Ignored by both: the servers outlive their owner, as where no kernel tells them.
            pytest.param(signal.SIGCONT, id="outlive_their_owner"),
        ],
    )
    async def test_keep_what_they_have_when_everything_is_killed(self, made, orphaned):
        for _ in range(2):
            died = subprocess.run(
                [sys.executable, "-c", DIES, made, str(int(orphaned))], cwd=ROOT, check=False
            )
            assert died.returncode == -signal.SIGKILL
        postgres, memory = EmbeddedPostgres(made), EmbeddedRedis(made)
        try:
            urls = await postgres.start()
            assert await stones(urls.owner) == 2
            with redis.Redis.from_url(memory.start()) as client:
                assert client.get("stones") == b"2"
        finally:
            memory.stop()
            postgres.stop()
        assert wait_until(lambda: not running(made), limit_seconds=10)


class TestEmbeddedPostgres:
    async def test_gives_the_product_a_login_that_owns_nothing(self, folder):
        postgres = EmbeddedPostgres(folder)
        try:
            urls = await postgres.start()
            connection = await asyncpg.connect(
                urls.runtime, server_settings={"role": "cairn_runtime"}
            )
            try:
                assert await connection.fetchval("SELECT current_user") == "cairn_runtime"
                for durable in ("fsync", "synchronous_commit", "full_page_writes"):
                    assert await connection.fetchval(f"SHOW {durable}") == "on"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute("CREATE TABLE stone ()")
            finally:
                await connection.close()
        finally:
            postgres.stop()

    async def test_runs_in_a_folder_whose_name_is_too_long_for_a_socket(
        self, folder, files_of_initdb
    ):
        deep = folder / ("stone-upon-stone-" * 8)
        deep.mkdir()
        give_files(files_of_initdb, deep)
        postgres, memory = EmbeddedPostgres(deep), EmbeddedRedis(deep)
        try:
            first = await postgres.start()
            again = await restarted(postgres)
            assert first == again
            with redis.Redis.from_url(memory.start()) as client:
                assert client.ping()
        finally:
            memory.stop()
            postgres.stop()
        assert not postgres.sockets.exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
    async def test_runs_for_root_where_nobody_may_enter(self, folder, monkeypatch):
        folder.chmod(0o700)
        # As if the environment, too, lay under root's home.
        monkeypatch.setattr(installed, "anyone_may_enter", lambda _folder: False)
        postgres = EmbeddedPostgres(folder)
        try:
            await postgres.start()
            await restarted(postgres)
        finally:
            postgres.stop()
        assert (folder / "postgres").is_symlink()
        assert (folder / "postgres" / "PG_VERSION").exists()

    async def test_says_why_it_does_not_start(self, made, monkeypatch):
        monkeypatch.setattr(embedded, "START_SECONDS", 1)
        postgres = EmbeddedPostgres(made, settings={"shared_buffers": "a stone"})
        with pytest.raises(ServerUnavailable, match="shared_buffers"):
            await postgres.start()
        assert not postgres.is_alive()

    async def test_is_not_fooled_by_a_number_that_belongs_to_another_process(self, made):
        postgres = EmbeddedPostgres(made)
        await postgres.start()
        lines = (made / "postgres" / "postmaster.pid").read_text().splitlines()
        postgres.stop()
        lines[0] = str(os.getpid())
        (made / "postgres" / "postmaster.pid").write_text("\n".join(lines))
        try:
            await postgres.start()
        finally:
            postgres.stop()


class TestShortFolder:
    def test_is_the_same_one_each_time(self, tmp_path):
        remembered = tmp_path / "sockets"
        first = short_folder(remembered, None)
        assert short_folder(remembered, None) == first
        first.rmdir()

    def test_is_a_new_one_when_others_could_have_taken_its_name(self, tmp_path):
        remembered = tmp_path / "sockets"
        first = short_folder(remembered, None)
        first.chmod(0o777)
        second = short_folder(remembered, None)
        assert second != first
        first.rmdir()
        second.rmdir()


def test_a_private_folder_above_keeps_others_out(folder):
    (folder / "inner").mkdir(mode=0o755)
    assert anyone_may_enter(folder / "inner")
    folder.chmod(0o700)
    assert not anyone_may_enter(folder / "inner")


async def restarted(postgres: EmbeddedPostgres) -> embedded.PostgresUrls:
    """Killed and started again, as the supervisor does it."""
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    return await postgres.start()


def running(folder: Path) -> list[str]:
    """The command lines that name the folder."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [line for pid in pids if (line := command_line(pid)) and str(folder) in line]
