"""The logs of the embedded servers: kept small, and their end where a server does not start."""

from pathlib import Path

LOG_BYTES = 10 * 2**20
LAST_LINES = 8


def keep_small(log: Path) -> None:
    """Put a log that has grown past 10 MiB aside, in place of the one put aside before."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def end_of(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
