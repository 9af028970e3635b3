"""The embedded Redis is Valkey: it lets in who knows its password, and starts on older files."""

import base64
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service import embedded, installed, processes
from service.embedded import EmbeddedRedis
from service.installed import ServerUnavailable, redis_program
from service.running import running_redis
from tests.service.test_embedded import folder

__all__ = ["folder"]  # The fixture.

# What Redis 6.2, the server of earlier releases, has left in appendonly.aof: 7 stones in the part
# that it rewrote, and 3 pebbles after that part.
OF_REDIS_6_2 = base64.b64decode(
    "UkVESVMwMDA5+glyZWRpcy12ZXIGNi4yLjE0+gpyZWRpcy1iaXRzwED6BWN0aW1lwkSjDWv6CHVzZWQtbWVtwihQDgD6"
    "DGFvZi1wcmVhbWJsZcAB/gD7AQAABnN0b25lc8AH/xxuvE8RQD6nKjINCiQ2DQpTRUxFQ1QNCiQxDQowDQoqMw0KJDMN"
    "CnNldA0KJDcNCnBlYmJsZXMNCiQxDQozDQo="
)


@pytest.fixture
def memory(folder: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(folder)
    yield server
    server.stop()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestAccess:
    def test_refuses_whoever_does_not_know_the_password(self, memory, folder):
        url = memory.start()
        path = str(memory.socket)
        for password in (None, "", "stone"):
            with (
                redis.Redis(unix_socket_path=path, password=password) as client,
                pytest.raises(redis.AuthenticationError),
            ):
                client.ping()
        with redis.Redis.from_url(url) as client:
            assert client.ping()
        assert mode(memory.socket) == 0o700
        assert mode(memory.data) == 0o700

    def test_shows_its_password_to_nobody(self, memory, folder):
        memory.start()
        password = (folder / "passwords" / "redis").read_text().strip()
        assert mode(folder / "passwords" / "redis") == 0o600
        assert mode(memory.data / "redis.conf") == 0o600
        assert memory.process is not None
        proc = Path(f"/proc/{memory.process.pid}")
        assert password.encode() not in (proc / "cmdline").read_bytes()
        assert password not in memory.log.read_text()
        assert password in memory.url()

    def test_takes_over_from_one_of_a_release_without_a_password(self, memory, folder):
        memory.data.mkdir(mode=0o700)
        old = subprocess.Popen(
            [
                redis_program(),
                *("--port", "0", "--unixsocket", memory.socket, "--unixsocketperm", "700"),
                *("--dir", memory.data, "--appendonly", "yes", "--save", ""),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            assert processes.wait_until(lambda: memory.answers("PING"), limit_seconds=10)
            with redis.Redis(unix_socket_path=str(memory.socket)) as client:
                client.set("stones", 7)
            with redis.Redis.from_url(memory.start()) as client:
                assert client.get("stones") == b"7"
            assert old.wait(10) == 0
        finally:
            old.kill()
            old.wait()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
    def test_is_not_there_for_an_account_that_may_not_know_its_password(self, memory, folder):
        url = memory.start()
        assert running_redis(folder) == url
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            assert running_redis(folder) is None
        finally:
            os.seteuid(0)

    def test_takes_over_from_one_that_outlived_its_owner(self, memory, folder):
        first = EmbeddedRedis(folder)
        with redis.Redis.from_url(first.start()) as client:
            client.set("stones", 7)
        assert first.process is not None
        with redis.Redis.from_url(memory.start()) as client:
            assert client.get("stones") == b"7"
        assert first.process.wait(10) == 0


class TestFilesOfAnEarlierServer:
    def test_are_read_where_they_are_of_redis_6_2(self, memory):
        memory.data.mkdir(mode=0o700)
        (memory.data / "appendonly.aof").write_bytes(OF_REDIS_6_2)
        with redis.Redis.from_url(memory.start()) as client:
            assert (client.get("stones"), client.get("pebbles")) == (b"7", b"3")
        assert memory.put_aside is None

    @pytest.mark.parametrize("name", ["appendonly.aof", "appendonlydir/appendonly.aof.manifest"])
    def test_are_put_aside_where_they_can_not_be_read(self, memory, name):
        memory.data.mkdir(mode=0o700)
        (memory.data / name).parent.mkdir(exist_ok=True)
        (memory.data / name).write_bytes(b"REDIS0012" + 40 * b"stone ")
        with redis.Redis.from_url(memory.start()) as client:
            assert client.dbsize() == 0
        assert memory.put_aside is not None
        assert mode(memory.put_aside) == 0o700
        kept = [file.read_bytes()[:9] for file in memory.put_aside.rglob("*") if file.is_file()]
        assert b"REDIS0012" in kept  # It may have been moved to where Valkey keeps its own.
        # The next start finds files of its own, and leaves them where they are.
        memory.stop()
        again = EmbeddedRedis(memory.folder)
        try:
            again.start()
        finally:
            again.stop()
        assert again.put_aside is None

    def test_are_not_blamed_where_there_are_none(self, memory, monkeypatch):
        monkeypatch.setattr(embedded, "redis_program", lambda: Path("/bin/false"))
        with pytest.raises(ServerUnavailable, match="did not start"):
            memory.start()
        assert memory.put_aside is None


class TestProgram:
    def test_is_the_valkey_of_the_wheel(self):
        told = subprocess.run(
            [redis_program(), "--version"], capture_output=True, text=True, check=True
        ).stdout
        assert told.startswith("Valkey server v=9.")

    @pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
    def test_is_that_of_the_path_where_there_is_no_wheel(self, tmp_path, monkeypatch, name):
        monkeypatch.setattr(installed, "find_spec", lambda _name: None)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ServerUnavailable, match=r"cairn\[embedded\]"):
            redis_program()
        (tmp_path / name).symlink_to("/bin/true")
        assert redis_program() == tmp_path / name
