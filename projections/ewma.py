"""The exponentially weighted moving average of values at uneven times: what lasts of a mood."""

from collections.abc import Sequence
from math import expm1
from typing import Final

# After seven days a value counts 1/e of what it counted when it was new.
TAU_DAYS: Final = 7.0


def ewma(
    days: Sequence[float], values: Sequence[float], *, tau_days: float = TAU_DAYS
) -> list[float]:
    """The average after each value, in the order of time: z += (1 - exp(-dt / tau)) * (x - z).

    dt is the time since the value before, in days, so that a gap counts as what it is: after a
    long one the average is nearly the new value, and no value is made up for the days between.
    It begins with the first value. The times must be in order; of two at the same time the
    second changes nothing.
    """
    averages: list[float] = []
    before = average = 0.0
    for day, value in zip(days, values, strict=True):
        if averages:
            average -= expm1(-(day - before) / tau_days) * (value - average)
        else:
            average = float(value)
        before = day
        averages.append(average)
    return averages
