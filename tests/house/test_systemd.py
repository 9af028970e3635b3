"""The units of docs/systemd are understood by systemd, and give a process what it needs alone."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.cli import COMMANDS
from service.settings import MAY_LIE_IN_A_FILE, SETTINGS
from tests.house.tree import ROOT

UNITS = ROOT / "docs" / "systemd"
PROGRAM = "/opt/cairn/bin/cairn"
SERVICES = {"migrate": "migrate", "api": "serve", "projector": "project", "worker": "work"}


class Unit(dict[str, list[str]]):
    """The options of a unit's section [Service], each with all its values."""

    def __init__(self, name: str) -> None:
        super().__init__()
        for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
            option, given, value = line.partition("=")
            if given and not line.startswith("#"):
                self.setdefault(option, []).append(value)

    def environment(self) -> dict[str, str]:
        return dict(one.split("=", 1) for one in self.get("Environment", []))

    def credentials(self) -> set[str]:
        return {one.partition(":")[0] for one in self.get("LoadCredential", [])}


def unit(name: str) -> Unit:
    return Unit(f"cairn-{name}.service")


COMMON = "cairn-.service.d/common.conf"


def test_run_the_commands_that_there_are():
    assert {path.name for path in UNITS.glob("*.service")} == {
        f"cairn-{one}.service" for one in SERVICES
    }
    for name, command in SERVICES.items():
        assert command in COMMANDS
        assert unit(name)["ExecStart"] == [f"{PROGRAM} {command}"]


def test_set_only_what_the_settings_know():
    known = {*SETTINGS, *(f"{name}_FILE" for name in MAY_LIE_IN_A_FILE)}
    for one in (*map(unit, SERVICES), Unit(COMMON)):
        assert set(one.environment()) <= known


def test_read_each_secret_as_a_credential():
    for name in SERVICES:
        environment = unit(name).environment()
        read = {value.removeprefix("%d/") for value in environment.values() if "%d/" in value}
        assert read == unit(name).credentials()
        plain = {setting for setting, value in environment.items() if "%d/" not in value}
        assert plain <= {"CAIRN_METRICS"}


def test_tell_the_metrics_of_each_process_at_a_port_of_its_own():
    told = {name: unit(name).environment().get("CAIRN_METRICS") for name in SERVICES}
    assert told == {
        "migrate": None, "api": None, "projector": "127.0.0.1:9464", "worker": "127.0.0.1:9465",
    }  # fmt: skip
    for name in ("api", "projector", "worker"):
        assert "scrape.key" in unit(name).credentials()
    page = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    assert "port 9464 to the projector and 9465 to the worker" in " ".join(page.split())


def test_give_the_owner_s_login_to_the_migration_alone():
    holders = {name for name in SERVICES if "owner.url" in unit(name).credentials()}
    assert holders == {"migrate"}
    assert unit("migrate").credentials() == {"owner.url"}


def test_bring_every_process_back_however_often_it_fails():
    assert Unit(COMMON)["Restart"] == ["on-failure"]
    assert Unit(COMMON)["StartLimitIntervalSec"] == ["0"]


class TestThePageAboutThem:
    """docs/installing.md, which says how they are installed."""

    PAGE = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")

    def test_makes_every_secret_that_they_read(self):
        read = {
            one.partition(":")[2]
            for name in SERVICES
            for one in unit(name).get("LoadCredential", [])
        }
        written = set(re.findall(r"> (/etc/cairn/\S+)", self.PAGE))
        assert read == written

    def test_installs_the_program_and_the_account_that_they_name(self):
        assert f"UV_PROJECT_ENVIRONMENT={Path(PROGRAM).parents[1]} " in self.PAGE
        assert Unit(COMMON)["EnvironmentFile"] == ["-/etc/cairn/environment"]
        assert "/etc/cairn/environment" in self.PAGE
        assert re.search(
            rf"^useradd --system .* {Unit(COMMON)['User'][0]}$", self.PAGE, re.MULTILINE
        )

    def test_names_the_units_that_there_are(self):
        named = set(re.findall(r"`(cairn-\w+)`", self.PAGE))
        assert named == {f"cairn-{name}" for name in SERVICES}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they are installed, with a program that there is."""
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    for path in folder.glob("*.service"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
    return folder


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    files = [*folder.glob("*.service"), folder / "cairn.target"]
    return subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
class TestSystemd:
    def test_understands_every_line(self, installed):
        told = verify(installed)
        assert (told.returncode, told.stderr) == (0, "")

    def test_reads_what_all_units_have_in_common(self, installed):
        with (installed / COMMON).open("a", encoding="utf-8") as file:
            file.write("Granite=yes\n")
        assert "'Granite'" in verify(installed).stderr
