"""Who gets into the embedded servers: the product by its account, others by a password, or not."""

import asyncio
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from service import postgres_files, processes
from service.embedded import EmbeddedPostgres, PostgresUrls
from service.installed import ServerUnavailable, postgres_programs
from service.passwords import Passwords
from tests.service.test_embedded import folder, made, restarted, stones

__all__ = ["folder", "made"]  # The fixtures.

# As initdb --auth=trust writes it: whoever reaches the socket is whoever they say they are.
TRUST = """
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
local   replication     all                                     trust
"""
SUPERUSERS = ("postgres", "cairn_owner")


@pytest.fixture
def new(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server that has no files yet."""
    server = EmbeddedPostgres(folder)
    yield server
    server.stop()


@pytest.fixture
def postgres(made: Path) -> Iterator[EmbeddedPostgres]:
    """A server of which initdb has made the files: it starts as one does after that."""
    server = EmbeddedPostgres(made)
    yield server
    server.stop()


async def session_user(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT session_user"))
    finally:
        await connection.close()


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def assert_closed(postgres: EmbeddedPostgres, urls: PostgresUrls) -> None:
    """The product comes in by its account, the others by their passwords, and nobody without."""
    assert await session_user(urls.runtime) == "cairn"
    assert await session_user(urls.owner) == "cairn_owner"
    assert await session_user(urls.admin) == "postgres"
    for login in SUPERUSERS:
        for password in (None, "", "stone", "postgres"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await session_user(postgres.url(login, "cairn", password))
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await session_user(postgres.url("cairn_runtime", "cairn"))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestPostgres:
    async def test_lets_in_the_product_by_its_account_and_others_by_a_password(self, new):
        await assert_closed(new, await new.start())
        assert await restarted(new) == new.urls()

    async def test_keeps_passwords_where_nobody_else_may_read_them(self, postgres, folder):
        urls = await postgres.start()
        assert mode(folder / "passwords") == 0o700
        for login in SUPERUSERS:
            kept = folder / "passwords" / login
            assert mode(kept) == 0o600
            assert kept.read_text().strip() in (urls.owner + urls.admin)
            assert kept.read_text().strip() not in repr(urls) + str(postgres) + urls.runtime
        assert "cairn_owner" not in (folder / "postgres.log").read_text()

    async def test_stores_them_as_scram_even_where_its_settings_say_otherwise(self, postgres):
        urls = await postgres.start()
        await execute(urls.admin, "ALTER SYSTEM SET password_encryption = 'md5'")
        await restarted(postgres)
        connection = await asyncpg.connect(urls.admin)
        stored = await connection.fetch("SELECT rolpassword FROM pg_authid WHERE rolcanlogin")
        await connection.close()
        told = [row["rolpassword"] for row in stored if row["rolpassword"] is not None]
        assert len(told) == len(SUPERUSERS)
        assert all(one.startswith("SCRAM-SHA-256$") for one in told)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a program as somebody else")
    async def test_lets_in_no_other_account(self, postgres, folder):
        await postgres.start()
        nobody = pwd.getpwnam("nobody")
        psql = postgres_programs(folder, postgres.account) / "psql"
        for login in ("cairn", *SUPERUSERS):
            # The server runs as nobody, who owns the socket: nobody gets there, and no further.
            asked = subprocess.run(
                [psql, "--no-password", postgres.url(login, "cairn"), "-c", "SELECT 'inside'"],
                user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/",
                env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert asked.returncode != 0
            assert "inside" not in asked.stdout
            refused = "Peer authentication failed" if login == "cairn" else "no password supplied"
            assert refused in asked.stderr

    async def test_names_the_accounts_that_may_run_the_product(self, postgres):
        await postgres.start()
        told = (postgres.data / "pg_ident.conf").read_text().splitlines()
        lines = [line for line in told if line and not line.startswith("#")]
        accounts = {pwd.getpwuid(os.geteuid()).pw_name, pwd.getpwuid(0).pw_name}
        assert set(lines) == {f'cairn "{account}" cairn' for account in accounts}

    def test_says_so_where_our_account_has_no_name(self, new, folder, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
        with pytest.raises(ServerUnavailable, match="number 4000000"):
            new.launch()
        assert not list(folder.glob("postgres/*"))

    async def test_is_closed_at_the_first_start_after_a_release_that_trusted(
        self, postgres, folder
    ):
        await trusting(postgres)
        assert await session_user(postgres.url("postgres", "cairn")) == "postgres"
        postgres.stop()
        urls = await postgres.start()
        await assert_closed(postgres, urls)
        assert await stones(urls.owner) == 1
        assert "trust" not in (postgres.data / "pg_hba.conf").read_text()
        if postgres.account is not None:
            assert (postgres.data / "pg_hba.conf").stat().st_uid == postgres.account[0]
        assert mode(postgres.data / "pg_hba.conf") == 0o600

    async def test_is_closed_after_a_release_that_trusted_and_was_killed(self, postgres):
        await trusting(postgres)
        assert postgres.process is not None
        postgres.process.kill()
        postgres.process.wait()
        urls = await postgres.start()
        await assert_closed(postgres, urls)
        assert await stones(urls.owner) == 1

    async def test_gets_new_passwords_where_old_ones_are_lost_or_open_to_others(
        self, postgres, folder
    ):
        kept = folder / "passwords"
        before = await postgres.start()
        for lose in (
            (kept / "postgres").unlink,
            (kept / "cairn_owner").unlink,
            lambda: (kept / "postgres").chmod(0o640),
            lambda: shutil.rmtree(kept),
        ):
            postgres.stop()
            lose()
            after = await postgres.start()
            assert (after.admin, after.owner) != (before.admin, before.owner)
            await assert_closed(postgres, after)
            before = after

    async def test_sets_the_password_anew_after_a_crash_before_it_was_set(
        self, postgres, folder, monkeypatch
    ):
        await postgres.start()
        postgres.stop()
        (folder / "passwords" / "postgres").unlink()
        with monkeypatch.context() as crash:
            crash.setattr(processes, "run_to_end", _crash)
            with pytest.raises(KeyboardInterrupt):
                await postgres.start()
        assert (folder / "passwords" / "postgres").exists()
        await assert_closed(postgres, await postgres.start())

    async def test_says_what_to_do_where_the_passwords_are_those_of_another(self, postgres, folder):
        await postgres.start()
        postgres.stop()
        (folder / "passwords" / "postgres").write_text("0" * 48)
        with pytest.raises(ServerUnavailable, match="passwords of another server"):
            await postgres.start()
        postgres.stop()
        shutil.rmtree(folder / "passwords")
        await assert_closed(postgres, await postgres.start())

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root writes into another's folder")
    def test_follows_no_link_of_the_server_s_account(self, tmp_path):
        ours = tmp_path / "ours"
        ours.write_text("stone")
        for name in ("pg_hba.conf", "pg_hba.conf.making"):
            (tmp_path / name).symlink_to(ours)
        postgres_files.put(tmp_path / "pg_hba.conf", "rules", (65534, 65534))
        assert ours.read_text() == "stone"
        assert ours.stat().st_uid == 0
        assert (tmp_path / "pg_hba.conf").read_text() == "rules"


def _crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


async def trusting(postgres: EmbeddedPostgres) -> None:
    """Files as a release before passwords has left them, with a stone in them, and running."""
    urls = await postgres.start()
    await execute(
        urls.owner, "CREATE TABLE stone (name text)", "INSERT INTO stone VALUES ('granite')"
    )
    await execute(
        urls.admin, "ALTER ROLE cairn_owner PASSWORD NULL", "ALTER ROLE postgres PASSWORD NULL"
    )
    postgres_files.put(postgres.data / "pg_hba.conf", TRUST, postgres.account)
    postgres_files.put(postgres.data / "pg_ident.conf", "", postgres.account)
    shutil.rmtree(postgres.folder / "passwords")
    assert postgres.process is not None
    postgres.process.send_signal(1)  # SIGHUP: it reads both files.
    for _ in range(100):
        try:
            assert await session_user(postgres.url("postgres", "cairn")) == "postgres"
        except asyncpg.InvalidPasswordError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the server goes on asking for a password")


async def test_the_server_is_told_none_of_our_settings(postgres, monkeypatch):
    monkeypatch.setenv("CAIRN_KEY", "a-master-key")
    monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", "postgresql://owner:hush@db/cairn")
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/hush")
    monkeypatch.setenv("STONE", "granite")
    connection = await asyncpg.connect((await postgres.start()).admin)
    try:
        # What its environment is, a program that it starts can tell.
        await connection.execute("CREATE TEMPORARY TABLE told (line text)")
        await connection.execute("COPY told FROM PROGRAM 'env'")
        told = " ".join(row["line"] for row in await connection.fetch("SELECT line FROM told"))
    finally:
        await connection.close()
    assert "STONE=granite" in told
    assert "a-master-key" not in told
    assert "hush" not in told


class TestPasswords:
    def test_are_drawn_once_and_are_not_alike(self, tmp_path):
        passwords = Passwords(tmp_path)
        drawn = {login: passwords.read_or_draw(login) for login in ("postgres", "redis")}
        assert len(set(drawn.values())) == 2
        assert all(len(one) == 48 for one in drawn.values())
        assert {login: Passwords(tmp_path).require(login) for login in drawn} == drawn
        assert sorted(p.name for p in (tmp_path / "passwords").iterdir()) == [
            ".gitignore", "postgres", "redis",
        ]  # fmt: skip

    def test_are_asked_for_in_vain_where_there_are_none(self, tmp_path):
        assert Passwords(tmp_path).read("postgres") is None
        with pytest.raises(ServerUnavailable, match="cairn up"):
            Passwords(tmp_path).require("postgres")
        assert not (tmp_path / "passwords").exists()
