"""When a delivery that failed is tried again, and when it is given up.

The schedule is the example of Standard Webhooks 1.0 (Deliverability and reliability): ten attempts
over three days.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
# Before the first attempt, before the second, and so on.
SCHEDULE_SECONDS: Final = (
    0.0, 5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR,
    24 * HOUR,
)  # fmt: skip
JITTER: Final = 0.2


def spread(subscription_id: UUID, number: int, tries: int) -> float:
    """A number from 0 to 1 that is another for each try of each delivery: computed, not drawn."""
    about = f"{subscription_id} {number} {tries}"
    return int.from_bytes(sha256(about.encode()).digest()[:4]) / 2**32


def delay_after(
    tries: int, *, place: float, retry_after_seconds: float | None = None
) -> timedelta | None:
    """How long to wait after so many failed tries; None where it is given up.

    `place`, from 0 to 1, is where in the fifth before and after the step it falls, so that not all
    come back at once. What a receiver asks for (Retry-After) is waited for, up to twice the step.
    """
    if tries >= len(SCHEDULE_SECONDS):
        return None
    step = SCHEDULE_SECONDS[tries]
    seconds = step * (1 + JITTER * (2 * place - 1))
    if retry_after_seconds is not None:
        seconds = min(max(seconds, retry_after_seconds), 2 * step)
    return timedelta(seconds=seconds)
