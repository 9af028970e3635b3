"""The files of the embedded Postgres: how they are made, and whom the server lets in by them."""

import os
import pwd
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from service import processes
from service.installed import ServerUnavailable
from service.passwords import Passwords
from service.settings import environment_without_settings

SUPERUSER: Final = "postgres"
HBA: Final = "pg_hba.conf"
IDENT: Final = "pg_ident.conf"
ROOT_ID: Final = 0
WRITTEN_ANEW: Final = "# Cairn writes this file at each start: a change in it does not last.\n"
# No other line than these: nobody comes in over TCP, and nobody replicates.
RULES: Final = f"""{WRITTEN_ANEW}
# The login of the product is known by the account that runs it: pg_ident.conf names that account.
local all cairn peer map=cairn
# Every other login, the owner of the tables and the superuser among them, has a password.
local all all scram-sha-256
"""


def make_files(data: Path, programs: Path, account: tuple[int, int] | None) -> None:
    """Make the data folder beside its place and move it there: whole, or not at all.

    Its server lets nobody in until `close_to_others` has said whom. Raises ServerUnavailable.
    """
    account_names()  # What has no name is refused in our words, before there is any file.
    making = data.with_name("postgres.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    if account is not None:
        os.chown(making, *account)
    done = processes.run_to_end(
        [
            programs / "initdb",
            *("-D", making, "-U", SUPERUSER, "--auth=reject"),
            # Postgres' own rules for text: the system's C.UTF-8 is not on every machine (macOS).
            *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--no-instructions",
        ],
        environment=environment_without_settings(),
        account=account,
        folder=making,
    )
    if done.returncode != 0:
        raise ServerUnavailable(f"Postgres could not make its files:\n{done.stderr.strip()}")
    making.rename(data)


def close_to_others(
    data: Path,
    *,
    passwords: Passwords,
    command: Sequence[str | Path],
    account: tuple[int, int] | None,
    limit: float,
) -> None:
    """Give the superuser a password and say who is let in, where that is not so already.

    So it is for files that have just been made, and for those of a release whose server let every
    local account in. `command` runs the server for one person, while nobody else can reach it: no
    server is ever reached without these rules. `limit`, on the monotonic clock, is when to give
    up. Raises ServerUnavailable.
    """
    known = passwords.read(SUPERUSER) is not None
    files = access_files()
    if known and all(text_of(data / name) == text for name, text in files.items()):
        return
    # Until the password is set, no later start takes these files for what they should be.
    (data / HBA).unlink(missing_ok=True)
    password = passwords.read_or_draw(SUPERUSER)
    while True:
        done = processes.run_to_end(
            [*command, "-cexit_on_error=on", "postgres"],
            environment=environment_without_settings(),
            account=account,
            folder=data,
            told=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n",
        )
        if done.returncode == 0:
            break
        # Sessions of a server that was killed may live on for a moment, and only time helps.
        if time.monotonic() > limit - 1:
            raise ServerUnavailable(f"Postgres did not start:\n{done.stderr.strip()}")
        time.sleep(0.2)
    for name, text in files.items():
        put(data / name, text, account)


def access_files() -> Mapping[str, str]:
    """What both files say, by name. Raises ServerUnavailable where our account has no name.

    Our own account may run the product, and root, which may become any account.
    """
    lines = "".join(f'cairn "{name}" cairn\n' for name in account_names())
    return {
        HBA: RULES,
        IDENT: f"{WRITTEN_ANEW}\n# map, account of the system, login\n{lines}",
    }


def access_options(data: Path) -> Mapping[str, str]:
    """The server's settings that name these files, whatever its own files of settings say."""
    return {"hba_file": str(data / HBA), "ident_file": str(data / IDENT)}


def account_names() -> list[str]:
    """The accounts of the system that may run the product, by name: ours, and root."""
    own = os.geteuid()
    names = []
    for account in sorted({own, ROOT_ID}):
        try:
            names.append(pwd.getpwuid(account).pw_name)
        except KeyError:
            if account == own:
                raise ServerUnavailable(
                    f"this account (number {own}) has no name on this machine, and Postgres "
                    "knows who comes by name: give it one, or name a server with DATABASE_URL"
                ) from None
    return names


def text_of(file: Path) -> str:
    """What a file says; nothing where there is none, or where it is none of ours to read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def put(file: Path, text: str, account: tuple[int, int] | None) -> None:
    """Write a file of mode 0600 for the account that runs the server, whole or not at all.

    The folder may belong to that account while we are root: no link of its making is followed.
    """
    draft = file.with_name(f"{file.name}.making")
    draft.unlink(missing_ok=True)
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as opened:
        if account is not None:
            os.fchown(number, *account)
        opened.write(text)
        opened.flush()
        os.fsync(number)
    draft.replace(file)
