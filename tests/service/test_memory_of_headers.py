"""Headers without end cost no memory: a server in a process of its own is watched."""

import base64
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.conftest import Database
from tests.service.conftest import KEY

MIB = 2**20
MOST_GROWTH = 20 * MIB
AT_ONCE = 40
PIECES = 20
LOOKS = 5
# HEADERS_MIB=390 sends as much as an attack did that was once measured.
SENT = int(os.environ.get("HEADERS_MIB", "48")) * MIB
BEGINNINGS = (b"X-Long: ", b"X-", b"X: " + b"x" * 200 + b"\r\n")
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")


class Serving(msgspec.Struct, frozen=True):
    """A server, its address and its process id."""

    host: str
    port: int
    pid: int

    def resident(self) -> int:
        """Bytes of memory."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def attack(self, total: int) -> int:
        """Send so many bytes of headers; the most memory the server had, in bytes.

        It is looked at while the connections of a round are open: who waits for the end of a header
        keeps what has come of it.
        """
        sent = most = 0
        for beginning in itertools.cycle(BEGINNINGS):
            lines = [socket.create_connection((self.host, self.port)) for _ in range(AT_ONCE)]
            piece = beginning * 300 if beginning.endswith(b"\n") else b"x" * 60_000
            for line in lines:
                line.sendall(b"POST /v1/clients HTTP/1.1\r\nHost: x\r\n" + beginning)
            for _, line in itertools.product(range(PIECES), lines):
                with suppress(OSError):  # It was cut off.
                    line.sendall(piece)
                    sent += len(piece)
            for _ in range(LOOKS):  # The system holds for a moment what was sent.
                time.sleep(0.1)
                most = max(most, self.resident())
            for line in lines:
                line.close()
            if sent >= total:
                break
        return most


@pytest.fixture
def served(database: Database) -> Iterator[Serving]:
    environment = {
        **os.environ,
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(KEY).decode(),
        "CAIRN_LOG": "error,json",
    }
    command = [sys.executable, "-m", "tests.service.serving"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = urlsplit(msgspec.json.decode(process.stdout.readline())["url"])
        try:
            yield Serving(host=told.hostname or "", port=told.port or 0, pid=process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def test_headers_without_end_leave_the_memory_as_it_is(served: Serving):
    before = served.resident()
    assert max(served.attack(SENT), served.resident()) - before < MOST_GROWTH
