"""Backup and restore as the README says: the dump, the key file, and nothing else."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from events.sealing import KeyIsAnother, KeyMissing, load_or_create_master_key
from projections.catalogue import VIEW_NAMES
from service.demonstration.load import load
from service.installed import postgres_programs, unprivileged_account
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def run(programs: Path, program: str, *arguments: str) -> None:
    subprocess.run([programs / program, *arguments], check=True, capture_output=True, timeout=60)


async def test_a_restored_record_is_whole_and_goes_on(
    database: Database, empty_database: Database, tmp_path: Path
) -> None:
    key_file = tmp_path / "cairn.key"
    original = Settings(database_url=database.runtime, var=tmp_path, key_file=key_file)
    async with Cairn.open(original) as cairn:
        await load(cairn, now=NOW, run_id=uuid4(), progress=lambda *_: None)
        (practice_id,) = await cairn.store.practices()
        log = await cairn.store.read_practice(practice_id, limit=100_000)
        clients = await cairn.views.caseload(practice_id, now=NOW)

    programs = postgres_programs(tmp_path, unprivileged_account())
    dump = tmp_path / "cairn.dump"
    run(programs, "pg_dump", "--format=custom", f"--file={dump}", database.admin)
    run(programs, "pg_restore", "--exit-on-error", f"--dbname={empty_database.admin}", str(dump))

    restored = Settings(database_url=empty_database.runtime, var=tmp_path, key_file=key_file)
    async with Cairn.open(restored) as cairn:
        assert await cairn.store.read_practice(practice_id, limit=100_000) == log
        assert await cairn.views.caseload(practice_id, now=NOW) == clients
        assert await cairn.views.wait_for(practice_id, len(log), VIEW_NAMES)
        # Loading it again through the product's own commands finds everything where it was.
        await load(cairn, now=NOW, run_id=uuid4(), progress=lambda *_: None)
        assert await cairn.store.head(practice_id) == len(log)

    another = Settings(
        database_url=empty_database.runtime, var=tmp_path, key_file=tmp_path / "another.key"
    )
    with pytest.raises(KeyMissing):
        async with Cairn.open(another):
            pass
    load_or_create_master_key(another.key_file)
    with pytest.raises(KeyIsAnother):
        async with Cairn.open(another):
            pass
