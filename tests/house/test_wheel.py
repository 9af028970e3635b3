"""What is installed is what was tested: the wheel carries every file, and `cairn` runs from it.

An editable install hides a forgotten package or data file; so the wheel is built, unpacked into an
environment of its own, and run there. The dependencies are borrowed from this environment: nothing
is fetched.
"""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import asyncpg
import pytest

from tests.house.tree import MADE, PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_carries_every_file_of_the_packages(wheel):
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not MADE.intersection(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    assert wanted - carried == set()
    assert {name.partition("/")[0] for name in carried} - {*PACKAGES} == {
        f"{wheel.name.rpartition('-py3')[0]}.dist-info"
    }


def test_runs_where_only_the_wheel_is_installed(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Our dependencies, but not our editable install: a path's own .pth files are not read.
    borrowed = Path(asyncpg.__file__).parents[1]
    (site / "borrowed.pth").write_text(str(borrowed))

    def run(*arguments: str) -> str:
        return subprocess.run(
            [tmp_path / "venv" / "bin" / "python", "-P", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert "Usage:" in run("-m", "service", "--help")
    assert run("-c", "import events; print(events.__file__)").startswith(str(site))
    found = "from importlib.metadata import entry_points as e; print(e(group='console_scripts'))"
    assert "service.cli:main" in run("-c", found)
    assert "0001_" in run("-c", "from migrations.runner import load; print(load()[0].name)")
