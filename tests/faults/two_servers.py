"""Two servers on ports of this machine: a primary, and a standby that follows it."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg

from migrations.runner import migrate
from service.embedded import make_logins
from service.installed import postgres_programs, unprivileged_account
from tests.conftest import HURRIED
from tests.workers.subscribed import eventually

START_SECONDS = 20


class Server:
    """A Postgres that lets in whoever comes from this machine, over TCP."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.account = unprivileged_account()
        self._programs = postgres_programs(data.parent, self.account)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], **self._as_account(), capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        options = {**HURRIED, "listen_addresses": "127.0.0.1", "port": str(self.port)}
        self._process = subprocess.Popen(
            [
                self._programs / "postgres", "-D", self.data, "-k", "",
                *(f"-c{name}={value}" for name, value in options.items()),
            ],
            **self._as_account(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        give_up_at = time.monotonic() + START_SECONDS
        while "ready" not in self._status():
            assert self._process.poll() is None
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    def _status(self) -> str:
        file = self.data / "postmaster.pid"
        return file.read_text() if file.exists() else ""

    def kill(self) -> None:
        """As when its machine goes: nothing is said to anybody."""
        if self._process is not None:
            # Its sessions are processes of the same group of children, and would live on.
            for child in children_of(self._process.pid):
                with suppress(ProcessLookupError):  # It has just ended.
                    os.kill(child, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self._process = None

    async def ask(self, sql: str, *, database: str = "cairn") -> object:
        connection = await asyncpg.connect(f"{self.url('postgres', database)}")
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    def url(self, login: str, database: str = "cairn") -> str:
        return f"postgresql://{login}@127.0.0.1:{self.port}/{database}"

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {"cwd": self.data.parent}
        user, group = self.account
        return {"user": user, "group": group, "extra_groups": [], "cwd": self.data.parent}


def children_of(pid: int) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and f"\nPPid:\t{pid}\n" in (process / "status").read_text():
                found.append(int(process.name))
        except OSError:
            continue  # It has ended meanwhile.
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def begin_pair(primary: Server, standby: Server) -> None:
    """Make a migrated primary and its standby, and start both."""
    primary.run("initdb", "-D", primary.data, "-U", "postgres", "--auth=trust", "--no-sync")
    primary.start()
    connection = await asyncpg.connect(primary.url("postgres", "postgres"))
    await make_logins(connection, "word")
    await connection.close()
    await migrate(primary.url("cairn_owner"))
    primary.run(
        "pg_basebackup", "-D", standby.data, "-R", "-N", "-X", "stream", "--checkpoint=fast",
        "-d", primary.url("postgres", "postgres"),
    )  # fmt: skip
    standby.start()


async def promote(primary: Server, standby: Server) -> None:
    """The standby has all that the primary has; the primary goes, and the standby takes over."""
    head = await primary.ask("SELECT pg_current_wal_lsn()::text")

    async def has_all() -> object:
        return await standby.ask(f"SELECT pg_last_wal_replay_lsn() >= '{head}'::pg_lsn")

    await eventually(has_all, seconds=START_SECONDS)
    primary.kill()
    await standby.ask("SELECT pg_promote()")
