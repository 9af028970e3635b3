"""Where somebody in a crisis reaches a person, by country: looked over, and never made up.

One data file each, in English and Spanish. They hold what every country's own pages say and no
more, and are what a client reads until the practice has set lines of its own, which take their
place. Nothing a client reads here is computed from an answer.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from events.practice_choices import CrisisInformation, CrisisLine

# The languages that the sentences and the lines are written in, the usual one first.
LANGUAGES: Final = ("en", "es")
OWN_SOURCE: Final = "the practice"


class Reviewed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data file: the countries it is for (none: all others) and the lines by language."""

    countries: tuple[str, ...]
    reviewed_on: date
    reviewed_by: str
    source: str
    lines: dict[str, tuple[CrisisLine, ...]]


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said above the lines: whether somebody was asked to look, and that nobody watches."""

    notified: str
    not_notified: str


class CrisisHelp(msgspec.Struct, frozen=True, kw_only=True):
    """The lines for one country. `language` is that of the lines, "" where a practice wrote them.

    `country` is "" where it is not known.
    """

    country: str
    language: str
    lines: tuple[CrisisLine, ...]
    reviewed_on: date
    reviewed_by: str
    source: str


@lru_cache(maxsize=1)
def reviewed() -> dict[str, Reviewed]:
    """The data files by country; "" is for all others."""
    decode = msgspec.json.Decoder(Reviewed).decode
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
    """The lines of a country: those the practice has set, else those that come with Cairn."""
    if (set_by_practice := own.get(country)) is not None:
        return CrisisHelp(
            country=country,
            language="",
            lines=set_by_practice.lines,
            reviewed_on=set_by_practice.reviewed_on,
            reviewed_by=set_by_practice.reviewed_by,
            source=OWN_SOURCE,
        )
    built_in = reviewed().get(country) or reviewed()[""]
    wanted = spoken(language)
    return CrisisHelp(
        country=country,
        language=wanted,
        lines=built_in.lines[wanted],
        reviewed_on=built_in.reviewed_on,
        reviewed_by=built_in.reviewed_by,
        source=built_in.source,
    )


def notice(language: str, *, notified: bool) -> str:
    """The sentence above the lines."""
    said = notices()[spoken(language)]
    return said.notified if notified else said.not_notified
