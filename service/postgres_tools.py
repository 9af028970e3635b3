"""pg_dump, pg_restore and psql: those of the embedded Postgres, else those of this machine.

No password stands on a command line, where everybody on the machine could read it: the programs
are told by their environment, which only their own account can read.
"""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote

import msgspec

from service import processes
from service.database_url import read_database_url
from service.installed import ServerUnavailable, postgres_programs
from service.settings import environment_without_settings

NAMES: Final = ("pg_dump", "pg_restore", "psql")
VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
# Where Debian and Red Hat put the programs of each version, beside the PATH.
KEPT: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
STOP_SECONDS: Final = 10
TOLD_LINES: Final = 4


class ToolMissing(Exception):
    """No programs of Postgres are here that fit the server; the message says what to install."""


class ToolFailed(Exception):
    """A program of Postgres has failed; the message is what the program said."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """The programs of one version of Postgres, in one folder."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.folder / name)


class ToolAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a database is: its URL without a password, and an environment that has it."""

    url: str
    environment: dict[str, str]

    def __repr__(self) -> str:
        """Without the environment: this ends up in tracebacks."""
        return "ToolAddress()"


def find_tools(server_major: int) -> Tools:
    """The programs for a server of this version: of it, or of the next newer one that is here.

    Raises ToolMissing: pg_dump refuses a server that is newer than itself.
    """
    found = {tools.major: tools for tools in reversed([*candidates()])}
    fitting = sorted(major for major in found if major >= server_major)
    if fitting:
        return found[fitting[0]]
    if not found:
        raise ToolMissing(
            "There is no pg_dump here: install cairn[embedded], or the client programs of "
            f"PostgreSQL {server_major} (Debian: postgresql-client-{server_major})."
        )
    raise ToolMissing(
        f"The server is PostgreSQL {server_major}, and the newest pg_dump here is "
        f"{max(found)}, which does not know it: install the client programs of PostgreSQL "
        f"{server_major} (Debian: postgresql-client-{server_major})."
    )


def candidates() -> Iterator[Tools]:
    """The programs that are here, those that come first on the PATH first."""
    try:
        # As root the server runs as another account, and these programs as ours.
        folders = [postgres_programs(Path(), None)]
    except ServerUnavailable:
        folders = []
    path = environment_without_settings().get("PATH", "")
    folders += [Path(one) for one in path.split(os.pathsep) if one]
    folders += [found for one in KEPT for found in sorted(Path("/").glob(one.lstrip("/")))]
    for folder in dict.fromkeys(folders):
        if all(os.access(folder / name, os.X_OK) for name in NAMES):
            major = major_of(folder / NAMES[0])
            if major is not None:
                yield Tools(folder=folder, major=major)


def major_of(program: Path) -> int | None:
    """The version of a program of Postgres; None where the program does not say it."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = VERSION.search(done.stdout)
    return None if found is None else int(found[1])


def address_of(url: str) -> ToolAddress:
    """A URL as the programs are told it, its password by the environment.

    >>> address_of("postgresql://anna:s%40crets@one,two:5433/cairn?options=-c%20jit%3Doff").url
    'postgresql://anna@one,two:5433/cairn?options=-c%20jit%3Doff&target_session_attrs=read-write'
    >>> address_of("postgresql://anna@/cairn?host=%2Fa%20b").url
    'postgresql://anna@%2Fa%20b/cairn'
    """
    read = read_database_url(url)
    login, _, password = read.login.partition(":")
    parameters = dict(read.parameters)
    secret = parameters.pop("password", None) or unquote(password)
    environment = environment_without_settings() | {"PGAPPNAME": "cairn", "PGCONNECT_TIMEOUT": "10"}
    if secret:
        environment["PGPASSWORD"] = secret
    shown = msgspec.structs.replace(read, login=login, parameters=parameters)
    return ToolAddress(url=shown.whole(shown.hosts), environment=environment)


class Running:
    """A program under way; `said` is what it has written about itself."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
        self.name = name
        self.process = process
        self._errors = errors

    def require_done(self) -> None:
        """Wait until it ends. Raises ToolFailed where it did not do its work."""
        if self.process.wait() != 0:
            raise ToolFailed(f"{self.name} has failed: {self.said()}")

    def said(self) -> str:
        """The end of what it said, in one line."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        told = [line.strip() for line in lines if line.strip()]
        return " ".join(told[:TOLD_LINES]) or f"exit code {self.process.returncode}"


@contextmanager
def running(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    reads: bool = False,
    writes: bool = False,
) -> Iterator[Running]:
    """Run a program, and end it with the block, however that ends; it does not outlive us.

    It `reads` what is written to its standard input, and `writes` to its standard output. Call this
    from the main thread: see processes.spawn.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
            stdout=subprocess.PIPE if writes else subprocess.DEVNULL,
            stderr=errors,
            env=dict(environment_without_settings() if environment is None else environment),
            start_new_session=True,  # Ctrl-C is for us, who then end it.
            preexec_fn=processes.die_with(  # noqa: PLW1509 - two system calls, no locks
                os.getpid(), signal.SIGTERM
            ),
        )
        try:
            yield Running(Path(command[0]).name, process, errors)
        finally:
            processes.stop(process, by=signal.SIGTERM, limit_seconds=STOP_SECONDS)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # What it had not taken is of no use any more.
                        pipe.close()
