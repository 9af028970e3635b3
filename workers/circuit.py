"""A circuit breaker per receiver: who does not answer is left alone for a while, then tried once.

Closed it lets everything through, open nothing; once its time is up it is half open, and one
attempt decides. (Nygard, Release It!, chapter "Stability Patterns".)
"""

import sys
from datetime import datetime, timedelta
from typing import Final

import msgspec

FAILURES_TO_OPEN: Final = 5
FIRST_OPEN_SECONDS: Final = 60
LONGEST_OPEN_SECONDS: Final = 3600
# Without a success for as long, the subscription is disabled; but not before it was tried as often,
# because nobody tries while the worker is away.
PATIENCE: Final = timedelta(hours=120)
TRIES_OF_PATIENCE: Final = 10


class Circuit(msgspec.Struct, frozen=True, kw_only=True):
    """`failures` counts those in a row, `failing_since` is when the first of them was; it is open
    until `open_until`, which is None where it is closed."""

    failures: int = 0
    failing_since: datetime | None = None
    open_until: datetime | None = None
    open_for_seconds: int = 0

    def is_half_open(self, now: datetime) -> bool:
        return self.open_until is not None and now >= self.open_until

    def room(self, now: datetime, *, under_way: int, most: int) -> int:
        """How many more attempts may begin. After a failure no more than it takes to open it."""
        if self.open_until is None:
            return max(0, min(most, self._left_to_open) - under_way)
        return 1 if self.is_half_open(now) and under_way == 0 else 0

    @property
    def _left_to_open(self) -> int:
        """How many may fail before it opens; of one that has not failed, any number may begin."""
        return max(1, FAILURES_TO_OPEN - self.failures) if self.failures else sys.maxsize

    def has_lost_patience(self, now: datetime) -> bool:
        return (
            self.failing_since is not None
            and now - self.failing_since >= PATIENCE
            and self.failures >= TRIES_OF_PATIENCE
        )


def after_success(_: Circuit) -> Circuit:
    return Circuit()


def after_failure(circuit: Circuit, now: datetime) -> Circuit:
    """One more failure. Those that were under way when it opened do not open it for longer."""
    failures = circuit.failures + 1
    since = circuit.failing_since or now
    if circuit.is_half_open(now):
        seconds = min(2 * circuit.open_for_seconds, LONGEST_OPEN_SECONDS)
    elif circuit.open_until is None and failures >= FAILURES_TO_OPEN:
        seconds = FIRST_OPEN_SECONDS
    else:
        return msgspec.structs.replace(circuit, failures=failures, failing_since=since)
    return Circuit(
        failures=failures,
        failing_since=since,
        open_until=now + timedelta(seconds=seconds),
        open_for_seconds=seconds,
    )
