"""/readyz: 503 where this process can not take a write, and nowhere else; quick, whatever hangs."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from events.sql import statement
from service.settings import Settings
from tests.conftest import Database, Servers, copy_database, execute, name_database
from tests.service.conftest import KEY, Asker, House, opened_house
from tests.service.swallowing import swallowing

NOBODY = "00000000-0000-0000-0000-000000000000"
# What took 32 seconds before takes two. A busy machine may take longer, and not so long.
SOON_SECONDS = 8.0
AT_ONCE = timedelta(seconds=0.2)


async def readiness(house: House) -> tuple[int, dict[str, Any]]:
    answer = await house.http.get("/readyz")
    return answer.status_code, answer.json()


async def until(house: House, status: int, **told: Any) -> dict[str, Any]:
    """Wait until /readyz says so."""
    async with asyncio.timeout(30):
        while True:
            found, answer = await readiness(house)
            answer["is_well"] = not answer["degraded"]
            if found == status and told.items() <= answer.items():
                return answer
            await asyncio.sleep(0.05)


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody's transaction, open during the block."""
    connection = await asyncpg.connect(url, server_settings={"role": "cairn_runtime"})
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()


class TestADatabaseThatDoesNotAnswer:
    async def test_is_away_at_once_and_comes_back_by_itself(self, settings: Settings):
        async with (
            swallowing(settings) as (by_way_of, proxy),
            opened_house(by_way_of) as house,
        ):
            assert (await readiness(house))[0] == 200
            proxy.swallow()
            try:
                # The first by a connection that led somewhere, the second by a new one, while
                # somebody waits for all that the pool has.
                waiting = [
                    asyncio.create_task(house.cairn.pool.fetchval("SELECT 1")) for _ in range(8)
                ]
                for _ in range(2):
                    began = time.monotonic()
                    status, told = await readiness(house)
                    assert time.monotonic() - began < SOON_SECONDS
                    assert (status, told["ready"], told["database"]) == (503, False, "away")
                began = time.monotonic()
                numbers = await house.asker("operator").ask("GET", "/metrics")
                assert time.monotonic() - began < SOON_SECONDS
                assert "cairn_ready 0.0" in numbers.text
                assert 'cairn_numbers_missing{part="flags"} 1.0' in numbers.text
            finally:
                proxy.pass_on()
            assert await asyncio.gather(*waiting) == [1] * 8
            await until(house, 200, database="reached")


class TestThisProcess:
    async def test_is_not_ready_with_a_writer_that_has_ended(self, house: House):
        await house.cairn.store.stop()
        status, told = await readiness(house)
        assert (status, told["writer"], told["database"]) == (503, "ended", "reached")

    async def test_is_not_ready_while_its_writer_waits_for_ever(
        self, house: House, clinician: Asker, database: Database, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("service.health.WRITER_SECONDS", 0.3)
        client_id = await clinician.enrol()
        # Nobody but the writer has appended yet. Its backend hangs.
        admin = await asyncpg.connect(database.admin)
        pids = await admin.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE '%append_event%'"
        )
        await admin.close()
        for row in pids:
            os.kill(row["pid"], signal.SIGSTOP)
        try:
            mood = asyncio.create_task(
                clinician.ask("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
            )
            told = await until(house, 503, writer="busy")
            assert (told["ready"], told["database"]) == (False, "reached")
        finally:
            for row in pids:
                os.kill(row["pid"], signal.SIGCONT)
        assert (await mood).status_code == 201
        await until(house, 200, writer="running")

    async def test_is_not_ready_with_a_key_that_does_not_open_the_record(
        self, house: House, clinician: Asker, database: Database
    ):
        broken = await clinician.enrol()
        damage = "UPDATE data_key SET wrapped = wrapped || 'x'"
        await execute(database.admin, f"{damage} WHERE subject_id = '{broken}'")
        assert (await readiness(house))[0] == 200  # One key that is damaged is no other key.
        await execute(database.admin, damage)
        status, told = await readiness(house)
        assert (status, told["keys"], told["database"]) == (503, "unreadable", "reached")

    async def test_is_not_ready_where_it_may_not_append(self, house: House, database: Database):
        revoke = "REVOKE EXECUTE ON FUNCTION append_event FROM cairn_runtime"
        await execute(database.owner, revoke)
        assert (await until(house, 503))["database"] == "refuses"


class TestTheLog:
    @pytest.mark.parametrize(
        ("table", "mode"), [("event_log", "SHARE"), ("practice_log", "ACCESS EXCLUSIVE")]
    )
    async def test_that_is_locked_whole_takes_no_write(
        self,
        house: House,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
        table: str,
        mode: str,
    ):
        monkeypatch.setattr("projections.degraded.HELD", AT_ONCE)
        admin = await asyncpg.connect(database.admin)
        async with admin.transaction():
            await admin.execute(f"LOCK TABLE {table} IN {mode} MODE")
            told = await until(house, 503, database="locked")
            assert told["ready"] is False
        await admin.close()
        await until(house, 200, database="reached")

    async def test_that_is_vacuumed_takes_writes(
        self, house: House, database: Database, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("projections.degraded.HELD", timedelta(0))
        admin = await asyncpg.connect(database.admin)
        async with admin.transaction():
            # As vacuum holds it, also while it gives back pages at the end.
            for mode in ("SHARE UPDATE EXCLUSIVE", "ROW EXCLUSIVE"):
                await admin.execute(f"LOCK TABLE practice_log IN {mode} MODE")
            for _ in range(3):
                status, told = await readiness(house)
                assert (status, told["degraded"]) == (200, [])
        await admin.close()

    async def test_of_one_practice_that_is_stuck_is_told_and_others_are_served(
        self, house: House, clinician: Asker, database: Database, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("projections.degraded.HELD", AT_ONCE)
        with capture_logs() as lines:
            async with transaction(database.runtime) as connection:
                now = await connection.fetchval("SELECT now()")
                # As an append whose process was stopped in the middle of its transaction.
                await connection.fetchrow(
                    statement("append_event"), house.practice_id, now, NOBODY, "mood", 0, None,
                    "mood.logged.v1", b"", "tester", NOBODY, NOBODY, now,
                )  # fmt: skip
                told = await until(house, 200, ready=True, database="reached", is_well=False)
                (degraded,) = told["degraded"]
                assert (degraded["what"], degraded["practices"]) == ("practice_stuck", 1)
                assert (await readiness(house))[0] == 200
            await until(house, 200, is_well=True)
        said = [(one["event"], one["what"]) for one in lines if "degraded" in one["event"]]
        assert said == [("degraded", "practice_stuck"), ("degraded_no_more", "practice_stuck")]

    async def test_that_takes_no_write_is_told_once_in_the_log(
        self, house: House, database: Database, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("projections.degraded.HELD", AT_ONCE)
        admin = await asyncpg.connect(database.admin)
        with capture_logs() as lines:
            async with admin.transaction():
                await admin.execute("LOCK TABLE practice_log IN EXCLUSIVE MODE")
                await until(house, 503)
                await readiness(house)
            await admin.close()
            await until(house, 200)
        said = [one for one in lines if one["event"] in {"not_ready", "ready_again"}]
        assert [(one["event"], one.get("why")) for one in said] == [
            ("not_ready", "database_locked"), ("ready_again", None),
        ]  # fmt: skip


@pytest.fixture
def small_disk(servers: Servers) -> Iterator[Path]:
    """A disk of 64 MB with a place for a database on it."""
    folder = Path(tempfile.mkdtemp(prefix=f"cairn-tests-{os.getpid()}-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m,mode=0755", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("no disk can be mounted here")
    place = folder / "space"
    place.mkdir()
    owner = (servers.postgres.data / "PG_VERSION").stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    place.chmod(0o700)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def database_on_it(servers: Servers, template: str, small_disk: Path) -> Iterator[Database]:
    made = name_database(servers)
    space = f"space_{made.name}"
    say = servers.administrator.execute
    say(f"CREATE TABLESPACE {space} LOCATION '{small_disk / 'space'}'")
    copy_database(servers, made.name, template)
    say(f"ALTER DATABASE {made.name} SET TABLESPACE {space}")
    yield made
    say(f"DROP DATABASE {made.name} WITH (FORCE)")
    say(f"DROP TABLESPACE {space}")


async def test_a_full_disk_takes_no_write_and_one_with_room_again_does(
    database_on_it: Database, small_disk: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("service.health.DISK_EVERY_SECONDS", 0.1)
    settings = Settings(database_url=database_on_it.runtime, key=KEY)
    async with opened_house(settings) as house:
        await until(house, 200)
        rest = small_disk / "rest"
        with suppress(OSError), rest.open("wb", buffering=0) as file:
            while room := shutil.disk_usage(small_disk).free:
                file.write(b"0" * room)
        told = await until(house, 503, database="full")
        assert (told["ready"], told["migrations"]) == (False, "applied")
        rest.unlink()
        await until(house, 200, database="reached")
