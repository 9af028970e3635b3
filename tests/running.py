"""The whole product, started as a person starts it: `cairn up`, on a free port of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import redis

from service.running import running_redis
from tests.hours import HANDED_ON
from tests.house.tree import ROOT

READY_SECONDS = 90
STOP_SECONDS = 40
CAIRN = Path(sys.executable).with_name("cairn")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A running `cairn up`: its address, the environment that leads commands to it, its id."""

    url: str
    environment: dict[str, str]
    pid: int

    def cairn(self, *arguments: str) -> str:
        """What a command of the product prints; it must succeed."""
        done = subprocess.run(
            [CAIRN, *arguments],
            env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def children(self, command: str) -> list[int]:
        """The ids of its child processes whose command line matches."""
        found = []
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                status = (process / "status").read_text()
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # It has ended meanwhile.
            if f"\nPPid:\t{self.pid}\n" in status and re.search(command, line):
                found.append(int(process.name))
        return found

    def kill(self, command: str) -> int:
        """SIGKILL to such children; how many there were."""
        pids = self.children(command)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def is_alive(self) -> bool:
        """Whether it runs; one that has ended and was not waited for is a zombie."""
        return ") Z " not in Path(f"/proc/{self.pid}/stat").read_text()

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at and self.is_alive():
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the service did not become ready")


def empty_redis(var: Path) -> int:
    """Take everything out of the Redis of a running `cairn up`; how often that was done, 0 or 1."""
    url = running_redis(var)
    if url is None:
        return 0  # It is being started again just now.
    try:
        with redis.Redis.from_url(url) as client:
            client.flushall()
    except redis.RedisError:
        return 0
    return 1


@contextmanager
def running_cairn(
    var: Path,
    *arguments: str,
    command: Sequence[str | Path] = (CAIRN, "up"),
    settings: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """`cairn up`, ready; stopped as by Ctrl-C at the end, which must leave with code 0."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", *HANDED_ON) if name in os.environ
    }
    environment |= {"PORT": port, "CAIRN_VAR": str(var), "LANG": "C.UTF-8"}
    # What lies here is what runs, wherever the environment was installed from.
    environment |= {"PYTHONPATH": str(ROOT), **(settings or {})}
    var.mkdir(exist_ok=True)
    with (var / "up.log").open("wb") as log:
        up = subprocess.Popen(
            [*command, *arguments], env=environment, stdout=log, stderr=log, cwd=ROOT
        )
        try:
            running = Running(url=f"http://127.0.0.1:{port}", environment=environment, pid=up.pid)
            running.wait_until_ready()
            yield running
        except BaseException:
            sys.stderr.write((var / "up.log").read_text())
            up.terminate()
            up.wait(STOP_SECONDS)
            raise
        up.terminate()
        assert up.wait(STOP_SECONDS) == 0, (var / "up.log").read_text()
