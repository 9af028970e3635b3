"""What a benchmark answers: figures, each with the limit beside it and what is required of it."""

from collections.abc import Sequence
from math import floor, log10
from statistics import median
from typing import Any, Literal

import msgspec

Requirement = Literal["ratio", "value"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured thing: the median over the rounds, in `unit`.

    `limit` is what `limit_name` gave in the same rounds, and `ratio` the median over the rounds of
    value / limit. `at_least` or `at_most` is required of what `required_of` names; `met` says
    whether it is so, and is None where nothing is required. `rounds` has, round by round, what
    something is required of: the ratio where there is one and the value is not named.
    """

    name: str
    unit: str
    value: float
    limit: float | None = None
    limit_name: str | None = None
    ratio: float | None = None
    required_of: Requirement | None = None
    at_least: float | None = None
    at_most: float | None = None
    met: bool | None = None
    rounds: Sequence[float] = ()
    note: str | None = None


def figure(
    name: str,
    unit: str,
    values: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    note: str | None = None,
) -> Figure:
    """A figure of its own, with nothing beside it; `values` has one for each round."""
    value = median(values)
    return Figure(
        name=name,
        unit=unit,
        value=rounded(value),
        required_of=None if at_least is None and at_most is None else "value",
        at_least=at_least,
        at_most=at_most,
        met=is_met(value, at_least, at_most),
        rounds=[rounded(one) for one in values],
        note=note,
    )


def beside(
    name: str,
    unit: str,
    values: Sequence[float],
    limits: Sequence[float],
    *,
    limit_name: str,
    at_least: float | None = None,
    at_most: float | None = None,
    required_of: Requirement = "ratio",
    note: str | None = None,
) -> Figure:
    """A figure and its limit, measured in turns; what is required is required of the ratio."""
    ratios = [value / limit for value, limit in zip(values, limits, strict=True)]
    ratio = median(ratios)
    rounds = ratios if required_of == "ratio" else values
    return Figure(
        name=name,
        unit=unit,
        value=rounded(median(values)),
        limit=rounded(median(limits)),
        limit_name=limit_name,
        ratio=rounded(ratio),
        required_of=None if at_least is None and at_most is None else required_of,
        at_least=at_least,
        at_most=at_most,
        met=is_met(median(rounds), at_least, at_most),
        rounds=[rounded(one) for one in rounds],
        note=note,
    )


def is_met(measured: float, at_least: float | None, at_most: float | None) -> bool | None:
    """Whether a requirement is kept; None where there is none.

    >>> is_met(1.2, 1.5, None), is_met(1.2, None, 1.3), is_met(1.2, None, None)
    (False, True, None)
    """
    if at_least is None and at_most is None:
        return None
    return (at_least is None or measured >= at_least) and (at_most is None or measured <= at_most)


def rounded(value: float) -> float:
    """Four digits that mean something, and no others.

    >>> rounded(20123.4), rounded(0.123456)
    (20120.0, 0.1235)
    """
    return 0.0 if value == 0 else round(value, 3 - floor(log10(abs(value))))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed.

    >>> percentile([4, 1, 3, 2], 50), percentile([4, 1, 3, 2], 99)
    (2, 4)
    """
    ordered = sorted(values)
    nth = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(nth)]


def answer(
    figures: Sequence[Figure], *, sizes: msgspec.Struct, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """What `run` answers, in plain values."""
    return {
        "figures": [
            {name: value for name, value in msgspec.to_builtins(one).items() if value is not None}
            for one in figures
        ],
        "sizes": msgspec.to_builtins(sizes),
        "notes": list(notes),
    }
