"""The README's first five minutes, done by a shell as a new user would do them."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hours import HANDED_ON
from tests.house.test_readme import section
from tests.house.tree import ROOT
from tests.running import Running, running_cairn
from tests.service.readme_shows import not_printed, scripts_with_answers

BLOCK = re.compile(r"```sh\n(.*?)```", flags=re.DOTALL)
BEFORE = 'export PATH="$PWD/.venv/bin:$PATH"\n'
PART = "--- the next block"
LAST_WORDS = "Ctrl-C stops everything."


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_cairn(tmp_path_factory.mktemp("var")) as running:
        yield running


def shell(running: Running, script: str) -> str:
    """What a script prints that ends at its first mistake; it must make none."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={**running.environment, "COLUMNS": "100"}, cwd=ROOT, capture_output=True, text=True,
        timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README speaks HTTP with curl")
def test_the_first_five_minutes_work_as_written(running: Running) -> None:
    blocks = BLOCK.findall(section("The first five minutes"))
    said = shell(running, "".join(f"{block}echo {PART}\n" for block in blocks))
    printed = dict(zip(blocks, said.split(f"{PART}\n"), strict=False))
    shown = scripts_with_answers("The first five minutes")
    assert len(shown) == 7
    assert [not_printed(answer, printed[script]) for script, answer in shown] == [None] * 7
    assert '"stage":"active"' in said
    assert '"acknowledged_by":"clinician:anna"' in said
    assert '"complete":true,"total":14.0' in said
    assert '"code":"target_within_error"' in said
    assert "A fortnight of flu" in said
    assert '"status":"offered"' in said


def test_somebody_is_told_as_written(running: Running) -> None:
    blocks = [BEFORE, *BLOCK.findall(section("Command line"))]
    said = shell(running, "".join(blocks))
    assert "The diary app" in said
    assert "app diary" in said


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README speaks HTTP with curl")
def test_the_feed_is_followed_as_written(running: Running) -> None:
    ((script, shown),) = scripts_with_answers("Following along")
    assert not_printed(shown, shell(running, script)) is None


def test_what_is_printed_at_the_start_works_as_printed(running: Running) -> None:
    log = Path(running.environment["CAIRN_VAR"], "up.log")
    give_up_at = time.monotonic() + 30
    while LAST_WORDS not in (printed := log.read_text()):  # Ready a moment before that is said.
        assert time.monotonic() < give_up_at, printed
        time.sleep(0.1)
    commands = re.findall(r"^  (.+)$", printed.split("To try first")[1], re.MULTILINE)
    if shutil.which("curl") is None:
        commands = [one for one in commands if not one.startswith("curl")]
    # Another terminal: another folder, and none of the settings with which `cairn up` was started.
    # The clock is this one's, though: the service would not take a token from another time.
    names = ("PATH", "HOME", "LANG", "PYTHONPATH", *HANDED_ON)
    kept = {name: running.environment[name] for name in names if name in running.environment}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
        env=kept, cwd="/", capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one for one in commands if "CAIRN_VAR" in one]
    for shown in ("Carla M.", "deadline revised", "open goals", '"items"', '"position"'):
        assert shown in done.stdout, shown


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README speaks HTTP with curl")
def test_what_is_said_twice_is_recorded_once(running: Running) -> None:
    blocks = BLOCK.findall(section("The first five minutes"))
    last = next(nth for nth, block in enumerate(blocks) if "/agree" in block)
    lines = "\n".join(blocks[: last + 1]).splitlines(keepends=True)
    enrolling = "".join(one for one in lines if not one.startswith("cairn "))
    first, again = shell(running, enrolling), shell(running, enrolling)
    # A repeat says no more what is asked about the goal: that may have changed.
    assert first.replace(',"review":[]', "").splitlines()[-3:] == again.splitlines()[-3:]
