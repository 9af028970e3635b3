"""What the body of a refused form says, whatever shape it has: JSON or not, whole or cut off.

Everything that a body says under the names of a form is put together, at whatever depth it stands:
what is read here is only looked at, and one flag too many is better than one too few.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_string
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from events.refused_form import (
    EndorsedForm,
    bare,
    endorsed_in_refused,
    instrument_meant,
    points,
    whole_points,
)

# As much of a body is looked at, also of what a compressed one unpacks to.
LOOKED_AT_BYTES: Final = 2**20
# A form may stand in a list or an object, and that in another.
LEVELS: Final = 4
MOST_ANSWERS: Final = 100
MOST_LISTS: Final = 200
MOST_PIECES: Final = 200
SENT_CHARACTERS: Final = 65_536
MOST_BOUNDARY: Final = 70  # RFC 2046, section 5.1.1.
PIECE_CHARACTERS: Final = 4_000
# A value that was cut off may be whole with one of these.
ENDINGS: Final = ("", "]", "}", "}]", "}}")
# gzip, and what HTTP calls deflate.
WINDOWS: Final = (31, 15)
FIELDS: Final = frozenset({"instrument", "answers", "suicideitem", "total", "id"})
NUMBER_NAMES: Final = ("item", "number", "question", "id")
VALUE_NAMES: Final = ("answer", "value", "score", "points")
_NUMBERED: Final = re.compile(r"(?:answers?|items?|questions?|q|phq9)?([0-9]{1,2})")
_NUMBERED_FIELD: Final = re.compile(r"answers?([0-9]{1,2})")
_PIECE: Final = re.compile(
    r"\b(instrument|answers|suicide_?item|total|id)\b[\"'\\]*\s*[:=]?\s*", re.IGNORECASE
)
_ELEMENT: Final = re.compile(r"<([A-Za-z_]{1,40})>([^<]{0,4000})</\1>")
_WORD: Final = re.compile(r"[\\\"'\s]*([A-Za-z0-9_.+-]{1,60})")
_LISTED: Final = re.compile(r"null|[0-9]+(?:\.[0-9]+)?")


class Said(list[tuple[str, Any]]):
    """A JSON object as it was said: a name that stands in it twice is there twice."""


class ReadForm(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read of a form. Of what was said several times the worst counts.

    `instruments` has the ids of all that are named, `answers` each list that may be its answers.
    """

    instruments: tuple[str, ...] = ()
    answers: tuple[tuple[int | None, ...], ...] = ()
    suicide_item: int | None = None
    total: float | None = None
    form_id: UUID | None = None

    def endorsed(self, instrument: str | None = None) -> EndorsedForm | None:
        """The highest answer to an item about death or self-harm, if one is above 0.

        `instrument` is the form's own, where the log knows it.
        """
        named: list[str | None] = [one for one in (instrument, *self.instruments) if one]
        found = (
            endorsed_in_refused(name, answers, self.suicide_item, self.total)
            for name in named or [None]
            for answers in self.answers or [None]
        )
        return max(filter(None, found), key=lambda one: one.found.answer, default=None)


def read_form(body: bytes, key: str | None) -> ReadForm:
    """What a body says of a form. Raises nothing.

    `key` is the Idempotency-Key, which is the form's id where the body has none.
    """
    said: dict[str, list[Any]] = {}
    answers: list[tuple[int | None, ...]] = []
    for fields in readings_of(text_of(body)):
        for name, value in fields:
            said.setdefault(name, []).append(value)
        answers += answers_in([value for name, value in fields if name == "answers"])
    meant = filter(None, map(instrument_meant, said.get("instrument", ())))
    ids = map(uuid_of, (*said.get("id", ()), (key or "").strip('"')))
    return ReadForm(
        instruments=tuple(dict.fromkeys(meant)),
        answers=tuple(dict.fromkeys(answers[:MOST_LISTS])),
        suicide_item=worst(map(whole_points, said.get("suicideitem", ()))),
        total=worst(map(points, said.get("total", ()))),
        form_id=next((one for one in ids if one is not None), None),
    )


def worst(said: Iterable[Any]) -> Any:
    return max((one for one in said if one is not None), default=None)


def uuid_of(said: Any) -> UUID | None:
    try:
        return UUID(said) if isinstance(said, str) else None
    except ValueError:
        return None


def text_of(body: bytes) -> str:
    """The text of a body, unpacked as far as it is looked at, in whichever Unicode it stands."""
    for window in WINDOWS:
        try:
            body = zlib.decompressobj(window).decompress(body, LOOKED_AT_BYTES) or body
            break
        except zlib.error:
            continue
    return body[:LOOKED_AT_BYTES].decode(json.detect_encoding(body), "replace")


def readings_of(text: str) -> list[list[tuple[str, Any]]]:
    """The fields of a form that a text says, by their bare names, in each way to read it.

    That is as JSON; else as a browser's form or XML, and in pieces.
    """
    found = list(fields_of(loaded(text), LEVELS))
    if found:
        return [found]
    sent = Said(fields_sent(text[:SENT_CHARACTERS]))
    return [list(fields_of(sent, LEVELS)), list(pieces_of(text))]


def fields_sent(text: str) -> list[tuple[str, str]]:
    """The fields of a text as a browser sends a form, in either way, or of XML."""
    if (elements := _ELEMENT.findall(text)) and text.lstrip().startswith("<"):
        return [("answers" if bare(name) == "answer" else name, value) for name, value in elements]
    first = text.lstrip().partition("\n")[0].strip()
    if first.startswith("--"):
        with suppress(ValueError, LookupError):
            return parts_of(text, boundary=first.removeprefix("--"))
        return []
    try:
        return parse_qsl(text, max_num_fields=1_000)
    except ValueError:
        return []


def parts_of(text: str, *, boundary: str) -> list[tuple[str, str]]:
    """The fields of a text in multipart/form-data: those parts that carry a name."""
    head = f'Content-Type: multipart/form-data; boundary="{boundary[:MOST_BOUNDARY]}"\r\n\r\n'
    parts = message_from_string(head + text.lstrip()).walk()
    named = ((part.get_param("name", header="content-disposition"), part) for part in parts)
    return [(str(name), str(part.get_payload()).strip()) for name, part in named if name]


def loaded(said: Any) -> Any:
    """What a text says as JSON; the text itself where it is none."""
    if not isinstance(said, str) or said.lstrip()[:1] not in ("{", "["):
        return said
    try:
        return _JSON.decode(said)
    except (ValueError, RecursionError):
        return said


def whole_number(said: str) -> int | float:
    """Python refuses to read the longest ones: more points than any item has they are all."""
    return int(said) if len(said) < 300 else float(said)


_JSON: Final = json.JSONDecoder(object_pairs_hook=Said, parse_int=whole_number, strict=False)


def fields_of(said: Any, levels: int) -> Iterator[tuple[str, Any]]:
    """The fields of a form in a value and what stands in it; `levels` says how deep."""
    if levels == 0 or not isinstance(said, list):
        return
    if not isinstance(said, Said):
        for one in said:
            yield from fields_of(loaded(one), levels - 1)
        return
    for name, value in ((bare(name), loaded(value)) for name, value in said):
        if name in FIELDS:
            yield name, value
        elif (numbered := _NUMBERED_FIELD.fullmatch(name)) is not None:
            yield "answers", Said([(numbered[1], value)])
        yield from fields_of(value, levels - 1)


def pieces_of(text: str) -> Iterator[tuple[str, Any]]:
    """The fields of a form in a text that is no JSON: it was cut off, for example."""
    for found in islice(_PIECE.finditer(text), MOST_PIECES):
        value = piece_of(text[found.end() : found.end() + PIECE_CHARACTERS])
        yield bare(found[1]), value


def piece_of(text: str) -> Any:
    """The value that a text begins with, however it ends."""
    for ending in ENDINGS:
        try:
            return _JSON.raw_decode(text + ending)[0]
        except (ValueError, RecursionError):
            continue
    if text.startswith("["):
        listed = _LISTED.findall(text.partition("]")[0])
        return [None if one == "null" else one for one in listed]
    word = _WORD.match(text)
    return None if word is None else word[1]


def answers_in(said: list[Any]) -> Iterator[tuple[int | None, ...]]:
    """Every list of answers that may be meant: in their order, or each with its item's number."""
    single: list[Any] = []
    numbered: list[tuple[Any, Any]] = []
    for one in said:
        if isinstance(one, Said):
            numbered += one
        elif isinstance(one, list):
            pairs = [number_and_answer(answer) for answer in one if isinstance(answer, Said)]
            numbered += pairs
            yield tuple(whole_points(value_of(answer)) for answer in one[:MOST_ANSWERS])
        else:
            single += str(one).split(",")[:MOST_ANSWERS]
    if single:
        yield tuple(map(whole_points, single[:MOST_ANSWERS]))
    yield from by_number(numbered)


def by_number(said: Iterable[tuple[Any, Any]]) -> Iterator[tuple[int | None, ...]]:
    """Answers in the order of their items, counted from 1; where there is a 0, from 0 as well."""
    answers: dict[int, int | None] = {}
    for number, value in said:
        if (found := _NUMBERED.fullmatch(bare(str(number)))) is not None:
            place, answer = int(found[1]), whole_points(value_of(value))
            answers[place] = worst([answers.get(place), answer])
    for first in (1, 0) if 0 in answers else (1,):
        places = range(first, max(answers, default=-1) + 1)
        if places:
            yield tuple(answers.get(place) for place in places)


def number_and_answer(said: Said) -> tuple[Any, Any]:
    return first_of(said, NUMBER_NAMES), first_of(said, VALUE_NAMES)


def value_of(said: Any) -> Any:
    return first_of(said, VALUE_NAMES) if isinstance(said, Said) else said


def first_of(said: Said, names: tuple[str, ...]) -> Any:
    return next((value for name, value in said if bare(name) in names), None)
