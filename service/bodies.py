"""Strict JSON: what is sent is taken exactly, or refused with the place that is at fault."""

import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from events.practice_choices import BAND_ID
from events.subscription import APP_SUBJECT
from events.templates.definition import PARAMETER_NAME
from events.text import COUNTRY_CODE, LANGUAGE_TAG, SAYS_SOMETHING
from projections.told_position import TOKEN

BODY_LIMIT_BYTES = 64 * 1024
MOST_LEVELS = 100
# A whole string, so that a bracket in what somebody wrote is none, or a bracket.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_MISSING_FIELD = re.compile(r"^Object missing required field `(?P<name>.*)`$")
# $.wording[...].title: names, places in lists, and values of a map, whose key msgspec leaves out.
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[(\.\.\.)\]")
_SOME_KEY = "..."
_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>'.*')$")
# What the patterns ask for, by themselves no sentence that anybody reads.
PATTERNS = {
    repr(SAYS_SOMETHING): "Expected text that is not blank.",
    repr(LANGUAGE_TAG): "Expected a language, such as es or de-CH.",
    repr(COUNTRY_CODE): "Expected the two capital letters of a country, such as CH.",
    repr(BAND_ID): "Expected an id of small letters, digits and underscores, such as moderate.",
    repr(APP_SUBJECT): "Expected letters, digits, dots, dashes or underscores, as in its token.",
    repr(f"^{TOKEN.pattern}$"): "Expected a position as it was answered.",
    repr(PARAMETER_NAME): "Expected a name of small letters, digits and underscores.",
}


class BodyMalformed(Exception):
    """The body is not one JSON object in UTF-8, or repeats a key, holds NaN or nests deeply."""


class BodyMissing(Exception):
    """This request came without a body, and takes one: send a JSON object, {} at the least."""


class BodyTooLarge(Exception):
    """The body is larger than 64 KiB: send less at a time."""


class BodyNotComplete(Exception):
    """The rest of the body did not come in time: send the whole request again."""


class MediaTypeUnknown(Exception):
    """The body is not said to be JSON: send it with Content-Type: application/json."""


class BodyInvalid(Exception):
    """A field of the body is unknown, missing, of the wrong type or outside its limits."""

    def __init__(self, fault: str, pointer: str) -> None:
        super().__init__()
        self.fault = fault
        self.pointer = pointer


def decode(body: bytes, type_: Any) -> Any:
    """The body as a type says it is. Raises BodyMalformed, BodyInvalid."""
    try:
        text = body.decode()
        if nests_deeply(text):
            raise BodyMalformed
        plain = _unrepeated(text)
        if "\\u" in text and not is_text(plain):
            raise BodyMalformed
        return decoder_of(type_).decode(text)
    except msgspec.ValidationError as refused:
        raise invalid(str(refused), type_, plain) from None
    except (ValueError, RecursionError):
        # UnicodeDecodeError, JSONDecodeError and msgspec's DecodeError are ValueErrors.
        raise BodyMalformed from None


def nests_deeply(text: str) -> bool:
    """Whether a JSON text has more levels than any body has.

    Counted here, because how deep a parser goes depends on the Python and on the machine.

    >>> nests_deeply("[" * 101), nests_deeply('["' + "[" * 101 + '"]')
    (True, False)
    """
    if text.count("[") + text.count("{") <= MOST_LEVELS:
        return False
    level = 0
    for found in _BRACKET.finditer(text):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if level > MOST_LEVELS:
            return True
    return False


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unrepeated = dict(pairs)
    if len(unrepeated) != len(pairs):
        raise BodyMalformed
    return unrepeated


def _refuse_constant(_: str) -> None:
    raise BodyMalformed


# msgspec takes the last of two equal keys; whoever checked the first would be deceived.
_unrepeated = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_refuse_constant).decode


def is_text(plain: Any) -> bool:
    """Whether every string can be stored and shown: no NUL, no half of a surrogate pair."""
    if isinstance(plain, str):
        return "\x00" not in plain and not any("\ud800" <= sign <= "\udfff" for sign in plain)
    if isinstance(plain, dict):
        return all(is_text(key) and is_text(value) for key, value in plain.items())
    if isinstance(plain, list):
        return all(is_text(one) for one in plain)
    return True


@lru_cache(maxsize=256)
def decoder_of(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)


def invalid(fault: str, type_: Any, plain: Any) -> BodyInvalid:
    """What msgspec found, as a sentence and a JSON pointer (RFC 6901), without what was sent.

    `plain` is the body that was refused.
    """
    said, _, place = fault.rpartition(" - at `")
    # Of a map msgspec says "key` in `$.parameters`" where the key itself is at fault.
    said, place = (said, place.removeprefix("key` in `")) if said else (fault, "")
    steps = [name or number or _SOME_KEY for name, number, _ in _STEP.findall(place)]
    pointer = "".join(f"/{step}" for step in keyed(steps, fault, type_, plain))
    if (unknown := _UNKNOWN_FIELD.match(said)) is not None:
        # A name is told back, because it is mostly a typing error; a sentence is not.
        name = f" `{unknown['name']}`" if _NAME.fullmatch(unknown["name"]) else ""
        return BodyInvalid(f"There is no field{name} here.", pointer)
    if (missing := _MISSING_FIELD.match(said)) is not None:
        return BodyInvalid("This field is required.", f"{pointer}/{missing['name']}")
    if said.startswith(("Invalid enum value", "Invalid value")):
        choices = choices_at(type_, pointer)
        one_of = f": {', '.join(choices)}" if choices else ""
        return BodyInvalid(f"Expected one of the values listed for this field{one_of}.", pointer)
    shaped = _PATTERN.match(said)
    if shaped is not None and shaped["pattern"] in PATTERNS:
        return BodyInvalid(PATTERNS[shaped["pattern"]], pointer)
    return BodyInvalid(f"{said.replace('`', '')}.", pointer)


def keyed(steps: list[str], fault: str, type_: Any, plain: Any) -> list[str]:
    """The steps with the keys of maps in them; they end before a key that is not a plain name."""
    for place, step in enumerate(steps):
        if step == _SOME_KEY:
            key = key_at_fault(steps[:place], fault, type_, plain)
            if key is None or _NAME.fullmatch(key) is None:
                return steps[:place]
            steps = [*steps[:place], key, *steps[place + 1 :]]
    return steps


def key_at_fault(way: list[str], fault: str, type_: Any, plain: Any) -> str | None:
    """The key of a map whose value alone is refused in the same words."""
    found = plain
    for step in way:
        found = found[int(step) if isinstance(found, list) else step]
    for key in found if isinstance(found, dict) else ():
        try:
            msgspec.convert(with_one_key(plain, way, key), type_)
        except msgspec.ValidationError as refused:
            if str(refused) == fault:
                return str(key)
    return None


def with_one_key(plain: Any, way: list[str], key: str) -> Any:
    """The same body, but for a map in it that keeps one of its keys."""
    if not way:
        return {key: plain[key]}
    if isinstance(plain, list):
        at = int(way[0])
        return [*plain[:at], with_one_key(plain[at], way[1:], key), *plain[at + 1 :]]
    return {**plain, way[0]: with_one_key(plain[way[0]], way[1:], key)}


def choices_at(type_: Any, pointer: str) -> list[str]:
    """The values a place of a type may have, where they are few and known; else none."""
    places = [inspect.type_info(type_)]
    for step in pointer.split("/")[1:]:
        inner: list[inspect.Type] = []
        for place in places:
            inner += inside(place, step)
        places = [one for place in inner for one in unwrapped(place)]
    return sorted(
        {
            str(value)
            for place in places
            if isinstance(place, inspect.LiteralType)
            for value in place.values
        }
    )


def inside(place: inspect.Type, step: str) -> list[inspect.Type]:
    """The types of one field, tag or element."""
    match place:
        case inspect.UnionType():
            return [found for one in place.types for found in inside(one, step)]
        case inspect.Metadata():
            return inside(place.type, step)
        case inspect.StructType():
            if step == place.tag_field:
                return [inspect.LiteralType((place.tag,))]
            return [field.type for field in place.fields if field.encode_name == step]
        case inspect.CollectionType():
            return [place.item_type]
        case inspect.VarTupleType():
            return [place.item_type]
        case inspect.DictType():
            return [place.value_type]
        case _:
            return []


def unwrapped(place: inspect.Type) -> list[inspect.Type]:
    match place:
        case inspect.Metadata():
            return unwrapped(place.type)
        case inspect.UnionType():
            return [found for one in place.types for found in unwrapped(one)]
        case _:
            return [place]
