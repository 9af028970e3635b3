"""An event that does not open is brought back from a backup by the commands of the README."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp
from projections.doctor import Doctor
from projections.faults import ADVICE
from projections.rebuild import rebuild
from tests.conftest import Database, Servers, execute, run
from tests.house.tree import ROOT
from tests.projections.breaking import as_owner, break_body
from tests.projections.conftest import Record, opened_record
from tests.projections.past import PRACTICE
from tests.projections.test_runner import ordinary
from tests.service.readme_shows import blocks

SECTION = "Bringing one event back"
SHELL = [script for kind, script in blocks(SECTION) if kind == "sh"]
SETTING, NAMING, TAKING, PUTTING, LOOKING, CLEARING, BRINGING_KEY = SHELL
DUMP = "pg_dump --format=custom --file=cairn.dump"
# Runs blocks of the README after the block that says whose the servers are.
Run = Callable[..., str]


@pytest.fixture
async def record(database: Database):
    async with opened_record(database.runtime) as made:
        await made.keep(ordinary().kept)
        await made.projector().catch_up(PRACTICE)
        yield made


@pytest.fixture
def brings(servers: Servers, database: Database, tmp_path: Path) -> Iterator[Run]:
    """Runs blocks of the README in a folder like that of `cairn up`, on this test's database."""
    (tmp_path / "var").symlink_to(servers.postgres.folder)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")

    def brings(*scripts: str, position: int = 1) -> str:
        assert SETTING.endswith("export PGDATABASE=cairn\n")
        assert NAMING.startswith("PRACTICE=")
        named = f"PRACTICE={PRACTICE} POSITION={position}\n"
        script = "".join([SETTING, f"PGDATABASE={database.name}\n", named, *scripts])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    yield brings
    run(lambda: execute(servers.urls.admin, "DROP DATABASE IF EXISTS cairn_backup"))


async def kinds(record: Record) -> set[str]:
    """What doctor finds, without any key that this process remembers."""
    record.keyring._cached.clear()
    return {one.kind for one in (await Doctor(record.pool, record.keyring).look()).findings}


async def is_closed(database: Database) -> bool:
    """Whether the log takes no change, not even the superuser's."""
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE event_log SET body = body")
    except asyncpg.InsufficientPrivilegeError:
        return True
    else:
        return False
    finally:
        await connection.close()


async def closed_again(database: Database) -> None:
    """As the log was before the tests' own helpers opened it."""
    connection = await asyncpg.connect(database.admin)
    await connection.execute("ALTER TABLE event_log ENABLE ALWAYS TRIGGER event_log_is_append_only")
    await connection.close()


@pytest.mark.parametrize("taken", [True, False], ids=["taken by the views", "set aside"])
@pytest.mark.parametrize("position", [1, 6])
async def test_as_the_readme_says(record, database, brings, position, taken):
    brings(DUMP)
    await break_body(database, position)
    await closed_again(database)
    if not taken:
        await rebuild(record.pool, record.keyring, None, lambda *_: None)
    assert await kinds(record) & {"event_unreadable", "event_set_aside"}
    said = brings(TAKING, PUTTING, position=position)
    assert "COPY 1\n" in said
    assert "UPDATE 1\n" in said
    assert await is_closed(database)
    assert LOOKING == "cairn doctor --retry\n"
    await CatchUp(record.pool, record.keyring, PROJECTIONS).try_all_again(every=True)
    assert await kinds(record) == set()
    brings(CLEARING)


async def test_a_backup_without_the_event_changes_nothing(record, database, brings):
    brings(DUMP)
    said = brings(TAKING, PUTTING, position=4_000)
    assert "COPY 0\n" in said
    assert "UPDATE 0\n" in said
    assert await is_closed(database)
    brings(CLEARING)


async def test_after_an_error_the_log_is_as_closed_as_before(record, database, brings):
    # Refused by the table itself, while its trigger is off: a row without a body.
    again = r"sed -i 's/\t\\\\x[0-9a-f]*\t/\t\\N\t/' event.copy" + "\n"
    said = brings(DUMP + "\n", TAKING, again, f"(\n{PUTTING}) || echo refused\n", position=3)
    assert "ALTER TABLE" in said
    assert said.endswith("refused\n")
    assert await is_closed(database)
    assert await kinds(record) == set()


async def test_a_key_as_the_readme_says(record, database, brings):
    brings(DUMP)
    await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", PRACTICE)
    assert await kinds(record) == {"event_unreadable"}
    brings(BRINGING_KEY, CLEARING)
    assert await kinds(record) == set()


@pytest.mark.parametrize("advice", ["body", "event_unreadable", "no_key"])
def test_doctor_names_the_section(advice):
    assert f'README, "{SECTION}"' in ADVICE[advice]
