"""Finds the servers that a running `cairn up` holds, by what they have written about themselves."""

from pathlib import Path

import msgspec

from service.database_url import read_database_url
from service.embedded import EmbeddedPostgres, EmbeddedRedis, pid_file
from service.processes import command_line
from service.settings import Settings

# postmaster.pid, line by line: pid, data folder, start, port, socket folder, address, shm, status.
PID, SOCKETS, STATUS = 0, 4, 7


class NothingRuns(Exception):
    """No server was named, and no `cairn up` runs here; the message says what to do."""


def with_running_servers(settings: Settings) -> Settings:
    """The settings, with the embedded servers' addresses where none were given.

    Raises NothingRuns where there is no database. A Redis that is not there stays None.
    """
    if settings.database_url is None:
        url = require_postgres(settings.var).runtime_url()
        settings = msgspec.structs.replace(settings, database_url=url)
    if settings.redis_url is None:
        settings = msgspec.structs.replace(settings, redis_url=running_redis(settings.var))
    return settings


def owner_url_in_use(settings: Settings) -> str:
    """The database's address for its owner, who migrates: the one given, else the embedded one.

    Raises NothingRuns; ServerUnavailable and PermissionError where the owner's password is not
    there, or not for us to read.
    """
    return settings.owner_database_url or require_postgres(settings.var).owner_url()


def runtime_login(settings: Settings) -> str | None:
    """The login that the product connects with, where it is named and is not the owner's."""
    if settings.database_url is None or settings.database_url == settings.owner_database_url:
        return None
    return read_database_url(settings.database_url).user


def require_postgres(var: Path) -> EmbeddedPostgres:
    """The embedded Postgres of this folder. Raises NothingRuns."""
    postgres = running_postgres(var)
    if postgres is None:
        raise NothingRuns(
            f"No database was named and nothing runs on {var}: start `cairn up` "
            "(or `make run`) in another terminal, or set DATABASE_URL."
        )
    return postgres


def running_postgres(var: Path) -> EmbeddedPostgres | None:
    """The embedded Postgres of this folder, if it accepts connections."""
    postgres = EmbeddedPostgres(var)
    postgres.data = (var / "postgres").absolute().resolve()
    lines = pid_file(postgres.data)
    if len(lines) <= STATUS or lines[STATUS] != "ready" or not lines[PID].isdigit():
        return None
    if command_line(int(lines[PID])) is None:  # It was killed, and its file has stayed.
        return None
    postgres.sockets = Path(lines[SOCKETS])
    return postgres


def running_redis(var: Path) -> str | None:
    """The address of the embedded Redis of this folder, if it answers."""
    redis = EmbeddedRedis(var)
    if not redis.data.exists():
        return None
    redis.socket = redis.socket_path()
    return redis.url() if redis.answers("PING") else None
