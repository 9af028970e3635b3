"""The processes and servers that run beside the supervisor, and how one that ended comes back."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from service import processes
from service.installed import ServerUnavailable
from service.settings import Settings

STOP_SECONDS: Final = 10
FIRST_DELAY_SECONDS: Final = 1.0
LONGEST_DELAY_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0
LOG_BYTES: Final = 20 * 2**20


class Startable(Protocol):
    """Something that runs beside us and can be started again."""

    def start(self) -> object:
        """Start it; raises ServerUnavailable when it cannot be."""

    def is_alive(self) -> bool:
        """Whether it runs."""

    def stop(self) -> None:
        """Stop it, within a limit."""


class Child:
    """One of our own processes, given its settings by the environment, writing to a log file."""

    def __init__(self, name: str, command: Sequence[str], settings: Settings) -> None:
        self.name = name
        self.command = command
        self.settings = settings
        self.log = settings.var / "logs" / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.process = processes.spawn(
            self.command,
            orphaned=signal.SIGKILL,  # Frees the port at once; nothing is lost by it.
            output=self.log,
            environment=self.settings.environment(),
        )

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """Wait until it has gone, and kill it when it takes too long."""
        if self.process is not None:
            processes.stop(self.process, by=signal.SIGTERM, limit_seconds=STOP_SECONDS)

    def keep_log_small(self) -> None:
        """Past 20 MiB, put what it has written aside; it goes on writing to the same file."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".old.log"))
            os.truncate(self.log, 0)


class Kept:
    """Starts again what has ended, after 1 second, then 2, 4, ... and at most 30."""

    def __init__(self, name: str, thing: Startable, *, say: Callable[[str], None]) -> None:
        self.name = name
        self.thing = thing
        self.say = say
        self.delay_seconds = FIRST_DELAY_SECONDS
        self.started_at = time.monotonic()
        self.again_at: float | None = None

    def look(self, now: float) -> None:
        """Notice that it has ended, or start it again when its time has come."""
        if self.again_at is None:
            if self.thing.is_alive():
                return
            if now - self.started_at > STEADY_SECONDS:
                self.delay_seconds = FIRST_DELAY_SECONDS
            self.say(f"{self.name} has ended; it starts again in {self.delay_seconds:.0f} s")
            self.again_at = now + self.delay_seconds
            self.delay_seconds = min(self.delay_seconds * 2, LONGEST_DELAY_SECONDS)
        elif now >= self.again_at:
            self.again_at, self.started_at = None, now
            try:
                self.thing.start()
            except (ServerUnavailable, OSError) as error:
                self.say(f"{self.name}: {error}")
