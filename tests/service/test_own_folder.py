"""The folder of a copy of ours: git takes nothing of it, least of all the master key."""

import shutil
import subprocess
from pathlib import Path

import pytest

from service.own_folder import make_own_folder
from service.settings import Settings
from service.supervisor import alone
from service.wiring import master_key


def taken_by_git(folder: Path) -> list[str]:
    """What `git add .` would take."""
    told = subprocess.run(
        ["git", "add", "--dry-run", "."], cwd=folder, capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here to ask")
def test_keeps_the_key_out_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    made = Settings(var=tmp_path / "made", key_file=tmp_path / "made" / "cairn.key")
    master_key(made, may_make=True)
    with alone(tmp_path / "started"):
        (tmp_path / "started" / "cairn.key").write_bytes(b"thirty-two bytes")
    assert made.key_file.exists()
    assert taken_by_git(tmp_path) == []


def test_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Mine.")
    make_own_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
