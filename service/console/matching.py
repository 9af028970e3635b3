"""Which client, goal, flag, draft or subscription is meant: by an id, its first letters, or a name.

The rule is the same for all of them, and for every command. A full id is taken as it is. Else
whatever begins with these letters (4 or more), and whatever has this name, is looked at, and there
has to be one alone. Of names, the whole name goes before the beginnings of its words, and those
before letters anywhere within it; but for a change every name that has the letters counts, so that
nothing is changed of somebody who was not meant. Case and accents do not matter.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from itertools import pairwise
from textwrap import wrap
from typing import Final
from uuid import UUID

import click
import msgspec

from service.console.cells import line
from service.console.connection import Choice
from service.console.output import width

FEWEST_LETTERS: Final = 4
# An id is shown by so many letters, or by more where others begin with the same.
LETTERS_SHOWN: Final = 8
# So many are listed where it is not clear which one is meant.
MOST_LISTED: Final = 10
ID_LETTERS: Final = re.compile(r"[0-9a-f-]+", flags=re.IGNORECASE)
# Letters that have no accent to take away, but are typed without one.
PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


class Unclear(click.ClickException):
    """What was said fits several; the message names them. Nothing is done."""

    exit_code = 2


class KindWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for, in words: one, several, and the command that lists them."""

    one: str
    several: str
    listed_by: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be named: by its id, by its name, and by more words beside the name.

    `note` is shown in a list of several, which may have the same name, and names nothing.
    """

    id: str
    name: str
    more: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        beside = ", ".join(filter(None, (self.more, self.note)))
        return f"{self.name}: {beside}" if beside else self.name


class Fit(IntEnum):
    """How well a name fits what was said; the best comes first. An id fits like a whole name."""

    WHOLE = 1
    BEGINNINGS = 2
    WITHIN = 3


def folded(text: str) -> str:
    """A text for comparing: small letters without accents, words with one blank between.

    >>> folded("Inés  O'Brien-Núñez")
    'ines obrien nunez'
    """
    apart = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN))
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", re.sub(r"['’.]", "", bare)).split())


def letters_of(said: str) -> str | None:
    """The letters of an id that were said, without dashes; None where they are no part of one."""
    bare = said.replace("-", "").lower()
    is_part = ID_LETTERS.fullmatch(said) and FEWEST_LETTERS <= len(bare) <= len(UUID(int=0).hex)
    return bare if is_part else None


def id_of(said: str) -> UUID | None:
    """The id, where a full one was said."""
    try:
        return UUID(said)
    except ValueError:
        return None


def fit_of(said: str, known: Known) -> Fit | None:
    """How well what was said fits; None where it does not. A word at least is of the name itself.

    >>> fit_of("ben", Known(id="", name="Ben T.")).name
    'BEGINNINGS'
    """
    if not (words := said.split()):
        return None
    name = folded(known.name)
    if said == name:
        return Fit.WHOLE
    spoken = [*name.split(), *folded(known.more).split()]
    if all(begins(word, spoken) for word in words) and any(
        begins(word, name.split()) for word in words
    ):
        return Fit.BEGINNINGS
    return Fit.WITHIN if all(word in name for word in words) else None


def begins(word: str, spoken: Iterable[str]) -> bool:
    return any(one.startswith(word) for one in spoken)


def fitting(said: str, known: Sequence[Known], *, changing: bool = False) -> list[Known]:
    """Those that fit best by id or name; all that fit, where something is to be changed."""
    letters, words = letters_of(said), folded(said)
    fits = [
        (Fit.WHOLE if letters and bare(one.id).startswith(letters) else fit_of(words, one), one)
        for one in known
    ]
    best = min((fit for fit, _ in fits if fit), default=None)
    return [one for fit, one in fits if fit and (changing or fit == best)]


def bare(id_: str) -> str:
    return id_.replace("-", "")


def only(said: str, found: Sequence[Known], kind: KindWords) -> str:
    """The id of the only one that fits. Raises Choice where none does, Unclear for several."""
    if not found:
        raise Choice(
            f"No {kind.one} fits «{line(said)}»: `{kind.listed_by}` lists the {kind.several}."
        )
    if len(found) > 1:
        raise Unclear(unclear(said, found, kind))
    return found[0].id


def unclear(said: str, found: Sequence[Known], kind: KindWords) -> str:
    """Which fit, each by letters of its id that no other one of them has, and what to do."""
    letters = shortest([one.id for one in found])
    longest = max(map(len, letters.values()))
    rows = [
        row
        for one in found[:MOST_LISTED]
        for row in listed(f"{letters[one.id]:<{longest}}  {line(one.label)}", longest + 4)
    ]
    rest = len(found) - MOST_LISTED
    rows += [f"  and {rest} more"] if rest > 0 else []
    return "\n".join([
        f"«{line(said)}» fits {len(found)} {kind.several}:", *rows,
        "Nothing was done. Say more of the name, or the first letters of the id.",
    ])  # fmt: skip


def listed(row: str, indent: int) -> list[str]:
    blanks = " " * indent
    return wrap(f"  {row}", width(), subsequent_indent=blanks, break_on_hyphens=False)


def shortest(ids: Collection[str], others: Collection[str] = ()) -> dict[str, str]:
    """For each id its first letters: eight, or as many as tell it from these and the others."""
    ordered = sorted({*ids, *others})
    shared = dict.fromkeys(ordered, 0)
    for one, following in pairwise(ordered):
        alike = shared_letters(one, following)
        shared[one] = max(shared[one], alike)
        shared[following] = max(shared[following], alike)
    return {one: one[: max(LETTERS_SHOWN, shared[one] + 1)] for one in ids}


def shared_letters(one: str, other: str) -> int:
    """How many letters two ids begin with that are the same."""
    return next(
        (nth for nth, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one)
    )
