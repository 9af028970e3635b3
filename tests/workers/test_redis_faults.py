"""A worker that Redis refuses says why in one word, and the word never holds a secret."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import get_args

import pytest
import redis
from structlog.testing import capture_logs

from service.installed import redis_program
from service.processes import wait_until
from service.redis_words import SENTENCES
from workers import redis_faults
from workers.main import Sweeps, take_jobs_forever
from workers.redis_faults import RedisFault, find_redis_fault

DENIED = b"-DENIED Redis is running in protected mode because protected mode is enabled\r\n"


class Valkey:
    """A server on a port of this machine, and what is set in it for a while."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.client = redis.Redis(port=port)

    def url(self, login: str = "", database: str = "0", scheme: str = "redis") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    server = subprocess.Popen(
        [redis_program(), "--port", str(port), "--save", "", "--dir", tmp_path_factory.mktemp("v")],
        stdout=subprocess.DEVNULL,
    )
    valkey = Valkey(port)
    try:
        assert wait_until(valkey.answers, limit_seconds=20)
        yield valkey
    finally:
        valkey.client.close()
        server.terminate()
        server.wait()


@pytest.fixture
def locked(valkey: Valkey) -> Iterator[Valkey]:
    """The server asks for the password `granite` meanwhile; `anna` may only read."""
    valkey.client.config_set("requirepass", "granite")
    valkey.client.execute_command("ACL SETUSER anna on >pebble ~* +@read +@connection")
    yield valkey
    valkey.client.config_set("requirepass", "")
    valkey.client.acl_deluser("anna")


@asynccontextmanager
async def listener(says: bytes | None) -> AsyncIterator[str]:
    """Something that says this to everybody and hangs up; for None it is silent for ever."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if says is None:
            await ended.wait()
        else:
            writer.write(says)
        writer.close()

    ended = asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        ended.set()


class TestFault:
    async def test_is_none_where_redis_serves(self, valkey, locked):
        assert await find_redis_fault(locked.url(":granite@")) is None
        assert valkey.client.ttl(redis_faults.LOOKED) <= 1

    @pytest.mark.parametrize(
        ("login", "fault"),
        [
            ("", "password_missing"),
            (":pebble@", "wrong_password"),
            ("bob:granite@", "wrong_password"),
            ("anna:pebble@", "not_permitted"),
        ],
    )
    async def test_is_about_the_login(self, locked, login, fault):
        assert await find_redis_fault(locked.url(login)) == fault

    async def test_is_a_password_that_nobody_asked_for(self, valkey):
        assert await find_redis_fault(valkey.url(":granite@")) == "password_not_asked_for"

    async def test_is_a_database_that_there_is_not(self, valkey):
        assert await find_redis_fault(valkey.url(database="99")) == "no_such_database"

    async def test_is_a_replica(self, valkey):
        valkey.client.replicaof("127.0.0.1", "1")
        try:
            assert await find_redis_fault(valkey.url()) == "replica"
        finally:
            valkey.client.replicaof("NO", "ONE")

    async def test_is_a_memory_that_is_full(self, valkey):
        valkey.client.config_set("maxmemory", 1)
        try:
            assert await find_redis_fault(valkey.url()) == "memory_full"
        finally:
            valkey.client.config_set("maxmemory", 0)

    async def test_is_too_many_connections(self, valkey):
        assert valkey.client.ping()  # It holds the one connection.
        valkey.client.config_set("maxclients", 1)
        try:
            assert await find_redis_fault(valkey.url()) == "too_many_connections"
        finally:
            valkey.client.config_set("maxclients", 100)

    # The words are those that a server sends to another machine, of which there is none here.
    @pytest.mark.parametrize(
        ("says", "fault"),
        [
            (DENIED, "protected_mode"),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not_redis"),
            (b"", "closed"),
            (None, "no_answer"),
        ],
    )
    async def test_is_what_a_listener_does(self, says, fault, monkeypatch):
        monkeypatch.setattr(redis_faults, "LIMIT_SECONDS", 0.5)
        async with listener(says) as url:
            found = await find_redis_fault(url)
        # What speaks no Redis is heard only where it does not hang up first.
        assert found in ({"not_redis", "closed"} if fault == "not_redis" else {fault})

    async def test_is_a_place_where_there_is_nothing(self, tmp_path):
        assert await find_redis_fault(f"unix://{tmp_path}/redis.sock") == "no_socket"
        assert await find_redis_fault("redis://127.0.0.1:1/0") == "not_listening"
        assert await find_redis_fault("redis://no-such-host.invalid/0") == "host_unknown"

    async def test_is_no_tls_on_this_port(self, valkey, monkeypatch):
        monkeypatch.setattr(redis_faults, "LIMIT_SECONDS", 0.5)
        fault = await find_redis_fault(valkey.url(scheme="rediss"))
        assert fault in {"no_answer", "tls_refused", "closed"}

    def test_has_a_sentence_each(self):
        assert set(SENTENCES) == set(get_args(RedisFault))
        assert all(not sentence.endswith(".") for sentence in SENTENCES.values())


async def test_a_worker_that_is_refused_says_why_and_works_once_it_is_let_in(locked):
    taking = take_jobs_forever(
        Sweeps(None),  # type: ignore[arg-type]  # No job runs here.
        locked.url(":pebble@"),
        wake_deliveries=dict,
    )
    with capture_logs() as logs:
        task = asyncio.create_task(taking)
        try:
            await eventually(lambda: len(logs) >= 2)
            locked.client.config_set("requirepass", "pebble")
            await eventually(lambda: bool(locked.client.exists("cairn:queue:health-check")))
        finally:
            task.cancel()
            await asyncio.wait([task])
    waits = [one for one in logs if one["event"] == "worker_waits_for_redis"]
    assert {one["why"] for one in waits} == {"wrong_password"}
    assert "pebble" not in str(logs)


async def eventually(holds: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(wait_until, holds, limit_seconds=20)
