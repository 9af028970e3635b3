"""Where somebody in a crisis reaches a person, by country: what is well known, and never made up.

One data file each, in English and Spanish. They are what a client reads until the practice has set
lines of its own, which take their place. Nobody has called the numbers that come with Cairn: they
count as reviewed once the practice has looked over them and says who did and when. Nothing a client
reads here is computed from an answer.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from events.practice_choices import CrisisInformation, CrisisLine

# The languages that the sentences and the lines are written in, the usual one first.
LANGUAGES: Final = ("en", "es")
OWN_SOURCE: Final = "the practice"
OWN_CHECKED_BY: Final = "the practice"
# What stands between two numbers where a line names several: "911 or 112", "988, 116 123".
_BETWEEN_NUMBERS = re.compile(r"[^\d\s()+*#.-]+")
_NO_DIGIT = re.compile(r"\D+")

# What a client is told above the lines, by what has become of their form.
Told = Literal[
    "seen",
    "asked",
    "not_asked",
    "taken",
    "refused",
    "nobody_on_duty",
    "unfiled_asked",
    "unfiled_waiting",
    "unavailable",
    "entry",
]


class CountryLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data file: the countries it is for (none: all others) and the lines by language.

    `emergency` is the emergency number, which a practice's own lines keep. `checked_by` says who
    has looked at them before they came with Cairn, and how.
    """

    countries: tuple[str, ...]
    written_on: date
    checked_by: str
    source: str
    lines: dict[str, tuple[CrisisLine, ...]]
    emergency: dict[str, CrisisLine]


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said above the lines, of this form and no other.

    Of one that asks about death or self-harm whether somebody has `seen` it, was `asked` to look at
    it, or `not_asked`; of another that it was `taken`; of one that was not, that it was `refused`,
    or that `nobody_on_duty` would see it. Of one that was refused and endorses such an item, that
    somebody was asked to look at that (`unfiled_asked`), or that it waits (`unfiled_waiting`).
    Where we are `unavailable`, that nothing is known to be kept of whatever was sent; of an `entry`
    that is no form, or its withdrawal, that it was taken and that notes are not read. Then either
    that there are `lines_below`, or that there is the emergency number alone (`emergency_below`).
    """

    seen: str
    asked: str
    not_asked: str
    taken: str
    refused: str
    nobody_on_duty: str
    unfiled_asked: str
    unfiled_waiting: str
    unavailable: str
    entry: str
    lines_below: str
    emergency_below: str


class CrisisHelp(msgspec.Struct, frozen=True, kw_only=True):
    """The lines for one country. `language` is that of the lines, "" where a practice wrote them.

    `country` is "" where it is not known. `reviewed_on` and `reviewed_by` are None until somebody
    of the practice has looked over the lines and said so; `checked_by` is who wrote them down.
    `has_helpline` is whether there is more among them than the emergency number.
    """

    country: str
    language: str
    lines: tuple[CrisisLine, ...]
    has_helpline: bool
    reviewed_on: date | None
    reviewed_by: str | None
    checked_by: str
    source: str


@lru_cache(maxsize=1)
def country_lines() -> dict[str, CountryLines]:
    """The data files by country; "" is for all others."""
    decode = msgspec.json.Decoder(CountryLines).decode
    data = (file for file in files(__name__).iterdir() if file.name.endswith(".json"))
    loaded = [decode(file.read_bytes()) for file in data]
    return {country: one for one in loaded for country in one.countries or ("",)}


@lru_cache(maxsize=1)
def notices() -> dict[str, Notice]:
    """The sentences by language."""
    folder = files(__name__) / "notices"
    decode = msgspec.json.Decoder(Notice).decode
    return {one: decode((folder / f"{one}.json").read_bytes()) for one in LANGUAGES}


def spoken(language: str) -> str:
    """The language that comes nearest to a tag such as es-MX: a shipped one, or English."""
    primary = language.partition("-")[0]
    return primary if primary in LANGUAGES else LANGUAGES[0]


def crisis_help(country: str, language: str, own: Mapping[str, CrisisInformation]) -> CrisisHelp:
    """The lines of a country: those the practice has set, else those that come with Cairn.

    The emergency number stands below the practice's own, unless they have it or are to be alone.
    """
    built_in, wanted = country_lines().get(country) or country_lines()[""], spoken(language)
    emergency, said = built_in.emergency[wanted], own.get(country)
    if said is not None and said.lines:
        adds = said.with_emergency and not any(names(line, emergency) for line in said.lines)
        return CrisisHelp(
            country=country,
            language="",
            lines=(*said.lines, emergency) if adds else said.lines,
            has_helpline=True,
            reviewed_on=said.reviewed_on,
            reviewed_by=said.reviewed_by,
            checked_by=OWN_CHECKED_BY,
            source=OWN_SOURCE,
        )
    # A review of lines that have changed since is none of these.
    holds = said is not None and said.reviewed_on >= built_in.written_on
    return CrisisHelp(
        country=country,
        language=wanted,
        lines=(*built_in.lines[wanted], emergency),
        has_helpline=bool(built_in.lines[wanted]),
        reviewed_on=said.reviewed_on if said and holds else None,
        reviewed_by=said.reviewed_by if said and holds else None,
        checked_by=built_in.checked_by,
        source=built_in.source,
    )


def names(line: CrisisLine, emergency: CrisisLine) -> bool:
    """Whether a line has the emergency number itself: whole, and not within a longer one."""
    numbers = {_NO_DIGIT.sub("", one) for one in _BETWEEN_NUMBERS.split(line.reach)}
    number = _NO_DIGIT.sub("", emergency.reach)
    return bool(number) and number in numbers


def notice(language: str, told: Told, *, has_helpline: bool) -> str:
    """The sentences above the lines."""
    said = notices()[spoken(language)]
    below = said.lines_below if has_helpline else said.emergency_below
    return f"{getattr(said, told)} {below}"
