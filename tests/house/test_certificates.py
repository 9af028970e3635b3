"""uv trusts the certificates of the system: a proxy that reads TLS is known to the system alone."""

import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import trustme

from tests.house.tree import ROOT

UV = Path(sys.executable).with_name("uv")
NO_UV = "the environment was made without uv"
# Where Linux keeps the certificates that it trusts, and as which file.
STORE = Path("/etc/ssl/certs")
BUNDLE = "ca-certificates.crt"


class NothingHere(BaseHTTPRequestHandler):
    """An index of packages, as a proxy shows it, that has no package."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *told: object) -> None:
        """To nobody."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def index(authority: trustme.CA) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), NothingHere)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://localhost:{server.server_port}/simple/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(authority: trustme.CA, tmp_path: Path) -> Path:
    """A system's store of certificates that holds the proxy's alone."""
    authority.cert_pem.write_to_path(str(tmp_path / BUNDLE))
    return tmp_path


def ask(index: str, store: Path, *options: str) -> str:
    """What uv says of a package that no index has, where this store is the system's."""
    # In a mount namespace of its own: nobody else sees another store than before.
    shell = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    uv = [str(UV), "pip", "install", "--dry-run", "--no-cache", "--default-index", index, "x"]
    asked = subprocess.run(
        ["unshare", "--mount", "sh", "-c", shell, "sh", str(store), str(STORE), *uv, *options],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "UV_HTTP_RETRIES": "0",
             "VIRTUAL_ENV": sys.prefix},
    )  # fmt: skip
    if asked.stderr.startswith(("unshare:", "mount:")):
        pytest.skip("only root may give a process another store of certificates")
    return asked.stderr


@pytest.mark.skipif(not UV.exists(), reason=NO_UV)
@pytest.mark.skipif(not (STORE / BUNDLE).exists(), reason="the store of this system is elsewhere")
class TestUv:
    def test_trusts_the_system_as_pyproject_toml_says(self, index, store):
        assert "not found in the package registry" in ask(index, store)

    def test_would_trust_its_own_list_else(self, index, store):
        assert "UnknownIssuer" in ask(index, store, "--no-config")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `make setup` does in a folder without an environment."""
    folder = tmp_path_factory.mktemp("new")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "uv.lock").touch()
    (folder / "pyproject.toml").touch()
    told = subprocess.run(
        ["make", "--dry-run", "setup"],
        cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stderr == ""  # Nothing is said of an environment that is still to be made.
    return told.stdout


class TestPip:
    """The pip of a new environment, which brings uv: `make setup` tells it what to trust."""

    @pytest.mark.parametrize(
        ("pip", "is_told"), [("23.2.1", True), ("24.1", True), ("24.2", False)]
    )
    def test_is_told_where_the_store_is_as_long_as_it_does_not_look(self, recipe, pip, is_told):
        (program,) = re.findall(r"-c '(import pip, ssl;.*?)'", recipe)
        as_if = f"import sys; sys.modules['pip'] = type('pip', (), {{'__version__': '{pip}'}})\n"
        told = subprocess.run(
            [sys.executable, "-c", as_if + program], capture_output=True, text=True, check=True
        ).stdout.strip()
        paths = ssl.get_default_verify_paths()
        assert told == ((paths.cafile or paths.capath or "") if is_told else "")
        assert "pip config get global.cert" in recipe
