"""How instants are named in a terminal."""

from datetime import UTC, datetime

import click


def instant_of(text: str, *, option: str) -> datetime:
    """An instant with its offset from UTC. Raises click.UsageError."""
    try:
        instant = datetime.fromisoformat(text)
        instant.astimezone(UTC)  # At the edges of the calendar some have no equal in UTC.
    except (ValueError, OverflowError):
        instant = None
    if instant is None or instant.tzinfo is None:
        raise click.UsageError(f"{option}: expected an instant such as 2026-03-01T06:00:00Z.")
    return instant
