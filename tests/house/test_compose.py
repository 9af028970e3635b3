"""docker-compose.yml names only what exists: settings, commands, secrets, and no password."""

import re
import shutil
import subprocess

import pytest
import yaml

from service.settings import MAY_LIE_IN_A_FILE, SETTINGS
from tests.house.tree import ROOT

OURS = {"migrate", "api", "projector", "worker"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_runs_the_parts_that_there_are(compose):
    assert set(compose["services"]) == OURS | {"postgres", "redis"}
    commands = {name: compose["services"][name]["command"] for name in OURS}
    assert commands == {
        "migrate": ["migrate"],
        "api": ["serve"],
        "projector": ["project"],
        "worker": ["work"],
    }


def test_looks_after_everything_that_keeps_running(compose):
    for name, service in compose["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"][0] == "CMD"


def test_sets_only_what_the_settings_know(compose):
    known = {*SETTINGS, *(f"{name}_FILE" for name in MAY_LIE_IN_A_FILE)}
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known


def test_gives_the_owner_s_login_to_the_migration_alone(compose):
    holders = {name for name in OURS if "owner_url" in compose["services"][name].get("secrets", [])}
    assert holders == {"migrate"}


def test_mounts_every_secret_it_names_and_writes_none_down(compose):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"/run/secrets/(\w+)", text)) <= set(compose["secrets"])
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert {part.partition(":")[0] for part in service["volumes"]} <= set(compose["volumes"])
    assert not re.search(r"://[^/\s]*:[^/\s]+@", text)


def test_makes_the_logins_that_the_embedded_server_makes(compose):
    told = compose["configs"]["logins"]["content"]
    source = (ROOT / "service" / "embedded.py").read_text(encoding="utf-8")
    for role in ("cairn_runtime NOLOGIN", "cairn_owner LOGIN CREATEROLE", "cairn LOGIN NOINHERIT"):
        assert f"CREATE ROLE {role}" in told
        assert f"CREATE ROLE {role}" in source


def test_make_secrets_writes_every_file_once(compose, tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    for one in compose["secrets"].values():
        assert (tmp_path / one["file"]).read_text()
    again = subprocess.run(["make", "secrets"], cwd=tmp_path, check=False, capture_output=True)
    assert again.returncode != 0


def test_is_understood_by_docker():
    asked = shutil.which("docker")
    if (
        asked is None
        or subprocess.run(
            [asked, "compose", "version"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no docker compose here to check it")
    subprocess.run([asked, "compose", "config", "--quiet"], cwd=ROOT, check=True)
