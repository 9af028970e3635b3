"""docker-compose.yml names only what exists: settings, commands, secrets, and no password."""

import re
import shutil
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from service import embedded
from service.installed import redis_program
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


def test_mounts_each_secret_where_it_is_read(compose):
    for service in compose["services"].values():
        told = [*service.get("environment", {}).values(), *service.get("command", [])]
        told += service.get("healthcheck", {}).get("test", [])
        read = set(re.findall(r"/run/secrets/(\w+)", " ".join(map(str, told))))
        assert read <= set(service.get("secrets", []))


def test_gives_redis_a_password_that_no_command_line_shows(compose):
    redis = compose["services"]["redis"]
    assert redis["command"][:2] == ["valkey-server", "/run/secrets/redis_settings"]
    assert "requirepass" not in " ".join(redis["command"])
    assert "VALKEYCLI_AUTH" in redis["healthcheck"]["test"][-1]
    for name in OURS:
        environment = compose["services"][name]["environment"]
        assert environment["REDIS_URL_FILE"] == "/run/secrets/redis_url"
        assert "REDIS_URL" not in environment


def test_runs_the_redis_server_that_cairn_up_starts(compose):
    # What was tried on a developer's machine is what runs here: the same server, the same release.
    image, _, tag = compose["services"]["redis"]["image"].partition(":")
    assert image == "valkey/valkey"
    told = subprocess.run(
        [redis_program(), "--version"], capture_output=True, text=True, check=True
    )
    assert f"v={tag.partition('-')[0]}." in told.stdout


def test_makes_the_logins_that_the_embedded_server_makes(compose):
    told = compose["configs"]["logins"]["content"]
    source = Path(embedded.__file__).read_text(encoding="utf-8")
    for role in ("cairn_runtime NOLOGIN", "cairn_owner LOGIN CREATEROLE", "cairn LOGIN NOINHERIT"):
        assert f"CREATE ROLE {role}" in told
        assert f"CREATE ROLE {role}" in source


def test_make_secrets_writes_every_file_once(compose, tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    files = [tmp_path / one["file"] for one in compose["secrets"].values()]
    assert all(file.read_text() for file in files)
    assert stat.S_IMODE((tmp_path / "var" / "secrets").stat().st_mode) == 0o700
    again = subprocess.run(["make", "secrets"], cwd=tmp_path, check=False, capture_output=True)
    assert again.returncode != 0


def test_make_secrets_writes_the_same_password_for_both_ends(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    written = {file.name: file.read_text() for file in (tmp_path / "var" / "secrets").iterdir()}
    for login in ("cairn", "cairn_owner"):
        assert urlsplit(written[f"{login}.url"]).username == login
        assert urlsplit(written[f"{login}.url"]).password == written[f"{login}.password"]
    assert written["redis.conf"] == f"requirepass {written['redis.password']}\n"
    assert urlsplit(written["redis.url"]).password == written["redis.password"]
    passwords = [text for name, text in written.items() if name.endswith(".password")]
    assert len(set(passwords)) == len(passwords) == 5


def test_make_secrets_adds_what_an_older_release_has_not_written(compose, tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    folder = tmp_path / "var" / "secrets"
    before = {file.name: file.read_text() for file in folder.iterdir()}
    for file in folder.glob("redis.*"):
        file.unlink()
    subprocess.run(["make", "secrets"], cwd=tmp_path, check=True, capture_output=True)
    after = {file.name: file.read_text() for file in folder.iterdir()}
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {
        "redis.conf", "redis.password", "redis.url",
    }  # fmt: skip


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
