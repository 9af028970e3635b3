"""docs/backup.md as written: `cairn backup` and `cairn restore` on the servers of `cairn up`."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from migrations.runner import migrate
from projections.faults import Kind
from service.backing_up import database_of
from service.backup_files import manifest_in
from service.embedded import EmbeddedPostgres
from service.running import NothingRuns, running_postgres
from service.settings import Settings
from service.wiring import Cairn
from tests.house.tree import ROOT
from tests.service.conftest import open_practice

PAGE = (ROOT / "docs" / "backup.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
BACKING, RESTORING = BLOCKS
# What the settings of these tests are not to be led by.
SETTINGS = ("DATABASE_URL", "CAIRN_OWNER_DATABASE_URL", "CAIRN_VAR", "CAIRN_KEY", "REDIS_URL")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where `cairn up` was started once. As root its server runs as nobody, who has to get in."""
    folder = tmp_path / "a b"
    folder.mkdir()
    for one in (folder, *folder.parents[:3]):
        one.chmod(0o755)
    return folder


def shell(script: str, folder: Path) -> str:
    """What a script prints, which is said in a folder and makes no mistake."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment |= {"PYTHONPATH": str(ROOT), "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def opened_once(folder: Path) -> None:
    """A record with a practice in it, and all its servers at rest."""
    settings = Settings(var=folder / "var", key_file=folder / "var" / "cairn.key")
    postgres = EmbeddedPostgres(settings.var)
    try:
        urls = await postgres.start()
        await migrate(urls.owner)
        named = Settings(database_url=urls.runtime, var=settings.var, key_file=settings.key_file)
        async with Cairn.open(named, connections=2) as cairn:
            await open_practice(cairn, on_duty=False)
    finally:
        postgres.stop()


async def test_a_record_at_rest_is_backed_up_and_restored_as_written(folder: Path):
    await opened_once(folder)
    told = shell(BACKING, folder)
    assert "events of 1 practice" in told
    manifest = manifest_in(folder / "cairn.backup")
    assert manifest is not None
    # The server was started for the command alone.
    assert running_postgres(folder / "var") is None
    told = " ".join(shell(RESTORING, folder).split())
    assert f"{manifest.events} events of 1 practice" in told
    assert "Every event opens, and the views are what the log says." in told
    assert running_postgres(folder / "other") is None


async def test_nothing_is_backed_up_where_nothing_was_ever_started(folder: Path):
    with pytest.raises(NothingRuns, match="there is none in"):
        async with database_of(Settings(var=folder / "var"), may_make=False):
            pass


def test_the_page_names_every_fault_of_a_lost_end():
    named = {"head_differs", "events_missing", "checkpoint_ahead", "subscription_ahead"}
    assert named <= set(Kind.__args__)  # type: ignore[attr-defined]
    assert [one for one in named if f"`{one}`" not in PAGE] == []


def test_the_readme_leads_to_the_page():
    assert "(docs/backup.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
