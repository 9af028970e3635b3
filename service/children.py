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
# What has run for so long is well again, however often it has ended before.
STEADY_SECONDS: Final = 10.0
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
    """Starts again what has ended, after 1 second, then 2, 4, ... and at most 30.

    What has run for ten seconds begins with 1 second again. `clock` tells monotonic seconds.
    """

    def __init__(
        self,
        name: str,
        thing: Startable,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.thing = thing
        self.say = say
        self.clock = clock
        self.delay_seconds = FIRST_DELAY_SECONDS
        self.running_since: float | None = clock()
        self.again_at: float | None = None

    def look(self) -> None:
        """Notice that it has ended, or start it again when its time has come."""
        if self.again_at is None:
            if not self.thing.is_alive():
                self.wait()
        elif self.clock() >= self.again_at:
            self.again_at = None
            try:
                self.thing.start()
            except (ServerUnavailable, OSError) as error:
                self.running_since = None
                self.say(f"{self.name}: {error}")
            else:
                # Now, not before: a server may take half a minute to start.
                self.running_since = self.clock()

    def wait(self) -> None:
        """Say how long it stays away, and wait for longer the next time."""
        now = self.clock()
        if self.running_since is not None and now - self.running_since > STEADY_SECONDS:
            self.delay_seconds = FIRST_DELAY_SECONDS
        self.say(f"{self.name} has ended; it starts again in {self.delay_seconds:.0f} s")
        self.again_at = now + self.delay_seconds
        self.delay_seconds = min(self.delay_seconds * 2, LONGEST_DELAY_SECONDS)
