"""Public generators make a client of the API's document; it compiles, and an app works with it."""

import base64
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from tests.conftest import Database
from tests.days import day
from tests.house.tree import ROOT
from tests.service.conftest import KEY

HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "apps.md").read_text(encoding="utf-8")
NPM = shutil.which("npm")


class Serving(msgspec.Struct, frozen=True):
    """The API in a process of its own: its address, and a token for each role."""

    url: str
    tokens: dict[str, str]


@pytest.fixture
def serving(database: Database) -> Iterator[Serving]:
    environment = {
        **os.environ,
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(KEY).decode(),
        "CAIRN_LOG": "error,json",
    }
    command = [sys.executable, "-m", "tests.service.serving"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield msgspec.json.decode(process.stdout.readline(), type=Serving)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def generating(program: str, serving: Serving) -> list[str]:
    """The arguments of a generator, as docs/apps.md has its command."""
    lines = [line for line in PAGE.splitlines() if line.startswith(f"{program} ")]
    assert len(lines) == 1, lines
    return shlex.split(lines[0].replace("http://127.0.0.1:8000", serving.url))[1:]


def done(*command: str | Path, within: Path) -> str:
    """What a command prints that is to succeed."""
    ran = subprocess.run(
        command, cwd=within, capture_output=True, text=True, timeout=150, check=False
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-4000:]}\n{ran.stderr[-4000:]}"
    return ran.stdout


def arguments(serving: Serving) -> tuple[str, str, str]:
    return serving.url, serving.tokens["clinician"], str(date.fromisoformat(day(56)))


def test_an_app_in_python_works_with_its_client(serving: Serving, tmp_path: Path) -> None:
    within = tmp_path
    settings = within / "generator.json"
    settings.write_text('{"post_hooks": []}')
    command = [*generating("openapi-python-client", serving), "--config", str(settings)]
    made = done(sys.executable, "-m", "openapi_python_client", *command, within=within)
    assert "Warning" not in made, made
    shutil.copy(HERE / "flow.py", within)
    done(
        *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
        *("--cache-dir", within / "cache", "flow.py"),
        within=within,
    )
    told = done(sys.executable, "flow.py", *arguments(serving), within=within)
    assert told == "The flow is complete.\n"


@pytest.mark.skipif(NPM is None, reason="TypeScript needs node and npm: neither is installed here")
def test_an_app_in_typescript_works_with_its_client(serving: Serving, tmp_path: Path) -> None:
    within = tmp_path
    for name in ("package.json", "package-lock.json", "tsconfig.json", "flow.ts"):
        shutil.copy(HERE / name, within)
    npm = str(NPM)
    done(
        npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", within=within
    )
    programs = within / "node_modules" / ".bin"
    command = generating("openapi-typescript", serving)
    done(programs / "openapi-typescript", *command, within=within)
    done(programs / "tsc", "--project", "tsconfig.json", within=within)
    told = done("node", "made/flow.js", *arguments(serving), within=within)
    assert told == "The flow is complete.\n"
