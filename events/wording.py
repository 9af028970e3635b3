"""Sentences with places left open: numbers and names put in, one or many, as a language writes them."""  # noqa: E501 - one sentence

import re
from collections.abc import Mapping
from typing import Final

import msgspec

# Where Spanish is written with a decimal point, as in English.
POINT_REGIONS: Final = frozenset({"DO", "GT", "HN", "MX", "NI", "PA", "PR", "SV", "US"})
_OPEN = re.compile(r"\{([a-z][a-z0-9_]{0,39})(?::([^{}|]*)\|([^{}|]*))?\}")


class Told(msgspec.Struct, frozen=True):
    """Something as people read it, and whether it is a single thing."""

    text: str
    single: bool = False


def plain(number: float, language: str) -> str:
    """A number without trailing zeros, with the language's decimal sign."""
    # Rounded first, and 0 added, which takes the sign from a zero: -0.004 is nothing.
    text = f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
    spoken, _, region = language.partition("-")
    comma = spoken == "es" and region not in POINT_REGIONS
    return text.replace(".", ",") if comma else text


def worded(pattern: str, told: Mapping[str, Told]) -> str:
    """A sentence with everything in its place.

    `{name}` is what is told of that name; of `{name:one|# many}` the first form where that is a
    single thing, else the second, with the number in place of #.

    >>> worded("Walk {times:once|# times} a day", {"times": Told("3")})
    'Walk 3 times a day'
    """

    def put(found: re.Match[str]) -> str:
        name, one, many = found.groups()
        if one is None:
            return told[name].text
        form = str(one if told[name].single else many)
        return form.replace("#", told[name].text)

    return " ".join(_OPEN.sub(put, pattern).split())


def placeholders(pattern: str) -> set[str]:
    """The names of what a sentence leaves open."""
    return {found.group(1) for found in _OPEN.finditer(pattern)}


def has_stray_braces(pattern: str) -> bool:
    """Whether a brace is left that belongs to no open place."""
    return bool(re.search(r"[{}]", _OPEN.sub("", pattern)))
