"""The passwords of the embedded servers: drawn once, and kept where nobody else may read them."""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from service.installed import ServerUnavailable
from service.own_folder import make_own_folder

PASSWORD_BYTES: Final = 24
FOR_OTHERS: Final = 0o077


class Passwords:
    """One file of mode 0600 a login, in the folder `passwords` below `var`, which has mode 0700."""

    def __init__(self, var: Path) -> None:
        self.folder = var / "passwords"

    def read(self, login: str) -> str | None:
        """The password of a login; None where none is kept, or where others may know it.

        Raises PermissionError for an account that may not read it.
        """
        file = self.folder / login
        try:
            if file.stat().st_mode & FOR_OTHERS:
                return None
            return file.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def require(self, login: str) -> str:
        """The password of a login, which was drawn before. Raises ServerUnavailable."""
        kept = self.read(login)
        if kept is None:
            raise ServerUnavailable(
                f"{self.folder / login} holds no password that only you can read: "
                "stop `cairn up`, and start it again"
            )
        return kept

    def read_or_draw(self, login: str) -> str:
        """The password of a login, drawn now where none can be used: 48 hexadecimal digits."""
        kept = self.read(login)
        if kept is not None:
            return kept
        drawn = secrets.token_hex(PASSWORD_BYTES)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        make_own_folder(self.folder)
        # It appears whole or not at all: half a password, after a crash, would open nothing.
        draft, name = tempfile.mkstemp(prefix=f"{login}.", dir=self.folder)  # Its mode is 0600.
        with os.fdopen(draft, "w", encoding="ascii") as file:
            file.write(drawn + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.folder / login)
        return drawn
