"""What the tests of backups share: commands as processes, and a look into a database."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from service.installed import postgres_programs
from tests.conftest import Database, run
from tests.house.tree import ROOT

WAIT_SECONDS = 20
PROGRAMS = postgres_programs(Path(), None)
LOG = "SELECT * FROM event_log ORDER BY practice_id, position"
EPOCHS = "SELECT number, epoch, doubted_at FROM epoch ORDER BY number"
# Whoever dumps the database waits for this lock. PID: the backend that has it.
LOCK = "LOCK TABLE head_at_upgrade IN ACCESS EXCLUSIVE MODE"
LOCKED = """
SELECT pid FROM pg_locks
WHERE relation = 'head_at_upgrade'::regclass AND mode = 'AccessExclusiveLock' AND granted
"""


def fetch(url: str, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, on a connection of its own."""

    async def read() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]
        finally:
            await connection.close()

    return run(read)


def program(name: str, *arguments: str | Path) -> str:
    """What a program of Postgres prints; it must succeed."""
    done = subprocess.run(
        [PROGRAMS / name, *arguments], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def begun(*words: str, **options: Any) -> "subprocess.Popen[str]":
    """A command as a process of its own, with the environment of the test."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "service", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        **{**pipes, **options},
    )


def seen_in_a_terminal(*words: str) -> str:
    """What a command shows to somebody at a terminal; it must succeed."""
    ours, theirs = pty.openpty()
    one = begun(*words, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # It is what a terminal says whose other side is gone.
        while part := os.read(ours, 65_536):
            shown += part
    os.close(ours)
    assert one.wait(WAIT_SECONDS) == 0, shown.decode()
    return shown.decode()


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Inside, nobody dumps the database: somebody holds a table of it."""
    holder = subprocess.Popen(
        [PROGRAMS / "psql", "--no-psqlrc", "--quiet", database.admin], stdin=subprocess.PIPE
    )
    assert holder.stdin is not None
    try:
        holder.stdin.write(f"BEGIN; {LOCK};\n".encode())
        holder.stdin.flush()
        wait_for(lambda: bool(fetch(database.admin, LOCKED)))
        yield
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()


def children(pid: int) -> list[int]:
    """The processes that a process has begun."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def wait_for(is_so: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.01)
