"""Everything starts with one command, stops with one key, and comes back whatever was killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.children import Kept
from service.installed import ServerUnavailable
from service.processes import command_line, wait_until
from service.redis_words import SENTENCES
from tests.conftest import give_files, new_folder
from tests.running import CAIRN

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 40


class Run:
    """One run of the supervisor in a process of its own."""

    def __init__(self, var: Path, port: int, settings: Mapping[str, str]) -> None:
        self.var = var
        self.screen = var.with_suffix(f".{time.monotonic_ns()}.txt")
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.service.small_up"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "CAIRN_VAR": str(var),
                    "PORT": str(port),
                    "PYTHONUNBUFFERED": "1",
                    **settings,
                },
                stdout=screen,
                stderr=subprocess.STDOUT,
            )

    def says(self, words: str) -> "Run":
        """Wait until the words stand on its screen."""
        found = wait_until(
            lambda: words in self.shown() or self.process.poll() is not None,
            limit_seconds=LIMIT_SECONDS,
        )
        assert found, f"never said {words!r}:\n{self.shown()}"
        assert words in self.shown(), self.shown()
        return self

    def shown(self) -> str:
        return self.screen.read_text()

    def ends(self) -> int:
        return self.process.wait(LIMIT_SECONDS)

    def pid(self, name: str) -> int:
        """The pid of one of its children or servers."""
        found = self.pid_now(name)
        assert found is not None
        return found

    def pid_now(self, name: str) -> int | None:
        """The same; None while the file is taken away and written anew."""
        file = {"postgres": "postgres/postmaster.pid"}.get(name, f"{name}.pid")
        try:
            first, *_ = (self.var / file).read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(first)

    def told(self, name: str) -> bytes:
        """The environment that one of its children was started with."""
        assert wait_until(lambda: self.pid_now(name) is not None, limit_seconds=LIMIT_SECONDS)
        return Path(f"/proc/{self.pid(name)}/environ").read_bytes()


Start = Callable[..., Run]


@pytest.fixture
def start(files_of_initdb: Path) -> Iterator[Start]:
    """Start runs of which all end with the test; `made` says whether initdb was run before."""
    with starting(files_of_initdb) as start:
        yield start


@pytest.fixture(scope="module")
def running(files_of_initdb: Path) -> Iterator[Run]:
    """One that runs, for tests that leave it as it is."""
    with starting(files_of_initdb) as start:
        yield start().says("Ctrl-C stops everything")


@contextmanager
def starting(files_of_initdb: Path) -> Iterator[Start]:
    # Not tmp_path: as root the database server runs as nobody, who may not enter there.
    folder = new_folder()
    runs: list[Run] = []

    def start(
        *, var: str = "var", port: int | None = None, made: bool = True, **settings: str
    ) -> Run:
        if made and not (folder / var).exists():
            (folder / var).mkdir()
            give_files(files_of_initdb, folder / var)
        runs.append(Run(folder / var, port or free_port(), settings))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()
    wait_until(lambda: not still_there(folder), limit_seconds=LIMIT_SECONDS)
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def still_there(folder: Path) -> list[str]:
    """The command lines that name a file below the folder: its servers'."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    lines = (command_line(pid) for pid in pids)
    return [line for line in lines if line and f"{folder}/" in line]


class TestUp:
    def test_starts_everything_and_ctrl_c_stops_it_even_when_pressed_twice(self, start):
        run = start(made=False, CAIRN_METRICS="127.0.0.1:9464").says("Ctrl-C stops everything")
        for step in ("redis", "postgres", "key", "migrations", "demonstration", "api", "ready"):
            assert step in run.shown()
        # The projector has the port itself, and the API tells its metrics on its own.
        assert run.shown().count("metrics at http://127.0.0.1:9465/metrics") == 1
        assert b"CAIRN_METRICS=127.0.0.1:9465" in run.told("worker").split(b"\0")
        assert b"CAIRN_METRICS" not in run.told("api")
        worker = run.pid("worker")
        run.process.send_signal(signal.SIGINT)
        run.process.send_signal(signal.SIGINT)
        assert run.ends() == 0
        assert "Everything has stopped" in run.shown()
        assert still_there(run.var) == []
        assert command_line(worker) is None

    def test_starts_what_was_killed_again(self, start):
        run = start().says("Ctrl-C stops everything")
        before = run.pid("postgres"), run.pid("api")
        os.kill(run.pid("postgres"), signal.SIGKILL)
        os.kill(run.pid("api"), signal.SIGKILL)
        run.says("postgres has ended; it starts again in 1 s").says("api has ended")
        assert wait_until(
            lambda: {run.pid_now("api"), run.pid_now("postgres")}.isdisjoint({None, *before}),
            limit_seconds=LIMIT_SECONDS,
        )
        run.process.terminate()
        assert run.ends() == 0

    def test_leaves_nothing_behind_when_it_is_killed_and_the_next_run_finds_its_files(self, start):
        first = start().says("Ctrl-C stops everything")
        api = first.pid("api")
        first.process.kill()
        first.process.wait()
        second = start().says("run 2").says("Ctrl-C stops everything")
        assert "up to date" in second.shown()
        assert command_line(api) is None

    def test_refuses_a_second_copy_on_the_same_folder(self, running):
        second = Run(running.var, free_port(), {})
        assert second.ends() == 1
        assert f"already runs on {running.var} (process {running.process.pid})" in second.shown()

    def test_runs_beside_another_copy_with_its_own_folder_and_port(self, running, start):
        other = start().says("Ctrl-C stops everything")
        assert [one.process.poll() for one in (running, other)] == [None, None]

    def test_refuses_a_port_in_use_before_anything_is_started(self, start):
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            run = start(made=False, port=door.getsockname()[1])
            assert run.ends() == 1
        assert "choose another port with PORT" in run.shown()
        assert not (run.var / "postgres").exists()

    def test_says_why_a_redis_that_was_named_does_not_serve_and_goes_on(
        self, start, empty_database, tmp_path
    ):
        run = start(
            made=False,
            DATABASE_URL=empty_database.runtime,
            CAIRN_OWNER_DATABASE_URL=empty_database.owner,
            REDIS_URL=f"unix://:granite@{tmp_path}/redis.sock",
        ).says("Ctrl-C stops everything")
        assert SENTENCES["no_socket"] in run.shown()
        assert "granite" not in run.shown()

    def test_stops_cleanly_when_asked_while_starting(self, start):
        run = start().says("redis")
        run.process.send_signal(signal.SIGINT)
        assert run.ends() == 0
        assert still_there(run.var) == []


class TestPasswords:
    def test_of_owner_and_superuser_are_told_to_no_process_and_shown_to_nobody(self, running):
        secret = {
            login: (running.var / "passwords" / login).read_text().strip()
            for login in ("postgres", "cairn_owner", "redis")
        }
        for name in ("api", "worker"):
            told = running.told(name)
            assert b"\0DATABASE_URL=postgresql://cairn@/cairn?host=" in b"\0" + told
            assert b"\0REDIS_URL=unix://:" in told
            assert b"OWNER" not in told
            assert b"cairn_owner" not in told
            assert secret["cairn_owner"].encode() not in told
            assert secret["postgres"].encode() not in told
        shown = running.shown() + "".join(log.read_text() for log in running.var.rglob("*.log"))
        assert [login for login, password in secret.items() if password in shown] == []
        proc = [command_line(running.pid(name)) or "" for name in ("api", "worker", "postgres")]
        lines = " ".join([*proc, *still_there(running.var)])
        assert [login for login, password in secret.items() if password in lines] == []

    def test_of_the_owner_that_was_named_are_told_to_no_process(
        self, start, empty_database, tmp_path
    ):
        (tmp_path / "owner").write_text(empty_database.owner)
        run = start(
            made=False,
            DATABASE_URL=empty_database.runtime,
            CAIRN_OWNER_DATABASE_URL=empty_database.owner,
            CAIRN_OWNER_DATABASE_URL_FILE=str(tmp_path / "owner"),
        ).says("Ctrl-C stops everything")
        assert "applied" in run.shown()
        for name in ("api", "worker"):
            assert b"OWNER" not in run.told(name)
            assert b"cairn_owner" not in run.told(name)

    def test_are_found_by_cairn_migrate(self, start):
        run = start().says("Ctrl-C stops everything")
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"CAIRN_VAR": str(run.var), "PYTHONPATH": str(ROOT)}

        def migrate() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [CAIRN, "migrate"],
                env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip

        assert migrate().stdout.startswith("Up to date: ")
        (run.var / "passwords" / "cairn_owner").unlink()
        refused = migrate()
        assert refused.returncode == 1
        assert "holds no password" in refused.stderr
        run.process.terminate()
        assert run.ends() == 0
        assert migrate().returncode == 3


class Machine:
    """Something that starts, or does not, and ends when told; and the seconds that pass."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.alive = True
        self.takes_seconds = 0.0
        self.refuses = False
        self.said: list[str] = []
        self.kept = Kept("api", self, say=self.said.append, clock=lambda: self.now)

    def start(self) -> None:
        self.now += self.takes_seconds
        if self.refuses:
            raise ServerUnavailable("no stones")
        self.alive = True

    def is_alive(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.alive = False

    def dies_after(self, seconds: float) -> int:
        """It has run for so long, and ends: for how many seconds it stays away."""
        self.pass_seconds(seconds)
        self.alive = False
        self.pass_seconds(0.2)
        away = int(self.said[-1].split()[-2])
        self.pass_seconds(away)
        return away

    def pass_seconds(self, seconds: float) -> None:
        for _ in range(round(seconds * 5)):
            self.now += 0.2
            self.kept.look()


class TestKept:
    def test_waits_longer_each_time_and_at_most_half_a_minute(self):
        machine = Machine()
        assert [machine.dies_after(2) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]

    def test_forgets_after_ten_good_seconds(self):
        machine = Machine()
        assert [machine.dies_after(9) for _ in range(4)] == [1, 2, 4, 8]
        assert [machine.dies_after(11) for _ in range(3)] == [1, 1, 1]
        assert [machine.dies_after(9) for _ in range(2)] == [2, 4]

    def test_counts_no_second_that_the_start_itself_takes(self):
        machine = Machine()
        machine.takes_seconds = 20
        assert [machine.dies_after(2) for _ in range(3)] == [1, 2, 4]

    def test_counts_no_second_after_a_start_that_failed(self):
        machine = Machine()
        machine.takes_seconds, machine.refuses = 20, True
        machine.alive = False
        machine.pass_seconds(60)
        waits = [line.split()[-2] for line in machine.said if "starts again" in line]
        assert waits[:5] == ["1", "2", "4", "8", "16"]
        assert "api: no stones" in machine.said
